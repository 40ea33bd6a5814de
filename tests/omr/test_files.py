"""A file is the old one or the new one, never half of either."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from omr.files import PART, private_folder, replacing, sweep, write_text


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    write_text(path, "mới\n")
    assert path.read_bytes() == "mới\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def write_half(path):
    with replacing(path) as beside:
        beside.write_text("ne", encoding="utf-8")
        raise RuntimeError("half")


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError, match="half"):
        write_half(path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_the_name_beside_keeps_the_ending(tmp_path):
    """Writers that choose a format by the name choose the same one."""
    with replacing(tmp_path / "chart.png") as beside:
        assert beside.suffix == ".png"


def test_a_folder_is_closed_to_others(tmp_path):
    folder = tmp_path / "new" / "vote"
    private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.fixture
def synced(monkeypatch):
    """The paths of all that is synced, in order."""
    paths = []
    real = os.fsync

    def noting(handle):
        paths.append(Path(f"/proc/self/fd/{handle}").readlink())
        real(handle)

    monkeypatch.setattr("os.fsync", noting)
    return paths


def test_a_new_folder_is_on_the_disk_with_its_name(tmp_path, synced):
    """Power may fail: what was synced inside a folder is lost where the folder's own name is."""
    private_folder(tmp_path / "new" / "vote")
    assert set(synced) == {tmp_path, tmp_path / "new"}
    synced.clear()
    private_folder(tmp_path / "new" / "vote")
    assert synced == []


def test_a_file_is_on_the_disk_before_it_takes_its_name(tmp_path, synced):
    """First the content, then the name."""
    write_text(tmp_path / "a.txt", "new")
    content, names = synced
    assert content.name.startswith(PART)
    assert names == tmp_path


def test_what_killed_processes_left_is_swept(tmp_path):
    """Old leftovers go, wherever they lie; what another process is writing just now stays."""
    old, new, other = tmp_path / "in" / f"{PART}a", tmp_path / f"{PART}b", tmp_path / "c"
    old.parent.mkdir()
    for path in (old, new, other):
        path.write_bytes(b"x")
        os.utime(path, (1, 1))
    os.utime(new)
    sweep(tmp_path)
    assert [path.exists() for path in (old, new, other)] == [False, True, True]


def test_what_a_killed_writer_of_the_same_file_left_goes_with_the_next_one(tmp_path):
    """An export lies where people put it: nobody else would look for its half there."""
    old, new, other = (
        tmp_path / f"{PART}{name}" for name in ("votes [1]-a.csv", "votes [1]-b.csv", "c-a.csv")
    )
    for path in (old, new, other):
        path.write_bytes(b"votes")
        os.utime(path, (1, 1))
    os.utime(new)
    write_text(tmp_path / "votes [1].csv", "all")
    assert [path.exists() for path in (old, new, other)] == [False, True, True]
