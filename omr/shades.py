"""Finds cells that were shaded: broad pale ink, which looks like the paper's own tone.

Ink is what is darker than the paper around it, and about a name or a box that is shaded from edge to edge all
of the paper is as dark. But shading ends where the cell does: on two opposite sides the paper is lighter. A
shadow gets darker one way, and a stain does not keep to cells.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.grid import paper_tone
from omr.ink import PX_PER_MM, RowInk, to_px

#: How much darker a cell's paper is than that on both sides of it, share of black, that somebody looks. Of
#: 2,059 plain rows of tuning pages none had more than 0.033, under office and poor scans 0.006.
SHADED = 0.04
#: Paper is compared so far inside a cell's edges and so far outside, mm: its tone is a mean over 5 mm.
INSIDE_MM, NEAR_MM, FAR_MM = 2.0, 2.0, 6.0


def shaded(ink: RowInk, page: PageLayout) -> tuple[np.ndarray, np.ndarray]:
    """Which names and which boxes of a page's rows are shaded: (rows,) bool and (rows, boxes) bool."""
    tone, factor = paper_tone(ink.picture, PX_PER_MM)
    sums = cv2.integral(tone, sdepth=cv2.CV_64F)
    names = _paler(sums, factor, page, (row.name_mm for row in page.rows))
    boxes = _paler(sums, factor, page, (cell.box_mm for row in page.rows for cell in row.cells))
    least = SHADED * ink.black
    return names >= least, (boxes >= least).reshape(len(page.rows), -1)


def _paler(sums: np.ndarray, factor: float, page: PageLayout, cells: Iterable[Box]) -> np.ndarray:
    """(cells,) how much paler the paper is on two opposite sides of each cell, the darker one of them."""
    around = np.array([[_px(page, box) for box in _places(cell)] for cell in cells]) / factor
    height, width = sums.shape
    x0, y0, x1, y1 = np.moveaxis(np.round(around).astype(int), -1, 0).clip(
        0, np.array([width, height, width, height])[:, None, None] - 1
    )
    size = (x1 - x0) * (y1 - y0)
    total = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    inside, *sides = np.where(size > 0, total / np.maximum(size, 1), 0.0).T
    left, right, upper, lower = sides
    result: np.ndarray = np.maximum(np.minimum(left, right), np.minimum(upper, lower)) - inside
    return result


def _places(cell: Box) -> tuple[Box, Box, Box, Box, Box]:
    """The inside of a cell, and what lies left, right, above and below it."""
    inner = cell.grown(-INSIDE_MM)
    return (
        inner,
        Box(cell.x0 - FAR_MM, inner.y0, cell.x0 - NEAR_MM, inner.y1),
        Box(cell.x1 + NEAR_MM, inner.y0, cell.x1 + FAR_MM, inner.y1),
        Box(inner.x0, cell.y0 - FAR_MM, inner.x1, cell.y0 - NEAR_MM),
        Box(inner.x0, cell.y1 + NEAR_MM, inner.x1, cell.y1 + FAR_MM),
    )


def _px(page: PageLayout, box: Box) -> tuple[int, int, int, int]:
    return to_px(page, box.as_tuple())
