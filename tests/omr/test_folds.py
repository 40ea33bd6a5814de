"""Folds: shadows from edge to edge of the paper are no marks; lines that people draw are no folds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.evidence import Mark
from omr.folds import Fold, find_folds, without_folds
from omr.ink import to_px
from scripts.simulate.sheet_damage import folded
from tests.omr.conftest import bounded


def with_fold(picture, at_mm, horizontal, depth):
    colour = np.repeat(picture[..., None], 3, axis=2)
    return np.ascontiguousarray(folded(colour, at_mm, horizontal, depth, 8.0)[..., 0])


def test_a_flat_page_has_no_folds(pad):
    """The table's rules are no folds, though they run across most of the paper."""
    assert find_folds(pad.blank, pad.to_px, pad.page) == ()


@given(st.booleans(), st.floats(0.3, 0.7), st.floats(0.15, 0.4))
@bounded(12)
def test_a_fold_is_found_where_it_is(pad, horizontal, share, depth):
    """Across or down, to a millimetre."""
    at = share * pad.page.size_mm[horizontal]
    folds = find_folds(with_fold(pad.blank, at, horizontal, depth), pad.to_px, pad.page)
    middle = pad.page.size_mm[not horizontal] / 2
    same = [fold for fold in folds if fold.across == horizontal]
    assert len(same) == 1
    assert same[0].at + same[0].slope * middle == pytest.approx(at, abs=1.0)


@pytest.mark.parametrize("depth", [0.2, 0.4])
@pytest.mark.parametrize("horizontal", [True, False])
def test_a_fold_through_the_boxes_is_no_mark(pad, desk, horizontal, depth):
    """Issue 3: a fold through a box is not a mark."""
    x, y = pad.box(5, 1).center
    seen = desk.read_picture(with_fold(pad.blank, y if horizontal else x, horizontal, depth))
    assert all(cell.mark is not Mark.MARKED for row in seen.rows for cell in row.cells)


def test_an_x_on_a_fold_is_still_there(pad, desk, ballpoint, an_x):
    """What the fold takes out of an X leaves it an X, or a question; never a blank row."""
    marked = pad.drawn(*((ballpoint, *an_x(pad.box(row, 1), 6.0)) for row in range(11)))
    seen = desk.read_picture(with_fold(marked, pad.box(0, 1).center[0], horizontal=False, depth=0.3))
    assert all(row.cells[1].mark is not Mark.EMPTY for row in seen.rows)


@pytest.mark.parametrize("across", [True, False])
def test_a_fold_is_taken_out_where_it_lies_and_nowhere_else(pad, across):
    """At its own place in the rows' picture: a dot some millimetres beside it stays."""
    x, y = pad.box(5, 1).center
    inked = np.full_like(pad.ink(pad.blank).pen, 200)
    clean = without_folds(inked, pad.page, (Fold(across, y if across else x, 0.0),))
    px, py, _, _ = to_px(pad.page, (x, y, x, y))
    gone = np.flatnonzero((clean == 0).all(axis=1 if across else 0))
    assert gone.mean() == pytest.approx(py if across else px, abs=1.0)
    assert len(gone) < 20  # 2.5 mm


@pytest.mark.parametrize("row", [2, 6])
def test_a_line_across_a_row_is_no_fold(pad, ballpoint, row):
    """Somebody struck a whole row, from one margin to the other."""
    y = pad.box(row, 0).center[1]
    table = pad.page.table_mm
    struck = pad.drawn((ballpoint, [(table.x0 - 4, y), (table.x1 + 4, y + 1)]))
    assert find_folds(struck, pad.to_px, pad.page) == ()
