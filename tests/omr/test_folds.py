"""Folds: shadows from edge to edge of the paper are no marks; lines that people draw are no folds."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.evidence import Mark
from omr.folds import Fold, find_folds, without_folds
from omr.grid import find_grid
from omr.ink import to_px
from omr.rules import UNSURE, judge_row
from scripts.simulate.sheet_damage import folded
from tests.omr.conftest import BALLPOINT, bounded


def with_fold(picture, at_mm, horizontal, depth):
    colour = np.repeat(picture[..., None], 3, axis=2)
    return np.ascontiguousarray(folded(colour, at_mm, horizontal, depth, 8.0)[..., 0])


def wavered(picture, amount_mm):
    """The picture as fed through rollers that did not turn evenly: moved along the page, up to so much."""
    height, width = picture.shape
    y = np.arange(height, dtype=np.float32)
    moved = y + 8 * amount_mm * np.sin(2 * np.pi * y / (8 * 200.0)).astype(np.float32)
    rows = np.repeat(moved[:, None], width, axis=1)
    columns = np.repeat(np.arange(width, dtype=np.float32)[None], height, axis=0)
    return cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def folds_of(pad, picture):
    """The folds found on a picture of the pad."""
    grid = find_grid(picture, pad.to_px, pad.page)
    return find_folds(picture, pad.to_px, pad.page, grid)


def test_a_flat_page_has_no_folds(pad):
    """The table's rules are no folds, though they run across most of the paper."""
    assert folds_of(pad, pad.blank) == ()


@given(st.booleans(), st.floats(0.3, 0.7), st.floats(0.15, 0.4))
@bounded(12)
def test_a_fold_is_found_where_it_is(pad, horizontal, share, depth):
    """Across or down, to a millimetre."""
    table = pad.page.table_mm
    low, high = (table.y0, table.y1) if horizontal else (table.x0, table.x1)
    at = low + share * (high - low)
    folds = folds_of(pad, with_fold(pad.blank, at, horizontal, depth))
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
    """Its shadow goes, to what the paper's noise is; a dot some millimetres beside it stays."""
    x, y = pad.box(5, 1).center
    at = y if across else x
    ink = pad.ink(with_fold(pad.blank, at, across, 0.3))
    cv2.circle(ink.pen, to_px(pad.page, (x + 5, y + 5, x, y))[:2], 4, 200, -1)
    cv2.circle(ink.dark, to_px(pad.page, (x + 5, y + 5, x, y))[:2], 4, 200, -1)
    clean = without_folds(ink, pad.sheet.printed, pad.page, (Fold(across, at, 0.0),))
    x0, y0, x1, y1 = to_px(pad.page, (x - 4, y - 4, x + 4, y + 4))
    assert ink.pen[y0:y1, x0:x1].max() > 0.2 * ink.black
    assert clean.pen[y0:y1, x0:x1].max() < 0.1 * ink.black
    assert np.count_nonzero(clean.pen >= 199) == np.count_nonzero(ink.pen >= 199)


@pytest.mark.parametrize("wavering_mm", [-1.2, 1.2])
def test_a_fold_through_a_name_of_a_sheet_that_wavered_is_no_stroke(pad, desk, ballpoint, an_x, wavering_mm):
    """It lies beside its place as much as the print does: the row is its X, and no question."""
    marked = pad.drawn(*((ballpoint, *an_x(pad.box(row, 2), 6.0)) for row in range(11)))
    creased = with_fold(marked, pad.page.rows[5].name_mm.center[1], horizontal=True, depth=0.3)
    seen = desk.read_picture(wavered(creased, wavering_mm))
    assert [judge_row(row).reading for row in seen.rows] == ["low"] * 11


@pytest.mark.parametrize("depth", [0.2, 0.4])
def test_a_name_struck_on_a_fold_is_seen(pad, desk, ballpoint, an_x, depth):
    """What is taken out is the fold's shadow, not the line that somebody drew along it."""
    name = pad.page.rows[5].name_mm
    line = [(name.x0 + 1, name.center[1]), (name.x1 - 1, name.center[1] + 0.3)]
    struck = pad.drawn((ballpoint, line), (ballpoint, *an_x(pad.box(5, 2), 6.0)))
    seen = desk.read_picture(with_fold(struck, name.center[1], horizontal=True, depth=depth))
    assert judge_row(seen.rows[5]).reading in {"struck", UNSURE}


def test_both_folds_of_a_letter_are_found(pad):
    """A sheet folded in three."""
    third = pad.page.rows[1].name_mm.center[1], pad.page.rows[8].name_mm.center[1]
    letter = pad.blank
    for at in third:
        letter = with_fold(letter, at, horizontal=True, depth=0.25)
    assert [fold.across for fold in folds_of(pad, letter)] == [True, True]


def test_the_papers_edge_is_no_fold(pad):
    """A dark edge under the sheet, and a fold: the fold is the one that is found."""
    at = pad.page.rows[5].name_mm.center[1]
    folded_once = with_fold(pad.blank, at, horizontal=True, depth=0.2)
    folds = folds_of(pad, with_fold(folded_once, pad.page.size_mm[1] - 3, horizontal=True, depth=0.5))
    assert [fold.at for fold in folds] == [pytest.approx(at, abs=1.0)]


@pytest.mark.parametrize("width_mm", [0.2, 0.35, 0.9])
def test_a_name_struck_along_a_ruler_from_edge_to_edge_is_seen(pad, desk, ballpoint, an_x, width_mm):
    """Darker than folds are, it stays. (A pale pencil's line cannot be told from one.)"""
    y, (width, _) = pad.page.rows[5].name_mm.center[1], pad.page.size_mm
    line = [(0, y), (width, y + 0.5)]
    marks = ((ballpoint, *an_x(pad.box(row, 2), 6.0)) for row in range(11))
    seen = desk.read_picture(pad.drawn((replace(ballpoint, width_mm=width_mm), line), *marks))
    assert judge_row(seen.rows[5]).reading in {"struck", UNSURE}


@pytest.mark.parametrize(("depth", "reading"), [(0.3, "low"), (0.6, UNSURE), (0.8, UNSURE)])
def test_a_fold_through_a_name_strikes_nobody(pad, desk, an_x, depth, reading):
    """One as dark as a pen's line is asked about, never read as a strike; nothing is said of other rows."""
    marked = pad.drawn(*((BALLPOINT, *an_x(pad.box(row, 2), 6.0)) for row in range(11)))
    at = pad.page.rows[5].name_mm.center[1]
    seen = desk.read_picture(with_fold(marked, at, horizontal=True, depth=depth))
    readings = [judge_row(row).reading for row in seen.rows]
    assert readings.pop(5) == reading
    assert set(readings) == {"low"}


@pytest.mark.parametrize("row", [2, 6])
def test_a_line_across_a_row_is_no_fold(pad, ballpoint, row):
    """Somebody struck a whole row, from one margin to the other."""
    y = pad.box(row, 0).center[1]
    table = pad.page.table_mm
    struck = pad.drawn((ballpoint, [(table.x0 - 4, y), (table.x1 + 4, y + 1)]))
    assert folds_of(pad, struck) == ()
