"""A file is the old one or the new one, never half of either."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from omr import files
from omr.errors import OmrError
from omr.files import PART, forget_when, private_folder, refused, replacing, sweep, write_text


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
    old, new = (tmp_path / f"{PART}votes [1]-{drawn}.csv" for drawn in ("a1b2c3_4", "abcdefgh"))
    for path in (old, new):
        path.write_bytes(b"votes")
    os.utime(old, (1, 1))
    write_text(tmp_path / "votes [1].csv", "all")
    assert [path.exists() for path in (old, new)] == [False, True]


@pytest.mark.parametrize(
    "name", ["votes-2026-abcdefgh.csv", "votes-abcdefgh.png", "votes-a.csv", "votes.csv"]
)
def test_what_a_writer_of_another_file_left_is_not_touched(tmp_path, name):
    """Only what `mkstemp` names for this very file is its own to take away."""
    path = tmp_path / f"{PART}{name}"
    path.write_bytes(b"votes")
    os.utime(path, (1, 1))
    write_text(tmp_path / "votes.csv", "all")
    assert path.exists()


def test_what_cannot_be_removed_stops_no_writer(tmp_path, monkeypatch):
    """Another user's leftover in a folder for all: sweeping is a favour, and not what was asked for."""
    left = tmp_path / f"{PART}votes-abcdefgh.csv"
    left.write_bytes(b"votes")
    os.utime(left, (1, 1))
    real = Path.unlink

    def forbidden(path, **named):
        if path == left:
            raise PermissionError(1, "Operation not permitted", str(path))
        real(path, **named)

    monkeypatch.setattr(Path, "unlink", forbidden)
    write_text(tmp_path / "votes.csv", "all")
    assert (tmp_path / "votes.csv").read_text(encoding="utf-8") == "all"


def test_a_link_is_swept_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "votes").write_bytes(b"votes")
    link = tmp_path / f"{PART}votes-abcdefgh.csv"
    link.symlink_to(tmp_path / "kept")
    os.utime(link, (1, 1), follow_symlinks=False)
    write_text(tmp_path / "votes.csv", "all")
    assert not link.is_symlink()
    assert (tmp_path / "kept" / "votes").exists()


def test_a_folder_is_as_young_as_its_newest_file(tmp_path):
    """Files that come into folders in a folder do not move its own time: somebody is still at work in it."""
    live, dead = tmp_path / f"{PART}live", tmp_path / f"{PART}dead"
    for folder in (live, dead):
        (folder / "in").mkdir(parents=True)
        (folder / "in" / "page").write_bytes(b"x")
    for path in (live / "in", live, dead / "in" / "page", dead / "in", dead):
        os.utime(path, (1, 1))
    sweep(tmp_path)
    assert [folder.exists() for folder in (live, dead)] == [True, False]


def test_a_picture_without_a_time_that_is_just_written_is_left_alone(tmp_path):
    """It bears 1980 before it has its name: another program's sweep would take it for abandoned."""
    picture = tmp_path / f"{PART}picture-abcdefgh.jpg"
    picture.write_bytes(b"x")
    forget_when(picture)
    sweep(tmp_path)
    assert picture.exists()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_an_output_that_cannot_be_written_is_named_as_it_was_asked_for(tmp_path, monkeypatch, code):
    """Not by a name that was drawn; and another place is the answer, not a copy of some folder."""

    def refuse(**named):
        raise OSError(code, os.strerror(code), f"{named['dir']}/{PART}votes-abcdefgh.csv")

    monkeypatch.setattr(files, "mkstemp", refuse)
    with pytest.raises((OmrError, OSError)) as found:
        write_text(tmp_path / "votes.csv", "all")
    fault = found.value if isinstance(found.value, OmrError) else refused(found.value)
    assert str(tmp_path / "votes.csv") in fault.message
    assert PART not in fault.message
    assert ("--out" in fault.advice) is (code == errno.EROFS)
