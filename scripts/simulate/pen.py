"""Pens and what they leave on paper.

`draw` puts strokes, given in mm in frame *paper*, on a page image. Ink multiplies: it never makes
paper lighter, and two strokes over each other are darker than one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

import cv2
import numpy as np

from scripts.simulate.paper import Image, Mask, grain
from scripts.simulate.strokes import Points

Colour: TypeAlias = tuple[int, int, int]


class Nib(StrEnum):
    """What kind of pen it is: that decides how its line is broken and grained."""

    BALLPOINT = "ballpoint"
    GEL = "gel"
    PENCIL = "pencil"
    MARKER = "marker"
    DRY = "dry"


@dataclass(frozen=True, slots=True)
class Pen:
    """A pen as somebody uses it.

    Attributes:
        colour: BGR of the full ink on white paper, 0–255.
        width_mm: middle line width.
        darkness: 0 (nothing) … 1 (full ink): ink and pressure together.
    """

    colour: Colour
    width_mm: float
    darkness: float
    nib: Nib

    def fainter(self, share: float) -> Pen:
        """The same pen with `share` of the pressure: paler, thinner, never so pale that nobody sees it."""
        darkness = min(max(self.darkness * share, FAINTEST), self.darkness)
        nib = Nib.BALLPOINT if self.nib is Nib.DRY else self.nib
        return replace(self, darkness=darkness, width_mm=self.width_mm * (0.75 + 0.25 * share), nib=nib)


@dataclass(frozen=True, slots=True)
class Line:
    """How the line of a nib varies.

    Attributes:
        grain: share by which the paper's texture breaks the line.
        gap_mm, every_mm: mean length of, and distance between, places where no ink flows.
        soft_mm: blur of the line's edge.
    """

    grain: float
    gap_mm: float
    every_mm: float
    soft_mm: float


#: By eye, against 600 dpi scans of such pens.
LINES: Mapping[Nib, Line] = {
    Nib.BALLPOINT: Line(grain=0.16, gap_mm=0.25, every_mm=25, soft_mm=0.03),
    Nib.GEL: Line(grain=0.04, gap_mm=0.6, every_mm=22, soft_mm=0.03),
    Nib.PENCIL: Line(grain=0.38, gap_mm=0.2, every_mm=30, soft_mm=0.05),
    Nib.MARKER: Line(grain=0.03, gap_mm=0.0, every_mm=1e9, soft_mm=0.07),
    Nib.DRY: Line(grain=0.35, gap_mm=1.2, every_mm=3.0, soft_mm=0.03),
}

BLUE: Colour = (152, 58, 38)
BLACK: Colour = (46, 40, 38)
RED: Colour = (58, 40, 196)
GREEN: Colour = (82, 122, 28)
GREY: Colour = (104, 100, 98)

#: Palest ink that is still a mark to somebody who holds the paper in hand, share of full ink.
FAINTEST = 0.17

#: Step of a drawn stroke, mm: below the finest pen, so that a line is smooth.
STEP_MM = 0.15


def office_pen(rng: np.random.Generator) -> Pen:
    """A pen as they lie on a meeting table: mostly blue or black ballpoint and gel pens."""
    colour = BLUE if rng.random() < 0.72 else BLACK
    if rng.random() < 0.6:
        return Pen(_shade(colour, rng), rng.uniform(0.32, 0.55), rng.uniform(0.72, 0.95), Nib.BALLPOINT)
    return Pen(_shade(colour, rng), rng.uniform(0.42, 0.7), rng.uniform(0.88, 1.0), Nib.GEL)


def any_pen(rng: np.random.Generator) -> Pen:
    """Any pen people turn up with: office pens, and red, green, pencil, marker, one running dry."""
    makers = (red_pen, green_pen, pencil, marker, dry_pen)
    if rng.random() < 0.7:
        return office_pen(rng)
    return makers[int(rng.integers(len(makers)))](rng)


def red_pen(rng: np.random.Generator) -> Pen:
    """A red ballpoint."""
    return Pen(_shade(RED, rng), rng.uniform(0.35, 0.6), rng.uniform(0.75, 0.95), Nib.BALLPOINT)


def green_pen(rng: np.random.Generator) -> Pen:
    """A green ballpoint."""
    return Pen(_shade(GREEN, rng), rng.uniform(0.35, 0.6), rng.uniform(0.75, 0.95), Nib.BALLPOINT)


def pencil(rng: np.random.Generator) -> Pen:
    """An HB pencil."""
    return Pen(_shade(GREY, rng), rng.uniform(0.4, 0.75), rng.uniform(0.55, 0.8), Nib.PENCIL)


def marker(rng: np.random.Generator) -> Pen:
    """A thick felt pen."""
    colour = BLUE if rng.random() < 0.4 else BLACK
    return Pen(_shade(colour, rng), rng.uniform(1.1, 2.0), rng.uniform(0.92, 1.0), Nib.MARKER)


def dry_pen(rng: np.random.Generator) -> Pen:
    """A ballpoint that is running dry: pale and full of gaps, still a line to the eye."""
    colour = BLUE if rng.random() < 0.7 else BLACK
    return Pen(_shade(colour, rng), rng.uniform(0.3, 0.45), rng.uniform(0.45, 0.65), Nib.DRY)


def draw(image: Image, strokes: Sequence[Points], pen: Pen, scale: float, rng: np.random.Generator) -> None:
    """Draw strokes (mm) with a pen on a page image of `scale` px/mm, in place; off the paper nothing."""
    for stroke in strokes:
        _draw_stroke(image, _resampled(stroke), pen, scale, rng)


def _draw_stroke(image: Image, path: Points, pen: Pen, scale: float, rng: np.random.Generator) -> None:
    margin = 2 * pen.width_mm + 0.5
    low = np.maximum(np.floor((path.min(axis=0) - margin) * scale), 0).astype(int)
    high = np.minimum(np.ceil((path.max(axis=0) + margin) * scale), image.shape[1::-1]).astype(int)
    if (high <= low).any():
        return
    cover = _cover(path * scale - low, (int(high[1] - low[1]), int(high[0] - low[0])), pen, scale, rng)
    blend(image[low[1] : high[1], low[0] : high[0]], cover, pen.colour)


def blend(image: Image, cover: Mask, colour: Colour) -> None:
    """Multiply ink into an image, in place. `cover` (H, W) is 0 (no ink) … 1 (all of it)."""
    ink = 1 - np.asarray(colour, np.float32) / 255
    image[:] = (image * (1 - cover[:, :, None] * ink) + 0.5).astype(np.uint8)


def _cover(path: Points, shape: tuple[int, int], pen: Pen, scale: float, rng: np.random.Generator) -> Mask:
    """(H, W) ink of one stroke, 0 … 1; `path` in pixels of that array."""
    line = LINES[pen.nib]
    fine = 2 if scale * pen.width_mm < 12 else 1
    canvas = np.zeros((shape[0] * fine, shape[1] * fine), np.uint8)
    count = len(path)
    widths = pen.width_mm * scale * fine * np.clip(1 + 0.13 * _slow(count, rng), 0.6, 1.5)
    flow = np.clip(pen.darkness * (1 + 0.1 * _slow(count, rng)), 0, 1) * _flowing(count, line, rng)
    _trace(canvas, path * fine, widths, flow)
    cover = np.asarray(canvas, np.float32) / 255
    if fine > 1:
        cover = np.asarray(cv2.resize(cover, shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), max(line.soft_mm * scale, 0.3)), np.float32)
    texture = 1 - line.grain * np.abs(grain(shape, 0.12 * scale, rng))
    return np.asarray(cover * np.clip(texture, 0, 1), np.float32)


def _trace(canvas: Image, path: Points, widths: Points, flow: Points) -> None:
    bits = np.round(path * 16).astype(int)
    steps = zip(bits, bits[1:], np.maximum(np.round(widths), 1).astype(int), flow * 255, strict=False)
    for start, end, width, level in steps:
        if level >= 1:
            cv2.line(canvas, start.tolist(), end.tolist(), int(level), int(width), cv2.LINE_AA, 4)


def _resampled(stroke: Points) -> Points:
    """The stroke at even steps, its recorded corners rounded off (tablets record whole pixels)."""
    if len(stroke) == 1:
        stroke = np.concatenate([stroke, stroke + np.array([[0.05, 0.02]])])
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(int(along[-1] / STEP_MM), 2)
    even = np.linspace(0, along[-1], count)
    path = np.stack([np.interp(even, along, stroke[:, axis]) for axis in (0, 1)], axis=1)
    return _smooth(path) if count > 8 else path


def _smooth(path: Points) -> Points:
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    padded = np.concatenate([path[:1], path[:1], path, path[-1:], path[-1:]])
    return np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in (0, 1)], axis=1)


def _slow(count: int, rng: np.random.Generator) -> Points:
    """A slowly changing random sequence, about -1 … 1: a hand's pressure over some millimetres."""
    knots = rng.standard_normal(count // 12 + 2)
    return np.interp(np.arange(count), np.linspace(0, count, len(knots)), knots)


def _flowing(count: int, line: Line, rng: np.random.Generator) -> Points:
    """1 where ink flows and 0 where the pen skips."""
    flow = np.ones(count)
    at = rng.exponential(line.every_mm)
    while at < count * STEP_MM and line.gap_mm:
        gap = rng.exponential(line.gap_mm)
        flow[int(at / STEP_MM) : int((at + gap) / STEP_MM)] = 0
        at += gap + rng.exponential(line.every_mm)
    return flow


def _shade(colour: Colour, rng: np.random.Generator) -> Colour:
    blue, green, red = (int(np.clip(part + rng.normal(0, 8), 10, 245)) for part in colour)
    return blue, green, red
