"""Ties a page to a layout by everything printed on it, when its registration marks cannot be had.

Torn corners, a photograph cut too narrow, a scan without its edges: letters and rules are still there.
Features of the scan are matched with those of the blank page (SIFT, Lowe 2004) and a homography is sought
that enough of them agree on. It is only a proposal: the grid and the printed names must confirm it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from omr.halves import reduced
from omr.register import Placement, plausible

#: Resolution of the blank pages that are matched, px/mm.
PX_PER_MM = 4.0
#: Long side of the reduced scan, px.
SIDE = 1170
#: Features sought in a page, and the ratio of best to second best match (Lowe's is 0.8).
FEATURES, RATIO = 2500, 0.78
#: How far a matched feature may lie from its place, px of the reduced scan.
TOLERANCE_PX = 6.0
#: Matches that must agree. A page of other text reached 14, our own pages have 80 and more.
AGREED = 40
#: Blank pages whose features are kept in a process: those of the longest ballots.
KEPT = 16


def match_print(grey: np.ndarray, blanks: Sequence[np.ndarray]) -> tuple[Placement, ...]:
    """The placements that the print of the pages proposes, the best first.

    Args:
        grey: the scan, (H, W) uint8.
        blanks: the blank pages, grey, PX_PER_MM, (0, 0) at the paper's corner.
    """
    coarse, factor = reduced(grey, SIDE)
    if min(coarse.shape) < 100:
        return ()
    points, features = cv2.SIFT.create(nfeatures=FEATURES).detectAndCompute(coarse, None)
    if features is None:
        return ()
    to_full = np.array([(factor, 0, (factor - 1) / 2), (0, factor, (factor - 1) / 2), (0, 0, 1.0)])
    found = [_placed(points, features, blank, to_full) for blank in blanks]
    proposals = [proposal for proposal in found if proposal is not None]
    return tuple(placement for _, placement in sorted(proposals, key=lambda p: -p[0]))


def _placed(
    points: Sequence[cv2.KeyPoint], features: np.ndarray, blank: np.ndarray, to_full: np.ndarray
) -> tuple[int, Placement] | None:
    expected, wanted = _features_of(blank.tobytes(), blank.shape)
    if wanted is None:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(wanted, features, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < RATIO * p[1].distance]
    if len(good) < AGREED:
        return None
    paper = (np.array([expected[m.queryIdx].pt for m in good]) + 0.5) / PX_PER_MM
    scan = np.array([points[m.trainIdx].pt for m in good])
    homography, agreed = cv2.findHomography(paper, scan, cv2.RANSAC, TOLERANCE_PX)
    if homography is None or int(agreed.sum()) < AGREED or not plausible(to_full @ homography):
        return None
    return int(agreed.sum()), Placement(to_full @ homography, (), 0.0)


@lru_cache(maxsize=KEPT)
def _features_of(pixels: bytes, shape: tuple[int, ...]) -> tuple[Sequence[cv2.KeyPoint], np.ndarray | None]:
    """A blank page's own features, sought once: they took as long as those of each scan."""
    blank = np.frombuffer(pixels, np.uint8).reshape(shape)
    return cv2.SIFT.create(nfeatures=FEATURES).detectAndCompute(blank, None)
