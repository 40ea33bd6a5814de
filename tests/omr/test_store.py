"""The ledger: rows are added, never changed, and land whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.errors import OmrError
from omr.evidence import CellSeen, Flag, Mark, Name, NameSeen, PageSeen, PageState, Reason, RowSeen
from omr.files import NO_TIME
from omr.rules import RowReading
from omr.store import (
    Adjudication,
    Alike,
    Fit,
    Likeness,
    NewPage,
    NewSource,
    Problem,
    Question,
    Store,
    connection,
    keep_by_content,
    pack_seen,
    unpack_seen,
)
from omr.store.schema import LEDGER, STEPS

FILE = NewSource("ab" * 32, "quét 1.pdf", 3)

pytestmark = pytest.mark.usefixtures("key_beside")


def new_page(source: int, at: int = 1, **more) -> NewPage:
    plain = NewPage(
        id=f"{source:04}{at:04}",
        sheet=f"s{source:04}{at:04}",
        source=source,
        page_in_source=at,
        sha256=f"pixels {source} {at}",
        state=PageState.READ,
        page=1,
        flags=(Flag.SEAL_FAINT,),
        seen=pack_seen(PageSeen(PageState.READ, page=1)),
        trace=b"ink",
        readings=(RowReading(1, "high"), RowReading(2, "unsure", Reason.FAINT_MARK)),
        original="ab/cd.jpg",
        strip="ef/gh.jpg",
        problem="",
    )
    return replace(plain, **more)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "omr.sqlite") as opened:
        yield opened


lengths = st.floats(0, 1e6, allow_nan=False)
cells = st.builds(
    CellSeen,
    st.sampled_from(["high", "medium", "low"]),
    st.sampled_from(Mark),
    st.none() | st.sampled_from(Reason),
    st.booleans(),
    lengths,
    lengths,
    lengths,
    lengths,
)
names = st.builds(NameSeen, st.sampled_from(Name), st.none() | st.sampled_from(Reason), lengths, lengths)
rows = st.builds(
    RowSeen,
    st.integers(1, 200),
    st.lists(cells, max_size=3).map(tuple),
    names,
    st.none() | st.sampled_from(Reason),
)
pages_seen = st.builds(
    PageSeen,
    state=st.sampled_from(PageState),
    page=st.none() | st.integers(1, 9),
    rows=st.lists(rows, max_size=4).map(tuple),
    flags=st.lists(st.sampled_from(Flag), max_size=3).map(tuple),
    upside_down=st.booleans(),
    residual_mm=st.none() | lengths,
    dpi=st.none() | lengths,
    paper_to_scan=st.none() | st.tuples(*[st.floats(-1e6, 1e6)] * 9),
    trace=st.binary(max_size=20),
)


@given(pages_seen)
def test_what_was_seen_comes_back_exactly(seen):
    """Evidence is kept to the last bit, so that a threshold can be argued over without scanning again."""
    assert unpack_seen(pack_seen(seen), seen.trace) == seen


def test_pages_come_back_as_they_went_in(store):
    """A page's record, its readings and its evidence are what the worker handed over."""
    (source,) = store.add_batch(1, [FILE])
    assert store.add_pages([new_page(source, 2), new_page(source, 1)]) == ("00010002", "00010001")
    first, second = store.pages()
    assert (first.page_in_source, second.page_in_source) == (1, 2)
    assert first.source == "quét 1.pdf"
    assert first.flags == (Flag.SEAL_FAINT,)
    assert first.has_ink
    assert store.readings()[first.id] == new_page(source).readings
    assert store.seen(first.id) == PageSeen(PageState.READ, page=1, trace=b"ink")
    assert store.stored(source) == {0, 1}
    with pytest.raises(KeyError):
        store.seen("nobody")


def test_a_page_is_stored_once_whoever_comes_first(store):
    """The second record of the same place in the same file is refused without a sound, its readings too."""
    (source,) = store.add_batch(1, [FILE])
    assert store.add_pages([new_page(source)])
    other = new_page(source, id="other", sheet="other", readings=(RowReading(1, "low"),))
    assert store.add_pages([other]) == ()
    assert store.readings() == {"00010001": new_page(source).readings}


def test_files_keep_their_place(store):
    """A file entered again, as after a crash, keeps its id; new ones come behind."""
    other = NewSource("cd" * 32, "b.pdf", 1)
    assert store.add_batch(1, [FILE]) == (1,)
    assert store.add_batch(1, [other, FILE]) == (2, 1)
    assert store.add_batch(2, [FILE]) != (1,)


def test_runs_of_two_scanners_at_once_do_not_mix(store):
    """Files of two watched folders come in turn; the pages of one ballot lie side by side in one run."""
    one, other = store.open_batch(1), store.open_batch(1)
    for number, batch in enumerate((one, other, one, other)):
        (source,) = store.add_batch(1, [NewSource(f"{number:064}", f"{number}.jpg", 1)], (), batch)
        store.add_pages([new_page(source)])
    assert [(page.batch, page.source) for page in store.pages()] == [
        (one, "0.jpg"),
        (one, "2.jpg"),
        (other, "1.jpg"),
        (other, "3.jpg"),
    ]
    assert [page for page, _number, _trace in store.traces()] == sorted(page.id for page in store.pages())


@pytest.mark.parametrize("room", [True, False])
def test_a_full_disk_is_said_and_what_was_stored_stays(store, monkeypatch, room):
    """SQLite tells it in two ways: by its own word, and as an error of the disk where nothing fits at all."""
    (source,) = store.add_batch(1, [FILE])
    store.add_pages([new_page(source)])
    if room:
        ((pages,),) = store._all("PRAGMA page_count")
        store._db.execute(f"PRAGMA max_page_count = {pages}")
    else:
        monkeypatch.setattr("omr.store.connection.has_no_room", lambda _folder: True)
        monkeypatch.setattr("omr.store.pages.append_pages", disk_error)
    large = [new_page(source, at, trace=bytes(100_000)) for at in (2, 3)]
    with pytest.raises(OmrError, match="đầy") as said:
        store.add_pages(large)
    assert said.value.advice
    assert len(store.pages()) == 1


def disk_error(*_about):
    fault = sqlite3.OperationalError("disk I/O error")
    fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    raise fault


def test_a_scan_that_was_cut_off_is_a_problem_until_it_is_finished(store):
    """Sheets whose pages were announced and never stored are missed, file by file."""
    (source,) = store.add_batch(1, [FILE])
    store.add_pages([new_page(source, 1)])
    (problem,) = store.problems()
    assert problem.name == FILE.name
    assert "2" in problem.message
    store.add_pages([new_page(source, 2), new_page(source, 3)])
    assert store.problems() == ()


def test_half_a_transaction_is_none(store):
    """Where one page of several cannot be stored, none is."""
    (source,) = store.add_batch(1, [FILE])
    with pytest.raises(sqlite3.IntegrityError):
        store.add_pages([new_page(source), new_page(source + 1)])
    assert store.pages() == ()
    assert store.add_pages([new_page(source)])


@pytest.mark.parametrize("table", LEDGER)
@pytest.mark.parametrize("change", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_the_ledger_refuses_to_be_changed(tmp_path, table, change):
    """Not even with SQL of one's own is a row of the ledger changed or taken away."""
    path = tmp_path / "omr.sqlite"
    with Store(path) as store:
        (source,) = store.add_batch(1, [FILE], [Problem("x.pdf", "broken", "mend it")])
        store.add_pages([new_page(source, 1), new_page(source, 2)])
        store.add_likenesses(["00010001"], [Alike("00010001", "00010002", Likeness.MAYBE)])
        store.add_adjudication(lambda _all: adjudication("s00010001"))
    db = sqlite3.connect(path)
    (before,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert before > 0
    columns = [row[1] for row in db.execute(f"PRAGMA table_info ({table})")]
    change = change.replace("rowid", columns[0])
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        db.execute(change.format(table))
    db.close()


def adjudication(sheet: str, **more) -> Adjudication:
    plain = Adjudication(0, sheet, Question.ROW, 1, "high", "Bà A", "rõ", "2023-12-15T08:00:00+00:00")
    return replace(plain, **more)


def test_decisions_are_numbered_in_the_order_they_are_made(store):
    """Each decision knows all that were made before it, also when two people decide at once."""
    (source,) = store.add_batch(1, [FILE])
    store.add_pages([new_page(source)])
    seen = []

    def make(all_so_far):
        seen.append(len(all_so_far))
        return adjudication("s00010001", turn=len(all_so_far) + 1, agreed=True)

    first, second = store.add_adjudication(make), store.add_adjudication(make)
    assert (first.seq, second.seq) == (1, 2)
    assert seen == [0, 1]
    assert store.adjudications() == (first, second)
    assert first == adjudication("s00010001", seq=1, agreed=True)


def test_a_decision_about_nothing_is_refused(store):
    """A decision names a sheet that is there, and a row question names a row."""
    (source,) = store.add_batch(1, [FILE])
    store.add_pages([new_page(source)])
    for wrong in (adjudication("gone"), adjudication("s00010001", number=None)):
        with pytest.raises(sqlite3.IntegrityError):
            store.add_adjudication(lambda _all, wrong=wrong: wrong)
    assert store.adjudications() == ()


def test_writers_wait_for_each_other(tmp_path):
    """Many writers at once, each with its own store, on a new file: nothing is lost, nobody fails."""
    failed = []

    def write(number: int) -> None:
        try:
            with Store(tmp_path / "omr.sqlite") as store:
                for at in range(5):
                    (source,) = store.add_batch(1, [NewSource(f"{number} {at}", "a.pdf", 1)])
                    store.add_pages([new_page(source)])
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with Store(tmp_path / "omr.sqlite") as store:
        assert len(store.pages()) == 30


def asked_for_turn(path, count):
    """Wait until that many threads of this program have a turn or wait for one."""
    line, until = connection._line_of(path), monotonic() + 10
    while len(line._waiting) < count and monotonic() < until:
        sleep(0.002)
    assert len(line._waiting) == count


def test_threads_of_one_program_write_in_the_order_in_which_they_asked(tmp_path):
    """Who has just written and asks again comes last: of twenty browsers at once none waits for long."""
    path, turns, rounds = tmp_path / "omr.sqlite", [], 8
    Store(path).close()

    def write(name):
        with Store(path) as other:
            for left in reversed(range(rounds)):
                with other._writing():
                    turns.append(name)
                    if left:  # who had the turn before has asked again
                        asked_for_turn(path, 4)

    threads = [threading.Thread(target=write, args=name) for name in "abcd"]
    for count, thread in enumerate(threads):
        asked_for_turn(path, count)  # the first keeps its turn until the last has asked
        thread.start()
    for thread in threads:
        thread.join()
    assert "".join(turns) == "abcd" * rounds


def fail_in(store):
    with store._writing():
        raise RuntimeError("half")


def test_whoever_fails_or_gives_up_leaves_the_line(store, tmp_path, monkeypatch):
    path = tmp_path / "omr.sqlite"
    with pytest.raises(RuntimeError, match="half"):
        fail_in(store)
    with Store(path) as other, store._writing():
        monkeypatch.setattr(connection, "PATIENCE", 0.05)
        with pytest.raises(OmrError, match="chưa đến lượt"):
            other.add_batch(1, [FILE])
        monkeypatch.undo()
    with Store(path) as other:
        other.add_batch(1, [FILE])
    assert not connection._line_of(path)._waiting


def test_the_waits_for_threads_and_for_processes_are_one(store, tmp_path, monkeypatch):
    """Who stood in line for long waits for other programs that much less: told after a minute, not two."""
    path, clock, waits = tmp_path / "omr.sqlite", [1000.0], []
    monkeypatch.setattr(connection, "monotonic", lambda: clock[0])

    def wait():
        with Store(path) as other:
            wait_at_most = other._wait_at_most
            other._wait_at_most = lambda seconds: (waits.append(seconds), wait_at_most(seconds))
            with pytest.raises(OmrError, match="chưa đến lượt"):
                other.add_batch(1, [FILE])

    waiting = threading.Thread(target=wait)
    with closing(sqlite3.connect(path, isolation_level=None)) as elsewhere:
        with store._line.turn(clock[0] + connection.PATIENCE):
            waiting.start()
            asked_for_turn(path, 2)
            clock[0] += connection.PATIENCE - 0.125
            elsewhere.execute("BEGIN IMMEDIATE")
        waiting.join()
    assert waits == [0.125]


def test_a_step_and_its_number_land_together(tmp_path, monkeypatch):
    """A migration that fails half way leaves the file as it was, and the next try goes through."""
    path = tmp_path / "omr.sqlite"
    Store(path).close()
    steps = (*STEPS, ("CREATE TABLE chain (seq INTEGER)", "CREATE TABLE chain (seq INTEGER)"))
    monkeypatch.setattr("omr.store.connection.STEPS", steps)
    with pytest.raises(OmrError):
        Store(path)
    monkeypatch.setattr("omr.store.connection.STEPS", (*STEPS, steps[-1][:1]))
    with Store(path) as store:
        assert store._step() == len(STEPS) + 1
    monkeypatch.undo()
    with pytest.raises(OmrError, match=r"newer|mới hơn"):
        Store(path)


def test_commits_are_on_the_disk(store):
    """Power loss takes no acknowledged row: a journal, and every commit synced."""
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_file_that_is_no_database_is_a_line(tmp_path):
    """Rubbish under the database's name is said, with what to do."""
    path = tmp_path / "omr.sqlite"
    path.write_bytes(b"this is not a database, and long enough to be taken for one" * 20)
    with pytest.raises(OmrError) as refused:
        Store(path)
    assert refused.value.advice


@pytest.fixture
def archived(tmp_path, monkeypatch):
    """A ledger on a disk that can only be read, as far as the system is asked: root may write anywhere."""
    with Store(tmp_path / "omr.sqlite") as store:
        store.add_batch(1, [FILE])
    ask = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and ask(path, mode))
    return tmp_path / "omr.sqlite"


def written_of(path):
    """What writing to a file changes; reading it may change the time of its last access."""
    stat = path.stat()
    return stat.st_ino, stat.st_mode, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def test_a_ledger_that_can_only_be_read_is_read_and_nothing_is_touched(archived):
    """An auditor looks at an archive's write-protected disk, and leaves no trace on it."""
    archived.parent.chmod(0o755)
    before = written_of(archived)
    with Store(archived) as store:
        assert [entry.kind for entry in store.chain()] == ["batches", "sources"]
        assert {path.name for path in archived.parent.iterdir()} == {"key", archived.name}
        with pytest.raises(OmrError, match="chỉ cho phép đọc") as found:
            store.add_batch(1, [replace(FILE, name="another")])
        assert "chép thư mục" in found.value.advice
    assert written_of(archived) == before
    assert archived.parent.stat().st_mode & 0o777 == 0o755


def test_rows_that_wait_beside_a_ledger_that_can_only_be_read_are_not_passed_over(archived):
    """Copied while somebody wrote: SQLite would not look into the log, and decisions would be missing."""
    archived.with_name("omr.sqlite-wal").write_bytes(b"x")
    with pytest.raises(OmrError, match="chỉ cho phép đọc"):
        Store(archived)


def test_what_a_killed_writer_began_is_not_read_as_if_it_had_ended(archived):
    """Its journal, that takes the rows back, is not looked into where nothing can be written."""
    journal = archived.with_name("omr.sqlite-journal")
    journal.write_bytes(b"x")
    with pytest.raises(OmrError, match="chưa được đóng"):
        Store(archived)
    journal.write_bytes(b"")  # closed, by a program that keeps the file
    Store(archived).close()


def test_a_ledger_on_which_somebody_works_is_no_archive(tmp_path, monkeypatch):
    """An auditor looks through a share that gives no right to write, while the web app has it open."""
    ask = os.access
    with Store(tmp_path / "omr.sqlite") as live:
        live.add_batch(1, [FILE])
        live._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert not (tmp_path / "omr.sqlite-wal").stat().st_size
        monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and ask(path, mode))
        with pytest.raises(OmrError, match="đang có người dùng") as refused:
            Store(tmp_path / "omr.sqlite")
        assert refused.value.advice


def test_the_same_bytes_are_kept_once(tmp_path):
    """Content has one name."""
    folder = tmp_path / "pages"
    name = keep_by_content(folder, b"page", ".jpg")
    assert keep_by_content(folder, b"page", ".jpg") == name
    assert (folder / name).read_bytes() == b"page"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [name.split("/")[1]]


def test_a_picture_that_is_there_is_on_the_disk_with_its_name(tmp_path, monkeypatch):
    """Whoever wrote it may have been killed before the disk knew its name or its folder's."""
    name = keep_by_content(tmp_path, b"page", ".jpg")
    synced = []
    monkeypatch.setattr("os.fsync", lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").readlink()))
    keep_by_content(tmp_path, b"page", ".jpg")
    assert synced == [(tmp_path / name).parent, tmp_path]


def test_a_new_picture_goes_to_the_disk_in_one_go(tmp_path, monkeypatch):
    """Its bytes first; then its name, no time with it; then its folder's name: each once, syncing is dear."""
    synced = []

    def sync(handle):
        path = Path(f"/proc/self/fd/{handle}").readlink()
        synced.append((path.relative_to(tmp_path).as_posix(), path.stat().st_mtime == NO_TIME))

    monkeypatch.setattr("os.fsync", sync)
    folder, _ = keep_by_content(tmp_path, b"page", ".jpg").split("/")
    assert [place.split("/.part-")[0] for place, _ in synced] == [folder, folder, "."]
    assert synced[0][1], "the picture's own time goes to the disk with its bytes"
    assert synced[1] == (folder, True)


def test_a_file_that_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch):
    """A full disk leaves no half file, neither under its name nor beside."""

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep_by_content(tmp_path / "pages", b"page", ".jpg")
    assert [path for path in (tmp_path / "pages").rglob("*") if path.is_file()] == []


def says(choice, by="Lan", *, agreed=True):
    return lambda _said: Adjudication(
        0, "", Question.SHEET, None, choice, by, "một tờ trắng", "2023-12-15", agreed=agreed
    )


def test_a_file_waits_for_as_many_members_as_the_rules_say(store):
    """One member's own word is not enough where two must say the same; nor is the same member twice."""
    store.add_batch(1, [], [Problem("a.pdf", "broken", "scan again")])
    for by, left in (("Lan", 1), ("LAN", 1), ("Cúc", 0)):
        store.add_word_on_file("a.pdf", says("foreign", by, agreed=False))
        assert len(store.problems(1, reviewers=2)) == left
    (aside,) = store.set_aside(reviewers=2)
    assert (aside.by, aside.stands) == (("LAN", "Cúc"), True)
    assert not store.set_aside(reviewers=3)[0].stands


def test_a_word_taken_back_before_it_was_said_which_one_stays_taken_back(store, tmp_path):
    """Files of an older version: their taking back names no word, and means the last."""
    store.add_batch(1, [], [Problem("a.pdf", "broken", "scan again")])
    store.add_word_on_file("a.pdf", says("foreign"))
    store.add_word_on_file("a.pdf", says("undo"))
    assert [each.name for each in store.problems()] == ["a.pdf"]
    assert store.set_aside() == ()


def test_a_file_that_could_not_be_read_waits_for_a_word(store):
    """The last word stands: it holds no ballot; another broken file of that name asks anew."""
    for count in (1, 2):
        store.add_batch(count, [], [Problem("a.pdf", "broken", "scan again")])
    assert not store.add_word_on_file("b.pdf", says("foreign"))
    before = store.grown()
    assert store.add_word_on_file("a.pdf", says("foreign")) == 2
    assert store.grown() != before
    assert store.problems(1) == store.problems(2) == ()
    store.add_word_on_file("a.pdf", lambda said: replace(says("undo")(said), undoes=said[-1].seq))
    assert [problem.name for problem in store.problems(1)] == ["a.pdf"]
    store.add_word_on_file("a.pdf", says("foreign"))
    store.add_batch(1, [], [Problem("a.pdf", "broken", "scan again")])
    assert ([problem.unread for problem in store.problems(1)], store.problems(2)) == ([0], ())


def test_pages_announced_and_never_stored_are_a_problem(store):
    """A scan that was cut off cannot pass for a whole one."""
    (source,) = store.add_batch(1, [FILE])
    store.add_pages([new_page(source, 1)])
    assert [(problem.name, problem.unread) for problem in store.problems()] == [(FILE.name, 2)]
    store.add_pages([new_page(source, at) for at in (2, 3)])
    assert store.problems() == ()


def test_how_pages_lay_is_told_without_unpacking_them(store):
    (source,) = store.add_batch(1, [FILE])
    fitted = PageSeen(PageState.READ, page=1, dpi=199.5, residual_mm=0.12)
    store.add_pages([new_page(source, 1, seen=pack_seen(fitted)), new_page(source, 2)])
    assert store.fits() == {f"{source:04}0001": Fit(199.5, 0.12)}
    assert store.fits(2) == {}


def test_a_page_remembers_which_decisions_came_before_it_was_compared(store):
    """Only who decides later could see both counts."""
    (source,) = store.add_batch(1, [FILE])
    store.add_pages([new_page(source, 1)])
    store.add_likenesses([new_page(source, 1).id], [])
    store.add_adjudication(lambda _all: adjudication(f"s{source:04}0001"))
    store.add_pages([new_page(source, 2)])
    store.add_likenesses([new_page(source, 1).id, new_page(source, 2).id], [])
    assert list(store.compared_after().values()) == [0, 1]


def test_a_decision_knows_those_on_its_sheets_and_later_ones_are_read_alone(store):
    """Not every decision is read for each: on a box of 5,000 rows that takes longer than the member waits."""
    (source,) = store.add_batch(1, [FILE])
    store.add_pages([new_page(source, at) for at in (1, 2)])
    one, other = (page.sheet for page in store.pages())
    known = []

    def say(sheet):
        said = Adjudication(0, sheet, Question.ROW, 1, "high", "Lan", "", "2023-12-15")
        return store.add_adjudication(lambda so_far: known.append(so_far) or said, {sheet})

    made = [say(one), say(other), say(one)]
    assert known == [(), (), (made[0],)]
    assert store.adjudications() == tuple(made)
    assert store.adjudications(after=made[0].seq) == tuple(made[1:])
