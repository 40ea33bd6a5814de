"""Finds where the paper was folded: straight shadows that run from one edge of the paper to the other.

No pen does that: a voter's line, even across a whole row, ends within the margins. Sought only on pages whose
ink runs through several boxes, because it takes as long as reading the page.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.halves import COARSE_SIDE, reduced
from omr.ink import BAND_MM, MARGIN_MM, PX_PER_MM
from omr.register import straighten, to_reduced

#: Resolution of the page picture in which folds are sought, px/mm.
COARSE_PX_PER_MM = 3.0
#: Largest angle of a fold to the paper's edges, degrees: sheets are folded square.
SKEW_DEG = 5.0
#: Share of the paper's width or height that a fold darkens; print and dark marks hide some of it.
COVERED = 0.72
#: A fold also darkens the paper's margins, at both its ends: this much of each of them, over so many mm.
END_COVERED, END_MM = 0.6, 9.0
#: Darker than the paper beside it by this, in grey levels of 255.
DARK = 6
#: Half width of what is taken out along a fold, mm.
HALF_WIDTH_MM = 0.9


@dataclass(frozen=True, slots=True)
class Fold:
    """A straight line on the paper: y = at + slope * x (mm) where `across`, else x = at + slope * y."""

    across: bool
    at: float
    slope: float


def find_folds(grey: np.ndarray, paper_to_scan: np.ndarray, page: PageLayout) -> tuple[Fold, ...]:
    """The folds of a page, mm on paper."""
    width, height = page.size_mm
    coarse, factor = reduced(grey, COARSE_SIDE)
    picture = straighten(
        coarse, to_reduced(factor) @ paper_to_scan, (2.0, 2.0, width - 2, height - 2), COARSE_PX_PER_MM
    )
    return (*_along(picture, across=True), *_along(picture.T, across=False))


def _along(picture: np.ndarray, *, across: bool) -> tuple[Fold, ...]:
    """Folds that run along the picture's rows."""
    closed = cv2.morphologyEx(np.ascontiguousarray(picture), cv2.MORPH_CLOSE, np.ones((11, 1), np.uint8))
    dark = (cv2.subtract(closed, np.ascontiguousarray(picture)) > DARK).astype(np.uint8)
    # A fold wavers by half a millimetre.
    dark = np.asarray(cv2.dilate(dark, np.ones((3, 1), np.uint8)), np.uint8)
    folds = []
    for slope in np.tan(np.radians(np.arange(-SKEW_DEG, SKEW_DEG + 0.1, 0.25))):
        lines = _sheared(dark, float(slope))
        end = round(END_MM * COARSE_PX_PER_MM)
        margins = np.minimum(lines[:, :end].mean(axis=1), lines[:, -end:].mean(axis=1))
        share = np.where(margins >= END_COVERED, lines.mean(axis=1), 0.0)
        at = int(share.argmax())
        folds.append((float(share[at]), at, float(slope)))
    share_, at, slope_ = max(folds)
    if share_ < COVERED:
        return ()
    # The picture starts 2 mm inside the paper's corner.
    offset = 2.0 + (at + 0.5) / COARSE_PX_PER_MM - slope_ * 2.0
    return (Fold(across, offset, slope_),)


def _sheared(dark: np.ndarray, slope: float) -> np.ndarray:
    """Row i holds what lies on the line y = i + slope * x."""
    height, width = dark.shape
    shear = np.array([(1.0, 0.0, 0.0), (slope, 1.0, 0.0)])
    return cv2.warpAffine(dark, shear, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)


def without_folds(pen: np.ndarray, page: PageLayout, folds: tuple[Fold, ...]) -> np.ndarray:
    """The rows' ink (`omr.ink.RowInk.pen`) with the folds taken out of it."""
    clean = pen.copy()
    left, top = page.table_mm.x0 - MARGIN_MM, page.rows[0].cells[0].box_mm.y0 - BAND_MM
    height, width = pen.shape
    thickness = round(2 * HALF_WIDTH_MM * PX_PER_MM)
    for fold in folds:
        if fold.across:
            ends = [(left, fold.at + fold.slope * left), (left + width / PX_PER_MM, 0.0)]
            ends[1] = (ends[1][0], fold.at + fold.slope * ends[1][0])
        else:
            ends = [(fold.at + fold.slope * top, top), (0.0, top + height / PX_PER_MM)]
            ends[1] = (fold.at + fold.slope * ends[1][1], ends[1][1])
        a, b = ((round((x - left) * PX_PER_MM), round((y - top) * PX_PER_MM)) for x, y in ends)
        cv2.line(clean, a, b, 0, thickness)
    return clean
