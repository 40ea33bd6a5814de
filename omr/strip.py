"""The picture of a page's rows that people see when they decide, made while the page is in memory."""

from __future__ import annotations

import cv2
import numpy as np

#: JPEG quality: a thin pencil line stays visible at twice its size; a strip takes 60 to 150 KB.
QUALITY = 70


def make_strip(rows: np.ndarray) -> bytes:
    """JPEG of the straightened rows (`omr.ink.RowInk.picture`).

    Raises:
        RuntimeError: OpenCV could not encode it (never seen; would be a bug).
    """
    done, data = cv2.imencode(".jpg", rows, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise RuntimeError("a strip could not be encoded")
    return bytes(data)
