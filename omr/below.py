"""What is written under the table: added names and remarks (void, plan III.3) and the signature (allowed)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.folds import sheared
from omr.grid import darkness
from omr.halves import COARSE_SIDE, Reduced, reduced
from omr.ink import MARGIN_MM
from omr.percentiles import percentile
from omr.register import straighten, to_reduced
from omr.strokes import components

#: Resolution, px/mm: handwriting, not marks.
PX_PER_MM = 4.0
#: Ink that is somebody's writing, mm²: the shortest name measured had 9, dust and print edges under 1.5.
WRITTEN_MM2 = 3.0
#: The print is thickened by 2 mm up and down and 1.25 mm to the sides: nothing measures where it lies down
#: here, and feed rollers wobble along the page.
THICKEN_PX = (17, 11)
#: Writing this far outside the free place is still an addition, mm.
WRITE_IN_ROOM_MM = 2.0
#: A piece of ink smaller than this is dust, mm.
DUST_MM = 1.2
#: A fold runs straight from edge to edge, no steeper than this, degrees, in the steps in which it is sought;
SKEW_DEG, STEP_DEG = 5.0, 0.5
#: it covers this share of the line, print apart, and of each of its ends, of so many mm.
COVERED, END_COVERED, END_MM = 0.72, 0.5, 8.0
#: A region lower than this shows too little of a fold to tell it from a stroke, mm.
LEAST_FOLD_MM = 25.0
#: Ink so far from a fold's middle is its shadow, mm.
SHADOW_MM = 0.75
#: Every so many pixels of paper are looked up for its darkness (a prime: no column is favoured).
PAPER_STEP = 11
#: Darker than paper by this share of black is ink here.
INK = 0.22


@dataclass(frozen=True, slots=True, eq=False)
class Below:
    """The printed part under the table of one page, prepared: where print lies, and where nobody signs."""

    region: tuple[float, float, float, float]  # mm
    keep: np.ndarray  # (H, W) bool, False on print
    open: np.ndarray  # (H, W) bool, True where writing is an addition: the free place left for it
    paper_at: np.ndarray  # flat indices of some of the pixels that `keep` keeps


@dataclass(frozen=True, slots=True, eq=False)
class BelowSeen:
    """`ink` (H, W) uint8 0 or 1 in the region's frame; `written`: whether something was added."""

    ink: np.ndarray
    written: bool


def prepare_below(blank: np.ndarray, to_blank: np.ndarray, page: PageLayout) -> Below:
    """Prepares the part under the table from the blank page."""
    bottom = page.rows[-1].cells[0].box_mm.y1
    region = (
        page.table_mm.x0 - MARGIN_MM,
        bottom + 0.75,
        page.table_mm.x1 + MARGIN_MM,
        max(page.size_mm[1] - 4.0, bottom + 6.0),
    )
    picture = straighten(blank, to_blank, region, PX_PER_MM)
    thick = cv2.erode(picture, np.ones(THICKEN_PX, np.uint8))
    keep = thick > 235
    for box in (page.code_mm, *(_bounds(f.corners_mm) for f in page.fiducials)):
        _clear(keep, box.grown(2.5), region)
    is_open = keep & _inside(page.write_in_mm, region, keep.shape)
    return Below(region, keep, is_open, np.flatnonzero(keep)[::PAPER_STEP])


def _bounds(corners: tuple[tuple[float, float], ...]) -> Box:
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _inside(box: Box | None, region: tuple[float, float, float, float], shape: tuple[int, ...]) -> np.ndarray:
    outside = np.ones(shape, bool)
    if box is not None:
        _clear(outside, box.grown(WRITE_IN_ROOM_MM), region)
    return ~outside


def _clear(mask: np.ndarray, box: Box, region: tuple[float, float, float, float]) -> None:
    x0, x1 = (max(0, round((x - region[0]) * PX_PER_MM)) for x in (box.x0, box.x1))
    y0, y1 = (max(0, round((y - region[1]) * PX_PER_MM)) for y in (box.y0, box.y1))
    mask[y0:y1, x0:x1] = False


def see_below(
    grey: np.ndarray, paper_to_scan: np.ndarray, below: Below, coarse: Reduced | None = None
) -> BelowSeen:
    """The ink under the table of a scan; `coarse`: it reduced to COARSE_SIDE, where at hand."""
    small, factor = coarse or reduced(grey, COARSE_SIDE)
    picture = straighten(small, to_reduced(factor) @ paper_to_scan, below.region, PX_PER_MM)
    dark = darkness(picture, PX_PER_MM)
    level = max(INK * 200.0, 3.0 * percentile(dark.ravel()[below.paper_at], 75))
    inked = cv2.threshold(dark, level, 1, cv2.THRESH_BINARY)[1]
    keep = below.keep.view(np.uint8)
    ink = without_folds(_without_dust(cv2.bitwise_and(inked, keep)), keep)
    added = ink & below.open
    return BelowSeen(ink, float(np.count_nonzero(added)) >= WRITTEN_MM2 * PX_PER_MM**2)


def without_folds(ink: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """The ink less straight lines from edge to edge: folds, which no voter drew and many sheets have alike.

    Args:
        ink: (H, W) uint8 0 or 1, PX_PER_MM.
        keep: (H, W) uint8, 0 where print lies and nothing is seen.
    """
    across = _without_level(ink, keep)
    return np.ascontiguousarray(_without_level(across.T, keep.T).T)


def _without_level(ink: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """The ink less lines that run along the picture's rows."""
    width = ink.shape[1]
    # Most pages are done with here: a fold leaves ink in most columns.
    if width < LEAST_FOLD_MM * PX_PER_MM or ink.any(axis=0).sum() < COVERED * keep.any(axis=0).sum():
        return ink
    wide = cv2.dilate(np.ascontiguousarray(ink), np.ones((3, 1), np.uint8))
    slopes = np.tan(np.radians(np.arange(-SKEW_DEG, SKEW_DEG + STEP_DEG / 2, STEP_DEG)))
    shares = np.array([_shares(wide, keep, float(slope)) for slope in slopes])
    best, at = np.unravel_index(shares.argmax(), shares.shape)
    if shares[best, at] < COVERED:
        return ink
    off = np.arange(len(ink))[:, None] - at - slopes[best] * (np.arange(width) - width / 2)
    return np.where(np.abs(off) <= SHADOW_MM * PX_PER_MM, 0, ink).astype(np.uint8)


def _shares(ink: np.ndarray, keep: np.ndarray, slope: float) -> np.ndarray:
    """For each row of the middle, the inked share of what is seen of a line through it, 0 to 1."""
    end = round(END_MM * PX_PER_MM)
    lines, seen = (sheared(picture, slope, ink.shape[1] / 2) for picture in (ink, keep))
    # An end that is mostly printed on does not speak against a fold.
    first, last = (_share(lines[:, e], seen[:, e], end / 4) for e in (slice(end), slice(-end, None)))
    whole = _share(lines, seen, 0)
    much = seen.sum(axis=1, dtype=int) >= ink.shape[1] / 2
    return np.where(much & (np.minimum(first, last) >= END_COVERED), whole, 0.0)


def _share(ink: np.ndarray, seen: np.ndarray, least: float) -> np.ndarray:
    """For each row, the inked share of what is seen of it; 1 where `least` px or fewer are seen."""
    sums = seen.sum(axis=1, dtype=int)
    return np.where(sums > least, ink.sum(axis=1, dtype=int) / np.maximum(sums, 1), 1.0)


def _without_dust(ink: np.ndarray) -> np.ndarray:
    if not ink.any():
        return ink
    _, labels, stats = components(ink)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    keep = extent >= DUST_MM * PX_PER_MM
    keep[0] = False
    kept, at = np.zeros_like(ink), np.flatnonzero(ink.view(bool))
    kept.ravel()[at] = keep[labels.ravel()[at]]
    return kept
