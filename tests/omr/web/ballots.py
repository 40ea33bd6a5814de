"""A small box of filled-in ballots for the web tests: printed as the app prints, marked by hands, scanned."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from omr.printed import load_layout
from scripts.simulate import (
    OFFICE,
    Kind,
    PagePlan,
    Part,
    RowPlan,
    SealKind,
    any_hand,
    load_strokes,
    printed_page,
    scan_of,
)

PEOPLE = (
    ("Nguyễn Văn Thử", "Bí thư Huyện ủy"),
    ("Trần Thị Ví Dụ", "Phó Bí thư Thường trực Huyện ủy"),
    ("Lê Văn Mẫu", "Phó Bí thư Huyện ủy, Chủ tịch UBND huyện"),
    ("Phạm Thị Giả Định", "Ủy viên Ban Thường vụ Huyện ủy"),
)

#: What the four rows of each ballot hold, and its seal.
X, TWO, DOUBT, CIRCLED = Kind.PLAIN_X, Kind.TWO_MARKS, Kind.CORRECTION, Kind.NAME_CIRCLED
BOX = (
    (((X, "high"), (X, "medium"), (X, "low"), (X, "high")), SealKind.RED),
    (((X, "high"), (DOUBT, "low"), (X, "low"), (X, "medium")), SealKind.RED),
    (((X, "medium"), (X, "high"), (Kind.BLANK, None), (X, "high")), SealKind.RED),
    (((X, "low"), (X, "medium"), (X, "low"), (TWO, "high")), SealKind.RED),
    (((X, "high"), (X, "high"), (X, "medium"), (X, "low")), SealKind.NONE),
    (((DOUBT, "medium"), (X, "medium"), (CIRCLED, "low"), (X, "high")), SealKind.RED),
)

SCALE = 10.0

#: An office less what takes half the time to simulate: how well scans are read is told by other tests.
SETTING = replace(OFFICE, dpi=(200.0,), print_scale=(1.0, 1.0), shadow=0.0)


@dataclass(frozen=True)
class Filled:
    """One scanned ballot: its JPEG, what a careful person decides of its rows, and whether it is valid."""

    jpeg: bytes
    rows: dict[int, str]
    is_issued: bool

    @property
    def name(self):
        """What the app calls the file: the hash of its bytes."""
        return sha256(self.jpeg).hexdigest()


def fill(folder, box=BOX):
    """Fill in what was printed in a folder and scan it."""
    page = load_layout(folder).pages[0]
    blank = printed_page(folder.ballots_pdf, 0, SCALE)
    strokes = load_strokes().only(Part.TUNING)
    return [
        _filled(page, blank, strokes, rows, seal, np.random.default_rng(zlib.crc32(f"{at}".encode())))
        for at, (rows, seal) in enumerate(box)
    ]


def _filled(page, blank, strokes, rows, seal, rng):  # noqa: PLR0917
    plans = tuple(RowPlan(number, kind, choice) for number, (kind, choice) in enumerate(rows, start=1))
    scanned = scan_of(page, blank, PagePlan(plans, seal=seal), any_hand(strokes, rng), SETTING, rng)
    return Filled(
        scanned.jpeg(), {row.number: row.decided for row in scanned.rows}, seal is not SealKind.NONE
    )


def expected(box):
    """Person number -> votes by choice, and the invalid: the truth of a box."""
    found = {}
    for number in range(1, len(PEOPLE) + 1):
        counts = dict.fromkeys(("high", "medium", "low", "invalid"), 0)
        for filled in box:
            kind = filled.rows[number] if filled.is_issued else "invalid"
            counts[kind if kind in counts else "invalid"] += 1
        found[number] = counts
    return found


def answers(desk, box):
    """Address of each open question -> its true answer."""
    by_name = {filled.name: filled for filled in box}
    count = desk.count()
    of_ballot = {ballot.id: by_name[ballot.pages[0].source] for ballot in count.box.ballots}
    found = {}
    for item in count.open_items:
        true = of_ballot[item.ballot]
        row = "-" if item.number is None else item.number
        verdict = "valid" if true.is_issued else "invalid"
        answer = (
            true.rows[item.number]
            if item.number
            else {"validity": verdict, "sheet": "ballot"}[item.question.value]
        )
        found[f"{item.ballot}/{item.question.value}/{row}"] = answer
    return found
