"""Finds the table's printed rules in the scan: where each row and column really lies.

Position comes from print, never from ink. Feed rollers stretch and wobble paper between the fiducials by up
to 1.5 mm, so every printed rule is looked for near its expected place: many short stretches of it vote, and a
stroke of a pen, which covers few of them, is outvoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from statistics import median

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.halves import Reduced, reduced
from omr.register import flat, from_picture, straighten, to_reduced

#: Resolution of the picture in which rules are sought, px/mm: a 0.3 mm rule is 1.2 px, found to a tenth.
PX_PER_MM = 4.0
#: Room around the table in that picture, mm: what a page placed by the marks of one end drifts at the other.
MARGIN_MM = 7.0
#: How far from its expected place a rule is sought, mm: 1.5 mm of wobble (issue 3) and what placement adds.
#: Below half the smallest row (9 mm) by far, so that no neighbour is ever mistaken for it.
REACH_MM = 3.6
#: Parts of a row that are straightened each by its own affine map: a rule bends with the feed's wobble; and
#: more of them where a row's upper and lower rule turn so far apart that a part's rules would lie so far off
#: at its ends, mm. A quarter of the width by which print is thickened: the rest is for what the rules' places
#: are uncertain by. Twice as many leave no less of a page turned by 8° that wobbled by 1.5 mm.
PARTS, MORE_PARTS, PART_OFF_MM = 4, 12, 0.06
#: Stretches of a horizontal rule that vote.
STRETCHES = 10
#: A vote this far from the rule's fitted line is no vote for it, mm.
AGREE_MM = 0.45
#: Most that neighbouring rows lie shifted against each other across the page, mm.
STEP_MM = 1.0
#: How far a page's upright rules may lie off an even spacing, mm: where a turned page's marks were moved by
#: the feed, the map through them bulges across it, by up to 0.8 mm on tuning pages.
BULGE_MM = 1.2
#: A rule this near to the curve of the others lies on it, mm; and rows that a page must have to tell one.
BULGE_AGREE_MM, FEWEST_ROWS = 0.2, 3
#: Darkness that a rule's stretch must stand out by, grey levels of 255: a rule has 30 and more, paper 2.
LEAST_SCORE = 4.0
#: Share of its votes that a rule needs to be confirmed.
CONFIRMED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Measured places of the rules of a page's rows.

    Attributes:
        tops, bottoms: (n, 3) float64, for each row the displacement of its upper and lower rule along it:
            dy = c0 + c1 * t + c2 * t², mm, with t = x - middle_mm.
        sides: (n, 3) float64, for each row the displacement across: dx = c0 + c1 * t + c2 * t²; c2 is the
            page's.
        middle_mm: x about which they turn.
        confirmed: (n,) bool, whether both rules of the row were seen.
        residual_mm: worst disagreement of a seen rule with its neighbours, mm.
        votes: share of all expected rule stretches that were seen, 0 to 1.
    """

    tops: np.ndarray
    bottoms: np.ndarray
    sides: np.ndarray
    middle_mm: float
    confirmed: np.ndarray
    residual_mm: float
    votes: float

    def parts_to_paper(self, ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
        """(rows, parts, 3, 3) affine maps: place in the layout, mm -> place on this paper, mm, part by part.

        Args:
            ys: (rows + 1,) the rows' rules, mm.
            xs: (parts + 1,) where the parts of a row begin and end, mm; short enough to call a rule straight.
        """
        left, right, y0 = xs[:-1], xs[1:], ys[:-1, None]
        (top_left, top_right), (bottom_left, bottom_right) = (
            [_along(rules, x - self.middle_mm) for x in (left, right)] for rules in (self.tops, self.bottoms)
        )
        tilt = (top_right - top_left + bottom_right - bottom_left) / (2 * (right - left))
        top = (top_left + top_right) / 2
        growth = ((bottom_left + bottom_right) / 2 - top) / np.diff(ys)[:, None]
        from_left, from_right = (_along(self.sides, x - self.middle_mm) for x in (left, right))
        stretch = (from_right - from_left) / (right - left)
        middles = (ys[:-1] + ys[1:]) / 2
        lean = np.gradient(self.sides[:, 0], middles)[:, None] if len(middles) > 1 else 0.0
        maps = np.zeros((*tilt.shape, 3, 3))
        maps[..., 0, 0], maps[..., 0, 1] = 1 + stretch, lean
        maps[..., 0, 2] = (from_left + from_right - stretch * (left + right)) / 2 - lean * middles[:, None]
        maps[..., 1, 0], maps[..., 1, 1] = tilt, 1 + growth
        maps[..., 1, 2] = top - growth * y0 - tilt * (left + right) / 2
        maps[..., 2, 2] = 1
        return maps

    def below_to_paper(self) -> np.ndarray:
        """(3, 3) affine map: place in the layout -> place on this paper, mm, under the table.

        What the last row bends by is left out: of 51 tuning pages that bulge none is read otherwise with it.
        """
        (dy, slope, _), (dx, stretch, _) = self.bottoms[-1], self.sides[-1]
        return np.array(
            [
                (1 + stretch, 0, dx - stretch * self.middle_mm),
                (slope, 1, dy - slope * self.middle_mm),
                (0, 0, 1),
            ]
        )


def find_grid(grey: np.ndarray, paper_to_scan: np.ndarray, page: PageLayout) -> Grid:
    """Measures the displacement of every row of the page's table.

    Args:
        grey: the scan, (H, W) uint8; a reduced one with a matching map will do.
        paper_to_scan: (3, 3) coarse map, mm -> px of `grey`.
        page: the layout; its rows touch one another, their edges are printed rules.
    """
    table = page.table_mm.grown(MARGIN_MM)
    picture = straighten(grey, paper_to_scan, (table.x0, table.y0, table.x1, table.y1), PX_PER_MM)
    dark = darkness(picture, PX_PER_MM)
    ys = _edges_y(page)
    xs = _edges_x(page)
    middle = (page.table_mm.x0 + page.table_mm.x1) / 2
    rows_dy, seen_y = _tracked(dark, ys, (table.x0, table.y0), page, middle)
    straightness = _bend(ys, rows_dy, seen_y)
    rows_dy = _bridge(ys, rows_dy, seen_y)
    sides, seen_x = _vertical(dark, xs, ys + rows_dy[:, 0], (table.x0, table.y0), middle)
    sides = _bridge((ys[:-1] + ys[1:]) / 2, sides, seen_x)
    return Grid(
        tops=rows_dy[:-1],
        bottoms=rows_dy[1:],
        sides=sides,
        middle_mm=middle,
        confirmed=(seen_y[:-1] >= CONFIRMED) & (seen_y[1:] >= CONFIRMED) & (seen_x >= CONFIRMED),
        residual_mm=straightness,
        votes=float((seen_y.mean() + seen_x.mean()) / 2),
    )


def darkness(picture: np.ndarray, px_per_mm: float) -> np.ndarray:
    """How much darker than the paper around it each pixel is, uint8; shadows and grey paper are levelled."""
    return darker_than(paper_tone(picture, px_per_mm), picture)


def darker_than(tone: Reduced, picture: np.ndarray) -> np.ndarray:
    """`darkness` of a picture whose paper's tone is known."""
    height, width = picture.shape
    level = cv2.resize(tone[0], (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.subtract(level, picture, dst=level)


def paper_tone(picture: np.ndarray, px_per_mm: float) -> Reduced:
    """How light the paper is about every pixel of a picture, reduced to about 1 px/mm.

    The morphological closing over 9 mm of 1 mm means: wider than any stroke and any letter, and it follows a
    shadow's slope.
    """
    small, factor = reduced(picture, max(picture.shape) / px_per_mm)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return np.asarray(cv2.blur(closed, (5, 5)), np.uint8), factor


def _edges_y(page: PageLayout) -> np.ndarray:
    """Y of the rules between rows, mm, (n + 1,)."""
    return np.array([page.rows[0].cells[0].box_mm.y0, *(row.cells[0].box_mm.y1 for row in page.rows)])


def _edges_x(page: PageLayout) -> np.ndarray:
    """X of the upright rules that run through every row, mm."""
    first = page.rows[0]
    cells = [x for cell in first.cells for x in (cell.box_mm.x0, cell.box_mm.x1)]
    texts = [first.name_mm.x0, first.position_mm.x0]
    edges = np.round([page.table_mm.x0, page.table_mm.x1, *texts, *cells], 3)
    return np.array(sorted(set(edges.tolist())))


def _tracked(
    dark: np.ndarray, ys: np.ndarray, origin: tuple[float, float], page: PageLayout, middle: float
) -> tuple[np.ndarray, np.ndarray]:
    """The rules between rows; where some are not seen, sought again where the seen ones point.

    A page placed by the marks of one end, and stretched, drifts away from its layout towards the other.
    """
    found, seen = _horizontal(dark, ys, origin, page, middle)
    if (seen >= CONFIRMED).all():
        return found, seen
    drift = _drift(ys, found[:, 0], seen >= CONFIRMED)
    again, seen_again = _horizontal(dark, ys + drift, origin, page, middle)
    if seen_again.mean() <= seen.mean():
        return found, seen
    return again + np.column_stack([drift, np.zeros((len(ys), 2))]), seen_again


def _drift(ys: np.ndarray, offsets: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The straight drift that most pairs of seen rules agree on (Theil-Sen), at every rule, mm."""
    y, d = ys[seen], offsets[seen]
    if len(y) < 3:
        return np.zeros_like(ys)
    i, j = np.triu_indices(len(y), 1)
    slope = float(np.median((d[j] - d[i]) / (y[j] - y[i])))
    result: np.ndarray = slope * ys + np.median(d - slope * y)
    return result


def _horizontal(
    dark: np.ndarray, ys: np.ndarray, origin: tuple[float, float], page: PageLayout, middle: float
) -> tuple[np.ndarray, np.ndarray]:
    x0, x1 = page.table_mm.x0 + 0.5, page.table_mm.x1 - 0.5
    left, right = round((x0 - origin[0]) * PX_PER_MM), round((x1 - origin[0]) * PX_PER_MM)
    width = (right - left) // STRETCHES
    stretches = dark[:, left : left + STRETCHES * width].reshape(-1, width)
    # OpenCV adds bytes up many times faster than NumPy does.
    means = cv2.reduce(stretches, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F).reshape(len(dark), STRETCHES) / width
    at = x0 + (np.arange(STRETCHES) + 0.5) * width / PX_PER_MM - middle
    offset, score = _peaks(means.T, ys - origin[1])
    curves = _curves(offset, np.clip(score, 0, None) + 1e-6, at, degree=2)
    agree = np.abs(offset - _along(curves, at)) < AGREE_MM
    return curves, np.mean(agree & _strong(score), axis=1)


def _vertical(
    dark: np.ndarray, xs: np.ndarray, ys: np.ndarray, origin: tuple[float, float], middle: float
) -> tuple[np.ndarray, np.ndarray]:
    px = np.round((np.array([ys[:-1] + 0.7, ys[1:] - 0.7]) - origin[1]) * PX_PER_MM).astype(int)
    px = np.clip(px, 0, len(dark) - 1)
    profiles = np.array(
        [cv2.reduce(dark[a : max(b, a + 1)], 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel() for a, b in px.T]
    )
    offset, score = _peaks(profiles, xs - origin[0])
    return _steadied(offset.T, np.clip(score.T, 0, None) + 1e-6, xs - middle)


def _steadied(offset: np.ndarray, weight: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shift and stretch of every row from the votes of its few upright rules, helped by the rows beside it.

    The stretch hardly changes from row to row, and the shift not by more than STEP_MM; letters' stems and pen
    strokes that outvote a row's own rules do not do so in its neighbours too.
    """
    bulge = _bulge(offset, at)
    offset = offset - bulge * at * at
    stretch, level = _evenly(offset, weight, at)
    steady = _running_median(_most_agreed(level, weight))
    shift = _most_agreed(level, weight * (np.abs(level - steady[:, None]) <= STEP_MM))
    agree = np.abs(level - shift[:, None]) < AGREE_MM
    total = np.maximum((weight * agree).sum(axis=1), 1e-9)
    shift = np.where(agree.any(axis=1), (level * weight * agree).sum(axis=1) / total, steady)
    sides = np.column_stack([shift, stretch, np.full(len(shift), bulge)])
    return sides, np.mean(agree & _strong(weight), axis=1)


def _evenly(offset: np.ndarray, weight: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much every row is stretched, (rows,), and what is left of its rules' votes without that."""
    stretch = _running_median(_curves(offset, weight, at, degree=1)[:, 1])
    return stretch, offset - stretch[:, None] * at


def _bulge(offset: np.ndarray, at: np.ndarray) -> float:
    """How the spacing of the upright rules bends across the page, 1/mm: alike in all its rows, if it does.

    Told by a curve through three rules that nearly all others lie on: a dark column may hide a rule or two.
    """
    if len(offset) < FEWEST_ROWS:
        return 0.0
    # A median over rows forgets those that are odd. Without what all rows have in common, their stretch among
    # it, a second pass finds each row's own shift, which one odd vote does not move.
    off = np.zeros(len(at))
    for _ in range(2):
        level = offset - _middle(np.sort(offset - off, axis=1))[:, None]
        off = _middle(np.sort(level, axis=0).T)
    threes, through = _through_threes(tuple(at.tolist()))
    near = np.abs(off - (through @ off[threes][..., None])[..., 0]) < BULGE_AGREE_MM
    most = near[near.sum(axis=1).argmax()]
    if most.sum() < len(at) - 1:
        return 0.0
    bulge = float(_least_squares(off[None], 1.0 * most[None], at, 2)[0, 2])
    return bulge if abs(bulge) * np.abs(at).max() ** 2 <= BULGE_MM else 0.0


@lru_cache(maxsize=16)
def _through_threes(at: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """All threes of some places, and the curves of second degree through each.

    Returns:
        (threes, 3) their indices, (threes, places, 3) maps from values at a three to those at all places.
    """
    threes = np.array(list(combinations(range(len(at)), 3)))
    powers = np.vander(np.array(at) / max(map(abs, at)), 3)
    return threes, powers @ np.linalg.inv(powers[threes])


def _running_median(values: np.ndarray) -> np.ndarray:
    """Median of every value and up to two on either side."""
    plain = values.tolist()
    return np.array([median(plain[max(0, i - 2) : i + 3]) for i in range(len(plain))])


def _most_agreed(level: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """In every row the vote that the weightiest votes agree with."""
    near = np.abs(level[:, :, None] - level[:, None, :]) < AGREE_MM * 0.7
    best = (near * weight[:, None, :]).sum(axis=2).argmax(axis=1)
    result: np.ndarray = level[np.arange(len(level)), best]
    return result


def _peaks(profiles: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where near each expected place (mm) each profile (s, length) is darkest.

    Returns:
        (offsets mm, scores) of shape (expected, s); a score is the peak over the median around it.
    """
    reach = round(REACH_MM * PX_PER_MM)
    start = expected * PX_PER_MM - 0.5  # pixel centre at that place
    base = np.round(start).astype(int)
    index = np.clip(base[:, None] + np.arange(-reach, reach + 1), 0, profiles.shape[1] - 1)
    windows = profiles[:, index]  # (s, expected, 2 * reach + 1)
    smooth = windows.copy()
    smooth[..., 1:-1] = (windows[..., :-2] + 2 * windows[..., 1:-1] + windows[..., 2:]) / 4
    # Nearer peaks win ties: a rule is rarely far from its place.
    bias = 1 - 0.15 * np.abs(np.arange(-reach, reach + 1)) / reach
    peak = np.clip(np.argmax(smooth * bias, axis=2), 1, 2 * reach - 1)
    about = np.take_along_axis(smooth, peak[..., None] + np.array([-1, 0, 1]), 2)
    left, mid, right = about[..., 0], about[..., 1], about[..., 2]
    curve = left - 2 * mid + right
    shift = np.where(curve < 0, (left - right) / np.where(curve < 0, 2 * curve, 1), 0)
    offset = (peak - reach + np.clip(shift, -0.5, 0.5) + (base - start)[None, :]) / PX_PER_MM
    score = mid - _middle(np.sort(smooth, axis=2))
    # A peak at the window's end is the flank of something outside it.
    inside = (peak > 1) & (peak < 2 * reach - 1) & (score >= LEAST_SCORE)
    return offset.T, np.where(inside, score, 0.0).T


def _strong(score: np.ndarray) -> np.ndarray:
    """(rules, votes) bool, which votes show a rule, in terms of each rule's better half."""
    better_half = np.sort(score, axis=1)[:, score.shape[1] // 2 :]
    result: np.ndarray = score > np.maximum(0.3 * _middle(better_half), LEAST_SCORE)[:, None]
    return result


def _curves(offset: np.ndarray, weight: np.ndarray, at: np.ndarray, degree: int) -> np.ndarray:
    """Robust curves c0 + c1 * at + c2 * at² through votes, one for each row of `offset` (rules, votes).

    Each starts from its best pair of votes (every pair is tried: there are few), then least squares among the
    votes that agree; at last a rule may bend, if it has votes enough.

    Returns:
        (rules, 3) the curves.
    """
    curves = _best_pairs(offset, weight, at)
    for power in range(1, degree + 1):
        near = np.abs(offset - _along(curves, at)) < AGREE_MM
        enough = near.sum(axis=1) >= 3 + 2 * power
        curves = np.where(enough[:, None], _least_squares(offset, weight * near, at, power), curves)
    return curves


def _middle(ordered: np.ndarray) -> np.ndarray:
    """(...) the medians of (..., n) values in order: NumPy's own takes six times as long for so few each."""
    last = ordered.shape[-1] - 1
    result: np.ndarray = (ordered[..., last // 2] + ordered[..., last - last // 2]) / 2
    return result


def _along(curves: np.ndarray, at: np.ndarray) -> np.ndarray:
    result: np.ndarray = curves @ np.array([np.ones_like(at), at, at * at])
    return result


def _least_squares(offset: np.ndarray, weight: np.ndarray, at: np.ndarray, power: int) -> np.ndarray:
    """(rules, 3) weighted least squares; coefficients over `power` are 0."""
    scale = np.abs(at).max()
    basis = np.array([(at / scale) ** k for k in range(power + 1)])
    left = (weight[:, None] * basis) @ basis.T + 1e-9 * np.eye(power + 1)
    right = (weight * offset) @ basis.T
    curves = np.zeros((len(offset), 3))
    curves[:, : power + 1] = np.linalg.solve(left, right[..., None])[..., 0] / scale ** np.arange(power + 1)
    return curves


def _best_pairs(offset: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    i, j = _pairs(tuple(at.tolist()))
    # Skew between neighbouring rules stays under 2 %: steeper pairs come from strokes.
    slope = np.clip((offset[:, j] - offset[:, i]) / (at[j] - at[i]), -0.02, 0.02)
    start = offset[:, i] - slope * at[i]
    # And the level line through the middle vote.
    level, rules = _middle(np.sort(offset, axis=1))[:, None], np.arange(len(offset))
    slope = np.concatenate([slope, np.zeros_like(level)], axis=1)
    start = np.concatenate([start, level], axis=1)
    off = np.abs(offset[:, None, :] - (start[..., None] + slope[..., None] * at))
    best = ((off < AGREE_MM * 0.7) * weight[:, None, :]).sum(axis=2).argmax(axis=1)
    return np.column_stack([start[rules, best], slope[rules, best], np.zeros(len(offset))])


@lru_cache(maxsize=16)
def _pairs(at: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Indices of either vote of all pairs that lie far enough apart to tell a slope."""
    i, j = np.triu_indices(len(at), 1)
    places = np.array(at)
    far = np.abs(places[j] - places[i]) > 0.15 * np.ptp(places)
    return i[far], j[far]


def _bend(ys: np.ndarray, lines: np.ndarray, seen: np.ndarray) -> float:
    """Worst distance of a seen rule from the straight line between its seen neighbours, mm."""
    good = seen >= CONFIRMED
    y, d = ys[good], lines[good, 0]
    if len(y) < 3:
        return 0.0
    between = d[:-2] + (d[2:] - d[:-2]) * (y[1:-1] - y[:-2]) / (y[2:] - y[:-2])
    return float(np.abs(d[1:-1] - between).max())


def _bridge(at: np.ndarray, lines: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Lines of rules that were not seen, taken from the seen ones beside them."""
    good = seen >= CONFIRMED
    if not good.any():
        return np.zeros_like(lines)
    return np.column_stack([np.interp(at, at[good], lines[good, k]) for k in range(lines.shape[1])])


def _parts(grid: Grid, wide_mm: float) -> int:
    """Into how many parts the rows are cut to be straightened; `wide_mm`: one of PARTS."""
    apart = grid.tops - grid.bottoms
    # The rules' slopes against each other are greatest at one end of the table, and a part takes their mean.
    turn = np.abs(apart[:, 1]) + 2 * np.abs(apart[:, 2]) * wide_mm * PARTS / 2
    bend = np.abs(np.stack([grid.tops[:, 2], grid.bottoms[:, 2]])).max(axis=0)
    off = turn / 2 * wide_mm / 2 + bend * (wide_mm / 2) ** 2
    return MORE_PARTS if off.max(initial=0.0) > PART_OFF_MM else PARTS


def row_pictures(  # noqa: PLR0913, PLR0917 - a scan, its map, its layout and grid, and the picture wanted
    image: np.ndarray,
    paper_to_scan: np.ndarray,
    page: PageLayout,
    grid: Grid,
    px_per_mm: float,
    margin_mm: tuple[float, float],
) -> np.ndarray:
    """The rows of the table straightened onto their places in the layout, one upright picture.

    Args:
        image: the scan, (H, W) or (H, W, 3) uint8.
        paper_to_scan: (3, 3) coarse map, mm -> px.
        page: the layout.
        grid: where its rules lie on this paper.
        px_per_mm: of the picture.
        margin_mm: what of the paper around the rows is taken along, left and right, above and below.

    Returns:
        (h, w) or (h, w, 3) uint8.
    """
    image, paper_to_scan = _no_finer(image, paper_to_scan, page.table_mm.center, px_per_mm)
    x0, x1 = page.table_mm.x0 - margin_mm[0], page.table_mm.x1 + margin_mm[0]
    ys = _edges_y(page)
    top = float(ys[0]) - margin_mm[1]
    cuts = np.round((np.array([top, *ys[1:-1], ys[-1] + margin_mm[1]]) - top) * px_per_mm).astype(int)
    width = round((x1 - x0) * px_per_mm)
    parts = np.linspace(0, width, _parts(grid, (x1 - x0) / PARTS) + 1).astype(int)
    origins = from_picture(x0 + parts[:-1] / px_per_mm, (top + cuts[:-1] / px_per_mm)[:, None], px_per_mm)
    sizes = (np.diff(parts), np.diff(cuts)[:, None])
    maps = flat(paper_to_scan @ grid.parts_to_paper(ys, x0 + parts / px_per_mm) @ origins, sizes)
    picture = np.empty((cuts[-1], width, *image.shape[2:]), np.uint8)
    for row, (first, last) in enumerate(pairwise(cuts.tolist())):
        for part, (left, right) in enumerate(pairwise(parts.tolist())):
            cv2.warpAffine(
                image,
                maps[row, part],
                (right - left, last - first),
                dst=picture[first:last, left:right],
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=(255, 255, 255),
            )
    return picture


def levelled(
    picture: np.ndarray, page: PageLayout, grid: Grid, origin_mm: tuple[float, float], px_per_mm: float
) -> np.ndarray:
    """An upright picture of a sheet as placed, (H, W) uint8, moved so that its print lies as in the layout.

    Beyond the rows it is moved as at their ends. `origin_mm`: its corner; `px_per_mm`: its resolution.
    """
    height, width = picture.shape
    x = origin_mm[0] + (np.arange(width) + 0.5) / px_per_mm
    y = origin_mm[1] + (np.arange(height) + 0.5) / px_per_mm
    ys = _edges_y(page)
    t = np.clip(x, page.table_mm.x0, page.table_mm.x1) - grid.middle_mm
    down = _between(ys, y) @ _along(np.vstack([grid.tops, grid.bottoms[-1:]]), t)
    across = _between((ys[:-1] + ys[1:]) / 2, y) @ _along(grid.sides, t)
    at_x = (np.arange(width) + across * px_per_mm).astype(np.float32)
    at_y = (np.arange(height)[:, None] + down * px_per_mm).astype(np.float32)
    moved = cv2.remap(picture, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _between(at: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(wanted, at) weights by which values known at some places, in order, are told at others."""
    return np.array([np.interp(wanted, at, unit) for unit in np.eye(len(at))]).T


def _no_finer(
    image: np.ndarray, to_image: np.ndarray, at_mm: tuple[float, float], px_per_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """An image averaged down where it is twice as fine as a picture of it, and its map (mm -> px).

    Sampled as it is, its grain would come out as coarse as a stroke, and a dither's dots as waves.
    """
    (across, _, _), (along, _, _) = flat(to_image @ from_picture(*at_mm, 1.0), (0, 0))
    finer = round(float(np.hypot(across, along)) / px_per_mm)
    if finer < 2:
        return image, to_image
    height, width = (side // finer * finer for side in image.shape[:2])
    size = (width // finer, height // finer)
    averaged = cv2.resize(image[:height, :width], size, interpolation=cv2.INTER_AREA)
    return np.asarray(averaged, np.uint8), to_reduced(finer) @ to_image
