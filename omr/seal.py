"""Looks for the hanging seal (dấu treo): a stamp in red ink over the upper left of the first page.

The seal is stamped by hand and lands where it likes, so a wide region is searched, and it is known by how
much ink of its colour there is and how far that ink spreads, not by its shape. Where there is none it may lie
lower still, over the table's edge: there people write, also with red pens, so it is known by its shape too.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.percentiles import percentile, percentiles
from omr.register import straighten

#: Resolution of the picture in which it is sought, px/mm.
PX_PER_MM = 4.0
#: The region: the seal's square and so much around it, mm.
MARGIN_MM = 14.0
#: Ink of a whole seal, mm²: a ring of 36 mm with 1 mm of line is 110; a seal half off the paper is 60.
WHOLE_MM2 = 38.0
#: A seal spreads at least this far both ways, mm; a line or a scrawl does not.
SPREAD_MM = 13.0
#: How far it may reach below the table's upper edge where it was stamped beside its place, mm: nearly whole.
LOWEST_MM = 36.0
#: A seal as one piece: gaps in its face that are closed, mm (what print breaks of it; from one struck name to
#: the next are 7 and more); what it measures across, mm; the share of the circle about it that it spans
#: (measured: seals over print 0.9 and more, crosses and circles over names up to 0.45; a square has 0.64);
#: the share of that which is ink (a face of rings, letters and a star 0.2 and more, a pen's circle 0.06).
CLOSED_MM, ACROSS_MM, ROUND, INKED = 3.5, (25.0, 50.0), 0.78, 0.12
#: How much redder than paper, as a share of the paper's own level: clear, and pale.
RED, PALE_RED = 0.16, 0.045
#: Steps in which that is told: what is lighter than paper by a quarter is as light as any.
UNIT = 200.0
#: A picture of no more than so many times the region's pixels is worth being given a fourth channel.
FEW = 6
#: Rows and columns of a picture that are looked at, at the least, to see whether it has colours.
SAMPLES = 50
#: How much darker than paper, likewise.
DARK = 0.25


class SealSeen(StrEnum):
    """What was found where the seal should be."""

    RED = "red"
    FAINT = "faint"
    OTHER_INK = "other_ink"  # a stamp, and not in red: a photocopy, or another ink
    COLOURLESS = "colourless"  # a stamp, in a scan without colours
    NONE = "none"


def has_colour(image: np.ndarray) -> bool:
    """Whether a scan can show colours: grey pictures saved as colour have three equal channels."""
    if image.ndim == 2:
        return False
    step = max(1, min(image.shape[:2]) // SAMPLES)
    sample = image[::step, ::step]
    blue, green, red = (sample[..., channel] for channel in range(3))
    return bool(((blue != green) | (green != red)).mean() > 0.002)


def see_seal(picture: np.ndarray, blank: np.ndarray, *, colour: bool) -> SealSeen:
    """Looks for the seal.

    Args:
        picture: `seal_region` of the scan `about` the seal's place, (h, w, 3) BGR or (h, w) grey, uint8.
        blank: the same of the blank page.
        colour: whether the scan can show colours (`has_colour`).
    """
    if not colour:
        return SealSeen.COLOURLESS if _stamped(_stamp(picture, blank, DARK / 2)) else SealSeen.NONE
    red = _redness(picture)
    if _stamped(red > int(RED * UNIT)):
        return SealSeen.RED
    if _stamped(red > int(PALE_RED * UNIT)):
        return SealSeen.FAINT
    return SealSeen.OTHER_INK if _stamped(_stamp(picture, blank, DARK)) else SealSeen.NONE


def see_seal_beside(picture: np.ndarray, blank: np.ndarray, *, colour: bool) -> SealSeen:
    """Looks for a seal that was stamped beside its place. As `see_seal`, in the page's `upper_part`."""
    if not colour:
        return SealSeen.COLOURLESS if _face(_stamp(picture, blank, DARK / 2)) is not None else SealSeen.NONE
    red = _redness(picture)
    face = _face(red > int(PALE_RED * UNIT))
    if face is not None:
        return SealSeen.RED if _stamped(face & (red > int(RED * UNIT))) else SealSeen.FAINT
    return SealSeen.OTHER_INK if _face(_stamp(picture, blank, DARK / 2)) is not None else SealSeen.NONE


def wherever(here: SealSeen, beside: Callable[[], SealSeen]) -> SealSeen:
    """What is to be said of the seal: what lies at its place, unless that is in doubt and it lies beside it.

    `beside` is asked only then, so that a page that is sealed as usual costs no second look. What reaches
    into the place from below looks faint there.
    """
    if here not in {SealSeen.NONE, SealSeen.FAINT}:
        return here
    found = beside()
    return here if found is SealSeen.NONE else found


def stamp_outline(picture: np.ndarray, blank: np.ndarray) -> np.ndarray:
    """(h, w) uint8 0 or 1: the outlines of what was stamped or drawn about the seal's place, PX_PER_MM.

    Stamped by hand, no two seals lie alike: where this one lies tells its sheet from others. Both pictures
    are `seal_region`s, of the scan and of the blank page.
    """
    ink = (_darker(_darkest(picture), DARK) & _unprinted(blank, 7)).view(np.uint8)
    return np.asarray(cv2.morphologyEx(ink, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8)


def last_row(paper_to_scan: np.ndarray, around: Box) -> int:
    """The lowest row of the scan that a region on the paper reaches, px."""
    corners = [(x, y, 1.0) for x in (around.x0, around.x1) for y in (around.y0, around.y1)]
    _x, y, w = paper_to_scan @ np.array(corners).T
    return max(0, int(np.ceil((y / w).max())))


def about(seal_mm: Box) -> Box:
    """Where the seal is sought first, mm: the square printed free for it and some way around."""
    around = seal_mm.grown(MARGIN_MM)
    return Box(max(around.x0, 1.0), max(around.y0, 1.0), around.x1, around.y1)


def upper_part(page: PageLayout) -> Box:
    """Where else it may lie, mm: all of the page down to its table, and over the table's upper edge."""
    width, height = page.size_mm
    return Box(1.0, 1.0, width - 1, min(page.table_mm.y0 + LOWEST_MM, height - 1))


def seal_region(image: np.ndarray, paper_to_scan: np.ndarray, around: Box) -> np.ndarray:
    """The upright picture of a region in which the seal is sought.

    Args:
        image: the scan, (H, W, 3) BGR or (H, W) grey, uint8.
        paper_to_scan: (3, 3) homography, mm -> px.
        around: the region, mm: `about` its place or the page's `upper_part`.
    """
    region = around.as_tuple()
    few = image.shape[0] * image.shape[1] <= FEW * around.width * around.height * PX_PER_MM**2
    if image.ndim == 2 or not few:
        soft = straighten(image, paper_to_scan, region, PX_PER_MM)
    else:
        # OpenCV moves four channels in less than half the time that it takes for three.
        four = straighten(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), paper_to_scan, region, PX_PER_MM)
        soft = cv2.cvtColor(four, cv2.COLOR_BGRA2BGR)
    return cv2.blur(soft, (3, 3))


def _stamp(picture: np.ndarray, blank: np.ndarray, share: float) -> np.ndarray:
    """Bool, what is darker than paper by that share beside the print, whatever its colour."""
    return np.asarray(_darker(_darkest(picture), share) & _unprinted(blank, 5))


def _unprinted(blank: np.ndarray, reach: int) -> np.ndarray:
    """Bool, where nothing is printed on the blank page in a square of `reach` px about the pixel."""
    return np.asarray(cv2.erode(blank, np.ones((reach, reach), np.uint8)) > 200)


def _darkest(picture: np.ndarray) -> np.ndarray:
    """The darkest of a pixel's colours: red ink is dark in blue and green."""
    if picture.ndim == 2:
        return picture
    blue, green, red = cv2.split(picture)
    return np.asarray(cv2.min(cv2.min(blue, green), red))


def _redness(picture: np.ndarray) -> np.ndarray:
    """How much redder than paper every pixel is, in units of 1 / UNIT of the paper's level, uint8."""
    paper = percentiles(picture.reshape(-1, 3)[::37].T, (80,))[0].clip(60, 255)
    levels = np.clip(np.round((UNIT / paper)[:, None] * np.arange(256)), 0, 255).astype(np.uint8)
    # Colour by colour it takes a fifth of the time.
    blue, green, red = map(cv2.LUT, cv2.split(picture), levels)
    return np.asarray(cv2.subtract(red, cv2.max(blue, green)))


def _darker(grey: np.ndarray, share: float) -> np.ndarray:
    paper = percentile(grey[::7, ::5].ravel(), 80)
    return np.asarray(grey < (1 - share) * paper)


def _stamped(ink: np.ndarray) -> bool:
    """Whether the ink is a stamp: enough of it, spread wide both ways."""
    if np.count_nonzero(ink) < WHOLE_MM2 * PX_PER_MM**2:
        return False
    counts = (cv2.reduce(ink.view(np.uint8), axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S) for axis in (0, 1))
    spread = min(_spread(count.ravel()) for count in counts)
    return bool(spread >= SPREAD_MM * PX_PER_MM)


def _spread(counts: np.ndarray) -> int:
    """Over how many columns (or rows) the middle 90 % of the ink lie, from the ink in each."""
    below = np.cumsum(counts)
    first, last = np.searchsorted(below, np.array([0.05, 0.95]) * below[-1])
    return int(last - first)


def _face(ink: np.ndarray) -> np.ndarray | None:
    """Bool, where ink has a seal's shape too: round, as large as one, with a face; None: nowhere."""
    if not _stamped(ink):
        return None
    side = round(CLOSED_MM * PX_PER_MM)
    closed = cv2.morphologyEx(ink.view(np.uint8), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hulls = map(cv2.convexHull, outlines)
    discs = (_disc(hull, ink.shape) for hull in hulls if _is_round(hull))
    return next((d for d in discs if np.count_nonzero(ink & d) >= INKED * np.count_nonzero(d)), None)


def _is_round(hull: np.ndarray) -> bool:
    _middle, radius = cv2.minEnclosingCircle(hull)
    low, high = ACROSS_MM
    fills = cv2.contourArea(hull) >= ROUND * np.pi * radius**2
    return bool(fills and low <= 2 * radius / PX_PER_MM <= high)


def _disc(hull: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(cv2.fillConvexPoly(np.zeros(shape, np.uint8), hull, 1) > 0)
