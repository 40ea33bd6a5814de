"""Ties a scan to the paper: fiducials → homography from millimetres on paper to pixels in the scan.

Frame *paper*: mm, origin top left of the printed page, y down. Frame *scan*: px as decoded, pixel centres
at whole numbers. The homography is the coarse tie; `grid` then finds the printed rules themselves, because
feed rollers stretch paper between the fiducials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from layouts.model import Fiducial, Point
from omr.fiducials import Found

MM_PER_INCH = 25.4
#: A fiducial corner may lie this far from where the others expect it, mm: feed stretch and local wobble of
#: 1.5 mm (issue: pages as they come) and print scale within the homography's reach, with some room.
WORST_CORNER_MM = 2.2
#: Beyond this, with four marks, one of them is probably displaced (a folded corner): see if three agree.
DOUBTFUL_CORNER_MM = 1.2
#: A map is as good as an affine one if nothing moves by more than this, px: a tenth of what can be measured.
FLAT_PX = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where the paper lies in the scan.

    Attributes:
        paper_to_scan: (3, 3) float64 homography, mm -> px.
        marks: ids of the fiducials that it rests on; empty if it was found from the printed table.
        worst_mm: largest distance of a used fiducial corner from its place, mm.
    """

    paper_to_scan: np.ndarray
    marks: tuple[int, ...]
    worst_mm: float

    def to_scan(self, points_mm: Sequence[Point] | np.ndarray) -> np.ndarray:
        """Scan px (n, 2) of points on paper, mm."""
        return _apply(self.paper_to_scan, np.asarray(points_mm, dtype=np.float64))

    @property
    def lean(self) -> float:
        """How far the scan's pixel lines that run down the page lean on it, mm to the right for each mm."""
        (a, b), (c, d) = np.linalg.inv(self.paper_to_scan[:2, :2]).tolist()
        return float(b / d if abs(d) > abs(c) else a / c)

    @property
    def px_per_mm(self) -> float:
        """Scan pixels a millimetre of paper takes, about the middle of the page."""
        a, b, c = self.to_scan([(105.0, 148.0), (106.0, 148.0), (105.0, 149.0)])
        return float((np.linalg.norm(b - a) + np.linalg.norm(c - a)) / 2)

    @property
    def dpi(self) -> float:
        """Resolution along the paper, dots per inch of paper."""
        return self.px_per_mm * MM_PER_INCH

    @property
    def upside_down(self) -> bool:
        """Whether the page's head points to the lower half of the scan."""
        top, bottom = self.to_scan([(105.0, 100.0), (105.0, 200.0)])
        return bool(top[1] > bottom[1])


def _apply(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    h = _with_ones(points) @ homography.T
    result: np.ndarray = h[:, :2] / h[:, 2:]
    return result


def _with_ones(points: np.ndarray) -> np.ndarray:
    """Points (n, 2) in homogeneous coordinates, (n, 3)."""
    result = np.ones((len(points), 3))
    result[:, :2] = points
    return result


def place(found: Sequence[Found], fiducials: Sequence[Fiducial]) -> tuple[Placement, ...]:
    """The placements that the found marks allow, the likeliest first; none from fewer than two marks.

    Four marks give a homography; where one disagrees with the others (a folded corner), it is left out.
    Three give an affine map, and a homography too (a photograph): only the print can tell. Two give a
    similarity. Whether the print lies where a placement says is for `grid` to find out.
    """
    expected = {f.id: np.array(f.corners_mm) for f in fiducials}
    marks = [m for m in found if m.id in expected]
    fits = _fits(marks, expected) if len(marks) >= 2 else []
    if len(marks) == 4 and (not fits or fits[0].worst_mm > DOUBTFUL_CORNER_MM):
        for left_out in marks:
            fits += _fits([m for m in marks if m is not left_out], expected)
        fits.sort(key=lambda p: (p.worst_mm > DOUBTFUL_CORNER_MM / 2, -len(p.marks), p.worst_mm))
    return tuple(p for p in fits if p.worst_mm <= WORST_CORNER_MM)


def _fits(marks: Sequence[Found], expected: dict[int, np.ndarray]) -> list[Placement]:
    paper = np.concatenate([expected[m.id] for m in marks])
    scan = np.concatenate([m.corners for m in marks])
    placements = [_judged(h, marks, paper, scan) for h in _maps(paper, scan, len(marks))]
    return [p for p in placements if p is not None]


def _maps(paper: np.ndarray, scan: np.ndarray, marks: int) -> list[np.ndarray]:
    """Candidate maps, the stiffest that the number of marks calls for first."""
    if marks == 2:
        stiff, _ = cv2.estimateAffinePartial2D(paper, scan, method=cv2.LMEDS)
        return [] if stiff is None else [np.vstack([stiff, (0, 0, 1)])]
    full, _ = cv2.findHomography(paper, scan, 0)
    if marks == 4:
        return [] if full is None else [full]
    affine = _affine(paper, scan)
    return [affine] if full is None else [affine, full]


def _affine(paper: np.ndarray, scan: np.ndarray) -> np.ndarray:
    solution, *_ = np.linalg.lstsq(np.column_stack([paper, np.ones(len(paper))]), scan, rcond=None)
    return np.vstack([solution.T, (0, 0, 1)])


def _judged(
    homography: np.ndarray, marks: Sequence[Found], paper: np.ndarray, scan: np.ndarray
) -> Placement | None:
    if not plausible(homography):
        return None
    back = _apply(np.linalg.inv(homography), scan)
    worst = float(np.abs(np.linalg.norm(back - paper, axis=1)).max())
    return Placement(homography, tuple(m.id for m in marks), worst)


def plausible(homography: np.ndarray) -> bool:
    """Whether a map mm -> px can be a sheet of paper before a scanner or a hand-held camera.

    Not mirrored, not collapsed, sides in proportion within a quarter, nothing at the horizon.
    """
    corners = np.array([(0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0)])
    w = _with_ones(corners) @ homography[2]
    if not np.all(np.isfinite(homography)) or w.min() <= 0 or w.max() > 2 * w.min():
        return False
    quad = _apply(homography, corners)
    sides = np.linalg.norm(quad[[1, 2, 3, 0]] - quad, axis=1) / (210.0, 297.0, 210.0, 297.0)
    area = cv2.contourArea(quad.astype(np.float32), oriented=True)
    return bool(area > 0 and sides.min() > 2.0 and sides.max() < 1.35 * sides.min())


def straighten(
    image: np.ndarray, paper_to_scan: np.ndarray, region: tuple[float, float, float, float], px_per_mm: float
) -> np.ndarray:
    """The region (x0, y0, x1, y1 mm) of the paper as an upright picture of `px_per_mm`.

    Paper outside the scan comes out white.
    """
    x0, y0, x1, y1 = region
    size = (round((x1 - x0) * px_per_mm), round((y1 - y0) * px_per_mm))
    to_image = paper_to_scan @ from_picture(x0, y0, px_per_mm)
    level = flat(to_image, size)
    # The page of a flatbed lies flat: without the division the same picture takes half of the time.
    warp, matrix = (
        (cv2.warpAffine, level) if _is_flat(to_image, level, size) else (cv2.warpPerspective, to_image)
    )
    return warp(
        image,
        matrix,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )


def _is_flat(homography: np.ndarray, level: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether an affine map tells the same as a homography over a picture, to FLAT_PX."""
    # Of four corners plain numbers tell it in a sixth of the time that arrays take.
    (a, b, c), (d, e, f), (g, h, i) = homography.tolist()
    (p, q, r), (s, t, u) = level.tolist()
    for x, y in product((0.0, size[0]), (0.0, size[1])):
        w = g * x + h * y + i
        if not w:  # at the horizon
            return False
        off_x = p * x + q * y + r - (a * x + b * y + c) / w
        off_y = s * x + t * y + u - (d * x + e * y + f) / w
        if not (abs(off_x) <= FLAT_PX and abs(off_y) <= FLAT_PX):  # nor of what is no number
            return False
    return True


def flat(homography: np.ndarray, size: Sequence[np.ndarray | float]) -> np.ndarray:
    """(..., 2, 3) affine maps nearest to homographies over small pictures: exact about their middles.

    Args:
        homography: (..., 3, 3).
        size: widths and heights of the pictures, px, that go with the homographies' (...).
    """
    x, y = np.asarray(size[0]) / 2, np.asarray(size[1]) / 2
    (a, b, c), (d, e, f), (g, h, i) = ([homography[..., row, at] for at in range(3)] for row in range(3))
    w = g * x + h * y + i
    u, v = (a * x + b * y + c) / w, (d * x + e * y + f) / w
    ux, uy, vx, vy = (a - u * g) / w, (b - u * h) / w, (d - v * g) / w, (e - v * h) / w
    maps = np.empty((*np.shape(w), 2, 3))
    maps[..., 0, 0], maps[..., 0, 1], maps[..., 0, 2] = ux, uy, u - ux * x - uy * y
    maps[..., 1, 0], maps[..., 1, 1], maps[..., 1, 2] = vx, vy, v - vx * x - vy * y
    return maps


def from_picture(x0: np.ndarray | float, y0: np.ndarray | float, px_per_mm: float) -> np.ndarray:
    """(..., 3, 3) maps from pixel centres of upright pictures with corners at (x0, y0) mm to mm on paper."""
    s = 1 / px_per_mm
    maps = np.zeros((*np.broadcast(x0, y0).shape, 3, 3))
    maps[..., 0, 0] = maps[..., 1, 1] = s
    maps[..., 0, 2], maps[..., 1, 2], maps[..., 2, 2] = x0 + s / 2, y0 + s / 2, 1
    return maps


def to_reduced(factor: float) -> np.ndarray:
    """(3, 3) map from pixels of a scan to those of `fiducials.reduced`, `factor` of them to one."""
    s = 1 / factor
    return np.array([(s, 0, (s - 1) / 2), (0, s, (s - 1) / 2), (0, 0, 1)], dtype=np.float64)
