"""The board's round seal, pressed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from layouts.model import Box, PageLayout
from scripts.simulate.paper import Image, Mask, grain
from scripts.simulate.pen import Colour, blend

#: Diameter of the seals of party committees and districts, mm (Thông tư 21/2012/TT-BCA: 36 mm for offices).
DIAMETER_MM = 36.0
RED: Colour = (62, 46, 205)
BLACK: Colour = (48, 44, 46)
RING_TEXT = "DANG CONG SAN VIET NAM * HUYEN UY MAU *"


class SealKind(StrEnum):
    """What became of the seal on a sheet."""

    RED = "red"
    NONE = "none"
    BLACK = "black"
    FAINT = "faint"
    PARTLY = "partly"  # up to a third of it outside its square
    OVER_TABLE = "over_table"  # pressed so low that it lies over the table's head and first rows
    HALF = "half"  # only one side of it took ink


@dataclass(frozen=True, slots=True)
class Seal:
    """One impression: where, how turned, how well inked.

    Attributes:
        centre_mm: middle of the seal on the paper.
        inking: 0 (nothing) … 1 (all the ink).
        uneven: how far the inking varies over the seal, 0 … 1.
        half_deg: direction of the side that took no ink; None where all of it printed.
    """

    kind: SealKind
    centre_mm: tuple[float, float]
    turn_deg: float
    inking: float
    uneven: float
    colour: Colour
    half_deg: float | None = None


def seal_for(kind: SealKind, page: PageLayout, rng: np.random.Generator) -> Seal | None:
    """An impression of that kind on a page; None for no seal, or where the page has no place for one."""
    if kind is SealKind.NONE or page.seal_mm is None:
        return None
    faint = kind is SealKind.FAINT
    return Seal(
        kind=kind,
        centre_mm=_place(kind, page, page.seal_mm, rng),
        turn_deg=float(rng.normal(0, 12)),
        inking=float(rng.uniform(0.2, 0.35) if faint else rng.uniform(0.72, 0.98)),
        uneven=float(rng.uniform(0.08, 0.3)),
        colour=BLACK if kind is SealKind.BLACK else RED,
        half_deg=float(rng.uniform(0, 360)) if kind is SealKind.HALF else None,
    )


def press(image: Image, seal: Seal | None, scale: float, rng: np.random.Generator) -> None:
    """Press a seal on a page image of `scale` px/mm, in place."""
    if seal is None:
        return
    face = _inked(_turned(_face(scale), seal.turn_deg), seal, scale, rng)
    half = face.shape[0] // 2
    left, top = (round(at * scale) - half for at in seal.centre_mm)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + face.shape[1], image.shape[1]), min(top + face.shape[0], image.shape[0])
    if x1 > x0 and y1 > y0:
        blend(image[y0:y1, x0:x1], face[y0 - top : y1 - top, x0 - left : x1 - left], seal.colour)


def _place(kind: SealKind, page: PageLayout, square: Box, rng: np.random.Generator) -> tuple[float, float]:
    x, y = square.center
    room = max(min(square.width, square.height) - DIAMETER_MM, 0) / 2
    match kind:
        case SealKind.PARTLY:
            angle = rng.uniform(0, 2 * np.pi)
            away = room + rng.uniform(5, 11)
            return x + away * float(np.cos(angle)), y + away * float(np.sin(angle))
        case SealKind.OVER_TABLE:
            return x + rng.uniform(-5, 15), page.table_mm.y0 + rng.uniform(2, 14)
        case _:
            return x + rng.uniform(-room, room), y + rng.uniform(-room, room)


def _face(scale: float) -> Mask:
    """The seal's face upright, 1 where the rubber is: two rings, a star, words between them."""
    fine = 3
    unit = scale * fine
    side = round((DIAMETER_MM + 3) * unit)
    face = np.zeros((side, side), np.uint8)
    middle = (side // 2, side // 2)
    radius = DIAMETER_MM / 2
    for at_mm, width_mm in ((radius - 0.4, 0.8), (radius - 1.5, 0.25), (radius - 6.3, 0.3)):
        cv2.circle(face, middle, round(at_mm * unit), 255, max(round(width_mm * unit), 1), cv2.LINE_AA)
    cv2.fillPoly(face, [_star(side / 2, 5.2 * unit)], 255, cv2.LINE_AA)
    for index, letter in enumerate(RING_TEXT):
        _letter(face, letter, 360 * index / len(RING_TEXT) - 140, (radius - 3.9) * unit, unit)
    small = cv2.resize(face, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    return np.asarray(small / 255.0, np.float32)


def _star(middle: float, radius: float) -> npt.NDArray[np.int32]:
    angles = np.radians(np.arange(10) * 36 - 90)
    radii = np.where(np.arange(10) % 2 == 0, radius, radius * 0.382)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None] + middle
    return np.round(points).astype(np.int32)


def _letter(face: Image, letter: str, degrees: float, radius: float, unit: float) -> None:
    """One letter standing on the ring, its foot towards the middle."""
    side = round(5 * unit)
    plate = np.zeros((side, side), np.uint8)
    size = 2.6 * unit / 21
    thick = max(round(0.42 * unit), 1)
    (width, height), _ = cv2.getTextSize(letter, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    foot = ((side - width) // 2, (side + height) // 2)
    cv2.putText(plate, letter, foot, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thick, cv2.LINE_AA)
    plate = np.asarray(_turned(np.asarray(plate, np.float32), degrees), np.uint8)
    angle = np.radians(degrees - 90)
    x = round(face.shape[1] / 2 + radius * float(np.cos(angle)) - side / 2)
    y = round(face.shape[0] / 2 + radius * float(np.sin(angle)) - side / 2)
    target = face[y : y + side, x : x + side]
    np.maximum(target, plate, out=target)


def _turned(face: Mask, degrees: float) -> Mask:
    """The array turned clockwise about its middle."""
    size = face.shape[::-1]
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), -degrees, 1)
    return np.asarray(cv2.warpAffine(face, turn, size, flags=cv2.INTER_LINEAR), np.float32)


def _inked(face: Mask, seal: Seal, scale: float, rng: np.random.Generator) -> Mask:
    """How much ink each point of the face left: uneven pressure, paper grain, a dry side."""
    height, width = face.shape
    press_field = 1 + seal.uneven * grain((height, width), 9 * scale, rng)
    fine = 1 - 0.3 * np.abs(grain((height, width), 0.15 * scale, rng))
    patchy = np.clip(1.15 + 0.5 * grain((height, width), 1.2 * scale, rng), 0.2, 1)
    cover = face * seal.inking * np.clip(press_field, 0, 1.15) * fine * patchy
    if seal.half_deg is not None:
        y, x = np.mgrid[0:height, 0:width] - (height - 1) / 2
        along = x * np.cos(np.radians(seal.half_deg)) + y * np.sin(np.radians(seal.half_deg))
        cover = cover * np.clip(0.5 - along / (6 * scale), 0, 1)
    soft = cv2.GaussianBlur(np.clip(cover, 0, 1).astype(np.float32), (0, 0), 0.05 * scale)
    return np.asarray(soft, np.float32)
