"""What people do to a printed name: strike it out, underline it, circle it, tick it."""

from __future__ import annotations

import numpy as np

from layouts.model import Box
from scripts.simulate import hand as drawn
from scripts.simulate.spot import Ink, Spot, hull, ink_at, sized


def _over_line(spot: Spot, line: Box, shape: str, height: float, y: float) -> Ink:
    """A drawing laid along a printed line, a little shorter or longer than it."""
    width = line.width * spot.rng.uniform(0.92, 1.12)
    sample = drawn.turned(
        drawn.stretched(spot.hand.drawing(shape, spot.rng), width, height), spot.rng.normal(0, 1.5)
    )
    return ink_at(spot, sample, (line.center[0] + spot.rng.normal(0, 0.8), y))


def struck_line(spot: Spot) -> tuple[Ink, ...]:
    """Each printed line of the name struck by one line."""
    return tuple(
        _over_line(spot, line, "strike", 1.2, line.center[1] + spot.rng.normal(0, 0.35))
        for line in spot.lines
    )


def struck_two(spot: Spot) -> tuple[Ink, ...]:
    """Each printed line of the name struck by two lines."""
    return tuple(
        _over_line(spot, line, "strike", 1.0, line.center[1] + side * spot.rng.uniform(0.4, 0.8))
        for line in spot.lines
        for side in (-1, 1)
    )


def struck_wave(spot: Spot) -> tuple[Ink, ...]:
    """Each printed line of the name struck by a wave."""
    return tuple(
        _over_line(spot, line, "wave", spot.rng.uniform(2.0, 3.6), line.center[1]) for line in spot.lines
    )


def struck_cross(spot: Spot) -> tuple[Ink, ...]:
    """A flat X over the whole name."""
    box = hull(spot.lines)
    return (
        _flat_cross(spot, Box(box.x0 - 1, spot.row.name_mm.y0 + 0.8, box.x1 + 1, spot.row.name_mm.y1 - 0.8)),
    )


def struck_row(spot: Spot) -> tuple[Ink, ...]:
    """Two long strokes crossing over the whole row, boxes and all."""
    name, last = spot.row.name_mm, spot.row.cells[-1].box_mm
    return (_flat_cross(spot, Box(name.x0 + 1, name.y0 + 0.5, last.x1 - 1, last.y1 - 0.5)),)


def _flat_cross(spot: Spot, box: Box) -> Ink:
    slope = np.array([box.width, box.height]) / 2
    strokes = []
    for side in (-1, 1):
        (line,) = drawn.stretched(spot.hand.drawing("strike", spot.rng), 2.0, 0.08)
        strokes.append(
            np.stack([line[:, 0], side * line[:, 0] + line[:, 1]], axis=1)
            * slope
            * spot.rng.uniform(0.9, 1.05)
        )
    return ink_at(spot, tuple(strokes), box.center)


def underlined(spot: Spot) -> tuple[Ink, ...]:
    """A line under the name."""
    line = spot.lines[-1]
    return (_over_line(spot, line, "strike", 0.6, line.y1 + spot.rng.uniform(0.3, 0.7)),)


def circled(spot: Spot) -> tuple[Ink, ...]:
    """A ring round the whole name."""
    box = hull(spot.lines).grown(spot.rng.uniform(0.8, 1.6))
    sample = drawn.stretched(spot.hand.drawing("circle", spot.rng), box.width + 2, box.height + 1)
    return (ink_at(spot, sample, box.center),)


def ticked(spot: Spot) -> tuple[Ink, ...]:
    """A tick on the beginning or the end of the name."""
    line = spot.lines[0]
    sample = sized(
        spot, drawn.short_tick(spot.hand.drawing("check", spot.rng), spot.rng), spot.rng.uniform(4, 6)
    )
    x = spot.rng.choice([line.x0 + spot.rng.uniform(-1, 4), line.x1 + spot.rng.uniform(-4, 1)])
    return (ink_at(spot, sample, (float(x), line.center[1])),)
