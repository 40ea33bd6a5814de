"""What a person added to the page: the straightened rows of the scan less everything that was printed.

The blank page is straightened by the same function onto the same places, thickened a little, and whatever
is dark under it is not counted: a printed line is never a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from layouts.model import Box, PageLayout, Row
from omr.grid import Grid, darker_than, paper_tone, row_pictures
from omr.halves import Reduced
from omr.percentiles import percentile, percentile_of, percentiles
from omr.places import Places

#: Half of the pixels just outside the thickened print are darker than this share of black: print has grown.
GAIN = 0.10
#: Times that what is taken away may grow, and by how many px each time (0.25 mm).
GROWN_MOST, GROW_PX = 2, 2
#: Resolution of the straightened rows, px/mm: that of the blank pages, and just above 200 dpi.
PX_PER_MM = 8.0
#: Room left and right of the table in that picture, mm: a mark beside its box, a note in the margin.
MARGIN_MM = 8.0
#: Room above the first and below the last row, mm: a mark's arm that leaves, a signature that enters.
BAND_MM = 4.0
#: The print is thickened by this much before it is taken away, mm: what registration leaves (0.1 mm),
#: dot gain of the printer and blur of the scanner.
THICKEN_MM = 0.25
#: Smoothing tried until the paper is quiet, standard deviations in px (0: a mean of 3 × 3 px). A clean scan
#: needs none; grey paper dithered to black and white at 150 dpi needs the last.
SMOOTHING = (0.0, 1.5, 2.5, 4.0)
#: The paper is quiet when its noise is below this share of printed black.
QUIET = 0.035
#: How many rows off a page is tried to be, and how many pixels are looked up for each.
ROWS_OFF, RIVAL_SAMPLES = 3, 1500
#: Empty paper about a name is so far off its print, mm: beyond blur and toner, inside the smallest cell; and
#: every so many of its pixels are looked up (a prime: no column is favoured).
OFF_PRINT_MM, BARE_STEP = 0.5, 29
#: Pixels of printed letters looked up in a row, or a name, to see that its print is there.
LETTER_SAMPLES = 400
#: Likewise places along each edge of a box; and so far off its place it may lie, px.
EDGE_SAMPLES, EDGE_OFF_PX = 16, 4


@dataclass(frozen=True, slots=True)
class Text:
    """A printed text: its cell in the rows' picture (x0, y0, x1, y1), and how many px of it are printed."""

    cell: tuple[int, int, int, int]
    letters: int


@dataclass(frozen=True, slots=True, eq=False)
class Print:
    """The printed rows of one page, ready to be taken away from scans.

    Attributes:
        fringes_at: flat indices of some pixels just outside the print, thickened once, twice, thrice.
        black_at: flat indices of some pixels where the blank is solid black: the scan's measure of black.
        keep: (H, W) uint8, 0 where print lies, thickened; 255 elsewhere.
        text: (H, W) bool, printed letters of names and positions, not thickened; no rules.
        names: for every row, pixels in the middle of its name's printed letters.
        edges_at: (2 * EDGE_OFF_PX + 1, rows, edges, k) flat indices of places along the printed edges of each
            row's boxes, and so far to either side of them.
        rows_px: (n + 1,) int, first pixel row of every row, and the end of the last.
        letters: for every row, pixels in the middle of its printed letters.
        number_texts, name_texts, position_texts: those of every row.
        between: for every row, all of its `gaps` and `gaps_beside`.
        own, rivals: for every way of being some rows off, pixels that are printed only if the rows are where
            they should be, and pixels that are printed only if they are not.
        gaps: for every row, and every printed line of its name, flat indices of pixels between the letters at
            their small letters' height: where a stroke through the name must show; and
        paper_at: (cells, k) flat indices of pixels inside every mark box.
        gaps_beside: the same of its position, which nobody strikes out: what gaps are like in this scan.
        lines, lines_beside: the same, line by line without regard to rows.
        bare, bare_beside: for every row, pixels of empty paper about its name and about its position.
        spills, spills_beside: mean of `blurred` over each line's gaps, 0 to 255; 0 where it has none.
        blurred: (H, W) uint8, darkness of the blank through a blur of 0.25 mm: how letters spill into gaps.
    """

    black_at: np.ndarray
    fringes_at: tuple[np.ndarray, ...]
    keep: np.ndarray
    text: np.ndarray
    rows_px: np.ndarray
    letters: Places
    names: Places
    edges_at: np.ndarray
    number_texts: tuple[Text, ...]
    name_texts: tuple[Text, ...]
    position_texts: tuple[Text, ...]
    between: Places
    own: Places
    rivals: Places
    gaps: tuple[tuple[np.ndarray, ...], ...]
    gaps_beside: tuple[tuple[np.ndarray, ...], ...]
    lines: Places
    lines_beside: Places
    bare: Places
    bare_beside: Places
    paper_at: np.ndarray
    spills: tuple[tuple[float, ...], ...]
    spills_beside: tuple[tuple[float, ...], ...]
    blurred: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class RowInk:
    """The rows of one scanned page as ink.

    Frame: pixel (0, 0) is the paper at (table left - MARGIN_MM, first row's upper rule - BAND_MM), PX_PER_MM.

    Attributes:
        picture: (H, W) uint8, the straightened rows, as scanned.
        tone: how light its paper is (`omr.grid.paper_tone`).
        dark: (H, W) uint8, darkness against the paper around, slightly smoothed, print included.
        pen: the same, 0 where print lies.
        black: darkness of solid print in this scan, 1 to 255.
        floor: darkness of empty paper (median), and
        noise: its spread (one standard deviation), same unit.
        grown: by how many steps of GROW_PX print is thicker than on the blank page.
    """

    picture: np.ndarray
    tone: Reduced
    dark: np.ndarray
    pen: np.ndarray
    black: float
    floor: float
    noise: float
    grown: int


def prepare_print(blank: np.ndarray, px_per_mm: float, page: PageLayout) -> Print:
    """The print of a page's rows, from its blank picture (grey, (0, 0) at the paper's corner)."""
    to_blank = np.array([(px_per_mm, 0, -0.5), (0, px_per_mm, -0.5), (0, 0, 1)])
    picture = row_pictures(blank, to_blank, page, as_printed(len(page.rows)), PX_PER_MM, (MARGIN_MM, BAND_MM))
    dark = 255 - picture
    black_at = np.flatnonzero(cv2.erode(dark, np.ones((3, 3), np.uint8)) > 170)[::7]
    reach = 2 * round(THICKEN_MM * PX_PER_MM) + 1
    thick = cv2.dilate(dark, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    ys = [page.rows[0].cells[0].box_mm.y0, *(row.cells[0].box_mm.y1 for row in page.rows)]
    rows_px = np.round((np.array(ys) - ys[0] + BAND_MM) * PX_PER_MM).astype(int)
    text = _text(dark > 110, page)
    letters = text & (dark > 200)
    keep = thick <= 50
    blurred = cv2.GaussianBlur(dark, (0, 0), 0.25 * PX_PER_MM)
    gaps = _gaps(dark, text, page, (row.name_mm for row in page.rows))
    gaps_beside = _gaps(dark, text, page, (row.position_mm for row in page.rows))
    own, rivals = _rivals(text, rows_px)
    return Print(
        black_at=black_at,
        fringes_at=_fringes(keep),
        keep=np.where(keep, 255, 0).astype(np.uint8),
        text=text,
        rows_px=rows_px,
        letters=Places.of([_sampled(letters, (0, a, text.shape[1], b)) for a, b in pairwise(rows_px)]),
        names=Places.of([_sampled(letters, to_px(page, row.name_mm.as_tuple())) for row in page.rows]),
        edges_at=_edges_at(page, dark.shape),
        number_texts=_texts(text, page, (number_mm(page, row) for row in page.rows)),
        name_texts=_texts(text, page, (row.name_mm for row in page.rows)),
        position_texts=_texts(text, page, (row.position_mm for row in page.rows)),
        between=Places.of(
            [np.concatenate([np.zeros(0, int), *a, *b]) for a, b in zip(gaps, gaps_beside, strict=True)]
        ),
        own=own,
        rivals=rivals,
        gaps=gaps,
        gaps_beside=gaps_beside,
        lines=Places.of([line for lines in gaps for line in lines]),
        lines_beside=Places.of([line for lines in gaps_beside for line in lines]),
        spills=_means(blurred, gaps),
        spills_beside=_means(blurred, gaps_beside),
        bare=_bare(keep, page, (row.name_mm for row in page.rows)),
        bare_beside=_bare(keep, page, (row.position_mm for row in page.rows)),
        paper_at=_paper_at(page, dark.shape[1]),
        blurred=blurred,
    )


def _texts(text: np.ndarray, page: PageLayout, boxes: Iterable[Box]) -> tuple[Text, ...]:
    cells = (to_px(page, box.as_tuple()) for box in boxes)
    return tuple(
        Text((x0, y0, x1, y1), int(np.count_nonzero(text[y0:y1, x0:x1]))) for x0, y0, x1, y1 in cells
    )


def _fringes(keep: np.ndarray) -> tuple[np.ndarray, ...]:
    fringes, left = [], keep.astype(np.uint8)
    for _ in range(GROWN_MOST):
        inner = np.asarray(cv2.erode(left, np.ones((3, 3), np.uint8)))
        fringes.append(np.flatnonzero(left > inner)[::11])
        left = np.asarray(cv2.erode(left, np.ones((2 * GROW_PX + 1, 2 * GROW_PX + 1), np.uint8)), np.uint8)
    return tuple(fringes)


def _gaps(
    dark: np.ndarray, text: np.ndarray, page: PageLayout, boxes: Iterable[Box]
) -> tuple[tuple[np.ndarray, ...], ...]:
    gaps = []
    for box in boxes:
        x0, y0, x1, y1 = to_px(page, box.grown(-0.4).as_tuple())
        letters = text[y0:y1, x0:x1]
        lines = []
        for line in text_lines(letters):
            columns = np.flatnonzero(letters[line].any(axis=0))
            waist = waist_of(letters, line)
            top, left = y0 + waist.start, x0 + int(columns[0])
            pale = dark[top : y0 + waist.stop, left : x0 + int(columns[-1]) + 1] < 50
            ys, xs = np.nonzero(pale)
            lines.append((ys + top) * dark.shape[1] + xs + left)
        gaps.append(tuple(lines))
    return tuple(gaps)


def _means(picture: np.ndarray, places: tuple[tuple[np.ndarray, ...], ...]) -> tuple[tuple[float, ...], ...]:
    flat = picture.ravel()
    return tuple(tuple(float(flat[at].mean()) if len(at) else 0.0 for at in lines) for lines in places)


def _bare(keep: np.ndarray, page: PageLayout, boxes: Iterable[Box]) -> Places:
    """Pixels of each box that lie well off all print."""
    reach = 2 * round(OFF_PRINT_MM * PX_PER_MM) + 1
    off = cv2.erode(keep.astype(np.uint8), np.ones((reach, reach), np.uint8))
    bare = []
    for box in boxes:
        x0, y0, x1, y1 = to_px(page, box.grown(-OFF_PRINT_MM).as_tuple())
        ys, xs = np.nonzero(off[y0:y1, x0:x1])
        bare.append(((ys + y0) * off.shape[1] + xs + x0)[::BARE_STEP])
    return Places.of(bare)


def _paper_at(page: PageLayout, width: int) -> np.ndarray:
    """The same number of places in every mark box, spread over its inside."""
    places = []
    for cell in (cell for row in page.rows for cell in row.cells):
        x0, y0, x1, y1 = to_px(page, cell.box_mm.grown(-1.0).as_tuple())
        xs, ys = np.linspace(x0, x1 - 1, 18).astype(int), np.linspace(y0, y1 - 1, 12).astype(int)
        places.append((ys[:, None] * width + xs[None, :]).ravel())
    return np.array(places)


def text_lines(text: np.ndarray) -> list[slice]:
    """Pixel rows of each printed line of a text (bool picture)."""
    filled = np.flatnonzero(np.diff(np.concatenate([[0], text.any(axis=1).astype(int), [0]])))
    merged: list[tuple[int, int]] = []
    for start, end in zip(filled[::2], filled[1::2], strict=True):
        # Tone marks above their letters are not a line of their own.
        if merged and start - merged[-1][1] < 0.5 * PX_PER_MM and end - merged[-1][0] < 6 * PX_PER_MM:
            merged[-1] = (merged[-1][0], int(end))
        else:
            merged.append((int(start), int(end)))
    return [slice(a, b) for a, b in merged if b - a >= 1.2 * PX_PER_MM]


def waist_of(text: np.ndarray, line: slice) -> slice:
    """The height of a line's small letters (x-height): a stroke above or below it does not cross the name."""
    filled = text[line].sum(axis=1)
    tall = np.flatnonzero(filled >= 0.45 * filled.max())
    return slice(line.start + int(tall[0]), line.start + int(tall[-1]) + 1)


def _sampled(letters: np.ndarray, place: tuple[int, int, int, int]) -> np.ndarray:
    """Flat indices of some LETTER_SAMPLES printed pixels of a place (x0, y0, x1, y1 px)."""
    x0, y0, x1, y1 = place
    ys, xs = np.nonzero(letters[y0:y1, x0:x1])
    at = (ys + y0) * letters.shape[1] + xs + x0
    sample: np.ndarray = at[:: max(1, len(at) // LETTER_SAMPLES)]
    return sample


def _edges_at(page: PageLayout, shape: tuple[int, ...]) -> np.ndarray:
    rows = [[place for cell in row.cells for place in _edges(page, cell.box_mm)] for row in page.rows]
    xs, ys = (np.array([[place[axis] for place in row] for row in rows]) for axis in (0, 1))
    at = np.clip(ys, 0, shape[0] - 1) * shape[1] + np.clip(xs, 0, shape[1] - 1)
    return np.ascontiguousarray(np.moveaxis(at, -1, 0))


def _edges(page: PageLayout, box: Box) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The x and y, (k, offs) px, of places along each edge of a box, not at its ends where others meet."""
    x0, y0, x1, y1 = to_px(page, box.as_tuple())
    off = np.arange(-EDGE_OFF_PX, EDGE_OFF_PX + 1)[None, :]
    share = np.linspace(0.15, 0.85, EDGE_SAMPLES)[:, None]
    along_x, along_y = (np.round(a + share * (b - a)).astype(int) for a, b in ((x0, x1), (y0, y1)))
    for y in (y0, y1):
        yield along_x + 0 * off, y + off + 0 * along_x
    for x in (x0, x1):
        yield x + off + 0 * along_y, along_y + 0 * off


def as_printed(rows: int) -> Grid:
    """The grid of a blank page: every rule lies in its place."""
    still = np.zeros((rows, 3))
    return Grid(still, still, still, 0.0, np.ones(rows, bool), 0.0, 1.0)


def _rivals(text: np.ndarray, rows_px: np.ndarray) -> tuple[Places, Places]:
    rivals = []
    for off in (off for away in range(1, ROWS_OFF + 1) for off in (-away, away)):
        own, other = np.zeros_like(text), np.zeros_like(text)
        for i in range(max(0, -off), min(len(rows_px) - 1, len(rows_px) - 1 - off)):
            (a, b), (c, d) = rows_px[i : i + 2], rows_px[i + off : i + off + 2]
            if abs((b - a) - (d - c)) <= 4:  # rows of other heights are told apart by their rules
                height = min(b - a, d - c)
                here, there = text[a : a + height], text[c : c + height]
                own[a : a + height], other[a : a + height] = here & ~there, there & ~here
        pair = tuple(np.flatnonzero(m)[:: max(1, int(m.sum()) // RIVAL_SAMPLES)] for m in (own, other))
        if min(len(places) for places in pair) >= RIVAL_SAMPLES // 10:
            rivals.append((pair[0], pair[1]))
    return Places.of([own for own, _ in rivals]), Places.of([other for _, other in rivals])


def _text(dark: np.ndarray, page: PageLayout) -> np.ndarray:
    text = np.zeros_like(dark)
    for row in page.rows:
        for box in (number_mm(page, row), row.name_mm, row.position_mm):
            x0, y0, x1, y1 = to_px(page, box.grown(-0.4).as_tuple())
            text[y0:y1, x0:x1] = dark[y0:y1, x0:x1]
    return text


def number_mm(page: PageLayout, row: Row) -> Box:
    """The cell of a row's number, mm."""
    return replace(row.name_mm, x0=page.table_mm.x0, x1=row.name_mm.x0)


def to_px(page: PageLayout, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    """A box on paper, mm, as whole pixels (x0, y0, x1, y1) of the rows' picture, cut at its edges."""
    left, top = page.table_mm.x0 - MARGIN_MM, page.rows[0].cells[0].box_mm.y0 - BAND_MM
    right, bottom = page.table_mm.x1 + MARGIN_MM, page.rows[-1].cells[0].box_mm.y1 + BAND_MM
    x0, y0, x1, y1 = box
    return _px(x0, left, right), _px(y0, top, bottom), _px(x1, left, right), _px(y1, top, bottom)


def _px(at: float, low: float, high: float) -> int:
    return round((min(max(at, low), high) - low) * PX_PER_MM)


def see_ink(
    grey: np.ndarray, paper_to_scan: np.ndarray, page: PageLayout, grid: Grid, printed: Print
) -> RowInk:
    """Straightens the rows of a scan onto their print and takes the print away."""
    picture = row_pictures(grey, paper_to_scan, page, grid, PX_PER_MM, (MARGIN_MM, BAND_MM))
    tone = paper_tone(picture, PX_PER_MM)
    raw = darker_than(tone, picture)
    dark, keep, floor, noise, black = _quieted(raw, printed)
    grown = _growth(dark, printed, floor + GAIN * black)
    if grown:
        reach = 2 * GROW_PX * grown + 1
        keep = cv2.erode(keep, np.ones((reach, reach), np.uint8))
    return RowInk(picture, tone, dark, cv2.bitwise_and(dark, keep), black, floor, noise, grown)


def _quieted(raw: np.ndarray, printed: Print) -> tuple[np.ndarray, np.ndarray, float, float, float]:
    """Darkness, what to keep of it, its floor, noise and black: smoothed no more than makes the paper quiet.

    Nor more than does any good: print that shows through from the back is broad, and smoothing pales
    letters and strokes sooner than it.
    """
    best = _tried(raw, printed, SMOOTHING[0])
    for sigma in SMOOTHING[1:]:
        if best[3] <= QUIET * best[4]:
            break
        tried = _tried(raw, printed, sigma)
        if tried[3] / tried[4] > best[3] / best[4]:
            break
        best = tried
    return best


def _tried(
    raw: np.ndarray, printed: Print, sigma: float
) -> tuple[np.ndarray, np.ndarray, float, float, float]:
    dark, keep = _smoothed(raw, printed.keep, sigma)
    black = max(percentile(dark.ravel()[printed.black_at], 60), 1.0)
    return dark, keep, *_paper(dark, printed), black


def _growth(dark: np.ndarray, printed: Print, level: float) -> int:
    """Steps that print grew by (a scanner's low threshold, a printer's thick toner)."""
    flat, grown = dark.ravel(), 0
    while grown < len(printed.fringes_at) and percentile(flat[printed.fringes_at[grown]], 50) >= level:
        grown += 1
    return grown


def _smoothed(raw: np.ndarray, keep: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Darkness smoothed over noise; what is taken away as print grows as far as its blur does."""
    if sigma == 0:
        return cv2.blur(raw, (3, 3)), keep
    reach = 2 * round(sigma) + 1
    return cv2.GaussianBlur(raw, (0, 0), sigma), cv2.erode(keep, np.ones((reach, reach), np.uint8))


def _paper(dark: np.ndarray, printed: Print) -> tuple[float, float]:
    """Median darkness of empty paper and its spread (one standard deviation).

    Measured box by box, and the quarter of them with the least of it taken: most boxes are empty. Darkness
    ends at 0, so only the darker half of the noise is there to be measured; its tail counts too, because a
    dithered grey is mostly white.
    """
    median, upper, tail = percentiles(dark.ravel()[printed.paper_at], (50, 84, 97.5))
    spread = np.maximum(upper - median, (tail - median) / 2)
    return percentile_of(median, 25), max(percentile_of(spread, 25), 0.7)
