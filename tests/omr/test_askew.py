"""Lines askew over several rows: whoever crosses out a table means all of its rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omr.askew import rows_crossed_out
from omr.marks import Thresholds, levels_of
from omr.rules import UNSURE, judge_row
from tests.omr.conftest import BALLPOINT, cross


def bowed(start, end, bow_mm=1.5):
    """A line by hand between two places, mm: it bows by so much."""
    along = np.linspace(0, 1, 80)[:, None]
    (x0, y0), (x1, y1) = start, end
    across = np.array([y0 - y1, x1 - x0]) / np.hypot(x1 - x0, y1 - y0)
    return (1 - along) * start + along * np.array(end) + bow_mm * np.sin(np.pi * along) * across


@pytest.fixture(scope="module")
def marks(pad):
    """An X in the last box of every row."""
    return [(BALLPOINT, *cross(pad.box(row, 2), 6.0)) for row in range(11)]


def crossed(pad, *inks):
    ink = pad.ink(pad.drawn(*inks))
    return rows_crossed_out(ink, pad.page, levels_of(ink, Thresholds()).firm)


@pytest.mark.parametrize(("bow_mm", "width_mm"), [(0.0, 0.45), (2.5, 0.45), (0.0, 3.0)])
@pytest.mark.parametrize("falling", [True, False])
def test_every_row_of_a_table_that_was_crossed_out_is_asked_about(  # noqa: PLR0917 - fixtures
    pad, desk, marks, falling, bow_mm, width_mm
):
    """From corner to corner: also the rows at whose positions alone the line runs."""
    table, last = pad.page.table_mm, pad.page.rows[-1].name_mm.y1
    left, right = ((table.x0, pad.page.rows[0].name_mm.y0), (table.x1, last))
    ends = (left, right) if falling else ((left[0], right[1]), (right[0], left[1]))
    seen = desk.read_picture(pad.drawn((replace(BALLPOINT, width_mm=width_mm), bowed(*ends, bow_mm)), *marks))
    assert {judge_row(row).reading for row in seen.rows} == {UNSURE}


def test_a_line_over_some_rows_is_said_of_those(pad, marks):
    """It begins in the middle of the third row and ends in that of the eighth."""
    names, positions = pad.page.rows[2].name_mm, pad.page.rows[7].position_mm
    line = bowed(names.center, (positions.x1, positions.center[1]))
    assert set(range(3, 7)) <= crossed(pad, (BALLPOINT, line), *marks) <= set(range(2, 8))


def test_marks_names_struck_and_filled_boxes_are_no_such_lines(pad):
    """Neither are boxes filled one below and beside the other, nor a cross over one whole row."""
    boxes = [pad.box(row, column).grown(-0.8) for row, column in ((1, 0), (2, 1), (3, 2), (5, 2), (6, 1))]
    fills = [[(b.x0, y), (b.x1, y)] for b in boxes for y in np.arange(b.y0, b.y1, 0.35)]
    table, row = pad.page.table_mm, pad.box(8, 0)
    whole = [[(table.x0, row.y0), (table.x1, row.y1)], [(table.x0, row.y1), (table.x1, row.y0)]]
    names = [pad.page.rows[i].name_mm for i in (0, 4, 9)]
    strikes = [[(name.x0, name.y1 - 1), (name.x1, name.y0 + 1)] for name in names]
    assert not crossed(pad, (BALLPOINT, *fills, *whole, *strikes, *cross(pad.box(10, 0), 9.0)))
