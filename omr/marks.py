"""Turns strokes into marks: the state of every box, with the evidence for it.

Ink is measured in millimetres of stroke, not as a share of the box: a thin X in a large box covers 4 % of it
and is a vote; paper noise over a box is not. There are two thresholds, with people between them. A stroke
belongs to the box that holds most of it: an X whose arm runs into the row above is one mark, not two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import hypot
from operator import attrgetter
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from layouts.model import Cell, PageLayout, Row
from omr.ends import count_ends
from omr.evidence import CellSeen, Mark, Reason, RowSeen
from omr.ink import PX_PER_MM, Print, RowInk, to_px
from omr.names import NameLimits, see_names
from omr.strokes import (
    FRINGE_MM,
    MIDDLE,
    Belonging,
    Levels,
    Stroke,
    Strokes,
    components,
    extents,
    find_strokes,
    strip_left,
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lines between nothing, doubt and certainty. Moving one changes results: rerun scripts/accuracy.py.

    The lengths were chosen on the tuning writers of ../shared/marks: the shortest honest mark there, at the
    smallest size people use (4 mm), has 4.0 mm of stroke; the longest dot 2.1 mm.
    """

    #: Firm stroke in one box from which nobody argues, mm.
    marked_mm: float = 3.8
    #: Firm stroke below which nobody looks, mm.
    doubtful_mm: float = 0.9
    #: A few dots of at most this length and extent each are let pass beside a plain mark in the same row, mm:
    #: alone in its row a dot may be somebody's mark, beside an X it is dirt or where the pen was put down.
    #: More dots than three have more stroke than so many times their largest's extent.
    dot_mm: float = 2.6
    dots: float = 3.5
    dot_extent_mm: float = 1.4
    #: One speck alone is let pass up to this extent, mm: dirt of 0.6 mm, as 150 dpi show it.
    speck_mm: float = 1.55
    #: Pale specks that lie so many times as wide apart as the largest of them is, and that are paler than
    #: this share of a plain mark in the same row, are the paper's (dither, a shadow's edge), no second mark;
    #: if that many other unmarked boxes, up to so many rows away, have at least this share of such ink, too.
    strewn: float = 4.0
    strewn_boxes: int = 2
    strewn_rows: int = 4
    strewn_alike: float = 0.3
    strewn_paler: float = 0.5
    #: A pen that leaves more than this share of a page's marks in pieces, their largest less than so much of
    #: the mark, leaves of another mark perhaps two dots: beside such marks none is let pass. Of the tuning
    #: pages' dry pens three in four do, of 955 other pens of office and poor scans none.
    pieced: float = 0.5
    one_piece: float = 0.93
    #: Nor are dots that have so much stroke together, mm, and lie so many times as wide apart as the largest
    #: of them is, beside a mark in pieces, whatever the page's others: a pen that skips.
    apart_mm: float = 1.5
    apart: float = 2.0
    #: Pale stroke from which somebody looks, mm.
    pale_mm: float = 2.4
    #: Smallest extent (diagonal) of a plain mark, mm.
    extent_mm: float = 2.6
    #: Smallest extent of a plain mark's largest piece, mm: specks of dirt do not add up to a vote.
    piece_mm: float = 1.6
    #: Darkness of firm and of pale ink, as a share of printed black.
    firm: float = 0.22
    pale: float = 0.10
    #: Ink as dark as this share of printed black is firm, however noisy the paper is that shows paler ink,
    #: too: a dither's grain is no doubt about a mark.
    firm_most: float = 0.5
    #: The same in standard deviations of the paper's noise, whichever is more.
    firm_sigma: float = 7.0
    pale_sigma: float = 4.5
    #: Pale ink's level, as a share of printed black, from which a page is too noisy for an empty row.
    noisy: float = 0.22
    #: A harder look at rows that seem empty: darkness of a trace of ink, as a share of printed black and in
    #: spreads of the box's own paper, after smoothing; and its least extent, mm.
    trace: float = 0.05
    trace_sigma: float = 5.0
    trace_mm: float = 3.0
    #: When a stroke belongs to one box.
    belongs: Belonging = field(default_factory=lambda: Belonging(home=0.70, aside=0.07))
    #: Stroke in the middle of a box, running in from another's, from which somebody looks, mm.
    intruding_mm: float = 1.2
    #: Stroke per extent above which a mark beside another is no plain line mark: an X has 2.0 to 2.4, a
    #: circle 2.2, a scribble 4 and more.
    dense: float = 2.7
    #: A mark paler than this share of the darkest beside it in its row is no plain second mark.
    paler: float = 0.8
    #: Nor is one whose strokes are so much thicker than another's in its row.
    thicker: float = 1.2
    #: Nor is one that has so many times the stroke of another in its row, or so many times as much of it for
    #: its extent: a mark crossed out by a line or two. X's of one hand differ by less, nine in ten of them.
    longer: float = 1.6
    denser: float = 1.2
    #: Nor is one drawn with a pen from this width on, mm: whether a blot of it is an X or an X blotted out,
    #: nobody can measure; nor one of which the largest piece is less than this share of it.
    wide_mm: float = 1.8
    whole: float = 0.6
    #: Nor one that is a single line of so much length per extent and from this extent on, mm: the rim of a
    #: stain, a fold. An X has 2.0.
    line: float = 1.35
    line_mm: float = 8.0
    #: A mark paler than this share of what most marks of its page have is perhaps no stroke of their pen but
    #: the rim of a stain; where so many marks tell. Of 742 plain rows of tuning pages none had one, and one
    #: row that was marked faintly on purpose.
    pen_paler: float = 0.5
    pen_marks: int = 4
    #: A mark whose largest piece is less than this share of its extent is crumbs: dirt, or what a threshold
    #: left of a pen. Of a mark paler than `crumbs_pale` the second share is looked at.
    crumbs: float = 0.45
    crumbs_of_pale: float = 0.5
    crumbs_pale: float = 0.3
    #: A line as narrow as this, mm, over this share of its box's height is a streak or a fold before it is a
    #: mark.
    narrow_mm: float = 1.0
    upright: float = 0.75
    names: NameLimits = field(default_factory=NameLimits)


#: Smoothing of the harder look, px.
TRACE_BLUR_PX = 2.0
#: A mark this near to its box's edge reaches it, mm: print is taken away up to 0.5 mm from the rule's middle.
MEETING_MM = 0.9
#: Likewise of a scrap that may be the tip of the mark beside it: smoothing takes more away about a rule.
TIP_MM = 1.5
#: Stroke in the middle of its box that a mark has which is no arm of its neighbour's, mm.
CORE_MM = 0.8
#: Share of a row's height in which half of a mark that is drawn over the rule has its middle.
OUTER = MIDDLE[0]
#: Longest scrap of a neighbour's mark, mm.
ARM_MM = 3.2
#: A mark at a rule between two boxes, and so many times its size away from its box's other side, may be half
#: of one drawn over that rule: if its largest piece is less than this share of it (the rule parts its arms),
#: if it is no wider than this share of its height, or if ink of such extent, mm, is in the other box.
ASIDE, HALVED, NARROW, BEYOND_MM = 1.2, 0.75, 0.6, 1.4
#: A single line of the last row that ends so near the table's lower edge, mm, may come up from a signature,
#: where there is so much stroke just below the table, mm.
TAIL_MM, SIGNED_MM = 2.5, 2.0
#: Ink of this extent elsewhere in a row without marks was perhaps meant for one of its boxes, mm.
ASTRAY_MM = 2.5
#: A single line over more than half of its box's width, and no higher than this share of that, may be the rim
#: of a stain, or the lower end of a ring around the row above.
RIM_MM, RIM_FLAT, RIM_LINE = 10.0, 0.25, 1.35


def see_rows(ink: RowInk, printed: Print, page: PageLayout, limits: Thresholds) -> tuple[RowSeen, ...]:
    """The rows of a page as seen, in the layout's order."""
    levels = _capped(levels_of(ink, limits), ink, limits)
    strokes, washed = find_strokes(ink, printed, page, levels, limits.belongs)
    rows = _undotted(_cells(strokes, washed, page, limits), limits)
    rows = _compared(_of_one_pen(rows, limits), limits)
    rows = [_counted(row, place, ink, page, levels) for row, place in zip(rows, page.rows, strict=True)]
    beside = _beside(strokes)
    names = see_names(ink, printed, page, partial(levels_of, limits=limits), limits.names)
    noisy = levels.pale - ink.floor > limits.noisy * ink.black
    skirted = strokes.skirting[1:-1] >= limits.pale_mm
    return tuple(
        RowSeen(
            row.number,
            cells,
            name,
            _row_reason(
                cells,
                float(mm),
                limits,
                unclear=noisy or bool(along) or (_empty(cells) and pale_trace(ink, page, row, limits)),
                astray=_empty(cells) and _is_astray(ink, page, row, levels),
            ),
        )
        for row, cells, name, mm, along in zip(page.rows, rows, names, beside, skirted, strict=True)
    )


def levels_of(ink: RowInk, limits: Thresholds) -> Levels:
    """What counts as pale and as firm ink on this page: by its own print and its own noise."""
    pale = ink.floor + max(limits.pale * ink.black, limits.pale_sigma * ink.noise)
    firm = ink.floor + max(limits.firm * ink.black, limits.firm_sigma * ink.noise)
    return Levels(pale, firm)


def _capped(levels: Levels, ink: RowInk, limits: Thresholds) -> Levels:
    """The levels, where ink half as dark as print would not be firm. Not on paper that hides such ink."""
    most = ink.floor + limits.firm_most * ink.black
    return replace(levels, firm=min(levels.firm, most)) if levels.pale < most else levels


def _cells(
    strokes: Strokes, washed: np.ndarray, page: PageLayout, limits: Thresholds
) -> list[tuple[CellSeen, ...]]:
    places = washed.size
    home, settled = strokes.home, strokes.settled(limits.belongs)
    core = strokes.core.reshape(len(home), places)
    share = strokes.share.reshape(len(home), places)
    # Another box's stroke counts where it reaches the middle; a stroke that is nobody's, wherever it runs.
    foreign = (strokes.length * strokes.firm)[:, None] * np.where(settled[:, None], core, share)
    foreign[settled, home[settled]] = 0.0
    intruding = foreign.sum(axis=0).tolist()
    at_home: defaultdict[int, list[Stroke]] = defaultdict(list)
    for place, settles, stroke in zip(home.tolist(), settled.tolist(), strokes.each(), strict=True):
        if settles:
            at_home[place].append(stroke)
    left = strip_left(page)
    rows = []
    for i, row in enumerate(page.rows):
        seen, inside = [], []
        for j, cell in enumerate(row.cells):
            place = (i + 1) * washed.shape[1] + j + 1
            own = at_home[place]
            seen.append(_cell(cell, own, (intruding[place], float(washed[i + 1, j + 1])), limits))
            if not own:
                inside.append(_NOTHING)
                continue
            box = to_px(page, cell.box_mm.as_tuple())
            inside.append(_Inside.of(own, box, left, limits.dot_extent_mm))
        rows.append((seen, inside))
    below = float(strokes.length @ strokes.share[:, -1, 1:-1].sum(axis=1))
    return _without_arms(rows, below)


class _Inside(NamedTuple):
    """Where a box's own strokes lie, mm.

    Clear room to its left, upper, right and lower edge (infinite where there are none), the strokes' width
    and height, and their length in the middle of the box.
    """

    left: float = np.inf
    upper: float = np.inf
    right: float = np.inf
    lower: float = np.inf
    width: float = 0.0
    height: float = 0.0
    core: float = 0.0

    def keeps_to(self, side: int) -> bool:
        """Whether the middle of the strokes lies in the outer third at the upper (1) or lower (3) edge."""
        room = self.upper + self.height + self.lower
        middle = self.upper + self.height / 2
        return {1: middle < OUTER * room, 3: middle > (1 - OUTER) * room}.get(side, False)

    @classmethod
    def of(
        cls, own: Sequence[Stroke], cell: tuple[int, int, int, int], left_px: int, dot_mm: float
    ) -> _Inside:
        """From strokes in the mark columns; where they lie, dots do not say beside something larger."""
        x0, y0, x1, y1 = _around([stroke for stroke in own if stroke.extent > dot_mm] or own)
        x0, x1 = x0 + left_px, x1 + left_px
        left, upper, right, lower, width, height = (
            length / PX_PER_MM
            for length in (x0 - cell[0], y0 - cell[1], cell[2] - x1, cell[3] - y1, x1 - x0, y1 - y0)
        )
        return cls(left, upper, right, lower, width, height, sum(stroke.middle for stroke in own))


#: Of a box that has no strokes of its own.
_NOTHING = _Inside()
#: Cells of a page's rows, and where in each its strokes lie.
_Seen = list[tuple[list[CellSeen], list[_Inside]]]
#: The neighbour (row, column) beyond each of these edges.
_BEYOND = ((0, -1), (-1, 0), (0, 1), (1, 0))


def _without_arms(rows: _Seen, below_mm: float = 0.0) -> list[tuple[CellSeen, ...]]:
    """The cells, looked at together with their neighbours, and with the stroke just below the table.

    A scrap at a box's edge is the arm of the mark that reaches the same edge from the other side. Of several
    marks in a row, one that meets something at its box's edge may be part of that (its neighbour, a mark of
    the next row, a signature that comes up from below), and is no plain second mark.
    """
    judged = []
    for i, (cells, insides) in enumerate(rows):
        several = sum(cell.mark is Mark.MARKED for cell in cells) > 1
        row = []
        for j, cell in enumerate(cells):
            if insides[j] is _NOTHING:
                row.append(cell)  # of most cells there is nothing to ask
            elif _is_arm(rows, i, j):
                row.append(replace(cell, mark=Mark.EMPTY, reason=None))
            elif any(is_so(rows, i, j) for is_so in (_is_cut_off, _is_tip, _is_half, _is_rim)) or (
                below_mm >= SIGNED_MM and _is_tail(rows, i, j)
            ):
                row.append(replace(cell, mark=Mark.UNSURE, reason=Reason.STRAY_MARK))
            elif several and _meets(rows, i, j):
                row.append(replace(cell, scribbled=True))
            else:
                row.append(cell)
        judged.append(tuple(row))
    return judged


def _beyond(rows: _Seen, i: int, j: int, side: int) -> tuple[CellSeen, _Inside] | None:
    """The cell beyond an edge, if there is one."""
    y, x = i + _BEYOND[side][0], j + _BEYOND[side][1]
    return (rows[y][0][x], rows[y][1][x]) if 0 <= y < len(rows) and 0 <= x < len(rows[y][0]) else None


def _facing(rows: _Seen, i: int, j: int, side: int, reach_mm: float = MEETING_MM) -> CellSeen | None:
    """The cell beyond an edge that ink of this cell reaches, if ink of its own reaches that edge too."""
    beyond = _beyond(rows, i, j, side)
    if rows[i][1][j][side] >= reach_mm or beyond is None:
        return None
    return beyond[0] if beyond[1][(side + 2) % 4] < reach_mm else None


def _meets(rows: _Seen, i: int, j: int) -> bool:
    """Whether a cell's ink meets other ink at an edge, leaves its row, or meets the table's lower edge.

    Or keeps to the upper or lower edge: print is taken away there, and with it ink that runs along the rule
    to a mark of the next row.
    """
    inside = rows[i][1][j]
    signed = i == len(rows) - 1 and inside.lower < TIP_MM
    edge = min(inside.upper, inside.lower)
    leaves = edge < 0 or (edge < MEETING_MM and inside.core < CORE_MM)
    return signed or leaves or any(_facing(rows, i, j, side, TIP_MM) is not None for side in range(4))


def _is_tail(rows: _Seen, i: int, j: int) -> bool:
    """Whether a mark of the last row is a single line that goes on, perhaps, below the table."""
    cell = rows[i][0][j]
    line = cell.length_mm <= RIM_LINE * cell.extent_mm
    return i == len(rows) - 1 and cell.mark is Mark.MARKED and line and rows[i][1][j].lower < TAIL_MM


def _is_cut_off(rows: _Seen, i: int, j: int) -> bool:
    """Whether a mark meets another at the edge and keeps to it: perhaps its arm, or the other half of it."""
    inside = rows[i][1][j]
    return rows[i][0][j].mark is Mark.MARKED and any(
        _is_other_half(rows, i, j, side) if inside.keeps_to(side) else _is_other_arm(rows, i, j, side)
        for side in range(4)
    )


def _is_other_arm(rows: _Seen, i: int, j: int, side: int) -> bool:
    """Whether a mark that keeps out of the middle of its box meets a mark beyond an edge."""
    other = _facing(rows, i, j, side)
    return rows[i][1][j].core < CORE_MM and other is not None and other.length_mm > ARM_MM


def _is_other_half(rows: _Seen, i: int, j: int, side: int) -> bool:
    """Whether a mark that keeps to an edge meets a mark beyond it, or ink that is nobody's is there."""
    other, beyond = _facing(rows, i, j, side, TIP_MM), _beyond(rows, i, j, side)
    if other is not None and other.length_mm > ARM_MM:
        return True
    stray = beyond is not None and beyond[0].reason is Reason.STRAY_MARK
    return stray and rows[i][1][j][side] < TIP_MM


def _is_half(rows: _Seen, i: int, j: int) -> bool:
    """Whether a mark may be half of one drawn over the rule between two boxes."""
    (cells, insides), inside = rows[i], rows[i][1][j]
    if cells[j].mark is not Mark.MARKED:
        return False
    size = hypot(inside.width, inside.height)
    half = cells[j].piece_mm < HALVED * size or inside.width <= NARROW * inside.height
    for beyond, side in ((j - 1, 0), (j + 1, 2)):
        if not 0 <= beyond < len(insides) or inside[2 - side] < ASIDE * size:
            continue
        inked = cells[beyond].extent_mm > BEYOND_MM
        if inside[side] < MEETING_MM and (half or inked):
            return True
        if inked and _facing(rows, i, j, side, TIP_MM) is not None:
            return True
    return False


def _is_rim(rows: _Seen, i: int, j: int) -> bool:
    """Whether a mark is one flat line over most of its box's width."""
    cell, inside = rows[i][0][j], rows[i][1][j]
    flat = inside.width >= RIM_MM and inside.height <= RIM_FLAT * inside.width
    return cell.mark is Mark.MARKED and flat and cell.length_mm <= RIM_LINE * cell.extent_mm


def _is_tip(rows: _Seen, i: int, j: int) -> bool:
    """Whether a scrap meets the mark in the box beside it: no dirt, the mark is drawn over their rule."""
    cell = rows[i][0][j]
    if cell.mark is not Mark.UNSURE or cell.extent_mm > ARM_MM:
        return False
    facing = (_facing(rows, i, j, side, TIP_MM) for side in (0, 2))
    return any(other is not None and other.mark is Mark.MARKED for other in facing)


def _is_arm(rows: _Seen, i: int, j: int) -> bool:
    """Whether a scrap is the arm of a mark in the row above or below.

    One beyond an edge at the side is for people: a mark on the line between two boxes is either's.
    """
    cell = rows[i][0][j]
    if cell.reason is not Reason.SMALL_MARK or cell.extent_mm > ARM_MM:
        return False
    facing = (_facing(rows, i, j, side) for side in (1, 3))
    return any(other is not None and other.mark is Mark.MARKED for other in facing)


def _cell(place: Cell, own: Sequence[Stroke], alien_mm: tuple[float, float], limits: Thresholds) -> CellSeen:
    """One box: its own strokes, and firm and pale ink that runs into it from elsewhere, mm."""
    if not own:
        stray = alien_mm[0] >= limits.intruding_mm or alien_mm[1] >= limits.pale_mm
        mark, reason = (Mark.UNSURE, Reason.STRAY_MARK) if stray else (Mark.EMPTY, None)
        return CellSeen(place.choice, mark, reason, length_mm=round(max(alien_mm), 2))
    firm = [stroke for stroke in own if stroke.firm]
    firm_mm = sum(stroke.length for stroke in firm)
    total, inked = sum(stroke.length for stroke in own), sum(stroke.area for stroke in own)
    width, height = _extent(own)
    diagonal, piece = hypot(width, height), _largest(own)
    seen_mm = 0.0 if piece < limits.piece_mm else diagonal
    mark, reason = _state(firm_mm, total - firm_mm, seen_mm, alien_mm[0], limits)
    contrast = sum(stroke.contrast * stroke.area for stroke in own) / inked
    whole = 1.0
    if mark is Mark.MARKED:
        strokes = [stroke for stroke in own if stroke.firm or stroke.extent > limits.speck_mm]
        whole = _largest(firm) / hypot(*_extent(strokes))
        if width <= limits.narrow_mm and height >= limits.upright * place.box_mm.height:
            mark, reason = Mark.UNSURE, Reason.STREAK
        elif _is_crumbs(firm, contrast, limits):
            mark, reason = Mark.UNSURE, Reason.FAINT_MARK
    return CellSeen(
        place.choice,
        mark,
        reason,
        length_mm=round(total, 2),
        extent_mm=round(diagonal, 2),
        piece_mm=round(piece, 2),
        width_mm=round(inked / max(total, 0.1), 2),
        area_mm2=round(inked, 2),
        filled=round(inked / max(width * height, 0.1), 3),
        contrast=round(contrast, 3),
        whole=round(whole, 3),
    )


def _is_crumbs(firm: Sequence[Stroke], contrast: float, limits: Thresholds) -> bool:
    """Whether the firm ink of a mark is in pieces.

    What is missing may be anything. A whole mark with a dot or two of dirt about it is none.
    """
    if len(firm) < 2:
        return False
    *rest, largest = sorted(firm, key=attrgetter("extent"))
    if _largest(rest) <= limits.dot_extent_mm and sum(stroke.length for stroke in rest) <= limits.dot_mm:
        return False
    whole = largest.extent / hypot(*_extent(firm))
    return whole < (limits.crumbs_of_pale if contrast < limits.crumbs_pale else limits.crumbs)


def _largest(strokes: Sequence[Stroke]) -> float:
    """Extent of the largest of some strokes, mm."""
    return max(stroke.extent for stroke in strokes)


def _extent(strokes: Sequence[Stroke]) -> tuple[float, float]:
    """Width and height that some strokes take together, mm."""
    x0, y0, x1, y1 = _around(strokes)
    return (x1 - x0) / PX_PER_MM, (y1 - y0) / PX_PER_MM


def _around(strokes: Sequence[Stroke]) -> tuple[int, int, int, int]:
    """The least and the largest x and y of some strokes: x0, y0, x1, y1, px."""
    return (
        min(stroke.x0 for stroke in strokes),
        min(stroke.y0 for stroke in strokes),
        max(stroke.x1 for stroke in strokes),
        max(stroke.y1 for stroke in strokes),
    )


def _state(
    firm_mm: float, pale_mm: float, diagonal_mm: float, intruding_mm: float, limits: Thresholds
) -> tuple[Mark, Reason | None]:
    """Below `doubtful` nobody looks; from `marked` nobody argues; between them a person does."""
    if firm_mm >= limits.marked_mm and diagonal_mm >= limits.extent_mm:
        return Mark.MARKED, None
    if intruding_mm >= limits.intruding_mm:
        return Mark.UNSURE, Reason.STRAY_MARK
    if firm_mm + pale_mm >= limits.marked_mm and pale_mm > firm_mm:
        return Mark.UNSURE, Reason.FAINT_MARK
    if firm_mm >= limits.doubtful_mm:
        return Mark.UNSURE, Reason.SMALL_MARK
    if firm_mm + pale_mm >= limits.pale_mm:
        return Mark.UNSURE, Reason.FAINT_MARK
    return Mark.EMPTY, None


def _undotted(rows: list[tuple[CellSeen, ...]], limits: Thresholds) -> list[tuple[CellSeen, ...]]:
    """The rows, dots and pale specks let pass where another box of the row is plainly marked."""
    if _runs_dry(rows, limits):
        return [_with_scraps(cells, limits) for cells in rows]
    undotted = []
    for i, cells in enumerate(rows):
        marked = max((cell.contrast for cell in _marked(cells)), default=0.0)
        skips = any(is_pieced(cell, limits) for cell in _marked(cells))
        about = rows[max(0, i - limits.strewn_rows) : i + limits.strewn_rows + 1]
        passed = (
            bool(marked)
            and not (skips and _are_apart(cell, limits))
            and (_dot(cell, limits) or (_strewn(cell, marked, limits) and _is_grain(cell, about, limits)))
            for cell in cells
        )
        undotted.append(
            tuple(
                replace(cell, mark=Mark.EMPTY, reason=None) if let else cell
                for cell, let in zip(cells, passed, strict=True)
            )
        )
    return undotted


def _runs_dry(rows: list[tuple[CellSeen, ...]], limits: Thresholds) -> bool:
    """Whether the page's pen leaves its marks in pieces."""
    marks = [cell for cells in rows for cell in _marked(cells)]
    return sum(is_pieced(cell, limits) for cell in marks) > limits.pieced * len(marks)


def is_pieced(mark: CellSeen, limits: Thresholds) -> bool:
    """Whether the pen, or a threshold, left a mark in pieces."""
    return mark.whole < limits.one_piece


def _are_apart(cell: CellSeen, limits: Thresholds) -> bool:
    """Whether a box holds more than one dot."""
    return cell.length_mm >= limits.apart_mm and cell.extent_mm >= limits.apart * cell.piece_mm


def _with_scraps(cells: tuple[CellSeen, ...], limits: Thresholds) -> tuple[CellSeen, ...]:
    """A row of a dry pen: scraps beside its mark are for people, pale ones, too."""
    marked = bool(_marked(cells))
    return tuple(
        replace(cell, mark=Mark.UNSURE, reason=Reason.FAINT_MARK)
        if marked and cell.mark is Mark.EMPTY and cell.length_mm >= limits.doubtful_mm
        else cell
        for cell in cells
    )


def _strewn(cell: CellSeen, marked: float, limits: Thresholds) -> bool:
    """Whether a box holds nothing but pale specks far and wide. `marked`: contrast of the row's mark."""
    apart = cell.extent_mm >= limits.strewn * cell.piece_mm
    return cell.reason is Reason.FAINT_MARK and apart and cell.contrast < limits.strewn_paler * marked


def _is_grain(cell: CellSeen, about: list[tuple[CellSeen, ...]], limits: Thresholds) -> bool:
    """Whether boxes about this one are specked as it is: in one box alone it may be a pen that skipped."""
    others = (other for row in about for other in row if other is not cell and other.mark is not Mark.MARKED)
    alike = sum(other.length_mm >= limits.strewn_alike * cell.length_mm for other in others)
    return alike >= limits.strewn_boxes


def _dot(cell: CellSeen, limits: Thresholds) -> bool:
    small = cell.reason in (Reason.SMALL_MARK, Reason.FAINT_MARK)
    few = cell.length_mm <= min(2 * limits.dot_mm, limits.dots * cell.piece_mm)
    return small and ((few and cell.piece_mm <= limits.dot_extent_mm) or cell.extent_mm <= limits.speck_mm)


def _of_one_pen(rows: list[tuple[CellSeen, ...]], limits: Thresholds) -> list[tuple[CellSeen, ...]]:
    """The rows, asked about where a mark is far paler than the pen that made the page's others."""
    contrasts = [cell.contrast for row in rows for cell in _marked(row)]
    if len(contrasts) < limits.pen_marks:
        return rows
    least = limits.pen_paler * median(contrasts)
    if min(contrasts) >= least:
        return rows
    return [
        tuple(
            replace(cell, mark=Mark.UNSURE, reason=Reason.FAINT_MARK)
            if cell.mark is Mark.MARKED and cell.contrast < least
            else cell
            for cell in row
        )
        for row in rows
    ]


def _compared(rows: list[tuple[CellSeen, ...]], limits: Thresholds) -> list[tuple[CellSeen, ...]]:
    """Says of every mark that stands beside another in its row whether it is a plain line mark.

    A blot has little outline for its ink, so its length is also reckoned from the pen's width, which the
    plain marks of the page show.
    """
    widths = [cell.width_mm for row in rows for cell in _marked(row)]
    pen_mm = median(widths) if widths else 0.5
    return [tuple(_against(cell, row, pen_mm, limits) for cell in row) for row in rows]


def _marked(row: tuple[CellSeen, ...]) -> list[CellSeen]:
    return [cell for cell in row if cell.mark is Mark.MARKED]


def _against(cell: CellSeen, row: tuple[CellSeen, ...], pen_mm: float, limits: Thresholds) -> CellSeen:
    if cell.mark is not Mark.MARKED:
        return cell
    length = max(cell.length_mm, cell.area_mm2 / max(pen_mm, 0.2))
    dense = length > limits.dense * cell.extent_mm
    others = _marked(row)
    pale = cell.contrast < limits.paler * max(other.contrast for other in others)
    thick = cell.width_mm > limits.thicker * min(other.width_mm for other in others)
    crossed = any(_is_crossed_out(cell, other, limits) for other in others)
    unplain = dense or pale or thick or crossed or (len(others) > 1 and _is_doubtful(cell, limits))
    return replace(cell, scribbled=True) if unplain else cell


def _counted(
    cells: tuple[CellSeen, ...], row: Row, ink: RowInk, page: PageLayout, levels: Levels
) -> tuple[CellSeen, ...]:
    """A row's cells; of several plain marks that have not as many ends each, one may be crossed out."""
    marked = _marked(cells)
    if len(marked) < 2 or any(cell.scribbled for cell in marked):
        return cells
    ends = [
        _ends(ink, page, place, levels) if cell.mark is Mark.MARKED else 0
        for cell, place in zip(cells, row.cells, strict=True)
    ]
    least = min(n for cell, n in zip(cells, ends, strict=True) if cell.mark is Mark.MARKED)
    return tuple(
        replace(cell, scribbled=True) if n > least else cell for cell, n in zip(cells, ends, strict=True)
    )


def _ends(ink: RowInk, page: PageLayout, place: Cell, levels: Levels) -> int:
    """How many ends the mark of a box has."""
    x0, y0, x1, y1 = to_px(page, place.box_mm.grown(-FRINGE_MM).as_tuple())
    return count_ends(ink.pen[y0:y1, x0:x1] > levels.firm)


def _is_crossed_out(cell: CellSeen, other: CellSeen, limits: Thresholds) -> bool:
    """Whether a mark may be one like the other with lines drawn over it."""
    longer = cell.length_mm > limits.longer * other.length_mm
    return longer or cell.length_mm * other.extent_mm > limits.denser * other.length_mm * cell.extent_mm


def _is_doubtful(cell: CellSeen, limits: Thresholds) -> bool:
    """Whether a second mark may be something else: a blot, scraps, the rim of a stain."""
    line = cell.extent_mm >= limits.line_mm and cell.length_mm <= limits.line * cell.extent_mm
    return line or cell.width_mm >= limits.wide_mm or cell.piece_mm < limits.whole * cell.extent_mm


def _beside(strokes: Strokes) -> np.ndarray:
    """Stroke just left and right of the boxes, by row, mm; pale ones, too: a pen may skip there."""
    beside = strokes.share[:, 1:-1, [0, -1]].sum(axis=2)
    result: np.ndarray = (beside * strokes.length[:, None]).sum(axis=0)
    return result


def _row_reason(
    cells: tuple[CellSeen, ...], beside_mm: float, limits: Thresholds, *, unclear: bool, astray: bool
) -> Reason | None:
    """Why a row without marks is perhaps not empty.

    A mark beside its boxes was perhaps meant for one; and where something pale shows, or the paper's noise
    would hide a pencil, or one scrap of ink is in a box, nobody can say that a row is empty.
    """
    if not _empty(cells):
        return None
    if unclear or any(cell.length_mm > 0 for cell in cells):
        return Reason.FAINT_MARK
    return Reason.STRAY_MARK if astray or beside_mm >= limits.doubtful_mm * 2 else None


def _is_astray(ink: RowInk, page: PageLayout, row: Row, levels: Levels) -> bool:
    """Whether there is ink in a row far from its boxes: in a margin, or over its number or position."""
    _, top, name_left, bottom = to_px(page, (row.name_mm.x0, row.name_mm.y0, row.name_mm.x0, row.name_mm.y1))
    position = row.position_mm.grown(-FRINGE_MM)
    position_left, _, position_right, _ = to_px(page, position.as_tuple())
    right = to_px(page, (row.cells[-1].box_mm.x1, 0, 0, 0))[0]
    fringe = round(FRINGE_MM * PX_PER_MM)
    spans = ((0, name_left - fringe), (position_left, position_right), (right + fringe, ink.pen.shape[1]))
    for x0, x1 in spans:
        part = ink.pen[top + fringe : bottom - fringe, x0:x1]
        _, _, stats = components((part > levels.firm).astype(np.uint8))
        if (extents(stats) >= ASTRAY_MM).any():
            return True
    return False


def _empty(cells: tuple[CellSeen, ...]) -> bool:
    return all(cell.mark is Mark.EMPTY for cell in cells)


def pale_trace(ink: RowInk, page: PageLayout, row: Row, limits: Thresholds) -> bool:
    """Whether a row that seems empty has a trace of a very pale mark in a box: a second, harder look."""
    return any(_traced(ink, to_px(page, c.box_mm.grown(-1.0).as_tuple()), limits) for c in row.cells)


def _traced(ink: RowInk, box: tuple[int, int, int, int], limits: Thresholds) -> bool:
    x0, y0, x1, y1 = box
    soft = cv2.GaussianBlur(ink.pen[y0:y1, x0:x1].astype(np.float32), (0, 0), TRACE_BLUR_PX)
    middle = float(np.median(soft))
    spread = 1.4826 * float(np.median(np.abs(soft - middle)))
    level = middle + max(limits.trace * ink.black, limits.trace_sigma * spread)
    _, _, stats, _ = cv2.connectedComponentsWithStats((soft > level).astype(np.uint8), connectivity=8)
    return bool((extents(stats) >= limits.trace_mm).any())
