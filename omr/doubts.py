"""Second thoughts about rows that have been read: what about the scan as a whole makes one doubtful."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import cv2
import numpy as np

from omr.askew import FEWEST_ROWS as FEWEST_CROSSED
from omr.askew import rows_crossed_out
from omr.evidence import CellSeen, Mark, Name, Reason, RowSeen
from omr.fit import RegisteredPage, share_dark
from omr.ink import RowInk, see_ink
from omr.lines import in_boxes
from omr.marks import Thresholds, is_pieced, levels_of, pale_trace
from omr.shades import shaded
from omr.through import lines_of_names

#: A row's print must be found at least this surely, as a share of the page's median, before it is trusted.
ROW_PRINT_SEEN = 0.45
#: Likewise a name's own letters, of which it is the share that is as dark as print; on tuning pages clean
#: names have 0.79 of the median and more.
NAME_PRINT_SEEN = 0.6
#: Share of a box's printed edge that must be so dark, share of black: of 1,500 rows of tuning pages with
#: greys all have all of it, of 434 in black and white 3 less than half.
EDGE_SEEN, EDGE_DARK = 0.5, 0.3
#: Darkness of a streak, as a share of printed black, from which it could hide or feign a stroke; paler ones
#: are taken away and no more said. Just above the darkness of firm ink (`Thresholds.firm`).
STREAK_DARK = 0.25
#: Half dark pixels for each dark one, below which a scan has no greys: grey scans have 0.4 and more, 1-bit
#: scans none, and under 0.1 after JPEG.
HALF_TONES = 0.15
#: Share of its dark pixels that have none beside them, from which a scan without greys was dithered: dithered
#: pages have 0.33 and more, pages cut by one threshold 0.024 and less (102 tuning pages, 150 to 600 dpi).
LONE = 0.15
#: Contrast of a mark, share of black, below which a scan without greys may have lost other strokes of that
#: pen, a scribble over it or a line through the name: dithered, and by one threshold.
#: Of 1,900 plain rows of tuning pages 9 were paler that were not asked about anyway; at 0.277 a struck name
#: was read as a vote.
PALE_DITHERED, PALE_THRESHOLDED = 0.29, 0.42
#: A dithered mark of this contrast that is so many times as dark as the paper's grain is not pale: a strike
#: by that pen shows. Of 1,602 rows by pale pens at 300 to 600 dpi, half of them struck, one was read wrong
#: for it, at 8.9 times.
PALE_WITHOUT_GRAIN, PALE_OF_GRAIN = 0.25, 15.0
#: The same where the threshold left the mark in pieces, so that its contrast is that of its darkest parts: of
#: 921 plain rows 7 were so. Strikes of which nearly nothing was left stood beside marks of 0.43 to 0.46.
PALE_IN_PIECES = 0.55
#: The same where one threshold left scraps in another box of the row: the rest of a scribble, or of a second
#: mark. All four rows of 10,000 that were read wrong for it were paler, and 1 in 400 of the plain ones.
PALE_BESIDE_SCRAPS = 0.6
#: Share of the rows with ink of a scan without greys of which only scraps are left, or of all its rows that
#: have no mark, from which no row of it is trusted: the threshold may have taken the mark that was meant, or
#: left a dot of it, and the blot beside it is what remains.
LOST = 0.5
#: Stroke about a clean name, mm, or darkening of its gaps, share of black, alone or against the page's other
#: names, from which a line is sought there in a scan with greys, too: a pale pencil, a pen that skips.
TRACE_MM, TRACE_GAPS, TRACE_BEYOND = 1.0, 0.02, 0.012
#: Darkness of such a line beyond what the name's own letters make of one, share of black, from which somebody
#: looks: of 7,667 plain rows of tuning pages 7 are asked about for it, all of hostile scans; at 0.04, 28.
TRACE_LINE = 0.06
#: The same over a name without a trace of ink, where one, two, three or more of the page's names have such a
#: line, or are touched and their gaps no darker than FAINT_GAPS: by a plain stroke they are.
TRACE_LINES, FAINT_GAPS = (0.07, 0.06, 0.05, 0.045), 0.08
#: Darkness of the darkest line through a name, share of black, from which somebody looks: so much, and so
#: many times what the page's clean names have. On tuning pages without greys 1 plain row in 100 is asked
#: about for it; struck names that no stroke showed were read as votes 1 in 200 before, and half of them less.
LINE, LINE_OF_CLEAN = 0.08, 1.5
#: How much darker the gaps of a name are than those of the page's other names, share of black and in spreads
#: of theirs, that somebody looks in a scan without greys: 1 of 2,830 plain rows of tuning pages is.
GAPS_BEYOND, GAPS_SPREADS = 0.05, 2.5
#: Rows from which a page tells what is usual on it.
FEWEST_ROWS = 4


def doubted(rows: tuple[RowSeen, ...], page: RegisteredPage, limits: Thresholds) -> tuple[RowSeen, ...]:
    """The rows, with a reason where the scan as a whole makes one doubtful."""
    greys = has_greys(page)
    grain = page.ink.noise / page.ink.black if not greys and dithered(_table(page)) else 0.0
    pale = frozenset() if greys else _palely_marked(rows, limits, grain)
    traced = pale | _faintly_marked(rows, page, limits)
    names, boxes = shaded(page.ink, page.sheet.cells)
    lined = _lined(rows, page, greys=greys) | (frozenset() if greys else _darkened(rows))
    lined |= page.ruled | frozenset(np.flatnonzero(names).tolist())
    traced |= frozenset(i for i, row in enumerate(rows) if any(map(_is_shaded, row.cells, boxes[i].tolist())))
    unclear = _unclear(page).tolist()
    askew = _crossed_out(rows, page, limits)
    reasons = (
        row.reason
        or _doubt(page, i, faint=i in traced, lined=i in lined, unclear=unclear[i])
        or (Reason.STRAY_MARK if i in askew else None)
        for i, row in enumerate(rows)
    )
    return tuple(
        row if reason is row.reason else replace(row, reason=reason)
        for row, reason in zip(rows, reasons, strict=True)
    )


def _crossed_out(rows: tuple[RowSeen, ...], page: RegisteredPage, limits: Thresholds) -> frozenset[int]:
    """Indices of rows over which a long stroke runs askew; it leaves something in two rows at least."""
    odd = sum(row.name.state is not Name.CLEAN or any(cell.reason for cell in row.cells) for row in rows)
    if odd < FEWEST_CROSSED:
        return frozenset()
    return rows_crossed_out(page.ink, page.sheet.page, levels_of(page.ink, limits).firm)


def _is_shaded(cell: CellSeen, shaded: bool) -> bool:
    """Whether a box that seems unmarked was shaded. A blot is a mark anyway, and its own paper dark."""
    return shaded and cell.mark is not Mark.MARKED


def _unclear(page: RegisteredPage) -> np.ndarray:
    """(rows,) bool, where print is not seen: a row's rules, its texts, its name, an edge of one of its boxes.

    Something white may lie over it, a folded part of the sheet or a sticker, or the scanner left it out.
    """
    printed, ink = page.sheet.printed, page.ink
    names = np.where(printed.names.sizes > 0, share_dark(ink, printed.names), 1.0)
    seen = ink.dark.ravel()[printed.edges_at].max(axis=0) > int(EDGE_DARK * ink.black)
    edges = seen.mean(axis=-1).min(axis=-1)
    return np.asarray(
        ~page.grid.confirmed
        | (page.print_seen < ROW_PRINT_SEEN * median(page.print_seen.tolist()))
        | (names < NAME_PRINT_SEEN * median(names.tolist()))
        | (edges < EDGE_SEEN)
    )


def _doubt(page: RegisteredPage, i: int, *, faint: bool, lined: bool, unclear: bool) -> Reason | None:
    if _streaked(page, i):
        return Reason.STREAK
    if lined:
        return Reason.NAME_TOUCHED
    if faint:
        return Reason.FAINT_MARK
    return Reason.UNCLEAR_PRINT if unclear else None


def _lined(rows: tuple[RowSeen, ...], page: RegisteredPage, *, greys: bool) -> frozenset[int]:
    """Indices of rows through whose name a line seems to run that shows in no stroke.

    Looked for where strokes are easily lost: in a scan without greys, and over names with a trace of ink.
    """
    clean = np.array([row.name.state is Name.CLEAN for row in rows])
    if not greys:
        wanted = np.flatnonzero(clean)
        names, usual = _lines(wanted, page, of_print=1.0)
        return frozenset(wanted[names >= usual * LINE_OF_CLEAN + LINE].tolist())
    gaps = np.array([row.name.gaps for row in rows])
    dark = (gaps >= TRACE_GAPS) | (gaps - median(gaps.tolist()) >= TRACE_BEYOND)
    traced = np.flatnonzero(clean & (dark | [row.name.length_mm >= TRACE_MM for row in rows]))
    lined = frozenset(traced[_beyond_print(traced, page) >= TRACE_LINE].tolist())
    faint = sum(row.name.state is Name.TOUCHED and row.name.gaps < FAINT_GAPS for row in rows)
    return _lined_like(lined, faint, np.flatnonzero(clean), page) if faint or lined else lined


def _lined_like(lined: frozenset[int], faint: int, clean: np.ndarray, page: RegisteredPage) -> frozenset[int]:
    """The lined names, and those that look more like them the more of them there are.

    Who strikes out one name by a pale line strikes out others by it, perhaps all.

    Args:
        lined: indices of names through which a line seems to run.
        faint: how many names are faintly touched.
        clean: (n,) int, indices of names that are not touched.
        page: the page.
    """
    beyond = _beyond_print(clean, page)
    while True:
        least = TRACE_LINES[min(faint + len(lined), len(TRACE_LINES)) - 1]
        more = lined.union(clean[beyond >= least].tolist())
        if more == lined:
            return lined
        lined = more


def _beyond_print(wanted: np.ndarray, page: RegisteredPage) -> np.ndarray:
    """(n,) how much darker the darkest line over each of some rows' names is than its letters make it."""
    names, usual = _lines(wanted, page, page.sheet.lines.usual)
    result: np.ndarray = names - usual * page.sheet.lines.names[wanted]
    return result


def _lines(wanted: np.ndarray, page: RegisteredPage, of_print: float) -> tuple[np.ndarray, float]:
    """`omr.through.lines_of_names` of some rows, (n,) int; there may be none of them."""
    if not len(wanted):
        return np.zeros(0), 0.0
    sheet = page.sheet
    return lines_of_names(page.ink, sheet.printed, sheet.page, wanted.tolist(), of_print)


def _darkened(rows: tuple[RowSeen, ...]) -> frozenset[int]:
    """Indices of rows whose names have darker gaps than the page's others: something runs through them."""
    gaps = np.array([row.name.gaps for row in rows])
    if len(gaps) < FEWEST_ROWS:
        return frozenset()
    beyond = gaps - np.median(gaps)
    spread = 1.4826 * float(np.median(np.abs(beyond)))
    return frozenset(np.flatnonzero(beyond >= max(GAPS_BEYOND, GAPS_SPREADS * spread)).tolist())


def _faintly_marked(rows: tuple[RowSeen, ...], page: RegisteredPage, limits: Thresholds) -> frozenset[int]:
    """Indices of rows that seem empty but may not be: the scan has no greys, or a pale coloured pen shows."""
    empty = [i for i, row in enumerate(rows) if all(cell.mark is Mark.EMPTY for cell in row.cells)]
    if not empty or two_level(page.scan.grey):
        return frozenset(empty)
    ink = _darkest_ink(page)
    layout = page.sheet.page
    return frozenset(i for i in empty if ink and pale_trace(ink, layout, layout.rows[i], limits))


def has_greys(page: RegisteredPage) -> bool:
    """Whether a page was scanned in greys or colours, as its table shows."""
    return not two_level(_table(page))


def _table(page: RegisteredPage) -> np.ndarray:
    """The scan about the printed table: what lies around the sheet has dark without half dark in any scan."""
    table = page.sheet.page.table_mm
    corners = page.placement.to_scan([(x, y) for x in (table.x0, table.x1) for y in (table.y0, table.y1)])
    (x0, y0), (x1, y1) = (np.maximum(corners.min(axis=0), 0).astype(int), corners.max(axis=0).astype(int))
    return page.scan.grey[y0:y1, x0:x1]


def _palely_marked(rows: tuple[RowSeen, ...], limits: Thresholds, grain: float) -> frozenset[int]:
    """Indices of rows of a scan without greys whose mark is so pale that it may have lost others.

    Args:
        rows: the page's rows.
        limits: what counts as a mark in pieces.
        grain: noise of the paper of a dithered scan, share of black; 0 of one that was cut by a threshold.
    """
    if _is_lost(rows):
        return frozenset(range(len(rows)))
    return frozenset(i for i, row in enumerate(rows) if _is_pale(row, limits, grain))


def _is_lost(rows: tuple[RowSeen, ...]) -> bool:
    """Whether mostly scraps, or nothing, are left of what a page's pen wrote."""
    unmarked = sum(all(cell.mark is not Mark.MARKED for cell in row.cells) for row in rows)
    if len(rows) >= FEWEST_ROWS and unmarked > LOST * len(rows):
        return True
    inked = [row.cells for row in rows if any(cell.length_mm > 0 for cell in row.cells)]
    scraps = sum(
        any(cell.reason in {Reason.SMALL_MARK, Reason.FAINT_MARK} for cell in cells)
        and not any(cell.mark is Mark.MARKED for cell in cells)
        for cells in inked
    )
    return scraps > LOST * len(inked)


def _is_pale(row: RowSeen, limits: Thresholds, grain: float) -> bool:
    marks = [cell for cell in row.cells if cell.mark is Mark.MARKED]
    of_grain = float(np.clip(PALE_OF_GRAIN * grain, PALE_WITHOUT_GRAIN, PALE_DITHERED))
    least = of_grain if grain else PALE_THRESHOLDED
    if not grain and any(cell.mark is Mark.EMPTY and cell.length_mm > 0 for cell in row.cells):
        least = PALE_BESIDE_SCRAPS
    elif not grain and any(is_pieced(mark, limits) for mark in marks):
        least = PALE_IN_PIECES
    return any(mark.contrast < least for mark in marks)


def _darkest_ink(page: RegisteredPage) -> RowInk | None:
    """The rows' ink in the darkest of the three colours: a red pencil nearly vanishes in grey."""
    if page.scan.image.ndim == 2:
        return None
    blue, green, red = cv2.split(page.scan.image)
    darkest = np.asarray(cv2.min(cv2.min(blue, green), red))
    return see_ink(darkest, page.placement.paper_to_scan, page.sheet.page, page.grid, page.sheet.printed)


def _streaked(page: RegisteredPage, i: int) -> bool:
    """Whether a streak as dark as ink ran through one of the row's boxes: it could hide or feign a stroke."""
    layout = page.sheet.page
    if page.lines is not None and in_boxes(page.lines, layout, layout.rows[i]):
        return True
    dark = [s for s in page.streaks if s.depth.max() >= STREAK_DARK * page.ink.black]
    if not dark:
        return False
    for cell in layout.rows[i].cells:
        box = cell.box_mm
        corners = [(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]
        xs = page.placement.to_scan(corners)[:, 0]
        if any(xs.min() < (s.x0 + s.x1) / 2 < xs.max() for s in dark):
            return True
    return False


def two_level(grey: np.ndarray) -> bool:
    """Whether a scan is black and white only: a pencil may have been lost, so no row of it is surely empty.

    Letters and rules of a grey scan have as many half dark pixels at their edges as dark ones.
    """
    sample = np.ascontiguousarray(grey[::3, ::3])  # looked at twice
    dark = np.count_nonzero(sample < 80)
    half = np.count_nonzero(sample < 176) - dark
    return bool(half < HALF_TONES * dark)


def dithered(grey: np.ndarray) -> bool:
    """Whether a scan in black and white shows greys by dots: most of its dark pixels stand alone."""
    dark = (grey < 128).astype(np.uint8)
    beside = cv2.filter2D(dark, -1, np.array([(0, 1, 0), (1, 0, 1), (0, 1, 0)], np.uint8))
    return bool(np.count_nonzero(dark > beside) > LONE * np.count_nonzero(dark))
