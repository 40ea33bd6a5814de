"""Finds what is left of a scanner's streaks over the rows: straight lines along the feed.

A streak is dirt on the glass: it runs through every row at the same place of the scan, however the sheet
lay, and beyond the table. A pen's stroke through a list of names ends with the list. What a streak of a grey
scan darkens was taken away from the whole page before (`omr.streaks`); in black and white, or across a page
that lay askew, a line remains. It is no stroke through a name; in a box it may hide one or feign one, and
people look.
"""

from __future__ import annotations

import cv2
import numpy as np

from layouts.model import PageLayout, Row
from omr.ink import BAND_MM, MARGIN_MM, PX_PER_MM, Print, RowInk, to_px
from omr.register import Placement
from omr.streaks import thin_darkness

#: Rows that a line must run through: through one or two, a pen might.
FEWEST_ROWS = 3
#: Share of the height between the print that a line darkens, of what lies there along the feed, and the least
#: height left between the print, as a share of the table's.
COVERED, LEFT = 0.6, 0.3
#: Darkness of a line, as a share of printed black.
DARK = 0.10
#: A line this near to a box's rule is the rule's own fringe, mm.
INSIDE_MM = 1.0
#: What is taken away left and right of a line's darkest columns, mm.
BESIDE_MM = 0.35
#: A line of the scanner's is sought beyond the table so far on either side of its place there, mm (what rows
#: lie shifted), but not so near to the table and to the paper's edges; over so much height at least, and
#: darkens this share of it.
ABOUT_MM, EDGE_MM, BEYOND_MM, GOES_ON = 2.0, 3.0, 4.0, 0.5


def find_lines(ink: RowInk, printed: Print, page: PageLayout, lean: float) -> np.ndarray:
    """(H, W) bool, where lines along the feed run through the rows.

    Args:
        ink: the rows.
        printed: their print.
        page: their layout.
        lean: how far the feed's direction leans on this sheet: mm to the right for each mm down.
    """
    lines = np.zeros(ink.pen.shape, bool)
    if len(page.rows) < FEWEST_ROWS:
        return lines
    table, rows = page.table_mm, page.rows
    x0, y0, x1, y1 = to_px(page, (table.x0, rows[0].name_mm.y0, table.x1, rows[-1].name_mm.y1))
    pen = _above(ink.pen[y0:y1, x0:x1], ink.floor + DARK * ink.black)
    upright = _sheared(pen, lean)
    free = _sheared(_above(printed.keep[y0:y1, x0:x1], 0), lean)
    height = _counted(free)
    covered = _counted(cv2.bitwise_and(upright, free)) >= COVERED * np.maximum(height, 1)
    found = (covered & (height >= LEFT * len(pen))).astype(np.uint8)
    wide = cv2.dilate(found.reshape(1, -1), np.ones((1, 2 * round(BESIDE_MM * PX_PER_MM) + 1), np.uint8))
    if wide.any():
        lines[y0:y1, x0:x1] = _sheared(np.repeat(wide, len(pen), axis=0), -lean)
    return lines


def of_scanner(
    lines: np.ndarray, page: PageLayout, grey: np.ndarray, placement: Placement, level: float
) -> np.ndarray:
    """Those of the lines that go on above and below the table, (H, W) bool.

    Dirt on the glass draws them over the whole scan. A pen that strikes out a list begins and ends with it.

    Args:
        lines: what `find_lines` found.
        page: the layout.
        grey: the scan, (H, W) uint8.
        placement: where the paper lies in it.
        level: darkness of a line against the paper beside it, grey levels of 255.
    """
    found = np.zeros_like(lines)
    count, labels = cv2.connectedComponents(lines.view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    for label in range(1, count):
        line = labels == label
        y, x = (float(at.mean()) / PX_PER_MM for at in np.nonzero(line))
        x_mm = page.table_mm.x0 - MARGIN_MM + x
        y_mm = page.rows[0].cells[0].box_mm.y0 - BAND_MM + y
        if _goes_on((x_mm, y_mm), page, grey, placement, level):
            found |= line
    return found


def _goes_on(
    at_mm: tuple[float, float], page: PageLayout, grey: np.ndarray, placement: Placement, level: float
) -> bool:
    """Whether a line along the feed through a place on the paper is there above and below the table, too."""
    (x, y), lean, table = at_mm, placement.lean, page.table_mm
    ends = ((EDGE_MM, table.y0 - EDGE_MM), (table.y1 + EDGE_MM, page.size_mm[1] - EDGE_MM))
    points = placement.to_scan([(x + lean * (end - y), end) for part in ends for end in part])
    if np.ptp(points[:, 0]) > np.ptp(points[:, 1]):
        grey, points = grey.T, points[:, ::-1]
    unit = placement.px_per_mm
    left, right = (round(points[:, 0].mean() + side * unit) for side in (-ABOUT_MM, ABOUT_MM))
    strip = np.ascontiguousarray(grey[:, max(left, 0) : max(right, 0)])
    seen = []
    for first, last in points[:, 1].reshape(2, 2):
        low, high = sorted((round(first), round(last)))
        part = strip[max(low, 0) : max(high, 0)]
        if not part.size or len(part) < BEYOND_MM * unit:
            return False
        dark = _above(thin_darkness(part, 2 * round(BESIDE_MM * unit)), level)
        # A line wavers by a pixel.
        seen.append(cv2.dilate(dark, np.ones((1, 3), np.uint8)).mean(axis=0) >= GOES_ON)
    return bool((seen[0] & seen[1]).any())


def over_texts(lines: np.ndarray, page: PageLayout) -> np.ndarray:
    """Those of the lines that run over printed names and positions, likewise."""
    x0, _, _, _ = to_px(page, page.rows[0].name_mm.as_tuple())
    _, _, x1, _ = to_px(page, page.rows[0].position_mm.as_tuple())
    texts = np.zeros_like(lines)
    texts[:, x0:x1] = lines[:, x0:x1]
    return texts


def in_boxes(lines: np.ndarray, page: PageLayout, row: Row) -> bool:
    """Whether one of the lines runs through one of a row's boxes."""
    boxes = (to_px(page, cell.box_mm.grown(-INSIDE_MM).as_tuple()) for cell in row.cells)
    return any(bool(lines[y0:y1, x0:x1].any()) for x0, y0, x1, y1 in boxes)


def _above(picture: np.ndarray, level: float) -> np.ndarray:
    """Uint8 0 or 1, where a picture is above a level."""
    return np.asarray(cv2.threshold(picture, level, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _counted(mask: np.ndarray) -> np.ndarray:
    """(W,) int, how many pixels of each column a mask (uint8 0 or 1) has."""
    return np.asarray(cv2.reduce(mask, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)).ravel()


def _sheared(mask: np.ndarray, lean: float) -> np.ndarray:
    """The mask (uint8) with every row moved left by `lean` times its height above or below the middle."""
    middle = len(mask) / 2
    shear = np.array([(1, lean, -lean * middle), (0, 1, 0)])
    moved = cv2.warpAffine(mask, shear, mask.shape[::-1], flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return np.asarray(moved, np.uint8)
