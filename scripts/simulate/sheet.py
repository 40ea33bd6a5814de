"""One ballot page from print to scan, with the truth about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from layouts.model import Box, PageLayout, Row
from scripts.simulate.extras import extra_ink
from scripts.simulate.hand import Hand
from scripts.simulate.kinds import SPILLS, Extra, Kind, RowPlan, RowTruth, truth_of
from scripts.simulate.marks import row_ink
from scripts.simulate.paper import Image, laser_printed
from scripts.simulate.pen import Nib, Pen, draw
from scripts.simulate.scan_damage import jpeg_bytes
from scripts.simulate.scanner import lying, scan
from scripts.simulate.settings import Depth, Pass, Setting, pick
from scripts.simulate.stamp import Seal, SealKind, press, seal_for
from scripts.simulate.warp import Warp, inverted

_Dark: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What somebody is going to do to a page, and how it was sealed."""

    rows: tuple[RowPlan, ...] = ()
    extras: tuple[Extra, ...] = ()
    seal: SealKind = SealKind.RED


@dataclass(frozen=True, slots=True, eq=False)
class MarkedPage:
    """A page after the pen: the image in frame *paper*, and what is right for it."""

    image: Image
    rows: tuple[RowTruth, ...]
    extras: tuple[Extra, ...]
    seal: Seal | None


@dataclass(frozen=True, slots=True, eq=False)
class ScannedPage:
    """A scan and the truth about it.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        rows: the truth of every row of the page, in the page's order.
        to_paper: the exact warp, (N, 2) mm in the scan -> mm in frame *paper*.
    """

    image: Image
    page: int
    rows: tuple[RowTruth, ...]
    extras: tuple[Extra, ...]
    seal: SealKind
    happens: Pass
    to_paper: Warp

    def jpeg(self) -> bytes:
        """The scan as a JPEG file, of the quality of its pass (85 where that says none)."""
        colour = self.happens.depth is Depth.COLOUR
        return jpeg_bytes(self.image, self.happens.jpeg or 85, colour=colour)


def scan_of(  # noqa: PLR0913, PLR0917 - all that a scan depends on
    page: PageLayout,
    print_image: Image,
    plan: PagePlan,
    hand: Hand,
    setting: Setting | Pass,
    rng: np.random.Generator,
    back: Image | None = None,
) -> ScannedPage:
    """Print, mark, seal and scan one page. `print_image`: the page as rendered, any px/mm; stays as it is."""
    scale = print_image.shape[1] / page.size_mm[0]
    marked = mark_page(page, print_image, plan, hand, rng)
    return scan_marked(page, marked, setting, scale, rng, back)


def mark_page(
    page: PageLayout, print_image: Image, plan: PagePlan, hand: Hand, rng: np.random.Generator
) -> MarkedPage:
    """The page after printer, seal and pen. Rows without a plan are left alone: blank in the truth."""
    scale = print_image.shape[1] / page.size_mm[0]
    image = laser_printed(print_image, scale, rng)
    seal = seal_for(plan.seal, page, rng)
    press(image, seal, scale, rng)
    for row in plan.rows:
        lines = name_lines(print_image, page, row.number, scale)
        for ink in row_ink(row, page, lines, hand, rng):
            draw(image, ink.strokes, ink.pen, scale, rng)
    for extra in plan.extras:
        for ink in extra_ink(extra, page, hand, rng):
            draw(image, ink.strokes, ink.pen, scale, rng)
    return MarkedPage(image, page_truth(page, plan, hand.pen), plan.extras, seal)


def scan_marked(  # noqa: PLR0913, PLR0917 - all that a scan depends on
    page: PageLayout,
    marked: MarkedPage,
    setting: Setting | Pass,
    scale: float,
    rng: np.random.Generator,
    back: Image | None = None,
) -> ScannedPage:
    """One more scan of a page that was marked before: the same sheet, other dice."""
    happens = pick(setting, rng, page.size_mm) if isinstance(setting, Setting) else setting
    image, to_paper = scan(marked.image, happens, scale, rng, back)
    seal = marked.seal.kind if marked.seal else SealKind.NONE
    rows = tuple(
        _less_plain(truth, row, happens, page.size_mm)
        for truth, row in zip(marked.rows, page.rows, strict=True)
    )
    return ScannedPage(image, page.page, rows, marked.extras, seal, happens, to_paper)


def page_truth(page: PageLayout, plan: PagePlan, pen: Pen | None = None) -> tuple[RowTruth, ...]:
    """The truth of every row of a page filled in as planned. Nothing that a dry pen leaves is plain."""
    plans = {row.number: row for row in plan.rows}
    disturbed = _disturbed(page, plan)
    dry = frozenset(plans) if pen is not None and pen.nib is Nib.DRY else frozenset()
    return tuple(
        truth_of(plans.get(row.number, _blank(row.number)), disturbed=row.number in disturbed | dry)
        for row in page.rows
    )


def _less_plain(truth: RowTruth, row: Row, happens: Pass, size_mm: tuple[float, float]) -> RowTruth:
    """The truth of a row after its scan: no longer plain where a streak may run through one of its boxes."""
    if not happens.streaks_mm:
        return truth
    sheet_at, _size = lying(happens, size_mm)
    corners = [
        (x, y)
        for cell in row.cells
        for x in (cell.box_mm.x0, cell.box_mm.x1)
        for y in (cell.box_mm.y0, cell.box_mm.y1)
    ]
    middle = np.array(size_mm) / 2
    printed = (np.array(corners) - middle) * happens.print_scale + middle
    across = inverted(sheet_at, printed)[:, 0]
    hit = any(across.min() - 0.5 < at < across.max() + 0.5 for at in happens.streaks_mm)
    return replace(truth, plain=truth.plain and not hit)


def name_lines(print_image: Image, page: PageLayout, number: int, scale: float) -> tuple[Box, ...]:
    """The printed lines of one person's name, mm: from the print itself, so that a strike hits the letters.

    A line is as high as its small letters, without accents and tails.
    """
    cell = next(row.name_mm for row in page.rows if row.number == number).grown(-0.7)
    x0, y0, x1, y1 = (round(side * scale) for side in (cell.x0, cell.y0, cell.x1, cell.y1))
    dark = print_image[y0:y1, x0:x1, 1] < 140
    lines = [_line(dark, top, bottom, scale, cell) for top, bottom in _bands(dark, scale)]
    middle = cell.center[1]
    return tuple(lines) or (Box(cell.x0 + 1, middle - 1.5, cell.x1 - 1, middle + 1.5),)


def _bands(dark: _Dark, scale: float) -> list[tuple[int, int]]:
    """First and last pixel row of each line of letters."""
    return [
        band
        for band in _runs(np.flatnonzero(dark.any(axis=1)), round(0.3 * scale))
        if band[1] - band[0] > 1.5 * scale
    ]


def _line(dark: _Dark, top: int, bottom: int, scale: float, cell: Box) -> Box:
    band = dark[top : bottom + 1]
    columns = np.flatnonzero(band.any(axis=0))
    weight = band.sum(axis=1)
    body = top + np.flatnonzero(weight > 0.4 * weight.max())
    return Box(
        cell.x0 + columns[0] / scale,
        cell.y0 + body[0] / scale,
        cell.x0 + columns[-1] / scale,
        cell.y0 + body[-1] / scale,
    )


def upside_down(happens: Pass) -> Pass:
    """The same pass with the sheet put in head down."""
    return replace(happens, turns=(happens.turns + 2) % 4)


def _runs(indices: np.ndarray[tuple[int], np.dtype[np.int64]], gap: int) -> list[tuple[int, int]]:
    """First and last of each run of indices that lie no more than `gap` apart."""
    if len(indices) == 0:
        return []
    breaks = np.flatnonzero(np.diff(indices) > gap)
    starts = np.concatenate([[0], breaks + 1])
    ends = np.concatenate([breaks, [len(indices) - 1]])
    return [(int(indices[start]), int(indices[end])) for start, end in zip(starts, ends, strict=True)]


def _blank(number: int) -> RowPlan:
    return RowPlan(number, Kind.BLANK)


def _disturbed(page: PageLayout, plan: PagePlan) -> frozenset[int]:
    """Numbers of rows that other ink may run into: a neighbour's mark, a name, a signature, a seal."""
    order = [row.number for row in page.rows]
    hit: set[int] = set()
    for row in plan.rows:
        if row.kind in SPILLS:
            hit.update(_around(order, order.index(row.number)))
    if Extra.WRITE_IN_BETWEEN in plan.extras:
        hit.update(order)
    if Extra.SIGNATURE_INTO_TABLE in plan.extras or Extra.WRITE_IN_BELOW in plan.extras:
        hit.update(order[-2:])
    if plan.seal is SealKind.OVER_TABLE:
        hit.update(row.number for row in page.rows if row.name_mm.y0 < page.table_mm.y0 + 35)
    return frozenset(hit)


def _around(order: Sequence[int], index: int) -> list[int]:
    return list(order[max(index - 1, 0) : index + 2])
