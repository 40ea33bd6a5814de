"""Marks in, on and beside the boxes of a row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from layouts.model import Cell
from scripts.simulate import hand as drawn
from scripts.simulate.extras import margin_word
from scripts.simulate.spot import Ink, Spot, ink_at, inside, other_cells, sized
from scripts.simulate.strokes import Sample, extent


def _fitted(spot: Spot, sample: Sample, room: float = 1.2) -> Sample:
    """The drawing at the hand's size, made smaller where the box less `room` mm would not hold it."""
    sample = sized(spot, sample, spot.hand.size_mm * spot.rng.uniform(0.85, 1.15))
    width, height = extent(sample)
    box = spot.cell.box_mm
    share = min(1.0, (box.width - room) / max(width, 0.1), (box.height - room) / max(height, 0.1))
    return tuple(stroke * share for stroke in sample)


def shape(shape: str) -> Callable[[Spot], tuple[Ink, ...]]:
    """A placer that puts the hand's drawing of a shape into the box."""

    def place(spot: Spot) -> tuple[Ink, ...]:
        sample = _fitted(spot, spot.hand.drawing(shape, spot.rng))
        return (ink_at(spot, sample, inside(spot, sample)),)

    return place


def tick(spot: Spot) -> tuple[Ink, ...]:
    """A tick with a short first leg, in the box."""
    sample = _fitted(spot, drawn.short_tick(spot.hand.drawing("check", spot.rng), spot.rng))
    return (ink_at(spot, sample, inside(spot, sample)),)


def dot(spot: Spot) -> tuple[Ink, ...]:
    """A dot of 0.8–1.8 mm (pen set down and turned)."""
    size = spot.rng.uniform(0.8, 1.8) - spot.hand.pen.width_mm
    sample = sized(spot, _blob(spot.rng), max(size, 0.3))
    return (ink_at(spot, sample, inside(spot, sample)),)


def _blob(rng: np.random.Generator) -> Sample:
    around = np.linspace(0, rng.uniform(2, 4) * np.pi, 24)
    radius = np.linspace(0.5, rng.uniform(0.05, 0.35), 24)
    return (np.stack([radius * np.cos(around), radius * np.sin(around)], axis=1),)


def filled(spot: Spot) -> tuple[Ink, ...]:
    """Most of the box hatched full, or a dense blob in it."""
    dense = (
        drawn.hatched(spot.hand, spot.rng)
        if spot.rng.random() < 0.7
        else spot.hand.drawing("filled", spot.rng)
    )
    box = spot.cell.box_mm
    width = spot.rng.uniform(0.4, 0.85) * (box.width - 1.2)
    sample = drawn.stretched(dense, width, spot.rng.uniform(0.6, 0.92) * (box.height - 1.2))
    return (ink_at(spot, sample, inside(spot, sample)),)


def word(spot: Spot) -> tuple[Ink, ...]:
    """A word written into the box ("có")."""
    box = spot.cell.box_mm
    word = spot.hand.drawing("word", spot.rng)
    height = spot.rng.uniform(0.35, 0.6) * box.height
    sample = drawn.stretched(word, spot.rng.uniform(0.55, 0.85) * (box.width - 1), height)
    return (ink_at(spot, sample, inside(spot, sample)),)


def faint(spot: Spot) -> tuple[Ink, ...]:
    """An X with a fifth to two fifths of the pressure."""
    (ink,) = shape("x")(spot)
    return (Ink(ink.strokes, ink.pen.fainter(spot.rng.uniform(0.2, 0.42))),)


def big(spot: Spot) -> tuple[Ink, ...]:
    """An X of up to 15 mm, 0.6–2.5 mm over the rules above and below; over one of them in a high row."""
    box = spot.cell.box_mm
    over = spot.rng.uniform(0.6, 2.5)
    height = min(box.height + 2 * over, 15.0)
    width = min(height * spot.rng.uniform(0.8, 1.2), box.width + 1)
    sample = drawn.stretched(spot.hand.drawing("x", spot.rng), width, height)
    x, y = box.center
    low = box.y1 + over - height / 2
    y = y if height > box.height else float(spot.rng.choice([low, 2 * y - low]))
    return (ink_at(spot, sample, (x + spot.rng.normal(0, 0.5), y)),)


def off_centre(spot: Spot) -> tuple[Ink, ...]:
    """A small X in a corner of the box."""
    sample = sized(spot, spot.hand.drawing("x", spot.rng), spot.rng.uniform(3.2, 4.6))
    width, height = extent(sample)
    box = spot.cell.box_mm.grown(-0.6)
    sides = spot.rng.choice([-1, 1], 2)
    x, y = box.center
    return (
        ink_at(
            spot, sample, (x + sides[0] * (box.width - width) / 2, y + sides[1] * (box.height - height) / 2)
        ),
    )


def on_line(spot: Spot) -> tuple[Ink, ...]:
    """An X across the rule above or below, its middle 1–2 mm inside the box."""
    sample = sized(spot, spot.hand.drawing("x", spot.rng), spot.rng.uniform(4.5, 6.5))
    box = spot.cell.box_mm
    deep = spot.rng.uniform(1.0, 2.0)
    y = box.y0 + deep if spot.rng.random() < 0.5 else box.y1 - deep
    return (ink_at(spot, sample, (inside(spot, sample)[0], y)),)


def touching(spot: Spot) -> tuple[Ink, ...]:
    """An X one side of which runs 0.8–2.5 mm into the box beside it."""
    sample = sized(spot, spot.hand.drawing("x", spot.rng), spot.rng.uniform(6, 8))
    box = spot.cell.box_mm
    width, _ = extent(sample)
    over = spot.rng.uniform(0.8, max(0.8, min(2.5, width * 0.33)))
    side = -1 if spot.cell is spot.row.cells[-1] else 1
    rule = box.x0 if side < 0 else box.x1
    return (ink_at(spot, sample, (rule + side * (over - width / 2), inside(spot, sample)[1])),)


def between(spot: Spot) -> tuple[Ink, ...]:
    """An X in the middle of the rule between two boxes."""
    sample = _fitted(spot, spot.hand.drawing("x", spot.rng))
    box = spot.cell.box_mm
    rule = box.x0 if spot.cell is spot.row.cells[-1] else box.x1
    return (ink_at(spot, sample, (rule + spot.rng.normal(0, 0.3), inside(spot, sample)[1])),)


def outside(spot: Spot) -> tuple[Ink, ...]:
    """An X wholly outside the boxes: before the first, or behind the last one."""
    sample = sized(spot, spot.hand.drawing("x", spot.rng), spot.rng.uniform(4, 5.5))
    width, _ = extent(sample)
    away = spot.rng.uniform(0.8, 2.0) + width / 2
    first, last = spot.row.cells[0], spot.row.cells[-1]
    x = first.box_mm.x0 - away if spot.cell is first else last.box_mm.x1 + away
    return (ink_at(spot, sample, (x, inside(spot, sample)[1])),)


def _in_cell(spot: Spot, cell: Cell, place: Callable[[Spot], tuple[Ink, ...]]) -> tuple[Ink, ...]:
    return place(Spot(spot.page, spot.row, cell, spot.lines, spot.hand, spot.rng))


def correction(spot: Spot) -> tuple[Ink, ...]:
    """An X in another box, scribbled out."""
    wrong = _in_cell(spot, other_cells(spot)[0], shape("x"))
    return (*wrong, _scribbled(spot, wrong[0]))


def _scribbled(spot: Spot, over: Ink) -> Ink:
    """Ink to and fro over a mark, covering it but for its tips."""
    points = np.concatenate(over.strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    dense = (
        spot.hand.drawing("scribble", spot.rng)
        if spot.rng.random() < 0.2
        else drawn.hatched(spot.hand, spot.rng)
    )
    width, height = np.minimum((high - low) * spot.rng.uniform(0.85, 1.25, 2), [13, 8.4])
    centre = (low + high) / 2 + spot.rng.normal(0, 0.3, 2)
    return ink_at(
        spot, drawn.stretched(dense, float(width), float(height)), (float(centre[0]), float(centre[1]))
    )


def correction_signed(spot: Spot) -> tuple[Ink, ...]:
    """A correction with initials beside the table."""
    return (*correction(spot), *margin_word(spot, width=9.0))


def two(spot: Spot) -> tuple[Ink, ...]:
    """An X in a second box."""
    return _in_cell(spot, other_cells(spot)[0], shape("x"))


def three(spot: Spot) -> tuple[Ink, ...]:
    """An X in every box."""
    return tuple(ink for cell in spot.row.cells for ink in _in_cell(spot, cell, shape("x")))
