"""Finds where the paper was folded: straight shadows that run from one edge of the paper to the other.

No pen does that: a voter's line, even across a whole row, ends within the margins. Sought only on pages whose
ink runs through several boxes, because it takes as long as reading the page.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.grid import Grid, levelled
from omr.halves import COARSE_SIDE, reduced
from omr.ink import BAND_MM, MARGIN_MM, PX_PER_MM, Print, RowInk, to_px
from omr.register import straighten, to_reduced
from omr.tint import tint_by_distance, without_tint

#: Resolution of the picture in which folds are sought, px/mm, and what it leaves out of each edge, mm.
COARSE_PX_PER_MM, EDGE_MM = 3.0, 2.0
#: Largest angle of a fold to the paper's edges, degrees: sheets are folded square; and the steps in which it
#: is sought, and found more exactly.
SKEW_DEG, STEP_DEG, FINE_DEG = 5.0, 0.25, 0.05
#: Share of the paper's width or height that a fold darkens; print and dark marks hide some of it.
COVERED = 0.72
#: A fold also darkens the paper's margins, at both its ends: this much of each of them, over so many mm.
END_COVERED, END_MM = 0.6, 9.0
#: Darker than the paper beside it by this, in grey levels of 255.
DARK = 6
#: Most folds each way (a letter has two), and the least distance between them, mm.
MOST, APART_MM = 2, 10.0
#: How far on both sides of a fold its shadow is measured, mm.
SHADOW_MM = 3.0
#: Darkness of a fold across a name, share of black, from which it may be a pen's line along a ruler.
DRAWN = 0.45


@dataclass(frozen=True, slots=True)
class Fold:
    """A straight line on the paper: y = at + slope * x (mm) where `across`, else x = at + slope * y."""

    across: bool
    at: float
    slope: float


def find_folds(grey: np.ndarray, paper_to_scan: np.ndarray, page: PageLayout, grid: Grid) -> tuple[Fold, ...]:
    """The folds that cross a page's rows, mm in the layout.

    Args:
        grey: the scan, (H, W) uint8.
        paper_to_scan: (3, 3) coarse map, mm -> px.
        page: the layout.
        grid: where its rules lie: a sheet that wavered on its way shows its folds straight only as they do.
    """
    width, height = page.size_mm
    coarse, factor = reduced(grey, COARSE_SIDE)
    region = (EDGE_MM, EDGE_MM, width - EDGE_MM, height - EDGE_MM)
    placed = straighten(coarse, to_reduced(factor) @ paper_to_scan, region, COARSE_PX_PER_MM)
    picture = levelled(placed, page, grid, (EDGE_MM, EDGE_MM), COARSE_PX_PER_MM)
    table, rows = page.table_mm, [row.cells[0].box_mm for row in page.rows]
    return (
        *_along(picture, (rows[0].y0 - BAND_MM, rows[-1].y1 + BAND_MM), across=True),
        *_along(picture.T, (table.x0 - MARGIN_MM, table.x1 + MARGIN_MM), across=False),
    )


def _along(picture: np.ndarray, within_mm: tuple[float, float], *, across: bool) -> list[Fold]:
    """Folds that run along the picture's rows and lie, in its middle, within two places."""
    closed = cv2.morphologyEx(np.ascontiguousarray(picture), cv2.MORPH_CLOSE, np.ones((11, 1), np.uint8))
    dark = (cv2.subtract(closed, np.ascontiguousarray(picture)) > DARK).astype(np.uint8)
    # A fold wavers by half a millimetre.
    dark = np.asarray(cv2.dilate(dark, np.ones((3, 1), np.uint8)), np.uint8)
    low, high = (round((mm - EDGE_MM) * COARSE_PX_PER_MM) for mm in within_mm)
    slopes = np.tan(np.radians(np.arange(-SKEW_DEG, SKEW_DEG + STEP_DEG / 2, STEP_DEG)))
    shares = np.array([_shares(dark, float(slope)) for slope in slopes])
    shares[:, : max(low, 0)] = shares[:, max(high, 0) :] = 0
    apart = round(APART_MM * COARSE_PX_PER_MM)
    folds: list[Fold] = []
    while len(folds) < MOST and shares.max() >= COVERED:
        best, at = np.unravel_index(shares.argmax(), shares.shape)
        folds.append(_fold(dark, float(slopes[best]), int(at), across=across))
        shares[:, max(int(at) - apart, 0) : int(at) + apart] = 0
    return folds


def _fold(dark: np.ndarray, slope: float, at: int, *, across: bool) -> Fold:
    """The fold near a line through the picture's middle, found more exactly."""
    fine = np.tan(np.arctan(slope) + np.radians(np.arange(-STEP_DEG, STEP_DEG + FINE_DEG / 2, FINE_DEG)))
    near = slice(max(at - 2, 0), at + 3)
    tried = [(_shares(dark, float(each))[near], float(each)) for each in fine]
    # Several lines may lie on a fold's whole breadth: the middle one of them is its own.
    best = max(float(shares.max()) for shares, _ in tried)
    lines = [(near.start + int(i), each) for shares, each in tried for i in np.flatnonzero(shares >= best)]
    middle, slope = (float(np.median(values)) for values in zip(*lines, strict=True))
    across_mm = dark.shape[1] / 2 / COARSE_PX_PER_MM + EDGE_MM
    return Fold(across, EDGE_MM + (middle + 0.5) / COARSE_PX_PER_MM - slope * across_mm, slope)


def _shares(dark: np.ndarray, slope: float) -> np.ndarray:
    """For each row of the middle, the dark share of a line through it; 0 where its ends are not dark."""
    end, width = round(END_MM * COARSE_PX_PER_MM), dark.shape[1]
    ends = np.minimum(*(_means(dark, slope, at) for at in (slice(0, end), slice(width - end, width))))
    # Most lines end before the paper does, and need not be followed.
    if ends.max() < END_COVERED:
        return np.zeros(len(dark))
    return np.where(ends >= END_COVERED, _means(dark, slope, slice(0, width)), 0.0)


def _means(dark: np.ndarray, slope: float, columns: slice) -> np.ndarray:
    """For each row of the middle of a picture, how much of some columns of the line through it is dark."""
    lines = sheared(dark[:, columns], slope, dark.shape[1] / 2 - columns.start)
    result: np.ndarray = lines.mean(axis=1)
    return result


def sheared(picture: np.ndarray, slope: float, middle: float) -> np.ndarray:
    """Row i holds what lies in the picture, (H, W) uint8, on the line y = i + slope * (x - middle), px."""
    shear = np.array([(1.0, 0.0, 0.0), (slope, 1.0, -slope * middle)])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(picture), shear, picture.shape[::-1], flags=flags))


def without_folds(ink: RowInk, printed: Print, page: PageLayout, folds: tuple[Fold, ...]) -> RowInk:
    """The rows' ink less the shadows of the folds."""
    for fold in folds:
        ink = without_tint(ink, _shadow(ink, printed, _away(ink, page, fold)))
    return ink


def names_under(ink: RowInk, printed: Print, page: PageLayout, folds: tuple[Fold, ...]) -> frozenset[int]:
    """Indices of the rows over whose names a fold runs that is as dark as a pen's line may be."""
    names = [to_px(page, row.name_mm.as_tuple()) for row in page.rows]
    found: set[int] = set()
    for fold in folds:
        away = np.broadcast_to(_away(ink, page, fold), ink.pen.shape)
        if fold.across and _shadow(ink, printed, away).max() >= DRAWN * ink.black:
            on = np.abs(away) < 1 / PX_PER_MM
            found.update(i for i, (x0, y0, x1, y1) in enumerate(names) if on[y0:y1, x0:x1].any())
    return frozenset(found)


def _away(ink: RowInk, page: PageLayout, fold: Fold) -> np.ndarray:
    """How far each place of the rows' picture lies from a fold, mm; above it or left of it below 0."""
    height, width = ink.pen.shape
    left, top = page.table_mm.x0 - MARGIN_MM, page.rows[0].cells[0].box_mm.y0 - BAND_MM
    x = left + (np.arange(width) + 0.5) / PX_PER_MM
    y = top + (np.arange(height)[:, None] + 0.5) / PX_PER_MM
    along, over = (x, y) if fold.across else (y, x)
    return np.asarray(over - (fold.at + fold.slope * along))


def _shadow(ink: RowInk, printed: Print, away: np.ndarray) -> np.ndarray:
    """(H, W) uint8, how much darker each place is for a fold that far away, in units of `RowInk.dark`."""
    tint = tint_by_distance(away, ink, printed, (-SHADOW_MM, SHADOW_MM))
    return np.where(np.abs(away) < SHADOW_MM, tint, 0).astype(np.uint8)
