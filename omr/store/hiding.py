"""The step that hides places in a ledger of an older program: its rows are written anew, its chain stays."""

from __future__ import annotations

import sqlite3

from omr.store.hidden import ORIGINAL, Hidden, place_token, veil_decisions


def hide_places(db: sqlite3.Connection, hidden: Hidden) -> None:
    """Write `pages` and `compared` into the tables that take their names.

    In the order of random ids, so that not even the file's own pages lie in the order of the scan. What an
    unreadable page was known by was its file and place; its place tells that by itself (`Place.name`).
    """
    pages = db.execute("SELECT id, source, page_in_source, original FROM pages ORDER BY id").fetchall()
    db.executemany(
        "INSERT INTO hidden_pages (id, sheet, count, place, sha256, state, page, flags, original, strip,"
        " problem, seen, trace) SELECT p.id, sheet, count, ?, iif(p.sha256 LIKE '%:%', '', p.sha256), state,"
        " page, flags, ?, strip, problem, seen, trace"
        " FROM pages p JOIN sources s ON s.id = p.source WHERE p.id = ?",
        (
            (place_token(hidden, source, number), hidden.veil(original, ORIGINAL, page), page)
            for page, source, number, original in pages
        ),
    )
    compared = db.execute("SELECT page, decisions FROM compared ORDER BY page").fetchall()
    db.executemany(
        "INSERT INTO hidden_compared (page, decisions) VALUES (?, ?)",
        ((page, veil_decisions(hidden, page, decisions)) for page, decisions in compared),
    )
