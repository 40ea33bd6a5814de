"""The tables, as steps: a step and its number land in one transaction, so a file is never between two.

A step is never edited once released: what comes later is a further step with its own tables, or columns
added with a default. What it adds to the ledger is chained too (`omr.store.chain`): rows of a new table are
added by `chain.add_row`, and the table's name stands in `chain.ROWS`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from omr.store.chain import carry_over
from omr.store.hidden import Hidden
from omr.store.hiding import hide_places

if TYPE_CHECKING:
    from collections.abc import Iterable

#: One statement of a step, or what a step does that SQL cannot.
Statement = str | Callable[[sqlite3.Connection, Hidden], None]

#: Tables in which a row, once written, stays as it is.
LEDGER: Final = ("batches", "sources", "broken", "pages", "readings", "compared", "alike", "adjudications")
LEDGER_OF_PEOPLE: Final = ("members", "acts")
LEDGER_OF_FILES: Final = ("words_on_files",)
LEDGER_OF_ALL: Final = ("chained",)
LEDGER_OF_THE_SCREEN: Final = ("trail",)


def _only_added_to(tables: Iterable[str]) -> tuple[str, ...]:
    """Triggers that refuse to change or remove a row of these tables."""
    return tuple(
        f"""
        CREATE TRIGGER {table}_{action.lower()}_refused BEFORE {action} ON {table}
        BEGIN SELECT RAISE (ABORT, 'the ledger of {table} is only added to'); END
        """
        for table in tables
        for action in ("UPDATE", "DELETE")
    )


_FIRST: Final = (
    """
    CREATE TABLE batches (
        id INTEGER PRIMARY KEY,
        count INTEGER NOT NULL CHECK (count >= 1)       -- 1: the count; 2: the second, independent one
    ) STRICT
    """,
    """
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,                         -- order of files; all of a run are entered at once
        batch INTEGER NOT NULL REFERENCES batches (id),
        count INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        name TEXT NOT NULL,
        pages INTEGER NOT NULL CHECK (pages >= 1),
        UNIQUE (count, sha256, name)
    ) STRICT
    """,
    """
    CREATE TABLE broken (
        id INTEGER PRIMARY KEY,
        batch INTEGER NOT NULL REFERENCES batches (id),
        name TEXT NOT NULL,
        message TEXT NOT NULL,
        advice TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE pages (
        id TEXT PRIMARY KEY,                            -- random
        sheet TEXT NOT NULL UNIQUE,                     -- random: id of the ballot it begins, if it does
        source INTEGER NOT NULL REFERENCES sources (id),
        page_in_source INTEGER NOT NULL CHECK (page_in_source >= 1),
        sha256 TEXT NOT NULL,                           -- of its pixels
        state TEXT NOT NULL,                            -- the machine's; duplicates are found among pages
        page INTEGER,
        flags TEXT NOT NULL,                            -- JSON list
        seen TEXT NOT NULL,                             -- JSON, see pack_seen
        trace BLOB NOT NULL,                            -- handwriting, to find the sheet again
        original TEXT NOT NULL,                         -- path below pages/
        strip TEXT NOT NULL,                            -- path below strips/
        problem TEXT NOT NULL,
        UNIQUE (source, page_in_source)                 -- a page is stored once, whoever comes first
    ) STRICT
    """,
    """
    CREATE TABLE readings (
        page TEXT NOT NULL REFERENCES pages (id),
        number INTEGER NOT NULL,
        reading TEXT NOT NULL,
        reason TEXT,
        PRIMARY KEY (page, number)
    ) STRICT, WITHOUT ROWID
    """,
    # A page is compared when it is here; its likenesses were entered in the same transaction.
    "CREATE TABLE compared (page TEXT PRIMARY KEY REFERENCES pages (id)) STRICT, WITHOUT ROWID",
    """
    CREATE TABLE alike (
        one TEXT NOT NULL REFERENCES pages (id),
        other TEXT NOT NULL REFERENCES pages (id),
        likeness TEXT NOT NULL,
        PRIMARY KEY (one, other),
        CHECK (one < other)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE adjudications (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        sheet TEXT NOT NULL REFERENCES pages (sheet),
        question TEXT NOT NULL CHECK (question IN ('row', 'validity', 'sheet')),
        number INTEGER CHECK ((number IS NOT NULL) = (question = 'row')),
        choice TEXT NOT NULL,
        by TEXT NOT NULL CHECK (by <> ''),
        why TEXT NOT NULL,
        at TEXT NOT NULL,
        turn INTEGER NOT NULL CHECK (turn >= 1),
        agreed INTEGER NOT NULL CHECK (agreed IN (0, 1)),
        undoes INTEGER REFERENCES adjudications (seq)
    ) STRICT
    """,
    "CREATE INDEX adjudications_of_a_sheet ON adjudications (sheet, question, number)",
    *_only_added_to(LEDGER),
)

#: The members of the board who work on the screen, and what they did about the election as a whole.
_PEOPLE: Final = (
    """
    CREATE TABLE members (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,          -- the last row of a name is the one that stands
        name TEXT NOT NULL CHECK (name <> ''),
        pin TEXT NOT NULL,                              -- argon2id, never the PIN itself
        by TEXT NOT NULL,                               -- who entered it
        at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE acts (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('unlock', 'close', 'reopen')),
        by TEXT NOT NULL CHECK (by <> ''),
        why TEXT NOT NULL,
        at TEXT NOT NULL,
        about TEXT NOT NULL                             -- what it was said of: a hash, a number of prints
    ) STRICT
    """,
    *_only_added_to(LEDGER_OF_PEOPLE),
)

#: What people say of files that could not be read; and which decisions came before a page was compared.
_SECOND_COUNT: Final = (
    """
    CREATE TABLE words_on_files (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,          -- the last word on a file is the one that stands
        broken INTEGER NOT NULL REFERENCES broken (id),
        choice TEXT NOT NULL CHECK (choice IN ('foreign', 'undo')),
        by TEXT NOT NULL CHECK (by <> ''),
        why TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT
    """,
    # The last decision made before the page was compared with all others: later ones knew both counts.
    "ALTER TABLE compared ADD COLUMN decisions INTEGER NOT NULL DEFAULT 0",
    *_only_added_to(LEDGER_OF_FILES),
)

#: Who entered and left when, who sits where, how often a PIN was wrong, who did what on the screen, and words
#: on files said by several members. `pin_tries` and `seats` say how it is now, and are no ledger.
_SCREEN: Final = (
    # enter; pin: a new one; remove: before anything was decided; leave: afterwards.
    """
    ALTER TABLE members ADD COLUMN kind TEXT NOT NULL DEFAULT 'enter'
        CHECK (kind IN ('enter', 'pin', 'remove', 'leave'))
    """,
    # The second member, whose PIN confirmed it.
    "ALTER TABLE members ADD COLUMN confirmed TEXT NOT NULL DEFAULT ''",
    """
    CREATE TABLE pin_tries (
        member TEXT PRIMARY KEY,
        wrong INTEGER NOT NULL CHECK (wrong >= 0),      -- in a row; one that is being looked at counts
        at REAL NOT NULL                                -- of the last, seconds since 1970
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE seats (
        seat TEXT PRIMARY KEY,                          -- SHA-256 of what the browser was given
        member INTEGER NOT NULL REFERENCES members (seq),
        at REAL NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE trail (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        by TEXT NOT NULL,                               -- empty before the first member was entered
        about TEXT NOT NULL,
        on_day TEXT NOT NULL                            -- no time: a sheet sent alone would be tied to it
    ) STRICT
    """,
    # The last record of each file that could not be read, in each count.
    """
    CREATE VIEW last_broken AS SELECT max(b.id) AS id, b.name AS name, n.count AS count
        FROM broken b JOIN batches n ON n.id = b.batch GROUP BY b.name, n.count
    """,
    "ALTER TABLE words_on_files ADD COLUMN turn INTEGER NOT NULL DEFAULT 1 CHECK (turn >= 1)",
    "ALTER TABLE words_on_files ADD COLUMN agreed INTEGER NOT NULL DEFAULT 1 CHECK (agreed IN (0, 1))",
    "ALTER TABLE words_on_files ADD COLUMN undoes INTEGER REFERENCES words_on_files (seq)",
    *_only_added_to(LEDGER_OF_THE_SCREEN),
)

#: Everything a second time, each entry bound to the one before it: see `omr.store.chain`.
_CHAIN: Final[tuple[Statement, ...]] = (
    """
    CREATE TABLE chained (
        seq INTEGER PRIMARY KEY CHECK (seq >= 1),
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,                          -- canonical JSON
        previous TEXT NOT NULL UNIQUE,                  -- one entry follows another, never two
        hash TEXT NOT NULL
    ) STRICT
    """,
    *_only_added_to(LEDGER_OF_ALL),
    carry_over,
)

#: Where a page lay, and when it came, is hidden by the election's key: see `omr.store.hidden`. The rows lie
#: in the order of their random ids.
_HIDDEN: Final[tuple[Statement, ...]] = (
    """
    CREATE TABLE hidden_pages (
        id TEXT PRIMARY KEY,                            -- random
        sheet TEXT NOT NULL UNIQUE,                     -- random: id of the ballot it begins, if it does
        count INTEGER NOT NULL,
        place TEXT NOT NULL UNIQUE,                     -- token: a page is stored once, whoever comes first
        sha256 TEXT NOT NULL,                           -- of its pixels; empty where it has none
        state TEXT NOT NULL,                            -- the machine's; duplicates are found among pages
        page INTEGER,
        flags TEXT NOT NULL,                            -- JSON list
        original TEXT NOT NULL,                         -- veiled: path below pages/, a file's hash
        strip TEXT NOT NULL,                            -- of older programs, see NewPage
        problem TEXT NOT NULL,
        seen TEXT NOT NULL,                             -- JSON, see pack_seen
        trace BLOB NOT NULL                             -- handwriting, to find the sheet again
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE hidden_compared (
        page TEXT PRIMARY KEY REFERENCES pages (id),
        decisions TEXT NOT NULL                         -- veiled: the last decision before it was compared
    ) STRICT, WITHOUT ROWID
    """,
    hide_places,
    "DROP TABLE compared",
    "DROP TABLE pages",
    "ALTER TABLE hidden_pages RENAME TO pages",
    "ALTER TABLE hidden_compared RENAME TO compared",
    *_only_added_to(("pages", "compared")),
)

#: Step number - 1 -> its statements.
STEPS: Final[tuple[tuple[Statement, ...], ...]] = (
    _FIRST,
    _PEOPLE,
    _SECOND_COUNT,
    _SCREEN,
    _CHAIN,
    _HIDDEN,
)
