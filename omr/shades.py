"""Finds cells that were shaded: broad pale ink, which looks like the paper's own tone.

Ink is what is darker than the paper around it, and about a name or a box that is shaded from edge to edge all
of the paper is as dark. But shading ends where the cell does: on two opposite sides the paper is lighter. A
shadow gets darker one way, and a stain does not keep to cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.ink import RowInk, to_px

#: How much darker a cell's paper is than that on both sides of it, share of black, that somebody looks. Of
#: 2,059 plain rows of tuning pages none had more than 0.033, under office and poor scans 0.006.
SHADED = 0.04
#: Paper is compared so far inside a cell's edges and so far outside, mm: its tone is a mean over 5 mm.
INSIDE_MM, NEAR_MM, FAR_MM = 2.0, 2.0, 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Where the tone of a page's cells is looked up.

    Attributes:
        around: (4, 5, rows, 1 + boxes) int: x0, y0, x1, y1 in the rows' picture, px, of the inside of a cell
            and of what lies left, right, above and below it; of each row's name and of each of its boxes.
    """

    around: np.ndarray


def prepare_cells(page: PageLayout) -> Cells:
    """The cells of a page."""
    rows = ([row.name_mm, *(cell.box_mm for cell in row.cells)] for row in page.rows)
    around = np.array([[_around(page, cell) for cell in row] for row in rows])
    return Cells(around.transpose(3, 2, 0, 1).copy())


def shaded(ink: RowInk, cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """Which names and which boxes of a page's rows are shaded: (rows,) bool and (rows, boxes) bool."""
    tone, factor = ink.tone
    sums = cv2.integral(tone, sdepth=cv2.CV_64F)
    darker = _paler(sums, cells.around / factor) >= SHADED * ink.black
    return darker[:, 0], darker[:, 1:]


def _paler(sums: np.ndarray, around: np.ndarray) -> np.ndarray:
    """How much paler the paper is on two opposite sides of each cell, the darker one of them.

    Args:
        sums: of the paper's tone, as `cv2.integral` gives them.
        around: (4, 5, ...), as `Cells` has them.
    """
    height, width = sums.shape
    x0, y0, x1, y1 = np.round(around).astype(int)
    x0, x1 = (np.minimum(x, width - 1) for x in (x0, x1))
    y0, y1 = (np.minimum(y, height - 1) for y in (y0, y1))
    size = (x1 - x0) * (y1 - y0)
    total = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    tones = np.where(size > 0, total / np.maximum(size, 1), 0.0)
    inside, left, right, upper, lower = tones
    result: np.ndarray = np.maximum(np.minimum(left, right), np.minimum(upper, lower)) - inside
    return result


def _around(page: PageLayout, cell: Box) -> list[tuple[int, int, int, int]]:
    """The inside of a cell, and what lies left, right, above and below it, px of the rows' picture."""
    inner = cell.grown(-INSIDE_MM)
    places = (
        inner,
        Box(cell.x0 - FAR_MM, inner.y0, cell.x0 - NEAR_MM, inner.y1),
        Box(cell.x1 + NEAR_MM, inner.y0, cell.x1 + FAR_MM, inner.y1),
        Box(inner.x0, cell.y0 - FAR_MM, inner.x1, cell.y0 - NEAR_MM),
        Box(inner.x0, cell.y1 + NEAR_MM, inner.x1, cell.y1 + FAR_MM),
    )
    return [to_px(page, place.as_tuple()) for place in places]
