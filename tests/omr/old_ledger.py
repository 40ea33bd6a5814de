"""A ledger as programs wrote it before places were hidden: rows and chain name each page plainly."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from omr.store import Store
from omr.store.chain import COMPARED, GENESIS, PAGES, canonical, link, plain_page_said
from omr.store.schema import STEPS
from omr.verify.named import Named

#: Steps of the last program that wrote so.
BEFORE = 5

#: What is written otherwise now.
_OTHERWISE = {"pages", "compared", "chained", "sqlite_sequence"}


def age(folder, monkeypatch):
    """Write the ledger of an election anew, as it would have been then."""
    new, old = folder.database, folder.database.with_name("old.sqlite")
    with monkeypatch.context() as older:
        older.setattr("omr.store.connection.STEPS", STEPS[:BEFORE])
        Store(old).close()
    with Store(new) as store:
        pages = {page: _plainly(store, page) for page in sorted(store.page_ids())}
        compared = {**store.compared_after(1), **store.compared_after(2)}
        chain = tuple(_said(store, pages))
    with closing(sqlite3.connect(old)) as db, db:
        db.execute("ATTACH ? AS new", (str(new),))
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            if table not in _OTHERWISE:
                db.execute(f"INSERT INTO {table} SELECT * FROM new.{table}")
        columns = [name for _at, name, *_rest in db.execute("PRAGMA table_info (pages)")]
        rows = [tuple(row[name] for name in columns) for row, _readings in _in_order(pages)]
        db.executemany(f"INSERT INTO pages VALUES ({', '.join('?' * len(columns))})", rows)
        db.executemany("INSERT INTO compared VALUES (?, ?)", sorted(compared.items()))
        previous = GENESIS
        for seq, (kind, said) in enumerate(chain, start=1):
            payload = canonical(said)
            entry = (seq, kind, payload, previous, link(seq, kind, previous, payload))
            db.execute("INSERT INTO chained VALUES (?, ?, ?, ?, ?)", entry)
            previous = entry[-1]
    new.unlink()
    old.rename(new)


def _in_order(pages):
    """As they were read: one after the other."""
    return sorted(pages.values(), key=lambda page: (page[0]["source"], page[0]["page_in_source"]))


def _plainly(store, page):
    row, readings = store.page_row(page)
    file = store.files()[row["source"]]
    return row | {"sha256": row["sha256"] or f"{file.sha256}:{row['page_in_source']}"}, readings


def _said(store, pages):
    """The chain with its pages by their names; all pairs in its first comparison."""
    named, alike = Named.of(store), [list(pair) for pair in sorted(store.alike_rows())]
    for entry in store.chain():
        said = entry.said
        if entry.kind == PAGES:
            found = [(pages[named.page(each)], each["reader"]) for each in said["pages"]]
            said = {"pages": [plain_page_said(*page, reader) for page, reader in found]}
        elif entry.kind == COMPARED:
            names = sorted(map(named.id_of, said["pages"]))
            said, alike = {"pages": names, "decisions": said["decisions"], "alike": alike}, []
        yield entry.kind, said
