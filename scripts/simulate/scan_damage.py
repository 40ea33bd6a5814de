"""What lamp, glass, sensor and software do to the picture of a sheet, one damage a function.

Each takes an image (H, W, 3) uint8 BGR of any orientation and returns a new one of the same shape;
`scale` is px/mm of the scan, lengths are in mm, angles in degrees.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from scripts.simulate.paper import Image, multiplied


def noisy(image: Image, sigma: float, rng: np.random.Generator) -> Image:
    """Sensor noise of that standard deviation (grey levels), partly the same in all colours."""
    if sigma <= 0:
        return image.copy()
    noise: npt.NDArray[np.int16] = np.empty(image.shape, np.int16)
    cv2.setRNGSeed(int(rng.integers(2**31 - 1)))
    cv2.randn(noise, np.zeros(3), np.full(3, sigma))
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8)


def blurred(image: Image, sigma_mm: float, scale: float) -> Image:
    """Out of focus."""
    return (
        np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_mm * scale), np.uint8)
        if sigma_mm > 0
        else image.copy()
    )


def toned(image: Image, brightness: float, contrast: float, gamma: float) -> Image:
    """Tone curve of the scanner: out = ((in ** gamma) - ½) · contrast + ½ + brightness, all in 0 … 1."""
    levels = np.arange(256) / 255
    curve = ((levels**gamma) - 0.5) * contrast + 0.5 + brightness
    return np.asarray(cv2.LUT(image, np.clip(curve * 255 + 0.5, 0, 255).astype(np.uint8)), np.uint8)


def shadowed(image: Image, depth: float, degrees: float) -> Image:
    """Light that falls off towards one side: darker by up to `depth` (0 … 1) at the far edge."""
    height, width = image.shape[:2]
    y, x = np.mgrid[-0.5:0.5:17j, -0.5:0.5:17j]
    along = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees)) + 0.5
    small = (1 - depth * np.clip(along, 0, 1.2) ** 2).astype(np.float32)
    shade = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    return multiplied(image, shade[:, :, None])


def streaked(image: Image, at_mm: Sequence[float], width_mm: float, depth: float, scale: float) -> Image:
    """Vertical streaks from dirt on the scanner's glass, over the whole height."""
    columns = np.arange(image.shape[1]) / scale
    profile = np.ones(len(columns))
    for at in at_mm:
        profile -= depth * (np.abs(columns - at) < width_mm / 2)
    shade = np.broadcast_to(np.clip(profile, 0, 1).astype(np.float32)[None, :], image.shape[:2])
    return multiplied(image, shade[:, :, None])


def bordered(image: Image, width_mm: float, scale: float, rng: np.random.Generator) -> Image:
    """Dark borders at two or more edges, uneven, as a lid that was not shut leaves them."""
    out = image.copy()
    height, width = image.shape[:2]
    sides = rng.permutation(4)[: int(rng.integers(2, 5))]
    for side in sides:
        wide = max(round(width_mm * float(rng.uniform(0.4, 1)) * scale), 1)
        skew = round(float(rng.uniform(-0.5, 0.5)) * wide)
        outline = {
            0: [(0, 0), (width, 0), (width, wide + skew), (0, wide - skew)],
            1: [(width, 0), (width, height), (width - wide - skew, height), (width - wide + skew, 0)],
            2: [(0, height), (width, height), (width, height - wide - skew), (0, height - wide + skew)],
            3: [(0, 0), (0, height), (wide + skew, height), (wide - skew, 0)],
        }[int(side)]
        level = int(rng.integers(8, 60))
        cv2.fillPoly(out, [np.array(outline, np.int32)], (level,) * 3, cv2.LINE_AA)
    return out


def grey(image: Image) -> Image:
    """Without colour (still three channels)."""
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def thresholded(image: Image, level: int) -> Image:
    """One bit a pixel: black below `level` (0–255), white from it on."""
    plane = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    _, hard = cv2.threshold(plane, level - 1, 255, cv2.THRESH_BINARY)
    return np.asarray(cv2.cvtColor(hard, cv2.COLOR_GRAY2BGR), np.uint8)


#: Ordered dither of fax modems and office copiers (Bayer 1973), 8 × 8, levels 0 … 63.
_BAYER_2 = np.array([[0, 2], [3, 1]])


_BAYER_4 = np.block([[4 * _BAYER_2 + shift for shift in row] for row in _BAYER_2])


_BAYER_8 = np.block([[4 * _BAYER_4 + shift for shift in row] for row in _BAYER_2])


def dithered(image: Image) -> Image:
    """One bit a pixel, grey made of dots by an ordered dither."""
    plane = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    height, width = plane.shape
    levels = np.tile(np.uint8(4 * _BAYER_8 + 2), (height // 8 + 1, width // 8 + 1))[:height, :width]
    dots = np.where(plane > levels, np.uint8(255), np.uint8(0))
    return np.asarray(cv2.cvtColor(dots, cv2.COLOR_GRAY2BGR), np.uint8)


def jpeg_bytes(image: Image, quality: int, *, colour: bool = True, small: bool = True) -> bytes:
    """The image as a JPEG file; grey with one channel where not `colour`.

    `small` packs the same picture more tightly, in twice the time.
    """
    plane = image if colour else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    done, data = cv2.imencode(
        ".jpg", plane, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, int(small)]
    )
    if not done:
        raise ValueError("the image could not be written as JPEG")
    return bytes(data)


def compressed(image: Image, quality: int) -> Image:
    """The image after it was kept as a JPEG of that quality."""
    kept = np.frombuffer(jpeg_bytes(image, quality, small=False), np.uint8)
    return np.asarray(cv2.imdecode(kept, cv2.IMREAD_COLOR), np.uint8)
