"""Reads one page: the table of contents of everything that sees.

    scan → fiducials → placement → code → grid of printed rules → ink → marks → what was seen

Never raises for a bad picture: a page that cannot be read comes back as a value that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from layouts.codes import Claim, fingerprint
from layouts.model import BallotLayout, Box, PageLayout
from omr import sketch
from omr.below import Below, prepare_below, see_below
from omr.blank import is_blank
from omr.code import read_code
from omr.election import Folder, load_election, load_key
from omr.errors import OmrError
from omr.evidence import Flag, Mark, Name, PageSeen, PageState, Reason, RowSeen
from omr.fiducials import find_fiducials, reduced
from omr.folds import find_folds, without_folds
from omr.grid import Grid, find_grid
from omr.ink import BAND_MM, PX_PER_MM, Print, RowInk, prepare_print, see_ink
from omr.look import Look, nobody
from omr.marks import Thresholds, pale_trace, see_rows
from omr.pages import Scan
from omr.printed import load_layout
from omr.register import Placement, place
from omr.seal import SealSeen, seal_region, see_seal
from omr.streaks import Streak, find_streaks, without_streaks
from omr.strip import make_strip
from omr.trace import make_trace
from omr.words import _

_BAND = round(BAND_MM * PX_PER_MM)
#: Resolution of the blank pages in the election folder, px/mm (`generate.blanks`).
BLANK_PX_PER_MM = 8.0
#: Share of a page's rule stretches that must be seen for it to be read at all.
RULES_SEEN = 0.55
#: How surely printed names must be found in their places (`_print_seen`, median over rows). Hostile scans
#: whose letters run into one another had 0.12 and more; letters that are not there have 0.
PRINT_SEEN = 0.07
#: A row's print must be found at least this surely, as a share of the page's median, before it is trusted.
ROW_PRINT_SEEN = 0.45
#: A printed rule this far out of line with its neighbours, mm: the page was not transported evenly.
WORST_RESIDUAL_MM = 1.5
#: Darkness of a streak, as a share of printed black, from which it could hide or feign a stroke; paler ones
#: are taken away and no more said. Just above the darkness of firm ink (`Thresholds.firm`).
STREAK_DARK = 0.25
#: Half dark pixels for each dark one, below which a scan has no greys: grey scans have 0.4 and more, 1-bit
#: scans none, and under 0.1 after JPEG.
HALF_TONES = 0.15
#: Long side of the reduced image for what needs no fine detail, px.
COARSE_SIDE = 1170


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One page of the layout with everything prepared from its blank."""

    page: PageLayout
    printed: Print
    below: Below
    seal_blank: np.ndarray | None


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """Everything a reader needs to know of an election. Picklable: every worker has its own."""

    layout: BallotLayout
    fingerprint: str
    key: bytes
    sheets: tuple[Sheet, ...]
    seal_matters: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def of(
        cls, layout: BallotLayout, blanks: dict[int, np.ndarray], key: bytes, *, seal_matters: bool = True
    ) -> Paper:
        """Prepares the pages of a layout from their blank pictures (grey, BLANK_PX_PER_MM) by page number."""
        sheets = tuple(_prepared(page, blanks[page.page]) for page in layout.pages)
        return cls(layout, fingerprint(layout), key, sheets, seal_matters)

    @classmethod
    def load(cls, folder: Folder) -> Paper:
        """The paper of an election that was printed.

        Raises:
            OmrError: a file of the print is missing or damaged.
        """
        layout = load_layout(folder)
        blanks = {page.page: _blank(folder, page.page) for page in layout.pages}
        rules = load_election(folder).rules
        return cls.of(layout, blanks, load_key(folder), seal_matters=rules.seal != "ignore")

    def sheet(self, page: int) -> Sheet:
        """The sheet of that page number."""
        return next(s for s in self.sheets if s.page.page == page)


def _blank(folder: Folder, page: int) -> np.ndarray:
    path = folder.blank_dir / f"page-{page}.png"
    try:
        picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    except (OSError, cv2.error):
        picture = None
    if picture is None:
        raise OmrError(
            _("The blank page {file} is missing or damaged.").format(file=path),
            _("Run `omr print` again: it draws the blank pages anew."),
        )
    return picture


def _prepared(page: PageLayout, blank: np.ndarray) -> Sheet:
    to_blank = np.array([(BLANK_PX_PER_MM, 0, -0.5), (0, BLANK_PX_PER_MM, -0.5), (0, 0, 1)])
    return Sheet(
        page,
        prepare_print(blank, BLANK_PX_PER_MM, page),
        prepare_below(blank, to_blank, page),
        None if page.seal_mm is None else seal_region(blank, to_blank, page.seal_mm),
    )


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredPage:
    """A scan tied to a page of the layout: every point of the paper has a pixel."""

    scan: Scan
    sheet: Sheet
    placement: Placement
    grid: Grid
    ink: RowInk
    print_seen: np.ndarray  # (rows,) share of each row's letters found in their places
    streaks: tuple[Streak, ...] = ()  # taken away from `scan` before


def read_page(scan: Scan, paper: Paper, look: Look = nobody) -> PageSeen:
    """What can be seen on one scanned page.

    Args:
        scan: the page's pixels.
        paper: the election's layout, blanks and key.
        look: an observer of every step.
    """
    streaks = find_streaks(scan.grey)
    scan = replace(scan, grey=without_streaks(scan.grey, streaks)) if streaks else scan
    found = find_fiducials(scan.grey)
    look("fiducials", lambda: sketch.fiducials(scan.grey, found))
    placements = place(found, paper.layout.pages[0].fiducials)
    if not placements:
        return _not_placed(scan, len(found))
    claim = _claim(scan, placements, paper)
    refused = _refused(claim, paper, placements[0])
    if refused is not None:
        return refused
    registered = replace(_register(scan, placements, paper, claim), streaks=streaks)
    look("rows", lambda: sketch.rows(registered.ink.picture, registered.sheet.page))
    look("ink", lambda: 255 - registered.ink.pen)
    if not _trusted(registered):
        return _unreadable(registered, claim)
    return _read(registered, paper, claim, look)


def _claim(scan: Scan, placements: Sequence[Placement], paper: Paper) -> Claim | None:
    boxes = dict.fromkeys(page.code_mm for page in paper.layout.pages)
    tries = (read_code(scan.grey, p.paper_to_scan, box, paper.key) for p in placements[:2] for box in boxes)
    return next((claim for claim in tries if claim is not None), None)


def _refused(claim: Claim | None, paper: Paper, placement: Placement) -> PageSeen | None:
    """A page whose code says that it is not of these ballots."""
    if claim is None:
        return None
    if claim.election != paper.layout.election:
        return PageSeen(PageState.FOREIGN, flags=(Flag.CODE_OTHER_ELECTION,), dpi=round(placement.dpi, 1))
    if claim.genuine and claim.fingerprint != paper.fingerprint:
        return PageSeen(PageState.UNREADABLE, flags=(Flag.CODE_OTHER_LAYOUT,), dpi=round(placement.dpi, 1))
    return None


def _register(
    scan: Scan, placements: Sequence[Placement], paper: Paper, claim: Claim | None
) -> RegisteredPage:
    """Ties the scan to the page its code names, by the first placement that the print confirms.

    Where none does, or there is no code, to the page whose print it bears.
    """
    claimed = [s for s in paper.sheets if claim is not None and s.page.page == claim.page]
    others = [s for s in paper.sheets if s not in claimed]
    best: RegisteredPage | None = None
    for sheets in (claimed, others):
        for placement in placements:
            for sheet in sheets:
                tried = _fitted(scan, placement, sheet)
                best = tried if best is None else max(best, tried, key=_belief)
            if best is not None and _trusted(best):
                return best
    assert best is not None  # a layout has a page
    return best


def _belief(page: RegisteredPage) -> float:
    return float(np.median(page.print_seen)) + page.grid.votes


def _fitted(scan: Scan, placement: Placement, sheet: Sheet) -> RegisteredPage:
    coarse, factor = reduced(scan.grey, COARSE_SIDE)
    to_coarse = np.array(
        [(1 / factor, 0, 0.5 / factor - 0.5), (0, 1 / factor, 0.5 / factor - 0.5), (0, 0, 1)]
    )
    grid = find_grid(coarse, to_coarse @ placement.paper_to_scan, sheet.page)
    ink = see_ink(scan.grey, placement.paper_to_scan, sheet.page, grid, sheet.printed)
    return RegisteredPage(scan, sheet, placement, grid, ink, _print_seen(ink, sheet.printed))


def _print_seen(ink: RowInk, printed: Print) -> np.ndarray:
    """For every row, how surely its own names are printed in it, -1 to 1.

    The share of its printed letters that are dark where they should be, less the share of the gaps between
    them that are: other letters in the same place darken both alike.
    """
    dark = ink.dark.ravel() > 0.4 * ink.black
    gaps = (np.concatenate(pair) for pair in zip(printed.gaps, printed.gaps_beside, strict=True))
    return np.array(
        [
            float(dark[letters].mean() - dark[between].mean()) if len(letters) and len(between) else 1.0
            for letters, between in zip(printed.letters, gaps, strict=True)
        ]
    )


def _trusted(page: RegisteredPage) -> bool:
    """Whether the print lies where the layout says; if not, nothing on the page may be read."""
    return (
        page.grid.votes >= RULES_SEEN
        and float(np.median(page.print_seen)) >= PRINT_SEEN
        and page.grid.residual_mm <= WORST_RESIDUAL_MM
        and _own_rows(page)
    )


def _own_rows(page: RegisteredPage) -> bool:
    """Whether every row bears its own number and name, and not those of a row above or below."""
    dark = page.ink.dark.ravel() > 0.4 * page.ink.black
    return all(dark[own].mean() > dark[other].mean() for own, other in page.sheet.printed.rivals)


def _not_placed(scan: Scan, found: int) -> PageSeen:
    if found == 0 and is_blank(scan.grey):
        return PageSeen(PageState.BLANK)
    if found == 0:
        return PageSeen(PageState.FOREIGN, flags=(Flag.NOTHING_FOUND,))
    return PageSeen(PageState.UNREADABLE, flags=(Flag.POSITION_UNSURE,))


def _unreadable(page: RegisteredPage, claim: Claim | None) -> PageSeen:
    return PageSeen(
        PageState.UNREADABLE,
        page=claim.page if claim is not None and claim.genuine else None,
        flags=(Flag.POSITION_UNSURE,),
        dpi=round(page.placement.dpi, 1),
        residual_mm=round(page.grid.residual_mm, 3),
    )


def _read(page: RegisteredPage, paper: Paper, claim: Claim | None, look: Look) -> PageSeen:
    layout = page.sheet.page
    rows = _rows(page, paper)
    rows = tuple(_doubted(row, page, paper, i) for i, row in enumerate(rows))
    below = see_below(
        page.scan.grey, page.placement.paper_to_scan @ page.grid.below_to_paper(), page.sheet.below
    )
    look("below", lambda: 255 * (1 - below.ink))
    look("marks", lambda: sketch.marks(page.ink.picture, layout, rows))
    seal = _seal_flags(page, paper)
    flags = (*_code_flags(claim, layout.page), *seal, *((Flag.WRITE_IN,) if below.written else ()))
    return PageSeen(
        PageState.READ,
        page=layout.page,
        rows=rows,
        flags=flags,
        upside_down=page.placement.upside_down,
        residual_mm=round(page.grid.residual_mm, 3),
        dpi=round(page.placement.dpi, 1),
        paper_to_scan=tuple(float(v) for v in page.placement.paper_to_scan.ravel()),
        trace=make_trace(_all_ink(page.ink, below.ink)),
        strip=make_strip(page.ink.picture[_BAND:-_BAND]),
    )


def _rows(page: RegisteredPage, paper: Paper) -> tuple[RowSeen, ...]:
    """The rows' marks; where ink runs through several boxes, seen again without the paper's folds."""
    layout, printed = page.sheet.page, page.sheet.printed
    rows = see_rows(page.ink, printed, layout, paper.thresholds)
    if not any(_crossed(row) for row in rows):
        return rows
    folds = find_folds(page.scan.grey, page.placement.paper_to_scan, layout)
    if not folds:
        return rows
    clean, dark = (without_folds(p, layout, folds) for p in (page.ink.pen, page.ink.dark))
    ink = replace(page.ink, pen=clean, dark=dark)
    return see_rows(ink, printed, layout, paper.thresholds)


def _crossed(row: RowSeen) -> bool:
    """Whether something long may run through the row."""
    stray = any(cell.reason is Reason.STRAY_MARK for cell in row.cells)
    return stray or row.name.state is not Name.CLEAN


def _doubted(row: RowSeen, page: RegisteredPage, paper: Paper, i: int) -> RowSeen:
    """The row, in doubt where its print was not confirmed, or a dark streak ran through a box of it."""
    if row.reason is None and _streaked(page, i):
        return replace(row, reason=Reason.STREAK)
    if row.reason is None and _empty(row) and (two_level(page.scan.grey) or _coloured_trace(page, paper, i)):
        return replace(row, reason=Reason.FAINT_MARK)
    if row.reason is None and (
        not page.grid.confirmed[i] or page.print_seen[i] < ROW_PRINT_SEEN * np.median(page.print_seen)
    ):
        return replace(row, reason=Reason.UNCLEAR_PRINT)
    return row


def _streaked(page: RegisteredPage, i: int) -> bool:
    """Whether a streak as dark as ink ran through one of the row's boxes: it could hide or feign a stroke."""
    dark = [s for s in page.streaks if s.depth.max() >= STREAK_DARK * page.ink.black]
    if not dark:
        return False
    for cell in page.sheet.page.rows[i].cells:
        box = cell.box_mm
        corners = [(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]
        xs = page.placement.to_scan(corners)[:, 0]
        if any(xs.min() < (s.x0 + s.x1) / 2 < xs.max() for s in dark):
            return True
    return False


def _coloured_trace(page: RegisteredPage, paper: Paper, i: int) -> bool:
    """Whether a row that is empty in grey has a trace of a pale coloured pen in a box."""
    scan, sheet = page.scan, page.sheet
    if scan.image.ndim == 2:
        return False
    blue, green, red = cv2.split(scan.image)
    darkest = cv2.min(cv2.min(blue, green), red)
    ink = see_ink(darkest, page.placement.paper_to_scan, sheet.page, page.grid, sheet.printed)
    return pale_trace(ink, sheet.page, sheet.page.rows[i], paper.thresholds)


def _empty(row: RowSeen) -> bool:
    return all(cell.mark is Mark.EMPTY for cell in row.cells)


def two_level(grey: np.ndarray) -> bool:
    """Whether a scan is black and white only: a pencil may have been lost, so no row of it is surely empty.

    Letters and rules of a grey scan have as many half dark pixels at their edges as dark ones.
    """
    sample = grey[::3, ::3]
    dark = np.count_nonzero(sample < 80)
    half = np.count_nonzero((sample >= 80) & (sample < 176))
    return bool(half < HALF_TONES * dark)


def _code_flags(claim: Claim | None, page: int) -> tuple[Flag, ...]:
    if claim is None:
        return (Flag.CODE_MISSING,)
    forged = () if claim.genuine else (Flag.CODE_FORGED,)
    return (*forged, *(() if claim.page == page else (Flag.CODE_OTHER_PAGE,)))


_SEAL_FLAGS = {
    SealSeen.RED: (),
    SealSeen.FAINT: (Flag.SEAL_FAINT,),
    SealSeen.OTHER_INK: (Flag.SEAL_NOT_RED,),
    SealSeen.COLOURLESS: (Flag.SEAL_UNSEEN,),
    SealSeen.NONE: (Flag.SEAL_MISSING,),
}


def _seal_flags(page: RegisteredPage, paper: Paper) -> tuple[Flag, ...]:
    square, blank = page.sheet.page.seal_mm, page.sheet.seal_blank
    if not paper.seal_matters or square is None or blank is None:
        return ()
    return _SEAL_FLAGS[see_seal(page.scan.image, page.placement.paper_to_scan, square, blank)]


def _all_ink(rows: RowInk, below: np.ndarray) -> np.ndarray:
    """Rows and what is under them as one picture of ink at half the rows' resolution (4 px/mm)."""
    firm = rows.floor + max(0.22 * rows.black, 7 * rows.noise)
    pen = rows.pen[_BAND:-_BAND]
    height, width = pen.shape[0] // 2, below.shape[1]
    pen = pen[: 2 * height, : 2 * width]
    small = cv2.resize(pen, (width, height), interpolation=cv2.INTER_AREA)
    return np.vstack([small > firm, below > 0])


def table_region(page: PageLayout) -> Box:
    """The part of the paper that a strip shows, mm."""
    return page.table_mm
