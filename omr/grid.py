"""Finds the table's printed rules in the scan: where each row and column really lies.

Position comes from print, never from ink. Feed rollers stretch and wobble paper between the fiducials by up
to 1.5 mm, so every printed rule is looked for near its expected place: many short stretches of it vote, and a
stroke of a pen, which covers few of them, is outvoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.register import from_picture, straighten

#: Resolution of the picture in which rules are sought, px/mm: a 0.3 mm rule is 1.2 px, found to a tenth.
PX_PER_MM = 4.0
#: Room around the table in that picture, mm.
MARGIN_MM = 4.0
#: How far from its expected place a rule is sought, mm: 1.5 mm of wobble (issue 3) and what placement adds.
#: Below half the smallest row (9 mm) by far, so that no neighbour is ever mistaken for it.
REACH_MM = 3.0
#: Parts of a row that are straightened each by its own affine map: a rule bends with the feed's wobble.
PARTS = 4
#: Stretches of a horizontal rule that vote.
STRETCHES = 10
#: A vote this far from the rule's fitted line is no vote for it, mm.
AGREE_MM = 0.45
#: Share of its votes that a rule needs to be confirmed.
CONFIRMED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Measured places of the rules of a page's rows.

    Attributes:
        tops, bottoms: (n, 3) float64, for each row the displacement of its upper and lower rule along it:
            dy = c0 + c1 * t + c2 * t², mm, with t = x - middle_mm.
        sides: (n, 3) float64, for each row the displacement across: dx = c0 + c1 * t (c2 is 0).
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

    def part_to_paper(self, row: int, part: Box) -> np.ndarray:
        """(3, 3) affine map: place in the layout, mm -> place on this paper, mm, for a part of a row.

        Args:
            row: index of the row.
            part: mm; its y0 and y1 are the row's rules, its x0 to x1 short enough to call a rule straight.
        """
        t = (part.x0 + part.x1) / 2 - self.middle_mm
        half = part.width / 2
        powers = np.array([(1, s, s * s) for s in (t - half, t + half)])
        ends = np.array([powers @ self.tops[row], powers @ self.bottoms[row]])  # top, bottom × left, right
        tilt = float((ends[:, 1] - ends[:, 0]).mean() / part.width)
        top, bottom = ends.mean(axis=1)
        growth = float(bottom - top) / part.height
        side, stretch, _ = self.sides[row]
        middle = part.center[0]
        return np.array(
            [
                (1 + stretch, 0, side - stretch * self.middle_mm),
                (tilt, 1 + growth, top - growth * part.y0 - tilt * middle),
                (0, 0, 1),
            ]
        )

    def below_to_paper(self) -> np.ndarray:
        """(3, 3) affine map: place in the layout -> place on this paper, mm, for what stands under the table."""
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
    rows_dy, seen_y = _horizontal(dark, ys, (table.x0, table.y0), page, middle)
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
    """How much darker than the paper around it each pixel is, uint8; shadows and grey paper are levelled.

    The paper's level is the morphological closing over 9 mm of 1 mm means: wider than any stroke and any
    letter, and it follows a shadow's slope.
    """
    cell = max(1, round(px_per_mm))
    height, width = picture.shape
    small = cv2.resize(picture, (max(1, width // cell), max(1, height // cell)), interpolation=cv2.INTER_AREA)
    paper = cv2.blur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (5, 5))
    level = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.subtract(level, picture)


def _edges_y(page: PageLayout) -> np.ndarray:
    """y of the rules between rows, mm, (n + 1,)."""
    return np.array([page.rows[0].cells[0].box_mm.y0, *(row.cells[0].box_mm.y1 for row in page.rows)])


def _edges_x(page: PageLayout) -> np.ndarray:
    """x of the upright rules that run through every row, mm."""
    first = page.rows[0]
    cells = [x for cell in first.cells for x in (cell.box_mm.x0, cell.box_mm.x1)]
    return np.unique(np.round([page.table_mm.x0, page.table_mm.x1, first.name_mm.x0, *cells], 3))


def _horizontal(
    dark: np.ndarray, ys: np.ndarray, origin: tuple[float, float], page: PageLayout, middle: float
) -> tuple[np.ndarray, np.ndarray]:
    x0, x1 = page.table_mm.x0 + 0.5, page.table_mm.x1 - 0.5
    left, right = round((x0 - origin[0]) * PX_PER_MM), round((x1 - origin[0]) * PX_PER_MM)
    means = cv2.resize(dark[:, left:right], (STRETCHES, dark.shape[0]), interpolation=cv2.INTER_AREA)
    at = x0 + (np.arange(STRETCHES) + 0.5) * (x1 - x0) / STRETCHES - middle
    return _fit_curves(means.astype(np.float32).T, ys - origin[1], at)


def _vertical(
    dark: np.ndarray, xs: np.ndarray, ys: np.ndarray, origin: tuple[float, float], middle: float
) -> tuple[np.ndarray, np.ndarray]:
    fits = []
    for y0, y1 in zip(ys[:-1], ys[1:], strict=True):
        top, bottom = round((y0 + 0.7 - origin[1]) * PX_PER_MM), round((y1 - 0.7 - origin[1]) * PX_PER_MM)
        band = dark[max(top, 0) : max(bottom, 1)]
        means = cv2.reduce(band, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
        offset, score = _peaks(means[None, :], xs - origin[0])
        fits.append(_curve(offset[:, 0], score[:, 0], xs - middle, bending=False))
    return np.array([curve for curve, _ in fits]), np.array([seen for _, seen in fits])


def _fit_curves(profiles: np.ndarray, expected: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each expected rule the curve through its votes, and the share of them that agrees."""
    offset, score = _peaks(profiles, expected)
    fits = [_curve(offset[i], score[i], at, bending=True) for i in range(len(expected))]
    return np.array([curve for curve, _ in fits]), np.array([seen for _, seen in fits])


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
    left, mid, right = (np.take_along_axis(smooth, peak[..., None] + d, 2)[..., 0] for d in (-1, 0, 1))
    curve = left - 2 * mid + right
    shift = np.where(curve < 0, (left - right) / np.where(curve < 0, 2 * curve, 1), 0)
    offset = (peak - reach + np.clip(shift, -0.5, 0.5) + (base - start)[None, :]) / PX_PER_MM
    return offset.T, (mid - np.median(smooth, axis=2)).T


def _curve(
    offset: np.ndarray, score: np.ndarray, at: np.ndarray, *, bending: bool
) -> tuple[np.ndarray, float]:
    """Robust curve c0 + c1 * at + c2 * at² through votes, and the share of votes that agree with it.

    Starts from the best pair of votes (every pair is tried: there are few), then least squares among those
    that agree. Only a rule with many votes may bend.
    """
    weight = np.clip(score, 0, None) + 1e-6
    curve = _best_pair(offset, weight, at)
    for degree, tolerance in ((1, AGREE_MM), (2 if bending else 1, AGREE_MM)):
        near = np.abs(offset - np.polynomial.polynomial.polyval(at, curve)) < tolerance
        if near.sum() >= 3 + 2 * degree:
            fitted = np.polynomial.polynomial.polyfit(at[near], offset[near], degree, w=np.sqrt(weight[near]))
            curve = np.concatenate([fitted, np.zeros(2 - degree)])
    agree = np.abs(offset - np.polynomial.polynomial.polyval(at, curve)) < AGREE_MM
    strong = score > 0.3 * np.median(np.sort(score)[len(score) // 2 :])
    return curve, float(np.mean(agree & strong))


def _best_pair(offset: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(len(at), 1)
    apart = at[j] - at[i]
    slope = (offset[j] - offset[i]) / apart
    # Skew between neighbouring rules stays under 2 %: steeper pairs come from strokes.
    sane = (np.abs(slope) < 0.02) & (np.abs(apart) > 0.15 * np.ptp(at))
    slopes = np.concatenate([slope[sane], [0.0]])
    starts = np.concatenate([(offset[i] - slope * at[i])[sane], [np.median(offset)]])
    off = np.abs(offset[None, :] - (starts[:, None] + slopes[:, None] * at[None, :]))
    best = int(np.argmax(((off < AGREE_MM * 0.7) * weight).sum(axis=1)))
    return np.array([starts[best], slopes[best], 0.0])


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


def row_pictures(  # noqa: PLR0913 - a scan, its map, its layout and grid, and the picture wanted
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
        page, grid: the layout and where its rules lie on this paper.
        px_per_mm: of the picture.
        margin_mm: what of the paper around the rows is taken along, left and right, above and below.

    Returns:
        (h, w) or (h, w, 3) uint8.
    """
    x0, x1 = page.table_mm.x0 - margin_mm[0], page.table_mm.x1 + margin_mm[0]
    ys = _edges_y(page)
    top = float(ys[0]) - margin_mm[1]
    cuts = np.round((np.array([top, *ys[1:-1], ys[-1] + margin_mm[1]]) - top) * px_per_mm).astype(int)
    width = round((x1 - x0) * px_per_mm)
    parts = np.linspace(0, width, PARTS + 1).astype(int)
    picture = np.empty((cuts[-1], width, *image.shape[2:]), np.uint8)
    for i, (first, last) in enumerate(pairwise(cuts)):
        for left, right in pairwise(parts):
            part = Box(x0 + left / px_per_mm, float(ys[i]), x0 + right / px_per_mm, float(ys[i + 1]))
            origin = from_picture(part.x0, top + first / px_per_mm, px_per_mm)
            picture[first:last, left:right] = cv2.warpPerspective(
                image,
                paper_to_scan @ grid.part_to_paper(i, part) @ origin,
                (int(right - left), int(last - first)),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=(255, 255, 255),
            )
    return picture
