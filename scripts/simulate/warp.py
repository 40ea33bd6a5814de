"""How a page lies in a scan: chains of small movements, applied to the picture in one step.

A `Warp` maps points of the scan to points of the paper, both in mm from the top left; (N, 2) float64
in and out. Because the picture is made from it, it is also the exact truth for a registration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np

from scripts.simulate.paper import Image
from scripts.simulate.pen import Colour
from scripts.simulate.strokes import Points

Warp: TypeAlias = Callable[[Points], Points]

Size: TypeAlias = tuple[float, float]


def chained(warps: Sequence[Warp]) -> Warp:
    """The warp that applies all of them, the first one first (nearest to the scan)."""

    def warp(points: Points) -> Points:
        for step in warps:
            points = step(points)
        return points

    return warp


def rotated(degrees: float, size_mm: Size) -> Warp:
    """The page lies turned clockwise by that angle about the middle of the sheet."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.asarray(size_mm) / 2
    return lambda points: (points - middle) @ turn + middle


def scaled(factor: float, size_mm: Size) -> Warp:
    """The print is `factor` times as large as it should be, about the middle of the sheet."""
    middle = np.asarray(size_mm) / 2
    return lambda points: (points - middle) / factor + middle


def stretched(factor: float) -> Warp:
    """The feed ran slow: the page is `factor` times as long in the scan."""
    return lambda points: points / np.array([1.0, factor])


def sheared(degrees: float) -> Warp:
    """The sheet slid sideways while it was fed."""
    slope = float(np.tan(np.radians(degrees)))
    return lambda points: points + np.stack([-slope * points[:, 1], np.zeros(len(points))], axis=1)


def moved(dx_mm: float, dy_mm: float) -> Warp:
    """The page lies that far to the right and down."""
    return lambda points: points - np.array([dx_mm, dy_mm])


def wobbling(amplitude_mm: float, period_mm: float, phase: float) -> Warp:
    """The feed ran unevenly: every point is up to `amplitude_mm` too high or too low, less so sideways."""

    def warp(points: Points) -> Points:
        swing = np.sin(2 * np.pi * points[:, 1] / period_mm + phase)
        sway = 0.35 * np.sin(2 * np.pi * points[:, 1] / (period_mm * 1.7) + 2 * phase)
        return points + amplitude_mm * np.stack([sway, swing], axis=1)

    return warp


def perspective(shift_mm: Sequence[tuple[float, float]], size_mm: Size) -> Warp:
    """A phone held by hand: the sheet's four corners (from top left, clockwise) are moved by `shift_mm`."""
    width, height = size_mm
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + np.asarray(shift_mm, np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(seen, corners), np.float64)

    def warp(points: Points) -> Points:
        moved_points = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
        return np.asarray(moved_points[:, :2] / moved_points[:, 2:], np.float64)

    return warp


def inverted(warp: Warp, points: Points) -> Points:
    """Where points of the paper lie in the scan, mm: Newton's method with differences of 0.01 mm.

    >>> turn = rotated(90, (210, 297))
    >>> bool(np.allclose(turn(inverted(turn, np.array([[30.0, 40.0]]))), [[30, 40]]))
    True
    """
    guess = points.copy()
    across_step, down_step = np.array([0.01, 0.0]), np.array([0.0, 0.01])
    for _ in range(30):
        error = points - warp(guess)
        if float(np.abs(error).max()) < 1e-7:
            break
        across = (warp(guess + across_step) - warp(guess - across_step)) / 0.02
        down = (warp(guess + down_step) - warp(guess - down_step)) / 0.02
        slopes = np.stack([across, down], axis=2)
        guess = guess + np.linalg.solve(slopes, error[:, :, None])[:, :, 0]
    return guess


#: Pixels between the points at which a warp is computed. In between it is linear: 2 mm at 200 dpi,
#: over which the fastest wobble used here (period 60 mm, 1.5 mm high) bends by 0.01 mm.
GRID_PX = 16


def taken(  # noqa: PLR0913, PLR0917 - all that a picture depends on
    image: Image, warp: Warp, size_mm: Size, scale: float, out_scale: float, background: Colour
) -> Image:
    """The scan of `size_mm` at `out_scale` px/mm of a page image at `scale` px/mm."""
    width, height = round(size_mm[0] * out_scale), round(size_mm[1] * out_scale)
    columns, rows = width // GRID_PX + 3, height // GRID_PX + 3
    y, x = np.mgrid[0:rows, 0:columns]
    nodes = (np.stack([x.ravel(), y.ravel()], axis=1) - 0.5) * (GRID_PX / out_scale)
    grid = (warp(nodes) * scale - 0.5).astype(np.float32).reshape(rows, columns, 2)
    field = cv2.resize(grid, (columns * GRID_PX, rows * GRID_PX), interpolation=cv2.INTER_LINEAR)
    field = field[GRID_PX : GRID_PX + height, GRID_PX : GRID_PX + width]
    soft = cv2.GaussianBlur(image, (0, 0), 0.42 * scale / out_scale) if scale > out_scale else image
    # Both ways in one map: to split it takes as long as to look it up. OpenCV types forbid the None it takes.
    seen = cv2.remap(soft, field, None, cv2.INTER_LINEAR, borderValue=background)  # type: ignore[call-overload]
    return np.asarray(seen, np.uint8)
