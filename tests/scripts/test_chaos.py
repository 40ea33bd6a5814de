"""The fault harness: it survives what it should, and says so where something is lost, doubled or half."""

from __future__ import annotations

import shutil
from dataclasses import replace
from random import Random

import pytest

from omr.election import Folder as Election
from scripts.chaos import __main__ as harness
from scripts.chaos.day import Here, facts_of, judge, scan, small_day
from scripts.chaos.disk import File, Folder, read_disk, write_disk
from scripts.chaos.finding import Finding, as_table
from scripts.chaos.kill_scan import Target, kill_scans
from scripts.chaos.kill_serve import _doubled, _lost
from scripts.chaos.traced import Call, Replay, calls


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """Three pages: little to wait for."""
    whole = small_day(tmp_path_factory.mktemp("day"))
    return replace(whole, scans=whole.scans[:3])


@pytest.fixture(scope="module")
def read_once(day, tmp_path_factory):
    folder = day.fresh(tmp_path_factory.mktemp("once") / "read")
    scan(folder, day.scans, hands=Here())
    return folder.root


@pytest.fixture
def read(read_once, tmp_path):
    """The day's election with its pages read, to be spoiled."""
    shutil.copytree(read_once, tmp_path / "read")
    return Election(tmp_path / "read")


def test_a_killed_scan_costs_nothing(day, tmp_path):
    """The quick part of the quick part: one scan is killed, whole, and given again."""
    (found,) = kill_scans(day, {Target.GROUP: 1}, Random(3), tmp_path)
    assert found.notes == ()
    assert found.is_good


def test_an_undisturbed_election_is_clean(day, read):
    assert judge("none", facts_of(read), read, day).is_good


def test_a_lost_and_a_doubled_page_are_seen(day, read):
    """Counted by file and place; the result is another one, too."""
    there = facts_of(read)
    one, *others = there.pages
    missing = replace(there, pages=there.pages + type(there.pages)([("more.jpg", 1)]))
    fewer = replace(there, pages=type(there.pages)(others))
    assert judge("lost", missing, read, day).pages_lost == 1
    assert judge("doubled", fewer, read, day).pages_doubled == 1
    assert one not in others


def test_half_files_are_seen(day, read):
    """A picture that is not its own content, one that is gone, and a list that was cut off."""
    expected = facts_of(read)
    (first, second) = sorted(read.originals_dir.glob("*/*.jpg"))[:2]
    first.write_bytes(first.read_bytes()[:100])
    second.unlink()
    (read.root / "scanning.json").write_text('{"batches": [', encoding="utf-8")
    found = judge("half", expected, read, day)
    assert found.half_files == 3
    assert not found.is_good


def test_what_was_acknowledged_counts_as_lost_and_what_came_twice_as_doubled():
    """What nobody acknowledged may be there or not."""
    asked = {"a": True, "b": True, "c": False, "d": False}
    kept = {"a": 2, "c": 1}
    assert (_lost(asked, kept), _doubled(asked, kept)) == (1, 1)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (Finding("good", 2, 2), 0),
        (Finding("never injected"), 1),
        (Finding("lost", 2, 0, pages_lost=1), 1),
        (Finding("other result", 2, 0, equal=False), 1),
        (Finding("said", 2, 2, notes=("it hangs",)), 1),
    ],
)
def test_the_exit_code_says_whether_all_is_as_it_must_be(monkeypatch, capsys, found, code):
    monkeypatch.setattr(harness, "FAULTS", {"one": lambda *_about: [found]})
    assert harness.main(["--quick"]) == code
    assert as_table([found]) in capsys.readouterr().out


# --- the disk that forgets --------------------------------------------------------------------------------


def kept(disk, root, chance):
    write_disk(disk, root, lambda: chance)
    return {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_was_not_synced_is_gone_with_the_power(tmp_path):
    """Content after the file was synced, a name after its folder was."""
    disk, file = Folder(), File()
    disk.name("a", file)
    file.write(0, b"new")
    assert kept(disk, tmp_path / "1", chance=False) == {}
    assert kept(disk, tmp_path / "2", chance=True) == {"a": b"new"}
    disk.sync()
    assert kept(disk, tmp_path / "3", chance=False) == {"a": b""}
    file.sync()
    assert kept(disk, tmp_path / "4", chance=False) == {"a": b"new"}


def hexed(text):
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def log(*lines):
    """Lines as strace writes them; `"…"` is text, `<…>` a path below /e."""
    found = []
    for line in lines:
        parts = line.replace("<", '"<').replace(">", '>"').split('"')
        marked = [
            f"<{hexed('/e/' + p[1:-1])}>" if p.startswith("<") else f'"{hexed(p)}"' for p in parts[1::2]
        ]
        found.append("".join(a + b for a, b in zip(parts[::2], [*marked, ""], strict=True)))
    return found


def test_calls_are_read_and_done_again(tmp_path):
    """Written beside, synced, renamed; the name is kept once the folder was synced."""
    (tmp_path / "e").mkdir()
    replay = Replay("/e", read_disk(tmp_path / "e"))
    lines = log(
        '1 openat(AT_FDCWD, "/e/.part-1", O_RDWR|O_CREAT|O_EXCL, 0600) = 3<.part-1>',
        '1 write(3<.part-1>, "half", 4) = 4',
        '1 write(3<.part-1>, "whole", 5) = 5',
        "1 fsync(3<.part-1>) = 0",
        '1 rename("/e/.part-1", "/e/a") = 0',
    )
    for call in calls(lines):
        assert replay.do(call)
    assert kept(replay.disk, tmp_path / "1", chance=False) == {}
    assert kept(replay.disk, tmp_path / "2", chance=True) == {"a": b"halfwhole"}
    for call in calls(["1 fsync(4<" + hexed("/e") + ">) = 0"]):
        replay.do(call)
    assert kept(replay.disk, tmp_path / "3", chance=False) == {"a": b"halfwhole"}
    assert replay.changes == 6


def test_a_call_of_two_halves_counts_where_it_ended():
    """Other processes speak in between."""
    one, two = log("7 fsync(3<a>", '8 mkdir("/e/b", 0700) = 0')
    found = [call.name for call in calls([f"{one} <unfinished ...>", two, "7 <... fsync resumed>) = 0"])]
    assert found == ["mkdir", "fsync"]


def test_redirects_are_acknowledgements():
    replay = Replay("/e", Folder())
    for text in (b"HTTP/1.1 303 See Other\r\n", b"HTTP/1.1 200 OK\r\n"):
        replay.do(Call("sendto", (text,), "socket:[1]", "", (), len(text)))
    assert replay.answered == 1


def test_a_call_nobody_knows_is_not_passed_over():
    """A way to write that the model does not follow would make it blind."""
    with pytest.raises(ValueError, match="sendfile"):
        Replay("/e", Folder()).do(Call("sendfile", (), "/e/a", "", (), 1))
