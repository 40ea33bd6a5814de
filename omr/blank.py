"""Tells an empty side (the back of a sheet) from one with anything on it."""

from __future__ import annotations

import cv2
import numpy as np

from omr.halves import reduced

#: Long side of the image in which it is judged, px: A4 at 50 dpi.
SIDE = 585
#: How much darker than the paper around ink is, in grey levels of 255: bleed-through of the other side and
#: the grain of cheap paper stay below.
DARK = 42
#: Paper, not the dark about it, is at least this share of a picture of an empty side: of a black one (a lamp
#: that failed, a lid left open over a small sheet) nobody can say what is on it.
PAPER = 0.5
#: Share of inked pixels above which a side is not empty: a signature takes 0.1 %.
INKED = 0.0006


def is_blank(grey: np.ndarray) -> bool:
    """Whether the side is empty: mostly paper, and dark only in what touches its edge (scanner borders).

    Args:
        grey: the scan, (H, W) uint8.
    """
    small, _ = reduced(grey, SIDE)
    if min(small.shape) < 3:
        return False  # no picture of a page
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), 21)
    dark = (cv2.subtract(paper, small) > DARK) | (small < 90)
    if np.count_nonzero(dark) > (1 - PAPER) * dark.size:
        return False
    _, labels = cv2.connectedComponents(dark.astype(np.uint8), connectivity=8)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    inside = ~np.isin(labels, edge) & dark
    margin = max(1, round(0.03 * small.shape[1]))
    return float(inside[margin:-margin, margin:-margin].sum()) < INKED * inside.size
