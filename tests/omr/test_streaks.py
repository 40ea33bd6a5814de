"""Streaks of a dirty scanner: found, taken away, and nothing else with them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.streaks import find_streaks, without_streaks
from scripts.simulate.scan_damage import dithered, shadowed, streaked
from scripts.trial import SCALE, ballot_of
from tests.omr.conftest import bounded


def with_streaks(picture, at_mm, width_mm=0.3, depth=0.4):
    colour = np.repeat(picture[..., None], 3, axis=2)
    return np.ascontiguousarray(streaked(colour, at_mm, width_mm, depth, 8.0)[..., 0])


def test_a_clean_page_has_no_streaks(pad, desk):
    """The table's upright rules are no streaks, on short tables and on the longest."""
    assert find_streaks(pad.blank) == ()
    long = ballot_of(24)
    for page in long.layout.pages:
        assert find_streaks(np.ascontiguousarray(long.images[page.page][..., 1])) == ()
    assert SCALE > 8


@pytest.mark.parametrize("paper", [0.9, 0.96])
@pytest.mark.parametrize("at_mm", [[], [100.0]])
def test_the_rules_of_a_dithered_page_are_no_streaks(paper, at_mm):
    """The dots above and below a long table do not lengthen its rules; a streak is found as on any page."""
    page = ballot_of(24).images[1]
    fine = cv2.resize(page, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_LINEAR)
    grey = streaked(shadowed(fine, 0.15, 47), at_mm, 0.4, 0.5, 1.5 * SCALE)
    found = find_streaks(np.ascontiguousarray(dithered((grey * paper).astype(np.uint8))[..., 0]))
    assert [round((s.x0 + s.x1) / 2 / (1.5 * SCALE)) for s in found] == at_mm


@given(st.floats(5, 205), st.floats(0.15, 0.8), st.floats(0.12, 0.6))
@bounded(20)
def test_a_streak_is_found_where_it_is(pad, at_mm, width_mm, depth):
    """One line down the whole picture is one streak, at its place."""
    streaks = find_streaks(with_streaks(pad.blank, [at_mm], width_mm, depth))
    assert len(streaks) == 1
    assert streaks[0].x0 - 4 <= at_mm * 8 <= streaks[0].x1 + 4


@given(st.floats(5, 205), st.floats(0.15, 0.8), st.floats(0.12, 0.6))
@bounded(10)
def test_what_is_left_is_the_page_without_it(pad, at_mm, width_mm, depth):
    """Taking the streak away gives back the blank page's paper, to the eye."""
    spoiled = with_streaks(pad.blank, [at_mm], width_mm, depth)
    clean = without_streaks(spoiled, find_streaks(spoiled))
    paper = pad.blank == 255
    assert (np.abs(clean.astype(int) - 255)[paper] > 25).mean() < 0.0005


def test_a_mark_under_a_streak_stays(pad, ballpoint, an_x):
    """Only the streak's own darkness goes: the X it runs through is still an X."""
    x = pad.box(2, 1).center[0]
    spoiled = with_streaks(pad.drawn((ballpoint, *an_x(pad.box(2, 1)))), [x + 0.5])
    rows = pad.rows(without_streaks(spoiled, find_streaks(spoiled)))
    assert [[cell.mark.value for cell in row.cells] for row in rows[2:4]] == [
        ["empty", "marked", "empty"],
        ["empty", "empty", "empty"],
    ]


@pytest.mark.parametrize("depth", [0.2, 0.45, 0.7])
def test_a_streak_through_empty_boxes_is_no_vote(pad, desk, depth):
    """Every box of a column has a line through it: no row is read as that choice."""
    seen = desk.read_picture(with_streaks(pad.blank, [pad.box(0, 1).center[0]], 0.4, depth))
    assert len(seen.rows) == len(pad.page.rows)
    assert all(cell.mark != "marked" for row in seen.rows for cell in row.cells)


def test_a_line_that_somebody_drew_is_no_streak(pad, ballpoint):
    """A pen's line through all the boxes of a column ends within the page."""
    x = pad.box(0, 1).center[0]
    drawn = pad.drawn((ballpoint, [(x, pad.box(0, 1).y0 - 5), (x, pad.box(10, 1).y1 + 5)]))
    assert find_streaks(drawn) == ()
