"""Connected ink in and around the mark boxes: how long, how dark, and how much of it in which box.

Connected ink is one stroke, across printed rules too. A pale thing that joins marks of several boxes (a
stain, a streak, bleed-through) is taken away from the firm ink that it touches, so that it cannot hide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.ink import PX_PER_MM, Print, RowInk, to_px

#: Ink this far outside the boxes is still "beside the box", mm.
BESIDE_MM = 4.0
#: A stroke smaller than this is dust, mm of stroke.
DUST_MM = 0.45
#: Ink that never leaves this band along a printed rule, mm, is the rule's own fringe (a blurred scan, a rule
#: found a little off), unless it is longer than
FRINGE_MM = 0.8
#: this, mm: then it may be a stroke drawn along the rule. Shorter ink is told by row (`Strokes.skirting`).
ALONG_RULE_MM = 6.0
#: The middle of a box: this share of its width and height.
CORE = 0.5
#: Half of the gap that a rule taken away leaves in a stroke, mm.
GAP_MM = 0.6
#: Ink longer than this along a rule touches it but does not cross it, mm.
END_MM = 2.6
#: How far from the rule a stroke's direction is taken, px, the steepest lean that is looked for, and how much
#: a stroke may bend on its way across (all leans in px along the rule for each px across).
DEEP_PX, STEEPEST, BEND = 5, 2.5, 0.9
#: A piece of ink between two rules is a whole mark by itself if it is this long, mm, and this much longer
#: than its extent (a straight line is 1.0, a tick 1.4, an X 2), and its middle lies in this part of its row's
#: height (half of an X drawn over a rule lies in the outer third).
MARK_MM, CROOKED, MIDDLE = 3.8, 1.3, (0.32, 0.68)
#: Width of the bridge laid over a rule, px (0.4 mm).
BRIDGE_PX = 3
#: Edge pixels of a stroke against its length: two edges, and pixels along a diagonal lie √2 apart
#: (mean over directions of max(|cos|, |sin|) is 0.90).
EDGE_TO_LENGTH = 1 / (2 * 0.90 * PX_PER_MM)
#: Share of a stroke's pixels that must be firm for it to be firm.
FIRM_SHARE = 0.25

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, slots=True)
class Levels:
    """Darkness from which ink is pale ink and firm ink, 0 to 255."""

    pale: float
    firm: float


@dataclass(frozen=True, slots=True)
class Belonging:
    """Share of a stroke that its own box must hold, and share that may lie in other columns."""

    home: float
    aside: float


class Stroke(NamedTuple):
    """One of `Strokes`, in plain numbers: a box has a handful, for which NumPy takes ten times as long."""

    length: float  # mm
    area: float  # mm²
    contrast: float  # share of printed black
    firm: bool  # and off the edges of the printed rules
    x0: int  # bounding box, px
    y0: int
    x1: int
    y1: int
    extent: float  # diagonal of it, mm
    middle: float  # mm of it in the middle of the box that holds most of it


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """The strokes of one page. Arrays over strokes.

    `share` and `core` are (strokes, rows + 2, boxes + 2): a stroke's ink by row and column, in all and only
    in the middle of each box; the first and last row are above and below the table, the first and last column
    beside the boxes.
    """

    length: np.ndarray  # mm
    area: np.ndarray  # mm²
    contrast: np.ndarray  # share of printed black
    firm: np.ndarray  # bool
    along: np.ndarray  # bool, whether it never leaves the edge of a printed rule: perhaps the rule's own
    share: np.ndarray
    core: np.ndarray
    boxes: np.ndarray  # (strokes, 4) bounding box x, y, w, h, px
    skirting: np.ndarray  # (rows + 2,) mm of firm ink in boxes that was taken for a rule's own, no stroke

    @property
    def home(self) -> np.ndarray:
        """(strokes,) the flat place that holds most of each stroke."""
        flat = self.share.reshape(len(self.length), self.share[0].size if len(self.length) else 0)
        return flat.argmax(axis=1) if len(flat) else np.zeros(0, int)

    def each(self) -> list[Stroke]:
        """The strokes one by one."""
        corners = np.concatenate([self.boxes[:, :2], self.boxes[:, :2] + self.boxes[:, 2:]], axis=1)
        extent = np.hypot(self.boxes[:, 2], self.boxes[:, 3]) / PX_PER_MM
        core = self.core.reshape(len(extent), self.core[0].size if len(extent) else 0)
        middle = self.length * core[np.arange(len(extent)), self.home]
        plain = (self.length, self.area, self.contrast, self.firm & ~self.along, *corners.T, extent, middle)
        return list(map(Stroke._make, zip(*(column.tolist() for column in plain), strict=True)))

    def settled(self, belongs: Belonging) -> np.ndarray:
        """(strokes,) bool: which strokes belong to the place that holds most of them."""
        if not len(self.length):
            return np.zeros(0, bool)
        columns = self.share.sum(axis=1)
        result: np.ndarray = (self.share.max(axis=(1, 2)) >= belongs.home) & (
            1 - columns.max(axis=1) <= belongs.aside
        )
        return result


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """The mark columns of the rows' picture, and the borders of its rows and columns in px."""

    pen: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    levels: Levels
    floor: float
    black: float


def find_strokes(
    ink: RowInk, printed: Print, page: PageLayout, levels: Levels, belongs: Belonging
) -> tuple[Strokes, np.ndarray]:
    """The strokes of a page's mark columns, and the pale ink that was taken away from them.

    That is (rows + 2, boxes + 2), mm of stroke in the middle of boxes; it joined what is not one thing.
    """
    strip = _strip(ink, printed, page, levels)
    mask = np.asarray(cv2.threshold(strip.pen, levels.pale, 1, cv2.THRESH_BINARY)[1], np.uint8)
    strokes, labels, kept = _measured(strip, mask)
    loose = kept[~strokes.settled(belongs)]
    washed = np.zeros((len(strip.rows) - 1, len(strip.columns) - 1))
    if len(loose):
        pale_only = np.isin(labels, loose) & (strip.pen <= levels.firm)
        lost = ~strokes.settled(belongs)
        washed = (strokes.core[lost] * strokes.length[lost, None, None]).sum(axis=0)
        strokes, _, _ = _measured(strip, np.where(pale_only, 0, mask).astype(np.uint8))
    return strokes, washed


def strip_left(page: PageLayout) -> int:
    """X of the mark columns' left end in the rows' picture, px."""
    box = page.rows[0].cells[0].box_mm
    return to_px(page, (box.x0 - BESIDE_MM, box.y0, box.x0, box.y1))[0]


def _strip(ink: RowInk, printed: Print, page: PageLayout, levels: Levels) -> _Strip:
    cells = page.rows[0].cells
    xs = [cells[0].box_mm.x0 - BESIDE_MM, *(c.box_mm.x0 for c in cells), cells[-1].box_mm.x1]
    xs.append(cells[-1].box_mm.x1 + BESIDE_MM)
    y = cells[0].box_mm.y0
    columns = np.array([to_px(page, (x, y, x, y))[0] for x in xs])
    pen = ink.pen[:, columns[0] : columns[-1]]
    rows = np.concatenate([[0], printed.rows_px, [len(pen)]])
    return _Strip(pen, rows, columns - columns[0], levels, ink.floor, ink.black)


def _measured(strip: _Strip, mask: np.ndarray) -> tuple[Strokes, np.ndarray, np.ndarray]:
    """The strokes of a mask of ink, the picture of their labels, and the label of each."""
    mask = _bridged(mask, strip.rows, strip.columns)
    pieces = _Pieces.of(mask)
    count, label, ys, xs = pieces.count, pieces.label, pieces.ys, pieces.xs
    value = strip.pen[ys, xs]
    rows, columns = (_lanes(tuple(borders.tolist())) for borders in (strip.rows, strip.columns))
    shape = (count, len(strip.rows) - 1, len(strip.columns) - 1)
    place = (label.astype(int) * shape[1] + rows.index[ys]) * shape[2] + columns.index[xs]
    in_core = rows.core[ys] & columns.core[xs]
    off_rules = rows.clear[ys] & columns.clear[xs]

    def total(what: np.ndarray) -> np.ndarray:
        """Of each label, of values of its pixels; of bool, which is counted in half of the time."""
        if what.dtype == bool:
            return np.bincount(label[what], minlength=count)
        return np.bincount(label, weights=what, minlength=count)

    def by_place(where: np.ndarray | None) -> np.ndarray:
        chosen = place if where is None else place[where]
        return np.bincount(chosen, minlength=shape[0] * shape[1] * shape[2]).reshape(shape)

    pixels = np.maximum(np.bincount(label, minlength=count), 1)
    inked = value > strip.levels.pale  # bridges over rules are not ink themselves
    visible = np.maximum(total(inked), 1)
    length = total(stroke_edge(mask).ravel()[pieces.at]) * EDGE_TO_LENGTH
    leaves_rule = total(off_rules) > 0
    firm = total(value > strip.levels.firm) >= FIRM_SHARE * visible
    share = by_place(None) / pixels[:, None, None]
    keep = (length >= DUST_MM) & (leaves_rule | (length >= ALONG_RULE_MM))
    keep[0] = False
    kept = np.flatnonzero(keep)
    skirts = np.flatnonzero(firm & ~keep & (length >= DUST_MM))
    strokes = Strokes(
        length=length[kept],
        area=(pixels / PX_PER_MM**2)[kept],
        contrast=np.clip((total(value * inked) / visible - strip.floor) / strip.black, 0, 1)[kept],
        firm=firm[kept],
        along=~leaves_rule[kept],
        share=share[kept],
        core=(by_place(in_core) / pixels[:, None, None])[kept],
        boxes=pieces.stats()[kept, :4],
        skirting=length[skirts] @ share[skirts, :, 1:-1].sum(axis=2),
    )
    return strokes, pieces.labels, kept


def components(mask: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """Connected ink of a mask (uint8 0 or 1), in all eight directions.

    Returns:
        number of labels, that of no ink (0) included; the picture of labels; (labels, 5) int, x, y, width,
        height and area of each as OpenCV numbers them (`cv2.CC_STAT_*`), 0 of no ink.

    Only the ink is measured. OpenCV measures the paper too, which takes three times as long as labelling.
    """
    pieces = _Pieces.of(mask)
    return pieces.count, pieces.labels, pieces.stats()


def extents(stats: np.ndarray) -> np.ndarray:
    """(pieces,) the extent (diagonal) of each piece of ink, mm, from the statistics of `components`."""
    result: np.ndarray = np.hypot(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]) / PX_PER_MM
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Connected ink of a mask, as `components` has it, and the place and label of every pixel of ink."""

    count: int
    labels: np.ndarray  # (H, W)
    at: np.ndarray  # flat
    ys: np.ndarray
    xs: np.ndarray
    label: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> _Pieces:
        # Labels of 16 bits, where they suffice, are faster.
        few = cv2.countNonZero(mask) < 2**16
        count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_16U if few else cv2.CV_32S)
        at = np.flatnonzero(mask.view(bool))  # of bytes it takes five times as long
        ys = at // mask.shape[1]
        return cls(count, labels, at, ys, at - ys * mask.shape[1], labels.ravel()[at])

    def stats(self) -> np.ndarray:
        """(count, 5) int, as `components` has them."""
        stats = np.zeros((self.count, 5), int)
        if self.count > 1:
            order = np.argsort(self.label, kind="stable")
            starts = np.searchsorted(self.label[order], np.arange(1, self.count))
            for low, size, values in ((0, 2, self.xs[order]), (1, 3, self.ys[order])):
                stats[1:, low] = np.minimum.reduceat(values, starts)
                stats[1:, size] = np.maximum.reduceat(values, starts) - stats[1:, low] + 1
            stats[1:, cv2.CC_STAT_AREA] = np.diff(starts, append=len(order))
        return stats


def _edge(mask: np.ndarray) -> np.ndarray:
    return cv2.subtract(mask, cv2.erode(mask, _CROSS, borderValue=0))


def stroke_length(mask: np.ndarray) -> float:
    """Length of all strokes of a mask (uint8 0 or 1) together, mm."""
    return float(np.count_nonzero(_edge(mask))) * EDGE_TO_LENGTH


def stroke_edge(mask: np.ndarray) -> np.ndarray:
    """Bool, the edge pixels of a mask (uint8 0 or 1): each is EDGE_TO_LENGTH mm of stroke."""
    return _edge(mask).view(bool)


@dataclass(frozen=True, slots=True, eq=False)
class _Lanes:
    """The rows, or the columns, of a strip. Arrays over its pixels along that axis: there are few of them."""

    index: np.ndarray  # int, which lane the pixel lies in
    core: np.ndarray  # bool, whether in its middle
    clear: np.ndarray  # bool, whether off the rules at its borders


@lru_cache(maxsize=16)
def _lanes(borders: tuple[int, ...]) -> _Lanes:
    """The lanes between such borders, px: every scan of a page has the same."""
    at, edges = np.arange(borders[-1]), np.array(borders)
    index = np.searchsorted(edges, at, side="right") - 1
    low, high = edges[index], edges[index + 1]
    margin = (high - low) * (1 - CORE) / 2
    core = (at >= low + margin) & (at < high - margin)
    return _Lanes(index, core, np.minimum(at - low, high - at) >= FRINGE_MM * PX_PER_MM)


def _bridged(mask: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Joins strokes across the gaps that the taken-away rules left in them.

    Two whole marks in neighbouring rows that meet at one point of the rule between them stay two.
    """
    bridged = mask.copy()
    whole: _Whole | None = None
    for i, y in enumerate(rows[1:-1]):
        bridges = _bridges(mask, int(y))
        if len(bridges) and whole is None:
            whole = _Whole.of(mask)
        kept = [b for b in bridges if whole is not None and not whole.meet(b, bridges, rows[i : i + 3])]
        _lay(bridged, kept)
    for x in columns[1:-1]:
        _lay(bridged.T, _bridges(mask.T, int(x)))
    return bridged


@dataclass(frozen=True, slots=True)
class _Bridge:
    """A stroke over a rule: where it leaves the clear row `first` and comes to the clear row `last`, px."""

    first: int
    last: int
    x0: float
    x1: float


def _bridges(mask: np.ndarray, rule: int) -> list[_Bridge]:
    """Strokes that run straight across the horizontal rule at pixel row `rule`."""
    half = round(GAP_MM * PX_PER_MM)
    first, last = rule - half - 1, rule + half
    if first < DEEP_PX or last + DEEP_PX >= len(mask) or not (mask[first].any() and mask[last].any()):
        return []
    over = _runs(mask[first], mask[first - DEEP_PX])
    under = _runs(mask[last], mask[last + DEEP_PX])
    return [
        _Bridge(first, last, x0, x1)
        for x0, lean0 in over
        for x1, lean1 in under
        if _straight((x1 - x0) / (last - first), lean0, lean1)
    ]


def _straight(slope: float, lean0: float, lean1: float) -> bool:
    return max(abs(slope + lean0), abs(slope - lean1), abs(lean0 + lean1)) <= BEND


def _lay(bridged: np.ndarray, bridges: Sequence[_Bridge]) -> None:
    for b in bridges:
        gap = np.zeros((b.last - b.first + 1, bridged.shape[1]), np.uint8)
        cv2.line(gap, (round(b.x0), 0), (round(b.x1), b.last - b.first), 1, BRIDGE_PX)
        bridged[b.first : b.last + 1] |= gap


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """The pieces that the rules cut ink into, and what tells whole marks among them."""

    labels: np.ndarray
    length: np.ndarray  # mm
    extent: np.ndarray  # mm
    middle: np.ndarray  # y, px

    @classmethod
    def of(cls, mask: np.ndarray) -> _Whole:
        count, labels, stats = components(mask)
        heights = np.bincount(labels[mask > 0], weights=np.nonzero(mask)[0], minlength=count)
        middle = heights / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
        length = np.bincount(labels[_edge(mask) > 0], minlength=count) * EDGE_TO_LENGTH
        extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) / PX_PER_MM
        return cls(labels, length, extent, middle)

    def meet(self, bridge: _Bridge, bridges: Sequence[_Bridge], rows: np.ndarray) -> bool:
        """Whether a bridge only joins two whole marks that meet there. `rows`: borders of both their rows."""
        over, under = self._at(bridge)
        alone = sum(self._at(other) == (over, under) for other in bridges) == 1
        return alone and self._is_mark(over, rows[0], rows[1]) and self._is_mark(under, rows[1], rows[2])

    def _at(self, bridge: _Bridge) -> tuple[int, int]:
        return (
            int(self.labels[bridge.first, round(bridge.x0)]),
            int(self.labels[bridge.last, round(bridge.x1)]),
        )

    def _is_mark(self, piece: int, top: float, bottom: float) -> bool:
        """Long enough, more than one straight line, and about the middle of its row: not half of a mark."""
        height = (self.middle[piece] - top) / (bottom - top)
        crooked = self.length[piece] >= CROOKED * self.extent[piece]
        return bool(self.length[piece] >= MARK_MM and crooked and MIDDLE[0] <= height <= MIDDLE[1])


def _runs(edge: np.ndarray, deep: np.ndarray) -> list[tuple[float, float]]:
    """Strokes that reach a rule: the middle of each in the pixel row beside it, and its lean.

    The lean is how much its middle moves, px for each px away from the rule. A stroke that does not reach
    deeper, or runs along the rule, is none.
    """
    inner = [(a + b) / 2 for a, b in _spans(deep)]
    reach = DEEP_PX * STEEPEST + 2
    strokes = []
    for a, b in _spans(edge):
        middle = (a + b) / 2
        near = [x for x in inner if abs(x - middle) <= reach]
        if near and b - a <= END_MM * PX_PER_MM:
            strokes += [(middle, (x - middle) / DEEP_PX) for x in near]
    return strokes


def _spans(row: np.ndarray) -> list[tuple[int, int]]:
    """First and last pixel of every run of ink in a pixel row."""
    steps = np.diff(np.concatenate([[0], (np.asarray(row) > 0).astype(np.int8), [0]]))
    return list(
        zip(np.flatnonzero(steps == 1).tolist(), (np.flatnonzero(steps == -1) - 1).tolist(), strict=True)
    )
