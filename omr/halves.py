"""A picture reduced by halving: what most steps need of a page, made once for all of them."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]  # (H, W)

#: A reduced picture, and how many full pixels make one of its (1, 2, 4 ...).
Reduced = tuple[Grey, float]

#: Long side that a page is reduced to for all that need not be measured exactly, px: A4 at 100 dpi.
COARSE_SIDE: Final = 1170


def reduced(grey: Grey, side: int) -> Reduced:
    """The image halved until its long side is near `side` px, and the factor back to full pixels (>= 1).

    Halving only: averaging 2 × 2 pixels is many times faster than any other reduction, and aligned.
    """
    factor = 1.0
    while max(grey.shape) >= 1.6 * side:
        height, width = (n // 2 * 2 for n in grey.shape)
        half = cv2.resize(grey[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        grey = np.asarray(half, np.uint8)
        factor *= 2
    return grey, factor
