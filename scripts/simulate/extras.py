"""Ink outside the boxes and the names: notes, names written in, signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from layouts.model import Box, PageLayout
from scripts.simulate import hand as drawn
from scripts.simulate.hand import Hand
from scripts.simulate.kinds import Extra
from scripts.simulate.spot import Ink, Spot, ink_at


def margin_word(spot: Spot, width: float = 14.0) -> tuple[Ink, ...]:
    """A word right of the table, or left of it where there is more room."""
    table, paper = spot.page.table_mm, spot.page.size_mm[0]
    right = paper - table.x1 >= table.x0
    room = (paper - table.x1 if right else table.x0) - 4
    wide = min(width, room)
    sample = drawn.stretched(drawn.words(1, spot.hand, spot.rng), wide, min(5.0, wide / 2))
    x = table.x1 + 2 + wide / 2 if right else table.x0 - 2 - wide / 2
    return (ink_at(spot, sample, (x, spot.cell.box_mm.center[1])),)


def margin_note(spot: Spot) -> tuple[Ink, ...]:
    """A word beside the table."""
    return margin_word(spot)


def _written_name(box: Box, hand: Hand, rng: np.random.Generator) -> tuple[Ink, ...]:
    width = min(box.width, rng.uniform(32, 55))
    sample = drawn.stretched(drawn.words(3, hand, rng), width, min(width / 6, box.height))
    x = box.x0 + width / 2 + rng.uniform(0, max(box.width - width, 0))
    return (Ink(tuple(stroke + np.array([x, box.center[1]]) for stroke in sample), hand.pen),)


def _below(page: PageLayout, hand: Hand, rng: np.random.Generator) -> tuple[Ink, ...]:
    """A name under the table, where a further row would be."""
    table = page.table_mm
    name = page.rows[-1].name_mm
    top = table.y1 + rng.uniform(1.0, 3.0)
    return _written_name(Box(name.x0, top, max(name.x1, name.x0 + 40), top + 8), hand, rng)


def _between_rows(page: PageLayout, hand: Hand, rng: np.random.Generator) -> tuple[Ink, ...]:
    """A name squeezed in on the rule between two rows."""
    row = page.rows[int(rng.integers(max(len(page.rows) - 1, 1)))]
    y = row.name_mm.y1
    return _written_name(Box(row.name_mm.x0 + 2, y - 1.8, row.position_mm.x1, y + 1.8), hand, rng)


def _signed(page: PageLayout, hand: Hand, rng: np.random.Generator, *, high: bool) -> tuple[Ink, ...]:
    box = page.signature_mm or Box(
        page.table_mm.x1 - 60, page.table_mm.y1 + 2, page.table_mm.x1, page.table_mm.y1 + 22
    )
    width, height = rng.uniform(24, 42), rng.uniform(9, 15)
    sample = drawn.stretched(drawn.signature(hand, rng), width, height)
    y = page.table_mm.y1 + height / 2 - rng.uniform(3, 7) if high else box.center[1]
    x = page.rows[-1].cells[-1].box_mm.x1 - width / 2 - rng.uniform(0, 8) if high else box.center[0]
    return (Ink(tuple(stroke + np.array([x, y]) for stroke in sample), hand.pen),)


def _signature(page: PageLayout, hand: Hand, rng: np.random.Generator) -> tuple[Ink, ...]:
    return _signed(page, hand, rng, high=False)


def _signature_into_table(page: PageLayout, hand: Hand, rng: np.random.Generator) -> tuple[Ink, ...]:
    return _signed(page, hand, rng, high=True)


_EXTRAS: Mapping[Extra, Callable[[PageLayout, Hand, np.random.Generator], tuple[Ink, ...]]] = {
    Extra.WRITE_IN_BELOW: _below,
    Extra.WRITE_IN_BETWEEN: _between_rows,
    Extra.SIGNATURE: _signature,
    Extra.SIGNATURE_INTO_TABLE: _signature_into_table,
}


def extra_ink(extra: Extra, page: PageLayout, hand: Hand, rng: np.random.Generator) -> tuple[Ink, ...]:
    """Ink outside the rows: names written in, signatures."""
    return _EXTRAS[extra](page, hand, rng)
