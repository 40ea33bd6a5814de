"""What happens to a sheet of paper, one damage a function.

Each takes an image in frame *paper* at `scale` px/mm, (H, W, 3) uint8 BGR, and returns a new one of the
same shape; lengths are in mm, angles in degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from scripts.simulate.paper import Image, Mask, grain, multiplied
from scripts.simulate.pen import Colour

Outline: TypeAlias = npt.NDArray[np.int32]


def bled_through(image: Image, back: Image, share: float, scale: float) -> Image:
    """The back of the sheet shows through: mirrored, blurred, at `share` (0 … 1) of its darkness."""
    mirrored = cv2.GaussianBlur(cv2.flip(back, 1), (0, 0), 0.25 * scale)
    shadow = 255 - (255 - mirrored.astype(np.float32)) * share
    return multiplied(image, np.asarray(shadow / 255, np.float32))


def folded(image: Image, at_mm: float, horizontal: bool, depth: float, scale: float) -> Image:
    """A fold line across the sheet: a dark and a light edge 0.4 mm wide, `depth` (0 … 1) strong."""
    count = image.shape[0] if horizontal else image.shape[1]
    away = np.arange(count) / scale - at_mm
    profile = 1 - depth * np.exp(-((away / 0.25) ** 2)) - 0.25 * depth * np.exp(-(((away - 1.2) / 1.0) ** 2))
    shade = (profile[:, None] if horizontal else profile[None, :]).astype(np.float32)
    return multiplied(image, np.broadcast_to(shade, image.shape[:2])[:, :, None])


def punched(
    image: Image, centres_mm: Sequence[tuple[float, float]], scale: float, background: Colour
) -> Image:
    """Punch holes of 6 mm, through which the scanner's background shows."""
    out = image.copy()
    for x, y in centres_mm:
        cv2.circle(out, (round(x * scale), round(y * scale)), round(3 * scale), background, -1, cv2.LINE_AA)
    return out


def stapled(image: Image, at_mm: tuple[float, float], degrees: float, scale: float) -> Image:
    """A staple 12 mm long with its shadow."""
    out = image.copy()
    half = 6 * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    for shift, colour, width in (
        (0.5, (170, 170, 170), 0.9),
        (0.0, (120, 118, 116), 0.6),
        (-0.1, (205, 205, 205), 0.2),
    ):
        ends = [
            np.round((np.array(at_mm) + side * half + shift) * scale).astype(int).tolist() for side in (-1, 1)
        ]
        cv2.line(out, ends[0], ends[1], colour, max(round(width * scale), 1), cv2.LINE_AA)
    return out


def stained(
    image: Image, centre_mm: tuple[float, float], radius_mm: float, scale: float, rng: np.random.Generator
) -> Image:
    """A coffee stain: a brown ring, paler inside, ragged."""
    side = round(radius_mm * 2.6 * scale)
    y, x = np.mgrid[0:side, 0:side] / scale - radius_mm * 1.3
    away = np.hypot(x, y) + 0.5 * grain((side, side), 6 * scale, rng)
    strong = rng.uniform(0.5, 1)
    tint = 0.10 * (away < radius_mm) + 0.28 * strong * np.exp(-(((away - radius_mm) / 0.8) ** 2))
    patch = 1 - tint[:, :, None].astype(np.float32) * np.array([1.6, 1.1, 0.75], np.float32)
    shade = np.ones((*image.shape[:2], 3), np.float32)
    _paste(
        shade,
        patch,
        round((centre_mm[0] - radius_mm * 1.3) * scale),
        round((centre_mm[1] - radius_mm * 1.3) * scale),
    )
    return multiplied(image, shade)


def torn(  # noqa: PLR0913, PLR0917 - what, where, how large
    image: Image,
    corner: int,
    size_mm: tuple[float, float],
    scale: float,
    background: Colour,
    rng: np.random.Generator,
) -> Image:
    """A corner (0 top left, then clockwise) torn off along a ragged line; `size_mm` along both edges."""
    out = image.copy()
    cv2.fillPoly(out, [_corner_outline(image, corner, size_mm, scale, rng, 0.8)], background, cv2.LINE_AA)
    return out


def dog_eared(
    image: Image, corner: int, size_mm: tuple[float, float], scale: float, background: Colour
) -> Image:
    """A corner folded over onto the page: background where it was, its white back over the print."""
    out = image.copy()
    still = np.random.default_rng(0)
    outline = _corner_outline(image, corner, size_mm, scale, still, 0.0)
    cv2.fillPoly(out, [outline], background, cv2.LINE_AA)
    tip, ends = outline[0].astype(np.float64), (outline[1].astype(np.float64), outline[-1].astype(np.float64))
    along = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
    foot = ends[0] + along * float((tip - ends[0]) @ along)
    flap = np.round(np.stack([2 * foot - tip, *ends])).astype(np.int32)
    cv2.fillPoly(out, [flap], (236, 238, 238), cv2.LINE_AA)
    cv2.polylines(out, [flap], True, (165, 168, 168), max(round(0.3 * scale), 1), cv2.LINE_AA)  # noqa: FBT003
    return out


def dirty(image: Image, specks: int, scale: float, rng: np.random.Generator) -> Image:
    """Specks of dirt and toner of 0.1–0.6 mm anywhere on the page."""
    out = image.copy()
    for _ in range(specks):
        at = (int(rng.integers(image.shape[1])), int(rng.integers(image.shape[0])))
        level = int(rng.integers(30, 170))
        radius = max(round(float(rng.uniform(0.05, 0.3)) * scale), 1)
        cv2.ellipse(
            out,
            at,
            (radius, max(radius // 2, 1)),
            float(rng.uniform(0, 180)),
            0,
            360,
            (level,) * 3,
            -1,
            cv2.LINE_AA,
        )
    return out


def _paste(field: Mask, patch: Mask, left: int, top: int) -> None:
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + patch.shape[1], field.shape[1]), min(top + patch.shape[0], field.shape[0])
    if x1 > x0 and y1 > y0:
        field[y0:y1, x0:x1] = np.clip(patch[y0 - top : y1 - top, x0 - left : x1 - left], 0, 1)


def _corner_outline(  # noqa: PLR0913, PLR0917 - what, where, how large
    image: Image,
    corner: int,
    size_mm: tuple[float, float],
    scale: float,
    rng: np.random.Generator,
    ragged_mm: float,
) -> Outline:
    """The corner and the points of the edge that cuts it off, pixels, (N, 2); the corner comes first."""
    height, width = image.shape[:2]
    tip = np.array([(0, 0), (width, 0), (width, height), (0, height)][corner], np.float64)
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)][corner], np.float64)
    on_edges = (tip + inward * [size_mm[0] * scale, 0], tip + inward * [0, size_mm[1] * scale])
    along = np.linspace(0, 1, 25)[:, None]
    edge = on_edges[0] * (1 - along) + on_edges[1] * along
    edge[1:-1] += rng.normal(0, ragged_mm * scale, (23, 2))
    return np.round(np.concatenate([tip[None, :], edge])).astype(np.int32)
