"""Finds the ring that a cup leaves: one closed line, a circle rounder and larger than anybody draws.

In a scan without greys nothing else is left of a stain. Nothing else tells it from a pen's line either: rims
and pens are equally wide, even and dark. But a cup is as round as it was turned, and a hand is not: the
larger a circle it draws, the farther off. So rings of small cups are left to people, as circled names are.

A circle is sought first, coarsely (a Hough transform: R. Duda and P. Hart, 1972); then the rim is followed
around it.
"""

from __future__ import annotations

import cv2
import numpy as np

from omr.ink import PX_PER_MM, Print, RowInk

#: Radii of rings that are sought, mm: of cups; names and boxes are circled more narrowly.
RADII_MM = range(28, 46)
#: How far off the circle its rim may lie in the coarse search, mm (at 1 px/mm), and where it is followed, mm.
NEAR_MM, REACH_MM = 1, 5.0
#: Shares of a circle that must lie on clear paper of the rows, and that must have ink on or near it there.
CLEAR, COVERED = 0.45, 0.9
#: Share of ink along it at which a longer circle is worth no more than a shorter one.
GAPPY = 0.8
#: Share of a square millimetre that is inked from which it tells; and that is clear of print.
INKED, PAPER = 0.06, 0.5
#: Steps in which a rim is followed, mm: around the circle, and off it.
AROUND_MM, OFF_MM = 0.5, 0.25
#: How far a ring may be out of round, mm, and in how many waves around it that shows: a hand's circle is an
#: oval or has three or four corners, by 0.8 mm and more at these radii; a rim is ragged in shorter waves.
OUT_OF_ROUND_MM, WAVES = 0.5, (2, 3, 4)
#: What a step off the circle costs the line that is followed, as a share of what solid ink is worth.
TURN = 0.1


def find_ring(ink: RowInk, printed: Print, pale: float) -> np.ndarray | None:
    """What lies within the ring over a page's rows: (H, W) bool, in the frame of `RowInk`; None without one.

    Args:
        ink: the rows.
        printed: their print.
        pale: darkness of ink, 0 to 255.
    """
    circle = _circle(ink, printed, pale)
    if circle is None:
        return None
    rim = _followed(ink, circle)
    return _within(rim, circle, ink.pen.shape) if _out_of_round(rim) <= OUT_OF_ROUND_MM else None


def _circle(ink: RowInk, printed: Print, pale: float) -> tuple[float, float, float] | None:
    """The circle with most ink along it: x and y of its middle and its radius, mm in the rows' picture."""
    inked = _coarse(ink.pen > pale, INKED)
    paper = _coarse(printed.keep > 0, PAPER) | inked
    near = cv2.dilate(inked.astype(np.uint8), np.ones((2 * NEAR_MM + 1, 2 * NEAR_MM + 1), np.uint8)) > 0
    room = max(RADII_MM)
    covered, clear = (np.pad(part.astype(np.float32), room) for part in (near & paper, paper))
    best, found = 0.0, None
    for radius in RADII_MM:
        y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
        outline = (np.abs(np.hypot(x, y) - radius) <= 0.5).astype(np.float32)
        told = cv2.filter2D(clear, -1, outline, borderType=cv2.BORDER_CONSTANT)
        share = cv2.filter2D(covered, -1, outline, borderType=cv2.BORDER_CONSTANT) / np.maximum(told, 1)
        # The longest, and those best that have no gaps.
        worth = np.where((told >= CLEAR * outline.sum()) & (share >= COVERED), told * (share - GAPPY), 0)
        row, column = np.unravel_index(worth.argmax(), worth.shape)
        if worth[row, column] > best:
            best = float(worth[row, column])
            found = (float(column) - room + 0.5, float(row) - room + 0.5, float(radius))
    return found


def _coarse(mask: np.ndarray, least: float) -> np.ndarray:
    size = tuple(round(side / PX_PER_MM) for side in mask.shape[::-1])
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= least)


def _followed(ink: RowInk, circle: tuple[float, float, float]) -> np.ndarray:
    """(angles,) the rim's distance from the circle's middle in equal steps around it, mm."""
    x, y, radius = circle
    count = round(2 * np.pi * radius / AROUND_MM)
    angles = np.arange(count) * 2 * np.pi / count
    distances = np.arange(max(radius - REACH_MM, OFF_MM), radius + REACH_MM, OFF_MM)
    soft = cv2.blur(ink.pen, (5, 5))
    at_x = ((x + distances * np.cos(angles)[:, None]) * PX_PER_MM - 0.5).astype(np.float32)
    at_y = ((y + distances * np.sin(angles)[:, None]) * PX_PER_MM - 0.5).astype(np.float32)
    tones = cv2.remap(soft, at_x, at_y, cv2.INTER_LINEAR, borderValue=(0,)).astype(np.float32) / ink.black
    # Twice around: what it has learnt of the whole ring tells where it begins.
    path = _darkest_path(np.vstack([tones, tones]))
    result: np.ndarray = distances[
        np.concatenate([path[count : count + count // 2], path[count // 2 : count]])
    ]
    return result


def _out_of_round(distances: np.ndarray) -> float:
    """How far a rim is off the circle that fits it best, in long waves, mm (root of the mean square)."""
    waves = np.abs(np.fft.rfft(distances))[list(WAVES)] / len(distances)
    return float(np.sqrt(2 * np.sum(waves**2)))


def _darkest_path(tones: np.ndarray) -> np.ndarray:
    """(n,) the column in every row that a line runs through, one column at most from row to row."""
    total, came = tones[0], np.zeros(tones.shape, int)
    for i, row in enumerate(tones[1:], start=1):
        padded = np.pad(total, 1, constant_values=-np.inf)
        ways = np.stack([padded[:-2] - TURN, total, padded[2:] - TURN])
        came[i] = ways.argmax(axis=0) - 1
        total = ways.max(axis=0) + row
    path = np.empty(len(tones), int)
    path[-1] = total.argmax()
    for i in range(len(tones) - 1, 0, -1):
        path[i - 1] = path[i] + came[i, path[i]]
    return path


def _within(distances: np.ndarray, circle: tuple[float, float, float], shape: tuple[int, ...]) -> np.ndarray:
    x, y, _ = circle
    angles = np.arange(len(distances)) * 2 * np.pi / len(distances)
    outline = np.stack([x + distances * np.cos(angles), y + distances * np.sin(angles)], axis=1)
    inside = np.zeros(shape, np.uint8)
    cv2.fillPoly(inside, [np.round(outline * PX_PER_MM - 0.5).astype(np.int32)], 1)
    return inside > 0
