"""A scanner's folder: whole files only, in their order, each once."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from omr.errors import OmrError
from omr.watching import Inbox, Watch, arrivals


@pytest.fixture
def inbox(tmp_path):
    return Inbox(tmp_path, quiet=4.0)


def names(paths):
    return [path.name for path in paths]


def test_a_file_is_taken_once_it_has_stopped_growing(inbox):
    """Growing starts the wait anew; taken files are not taken again."""
    file = inbox.folder / "a.pdf"
    file.write_bytes(b"1")
    assert inbox.take(0.0) == ()
    file.write_bytes(b"12")
    assert inbox.take(3.9) == ()
    assert inbox.take(7.8) == ()
    assert inbox.growing
    assert inbox.take(7.9) == (file,)
    assert not inbox.growing
    assert inbox.take(100.0) == ()


def test_a_file_waits_for_those_before_it(inbox):
    """Pages of one ballot lie side by side in a batch: the order is that of the names, as people count."""
    for name in ("p10.jpg", "p9.jpg"):
        (inbox.folder / name).write_bytes(b"1")
    inbox.take(0.0)
    (inbox.folder / "p9.jpg").write_bytes(b"12")
    assert inbox.take(4.0) == ()
    assert names(inbox.take(8.0)) == ["p9.jpg", "p10.jpg"]


def test_a_file_that_is_changed_later_is_taken_again(inbox):
    """Some scanners add pages to the file that is there."""
    file = inbox.folder / "a.pdf"
    file.write_bytes(b"1")
    inbox.take(0.0)
    assert inbox.take(4.0) == (file,)
    file.write_bytes(b"123")
    assert inbox.take(5.0) == ()
    assert inbox.take(9.0) == (file,)


def test_an_empty_file_is_waited_for_longer_and_not_forgotten(inbox):
    """The name comes first and the picture later; one that never comes is told as a broken file."""
    file = inbox.folder / "a.pdf"
    file.touch()
    inbox.take(0.0)
    assert inbox.take(10.0) == ()
    assert inbox.take(40.0) == (file,)


def test_a_name_that_vanishes_is_no_problem(inbox):
    file = inbox.folder / "writing.tmp"
    file.write_bytes(b"1")
    inbox.take(0.0)
    file.rename(inbox.folder / "a.pdf")
    inbox.take(1.0)
    assert names(inbox.take(5.0)) == ["a.pdf"]


def test_arrivals_end_when_nothing_comes(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"1")
    assert [names(files) for files in arrivals(tmp_path, quiet=0.05, idle=0.1)] == [["a.pdf"]]


def test_arrivals_come_one_after_the_other_in_subfolders_too(tmp_path):
    """What comes while the first is read is given next."""
    (tmp_path / "a.pdf").write_bytes(b"1")
    with closing(arrivals(tmp_path, quiet=0.05, idle=20)) as coming:
        assert names(next(coming)) == ["a.pdf"]
        (tmp_path / "day").mkdir()
        (tmp_path / "day" / "b.pdf").write_bytes(b"2")
        assert names(next(coming)) == ["b.pdf"]


def test_a_watch_hands_files_over_and_ends_at_once(tmp_path):
    got, came = [], threading.Event()

    def take(files):
        got.extend(files)
        came.set()

    watch = Watch(tmp_path, take, quiet=0.05)
    (tmp_path / "a.pdf").write_bytes(b"1")
    assert came.wait(20)
    watch.close()
    assert names(got) == ["a.pdf"]
    assert not watch._thread.is_alive()


def test_a_watch_ends_when_nothing_more_is_wanted(tmp_path):
    """A closed election takes no more files."""
    (tmp_path / "a.pdf").write_bytes(b"1")

    def refuse(_files):
        raise OmrError("closed")

    watch = Watch(tmp_path, refuse, quiet=0.05)
    watch._thread.join(20)
    assert not watch._thread.is_alive()
    watch.close()


def test_a_folder_that_is_not_there_is_a_line(tmp_path):
    with pytest.raises(OmrError, match="nowhere"):
        Watch(tmp_path / "nowhere", list)
    with pytest.raises(OmrError, match="nowhere"):
        next(arrivals(tmp_path / "nowhere"))
