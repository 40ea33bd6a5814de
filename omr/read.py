"""Reads one page: the table of contents of everything that sees.

    scan → fiducials → placement → code → grid of printed rules → ink → marks → what was seen

Never raises for a bad picture: a page that cannot be read comes back as a value that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from layouts.codes import Claim
from layouts.model import Cell, Row
from omr import sketch
from omr.below import see_below
from omr.between import written_between
from omr.blank import is_blank
from omr.code import read_code
from omr.doubts import doubted, has_greys
from omr.evidence import CellSeen, Flag, Name, PageSeen, PageState, Reason, RowSeen
from omr.fiducials import find_fiducials
from omr.fit import RegisteredPage, better, fit, is_clear, is_trusted, settled
from omr.folds import find_folds, names_under, without_folds
from omr.ink import BAND_MM, PX_PER_MM, RowInk
from omr.lines import DARK, find_lines, of_scanner, over_texts
from omr.look import Look, nobody
from omr.marks import levels_of, see_rows
from omr.match import match_print
from omr.pages import Scan
from omr.paper import Paper
from omr.register import Placement, place, to_reduced
from omr.seal import (
    SealSeen,
    about,
    has_colour,
    last_row,
    seal_region,
    see_seal,
    see_seal_beside,
    stamp_outline,
    upper_part,
    wherever,
)
from omr.stains import cleared, find_stains, without_stains
from omr.streaks import find_streaks, without_streaks
from omr.trace import make_trace

__all__ = ["Paper", "read_page"]

_BAND = round(BAND_MM * PX_PER_MM)
#: A line is upright in its box if it reaches over this share of its height, and straight if it is no more
#: than this many times as long as its extent.
TALL, CROOKED = 0.75, 1.15
#: Rows of the scan below the seal's region that are decoded with it, px: what reduces and smooths them sees.
SPARE_ROWS = 16


def read_page(scan: Scan, paper: Paper, look: Look = nobody) -> PageSeen:
    """What can be seen on one scanned page.

    Args:
        scan: the page's pixels.
        paper: the election's layout, blanks and key.
        look: an observer of every step.
    """
    streaks = find_streaks(scan.grey, scan.coarse)
    scan = replace(scan, grey=without_streaks(scan.grey, streaks)) if streaks else scan
    found = find_fiducials(scan.grey, scan.coarse)
    look("fiducials", lambda: sketch.fiducials(scan.grey, found))
    placements = place(found, paper.layout.pages[0].fiducials)
    if not placements and (found or not is_blank(scan.grey)):
        placements = match_print(scan.grey, [sheet.coarse for sheet in paper.sheets])
    if not placements:
        return _not_placed(scan, len(found))
    claim = _claim(scan, placements, paper)
    refused = _refused(claim, paper, placements[0])
    if refused is not None:
        return refused
    page = fit(scan, placements, paper, claim)
    if not is_clear(page) and placements[0].marks:
        proposed = match_print(scan.grey, [sheet.coarse for sheet in paper.sheets])
        page = better(page, fit(scan, proposed, paper, claim)) if proposed else page
    page = replace(settled(page), streaks=streaks)
    look("rows", lambda: sketch.rows(page.ink.picture, page.sheet.page))
    look("ink", lambda: 255 - page.ink.pen)
    if not is_trusted(page):
        return _unreadable(page, claim)
    return _read(page, paper, claim, look)


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
    layout, printed = page.sheet.page, page.sheet.printed
    rows, page, ink = _rows(page, paper)
    levels = levels_of(ink, paper.thresholds)
    rows = doubted(rows, page, paper.thresholds)
    to_scan = page.placement.paper_to_scan @ page.grid.below_to_paper()
    below = see_below(page.scan.grey, to_scan, page.sheet.below, page.scan.coarse)
    look("below", lambda: 255 * (1 - below.ink))
    look("marks", lambda: sketch.marks(page.ink.picture, layout, rows))
    seal, colour = _seal_region(page)
    flags = (
        *_code_flags(claim, layout.page),
        *_seal_flags(page, paper, seal, colour=colour),
        *((Flag.WRITE_IN,) if below.written or written_between(ink, printed, layout, rows, levels) else ()),
    )
    return PageSeen(
        PageState.READ,
        page=layout.page,
        rows=rows,
        flags=flags,
        upside_down=page.placement.upside_down,
        residual_mm=round(page.grid.residual_mm, 3),
        dpi=round(page.placement.dpi, 1),
        paper_to_scan=tuple(float(v) for v in page.placement.paper_to_scan.ravel()),
        trace=make_trace(_all_ink(ink, below.ink, levels.firm), _stamp(page, seal)),
    )


def _rows(page: RegisteredPage, paper: Paper) -> tuple[tuple[RowSeen, ...], RegisteredPage, RowInk]:
    """The rows' marks, the page with what else was found on it, and the ink that people left on it.

    Where something long runs through a row, the rows are seen again without folds, streaks and stains.
    """
    layout, printed = page.sheet.page, page.sheet.printed
    rows = see_rows(page.ink, printed, layout, paper.thresholds)
    crossed = any(map(_crossed, rows))
    if not crossed and not any(map(_lined, rows, layout.rows)):
        return rows, page, page.ink
    rows, page, ink = _unlined(rows, page, paper, crossed=crossed)
    pale = levels_of(ink, paper.thresholds).pale
    greys = has_greys(page)
    stains = find_stains(ink, printed, pale, greys=greys) if crossed else None
    if stains is not None:
        ink = without_stains(ink, stains, printed, layout, pale)
        clean = see_rows(ink, printed, layout, paper.thresholds)
        rows = cleared(rows, clean, stains, layout, ink.pen > pale)
    if not greys:
        # In black and white a fold or a stain's dots hide a line through a name: second thoughts see it.
        seen = page.ink if stains is None else without_stains(page.ink, stains.rims(), printed, layout, pale)
        return rows, replace(page, ink=seen), ink
    return rows, replace(page, ink=ink), ink


def _unlined(
    rows: tuple[RowSeen, ...], page: RegisteredPage, paper: Paper, *, crossed: bool
) -> tuple[tuple[RowSeen, ...], RegisteredPage, RowInk]:
    """The rows seen again without folds and streaks, where there are any; and the ink they were seen in."""
    layout, printed = page.sheet.page, page.sheet.printed
    to_scan = page.placement.paper_to_scan
    folds = find_folds(page.scan.grey, to_scan, layout, page.grid) if crossed else ()
    page = replace(page, lines=(lines := find_lines(page.ink, printed, layout, page.placement.lean)))
    dirt = of_scanner(lines, layout, page.scan.grey, page.placement, DARK * page.ink.black)
    texts = over_texts(dirt, layout)
    if not folds and not texts.any():
        return rows, page, page.ink
    ink = without_folds(page.ink, printed, layout, folds)
    ink = replace(ink, pen=np.where(texts, 0, ink.pen), dark=np.where(texts, 0, ink.dark))
    page = replace(page, ruled=names_under(page.ink, printed, layout, folds))
    return see_rows(ink, printed, layout, paper.thresholds), page, ink


def _crossed(row: RowSeen) -> bool:
    """Whether something long may run through the row: ink that is nobody's, a touched name."""
    stray = any(cell.reason is Reason.STRAY_MARK for cell in row.cells)
    return stray or row.name.state is not Name.CLEAN


def _lined(row: RowSeen, place: Row) -> bool:
    """Whether a line along the feed may run through one of the row's boxes."""
    return any(map(_upright, row.cells, place.cells))


def _upright(cell: CellSeen, place: Cell) -> bool:
    """Whether the ink of a box is a straight line as high as the box."""
    return cell.extent_mm >= TALL * place.box_mm.height and cell.length_mm <= CROOKED * cell.extent_mm


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


def _seal_region(page: RegisteredPage) -> tuple[np.ndarray | None, bool]:
    """The picture of the seal's place, where this page has one, and whether the scan can show its colour."""
    square = page.sheet.page.seal_mm
    if square is None:
        return None, False
    to_scan, around = page.placement.paper_to_scan, about(square)
    image, factor = page.scan.upper(last_row(to_scan, around) + SPARE_ROWS)
    # A photocopied head may be all grey on a page whose marks are blue: then the whole page is asked.
    colour = has_colour(image) or has_colour(page.scan.upper(len(page.scan.grey))[0])
    return seal_region(image, to_reduced(factor) @ to_scan, around), colour


def _seal_flags(
    page: RegisteredPage, paper: Paper, region: np.ndarray | None, *, colour: bool
) -> tuple[Flag, ...]:
    blank = page.sheet.seal_blank
    if not paper.seal_matters or region is None or blank is None:
        return ()
    here = see_seal(region, blank, colour=colour)
    return _SEAL_FLAGS[wherever(here, lambda: _seal_beside(page, colour=colour))]


def _seal_beside(page: RegisteredPage, *, colour: bool) -> SealSeen:
    """The seal in all of the page where it may lie instead; few pages are asked for it."""
    blank, to_scan, around = page.sheet.upper_blank, page.placement.paper_to_scan, upper_part(page.sheet.page)
    if blank is None:
        return SealSeen.NONE
    image, factor = page.scan.upper(last_row(to_scan, around) + SPARE_ROWS)
    return see_seal_beside(seal_region(image, to_reduced(factor) @ to_scan, around), blank, colour=colour)


def _stamp(page: RegisteredPage, region: np.ndarray | None) -> np.ndarray | None:
    blank = page.sheet.seal_blank
    return None if region is None or blank is None else stamp_outline(region, blank)


def _all_ink(rows: RowInk, below: np.ndarray, firm: float) -> np.ndarray:
    """Rows and what is under them as one picture of ink at half the rows' resolution (4 px/mm)."""
    pen = rows.pen[_BAND:-_BAND]
    height, width = pen.shape[0] // 2, below.shape[1]
    pen = pen[: 2 * height, : 2 * width]
    small = cv2.resize(pen, (width, height), interpolation=cv2.INTER_AREA)
    return np.vstack([cv2.threshold(small, firm, 1, cv2.THRESH_BINARY)[1], below])
