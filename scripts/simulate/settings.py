"""How bad printing, handling and scanning may get, and what happens to one sheet.

A `Setting` says how bad things may get at an office; `pick` throws the dice and returns a `Pass`, which
says what happens to one sheet. For one damage alone write `Pass(rotation_deg=7)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scripts.simulate.paper import A4_MM
from scripts.simulate.pen import Colour

WHITE: Colour = (250, 250, 250)


DARK: Colour = (38, 36, 35)


class Depth(StrEnum):
    """What a pixel of the scan can be."""

    COLOUR = "colour"
    GREY = "grey"
    BILEVEL = "bilevel"
    DITHERED = "dithered"


@dataclass(frozen=True, slots=True)
class Pass:
    """What happens to one sheet on its way through printer, hands and scanner. As it stands: nothing.

    Attributes:
        jpeg: quality, or None for a scan that is not compressed.
        turns: quarter turns clockwise of the finished scan (2: upside down).
        print_scale: 0.94 … 1.03, the printer's "fit to page".
        perspective_mm: shift of the four corners seen by a phone, from top left clockwise; empty: none.
        crop_mm: what the scan lost at its left, top, right and bottom edge.
        roomy: the scan is larger than the sheet, so that a turned sheet is whole; else of the sheet's size.
        wobble: amplitude mm, period mm, phase.
        fold_mm: (place, is it horizontal, depth) of each fold.
        torn, ear: (corner, mm along both edges) of a corner torn off or folded over.
        stain: (x, y, radius) of coffee.
    """

    dpi: float = 200.0
    depth: Depth = Depth.COLOUR
    jpeg: int | None = None
    turns: int = 0
    background: Colour = WHITE
    print_scale: float = 1.0
    rotation_deg: float = 0.0
    shear_deg: float = 0.0
    stretch: float = 1.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    wobble: tuple[float, float, float] | None = None
    perspective_mm: tuple[tuple[float, float], ...] = ()
    roomy: bool = False
    crop_mm: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    noise: float = 0.0
    blur_mm: float = 0.0
    brightness: float = 0.0
    contrast: float = 1.0
    gamma: float = 1.0
    shadow: float = 0.0
    shadow_deg: float = 0.0
    streaks_mm: tuple[float, ...] = ()
    streak_depth: float = 0.0
    streak_width_mm: float = 0.2
    border_mm: float = 0.0
    holes_mm: tuple[tuple[float, float], ...] = ()
    staple_mm: tuple[float, float] | None = None
    fold_mm: tuple[tuple[float, bool, float], ...] = ()
    bleed: float = 0.0
    torn: tuple[int, float, float] | None = None
    ear: tuple[int, float, float] | None = None
    stain: tuple[float, float, float] | None = None
    specks: int = 0
    threshold: int = 175


@dataclass(frozen=True, slots=True)
class Setting:
    """How bad things may get at one office. Ranges are drawn evenly, chances are 0 … 1 a sheet.

    Attributes:
        rotation_deg, shear_deg, wobble_mm: largest amount, either way.
        print_scale, stretch, noise, jpeg: lowest and highest.
        depths: with equal chances.
        paper_damage: chance of each of holes, staple, fold, bleed-through, coffee, a bad corner.
        phone: chance that the sheet was photographed by hand.
    """

    name: str
    dpi: tuple[float, ...]
    depths: tuple[Depth, ...]
    jpeg: tuple[int, int]
    rotation_deg: float
    shear_deg: float
    print_scale: tuple[float, float]
    stretch: tuple[float, float]
    wobble_mm: float
    noise: tuple[float, float]
    blur_mm: tuple[float, float]
    brightness: float
    gamma: tuple[float, float]
    shadow: float
    streak_chance: float
    streak_depth: tuple[float, float]
    specks: int
    paper_damage: float = 0.0
    phone: float = 0.0
    border_mm: float = 0.0
    crop_mm: float = 0.0
    dark_background: float = 0.0
    upside_down: float = 0.0
    turned: float = 0.0
    roomy: bool = False
    contrast: tuple[float, float] = (1.0, 1.0)


#: A good document scanner in an office.
OFFICE = Setting(
    name="office",
    dpi=(200.0, 300.0),
    depths=(Depth.COLOUR,),
    jpeg=(75, 90),
    rotation_deg=1.0,
    shear_deg=0.15,
    print_scale=(0.995, 1.003),
    stretch=(0.998, 1.003),
    wobble_mm=0.1,
    noise=(0.8, 2.5),
    blur_mm=(0.02, 0.05),
    brightness=0.02,
    gamma=(0.9, 1.15),
    shadow=0.04,
    streak_chance=0.0,
    streak_depth=(0.0, 0.0),
    specks=8,
    upside_down=0.04,
)


#: An old copier, driven fast.
POOR = Setting(
    name="poor",
    dpi=(150.0, 200.0),
    depths=(Depth.COLOUR, Depth.GREY),
    jpeg=(40, 60),
    rotation_deg=4.0,
    shear_deg=0.4,
    print_scale=(0.97, 1.01),
    stretch=(0.99, 1.012),
    wobble_mm=0.5,
    noise=(2.0, 5.0),
    blur_mm=(0.04, 0.09),
    brightness=0.05,
    gamma=(0.75, 1.3),
    shadow=0.12,
    streak_chance=0.25,
    streak_depth=(0.08, 0.3),
    specks=40,
    paper_damage=0.03,
    border_mm=1.5,
    dark_background=0.2,
    upside_down=0.1,
    roomy=True,
)


#: Everything of issue 3, "Pages as they come", each at its worst now and then.
HOSTILE = Setting(
    name="hostile",
    dpi=(150.0, 200.0, 300.0, 400.0, 600.0),
    depths=(Depth.COLOUR, Depth.COLOUR, Depth.GREY, Depth.BILEVEL, Depth.DITHERED),
    jpeg=(30, 60),
    rotation_deg=10.0,
    shear_deg=0.6,
    print_scale=(0.94, 1.03),
    stretch=(0.985, 1.02),
    wobble_mm=1.5,
    noise=(2.0, 7.0),
    blur_mm=(0.04, 0.1),
    brightness=0.06,
    gamma=(0.7, 1.4),
    shadow=0.25,
    streak_chance=0.4,
    streak_depth=(0.1, 0.7),
    specks=80,
    paper_damage=0.12,
    phone=0.1,
    border_mm=4.0,
    crop_mm=5.0,
    dark_background=0.5,
    upside_down=0.15,
    turned=0.1,
    roomy=True,
)


SETTINGS = {setting.name: setting for setting in (OFFICE, POOR, HOSTILE)}


def pick(setting: Setting, rng: np.random.Generator, size_mm: tuple[float, float] = A4_MM) -> Pass:
    """What happens to one sheet under a setting."""
    phone = rng.random() < setting.phone
    shifts = rng.uniform(-9, 9, (4, 2)) if phone else np.zeros((0, 2))
    streaks = int(rng.integers(1, 4)) if rng.random() < setting.streak_chance else 0
    hurt = {
        name: rng.random() < setting.paper_damage
        for name in ("holes", "staple", "fold", "bleed", "stain", "corner")
    }
    corner = (
        (int(rng.integers(4)), float(rng.uniform(18, 30)), float(rng.uniform(18, 30)))
        if hurt["corner"]
        else None
    )
    torn = rng.random() < 0.5
    width, height = size_mm
    return Pass(
        dpi=float(rng.choice(setting.dpi)),
        depth=setting.depths[int(rng.integers(len(setting.depths)))],
        jpeg=int(rng.integers(setting.jpeg[0], setting.jpeg[1] + 1)),
        turns=_turns(setting, rng),
        background=DARK if phone or rng.random() < setting.dark_background else WHITE,
        print_scale=float(rng.uniform(*setting.print_scale)),
        rotation_deg=_either(setting.rotation_deg, rng),
        shear_deg=_either(setting.shear_deg, rng),
        stretch=float(rng.uniform(*setting.stretch)),
        shift_mm=(_either(0.8, rng), _either(0.8, rng)),
        wobble=(
            float(rng.uniform(0, setting.wobble_mm)),
            float(rng.uniform(60, 250)),
            float(rng.uniform(0, 6.3)),
        ),
        perspective_mm=tuple((float(x), float(y)) for x, y in shifts),
        roomy=setting.roomy,
        crop_mm=_crop(setting, rng),
        noise=float(rng.uniform(*setting.noise)),
        blur_mm=float(rng.uniform(*setting.blur_mm)),
        brightness=_either(setting.brightness, rng),
        contrast=float(rng.uniform(*setting.contrast)),
        gamma=float(rng.uniform(*setting.gamma)),
        shadow=float(rng.uniform(0, setting.shadow)),
        shadow_deg=float(rng.uniform(0, 360)),
        streaks_mm=tuple(float(x) for x in rng.uniform(5, width - 5, streaks)),
        streak_depth=float(rng.uniform(*setting.streak_depth)),
        streak_width_mm=float(rng.uniform(0.12, 0.5)),
        border_mm=float(rng.uniform(0, setting.border_mm)) if rng.random() < 0.5 else 0.0,
        holes_mm=((9.0, height / 2 - 40), (9.0, height / 2 + 40)) if hurt["holes"] else (),
        staple_mm=(float(rng.uniform(8, 30)), float(rng.uniform(5, 15))) if hurt["staple"] else None,
        fold_mm=_folds(size_mm, rng) if hurt["fold"] else (),
        bleed=float(rng.uniform(0.05, 0.25)) if hurt["bleed"] else 0.0,
        torn=corner if torn else None,
        ear=None if torn else corner,
        stain=(
            float(rng.uniform(20, width - 20)),
            float(rng.uniform(20, height - 20)),
            float(rng.uniform(15, 40)),
        )
        if hurt["stain"]
        else None,
        specks=int(rng.integers(setting.specks + 1)),
        threshold=int(rng.integers(150, 205)),
    )


def _turns(setting: Setting, rng: np.random.Generator) -> int:
    if rng.random() < setting.turned:
        return int(rng.choice([1, 3]))
    return 2 if rng.random() < setting.upside_down else 0


def _either(most: float, rng: np.random.Generator) -> float:
    return float(rng.uniform(-most, most))


def _crop(setting: Setting, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Some sheets lose up to `crop_mm` at one edge."""
    lost = [0.0, 0.0, 0.0, 0.0]
    if setting.crop_mm and rng.random() < 0.3:
        lost[int(rng.integers(4))] = float(rng.uniform(0, setting.crop_mm))
    return lost[0], lost[1], lost[2], lost[3]


def _folds(size_mm: tuple[float, float], rng: np.random.Generator) -> tuple[tuple[float, bool, float], ...]:
    """Folded once or twice, as people fold a ballot."""
    halves = ((size_mm[1] / 2, True), (size_mm[0] / 2, False))[: int(rng.integers(1, 3))]
    return tuple((at + float(rng.normal(0, 4)), flat, float(rng.uniform(0.1, 0.4))) for at, flat in halves)
