"""Finds straight strokes that run askew over several rows: whoever crosses out a table means all of its rows.

Such a line crosses some rows at their names, some at their boxes, and some between them, at the positions,
where nothing else would be said of it. What is long and straight but no pen's runs along the feed (dirt on
the scanner's glass, `omr.lines`) or along the paper's edges (folds, `omr.folds`).
"""

from __future__ import annotations

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.ink import BAND_MM, PX_PER_MM, RowInk

#: Resolution at which lines are sought, px/mm.
COARSE = 2.0
#: A line is at least this long, mm, and interrupted by print for at most so much.
LONG_MM, GAP_MM = 60.0, 4.0
#: Share of its length that must be ink.
INKED = 0.5
#: Ink wider than this is a filled box or a blot, mm.
THICK_MM = 4.0
#: Least angles to the rows and to the columns, degrees.
FROM_ROWS_DEG, FROM_COLUMNS_DEG = 10.0, 15.0
#: A line runs through a row of which it crosses so much height, mm; and through so many rows, or it is one
#: row's strike.
WITHIN_MM, FEWEST_ROWS = 2.0, 2


def rows_crossed_out(ink: RowInk, page: PageLayout, firm: float) -> frozenset[int]:
    """Indices of the rows of a page through which a long straight stroke runs askew.

    Args:
        ink: the rows.
        page: their layout.
        firm: darkness of ink, 0 to 255.
    """
    tops = np.array([row.name_mm.y0 for row in page.rows]) - page.rows[0].name_mm.y0 + BAND_MM
    bottoms = np.array([row.name_mm.y1 for row in page.rows]) - page.rows[0].name_mm.y0 + BAND_MM
    crossed: set[int] = set()
    for x0, y0, x1, y1 in _long_lines(_thin(ink, firm)) / COARSE:
        lean = np.degrees(np.arctan2(abs(x1 - x0), abs(y1 - y0)))
        if not FROM_COLUMNS_DEG <= lean <= 90 - FROM_ROWS_DEG:
            continue
        within = np.minimum(bottoms, max(y0, y1)) - np.maximum(tops, min(y0, y1))
        rows = np.flatnonzero(within >= WITHIN_MM)
        if len(rows) >= FEWEST_ROWS:
            crossed.update(rows.tolist())
    return frozenset(crossed)


def _thin(ink: RowInk, firm: float) -> np.ndarray:
    """The thin ink of the rows, uint8 0 or 1, at COARSE px/mm."""
    size = tuple(round(side * COARSE / PX_PER_MM) for side in ink.pen.shape[::-1])
    dark = cv2.threshold(ink.pen, firm, 255, cv2.THRESH_BINARY)[1]
    inked = cv2.threshold(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), 60, 1, cv2.THRESH_BINARY)[1]
    side = round(THICK_MM * COARSE)
    thick = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return np.asarray(cv2.subtract(inked, cv2.dilate(thick, np.ones((3, 3), np.uint8))), np.uint8)


def _long_lines(inked: np.ndarray) -> np.ndarray:
    """(n, 4) the ends of the long straight lines of a picture (x0, y0, x1, y1), px."""
    long = LONG_MM * COARSE
    found = cv2.HoughLinesP(
        inked, 1, np.pi / 360, round(INKED * long), minLineLength=long, maxLineGap=GAP_MM * COARSE
    )
    return np.zeros((0, 4)) if found is None else np.asarray(found, float).reshape(-1, 4)
