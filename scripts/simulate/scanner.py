"""Scanners: from a marked sheet to the picture of it that comes out. `settings` says what happens."""

from __future__ import annotations

import cv2
import numpy as np

from scripts.simulate import scan_damage, sheet_damage, warp
from scripts.simulate.paper import A4_MM, Image, empty_page, px_per_mm
from scripts.simulate.settings import Depth, Pass
from scripts.simulate.warp import Warp


def damaged(
    sheet: Image, happens: Pass, scale: float, rng: np.random.Generator, back: Image | None = None
) -> Image:
    """The sheet of paper after everything that was done to it (frame *paper*, same shape)."""
    if happens.bleed:
        sheet = sheet_damage.bled_through(sheet, sheet if back is None else back, happens.bleed, scale)
    for at, horizontal, depth in happens.fold_mm:
        sheet = sheet_damage.folded(sheet, at, horizontal, depth, scale)
    if happens.stain:
        sheet = sheet_damage.stained(sheet, happens.stain[:2], happens.stain[2], scale, rng)
    if happens.staple_mm:
        sheet = sheet_damage.stapled(sheet, happens.staple_mm, float(rng.uniform(-60, 60)), scale)
    if happens.holes_mm:
        sheet = sheet_damage.punched(sheet, happens.holes_mm, scale, happens.background)
    if happens.torn:
        corner, across, down = happens.torn
        sheet = sheet_damage.torn(sheet, corner, (across, down), scale, happens.background, rng)
    if happens.ear:
        corner, across, down = happens.ear
        sheet = sheet_damage.dog_eared(sheet, corner, (across, down), scale, happens.background)
    return sheet_damage.dirty(sheet, happens.specks, scale, rng) if happens.specks else sheet


def lying(happens: Pass, size_mm: tuple[float, float] = A4_MM) -> tuple[Warp, tuple[float, float]]:
    """Where the sheet lies before quarter turns: the warp scan mm -> *paper* mm, and the scan's size, mm."""
    parts = [
        warp.moved(*happens.shift_mm),
        warp.stretched(happens.stretch),
        warp.rotated(happens.rotation_deg, size_mm),
        warp.sheared(happens.shear_deg),
    ]
    if happens.wobble and happens.wobble[0] > 0:
        parts.insert(0, warp.wobbling(*happens.wobble))
    if happens.perspective_mm:
        parts.insert(0, warp.perspective(happens.perspective_mm, size_mm))
    sheet_at = warp.chained(parts)
    left, top, right, bottom = _window(sheet_at, happens, size_mm)
    return warp.chained([warp.moved(-left, -top), sheet_at]), (right - left, bottom - top)


def scan(
    sheet: Image, happens: Pass, scale: float, rng: np.random.Generator, back: Image | None = None
) -> tuple[Image, Warp]:
    """The scan of a sheet (an image in frame *paper* at `scale` px/mm), and the exact warp back to the paper.

    The image is (H, W, 3) uint8 BGR whatever the depth; the warp maps (N, 2) mm in the scan (pixel
    centre (i + 0.5) / px_per_mm(dpi)) to mm as laid out, print scale included.
    """
    size_mm = (sheet.shape[1] / scale, sheet.shape[0] / scale)
    out_scale = px_per_mm(happens.dpi)
    paper = sheet if happens.print_scale == 1 else _reprinted(sheet, happens.print_scale)
    where, scan_mm = lying(happens, size_mm)
    hurt = damaged(paper, happens, scale, rng, back)
    image = warp.taken(hurt, where, scan_mm, scale, out_scale, happens.background)
    image = seen(image, happens, out_scale, rng)
    to_layout = warp.chained([where, warp.scaled(happens.print_scale, size_mm)])
    shape_mm = (image.shape[1] / out_scale, image.shape[0] / out_scale)
    turned = np.ascontiguousarray(np.rot90(image, -happens.turns))
    return turned, warp.chained([_unturned(happens.turns, shape_mm), to_layout])


def seen(image: Image, happens: Pass, scale: float, rng: np.random.Generator) -> Image:
    """What the scanner's lamp, glass, sensor and software do to the picture of a sheet; the shape stays."""
    image = scan_damage.blurred(image, happens.blur_mm, scale)
    if happens.shadow:
        image = scan_damage.shadowed(image, happens.shadow, happens.shadow_deg)
    if happens.streaks_mm:
        image = scan_damage.streaked(
            image, happens.streaks_mm, happens.streak_width_mm, happens.streak_depth, scale
        )
    if happens.border_mm:
        image = scan_damage.bordered(image, happens.border_mm, scale, rng)
    if (happens.brightness, happens.contrast, happens.gamma) != (0.0, 1.0, 1.0):
        image = scan_damage.toned(image, happens.brightness, happens.contrast, happens.gamma)
    image = scan_damage.noisy(image, happens.noise, rng)
    image = _at_depth(image, happens)
    return scan_damage.compressed(image, happens.jpeg) if happens.jpeg and _lossy(happens.depth) else image


def blank_back(scale: float, happens: Pass, rng: np.random.Generator, front: Image | None = None) -> Image:
    """The scan of a sheet's empty back; `front` (frame *paper*) shows through a little."""
    sheet = empty_page(scale=scale)
    if front is not None:
        sheet = sheet_damage.bled_through(sheet, front, max(happens.bleed, 0.04), scale)
    return scan(sheet, happens, scale, rng)[0]


def _at_depth(image: Image, happens: Pass) -> Image:
    match happens.depth:
        case Depth.COLOUR:
            return image
        case Depth.GREY:
            return scan_damage.grey(image)
        case Depth.BILEVEL:
            return scan_damage.thresholded(image, happens.threshold)
        case Depth.DITHERED:
            return scan_damage.dithered(image)


def _lossy(depth: Depth) -> bool:
    """One-bit scans are kept without loss (G4)."""
    return depth in (Depth.COLOUR, Depth.GREY)


def _reprinted(sheet: Image, factor: float) -> Image:
    """The sheet as it is when the printer scaled the page about its middle."""
    height, width = sheet.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, factor)
    paper = (255, 255, 255)
    return np.asarray(
        cv2.warpAffine(sheet, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=paper), np.uint8
    )


def _window(sheet_at: Warp, happens: Pass, size_mm: tuple[float, float]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the scanned area, mm in the frame of the unmoved sheet."""
    width, height = size_mm
    left, top, right, bottom = 0.0, 0.0, width, height
    if happens.roomy:
        corners = warp.inverted(
            sheet_at, np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
        )
        left, top = (float(side) - 1.0 for side in corners.min(axis=0))
        right, bottom = (float(side) + 1.0 for side in corners.max(axis=0))
    crop = happens.crop_mm
    return left + crop[0], top + crop[1], right - crop[2], bottom - crop[3]


def _unturned(turns: int, shape_mm: tuple[float, float]) -> Warp:
    """Maps points of the scan after `turns` quarter turns clockwise to the scan before them."""
    width, height = shape_mm
    table = {
        0: (np.eye(2), (0.0, 0.0)),
        1: (np.array([[0.0, -1.0], [1.0, 0.0]]), (0.0, height)),
        2: (-np.eye(2), (width, height)),
        3: (np.array([[0.0, 1.0], [-1.0, 0.0]]), (width, 0.0)),
    }
    matrix, shift = table[turns % 4]
    return lambda points: np.asarray(points @ matrix + np.array(shift), np.float64)
