"""A place where somebody is about to write, and strokes brought there.

All lengths are mm in frame *paper*; nothing here touches pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layouts.model import Box, Cell, PageLayout, Row
from scripts.simulate import hand as drawn
from scripts.simulate.hand import Hand
from scripts.simulate.pen import Pen
from scripts.simulate.strokes import Points, Sample, extent


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Strokes on the paper, mm, and the pen that drew them."""

    strokes: tuple[Points, ...]
    pen: Pen


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Where somebody is about to write.

    Attributes:
        cell: the box meant.
        lines: the printed lines of the person's name, mm (what a strike must cross).
    """

    page: PageLayout
    row: Row
    cell: Cell
    lines: tuple[Box, ...]
    hand: Hand
    rng: np.random.Generator


def ink_at(spot: Spot, sample: Sample, centre: tuple[float, float]) -> Ink:
    """A drawing, its origin brought to `centre`, in the pen of the hand."""
    return Ink(tuple(stroke + np.array(centre) for stroke in sample), spot.hand.pen)


def sized(spot: Spot, sample: Sample, side: float) -> Sample:
    """The drawing at that longest side, mm, leaning as the hand does and never twice the same."""
    lean = spot.hand.slant_deg + spot.rng.normal(0, 4)
    varied = drawn.turned(drawn.bent(sample, spot.rng), lean)
    return tuple(stroke * side for stroke in varied)


def inside(spot: Spot, sample: Sample, spread: float | None = None) -> tuple[float, float]:
    """A centre for the drawing so that it stays inside the box, off the middle as the hand's habit is."""
    width, height = extent(sample)
    box = spot.cell.box_mm.grown(-0.5)
    reach = spot.hand.spread if spread is None else spread
    shift = spot.rng.uniform(-1, 1, 2) * reach
    x, y = box.center
    return x + shift[0] * max(box.width - width, 0) / 2, y + shift[1] * max(box.height - height, 0) / 2


def other_cells(spot: Spot) -> list[Cell]:
    """The other boxes of the row, shuffled."""
    others = [cell for cell in spot.row.cells if cell is not spot.cell]
    spot.rng.shuffle(others)
    return others


def hull(boxes: tuple[Box, ...]) -> Box:
    """The smallest box round all of them."""
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
