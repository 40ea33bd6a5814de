"""Ink in the boxes and over the names: what is a mark, what is not, and what people are asked about."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.evidence import CellSeen, Mark, Name, Reason
from omr.ink import number_mm
from omr.marks import Thresholds, _Inside, _without_arms, see_rows
from omr.names import NameLimits, _firm_strokes, _judged, _Over
from omr.rules import UNSURE, judge_row
from omr.strokes import Levels
from scripts.reading_cases import CHOICES, MARKS, dice, of_kinds
from scripts.simulate import EXPECTED, Kind, Outcome
from scripts.simulate.pen import BLACK, GREY, Nib, Pen
from tests.omr.conftest import bounded, cross

EMPTY, MARKED = Mark.EMPTY, Mark.MARKED


def noisy(picture, sigma, seed=1):
    rough = picture + np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(rough, 0, 255).astype(np.uint8)


def a_dot(box):
    x, y = box.center
    return [(x, y), (x + 0.15, y + 0.1)]


def reading(pad, picture, row=2):
    return judge_row(pad.rows(picture)[row])


@pytest.fixture(scope="session")
def deck():
    """Every kind of mark twice, by two hands, in other boxes: (truth, reading) of each, by kind."""
    found = {kind: [] for kind in Kind}
    for turn in (0, 1):
        for page in of_kinds(turn):
            for true in page.scanned.rows:
                found[true.kind].append((true, page.row(true.number)))
    return found


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_of_mark_is_read_as_the_table_says(deck, kind):
    """docs/reading.md: the choice, a state, or asked; never anything else."""
    for true, read in deck[kind]:
        may = {true.decided if word == "choice" else word for word in MARKS[kind].may}
        disturbed = EXPECTED[kind].plain and not true.plain  # a neighbour's ink runs into it
        assert read.reading in may | ({UNSURE} if disturbed else set()), (true, read)


def test_the_table_of_marks_is_whole_and_no_laxer_than_the_law():
    """Every kind is in the table; what may be said without asking is the truth or what people decide."""
    assert set(MARKS) == set(EXPECTED)
    for kind, case in MARKS.items():
        expected = EXPECTED[kind]
        assert case.may - {Outcome.UNSURE} <= {expected.silent, expected.decided}, kind
        assert not (expected.plain and Outcome.UNSURE in case.may), kind


@given(st.floats(0, 45), st.integers(0, 5))
@bounded(12)
def test_noise_alone_is_never_a_mark(pad, sigma, seed):
    """However rough the paper, no box of a blank page is marked."""
    for row in pad.rows(noisy(pad.blank, sigma, seed)):
        assert all(cell.mark is not MARKED for cell in row.cells)
        assert row.name.state is not Name.STRUCK


@given(st.floats(0, 5), st.integers(0, 5))
@bounded(6)
def test_a_blank_row_is_blank(pad, sigma, seed):
    """A row nobody touched is not read as every choice, nor asked about."""
    for row in pad.rows(noisy(pad.blank, sigma, seed)):
        assert judge_row(row).reading == "blank"


@pytest.mark.parametrize("column", range(3))
def test_an_x_alone_is_its_choice(pad, ballpoint, an_x, column):
    assert reading(pad, pad.drawn((ballpoint, *an_x(pad.box(2, column))))).reading == CHOICES[column]


strokes = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=5)


@given(
    st.sampled_from(range(3)),
    st.tuples(st.sampled_from([0.4, 1.5]), st.lists(strokes, min_size=1, max_size=3)),
)
@bounded(30)
def test_more_ink_never_takes_a_mark_away(pad, ballpoint, an_x, column, added):
    """Whatever is drawn into the boxes beside an X, the row is not another choice and not blank."""
    plain = (ballpoint, *an_x(pad.box(2, column)))
    left, top, right, bottom = *pad.box(2, 0).as_tuple()[:2], *pad.box(2, 2).as_tuple()[2:]
    width_mm, lines = added
    more = [[(left + u * (right - left), top + v * (bottom - top)) for u, v in stroke] for stroke in lines]
    marked = pad.drawn(plain, (replace(ballpoint, width_mm=width_mm), *more))
    assert reading(pad, marked).reading in {CHOICES[column], "overvote", UNSURE}


@pytest.mark.parametrize("width_mm", [0.3, 0.8, 1.5, 2.5])
@pytest.mark.parametrize("size_mm", [5.0, 8.0])
def test_a_thick_x_alone_is_a_plain_mark(pad, an_x, width_mm, size_mm):
    """A marker is not a correction while no other box of the row is marked."""
    marker = Pen(BLACK, width_mm, 1.0, Nib.MARKER)
    assert reading(pad, pad.drawn((marker, *an_x(pad.box(2, 1), size_mm)))).reading == "medium"


def test_a_thick_x_beside_another_mark_is_never_taken_back_silently(pad, ballpoint, an_x):
    """Two marks, one of them thick: invalid or asked, never the other choice."""
    marker = Pen(BLACK, 2.2, 1.0, Nib.MARKER)
    both = pad.drawn((marker, *an_x(pad.box(2, 0), 7)), (ballpoint, *an_x(pad.box(2, 2))))
    assert reading(pad, both).reading in {"overvote", UNSURE}


def test_a_scribbled_out_mark_beside_another_is_a_correction(pad, ballpoint, an_x):
    """Law, point 5: a person decides."""
    x, y = pad.box(2, 0).center
    to_and_fro = [(x - 3.5 + 7 * (i % 2), y - 3 + 0.35 * i) for i in range(18)]
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 0)), to_and_fro), (ballpoint, *an_x(pad.box(2, 2))))
    found = reading(pad, marked)
    assert (found.reading, found.reason) == (UNSURE, Reason.CORRECTION)


@pytest.mark.parametrize("lines", [1, 2])
@pytest.mark.parametrize("size_mm", [4.0, 7.0])
@pytest.mark.parametrize("mark", ["x", "slash", "tick"])
def test_a_mark_crossed_out_by_lines_beside_another_is_a_correction(pad, ballpoint, mark, size_mm, lines):
    """Law, point 5, likewise: most people take a mark back with a line or two."""

    def made(column):
        x, y = pad.box(2, column).center
        s = size_mm / 2
        arms = {
            "x": [[(x - s, y - s), (x + s, y + s)], [(x - s, y + s), (x + s, y - s)]],
            "slash": [[(x - s, y + s), (x + s, y - s)]],
            "tick": [[(x - s, y), (x - s / 3, y + s), (x + s, y - s)]],
        }
        return (x, y), arms[mark]

    (x, y), wrong = made(0)
    over = [[(x - 0.7 * size_mm, y + d), (x + 0.7 * size_mm, y + d - 0.4)] for d in (-0.6, 0.7)[:lines]]
    found = reading(pad, pad.drawn((ballpoint, *wrong, *over), (ballpoint, *made(2)[1])))
    assert (found.reading, found.reason) == (UNSURE, Reason.CORRECTION)


@pytest.mark.parametrize("sizes_mm", [(4.0, 4.5), (6.0, 6.0), (8.0, 6.5)])
def test_two_plain_marks_alike_are_two_marks(pad, ballpoint, an_x, sizes_mm):
    """Law, point 3: nobody is asked about what nobody would doubt."""
    both = (
        (ballpoint, *an_x(pad.box(2, column), size)) for column, size in zip((0, 2), sizes_mm, strict=True)
    )
    assert reading(pad, pad.drawn(*both)).reading == "overvote"


@pytest.mark.parametrize("place", ["left margin", "number", "position", "right margin"])
def test_a_mark_far_from_the_boxes_of_an_empty_row_is_asked_about(pad, ballpoint, an_x, place):
    """Issue 3: a mark outside the box beside it. Nobody can say that such a row is empty."""
    row = pad.page.rows[2]
    x = {
        "left margin": pad.page.table_mm.x0 - 4.5,
        "number": (pad.page.table_mm.x0 + row.name_mm.x0) / 2,
        "position": row.position_mm.center[0],
        "right margin": row.cells[-1].box_mm.x1 + 6.5,
    }[place]
    box = replace(row.cells[0].box_mm, x0=x - 4, x1=x + 4)
    assert reading(pad, pad.drawn((ballpoint, *an_x(box, 4.5)))).reading == UNSURE
    assert reading(pad, pad.drawn((ballpoint, *an_x(box, 4.5))), row=3).reading == "blank"


@pytest.mark.parametrize(("signed", "found"), [(True, UNSURE), (False, "medium")])
def test_the_upstroke_of_a_signature_is_no_mark(pad, ballpoint, signed, found):
    """What goes on below the table is asked about; the same stroke alone is a mark, low in its box."""
    x, y = pad.box(10, 1).center[0], pad.box(10, 1).y1
    up = [(x, y - 1.2), (x + 2.2, y - 5.2)]
    name = [(x - 6 + 1.2 * i, y + 2.0 + 1.4 * (i % 2)) for i in range(10)]
    picture = pad.drawn((ballpoint, up, name) if signed else (ballpoint, up))
    assert reading(pad, picture, row=10).reading == found


def test_a_dot_alone_is_asked_about(pad, ballpoint):
    """It may be somebody's mark, or where the pen was put down."""
    found = reading(pad, pad.drawn((replace(ballpoint, width_mm=1.0), a_dot(pad.box(2, 1)))))
    assert (found.reading, found.reason) == (UNSURE, Reason.SMALL_MARK)


@pytest.mark.parametrize(("size_px", "passed"), [(5, True), (8, False)])
def test_a_speck_of_dirt_beside_an_x_is_let_pass(pad, ballpoint, an_x, size_px, passed):
    """As large as dirt gets; a larger blot is for people."""
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 1))))
    x, y = (round(8 * v) for v in pad.box(2, 0).center)
    cv2.rectangle(marked, (x, y), (x + size_px, y + size_px), 60, -1)
    assert reading(pad, marked).reading == ("medium" if passed else UNSURE)


@pytest.mark.parametrize("column", [0, 2])
def test_a_dot_beside_an_x_is_let_pass(pad, ballpoint, an_x, column):
    """The row has its mark: a dot in another box is dirt."""
    dot = (replace(ballpoint, width_mm=0.45), a_dot(pad.box(2, column)))
    assert reading(pad, pad.drawn((ballpoint, *an_x(pad.box(2, 1))), dot)).reading == "medium"


def skipping(box):
    """A slash whose pen skipped once, mm."""
    x, y = box.center
    return [(x - 2.6, y + 2.6), (x + 0.6, y - 0.6)], [(x + 1.4, y - 1.4), (x + 2.6, y - 2.6)]


def spots(pen, box, *at_mm):
    """Dots by a pen so far right of a box's middle, mm."""
    x, y = box.center
    return (replace(pen, width_mm=0.4), *([(x + at, y), (x + at + 0.15, y + 0.1)] for at in at_mm))


@pytest.mark.parametrize("dry", [False, True])
def test_a_dot_beside_the_mark_of_a_pen_that_runs_dry_is_asked_about(pad, ballpoint, an_x, dry):
    """It may be all that the pen left of a second mark. Other pens leave whole ones."""
    marks = [(ballpoint, *(skipping if dry else an_x)(pad.box(row, 1))) for row in range(5)]
    marks[2] = (ballpoint, *an_x(pad.box(2, 1)))
    found = reading(pad, pad.drawn(*marks, spots(ballpoint, pad.box(2, 0), 0.0)))
    assert found.reading == (UNSURE if dry else "medium")


@pytest.mark.parametrize("skips", [False, True])
def test_dots_apart_beside_a_mark_in_pieces_are_asked_about(pad, ballpoint, an_x, skips):
    """The pen skipped in this row: perhaps over a second mark, too. Beside a whole mark they are dirt."""
    marks = [(ballpoint, *an_x(pad.box(row, 1))) for row in range(5)]
    marks[2] = (ballpoint, *(skipping if skips else an_x)(pad.box(2, 1)))
    found = reading(pad, pad.drawn(*marks, spots(ballpoint, pad.box(2, 0), -1.4, 1.4)))
    assert found.reading == (UNSURE if skips else "medium")


@pytest.mark.parametrize("pale", [0.15, 0.3])
def test_pale_pieces_of_a_mark_are_pieces_of_it(pad, ballpoint, pale):
    """A pen that hardly wrote three arms of its X may have left two dots of another; they are no specks."""
    marks = []
    for row in range(7):
        x, y = pad.box(row, 1).center
        arms = [[(x + 0.6, y - 0.6), (x + 3, y - 3)], [(x - 3, y - 3), (x - 0.6, y - 0.6)]]
        marks += [(ballpoint, [(x - 3, y + 3), (x, y)]), (replace(ballpoint, darkness=pale), *arms)]
    dots = spots(replace(ballpoint, darkness=0.5), pad.box(2, 0), -1.4, 1.4)
    assert reading(pad, pad.drawn(*marks, dots)).reading == UNSURE


def strewn(pad, picture, box, depth=45):
    """Pale specks of 0.6 mm, 2 mm apart, all over a box."""
    x0, y0, x1, y1 = (round(8 * v) for v in box.grown(-1.2).as_tuple())
    spotted = picture.copy()
    for y in range(y0, y1, 16):
        for x in range(x0, x1, 16):
            spotted[y : y + 5, x : x + 5] = np.minimum(spotted[y : y + 5, x : x + 5], 255 - depth)
    return spotted


def grainy(pad, picture):
    """Pale specks in the first boxes of some rows under one another."""
    for row in range(1, 5):
        picture = strewn(pad, picture, pad.box(row, 0))
    return picture


def test_pale_specks_all_over_boxes_beside_an_x_are_let_pass(pad, ballpoint, an_x):
    """Dither and a shadow's edge are the paper's, and the row has its mark; alone they are asked about."""
    assert reading(pad, grainy(pad, pad.blank)).reading == UNSURE
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 1))))
    assert reading(pad, grainy(pad, marked)).reading == "medium"


def test_specks_in_the_box_of_an_x_are_no_pieces_of_it(pad, ballpoint, an_x):
    """Grain all over a page makes nobody's pen run dry: marks are whole if their firm ink is."""
    marked = pad.drawn(*((ballpoint, *an_x(pad.box(row, 1))) for row in range(7)))
    for row in range(7):
        for column in range(3):
            marked = strewn(pad, marked, pad.box(row, column), depth=32)
    assert {reading(pad, marked, row).reading for row in range(7)} == {"medium"}


@pytest.mark.parametrize("dark", [60, 110, 150])
@pytest.mark.parametrize("wide_px", [1, 2, 3])
def test_what_rules_leave_of_themselves_along_a_box_is_no_vote(pad, dark, wide_px):
    """A rule that was found a little off leaves a line as long as the box; or somebody drew one."""
    box, picture = pad.box(2, 0), pad.blank.copy()
    for y in (box.y0 + 0.5, box.y1 - 0.5):
        ends = [(round(8 * x), round(8 * y)) for x in (box.x0 + 2, box.x1 - 2)]
        cv2.line(picture, *ends, dark, wide_px)
    assert reading(pad, picture).reading == UNSURE


def test_what_hangs_down_from_ink_of_no_row_is_no_vote(pad, ballpoint):
    """A mark over two rows whose curls come into the next: whose they are, people say."""
    box = pad.box(2, 2)
    (x, y), down = box.center, pad.box(0, 2).center[1]
    stem = [(x, down), (x + 0.3, box.y0 - 0.7)]
    curls = [
        (x - 3.5, box.y0 + 1.2),
        (x - 2, box.y0 + 1.8),
        (x, box.y0 + 0.8),
        (x + 2, box.y0 + 1.9),
        (x + 3.5, y - 2.6),
    ]
    beside = cross(box, dx=-50.0)
    assert reading(pad, pad.drawn((ballpoint, stem, curls, *beside))).reading == UNSURE


def along_rules(pad):
    """Strokes that keep to printed rules, by name; each meets row 2."""
    first, last = pad.box(2, 0), pad.box(2, 2)
    y, x = first.y1 - 0.4, first.x1 - 0.45
    return {
        "over two boxes": [(first.x0 + 5, y), (first.x1 + 6, y)],
        "over three boxes": [(first.x0 + 2, y), (last.x1 - 2, y)],
        "just into the next box": [(first.x1 - 7, y), (first.x1 + 1.2, y)],
        "down two rows": [(x, first.y0 - 5), (x, first.y1 - 4)],
        "down three rows": [(x, first.y0 - 8), (x, first.y1 + 8)],
        "a short one": [(first.x0 + 4, y + 0.05), (first.x0 + 8, y + 0.05)],
    }


@pytest.mark.parametrize("which", range(6))
def test_a_stroke_along_a_rule_is_never_lost(pad, ballpoint, which):
    """Somebody's dash or the rule's own: a row with nothing else in it is not called blank for that."""
    stroke = list(along_rules(pad).values())[which]
    assert reading(pad, pad.drawn((ballpoint, stroke))).reading == UNSURE


@pytest.mark.parametrize("shift_mm", [-0.9, 0.0, 0.9])
def test_a_mark_of_a_wide_pen_over_the_rule_between_two_rows_is_no_vote_in_both(pad, shift_mm):
    """Half of it in each row: whose it is, people say."""
    box = pad.box(2, 0)
    x, y = box.center[0], box.y0 + shift_mm
    marker = Pen(BLACK, 1.6, 0.9, Nib.BALLPOINT)
    marked = pad.drawn((marker, [(x - 4, y - 4), (x + 4, y + 4)], [(x + 4, y - 4), (x - 4, y + 4)]))
    assert [reading(pad, marked, row).reading for row in (1, 2)].count("high") < 2


def dotted(lines, every_mm, dot_mm):
    """The same lines, drawn by a pen that skips."""
    dots = []
    for a, b in ((np.array(line[0]), np.array(line[-1])) for line in lines):
        along = (b - a) / np.hypot(*(b - a))
        dots += [
            [a + along * at, a + along * (at + dot_mm)] for at in np.arange(0, np.hypot(*(b - a)), every_mm)
        ]
    return dots


@pytest.mark.parametrize("darkness", [0.2, 0.3])
@pytest.mark.parametrize(("every_mm", "dot_mm"), [(1.6, 0.4), (2.0, 0.6), (2.4, 0.3)])
def test_a_dotted_second_x_is_asked_about(pad, ballpoint, darkness, every_mm, dot_mm):
    """Specks in one box alone are no grain of the paper: perhaps a second X by a pen that hardly wrote."""
    pale = replace(ballpoint, darkness=darkness)
    second = dotted(cross(pad.box(2, 0), 7.0), every_mm, dot_mm)
    marked = pad.drawn((ballpoint, *cross(pad.box(2, 1))), (pale, *second))
    assert reading(pad, marked).reading == UNSURE


@pytest.mark.parametrize(("noise", "darkness", "found"), [(0.09, 0.65, "medium"), (0.13, 0.85, UNSURE)])
def test_half_black_is_firm_on_paper_that_would_show_paler_ink(pad, an_x, noise, darkness, found):
    """A dithered page's grain, share of black, makes nobody doubt an X, unless it hides paler ones."""
    ink = pad.ink(pad.drawn((Pen(BLACK, 0.8, darkness, Nib.BALLPOINT), *an_x(pad.box(2, 1)))))
    grainy = replace(ink, noise=noise * ink.black)
    rows = see_rows(grainy, pad.sheet.printed, pad.page, Thresholds())
    assert judge_row(rows[2]).reading == found


@pytest.mark.parametrize(("rows", "read"), [(1, True), (3, True), (9, False)])
def test_a_mark_far_paler_than_the_pages_others_is_asked_about(pad, ballpoint, an_x, rows, read):
    """One pen filled the page in: what is half as dark as its marks is perhaps the rim of a stain."""
    pale = replace(ballpoint, darkness=0.36)
    marks = [(ballpoint if row else pale, *an_x(pad.box(row, 1))) for row in range(rows)]
    assert (judge_row(pad.rows(pad.drawn(*marks))[0]).reading == "medium") == read


def test_a_pale_mark_beside_an_x_is_asked_about(pad, ballpoint, an_x):
    """Two marks, one of them by a pen that hardly wrote: people look."""
    pale = replace(ballpoint, darkness=0.2)
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 1))), (pale, *an_x(pad.box(2, 0))))
    assert reading(pad, marked).reading == UNSURE


@pytest.mark.parametrize("darkness", [0.15, 0.2, 0.3, 0.45, 0.7])
def test_a_faint_mark_is_read_or_asked_about(pad, an_x, darkness):
    """Pale ink is never lost: a blank row next to it would be a vote thrown away."""
    pale = Pen(BLACK, 0.5, darkness, Nib.BALLPOINT)
    found = reading(pad, pad.drawn((pale, *an_x(pad.box(2, 1)))))
    assert found.reading in {"medium", UNSURE}, found


@pytest.mark.parametrize("row", [0, 5, 10])
@pytest.mark.parametrize("column", range(3))
def test_a_thin_x_in_a_large_box_is_a_vote(pad, an_x, row, column):
    """A mark is measured in millimetres of stroke: an X of 3 % of the box counts."""
    fine = Pen(BLACK, 0.3, 0.85, Nib.BALLPOINT)
    assert reading(pad, pad.drawn((fine, *an_x(pad.box(row, column), 3.2))), row).reading == CHOICES[column]


@pytest.mark.parametrize("over_mm", [0.5, 1.5, 2.5])
def test_an_x_that_runs_into_the_next_box_is_one_mark(pad, ballpoint, an_x, over_mm):
    """Connected ink is one stroke: never two marks, never the neighbour's."""
    box = pad.box(2, 1)
    shift = box.width / 2 + over_mm - 4.0
    found = reading(pad, pad.drawn((ballpoint, *an_x(box, 8.0, dx=shift))))
    assert found.reading in {"medium", UNSURE}


@pytest.mark.parametrize("off_mm", [-0.4, 0.0, 0.4])
def test_an_x_on_the_rule_between_two_boxes_is_nobodys(pad, ballpoint, an_x, off_mm):
    """No box holds most of it: people are asked."""
    box = pad.box(2, 1)
    found = reading(pad, pad.drawn((ballpoint, *an_x(box, 6.0, dx=box.width / 2 + off_mm))))
    assert found.reading == UNSURE


@pytest.mark.parametrize("aside_mm", [0.0, 3.0])
def test_a_narrow_mark_at_the_rule_may_be_half_of_one_drawn_over_it(pad, ballpoint, aside_mm):
    """What lies on the rule, or just beyond, went with the rule's own ink."""
    box = pad.box(3, 1)
    x, y = box.x1 - aside_mm, box.center[1]
    bow = [(x - 0.6, y - 3.0), (x - 1.6, y), (x - 0.6, y + 3.0)]
    row = pad.rows(pad.drawn((ballpoint, bow)))[3]
    assert judge_row(row).reading == (UNSURE if aside_mm == 0.0 else "medium")


def test_a_flat_line_across_a_box_may_be_the_rim_of_something(pad, ballpoint):
    """A ring about the row above, the edge of a stain; a slash as long stands up."""
    box = pad.box(3, 1)
    (x, y), half = box.center, box.width / 2 - 1.5
    rim = pad.rows(pad.drawn((ballpoint, [(x - half, y - 0.5), (x, y + 1.0), (x + half, y - 0.5)])))[3]
    slash = pad.rows(pad.drawn((ballpoint, [(x - half, y + 3.0), (x + half, y - 3.0)])))[3]
    assert (judge_row(rim).reading, judge_row(slash).reading) == (UNSURE, "medium")


@pytest.mark.parametrize("lower", [1.2, -0.5])
def test_of_two_marks_one_that_leaves_its_row_is_no_plain_one(lower):
    """It may be the upper part of a mark in the next row whose pen skipped on the rule."""
    whole = _Inside(6.0, 2.0, 6.0, 2.0, 6.0, 4.0, 5.0)
    assert scribbled([whole, whole._replace(lower=lower)]) == [False, lower < 0]


@pytest.mark.parametrize("core", [0.0, 3.0])
def test_of_two_marks_one_that_keeps_to_a_rule_is_no_plain_one(core):
    """The hook of a mark that runs along the rule above: print is taken away, and that ink with it."""
    hook = _Inside(4.0, 0.5, 11.0, 9.0, 3.5, 1.8, core)
    assert scribbled([_Inside(6.0, 2.0, 6.0, 2.0, 6.0, 4.0, 5.0), hook]) == [False, core == 0.0]


@pytest.mark.parametrize("apart_mm", [2.0, 1.0])
def test_two_marks_that_nearly_meet_may_be_one(apart_mm):
    """A signature over the rule between two boxes, blurred and dithered: 1 mm from it on either side."""
    left = _Inside(5.0, 2.0, apart_mm, 2.0, 13.0, 7.0, 9.0)
    assert scribbled([left, left._replace(left=apart_mm, right=5.0)]) == [apart_mm == 1.0] * 2


def scribbled(insides):
    """Which marks of a row, lying so in their boxes, are no plain ones. A row without marks follows."""
    marked = [
        CellSeen(choice, Mark.MARKED, None, length_mm=9.0, extent_mm=6.0, piece_mm=6.0) for choice in "ab"
    ]
    other = [CellSeen(choice, Mark.EMPTY, None) for choice in "ab"]
    rows = [(marked, insides), (other, [_Inside(), _Inside()])]
    return [cell.scribbled for cell in _without_arms(rows)[0]]


@pytest.mark.parametrize("aside_mm", [0.0, 3.0])
def test_arms_that_a_rule_parts_are_half_of_an_x(pad, ballpoint, aside_mm):
    """A narrow X over the rule between two boxes, whose other half went with the rule's own ink."""
    box = pad.box(3, 1)
    x, y = box.x1 - aside_mm, box.center[1]
    arms = [(x - 1.5, y - 3.0), (x - 0.4, y - 0.6)], [(x - 1.5, y + 3.0), (x - 0.4, y + 0.6)]
    row = pad.rows(pad.drawn((ballpoint, *arms)))[3]
    assert judge_row(row).reading == (UNSURE if aside_mm == 0.0 else "medium")


@pytest.mark.parametrize(("crumbs_mm", "read"), [(1.2, UNSURE), (6.0, "medium"), (None, "medium")])
def test_crumbs_beyond_a_rule_are_the_other_half_of_an_x(pad, ballpoint, crumbs_mm, read):
    """A dither leaves two dots of the half beyond, and smoothing parts both halves from the rule by 1 mm."""
    box = pad.box(3, 1)
    x, y = box.x1, box.center[1]
    arms = [(x - 4.0, y - 2.2), (x - 1.5, y)], [(x - 4.0, y + 2.2), (x - 1.5, y)]
    dots = [] if crumbs_mm is None else [x + crumbs_mm]
    crumbs = ([(at, y + dy), (at, y + dy + 0.2)] for at in dots for dy in (-1.6, 1.4))
    marked = pad.drawn((ballpoint, *arms), (replace(ballpoint, width_mm=0.4), *crumbs))
    assert reading(pad, marked, row=3).reading == read


def test_an_x_beside_the_boxes_of_an_empty_row_is_asked_about(pad, ballpoint, an_x):
    """It was perhaps meant for the first box."""
    box = pad.box(2, 0)
    found = reading(pad, pad.drawn((ballpoint, *an_x(box, 4.0, dx=-box.width / 2 - 3.0))))
    assert found.reading == UNSURE


@pytest.mark.parametrize("length_mm", [4.0, 7.0])
@pytest.mark.parametrize("degrees", [0, 30, 45, 90])
def test_ink_is_measured_in_millimetres(pad, ballpoint, length_mm, degrees):
    """Length, width and extent of a stroke are those that were drawn, at any angle; its ends count too."""
    x, y = pad.box(2, 1).center
    half = length_mm / 2 * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    cell = pad.rows(pad.drawn((ballpoint, [(x - half[0], y - half[1]), (x + half[0], y + half[1])])))[
        2
    ].cells[1]
    assert cell.length_mm == pytest.approx(length_mm + ballpoint.width_mm, rel=0.2)
    assert cell.extent_mm == pytest.approx(length_mm + ballpoint.width_mm, abs=0.8)
    assert 0.3 < cell.width_mm < 1.0
    assert 0.3 < cell.contrast <= 1


def test_the_measure_of_a_mark_does_not_depend_on_the_resolution(desk):
    """The same sheet at 150, 300 and 600 dpi: the same millimetres, to a sixth."""
    names = ("150_dpi", "300_dpi", "600_dpi")
    pages = [{r.number: max(c.length_mm for c in r.cells) for r in desk.damaged(n).seen.rows} for n in names]
    for number, length in pages[1].items():
        for page in pages:
            assert page[number] == pytest.approx(length, rel=0.17, abs=0.3)


@given(st.floats(0.12, 1.0), st.floats(0.5, 9.0))
@bounded(20)
def test_between_nothing_and_certainty_there_are_people(pad, darkness, size_mm):
    """A mark grown in size and darkness goes from empty over asked to marked, and never back."""
    order = (Mark.EMPTY, Mark.UNSURE, Mark.MARKED)
    x, y = pad.box(2, 1).center

    def state(dark, size):
        pen = Pen(BLACK, 0.5, dark, Nib.MARKER)
        line = [(x - size / 2, y - size / 6), (x + size / 2, y + size / 6)]
        return order.index(pad.rows(pad.drawn((pen, line)))[2].cells[1].mark)

    assert state(darkness, size_mm) <= state(min(1.0, darkness + 0.3), size_mm)
    assert state(darkness, size_mm) <= state(darkness, min(9.0, size_mm + 2))


def through(name, at, ends=(1.0, 1.0)):
    """A line over the width of a printed name at that share of the box's height."""
    y = name.y0 + at * name.height
    return [(name.x0 + ends[0], y), (name.x1 - ends[1], y)]


def letters(pad, row):
    """The printed letters of a name, mm: x from, x to, middle of the first line's small letters."""
    name = pad.page.rows[row].name_mm.grown(-0.6)
    x0, y0, x1, y1 = (round(v * 8) for v in name.as_tuple())
    dark = pad.blank[y0:y1, x0:x1] < 128
    columns, heavy = np.flatnonzero(dark.any(axis=0)), dark.sum(axis=1)
    body = np.flatnonzero(heavy > 0.45 * heavy.max())
    return name.x0 + columns[0] / 8, name.x0 + columns[-1] / 8, name.y0 + (body[0] + body[-1]) / 16


@pytest.mark.parametrize("row", [0, 3, 4])
@pytest.mark.parametrize("width_mm", [0.4, 1.2])
def test_a_name_crossed_out_is_struck_or_asked_about_never_a_vote(pad, ballpoint, an_x, row, width_mm):
    """III.3: a line through the whole name, whatever the boxes say."""
    x0, x1, y = letters(pad, row)
    pen = replace(ballpoint, width_mm=width_mm)
    marked = pad.drawn((pen, [(x0 - 1, y), (x1 + 1, y)]), (ballpoint, *an_x(pad.box(row, 0))))
    assert reading(pad, marked, row).reading in {"struck", UNSURE}


def shaded(pad, row, depth):
    """The blank page with the paper between a name's letters, and only that, darker by so much."""
    x0, y0, x1, y1 = (round(8 * v) for v in pad.page.rows[row].name_mm.grown(-0.6).as_tuple())
    picture = pad.blank.copy()
    name = picture[y0:y1, x0:x1]
    between = cv2.morphologyEx((name < 128).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((21, 81), np.uint8))
    name[between > 0] = np.minimum(name[between > 0], 255 - depth)
    return picture


def test_gaps_that_something_darkens_evenly_are_not_crossed(pad):
    """As dither and shadows do; a stroke darkens some of a name's gaps more than others."""
    name = pad.rows(shaded(pad, 0, 18))[0].name
    assert name.gaps >= Thresholds().names.gaps
    assert name.state is Name.CLEAN


@pytest.mark.parametrize("row", [0, 3])
def test_gaps_that_ink_fills_are_touched_however_evenly(pad, row):
    """A marker over the whole name leaves no paper between its letters."""
    assert pad.rows(shaded(pad, row, 50))[row].name.state is not Name.CLEAN


def test_a_stroke_through_a_name_is_no_fringe_of_its_letters():
    """As measured on a page whose letters all had fringes: crumbs are theirs, a long piece across is not."""
    crumbs = _Over(20.6, letters=1420, crossed=0.61, covered=0.61, inside=1.0, piece=1.9)
    assert _judged(crumbs, 0.013, -0.03, NameLimits()).state is Name.CLEAN
    assert _judged(replace(crumbs, piece=3.6), 0.013, -0.03, NameLimits()).state is Name.TOUCHED


@pytest.mark.parametrize(
    ("length_mm", "gaps", "state"), [(2.7, 0.04, "touched"), (2.7, 0.01, "clean"), (0.5, 0.04, "clean")]
)
def test_a_little_stroke_and_darkened_gaps_together_are_asked_about(length_mm, gaps, state):
    """What a pen that skips leaves of a strike: each alone is nothing yet."""
    over = _Over(length_mm, letters=1420, crossed=0.05, covered=0.1, inside=1.0, piece=1.0)
    assert _judged(over, 0.0, gaps, NameLimits()).state == state


@pytest.mark.parametrize(("wide_px", "seen"), [(2, False), (4, True)])
def test_the_edge_of_a_letter_is_no_stroke(wide_px, seen):
    """At 150 dpi stems show slivers of two pixels beside the print taken away; no pen is so thin."""
    pen = np.zeros((60, 60), np.uint8)
    pen[20:36, 30 : 30 + wide_px] = 150
    assert (_firm_strokes(pen, Levels(20, 45)) is not None) == seen


@pytest.mark.parametrize("row", [0, 3])
def test_a_pale_stroke_through_a_name_is_seen_between_its_letters(pad, ballpoint, row):
    """Too pale for firm ink, it darkens the gaps where it runs, and only there."""
    x0, x1, y = letters(pad, row)
    line = (replace(ballpoint, width_mm=1.0, darkness=0.25), [(x0 - 1, y), (x1 + 1, y)])
    name = pad.rows(pad.drawn(line))[row].name
    assert (name.state, name.length_mm) == (Name.TOUCHED, 0.0)


@pytest.mark.parametrize("row", [0, 3, 4])
def test_two_lines_through_a_name_are_a_strike(pad, ballpoint, row):
    """Plainly crossed out: nobody is asked."""
    x0, x1, y = letters(pad, row)
    lines = [[(x0 - 1, y - 0.6), (x1 + 1, y - 0.4)], [(x0 - 1, y + 0.5), (x1 + 1, y + 0.7)]]
    assert pad.rows(pad.drawn((ballpoint, *lines)))[row].name.state is Name.STRUCK


@pytest.mark.parametrize("below_mm", [2.2, 3.0])
def test_an_underlined_name_is_not_struck(pad, ballpoint, an_x, below_mm):
    """A line under a name honours it or doubts it: people decide."""
    x0, x1, y = letters(pad, 0)
    marked = pad.drawn(
        (ballpoint, [(x0, y + below_mm), (x1, y + below_mm)]), (ballpoint, *an_x(pad.box(0, 0)))
    )
    assert reading(pad, marked, 0).reading == UNSURE


def test_a_mark_in_a_box_leaves_its_name_alone(pad, ballpoint, an_x):
    """An X is no ink on the name of its row, nor of any other."""
    marked = pad.drawn(*((ballpoint, *an_x(pad.box(row, row % 3), 7)) for row in range(len(pad.page.rows))))
    assert {row.name.state for row in pad.rows(marked)} == {Name.CLEAN}


def test_a_plain_mark_that_touches_something_pale_is_not_lost(pad, ballpoint, an_x):
    """A stain, a shadow's edge or bleed-through that runs through an X takes nothing away from it."""
    pale = Pen(GREY, 1.6, 0.25, Nib.MARKER)
    x, y = pad.box(2, 1).center
    ring = [(x + 22 * np.cos(a), y + 22 + 22 * np.sin(a)) for a in np.linspace(0, 6.3, 80)]
    found = reading(pad, pad.drawn((pale, ring), (ballpoint, *an_x(pad.box(2, 1)))))
    assert found.reading in {"medium", UNSURE}, found


@pytest.mark.parametrize("specks", [1, 4, 12])
@pytest.mark.parametrize("radius_px", [1, 2])
def test_dirt_is_no_mark(pad, specks, radius_px):
    """Specks of up to 0.6 mm in one box have no stroke among them: nothing, or a question, never a vote."""
    dirty = pad.blank.copy()
    rng, box = dice(5), pad.box(2, 1).grown(-1.5)
    for _ in range(specks):
        x, y = rng.uniform(box.x0, box.x1), rng.uniform(box.y0, box.y1)
        cv2.circle(dirty, (round(x * 8), round(y * 8)), radius_px, 60, -1)
    assert reading(pad, dirty).reading in {"blank", UNSURE}


def test_a_row_with_one_scrap_of_ink_is_not_called_empty(pad, ballpoint):
    """It may be all that a scan left of a pencil; beside a mark it is dirt."""
    box = pad.box(2, 1)
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    scrap = pad.drawn((replace(ballpoint, width_mm=0.3), np.array([(x, y), (x + 0.1, y)])))
    seen = pad.rows(scrap)[2]
    assert 0 < seen.cells[1].length_mm < Thresholds().doubtful_mm
    assert judge_row(seen).reading == UNSURE


@pytest.mark.parametrize("width_mm", [0.4, 0.8, 1.1])
def test_two_like_marks_are_an_overvote(pad, ballpoint, an_x, width_mm):
    """Plan III.3: two boxes marked; two marks of one pen inside their boxes are no correction."""
    pen = replace(ballpoint, width_mm=width_mm)
    marked = pad.drawn((pen, *an_x(pad.box(2, 0)), *an_x(pad.box(2, 2))))
    assert reading(pad, marked).reading == "overvote"


def test_two_marks_of_a_marker_are_asked_about(pad, ballpoint, an_x):
    """Of a pen this wide an X and an X blotted out are the same blot: which of two was meant, people say."""
    pen = replace(ballpoint, width_mm=2.6)
    marked = pad.drawn((pen, *an_x(pad.box(2, 0))), (pen, *an_x(pad.box(2, 1))))
    assert reading(pad, marked).reading == UNSURE


def test_the_rim_of_a_stain_beside_an_x_is_asked_about(pad, ballpoint, an_x):
    """A long line through a box is not plainly a second vote, and an invalid ballot is not declared by it."""
    box = pad.box(2, 0)
    bent = np.array([(box.x0 + 2, box.y1 - 2), (box.x0 + 9, box.y0 + 4), (box.x1 - 2, box.y0 + 3)])
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 1)), bent))
    assert reading(pad, marked).reading == UNSURE


@pytest.mark.parametrize("crumb_mm", [0.4, 0.7])
def test_crumbs_of_a_mark_are_asked_about(pad, ballpoint, crumb_mm):
    """Where a threshold left crumbs of a pen, what else it took nobody knows."""
    box = pad.box(2, 1)
    x, y = (box.x0 + box.x1) / 2 - 3, (box.y0 + box.y1) / 2 - 3
    crumbs = [
        np.array([(x + at, y + at * lean), (x + at + crumb_mm, y + at * lean + crumb_mm / 2)])
        for at in np.arange(0.0, 6.0, 1.6)
        for lean in (0.3, 0.9)
    ]
    assert reading(pad, pad.drawn((ballpoint, *crumbs))).reading in {"blank", UNSURE}


def test_a_whole_mark_with_a_speck_in_its_box_is_no_crumbs(pad, ballpoint, an_x):
    """Dirt far from a small X makes the ink of its box wide, not the X doubtful."""
    box = pad.box(2, 1)
    speck = [(box.x1 - 2, box.y1 - 2), (box.x1 - 1.9, box.y1 - 2)]
    small = an_x(box, 4.0, -box.width / 2 + 4)
    marked = pad.drawn((ballpoint, *small), (replace(ballpoint, width_mm=0.4), speck))
    assert reading(pad, marked).reading == "medium"


def test_an_x_off_the_middle_beside_a_speck_is_no_arm(pad, ballpoint, an_x):
    """A speck beyond the rule is no mark whose arm the X could be."""
    box = pad.box(2, 1)
    off = an_x(box, 4.0, -box.width / 2 + 2.8)
    speck = [(box.x0 - 0.9, box.center[1]), (box.x0 - 0.9, box.center[1] + 0.05)]
    marked = pad.drawn((ballpoint, *off), (replace(ballpoint, width_mm=0.3), speck))
    assert reading(pad, marked).reading == "medium"


def test_the_tip_of_a_mark_drawn_over_a_rule_is_no_dirt(pad, ballpoint):
    """An X most of which lies right of a rule, and a scrap left of it: perhaps either box's."""
    box = pad.box(2, 1)
    tip = [(box.x0 - 1.3, box.center[1]), (box.x0 - 1.1, box.center[1] + 0.2)]
    off = cross(box, 4.0, dx=-box.width / 2 + 3.4)
    marked = pad.drawn((ballpoint, *off), (replace(ballpoint, width_mm=0.4), tip))
    assert reading(pad, marked).reading == UNSURE


def test_a_name_whose_paper_is_black_is_asked_about(pad, ballpoint, an_x):
    """Where a threshold blackened what surrounds a name, a strike through it cannot be seen."""
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 1))))
    _, y0, x1, y1 = (round(8 * v) for v in pad.page.rows[2].name_mm.as_tuple())
    marked[y0 - 100 : y1 + 100, : x1 + 20] = 0
    assert pad.rows(marked)[2].name.state is not Name.CLEAN


@pytest.mark.parametrize("column", range(3))
def test_a_line_as_high_as_its_box_is_no_vote(pad, ballpoint, column):
    """A fold or dirt on the glass draws it too, where nothing says that it runs on."""
    box = pad.box(2, column)
    x = box.x0 + 2.5
    line = np.array([(x, box.y0 + 0.6), (x + 0.1, box.y1 - 0.6)])
    assert reading(pad, pad.drawn((ballpoint, line))).reading == UNSURE


def test_a_line_through_the_position_alone_is_asked_about(pad, ballpoint, an_x):
    """Whoever crosses out the position beside a name may have meant the person."""
    box = pad.page.rows[2].position_mm
    line = [(box.x0 + 2, box.center[1]), (box.x1 - 12, box.center[1] + 0.4)]
    marked = pad.drawn((ballpoint, line), (ballpoint, *an_x(pad.box(2, 0))))
    assert reading(pad, marked).reading == UNSURE


@pytest.mark.parametrize("how", ["struck", "crossed out", "ringed", "ticked off"])
def test_ink_over_the_number_alone_is_asked_about(pad, ballpoint, an_x, how):
    """Whoever crosses out or rings a row's number may have meant the person."""
    box = number_mm(pad.page, pad.page.rows[2])
    (x, y), turn = box.center, np.linspace(0, 2 * np.pi, 40)
    line = [(x - 3, y - 0.2), (x + 3, y + 0.3)]
    strokes = {
        "struck": [line],
        "crossed out": [[(x - 2, y - 2), (x + 2, y + 2)], [(x - 2, y + 2), (x + 2, y - 2)]],
        "ringed": [np.column_stack([x + 3.2 * np.cos(turn), y + 3.2 * np.sin(turn)])],
        "ticked off": [[(x - 2.5, y), (x - 1, y + 2), (x + 3, y - 3)]],
    }[how]
    marked = pad.drawn((ballpoint, *strokes), (ballpoint, *an_x(pad.box(2, 0))))
    assert reading(pad, marked).reading == UNSURE


def test_the_arm_of_a_big_mark_is_no_vote_in_the_row_below(pad, ballpoint):
    """A thick X that reaches into an empty row's box: people are asked, the arm alone is never a vote."""
    over, under = pad.box(2, 0), pad.box(3, 0)
    pen = replace(ballpoint, width_mm=1.5)
    x = [
        [(over.x0 + 2, over.y0 - 1), (over.x0 + 13, over.y1 - 0.8)],
        [(over.x0 + 12, over.y0), (over.x0 + 2, over.y1 - 1)],
    ]
    arm = [(over.x0 + 14.5, under.y0 + 0.6), (over.x0 + 17.5, under.y0 + 2.2)]
    rows = pad.rows(pad.drawn((pen, *x), (pen, arm)))
    assert judge_row(rows[3]).reading in {"blank", UNSURE}
