"""A sheet is known again by its handwriting, and never taken for another voter's."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.trace import PX_PER_MM, Likeness, candidates, make_trace, same_sheet
from scripts.reading_cases import GOOD, dice
from scripts.simulate import Depth, Kind, PagePlan, RowPlan, any_hand, mark_page
from tests.omr.conftest import bounded

CHOICES = ("high", "medium", "low")

#: Other scans of one sheet: another angle, size, scanner.
AGAIN = {
    "another angle": {"rotation_deg": 7.0, "roomy": True},
    "upside down": {"turns": 2},
    "150 dpi": {"dpi": 150.0},
    "300 dpi": {"dpi": 300.0},
    "grey, noisy": {"depth": Depth.GREY, "noise": 6.0},
    "JPEG 30": {"jpeg": 30},
    "after a jam": {"wobble": (1.0, 120.0, 2.0), "stretch": 1.01},
    "black and white": {"depth": Depth.BILEVEL},
    "a darker scanner": {"gamma": 1.35, "brightness": -0.04},
}


def alike_plan(shift=0):
    """Somebody who puts an X in every row, in boxes that another voter may choose too."""
    return PagePlan(tuple(RowPlan(n, Kind.PLAIN_X, CHOICES[(n + shift) % 3]) for n in range(1, 12)))


@pytest.fixture(scope="session")
def voters(desk):
    """Six voters with X's in the same boxes: the trace of each sheet."""
    return [desk.read(desk.scan(desk.fill_in(alike_plan(), seed), GOOD, seed)).trace for seed in range(1, 7)]


@pytest.fixture(scope="session")
def sheet(desk):
    return desk.fill_in(alike_plan(), 1)


@pytest.mark.parametrize("name", AGAIN)
def test_the_same_sheet_is_known_again(desk, sheet, voters, name):
    """Another angle, resolution or scanner does not hide that it is one sheet."""
    again = desk.read(desk.scan(sheet, replace(GOOD, **AGAIN[name]), 77)).trace
    assert same_sheet(voters[0], again) is Likeness.SAME
    assert same_sheet(again, voters[0]) is Likeness.SAME


def test_voters_with_marks_in_the_same_boxes_are_not_one(voters):
    """Two people's X's in all the same boxes are two sheets: neither is called a duplicate."""
    for one, other in combinations(voters, 2):
        assert same_sheet(one, other) is Likeness.DIFFERENT


def test_sheets_of_one_hand_are_not_one(desk, voters):
    """A second sheet by the same hand in the same boxes is never the same sheet for sure."""
    hand = any_hand(desk.strokes, dice(1, 1))
    sheets = [mark_page(desk.page, desk.print_image, alike_plan(), hand, dice(k)) for k in (50, 51)]
    traces = [desk.read(desk.scan(s, GOOD, k)).trace for k, s in enumerate(sheets)]
    assert same_sheet(*traces) is not Likeness.SAME


def test_sheets_without_ink_cannot_be_told_apart(desk, pad):
    """Two empty ballots are not called one: they have no trace at all."""
    blank = desk.read_picture(pad.blank).trace
    assert blank == b""
    assert same_sheet(blank, blank) is Likeness.DIFFERENT


def test_a_single_x_is_not_enough_to_be_sure(desk):
    """Two nearly blank ballots may look alike by chance: at most maybe."""
    plan = PagePlan((RowPlan(4, Kind.PLAIN_X, "medium"),))
    sheet = desk.fill_in(plan, 9)
    one, two = (desk.read(desk.scan(sheet, GOOD, seed)).trace for seed in (1, 2))
    assert same_sheet(one, two) is not Likeness.SAME


def test_every_pair_of_one_sheet_is_among_the_candidates(desk, sheet, voters):
    """The quick look leaves no duplicate out, and names each pair once, the earlier first."""
    again = [desk.read(desk.scan(sheet, replace(GOOD, **AGAIN[name]), 78)).trace for name in list(AGAIN)[:4]]
    traces = [*voters, b"", *again]
    pairs = list(candidates(traces))
    same = {
        p for p in combinations(range(len(traces)), 2) if same_sheet(traces[p[0]], traces[p[1]]) == "same"
    }
    assert {(0, 7 + k) for k in range(4)} <= same <= set(pairs)
    assert len(set(pairs)) == len(pairs)
    assert all(i < j for i, j in pairs)


def inked(seed, lines=12):
    rng, ink = np.random.default_rng(seed), np.zeros((400, 680), bool)
    for _ in range(lines):
        x, y = rng.integers(20, 640), rng.integers(20, 370)
        for step in range(24):
            ink[y + step // 2 : y + step // 2 + 2, x + step : x + step + 2] = True
    return ink


@given(st.integers(0, 9), st.integers(-1, 1), st.integers(-1, 1))
@bounded(15)
def test_ink_that_lies_a_quarter_of_a_millimetre_off_is_the_same(seed, dx, dy):
    """What registration leaves does not matter: one pixel of 4 px/mm."""
    ink = inked(seed)
    moved = np.roll(ink, (dy, dx), (0, 1))
    assert same_sheet(make_trace(ink), make_trace(moved)) is Likeness.SAME
    assert PX_PER_MM == 4.0


@given(st.integers(0, 5), st.integers(6, 11))
@bounded(15)
def test_other_ink_is_another_sheet(one, other):
    """Strokes in other places are not the same."""
    assert same_sheet(make_trace(inked(one)), make_trace(inked(other))) is Likeness.DIFFERENT


def test_pages_of_another_size_are_other_sheets():
    """Traces of different layouts do not compare."""
    assert same_sheet(make_trace(inked(1)), make_trace(inked(1)[:390])) is Likeness.DIFFERENT


def test_a_trace_is_small():
    """A page's handwriting takes little room: thousands are held at once."""
    assert 0 < len(make_trace(inked(1, 60))) < 8000


@pytest.mark.parametrize("shift_mm", [0.75, 1.0])
def test_strokes_that_lie_elsewhere_are_another_voters(shift_mm):
    """Two voters who draw the same X in the same boxes do not hit the same place so well."""
    ink = inked(3)
    elsewhere = np.roll(ink, round(shift_mm * PX_PER_MM), axis=1)
    assert same_sheet(make_trace(ink), make_trace(elsewhere)) is not Likeness.SAME


def test_a_seal_elsewhere_is_never_surely_the_same_sheet():
    """The seal is stamped by hand: the same strokes under a seal 3 mm off are for people to compare."""
    ring = np.zeros((260, 260), np.uint8)
    cv2.circle(ring, (130, 130), 72, 1, 1)
    ink = inked(4)
    moved = np.roll(ring, round(3 * PX_PER_MM), axis=0)
    assert same_sheet(make_trace(ink, ring), make_trace(ink, ring)) is Likeness.SAME
    assert same_sheet(make_trace(ink, ring), make_trace(ink, moved)) is Likeness.MAYBE
