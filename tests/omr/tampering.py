"""A small election read from pictures and closed, and what an attacker with the folder does to it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

from omr.closing import close, digest
from omr.counting import count_folder
from omr.export import as_json
from omr.files import write_json
from omr.prepare import Wish, prepare
from omr.printing import print_ballots
from omr.review import resolve
from omr.roster import Entry, write_roster
from omr.scan import scan
from omr.store import Store
from omr.store.chain import GENESIS, canonical, link
from tests.omr.ledger import FAMILY
from tests.omr.web.ballots import BOX, PEOPLE, fill

SESSION = {"summoned": 6, "present": 5, "present_at_vote": 5, "issued": 4}


class Inline:
    """Reads in this process: quick for a few pages."""

    jobs = 1

    def run(self, worker, chunks):
        worker = replace(worker, seconds=None)
        for chunk in chunks:
            yield list(zip(chunk, worker(chunk), strict=True))


def read_inline(rereader, chunks):
    return Inline().run(rereader, chunks)


def make_closed(folder):
    """Three ballots printed, filled in, read, decided and closed by two members."""
    roster = folder.root.parent / "roster.csv"
    write_roster(roster, [Entry(n + 1, n, *person) for n, person in enumerate(PEOPLE, start=1)])
    prepare(folder, Wish(agency="HUYỆN ỦY MẪU", place="Mẫu", date="15/12/2023", session=SESSION), roster)
    print_ballots(folder, 8, FAMILY)
    box = folder.root.parent / "box"
    box.mkdir()
    for at, filled in enumerate(fill(folder, BOX[:3])):
        (box / f"{at}.jpg").write_bytes(filled.jpeg)
    scan(folder, [box], hands=Inline())
    with Store(folder.database) as store:
        for item in count_folder(folder).now.open_items:
            resolve(store, count_folder(folder).now, item.ballot, item.number, "low", by="Bà A, ông B")
        sign_by_two(folder, store)


def sign_by_two(folder, store):
    counted = count_folder(folder)
    assert counted.result.final, counted.result.draft_reasons
    result = as_json(counted.result)
    for member in ("Bà A", "Ông B"):
        done = close(folder, store, result, member, 2, shown=digest(result))
    write_json(folder.root / "result.json", result | {"sha256": done.about, "signed_by": list(done.by)})


def attack(folder, *statements):
    """Run SQL with the guards taken off, and put them on again."""
    with closing(sqlite3.connect(folder.database)) as db, db:
        guards = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in guards:
            db.execute(f"DROP TRIGGER {name}")
        changed = [db.execute(*([each] if isinstance(each, str) else each)).rowcount for each in statements]
        for _name, sql in guards:
            db.execute(sql)
    assert all(changed), statements


def rewrite(folder, change):
    """Write the whole chain anew, by its own rules, after `change` of its [kind, payload] pairs."""
    with Store(folder.database) as store:
        pairs = [[entry.kind, entry.said] for entry in store.chain()]
    change(pairs)
    attack(folder, "DELETE FROM chained")
    previous = GENESIS
    rows = []
    for seq, (kind, said) in enumerate(pairs, start=1):
        payload = canonical(said)
        rows.append((seq, kind, payload, previous, link(seq, kind, previous, payload)))
        previous = rows[-1][-1]
    with closing(sqlite3.connect(folder.database)) as db, db:
        db.executemany("INSERT INTO chained VALUES (?, ?, ?, ?, ?)", rows)


def edit(path, before, after):
    text = path.read_text("utf-8")
    assert before in text, before
    path.write_text(text.replace(before, after, 1), "utf-8")


def edit_json(path, change):
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), "utf-8")
