"""The chain: whatever enters the ledger is written a second time, each entry bound to the one before it.

An entry is a kind, a payload (canonical JSON), the hash of the entry before it and its own:

    SHA-256(seq LF kind LF previous LF payload)

so that changing, inserting, moving or taking away any entry but the last ones changes every hash after it,
and one hash written down on paper vouches for everything before it. An entry is appended in the transaction
that adds the row it covers, behind `BEGIN IMMEDIATE`: there is one writer at a time, and the database itself
refuses two entries with the same predecessor.

A row of a table has its columns as payload and the table's name as kind. Beside these:

    pages       pages stored together, each by tokens (`omr.store.hidden`): `page` (its id), `place` (file and
                page in it), `row` (its sheet, the SHA-256 of its pixels, where its picture is kept) and
                `record` (what the machine made of it); and `reader`, the version that read it
    compared    pages compared with all others, by the same tokens, after which decision, and `alike`, a token
                of all pairs that are in `alike` then
    settings    files of the folder that the result rests on: digests, and the words of the short ones
    signed      a closed result's statement and its Ed25519 signature
    audit       a hand audit as it was written: seed, rounds drawn, counts entered, counts taken back
    carried     the entries before it were made from a database older than the chain

Secrecy. Nothing of the chain leaves the folder but its last hash and its length. Inside it the chain has an
order, which is that of what happened: files are entered, pages read, decisions made at times that are said.
So an entry that named a page would tell where its sheet lay and when it was scanned; where sheets come one
by one into a watched folder, to the minute. Therefore entries speak of pages by tokens that stand in no other
table, and that nobody makes or finds again without the election's key, which is not in the database. With the
key they are as good as the values themselves: HMAC-SHA-256 can no more be made to fit another value than
SHA-256. `alike` is one token of all pairs, not a list: two pages that are like each other, of a sheet that
was scanned again, would be known by being two. Votes are not in the chain, and of a decision what
`adjudications` holds of it, under the ballot's random id. Entries of older programs name pages plainly and
stay as they are. Tests hold the ledger to this (`tests/end_to_end/test_ledger_alone.py`,
`tests/omr/test_chain.py`), and what leaves (`tests/omr/test_publish.py`).
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from omr.store.hidden import Hidden

#: What the first entry has for the hash of the one before it.
GENESIS: Final = "0" * 64

#: Kinds whose payload is a row of the table of that name; each is told by its first column. In the order in
#: which they can be entered: a row names only rows of tables before it, or earlier ones of its own.
ROWS: Final = ("batches", "sources", "broken", "adjudications", "words_on_files", "members", "acts", "trail")

PAGES: Final = "pages"
COMPARED: Final = "compared"
SETTINGS: Final = "settings"
SIGNED: Final = "signed"
AUDIT: Final = "audit"
CARRIED: Final = "carried"


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the chain; `seq` counts from 1 without gaps."""

    seq: int
    kind: str
    payload: str
    previous: str
    hash: str

    @property
    def said(self) -> dict[str, Any]:
        """The payload as values. Raises ValueError where it is not a JSON object."""
        value = json.loads(self.payload)
        if not isinstance(value, dict):
            raise ValueError(self.kind)  # noqa: TRY004 - the text is wrong, as with any other bad JSON
        return value


def canonical(value: Any) -> str:
    """The one spelling in which a value is hashed.

    >>> canonical({"b": 1, "a": ["ô"]})
    '{"a":["ô"],"b":1}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(seq: int, kind: str, previous: str, payload: str) -> str:
    """The hash of an entry, hex. Neither number nor kind nor hash holds a line feed, so it is unambiguous."""
    return sha256(f"{seq}\n{kind}\n{previous}\n{payload}".encode()).hexdigest()


def append(db: sqlite3.Connection, kind: str, payload: Mapping[str, Any]) -> Entry:
    """Add an entry; only inside a write transaction, in which nobody else can."""
    seq, previous = head(db)
    text = canonical(payload)
    new = Entry(seq + 1, kind, text, previous, link(seq + 1, kind, previous, text))
    db.execute(
        "INSERT INTO chained (seq, kind, payload, previous, hash) VALUES (?, ?, ?, ?, ?)",
        (new.seq, new.kind, new.payload, new.previous, new.hash),
    )
    return new


def head(db: sqlite3.Connection) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and GENESIS before the first."""
    found = db.execute("SELECT seq, hash FROM chained ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, GENESIS) if found is None else (int(found[0]), str(found[1]))


def add_row(db: sqlite3.Connection, table: str, **values: Any) -> int | None:
    """Add one row to a table of ROWS, with its entry; gives its number, None where it is there already."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    done = db.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608 - our names
        tuple(values.values()),
    )
    if not done.rowcount:
        return None
    key = done.lastrowid
    append(db, table, {key_of(table): key, **values})
    return key


def key_of(table: str) -> str:
    """The column that numbers the rows of a table of ROWS."""
    return "id" if table in {"batches", "sources", "broken"} else "seq"


#: Columns of `pages` that are what the machine made of a page, in the order in which they are hashed.
_RECORD: Final = ("state", "page", "flags", "seen", "trace", "strip", "problem")


def record_digest(page: Mapping[str, Any], readings: Iterable[Sequence[Any]]) -> str:
    """SHA-256 of what the machine made of a page: its record and its readings, hex.

    Args:
        page: its columns as they stand in the database.
        readings: (number, reading, reason or None) in order of numbers.
    """
    digest = sha256()
    rows = canonical([list(row) for row in readings])
    for part in (*(page[column] for column in _RECORD), rows):
        data = part if isinstance(part, bytes) else b"" if part is None else str(part).encode()
        # Each part with its length, so that no letter can move from one into the next.
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()


def page_said(
    page: Mapping[str, Any], readings: Iterable[Sequence[Any]], reader: str, hidden: Hidden
) -> dict[str, Any]:
    """What the chain says of one page; `page` has what its row hides plainly, as `page_row` gives it."""
    return {
        "page": said_page(hidden, page["id"]),
        "place": said_place(hidden, page["source"], page["page_in_source"]),
        "row": hidden.token("row in the chain", page["sheet"], page["sha256"], page["original"]),
        "record": hidden.token("record in the chain", record_digest(page, readings)),
        "reader": reader,
    }


def said_page(hidden: Hidden, page: str) -> str:
    """What an entry calls a page."""
    return hidden.token("page in the chain", page)


def said_place(hidden: Hidden, source: int | None, page_in_source: int | None) -> str:
    """What an entry calls the place of a page; another token than the one in its row."""
    return hidden.token("place in the chain", source, page_in_source)


def plain_page_said(
    page: Mapping[str, Any], readings: Iterable[Sequence[Any]], reader: str
) -> dict[str, Any]:
    """What the chain said of a page before places were hidden."""
    where = {name: page[name] for name in ("id", "sheet", "source", "page_in_source", "sha256", "original")}
    return {**where, "record": record_digest(page, readings), "reader": reader}


def compared_said(
    pages: Iterable[str], decisions: int, alike: Iterable[Sequence[str]], hidden: Hidden
) -> dict[str, Any]:
    """What the chain says of pages that were compared; `alike` are all pairs that are known by then."""
    names = sorted(said_page(hidden, page) for page in pages)
    # With the names, so that it is another token where no pair came to those before.
    pairs = (part for pair in sorted(map(tuple, alike)) for part in pair)
    return {
        "pages": names,
        "decisions": decisions,
        "alike": hidden.token("alike in the chain", *names, *pairs),
    }


def append_pages(db: sqlite3.Connection, pages: Iterable[Mapping[str, Any]]) -> None:
    """Chain pages that were stored together, in the order of what they are called, which is random."""
    said = sorted(pages, key=canonical)  # that name is the first key
    if said:
        append(db, PAGES, {"pages": said})


def carry_over(db: sqlite3.Connection, _hidden: Hidden) -> None:
    """Chain what a database holds that is older than the chain; nothing where it holds nothing."""
    if not any(db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in ROWS):  # noqa: S608 - ours
        return
    for table in ROWS[:3]:
        _carry_rows(db, table)
    for (source,) in db.execute("SELECT id FROM sources ORDER BY id").fetchall():
        append_pages(db, _old_pages(db, source))
    _carry_compared(db)
    for table in ROWS[3:]:
        _carry_rows(db, table)
    append(db, CARRIED, {})


def _carry_rows(db: sqlite3.Connection, table: str) -> None:
    for row in dicts(db, f"SELECT * FROM {table} ORDER BY {key_of(table)}"):  # noqa: S608 - our names
        append(db, table, row)


def _old_pages(db: sqlite3.Connection, source: int) -> list[dict[str, Any]]:
    pages = dicts(db, "SELECT * FROM pages WHERE source = ?", (source,))
    return [plain_page_said(page, readings_of(db, page["id"]), "") for page in pages]


def _carry_compared(db: sqlite3.Connection) -> None:
    for (after,) in db.execute("SELECT DISTINCT decisions FROM compared ORDER BY decisions").fetchall():
        pages = db.execute("SELECT page FROM compared WHERE decisions = ? ORDER BY page", (after,)).fetchall()
        append(db, COMPARED, {"pages": [page for (page,) in pages], "decisions": after, "alike": []})
    alike = db.execute("SELECT one, other, likeness FROM alike ORDER BY one, other").fetchall()
    if alike:
        append(db, COMPARED, {"pages": [], "decisions": 0, "alike": [list(pair) for pair in alike]})


def readings_of(db: sqlite3.Connection, page: str) -> list[tuple[Any, ...]]:
    """The readings of a page: (number, reading, reason) in order."""
    return db.execute(
        "SELECT number, reading, reason FROM readings WHERE page = ? ORDER BY number", (page,)
    ).fetchall()


def dicts(db: sqlite3.Connection, sql: str, values: tuple[object, ...] = ()) -> list[dict[str, Any]]:
    """Rows by the names of their columns."""
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
