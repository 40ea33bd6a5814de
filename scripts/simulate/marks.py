"""Which ink each kind of row is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from layouts.model import Box, PageLayout
from scripts.simulate import boxes, extras, names
from scripts.simulate.hand import Hand
from scripts.simulate.kinds import Kind, RowPlan
from scripts.simulate.spot import Ink, Spot


def row_ink(
    plan: RowPlan, page: PageLayout, lines: tuple[Box, ...], hand: Hand, rng: np.random.Generator
) -> tuple[Ink, ...]:
    """Everything somebody writes for one row. Raises KeyError for a row or choice the page does not have."""
    row = next((row for row in page.rows if row.number == plan.number), None)
    if row is None:
        raise KeyError(plan.number)
    cells = {cell.choice: cell for cell in row.cells}
    cell = cells[plan.choice] if plan.choice is not None else row.cells[0]
    spot = Spot(page, row, cell, lines, hand, rng)
    vote = () if plan.choice is None or plan.kind in _OWN_VOTE else boxes.shape("x")(spot)
    return (*vote, *_PLACERS[plan.kind](spot))


def _nothing(_spot: Spot) -> tuple[Ink, ...]:
    return ()


#: Kinds whose placer puts the mark of the chosen box itself; for the others an X goes there first.
_OWN_VOTE = frozenset(
    {
        Kind.PLAIN_X,
        Kind.TICK,
        Kind.CIRCLE,
        Kind.SLASH,
        Kind.DOT,
        Kind.FILLED,
        Kind.PLUS,
        Kind.ASTERISK,
        Kind.CIRCLE_SLASH,
        Kind.VEE,
        Kind.WORD,
        Kind.FAINT,
        Kind.BIG,
        Kind.OFF_CENTRE,
        Kind.ON_LINE,
        Kind.TOUCHING,
        Kind.BETWEEN,
        Kind.OUTSIDE,
        Kind.BLANK,
        Kind.THREE_MARKS,
    }
)


_PLACERS: Mapping[Kind, Callable[[Spot], tuple[Ink, ...]]] = {
    Kind.PLAIN_X: boxes.shape("x"),
    Kind.TICK: boxes.tick,
    Kind.CIRCLE: boxes.shape("circle"),
    Kind.SLASH: boxes.shape("slash"),
    Kind.DOT: boxes.dot,
    Kind.FILLED: boxes.filled,
    Kind.PLUS: boxes.shape("plus"),
    Kind.ASTERISK: boxes.shape("asterisk"),
    Kind.CIRCLE_SLASH: boxes.shape("circle_slash"),
    Kind.VEE: boxes.shape("check"),
    Kind.WORD: boxes.word,
    Kind.FAINT: boxes.faint,
    Kind.BIG: boxes.big,
    Kind.OFF_CENTRE: boxes.off_centre,
    Kind.ON_LINE: boxes.on_line,
    Kind.TOUCHING: boxes.touching,
    Kind.BETWEEN: boxes.between,
    Kind.OUTSIDE: boxes.outside,
    Kind.BLANK: _nothing,
    Kind.CORRECTION: boxes.correction,
    Kind.CORRECTION_SIGNED: boxes.correction_signed,
    Kind.TWO_MARKS: boxes.two,
    Kind.THREE_MARKS: boxes.three,
    Kind.STRUCK_LINE: names.struck_line,
    Kind.STRUCK_TWO_LINES: names.struck_two,
    Kind.STRUCK_WAVE: names.struck_wave,
    Kind.STRUCK_CROSS: names.struck_cross,
    Kind.STRUCK_ROW: names.struck_row,
    Kind.NAME_UNDERLINED: names.underlined,
    Kind.NAME_CIRCLED: names.circled,
    Kind.NAME_TICKED: names.ticked,
    Kind.MARGIN_NOTE: extras.margin_note,
}
