"""Finds the registration marks of a page: scan image in, corners in scan pixels out.

ArUco marks (Garrido-Jurado et al., 2014) are found on a reduced image, where dithering and noise
average out, and their corners are then refined at full resolution. The usual page is settled from its
four corner windows; only a page that hides a mark pays for a search of the whole image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import dist

import cv2
import numpy as np

from omr.halves import COARSE_SIDE, Reduced, reduced

Grey = np.ndarray  # (H, W) uint8

#: Ids in use: 0 top left, 1 top right, 2 bottom right, 3 bottom left (`layouts.model.Fiducial`).
IDS = (0, 1, 2, 3)
#: Long side of the reduced image, px: at 100 dpi a 10 mm mark is 39 px and a module 6.5 px.
SEARCH_SIDE = COARSE_SIDE
#: No mark can be read in a picture (or window) smaller than this, px.
SMALLEST_SIDE = 12
#: The same for the first look: 50 dpi at least, a module of 3.3 px, enough for a clean page.
FIRST_SIDE = 700
#: Share of the image's width and height that a corner window takes: the marks' far edges lie 18 mm from
#: the paper's edge, and a page that lies straight shows them in the first windows; 10° of rotation moves
#: them another 25 mm, a black scanner border some 10 mm.
NARROW_WINDOW, WINDOW = 0.16, 0.30


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One mark in the scan: `corners` (4, 2) float64 px, in the order of the printed mark's corners."""

    id: int
    corners: np.ndarray


@cache
def _detector(*, thorough: bool, share: float) -> cv2.aruco.ArucoDetector:
    """`share`: of width and height, what is searched at once; the least mark is that of the whole image."""
    parameters = cv2.aruco.DetectorParameters()
    if thorough:
        parameters.minMarkerPerimeterRate = 0.02 / share
        parameters.adaptiveThreshWinSizeMin = 5
        parameters.adaptiveThreshWinSizeMax = 45
        parameters.adaptiveThreshWinSizeStep = 10
        parameters.polygonalApproxAccuracyRate = 0.06
        parameters.errorCorrectionRate = 0.8
    else:
        # One threshold window, a little wider than half a mark: enough for a clean page.
        parameters.adaptiveThreshWinSizeMin = 13
        parameters.adaptiveThreshWinSizeMax = 13
        parameters.minMarkerPerimeterRate = 0.1
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), parameters)


def _detect(image: Grey, *, thorough: bool, share: float = 1.0) -> list[Found]:
    if min(image.shape) < SMALLEST_SIDE:
        return []
    corners, ids, _ = _detector(thorough=thorough, share=share).detectMarkers(image)
    if ids is None:
        return []
    return [
        Found(int(mark), quad.reshape(4, 2).astype(np.float64))
        for mark, quad in zip(ids.ravel(), corners, strict=True)
        if int(mark) in IDS
    ]


def _corner_windows(image: Grey, share: float, *, thorough: bool = False) -> list[Found]:
    height, width = image.shape
    w, h = max(int(width * share), 1), max(int(height * share), 1)
    found: list[Found] = []
    for x in (0, width - w):
        for y in (0, height - h):
            corner = np.array([x, y], dtype=np.float64)
            marks = _detect(image[y : y + h, x : x + w], thorough=thorough, share=share)
            found += [Found(mark.id, mark.corners + corner) for mark in marks]
    return found


def _searches(grey: Grey, coarse: Reduced) -> Iterator[tuple[list[Found], float]]:
    """Ever more thorough searches, each a list of marks and the factor to full pixels."""
    image, factor = coarse
    small, more = reduced(image, FIRST_SIDE)
    yield _corner_windows(small, NARROW_WINDOW), factor * more
    yield _corner_windows(small, WINDOW), factor * more
    # Where halving left a clean mark's edges between two pixels: a tenth of the time of the whole image, in
    # which the mark would be found likewise, to the same corners.
    yield _corner_windows(image, NARROW_WINDOW, thorough=True), factor
    yield _detect(image, thorough=True), factor
    # Heavy noise and dithering: average over more pixels.
    soft = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.6), np.uint8)
    yield _detect(soft, thorough=True), factor
    small, more = reduced(soft, SEARCH_SIDE // 2)
    if more == 1.0:
        scaled = cv2.resize(soft, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        small, more = np.asarray(scaled, np.uint8), 1 / 0.6
    yield _detect(small, thorough=True), factor * more
    # A page that fills only part of the picture, as in a photograph: look finer.
    fine, factor = reduced(grey, 2 * SEARCH_SIDE)
    yield _detect(fine, thorough=True), factor


def _refined(grey: Grey, mark: Found, factor: float) -> Found:
    """The mark at full resolution, its corners moved onto the black square's corners."""
    # Pixel centres: reduced pixel i covers full pixels factor*i … factor*i + factor - 1.
    full = (mark.corners + 0.5) * factor - 0.5
    side = min(map(dist, full[:-1].tolist(), full[1:].tolist()))
    reach = max(2, int(min(1.5 * factor, side / 12)))
    points = full.astype(np.float32).reshape(-1, 1, 2)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 8, 0.03)
    cv2.cornerSubPix(grey, points, (reach, reach), (-1, -1), stop)
    moved = points.reshape(4, 2).astype(np.float64)
    # A corner that ran away followed something else (a hole, a staple): keep the first place.
    stayed = np.hypot(*(moved - full).T) <= 1.5 * reach
    return Found(mark.id, np.where(stayed[:, None], moved, full))


def find_fiducials(grey: Grey, coarse: Reduced | None = None) -> tuple[Found, ...]:
    """Finds the page's registration marks, at most one for each id, ordered by id.

    Args:
        grey: the scan, (H, W) uint8, any orientation, 75 to 600 dpi.
        coarse: the scan reduced to SEARCH_SIDE, where that has been done already.

    Returns:
        0 to 4 marks with corners in full-resolution scan pixels (pixel centres at whole numbers).
    """
    best: dict[int, Found] = {}
    for marks, factor in _searches(grey, coarse or reduced(grey, SEARCH_SIDE)):
        for mark in sorted(marks, key=_size, reverse=True):
            if mark.id not in best:
                best[mark.id] = _refined(grey, mark, factor)
        if len(best) == len(IDS):
            break
    return tuple(best[mark] for mark in sorted(best))


def _size(mark: Found) -> float:
    return float(cv2.contourArea(mark.corners.astype(np.float32)))
