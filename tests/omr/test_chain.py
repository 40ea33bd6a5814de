"""The chain: every record has an entry bound to the one before it, whoever writes, whenever."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from omr.election import Folder
from omr.evidence import PageSeen, PageState
from omr.rules import RowReading
from omr.store import (
    Act,
    ActKind,
    Adjudication,
    Alike,
    Deed,
    Likeness,
    Member,
    NewPage,
    NewSource,
    Problem,
    Question,
    Store,
    pack_seen,
)
from omr.store.chain import GENESIS, ROWS, Entry, canonical, link
from tests.omr.old_ledger import BEFORE, age

ROOT = Path(__file__).parents[2]
PLACE = "omr.sqlite"

pytestmark = pytest.mark.usefixtures("key_beside")


def new_page(source: int, at: int = 1, **more) -> NewPage:
    plain = NewPage(
        id=sha256(f"{source} {at}".encode()).hexdigest()[:16], sheet=f"s{source}-{at}", source=source,
        page_in_source=at, sha256=f"pixels {source} {at}", state=PageState.READ, page=1, flags=(),
        seen=pack_seen(PageSeen(PageState.READ, page=1)), trace=b"ink", readings=(RowReading(1, "high"),),
        original="ab/cd.jpg", strip="ef/gh.jpg", problem="", reader="1",
    )  # fmt: skip
    return replace(plain, **more)


def fill(store: Store) -> None:
    """One row of every table of the ledger, and more of some."""
    (source,) = store.add_batch(1, [NewSource("ab" * 32, "a.pdf", 4)], [Problem("x.pdf", "broken", "mend")])
    store.add_pages(new_page(source, at) for at in (1, 2, 3))
    one, other = sorted(page.id for page in (new_page(source, 1), new_page(source, 2)))
    store.add_likenesses([one, other], [Alike(one, other, Likeness.MAYBE)])
    said = ("high", "Bà A", "rõ", "2023-12-15T08:00:00+00:00")
    store.add_adjudication(lambda _all: Adjudication(0, f"s{source}-1", Question.ROW, 1, *said))
    word = Adjudication(0, "", Question.SHEET, None, "foreign", "Lan", "", "2023-12-15")
    store.add_word_on_file("x.pdf", lambda _said: word)
    store.add_member(lambda _all, _decided: Member("Bà A", "argon", "Bà A", "2023-12-15"))
    store.add_act(lambda _all: Act(0, ActKind.UNLOCK, "Bà A", "sửa", "2023-12-15", "1"))
    store.add_deed(Deed("upload", "Bà A", "3", "2023-12-15"))


def assert_linked(entries: tuple[Entry, ...]) -> None:
    previous = GENESIS
    for seq, each in enumerate(entries, start=1):
        assert (each.seq, each.previous) == (seq, previous)
        assert each.hash == link(seq, each.kind, previous, each.payload)
        previous = each.hash


def test_every_record_has_its_entry(tmp_path):
    """Each table's rows stand in the chain, column by column."""
    with Store(tmp_path / PLACE) as store:
        fill(store)
        entries = store.chain()
    assert_linked(entries)
    kinds = ["batches", "sources", "broken", "pages", "compared", *ROWS[3:]]
    assert [each.kind for each in entries] == kinds
    db = sqlite3.connect(tmp_path / PLACE)
    db.row_factory = sqlite3.Row
    for table in ROWS:
        rows = [dict(row) for row in db.execute(f"SELECT * FROM {table}")]
        assert rows == [each.said for each in entries if each.kind == table]
    db.close()


def test_nothing_new_is_no_entry(tmp_path):
    """What is stored already, and a decision that is refused, leave the chain as it is."""
    with Store(tmp_path / PLACE) as store:
        fill(store)
        before = store.chain()
        store.add_pages([new_page(1, 1, id="other", sheet="other")])
        store.add_likenesses([new_page(1, 1).id], [])
        with pytest.raises(sqlite3.IntegrityError):
            store.add_adjudication(lambda _all: Adjudication(0, "gone", Question.ROW, 1, "low", "A", "", ""))
        assert store.chain() == before
        assert store.chain_head() == (before[-1].seq, before[-1].hash)


def test_a_record_and_its_entry_land_together(tmp_path, monkeypatch):
    """Where the entry cannot be written, there is no record either."""
    with Store(tmp_path / PLACE) as store:
        fill(store)
        before = len(store.chain()), len(store.pages())

        def fails(*_given):
            raise RuntimeError("power is gone")

        monkeypatch.setattr("omr.store.pages.append_pages", fails)
        with pytest.raises(RuntimeError):
            store.add_pages([new_page(1, 4)])
        assert (len(store.chain()), len(store.pages())) == before


def test_pages_stored_together_are_one_entry_in_random_order(tmp_path):
    """Secrecy: the order inside an entry says nothing of the order in which its pages were read."""
    with Store(tmp_path / PLACE) as store:
        (source,) = store.add_batch(1, [NewSource("ab" * 32, "a.pdf", 8)])
        store.add_pages(new_page(source, at) for at in range(1, 9))
        (entry,) = store.chain("pages")
    names = [page["page"] for page in entry.said["pages"]]
    assert len(names) == 8
    assert names == sorted(names)
    parts = {"page", "place", "row", "record", "reader"}
    assert all(set(page) == parts for page in entry.said["pages"])


def test_no_entry_names_a_page(tmp_path):
    """Secrecy: entries stand in the order of what happened, so none says which page it is about."""
    with Store(tmp_path / PLACE) as store:
        fill(store)
        payloads = [entry.payload for entry in store.chain() if entry.kind in {"pages", "compared"}]
    pages = [new_page(1, at) for at in (1, 2, 3)]
    known = {part for page in pages for part in (page.id, page.sheet, page.sha256, page.original)}
    assert len(payloads) == 2
    assert [each for each in known for payload in payloads if each in payload] == []
    assert not any("maybe" in payload for payload in payloads)


def test_no_reading_stands_in_the_chain(tmp_path):
    """Secrecy: of a reading there is a digest, bound to random ids, and nothing else."""
    with Store(tmp_path / PLACE) as store:
        store.add_batch(1, [NewSource("ab" * 32, "a.pdf", 2)])
        store.add_pages([new_page(1, 1), new_page(1, 2, readings=(RowReading(1, "low"),))])
        (entry,) = store.chain("pages")
    assert "high" not in entry.payload
    assert "low" not in entry.payload
    one, other = (page["record"] for page in entry.said["pages"])
    assert one != other


WRITER = """
import sys
from pathlib import Path
from tests.omr.test_chain import PLACE, new_page
from omr.store import NewSource, Store
if __name__ == "__main__":
    print("here", flush=True)
    sys.stdin.readline()
    for at in range(8):
        with Store(Path(sys.argv[1]) / PLACE) as store:
            (source,) = store.add_batch(1, [NewSource(f"{sys.argv[2]} {at}", "a.pdf", 1)])
            store.add_pages([new_page(source)])
            store.add_entry("settings", lambda so_far: {"n": len(so_far)})
"""


def test_the_chain_stays_one_line_under_several_writers(tmp_path):
    """Processes at once: no entry is lost, none follows the same as another, each sees those before it."""
    program = tmp_path / "writer.py"
    program.write_text(WRITER)
    command = [sys.executable, str(program), str(tmp_path)]
    where = {"cwd": ROOT, "env": {"PYTHONPATH": str(ROOT)}, "text": True}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    started = [subprocess.Popen([*command, str(n)], **where, **pipes) for n in range(3)]
    assert [process.stdout.readline() for process in started] == ["here\n"] * 3
    for process in started:  # all at once, when all are there
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.communicate(timeout=60)
    assert [process.returncode for process in started] == [0, 0, 0]
    with Store(tmp_path / PLACE) as store:
        entries = store.chain()
    assert_linked(entries)
    assert len(entries) == 3 * 8 * 4
    assert [each.said["n"] for each in entries if each.kind == "settings"] == list(range(24))


def test_the_database_refuses_two_entries_after_the_same_one(tmp_path):
    with Store(tmp_path / PLACE) as store:
        fill(store)
        last = store.chain()[-1]
    db = sqlite3.connect(tmp_path / PLACE)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        db.execute("INSERT INTO chained VALUES (99, 'acts', '{}', ?, 'x')", (last.previous,))
    for change in ("UPDATE chained SET kind = 'acts'", "DELETE FROM chained"):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            db.execute(change)
    db.close()


def test_a_database_without_a_chain_is_carried_over(tmp_path, monkeypatch):
    """What an older program stored is chained as a whole, and what comes after it follows."""
    with Store(tmp_path / PLACE) as store:
        fill(store)
        wanted = sorted((each.kind, each.payload) for each in store.chain() if each.kind in ROWS)
    age(Folder(tmp_path), monkeypatch)
    with closing(sqlite3.connect(tmp_path / PLACE)) as db, db:
        db.execute("DROP TABLE chained")
        db.execute(f"PRAGMA user_version = {BEFORE - 1}")
    with Store(tmp_path / PLACE) as store:
        carried = store.chain()
        (source,) = store.add_batch(1, [NewSource("cd" * 32, "b.pdf", 1)])
        store.add_pages([new_page(source)])
        entries = store.chain()
    assert_linked(entries)
    assert carried[-1].kind == "carried"
    assert sorted((each.kind, each.payload) for each in carried if each.kind in ROWS) == wanted
    (pages,) = [each.said["pages"] for each in carried if each.kind == "pages"]
    assert [page["reader"] for page in pages] == ["", "", ""]
    assert [each.kind for each in entries[len(carried) :]] == ["batches", "sources", "pages"]


def test_an_empty_database_starts_with_an_empty_chain(tmp_path):
    with Store(tmp_path / PLACE) as store:
        assert store.chain() == ()
        assert store.chain_head() == (0, GENESIS)


def test_a_value_has_one_spelling():
    """Whoever writes an entry anew gets the same bytes."""
    value = {"b": [1, None, "ô"], "a": {"d": "\n", "c": True}}
    assert canonical(json.loads(canonical(value))) == canonical(value)
    assert canonical(value) == '{"a":{"c":true,"d":"\\n"},"b":[1,null,"ô"]}'
