"""A file is the old one or the new one, never half of either."""

from __future__ import annotations

import stat

import pytest

from omr.files import private_folder, replacing, write_text


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
