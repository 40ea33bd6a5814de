"""Who has the database without the election's key links no ballot to its place in the scan or to a time."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from itertools import groupby
from pathlib import Path
from random import Random

import numpy as np
import pytest

from omr.pages import Kind, Source
from omr.scan import mixed, open_batch, scan
from omr.store import Adjudication, Question, Store
from omr.store.hidden import Hidden, place_token
from omr.task import Task
from omr.verify.named import Named
from tests.omr.stand_in import FAILS, stand_in_reader
from tests.omr.tampering import Inline
from tests.omr.test_scan import fresh, png, stored, tiff

#: What may stand beside the id of a page or a ballot. What is added must be thought of here.
BESIDE = {
    "pages": {
        "id", "sheet", "count", "place", "sha256", "state", "page", "flags", "original", "strip", "problem",
        "seen", "trace",
    },
    "readings": {"page", "number", "reading", "reason"},
    "compared": {"page", "decisions"},
    "alike": {"one", "other", "likeness"},
    "adjudications": {
        "seq", "sheet", "question", "number", "choice", "by", "why", "at", "turn", "agreed", "undoes",
    },
}  # fmt: skip

#: Correlation of two orders of 50 pages that chance does not reach: four times what it scatters (0.14).
BY_CHANCE = 0.6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two files of many pages, of which one fails and one has no picture, and files of one page; a decision;
    and then, all alone, a sheet that was in already.
    """
    place = tmp_path_factory.mktemp("alone")
    (place / "scans").mkdir()
    folder = fresh(place / "election")
    tiff(place / "scans" / "quet-1.tif", [*range(10, 60), FAILS])
    cut = tiff(place / "scans" / "quet-2.tif", list(range(60, 84)))
    cut.write_bytes(cut.read_bytes()[:-2000])
    for value in range(100, 118):
        png(place / "scans" / f"anh-{value}.png", value)
    read(folder, place / "scans")
    with Store(folder.database) as store:
        sheet = store.pages()[0].sheet
        said = ("high", "Bà A", "", "2023-12-15T08:00:00+00:00")
        store.add_adjudication(lambda _all: Adjudication(0, sheet, Question.ROW, 1, *said))
    read(folder, png(place / "mot-minh.png", 10, noise=9))
    return folder


def read(folder, *paths):
    assert scan(folder, paths, reader=stand_in_reader, hands=Inline()).stored


def rows_of(folder, table):
    with closing(sqlite3.connect(folder.database)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]


def entries_about_pages(folder):
    kinds = {"pages", "compared"}
    return [json.loads(row["payload"]) for row in rows_of(folder, "chained") if row["kind"] in kinds]


def words(value):
    """Every text and number in a value, those in JSON in it too."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        return {each for part in value for each in words(part)}
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        return words(json.loads(value))
    return set() if value is None or isinstance(value, bytes) else {str(value)}


def named_in(entries):
    """What could name a page in entries: all but short words and the reader's version."""
    readers = {each["reader"] for entry in entries for each in entry["pages"] if isinstance(each, dict)}
    return {text for text in words(entries) if len(text) > 9} - readers


def test_the_tables_that_name_pages_and_ballots_have_no_other_columns(folder):
    with closing(sqlite3.connect(folder.database)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        columns = {
            table: {row[1] for row in db.execute(f"PRAGMA table_info ({table})")} for table in sorted(tables)
        }
    ids = {row["id"] for row in rows_of(folder, "pages")} | {row["sheet"] for row in rows_of(folder, "pages")}
    naming = {table for table in tables if ids & words(rows_of(folder, table))}
    assert naming - {"chained"} == set(BESIDE)
    assert {table: columns[table] for table in BESIDE} == BESIDE


def test_nothing_beside_a_page_names_a_file(folder):
    """Nor does the hash of its bytes, by which its picture is kept where a file is one page."""
    files = rows_of(folder, "sources")
    known = {file["sha256"] for file in files} | {Path(file["name"]).stem for file in files}
    assert len(known) == 2 * (2 + 18 + 1)
    beside = [words(rows_of(folder, table)) for table in BESIDE] + [words(entries_about_pages(folder))]
    assert [each for each in known for found in beside for text in found if each in text] == []


def test_no_number_beside_a_page_is_its_place(folder):
    """Of all numbers in a row and what was seen on the page, none goes along with where it lay."""
    pages = {page.id: page for page in stored(folder)}
    rows = [row for row in rows_of(folder, "pages") if pages[row["id"]].source == "quet-1.tif"]
    places = [pages[row["id"]].page_in_source for row in rows]
    assert len(rows) == 51
    for column in BESIDE["pages"] - {"trace", "seen"}:
        numbers = [int(row[column]) if str(row[column]).isdecimal() else -1 for row in rows]
        assert (
            sum(number in {place, place - 1} for number, place in zip(numbers, places, strict=True)) < 10
        ), column


def test_no_entry_of_the_chain_shares_a_word_with_a_row(folder):
    """Entries have an order, and stand between those that bear times: who knew the page would know both."""
    entries = entries_about_pages(folder)
    assert len(named_in(entries)) > 4 * 94
    for table in BESIDE:
        assert not named_in(entries) & words(rows_of(folder, table)), table


def test_pairs_of_one_sheet_do_not_show_in_the_chain(folder):
    """One pair is alike, and one page came after the decision: that it is of the pair is not to be seen."""
    (pair,) = rows_of(folder, "alike")
    assert pair["likeness"] == "same"
    compared = [entry for entry in entries_about_pages(folder) if "alike" in entry]
    assert [len(entry["pages"]) for entry in compared] == [91, 1]
    assert all(re.fullmatch(r"[0-9a-f]{64}", entry["alike"]) for entry in compared)


def test_which_pages_came_after_a_decision_is_not_to_be_seen(folder):
    """Its time is said. What is veiled differs from page to page, and is of one length."""
    veiled = [row["decisions"] for row in rows_of(folder, "compared")]
    assert len(set(veiled)) == len(veiled) == 92
    assert len({len(text) for text in veiled}) == 1
    with Store(folder.database) as store:
        assert sorted(store.compared_after().values()) == [0] * 91 + [1]


def test_no_order_of_the_ledger_is_that_of_the_scan(folder):
    """Rows as they lie in the file and entries as they were made, these with the key, against the places.

    Of one file: which of the two large ones is read first is drawn, too; every other time it is the first.
    """
    place = {page.id: page.page_in_source for page in stored(folder) if page.source == "quet-1.tif"}
    with Store(folder.database) as store:
        named = Named.of(store)
        chained = [named.page(each) for entry in store.chain("pages") for each in entry.said["pages"]]
    by_place = [row["id"] for row in sorted(rows_of(folder, "pages"), key=lambda row: row["place"])]
    orders = {"chain": chained, "places": by_place}
    orders |= {
        f"{table}.{column}": list(dict.fromkeys(row[column] for row in rows_of(folder, table)))
        for table, column in (("pages", "id"), ("readings", "page"), ("compared", "page"))
    }
    for name, order in orders.items():
        found = [place[page] for page in order if page in place]
        assert len(found) >= 50, name
        assert abs(np.corrcoef(found, range(len(found)))[0, 1]) < BY_CHANCE, name


def test_no_table_that_names_a_page_counts_its_rows(folder):
    """A row's own number would be the order in which pages were stored."""
    with closing(sqlite3.connect(folder.database)) as db:
        for table in set(BESIDE) - {"adjudications"}:
            with pytest.raises(sqlite3.OperationalError, match="rowid"):
                db.execute(f"SELECT rowid FROM {table}")


def test_the_key_is_not_in_the_database(folder):
    key = folder.key_file.read_text("ascii").strip()
    data = b"".join(path.read_bytes() for path in folder.root.glob("omr.sqlite*"))
    assert bytes.fromhex(key) not in data
    assert key.encode() not in data


def test_without_the_key_no_token_is_made(folder):
    """With another key there is not one of them, and a token of one kind is none of another."""
    tokens = {row["place"] for row in rows_of(folder, "pages")}
    key = bytes.fromhex(folder.key_file.read_text("ascii"))
    places = [(source["id"], at) for source in rows_of(folder, "sources") for at in range(1, 61)]
    made = {
        key: {place_token(Hidden(lambda key=key: key), *place) for place in places}
        for key in (key, bytes(32))
    }
    assert tokens <= made[key]
    assert not tokens & made[bytes(32)]
    assert Hidden(lambda: key).token("other", 1, 1) not in tokens


def test_with_the_key_every_page_is_where_it_lay(folder):
    """Files in the order in which they were listed, pages as they lie in them: what `omr status` lists."""
    pages = stored(folder)
    assert [page.source for page in pages][:18] == [f"anh-{value}.png" for value in range(100, 118)]
    assert [page.page_in_source for page in pages][18:93] == [*range(1, 52), *range(1, 25)]
    assert pages[-1].source == "mot-minh.png"


def test_pages_are_read_in_an_order_of_chance_and_no_file_is_opened_twice():
    """The disk remembers in which order pictures were kept; opening a file for each page takes long."""
    files = [Source(Path(f"{at}.pdf"), f"{at}.pdf", f"{at}", 90, Kind.PDF) for at in range(9)]
    tasks = [Task(file, at, index) for at, file in enumerate(files) for index in range(90)]
    order = mixed(tasks, Random(1))
    assert sorted(order, key=tasks.index) == tasks
    opened = [at for at, _pages in groupby(task.source_id for task in order)]
    assert len(opened) == 9
    assert opened != sorted(opened)
    for at in range(9):
        indices = [task.index for task in order if task.source_id == at]
        assert abs(np.corrcoef(indices, range(90))[0, 1]) < BY_CHANCE
    assert mixed(tasks, Random(2)) != order


def test_files_that_come_alone_say_no_more_than_files_that_come_together(tmp_path):
    """A scanner that writes into a watched folder: each is a scan of its own, and no row tells them apart."""
    folder = fresh(tmp_path / "election")
    batch = open_batch(folder)
    for value in range(10, 20):
        one = png(tmp_path / f"{value}.png", value)
        scan(folder, [one], reader=stand_in_reader, hands=Inline(), batch=batch, below=tmp_path)
    entries = entries_about_pages(folder)
    assert len(named_in(entries)) > 4 * 10
    assert not named_in(entries) & {text for table in BESIDE for text in words(rows_of(folder, table))}
