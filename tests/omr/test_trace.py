"""A sheet is known again by its handwriting, and never taken for another voter's."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.below import without_folds
from omr.evidence import Flag
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

#: Scans at the limits of what is read, at which print or a stain comes out beside the strokes.
LIMITS = {
    "fed 2 % slowly, wobbling": {"stretch": 1.02, "wobble": (1.5, 62.0, 0.4), "rotation_deg": 9.5},
    "fed 1.5 % fast, wobbling": {"stretch": 0.985, "wobble": (1.5, 75.0, 4.0), "rotation_deg": -9.5},
    "150 dpi, wobbling": {"stretch": 1.02, "wobble": (1.5, 90.0, 2.0), "dpi": 150.0, "depth": Depth.GREY},
    "stained": {"stain": (90.0, 190.0, 32.0)},
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


def stained(ink, at, radius=45):
    """The ink with the rim of a cup on it, and specks."""
    rim = ink.astype(np.uint8)
    cv2.circle(rim, at, radius, 1, 4)
    rim[5::16, 5:100:6] = 1
    return rim > 0


def drawn(*at):
    """Ink of three square millimetres and more at each of these places, px."""
    ink = np.zeros((400, 680), np.uint8)
    for x, y in at:
        cv2.line(ink, (x - 8, y - 9), (x + 8, y + 9), 1, 2)
        cv2.line(ink, (x + 8, y - 8), (x - 8, y + 8), 1, 2)
    return ink > 0


@pytest.mark.parametrize("name", LIMITS)
def test_a_sheet_at_the_limits_of_what_is_read_is_known_again(desk, sheet, voters, name):
    """Print and stains that one scan shows beside the strokes do not hide it: people compare at least."""
    again = desk.read(desk.scan(sheet, replace(GOOD, roomy=True, **LIMITS[name]), 5)).trace
    assert same_sheet(voters[0], again) is not Likeness.DIFFERENT
    assert same_sheet(again, voters[0]) is not Likeness.DIFFERENT
    assert list(candidates([voters[0], again])) == [(0, 1)]
    assert all(same_sheet(voter, again) is Likeness.DIFFERENT for voter in voters[1:])


def test_what_only_one_scan_shows_beside_the_strokes_is_for_people_to_compare():
    """A stain in one scan, or another in each, is no other voter."""
    ink = drawn(*((60 + 90 * (n % 3), 30 + 34 * n) for n in range(10)))
    clean, one, other = (
        make_trace(each) for each in (ink, stained(ink, (420, 90), 11), stained(ink, (560, 300), 11))
    )
    assert same_sheet(clean, one) is same_sheet(one, other) is same_sheet(other, clean) is Likeness.MAYBE
    assert set(candidates([clean, one, other])) == {(0, 1), (0, 2), (1, 2)}


def test_the_same_stain_does_not_make_two_voters_one():
    """A batch that lay under one cup has the rim on every sheet: strokes decide."""
    one, other = (make_trace(stained(inked(seed, 24), (300, 200))) for seed in (3, 4))
    assert same_sheet(one, other) is Likeness.DIFFERENT


def test_one_mark_that_two_sheets_have_alike_is_not_enough_for_people_to_compare():
    """Nearly every sheet has an X where a sheet with one X has it; some of them fit."""
    full = make_trace(drawn(*((100 + 90 * (n % 3), 20 + 36 * n) for n in range(10))))
    assert same_sheet(make_trace(drawn((100, 20))), full) is Likeness.DIFFERENT
    assert same_sheet(make_trace(drawn((100, 20), (190, 56), (280, 92))), full) is Likeness.MAYBE


def test_specks_are_no_handwriting():
    """Dust and grain, however much of it, has no trace."""
    ink = np.zeros((400, 680), bool)
    ink[4::16, 4::16] = ink[5::16, 5::16] = True
    assert np.count_nonzero(ink) > 1000
    assert make_trace(ink) == b""


@pytest.mark.parametrize("fold_mm", [((262.0, True, 0.3),), ((180.0, True, 0.3), (161.5, False, 0.35))])
@pytest.mark.parametrize("dpi", [150.0, 200.0])
def test_unmarked_folded_sheets_have_no_handwriting(desk, fold_mm, dpi):
    """A fold is nobody's writing: empty sheets folded alike cannot be told apart, and are not called one."""
    sheet = desk.fill_in(PagePlan(()), 3)
    seen = desk.read(desk.scan(sheet, replace(GOOD, fold_mm=fold_mm, dpi=dpi), 3))
    assert seen.trace == b""
    assert Flag.WRITE_IN not in seen.flags


def test_a_folded_sheet_is_the_sheet_that_was_flat(desk, sheet, voters):
    """Folded across the boxes after the first scan."""
    again = desk.read(desk.scan(sheet, replace(GOOD, fold_mm=((171.0, True, 0.35),)), 6)).trace
    assert same_sheet(voters[0], again) is not Likeness.DIFFERENT


@pytest.mark.parametrize("slope", [0.0, 0.04])
def test_a_straight_line_from_edge_to_edge_is_a_fold(slope):
    """It is taken out of the ink under the table, and what was written beside it stays."""
    keep = np.ones((190, 744), np.uint8)
    keep[50:90, 300:400] = 0
    written = np.zeros_like(keep)
    cv2.ellipse(written, (500, 120), (80, 20), 0, 0, 300, 1, 2)
    folded = written.copy()
    cv2.line(folded, (0, 60), (743, round(60 + 743 * slope)), 1, 2)
    folded &= keep
    left = without_folds(folded, keep)
    assert left[:, :400].sum() <= 0.1 * folded[:, :400].sum()
    assert left.sum() >= 0.8 * written.sum()


def test_a_line_that_ends_before_the_edges_is_somebodys():
    """Who strikes out the foot of the page wrote on it."""
    keep = np.ones((190, 744), np.uint8)
    line = np.zeros_like(keep)
    line[90:93, 60:690] = 1
    assert np.array_equal(without_folds(line, keep), line)
