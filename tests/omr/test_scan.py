"""Scanning into an election: every page once, whatever happens on the way."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import omr.scan as scan_module
from omr.assemble import assemble
from omr.election import Folder
from omr.errors import OmrError
from omr.evidence import Flag, PageSeen, PageState
from omr.pages import Scan, count_pages, list_sources
from omr.scan import ScanOutcome, open_batch, scan
from omr.store import Adjudication, Question, Store
from omr.task import Task, Worker
from tests.omr.ledger import put_key
from tests.omr.stand_in import CRASHES, FAILS, HANGS, stand_in_reader
from tests.omr.tampering import Inline

ROOT = Path(__file__).parents[2]


def picture(value: int, noise: int = 0) -> np.ndarray:
    grey = np.full((60, 60), 240, np.uint8)
    grey[:20, :20] = value
    grey[-1, -1] = noise
    return grey


def png(path: Path, value: int, noise: int = 0) -> Path:
    assert cv2.imwrite(str(path), picture(value, noise))
    return path


def tiff(path: Path, values: list[int]) -> Path:
    pages = [Image.fromarray(picture(value)) for value in values]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def fresh(root: Path) -> Folder:
    """An election of which there is its key and nothing else."""
    root.mkdir()
    put_key(root)
    return Folder(root)


@pytest.fixture
def folder(tmp_path) -> Folder:
    return fresh(tmp_path / "election")


@pytest.fixture
def scans(tmp_path) -> Path:
    place = tmp_path / "scans"
    place.mkdir()
    return place


def run(folder: Folder, *paths: Path, **more) -> ScanOutcome:
    """Scan with the stand-in: in `jobs` processes, or in this one where no process matters."""
    hands = {} if "jobs" in more else {"hands": Inline()}
    return scan(folder, paths, **{"reader": stand_in_reader} | hands | more)


def stored(folder: Folder, count: int = 1):
    with Store(folder.database) as store:
        return store.pages(count)


def test_a_picture_that_was_exchanged_is_no_page_of_the_file_that_was_named(folder, scans):
    """Its bytes are hashed where they are kept, while it is read: the reading is thrown away."""
    path = png(scans / "a.png", 10)
    (source,) = list_sources([path])
    png(path, 20)
    (record,) = Worker(stand_in_reader, folder.originals_dir)([Task(source, 1, 0)])
    assert (record.state, record.flags, record.readings) == (PageState.UNREADABLE, (Flag.FILE_BROKEN,), ())
    assert (record.original, record.sha256) == ("", "")
    assert "tệp bị thay đổi" in record.problem


def facts(folder: Folder) -> list[tuple]:
    """All that a scan says of an election, without the random ids."""
    with Store(folder.database) as store:
        pages = store.pages()
        readings = store.readings()
        box = assemble(pages, store.alike(), 1)
        first = {each.page.id: (each.page.source, each.page.page_in_source) for each in box.pages}
        return [
            (
                each.page.source,
                each.page.page_in_source,
                each.state,
                each.flags,
                each.first and first[each.first],
                each.page.sha256,
                readings.get(each.page.id),
                each.page.original,
            )
            for each in box.pages
        ]


def test_pages_are_stored_in_the_order_of_their_files(folder, scans):
    """However many processes read, the order of the batch is that of files and pages."""
    tiff(scans / "b10.tif", [30, 40, 50])
    tiff(scans / "b9.tif", [10, 255, 20])
    outcome = run(folder, scans, jobs=2)
    assert outcome.exit_code == 0
    assert (outcome.stored, outcome.known) == (6, 0)
    places = [(page.source, page.page_in_source) for page in stored(folder)]
    assert places == [(name, at) for name in ("b9.tif", "b10.tif") for at in (1, 2, 3)]
    assert [page.state for page in stored(folder)][1] is PageState.BLANK


def test_every_original_is_kept_and_private(folder, scans):
    """A page's picture lies under its own hash, readable by its owner only."""
    png(scans / "a.png", 10)
    run(folder, scans, jobs=1)
    (page,) = stored(folder)
    original = folder.originals_dir / page.original
    assert original.read_bytes() == (scans / "a.png").read_bytes()
    if os.name != "nt":
        for path in (original, folder.database):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for place in (folder.root, folder.originals_dir, original.parent):
            assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_page_that_is_stored_is_not_decoded_again(folder, scans, tmp_path):
    """Told by file and place, a known page costs nothing; new pages beside it are read."""
    log = tmp_path / "log"
    reader = partial(stand_in_reader, log=str(log))
    png(scans / "a.png", 10)
    run(folder, scans, reader=reader)
    png(scans / "b.png", 20)
    outcome = run(folder, scans, reader=reader)
    assert (outcome.stored, outcome.known) == (1, 1)
    assert log.read_text().split() == ["10", "20"]


def test_the_same_picture_elsewhere_is_a_duplicate(folder, scans):
    """A copy of a file is another page of the batch, and not another ballot."""
    png(scans / "a.png", 10)
    png(scans / "b.png", 10)
    run(folder, scans)
    first, second = facts(folder)
    assert first[2] is PageState.READ
    assert second[2:5] == (PageState.DUPLICATE, (Flag.SAME_PIXELS,), ("a.png", 1))


def test_the_same_sheet_in_another_run_is_found_by_its_ink(folder, scans):
    """Other pixels, same strokes: a duplicate of the earlier page, found against what was stored before."""
    run(folder, png(scans / "a.png", 10), png(scans / "b.png", 90))
    run(folder, png(scans / "c.png", 10, noise=7))
    assert [fact[2] for fact in facts(folder)] == [PageState.READ, PageState.READ, PageState.DUPLICATE]
    assert facts(folder)[2][3:5] == ((Flag.SAME_INK,), ("a.png", 1))


def test_a_second_count_is_kept_apart(folder, scans):
    """The box read again is another count, not a batch of duplicates."""
    png(scans / "a.png", 10)
    run(folder, scans)
    assert run(folder, scans, count=2).stored == 1
    assert len(stored(folder, 1)) == len(stored(folder, 2)) == 1
    with Store(folder.database) as store:
        assert store.counts() == (1, 2)
        assert store.alike() == ()


def test_broken_files_cost_themselves_only(folder, scans):
    """Bad files are named, the others are read, and the command fails in the end."""
    png(scans / "a.png", 10)
    (scans / "b.jpg").write_bytes(b"")
    data = (scans / "a.png").read_bytes()
    (scans / "c.png").write_bytes(data[:-30])
    (scans / "note.txt").write_text("x")
    outcome = run(folder, scans, scans / "gone.pdf")
    assert outcome.exit_code == 1
    assert {each.name for each in outcome.broken} == {"b.jpg", str(scans / "gone.pdf")}
    assert [each.name for each in outcome.skipped] == ["note.txt"]
    assert [(name, page) for name, page, _why in outcome.failed] == [("c.png", 1)]
    with Store(folder.database) as store:
        assert [page.state for page in store.pages()] == [PageState.READ, PageState.UNREADABLE]
        # A mistyped path is no problem of the election; a file that is there may hold ballots.
        assert [problem.name for problem in store.problems()] == ["b.jpg"]


def test_a_problem_is_over_once_the_file_is_read(folder, scans):
    """A file copied anew under its name is a problem no more."""
    (scans / "a.png").write_bytes(b"")
    run(folder, scans)
    png(scans / "a.png", 10)
    run(folder, scans)
    with Store(folder.database) as store:
        assert store.problems() == ()


def test_a_page_that_kills_its_process_costs_that_page_only(folder, scans):
    """A decoder that crashes or is out of memory takes one page with it; the rest is read, none twice."""
    tiff(scans / "a.tif", [10, 20, 30, CRASHES, 40, 50, 60, 70, 80, 90, 100, 110])
    outcome = run(folder, scans, jobs=2)
    assert outcome.stored == 12
    assert outcome.exit_code == 1
    states = [page.state for page in stored(folder)]
    assert states.count(PageState.READ) == 11
    assert states[3] is PageState.UNREADABLE
    assert stored(folder)[3].problem


def test_several_poisonous_pages_in_one_process(folder, scans):
    """With one process too, each poisonous page costs itself."""
    tiff(scans / "a.tif", [CRASHES, 10, CRASHES, 20])
    run(folder, scans, jobs=1)
    states = [page.state for page in stored(folder)]
    unreadable, read = PageState.UNREADABLE, PageState.READ
    # The two poisonous pages have the same pixels nobody could see: they are two pages all the same.
    assert states == [unreadable, read, unreadable, read]


@pytest.mark.skipif(sys.platform == "win32", reason="holds the GIL by the C library's sleep")
def test_a_page_that_hangs_costs_that_page_only(folder, scans, monkeypatch):
    """A page that takes too long is stopped, whatever it is doing, and the others are read."""
    monkeypatch.setattr(scan_module, "PAGE_SECONDS", 1.0)
    tiff(scans / "a.tif", [10, HANGS, 20])
    start = time.monotonic()
    run(folder, scans, jobs=1)
    assert time.monotonic() - start < 30
    states = [page.state for page in stored(folder)]
    assert states == [PageState.READ, PageState.UNREADABLE, PageState.READ]
    assert stored(folder)[1].problem


def test_a_slow_batch_is_not_a_slow_page(folder, scans, monkeypatch):
    """The limit is each page's own: many pages together may take longer."""
    monkeypatch.setattr(scan_module, "PAGE_SECONDS", 1.0)
    tiff(scans / "a.tif", list(range(10, 130, 15)))
    run(folder, scans, jobs=1, reader=partial(stand_in_reader, slow=0.2))
    assert {page.state for page in stored(folder)} == {PageState.READ}


def test_files_that_come_one_after_the_other_are_one_batch(folder, scans):
    """A scanner that writes a file a side: the pages of one ballot come from several files."""
    batch = open_batch(folder)
    for name, value in (("1.png", 10), ("2.png", 40)):
        run(folder, png(scans / name, value), batch=batch, below=scans)
    run(folder, png(scans / "3.png", 70))
    assert [(page.source, page.batch) for page in stored(folder)] == [
        ("1.png", batch), ("2.png", batch), ("3.png", batch + 1),
    ]  # fmt: skip


def test_a_watched_file_is_known_again_in_its_folder(folder, scans):
    """Read as it came, and the whole folder later: nothing is read twice."""
    (scans / "day").mkdir()
    file = png(scans / "day" / "a.png", 10)
    run(folder, file, below=scans)
    outcome = run(folder, scans)
    assert (outcome.stored, outcome.known) == (0, 1)


def test_a_file_that_becomes_whole_while_its_pages_are_counted_is_entered_once(folder, scans, monkeypatch):
    """The bytes that were hashed are those that are read: never a part's hash with the pages of the whole."""
    path = scans / "a.pdf"
    Image.fromarray(picture(40)).save(path, save_all=True, append_images=[Image.fromarray(picture(90))])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    def count_later(path, kind):
        path.write_bytes(whole)  # the scanner goes on while the process that counts is started
        return count_pages(path, kind)

    monkeypatch.setattr(scan_module, "count_apart", count_later)
    batch = open_batch(folder)
    first = run(folder, path, batch=batch, below=scans)
    assert [each.message for each in first.broken] == ["tệp bị thay đổi trong khi đang đọc"]
    assert run(folder, path, batch=batch, below=scans).stored == 2
    assert [page.page_in_source for page in stored(folder)] == [1, 2]
    with Store(folder.database) as store:
        assert store.problems() == ()


def test_a_decision_makes_nothing_be_read_anew(folder, scans, tmp_path):
    """A fix by hand is a row of its own: the same command then reads no page, and changes no reading."""
    log = tmp_path / "log"
    tiff(scans / "a.tif", [10, 40])
    reader = partial(stand_in_reader, log=str(log))
    run(folder, scans, reader=reader)
    before = facts(folder)
    with Store(folder.database) as store:
        sheet = store.pages()[0].sheet
        store.add_adjudication(
            lambda _all: Adjudication(0, sheet, Question.ROW, 1, "low", "Ban", "", "2023-12-15")
        )
    assert run(folder, scans, reader=reader).stored == 0
    assert sorted(log.read_text().split()) == ["10", "40"]
    assert facts(folder) == before


def test_likenesses_are_found_across_counts_and_kept_apart(folder, scans):
    """The sheet of one count is found in the other by its ink, and is no duplicate there."""
    run(folder, png(scans / "a.png", 10), png(scans / "b.png", 90))
    run(folder, png(scans / "c.png", 90, noise=3), count=2)
    with Store(folder.database) as store:
        (pair,) = store.alike(1, 2)
        names = {page.id: page.source for count in (1, 2) for page in store.pages(count)}
        assert {names[pair.one], names[pair.other]} == {"b.png", "c.png"}
        assert store.alike(1) == store.alike(2) == ()
    assert [fact[2] for fact in facts(folder)] == [PageState.READ, PageState.READ]


def test_a_reader_that_fails_costs_that_page_only(folder, scans):
    """An error in the program becomes an unreadable page with a reason, and its picture is kept."""
    tiff(scans / "a.tif", [10, FAILS, 20])
    run(folder, scans, jobs=1)
    page = stored(folder)[1]
    assert page.state is PageState.UNREADABLE
    assert "no such thing" in page.problem
    assert (folder.originals_dir / page.original).exists()


def not_a_reader(_page: Scan) -> PageSeen:
    raise AssertionError


def refuses_to_arrive():
    raise RuntimeError("cannot be unpickled")


class Unloadable:
    """Goes out, does not come in: as when a worker lacks the memory to start."""

    def __call__(self, page: Scan) -> PageSeen:
        return not_a_reader(page)

    def __reduce__(self):
        return refuses_to_arrive, ()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_processes_that_cannot_start_are_an_error_not_unreadable_pages(folder, scans):
    """Where no worker starts, nothing is stored and the message says so."""
    png(scans / "a.png", 10)
    with pytest.raises(OmrError, match=r"process|tiến trình"):
        run(folder, scans, jobs=1, reader=Unloadable())
    assert stored(folder) == ()


def test_progress_is_told_in_this_process(folder, scans):
    """Only the parent moves the progress bar: up to the total, with the pages just stored."""
    tiff(scans / "a.tif", [10, 20, 30])
    seen = []
    run(
        folder,
        scans,
        jobs=1,
        progress=lambda each: seen.append((os.getpid(), each.done, each.total, len(each.pages))),
    )
    assert {pid for pid, *_rest in seen} == {os.getpid()}
    assert seen[0][1:] == (0, 3, 0)
    assert seen[-1][1:3] == (3, 3)
    assert sum(new for *_rest, new in seen) == 3


PROGRAM = """
import sys
from functools import partial
from pathlib import Path
from omr.election import Folder
from omr.scan import scan
from tests.omr.stand_in import stand_in_reader
if __name__ == "__main__":
    scan(Folder(Path(sys.argv[1])), [Path(p) for p in sys.argv[3:]], jobs=2,
         reader=partial(stand_in_reader, slow=float(sys.argv[2])))
"""


def started(folder: Folder, slow: float, *paths: Path) -> subprocess.Popen:
    command = [sys.executable, "-c", PROGRAM, str(folder.root), str(slow), *map(str, paths)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    # A session of its own, as a terminal gives: Ctrl-C reaches every process of it.
    return subprocess.Popen(
        command, cwd=ROOT, env=env, start_new_session=True, stderr=subprocess.PIPE, text=True
    )


def wait_for_pages(folder: Folder, number: int, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if folder.database.exists() and pages_in(folder) >= number:
            return
        time.sleep(0.01)
    raise AssertionError("nothing was stored")


def pages_in(folder: Folder) -> int:
    db = sqlite3.connect(f"file:{folder.database}?mode=ro", uri=True)
    try:
        return db.execute("SELECT count(*) FROM pages").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        db.close()


def workers_of(pid: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(place.parent.name))
    return found


def test_killed_at_any_moment_and_run_again_nothing_is_lost_or_doubled(folder, scans, tmp_path):
    """kill -9 in the middle, three times, then the same command: the result of an undisturbed run."""
    dice = random.Random(20231231)
    values = [*range(10, 130, 3), 10, 13]
    tiff(scans / "a.tif", values)
    for _ in range(3):
        before = pages_in(folder) if folder.database.exists() else 0
        process = started(folder, 0.02, scans)
        wait_for_pages(folder, before + 1)
        time.sleep(dice.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    assert 0 < pages_in(folder) < len(values)
    run(folder, scans, jobs=2)
    undisturbed = fresh(tmp_path / "undisturbed")
    run(undisturbed, scans)
    assert facts(folder) == facts(undisturbed)
    assert Counter(fact[2] for fact in facts(folder)) == {PageState.READ: 40, PageState.DUPLICATE: 2}


def test_workers_do_not_outlive_a_killed_parent(folder, scans):
    """Nobody is left reading for a parent that is gone."""
    tiff(scans / "a.tif", list(range(10, 130, 2)))
    process = started(folder, 0.05, scans)
    wait_for_pages(folder, 1)
    workers = workers_of(process.pid)
    assert len(workers) >= 2
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    until = time.monotonic() + 10
    while time.monotonic() < until and any(Path(f"/proc/{pid}").exists() for pid in workers):
        time.sleep(0.05)
    alive = [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert not [
        pid for pid in alive if "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1][:3]
    ]


def test_ctrl_c_keeps_what_was_read(folder, scans):
    """Stopped by hand, the scan ends soon and goes on next time."""
    tiff(scans / "a.tif", list(range(10, 130, 3)))
    process = started(folder, 0.05, scans)
    wait_for_pages(folder, 1)
    os.killpg(process.pid, signal.SIGINT)
    _out, said = process.communicate(timeout=30)
    assert process.returncode != 0
    assert said.count("Traceback") == 1, said
    had = pages_in(folder)
    assert 0 < had < 40
    assert run(folder, scans, jobs=2).stored == 40 - had


def test_two_processes_into_one_election_at_once(folder, scans, tmp_path):
    """Several scanners at once, partly the same files: every page once, as if one after the other."""
    names = [scans / f"{letter}.tif" for letter in "abc"]
    for at, name in enumerate(names):
        tiff(name, list(range(10 + 40 * at, 40 + 40 * at, 5)))
    both = [started(folder, 0.01, names[0], names[1]), started(folder, 0.01, names[1], names[2])]
    assert [process.communicate(timeout=60) and process.returncode for process in both] == [0, 0]
    alone = fresh(tmp_path / "alone")
    run(alone, *names)
    assert sorted(facts(folder)) == sorted(facts(alone))


def test_what_cannot_be_written_is_a_line_and_what_was_stored_stays(folder, scans, monkeypatch):
    """A full disk stops the scan with advice; pages stored before are kept."""
    tiff(scans / "a.tif", [10, 20, 30, 40])
    real = scan_module._read

    def disk_fills_up(worker, tasks, jobs):
        yield from real(worker, tasks[:2], jobs)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scan_module, "_read", disk_fills_up)
    with pytest.raises(OmrError, match="đầy") as stopped:
        run(folder, scans)
    assert stopped.value.advice
    monkeypatch.undo()
    assert run(folder, scans).stored == 2


def test_half_written_files_of_killed_processes_are_swept(folder, scans):
    """Old leftovers go; what another process is writing just now stays."""
    folder.originals_dir.mkdir()
    old, new = folder.root / ".part-1", folder.originals_dir / ".part-2"
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (1, 1))
    run(folder, png(scans / "a.png", 10))
    assert not old.exists()
    assert new.exists()
