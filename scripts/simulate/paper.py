"""The printed page before anybody touched it, as an image.

An image here is (H, W, 3) uint8 BGR in frame *paper*: pixel (x, y) shows the paper at
((x + 0.5) / px_per_mm, (y + 0.5) / px_per_mm) millimetres from the top left corner.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2

Image: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.float32]

MM_PER_INCH = 25.4
A4_MM = (210.0, 297.0)
#: Pixel rows that are shaded at once.
BAND_ROWS = 64


def px_per_mm(dpi: float) -> float:
    """Dots per inch as pixels per millimetre."""
    return dpi / MM_PER_INCH


@lru_cache(maxsize=8)
def printed_page(pdf: Path, index: int, scale: float = 10.0) -> Image:
    """Page `index` (from 0) of a PDF at `scale` px/mm. The array is shared: it is read-only."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        # A4 in points is 297.0003 mm: pdfium would round 2970.003 px up and stretch the page by 0.1 mm.
        bitmap = document[index].render(scale=scale * MM_PER_INCH / 72 * (1 - 2e-6))
        image: Image = np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])
    finally:
        document.close()
    image.flags.writeable = False
    return image


def empty_page(size_mm: tuple[float, float] = A4_MM, scale: float = 10.0) -> Image:
    """A sheet with nothing on it."""
    return np.full((round(size_mm[1] * scale), round(size_mm[0] * scale), 3), 255, np.uint8)


def laser_printed(image: Image, scale: float, rng: np.random.Generator) -> Image:
    """What a laser printer makes of a page: soft edges, black that is not quite black, tiny gaps in it.

    The blur (0.04 mm) and the black of 25–50 are those of office printouts scanned at 600 dpi.
    """
    soft = cv2.GaussianBlur(image, (0, 0), 0.04 * scale)
    black = rng.uniform(18, 45)
    table = np.clip(black + np.arange(256) * (250 - black) / 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(soft, table), np.uint8)


def grain(shape: tuple[int, int], size_px: float, rng: np.random.Generator) -> Mask:
    """Smooth random field of that pixel size of grain: mean 0, standard deviation 1."""
    cell = max(size_px, 1.0)
    small = (max(int(shape[0] / cell) + 2, 2), max(int(shape[1] / cell) + 2, 2))
    field = rng.standard_normal(small, np.float32)
    if cell > 1:
        field = np.asarray(cv2.resize(field, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)
    else:
        field = field[: shape[0], : shape[1]]
    return np.asarray(field / max(float(field.std()), 1e-6), np.float32)


def multiplied(image: Image, shade: Mask) -> Image:
    """The image darkened by `shade`, (H, W, 1) or (H, W, 3): 1 where nothing changes, 0 for black."""
    dark = np.empty_like(image)
    for top in range(0, len(image), BAND_ROWS):  # a band at a time stays in the cache: a tenth of the time
        band = slice(top, top + BAND_ROWS)
        part = cv2.merge([shade[band]] * 3) if shade.shape[2] == 1 else shade[band]
        dark[band] = np.clip(image[band] * part + np.float32(0.5), 0, 255)
    return dark
