"""Finds and takes away the vertical lines that dirt on a scanner's glass draws over every sheet.

A streak runs along the feed, down the whole picture at one place; the table's upright rules do not. It is
taken away by its own mean darkness, so that whatever lies under it stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from omr.halves import COARSE_SIDE, Reduced, reduced

#: Long side of the picture in which streaks are sought, px.
SIDE = COARSE_SIDE
#: One row of so many of that picture is looked at.
EVERY = 8
#: Widest streak, px of that picture (2 mm).
WIDEST = 8
#: A streak pixel is darker than the paper left and right of it by this, in grey levels of 255.
DARK = 7
#: More streaks than this are none: the grain of a dithered scan runs down the whole picture too.
MOST = 12
#: Share of the picture's height that a streak darkens. The longest table reaches 0.8.
COVERED = 0.87


@dataclass(frozen=True, slots=True, eq=False)
class Streak:
    """One streak: scan columns from `x0` to before `x1`, px, and how much darker it makes them, 0 to 255."""

    x0: int
    x1: int
    depth: np.ndarray  # (x1 - x0,) float


def find_streaks(grey: np.ndarray, coarse: Reduced | None = None) -> tuple[Streak, ...]:
    """The streaks of a scan, (H, W) uint8, from left to right; `coarse`: it reduced to SIDE, if at hand."""
    small, factor = coarse or reduced(grey, SIDE)
    columns = _covered(thin_darkness(np.ascontiguousarray(small[::EVERY]), WIDEST))
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 2) + 1) if len(columns) else []
    groups = [g for g in groups if len(g) <= WIDEST] if len(groups) <= MOST else []
    if not groups:
        return ()
    steady = _covered(_beyond_grain(small))
    return tuple(_measured(grey, g, factor) for g in groups if np.isin(g, steady).any())


def _covered(thin: np.ndarray) -> np.ndarray:
    """Columns that are darker than the paper beside them nearly from end to end."""
    # OpenCV adds bytes up many times faster than NumPy does.
    dark = cv2.reduce((thin > DARK).view(np.uint8), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    return np.flatnonzero(dark.ravel() >= COVERED * len(thin))


def _beyond_grain(small: np.ndarray) -> np.ndarray:
    """How much darker places are than the paper beside them, more than most are: for some rows together.

    The dots of a dithered scan do not lengthen the table's rules to its edges.
    """
    means = cv2.resize(small, (small.shape[1], len(small) // EVERY), interpolation=cv2.INTER_AREA)
    thin = thin_darkness(np.asarray(means), WIDEST)
    usual = np.median(thin, axis=1, keepdims=True)
    return np.asarray(np.maximum(thin - usual, 0))


def thin_darkness(image: np.ndarray, widest: int) -> np.ndarray:
    """How much darker every pixel is than the lightest level within reach on both sides of it."""
    closed = cv2.morphologyEx(image, cv2.MORPH_CLOSE, np.ones((1, widest + 3), np.uint8))
    return cv2.subtract(closed, image)


def _measured(grey: np.ndarray, columns: np.ndarray, factor: float) -> Streak:
    reach = int(2 * factor) + 2
    x0 = max(int(columns[0] * factor) - reach, 0)
    x1 = min(int((columns[-1] + 1) * factor) + reach, grey.shape[1])
    around = int((WIDEST + 3) * factor)
    left, right = max(x0 - around, 0), min(x1 + around, grey.shape[1])
    thin = thin_darkness(np.ascontiguousarray(grey[::7, left:right]), around)
    depth = np.median(thin[:, x0 - left : x1 - left], axis=0)
    return Streak(x0, x1, np.where(depth > 2, depth, 0.0))


def without_streaks(grey: np.ndarray, streaks: tuple[Streak, ...]) -> np.ndarray:
    """A copy of the scan with the streaks' own darkness taken away."""
    clean = grey.copy()
    for streak in streaks:
        part = clean[:, streak.x0 : streak.x1].astype(np.float32) + streak.depth[None, :]
        clean[:, streak.x0 : streak.x1] = np.clip(part, 0, 255).astype(np.uint8)
    return clean
