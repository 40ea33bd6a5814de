"""How many ends a mark has: an X has four, a tick two, a ring none; an X under a line has six."""

from __future__ import annotations

import cv2
import numpy as np

#: Gaps that a pen left are closed up to this size, px.
GAP_PX = 3
#: Ends shorter than this are the edge's roughness, no stroke's, px.
SPUR_PX = 5


def count_ends(mask: np.ndarray) -> int:
    """The ends of the strokes of a mark, as its skeleton shows them (Zhang and Suen, 1984).

    Args:
        mask: (H, W) uint8 or bool, its ink.
    """
    # Few pages have two marks in a row, and it takes as long to load as to read ten of them.
    from skimage.morphology import skeletonize  # noqa: PLC0415

    room = np.pad(mask.astype(np.uint8), 1)
    closed = cv2.morphologyEx(room, cv2.MORPH_CLOSE, np.ones((GAP_PX, GAP_PX), np.uint8))
    lines: np.ndarray = skeletonize(closed > 0)  # type: ignore[no-untyped-call]
    for _ in range(SPUR_PX):
        lines = lines & ~_ends(lines)
    return int(np.count_nonzero(_ends(lines)))


def _ends(lines: np.ndarray) -> np.ndarray:
    """Where lines one pixel wide end: one pixel of them lies beside."""
    beside = cv2.filter2D(
        lines.astype(np.uint8), -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT
    )
    ends: np.ndarray = lines & (beside == 2)
    return ends
