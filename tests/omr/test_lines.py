"""Lines that dirt on a scanner's glass leaves over the rows of a sheet that lay askew."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.evidence import Name
from omr.lines import find_lines, in_boxes, of_scanner, over_texts
from omr.register import Placement
from omr.rules import UNSURE, judge_row
from scripts.simulate.pen import BLACK, Nib, Pen
from tests.omr.conftest import cross

LEAN = 0.12  # of a sheet that lay 7° askew
FINE = Pen(BLACK, 0.3, 1.0, Nib.BALLPOINT)


def dirty(pad, *ats_mm, lean=LEAN, inks=()):
    """The blank page with black lines down the whole of it, each at so many mm in the table's middle."""
    picture = pad.drawn(*inks)
    middle = (pad.page.table_mm.y0 + pad.page.table_mm.y1) / 2
    for at in ats_mm:
        ends = [(at + lean * (y - middle), y) for y in (1.0, pad.page.size_mm[1] - 1)]
        first, last = (tuple(round(8 * v) for v in end) for end in ends)
        cv2.line(picture, first, last, 20, 3)
    return picture


def lines(pad, picture, lean=LEAN):
    return find_lines(pad.ink(picture), pad.sheet.printed, pad.page, lean)


@pytest.fixture(scope="module")
def name_x(pad):
    """A place well inside the names, mm."""
    return pad.page.rows[0].name_mm.x0 + 20.0


def test_a_clean_page_has_no_lines(pad):
    """Letters and rules are no lines, at whatever lean."""
    for lean in (0.0, LEAN, -LEAN):
        assert not lines(pad, pad.blank, lean).any()


def test_a_line_over_the_names_is_found_along_its_lean(pad, name_x):
    """It runs through every row, and nowhere else than where it was drawn."""
    found = over_texts(lines(pad, dirty(pad, name_x)), pad.page)
    rows = np.flatnonzero(found.any(axis=1))
    assert len(rows) > 0.95 * (pad.sheet.printed.rows_px[-1] - pad.sheet.printed.rows_px[0])
    assert found.sum(axis=1).max() <= 14  # 1.75 mm
    assert not any(in_boxes(found, pad.page, row) for row in pad.page.rows)


def test_a_line_at_another_lean_is_no_streak(pad, name_x):
    """What does not run along the feed may be a pen's."""
    assert not lines(pad, dirty(pad, name_x, lean=-LEAN)).any()


def test_strokes_in_some_rows_are_no_line(pad):
    """Names struck one below the other are not taken away."""
    inks = [
        (FINE, [(r.name_mm.x0 + 2, r.name_mm.center[1]), (r.name_mm.x1 - 4, r.name_mm.center[1])])
        for r in pad.page.rows
    ]
    assert not lines(pad, pad.drawn(*inks), 0.0).any()


def test_a_line_through_the_boxes_is_said_of_every_row_it_runs_through(pad):
    """In a box a streak may hide a stroke or feign one."""
    x = pad.box(0, 1).center[0]
    found = lines(pad, dirty(pad, x, lean=0.0), 0.0)
    assert all(in_boxes(found, pad.page, row) for row in pad.page.rows)
    assert not over_texts(found, pad.page).any()


def turned(picture, degrees):
    """The picture as a sheet that lay askew, and on its glass a black line down the whole scan."""
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(picture, turn, (width, height), borderValue=255)


def on_glass(scan, x_mm):
    """Black and white, with a line of dirt: nothing of it can be told by its greys."""
    scan = np.where(scan > 140, 255, 0).astype(np.uint8)
    scan[:, round(8 * x_mm) : round(8 * x_mm) + 3] = 0
    return scan


@pytest.mark.parametrize("degrees", [-6.0, 5.0])
def test_dirt_over_the_names_of_a_sheet_askew_asks_nobody(pad, desk, name_x, degrees):
    """Its line is no stroke through a name, in black and white too."""
    inks = [(Pen(BLACK, 0.5, 1.0, Nib.BALLPOINT), *cross(pad.box(i, 1))) for i in range(len(pad.page.rows))]
    seen = desk.read_picture(on_glass(turned(pad.drawn(*inks), degrees), name_x))
    assert len(seen.rows) == len(pad.page.rows)
    assert all(row.name.state is Name.CLEAN and row.reason is None for row in seen.rows)


@pytest.mark.parametrize("degrees", [0.0, 2.0])
def test_dirt_through_a_column_of_boxes_is_no_second_mark(pad, desk, degrees):
    """A line as high as its boxes, beside a plain mark in every row: people look at every row."""
    inks = [(Pen(BLACK, 0.5, 1.0, Nib.BALLPOINT), *cross(pad.box(i, 2))) for i in range(len(pad.page.rows))]
    seen = desk.read_picture(on_glass(turned(pad.drawn(*inks), degrees), pad.box(0, 0).center[0]))
    assert {judge_row(row).reading for row in seen.rows} == {UNSURE}


@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("black_and_white", [False, True])
def test_a_pens_line_down_the_names_is_asked_about(pad, desk, ballpoint, first, black_and_white):
    """It ends with the list, or within it: dirt on the glass goes on. Nobody can say whom it strikes out."""
    rows = range(first, len(pad.page.rows))
    names = [pad.page.rows[row].name_mm for row in rows]
    down = [(names[0].x0 + 20.0, names[0].y0 + 1.0), (names[0].x0 + 20.4, names[-1].y1 - 1.0)]
    marked = pad.drawn((ballpoint, down), *((ballpoint, *cross(pad.box(row, 1))) for row in rows))
    picture = np.where(marked > 150, 255, 0).astype(np.uint8) if black_and_white else marked
    seen = desk.read_picture(picture)
    assert {judge_row(seen.rows[row]).reading for row in rows} <= {UNSURE, "struck"}


@pytest.mark.parametrize("beyond", [True, False])
@pytest.mark.parametrize("px_per_mm", [5.55, 5.61, 5.9, 8.07, 16.3, 24.1])
def test_dirt_goes_on_beyond_the_table_at_any_resolution(pad, name_x, px_per_mm, beyond):
    """And a line that ends with the table is a pen's."""
    width, height = (round(side * px_per_mm) for side in pad.page.size_mm)
    grey = np.full((height, width), 255, np.uint8)
    ends = (0.0, pad.page.size_mm[1]) if beyond else (pad.page.table_mm.y0, pad.page.table_mm.y1)
    first, last = (round(end * px_per_mm) for end in ends)
    grey[first:last, round(name_x * px_per_mm)] = 60
    found = lines(pad, dirty(pad, name_x, lean=0.0), 0.0)
    placed = Placement(np.diag([px_per_mm, px_per_mm, 1.0]), (0, 1, 2, 3), 0.0)
    assert of_scanner(found, pad.page, grey, placed, 20.0).any() == beyond
