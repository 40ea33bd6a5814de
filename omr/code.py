"""Reads a page's QR code and says whether this board's key made it."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import zxingcpp

from layouts.codes import Claim, read_payload
from layouts.model import Box
from omr.register import straighten

#: Room around the code in its picture, mm: what stretch may have moved it.
MARGIN_MM = 3.0
#: Pictures tried, px/mm: a module is about 0.6 mm, so 5 px; coarser averages noise, finer helps 150 dpi.
SCALES = (8.0, 5.0, 12.0)


def read_code(grey: np.ndarray, paper_to_scan: np.ndarray, code_mm: Box, key: bytes) -> Claim | None:
    """What the page's code says, or None where no code of ours can be read.

    Args:
        grey: the scan, (H, W) uint8.
        paper_to_scan: (3, 3) homography, mm -> px.
        code_mm: where the layout has the code.
        key: the election's key.
    """
    box = code_mm.grown(MARGIN_MM).as_tuple()
    for picture in _pictures(grey, paper_to_scan, box):
        for barcode in zxingcpp.read_barcodes(
            picture, formats=_qr_codes(), try_rotate=False, try_invert=False
        ):
            claim = read_payload(barcode.text, key)
            if claim is not None:
                return claim
    return None


def _qr_codes() -> zxingcpp.BarcodeFormats:
    # Made anew each time: kept in the module it outlives the library, which complains at exit.
    return zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def _pictures(
    grey: np.ndarray, paper_to_scan: np.ndarray, box: tuple[float, float, float, float]
) -> Iterator[np.ndarray]:
    for scale in SCALES:
        picture = straighten(grey, paper_to_scan, box, scale)
        yield picture
        yield cv2.GaussianBlur(picture, (0, 0), scale * 0.16)
