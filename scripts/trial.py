"""A trial of the reader: a printed ballot, a page that was marked and scanned, and what became of its rows.

Shared by `scripts.deck` (every kind of mark in every box) and `scripts.accuracy` (ballots as people fill
them in). The reader sees pixels only; the truth stays here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from generate.ballots import write_ballots
from generate.blanks import draw_blanks
from generate.fonts import LAST_RESORT, find_family
from layouts.codes import fingerprint, make_payload
from layouts.compose import compose
from layouts.content import Content, Person
from layouts.model import BallotLayout
from layouts.spec import load_spec
from omr.evidence import Flag, PageSeen, PageState
from omr.pages import Scan
from omr.read import Paper, read_page
from omr.rules import judge_row
from scripts.simulate import Depth, Extra, Image, RowTruth, ScannedPage, printed_page, px_per_mm

ELECTION = "TRIAL222"
KEY = bytes(range(32))

#: px/mm at which trial pages are marked: above 200 dpi, and half the pixels of 300 dpi.
SCALE = 10.0

#: A page that is read must lie where the reader says, mm. Half the height of the smallest box.
MISPLACED_MM = 4.0


class Verdict(StrEnum):
    """What became of one row."""

    RIGHT = "right"
    FLAGGED = "flagged"  # the reader asks
    WRONG = "wrong"  # the reader says, without asking, what is not so
    UNREAD = "unread"  # the whole page was reported as one that cannot be read


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row: what it was, what was read, and whether that is right."""

    truth: RowTruth
    reading: str
    reason: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PageResult:
    """One page. `write_in`: whether a name was written in, and whether the reader said so; None: no name."""

    rows: tuple[RowResult, ...]
    read: bool
    write_in: bool | None
    misplaced_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Ballot:
    """A ballot in every form that a trial needs: where things are, how it prints, what the reader knows."""

    layout: BallotLayout
    images: Mapping[int, Image]
    paper: Paper


@lru_cache(maxsize=8)
def ballot_of(people: int, spec: str = "phu_luc_04") -> Ballot:
    """Print a ballot of so many invented people."""
    family = find_family(LAST_RESORT)
    layout = compose(load_spec(spec), _content(people), family.measure)
    digest = fingerprint(layout)

    def payload(_copy: int, page: int) -> str:
        return make_payload(KEY, ELECTION, page, len(layout.pages), digest)

    with TemporaryDirectory() as scratch:
        pdf = Path(scratch) / f"{spec}-{people}.pdf"
        write_ballots(pdf, layout, payload, 1, family)
        images = {page.page: printed_page(pdf, index, SCALE) for index, page in enumerate(layout.pages)}
    drawn = draw_blanks(layout, payload, family)
    blanks = {page.page: np.asarray(blank) for page, blank in zip(layout.pages, drawn, strict=True)}
    return Ballot(layout, images, Paper.of(layout, blanks, KEY))


def _content(people: int) -> Content:
    names = ("Nguyễn Văn Thử", "Trần Thị Ví Dụ", "Lê Văn Mẫu", "Phạm Thị Giả Định", "Đỗ Văn Không Thật")
    posts = ("Phó Chủ tịch UBND huyện", "HUV, Chánh Thanh tra huyện", "Trưởng phòng Y tế huyện")
    rows = (Person(n, names[n % 5], posts[n % 3]) for n in range(1, people + 1))
    return Content(ELECTION, "HUYỆN ỦY MẪU", tuple(rows), place="Mẫu", voters="các đại biểu", year=2023)


def read_scan(scanned: ScannedPage, ballot: Ballot) -> PageResult:
    """Read a scan as `omr scan` would, and compare with the truth."""
    seen = read_page(as_scan(scanned), ballot.paper)
    wanted = Extra.WRITE_IN_BELOW in scanned.extras
    missed = _misplaced_mm(seen, scanned, ballot.layout)
    lost = seen.state is not PageState.READ
    return PageResult(
        rows=tuple(_unread(scanned) if lost else _rows(seen, scanned, missed)),
        read=not lost,
        write_in=(Flag.WRITE_IN in seen.flags) if wanted and not lost else None,
        misplaced_mm=missed,
    )


def as_scan(scanned: ScannedPage) -> Scan:
    """The scan as the reader's decoder gives it: without colour where the scanner had none."""
    grey = np.asarray(cv2.cvtColor(scanned.image, cv2.COLOR_BGR2GRAY), np.uint8)
    image = scanned.image if scanned.happens.depth is Depth.COLOUR else grey
    return Scan(grey, scanned.happens.dpi, b"", ".jpg", image)


def _rows(seen: PageSeen, scanned: ScannedPage, misplaced_mm: float) -> Iterator[RowResult]:
    readings = {row.number: judge_row(row) for row in seen.rows}
    astray = misplaced_mm > MISPLACED_MM or seen.page != scanned.page
    for truth in scanned.rows:
        read = readings.get(truth.number)
        reading = read.reading if read and not astray else "elsewhere"
        reason = read.reason.value if read and read.reason else ""
        yield RowResult(truth, reading, reason, verdict_of(truth, reading))


def verdict_of(truth: RowTruth, reading: str) -> Verdict:
    """Asking is never wrong; saying is right where it is the truth or what people would decide.

    >>> from scripts.simulate import Kind, RowPlan, truth_of
    >>> verdict_of(truth_of(RowPlan(1, Kind.CORRECTION, "low")), "high").value
    'wrong'
    """
    if reading == "unsure":
        return Verdict.FLAGGED
    return Verdict.RIGHT if reading in (truth.truth, truth.decided) else Verdict.WRONG


def _unread(scanned: ScannedPage) -> Iterator[RowResult]:
    for truth in scanned.rows:
        yield RowResult(truth, "", "", Verdict.UNREAD)


def _misplaced_mm(seen: PageSeen, scanned: ScannedPage, layout: BallotLayout) -> float:
    """How far the middle of a row lies from where the reader takes it to be, mm: the median over the rows.

    `paper_to_scan` is the reader's first placement; it then follows the printed rules of each row, so
    that a page that wobbles is not astray.
    """
    if seen.paper_to_scan is None or seen.page != scanned.page:
        return 0.0
    middles = np.array([row.cells[0].box_mm.center for row in layout.page(scanned.page).rows])
    matrix = np.array(seen.paper_to_scan).reshape(3, 3)
    pixels = np.concatenate([middles, np.ones((len(middles), 1))], axis=1) @ matrix.T
    in_scan = (pixels[:, :2] / pixels[:, 2:] + 0.5) / px_per_mm(scanned.happens.dpi)
    return float(np.median(np.hypot(*(scanned.to_paper(in_scan) - middles).T)))
