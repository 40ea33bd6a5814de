"""The printed rules: where each row and column really lies, from print and never from ink."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.grid import REACH_MM, _bulge, darkness, find_grid
from omr.ink import see_ink
from tests.omr.conftest import bounded

CLOSE_MM = 0.25


def moved(picture, dx_mm, dy_mm):
    """The page (8 px/mm) with each point of it moved by (dx, dy)(x mm, y mm)."""
    height, width = picture.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    mm_x, mm_y = (x + 0.5) / 8, (y + 0.5) / 8
    from_x = x - 8 * np.broadcast_to(dx_mm(mm_x, mm_y), x.shape)
    from_y = y - 8 * np.broadcast_to(dy_mm(mm_x, mm_y), y.shape)
    return cv2.remap(
        picture, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR, borderValue=255
    )


def still(_x, _y):
    return np.float32(0)


def middles(grid, page):
    """Where the grid puts the middle of every box, less where the layout has it, mm, (rows, columns, 2)."""
    maps = boxes_to_paper(grid, page)
    at = np.array([[(*cell.box_mm.center, 1.0) for cell in row.cells] for row in page.rows])
    return (maps @ at[..., None])[..., :2, 0] - at[..., :2]


def boxes_to_paper(grid, page):
    """The map of every box, (rows, columns, 3, 3)."""
    boxes = [cell.box_mm for cell in page.rows[0].cells]
    ys = [page.rows[0].cells[0].box_mm.y0, *(row.cells[0].box_mm.y1 for row in page.rows)]
    return grid.parts_to_paper(np.array(ys), np.array([boxes[0].x0, *(box.x1 for box in boxes)]))


def test_the_blank_page_has_its_own_grid(pad):
    """Every rule is where it was printed, seen in full, and in line with its neighbours."""
    grid = find_grid(pad.blank, pad.to_px, pad.page)
    assert np.abs(middles(grid, pad.page)).max() < 0.1
    assert grid.confirmed.all()
    assert grid.votes > 0.95
    assert grid.residual_mm < 0.1


@given(st.floats(0, 1.5), st.floats(60, 250), st.floats(0, 6.2))
@bounded(15)
def test_a_page_that_wobbled_is_followed(pad, amount, period, phase):
    """Rows that the feed moved by up to 1.5 mm along the page are found to a quarter of a millimetre."""

    def wobble(_x, y):
        return amount * np.sin(2 * np.pi * y / period + phase)

    grid = find_grid(moved(pad.blank, still, wobble), pad.to_px, pad.page)
    true = np.array([[wobble(0, cell.box_mm.center[1]) for cell in row.cells] for row in pad.page.rows])
    found = middles(grid, pad.page)
    assert np.abs(found[..., 1] - true).max() < CLOSE_MM + amount * 0.05
    assert np.abs(found[..., 0]).max() < CLOSE_MM


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-0.012, 0.012))
@bounded(15)
def test_a_placement_that_is_a_little_off_is_put_right(pad, dx, dy, skew):
    """What the marks leave, up to 2 mm and a slope of 12 in 1000, the rules take away."""

    def down(x, _y):
        return dy + skew * (x - 105)

    grid = find_grid(moved(pad.blank, lambda _x, _y: dx, down), pad.to_px, pad.page)
    found = middles(grid, pad.page)
    true = np.array([[(dx, down(cell.box_mm.center[0], 0)) for cell in row.cells] for row in pad.page.rows])
    near = np.abs(true[..., 1]).max() < REACH_MM - 0.3
    assert not near or np.abs(found - true).max() < CLOSE_MM


@given(st.floats(-0.8, 0.8), st.floats(0, 0.3), st.floats(60, 250))
@bounded(15)
def test_a_page_whose_marks_the_feed_moved_is_followed_across(pad, bulge, amount, period):
    """A turned page bulges across where its marks were moved, and its rows shift against each other."""

    def across(x, y):
        return bulge * ((x - 105) / 90) ** 2 + amount * np.sin(2 * np.pi * y / period)

    maps = boxes_to_paper(find_grid(moved(pad.blank, across, still), pad.to_px, pad.page), pad.page)
    for i, row in enumerate(pad.page.rows):
        for j, cell in enumerate(row.cells):
            box = cell.box_mm
            for x, y in ((box.x0, box.y0 + 1), box.center, (box.x1, box.y1 - 1)):
                assert abs((maps[i, j] @ (x, y, 1.0))[0] - x - across(x, y)) < 0.13


def test_a_dark_column_makes_no_bulge(pad):
    """Shaded names hide the rules on both their sides: what the other rules say of their spacing stands."""
    dark = pad.blank.copy()
    for row in pad.page.rows:
        x0, y0, x1, y1 = (round(8 * v) for v in row.name_mm.grown(-0.5).as_tuple())
        shade = cv2.GaussianBlur(np.full((y1 - y0, x1 - x0), 0.6), (0, 0), 1.5)
        dark[y0:y1, x0:x1] = (dark[y0:y1, x0:x1] * shade).astype(np.uint8)
    grid = find_grid(dark, pad.to_px, pad.page)
    assert np.abs(middles(grid, pad.page)).max() < CLOSE_MM
    assert np.abs(grid.sides[:, 2]).max() * (pad.page.table_mm.width / 2) ** 2 < 0.05


@pytest.mark.parametrize("rows", [4, 5, 11])
def test_rows_with_an_odd_vote_each_tell_a_stretched_page_s_bulge(rows):
    """A rule that ink or dirt outvotes, another one in every row: what the rows have in common is told."""
    at = np.array([-85.0, -74.0, -32.0, 28.0, 47.0, 66.0, 85.0])
    for seed in range(40):
        rng = np.random.default_rng((rows, seed))
        bulge = rng.uniform(-0.8, 0.8) / 85.0**2
        votes = rng.uniform(-1, 1, (rows, 1)) + rng.uniform(-0.006, 0.006) * at + bulge * at**2
        votes[np.arange(rows), rng.permutation(np.arange(rows) % len(at))] += rng.choice([-2.0, 2.0], rows)
        assert abs(_bulge(votes, at) - bulge) * 85.0**2 < 0.15


@pytest.mark.parametrize("beside_mm", [-2.0, -1.0, 1.0, 2.0])
@pytest.mark.parametrize("pen_mm", [0.5, 2.0])
def test_position_comes_from_print_never_from_ink(pad, ballpoint, beside_mm, pen_mm):
    """A thick line drawn along a rule, over the boxes, does not move the row."""
    y = pad.box(4, 0).y0 + beside_mm
    x0, x1 = pad.box(4, 0).x0, pad.box(4, 2).x1
    marked = pad.drawn((replace(ballpoint, width_mm=pen_mm), [(x0, y), (x1, y)]))
    grid = find_grid(marked, pad.to_px, pad.page)
    assert np.abs(middles(grid, pad.page)).max() < CLOSE_MM


def test_an_x_in_every_box_moves_nothing(pad, ballpoint, an_x):
    """Ink in all boxes, some of it over the rules, leaves the grid as it is."""
    inks = [
        (ballpoint, *an_x(cell.box_mm, 9.0, dy=3.0 * (i % 3 - 1)))
        for i, row in enumerate(pad.page.rows)
        for cell in row.cells
    ]
    grid = find_grid(pad.drawn(*inks), pad.to_px, pad.page)
    assert np.abs(middles(grid, pad.page)).max() < CLOSE_MM
    assert grid.confirmed.all()


def test_a_rule_that_is_gone_is_bridged_and_said(pad):
    """A row whose rule cannot be seen is put between its neighbours, and is not confirmed."""
    gone = pad.blank.copy()
    y = round(pad.box(5, 0).y0 * 8)
    gone[y - 6 : y + 6] = 255
    grid = find_grid(gone, pad.to_px, pad.page)
    assert list(np.flatnonzero(~grid.confirmed)) == [4, 5]
    assert np.abs(middles(grid, pad.page)).max() < CLOSE_MM


def test_without_rules_nothing_is_confirmed(pad):
    """An empty page, or noise, has no table."""
    to_px = np.diag([4.0, 4.0, 1.0])
    noise = np.random.default_rng(1).normal(200, 25, (1188, 840)).clip(0, 255).astype(np.uint8)
    for picture in (np.full_like(noise, 240), noise):
        grid = find_grid(picture, to_px, pad.page)
        assert grid.votes < 0.5


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.integers(120, 250))
@bounded(15)
def test_a_slow_change_of_light_is_not_dark(across, down, level):
    """Darkness is against the paper around: a shadow over the page has none, print keeps its own."""
    y, x = np.mgrid[-0.5:0.5:600j, -0.5:0.5:500j]
    paper = np.clip(level * (1 + across * x + down * y), 0, 255).astype(np.uint8)
    paper[300:303, 50:450] = 20
    dark = darkness(paper, 4.0)
    assert np.percentile(np.delete(dark, slice(297, 306), 0), 99) <= 6
    assert dark[301, 60:440].min() > 0.6 * (level * 0.7 - 20)


@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
@bounded(5)
def test_the_rows_come_out_as_printed(pad, dx, dy):
    """Straightened rows are the blank's rows, wherever the page lay."""
    away = moved(pad.blank, lambda _x, _y: dx, lambda _x, _y: dy)
    rows = [pad.ink(picture).picture for picture in (pad.blank, away)]
    assert rows[0].shape == rows[1].shape
    both = [cv2.GaussianBlur(picture, (0, 0), 2.0).astype(int) for picture in rows]
    assert np.abs(both[0] - both[1]).max() < 80
    assert np.abs(both[0] - both[1]).mean() < 3


@pytest.mark.parametrize("finer", [2.0, 3.0])
def test_a_fine_scan_is_no_noisier_than_a_coarse_one(pad, finer):
    """Its pixels are averaged, not picked: grain stays as fine as it was, and comes out paler."""
    size = [round(side * finer) for side in pad.blank.shape[::-1]]
    noise = np.random.default_rng(1).normal(0, 40, size[::-1])
    fine = cv2.resize(pad.blank, size, interpolation=cv2.INTER_LINEAR) + noise - 60
    to_fine = np.diag([finer, finer, 1.0]) @ pad.to_px
    grid = find_grid(pad.blank, pad.to_px, pad.page)
    ink = see_ink(np.clip(fine, 0, 255).astype(np.uint8), to_fine, pad.page, grid, pad.sheet.printed)
    inside = ink.picture[ink.picture > 100]
    assert inside.std() < 40 / finer * 1.2


def test_a_part_of_a_row_keeps_its_rules(pad):
    """The map of a part takes the row's upper rule to where it was seen, and its lower rule too."""

    def down(_x, y):
        return 0.01 * (y - 180)

    grid = find_grid(moved(pad.blank, still, down), pad.to_px, pad.page)
    box = pad.box(3, 1)
    to_paper = boxes_to_paper(grid, pad.page)[3, 1]
    for y in (box.y0, box.y1):
        x_, y_, _ = to_paper @ (box.center[0], y, 1.0)
        assert (x_, y_) == pytest.approx((box.center[0], y + down(0, y)), abs=0.15)


@pytest.mark.parametrize("stretch", [0.03, -0.03])
def test_a_page_placed_by_the_marks_of_one_end_is_followed_to_the_other(pad, stretch):
    """Stretched by 3 % from its head on, the last rows lie 6 mm off: farther than any rule is sought."""

    def drift(_x, y):
        return stretch * (y - pad.page.table_mm.y0)

    picture = moved(pad.blank, still, drift)
    grid = find_grid(picture, pad.to_px, pad.page)
    middle = [row.cells[0].box_mm.center[1] for row in pad.page.rows]
    wanted = [stretch * (y - pad.page.table_mm.y0) for y in middle]
    found = middles(grid, pad.page)[..., 1].mean(axis=1)
    assert abs(wanted[-1]) > REACH_MM
    assert np.abs(found - wanted).max() < CLOSE_MM
