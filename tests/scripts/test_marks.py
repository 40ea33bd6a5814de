"""Where ink lands, and what is true of a page that was marked."""

from __future__ import annotations

import numpy as np
import pytest

from layouts.model import Box
from scripts.simulate import EXPECTED, Extra, Kind, Outcome, PagePlan, RowPlan, mark_page, truth_of
from scripts.simulate.extras import extra_ink
from scripts.simulate.kinds import UNMARKED
from scripts.simulate.marks import row_ink
from scripts.simulate.pen import BLACK, FAINTEST, Nib, Pen, _resampled, draw, dry_pen, office_pen, pencil
from scripts.simulate.sheet import name_lines, page_truth

SCALE = 8.0
LINES = (Box(24, 93.5, 60, 96.5),)

IN_THE_BOX = [
    Kind.PLAIN_X, Kind.TICK, Kind.CIRCLE, Kind.SLASH, Kind.DOT, Kind.FILLED, Kind.PLUS, Kind.ASTERISK,
    Kind.CIRCLE_SLASH, Kind.VEE, Kind.WORD, Kind.FAINT, Kind.OFF_CENTRE,
]  # fmt: skip


def _points(inks):
    """Points along the strokes, 0.15 mm apart."""
    return np.concatenate([_resampled(stroke) for ink in inks for stroke in ink.strokes])


def _inside(points, box):
    x, y = points.T
    return (x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)


@pytest.mark.parametrize("kind", IN_THE_BOX)
@pytest.mark.parametrize("choice", ["high", "medium", "low"])
def test_a_mark_lands_in_its_box(page, hand, kind, choice):
    """Whatever the dice, a mark in a box stays inside the rules of that box."""
    box = next(cell.box_mm for cell in page.rows[1].cells if cell.choice == choice)
    for seed in range(8):
        inks = row_ink(RowPlan(2, kind, choice), page, LINES, hand, np.random.default_rng(seed))
        assert _inside(_points(inks), box.grown(0.25)).all()


@pytest.mark.parametrize("kind", [Kind.BIG, Kind.ON_LINE, Kind.TOUCHING])
def test_a_large_mark_leaves_its_box(page, hand, kind):
    """These marks cross a rule, and more of them lies in their own box than in any other."""
    for seed in range(8):
        points = _points(row_ink(RowPlan(2, kind, "medium"), page, LINES, hand, np.random.default_rng(seed)))
        boxes = [cell.box_mm for row in page.rows for cell in row.cells]
        shares = [_inside(points, box).mean() for box in boxes]
        assert 0.2 < shares[4] < 1
        assert shares[4] == max(shares)


def test_a_mark_outside_the_boxes_touches_none(page, hand):
    """An X beside the boxes has no ink in any."""
    for choice in ("high", "low"):
        inks = row_ink(RowPlan(2, Kind.OUTSIDE, choice), page, LINES, hand, np.random.default_rng(3))
        points = _points(inks)
        assert not any(_inside(points, cell.box_mm).any() for cell in page.rows[1].cells)


@pytest.mark.parametrize(
    "kind", [Kind.STRUCK_LINE, Kind.STRUCK_TWO_LINES, Kind.STRUCK_WAVE, Kind.STRUCK_CROSS, Kind.STRUCK_ROW]
)
def test_a_strike_crosses_most_of_the_name(page, hand, kind):
    """A struck name has ink over at least three quarters of the width of its letters."""
    for seed in range(5):
        inks = row_ink(RowPlan(1, kind, "high"), page, LINES, hand, np.random.default_rng(seed))
        points = _points(inks)
        near = points[(points[:, 1] > 90) & (points[:, 1] < 100) & (points[:, 0] < 80)]
        assert near[:, 0].max() - near[:, 0].min() > 0.75 * LINES[0].width


def test_an_underline_does_not_cross_the_name(page, hand, rng):
    """Ink under a name stays below its letters."""
    points = _points(row_ink(RowPlan(1, Kind.NAME_UNDERLINED, "high"), page, LINES, hand, rng))
    under = points[points[:, 0] < 80]
    assert under[:, 1].min() > LINES[0].center[1]


def test_a_correction_has_ink_in_two_boxes_and_more_in_the_wrong_one(page, hand, rng):
    """The scribble lies over the mark that was taken back."""
    inks = row_ink(RowPlan(2, Kind.CORRECTION, "low"), page, LINES, hand, rng)
    counts = {cell.choice: _inside(_points(inks), cell.box_mm).sum() for cell in page.rows[1].cells}
    assert sum(count > 0 for count in counts.values()) == 2
    assert 0 < counts["low"] < max(counts.values())


def test_a_row_that_is_not_on_the_page_is_refused(page, hand, rng):
    """A plan for another page is a mistake."""
    with pytest.raises(KeyError):
        row_ink(RowPlan(9, Kind.PLAIN_X, "high"), page, LINES, hand, rng)


def test_the_printed_name_is_found(page, print_image):
    """The lines of a name are where its letters are, within 0.2 mm."""
    (line,) = name_lines(print_image, page, 1, SCALE)
    assert (line.x0, line.y0, line.x1, line.y1) == pytest.approx((24, 93.5, 59, 96.5), abs=0.25)


def test_the_same_seed_gives_the_same_page(page, print_image, hand):
    """Nothing is decided but by the generator."""
    plan = PagePlan((RowPlan(1, Kind.CORRECTION, "low"),), (Extra.SIGNATURE,))
    one, two, other = (mark_page(page, print_image, plan, hand, np.random.default_rng(s)) for s in (5, 5, 6))
    assert np.array_equal(one.image, two.image)
    assert not np.array_equal(one.image, other.image)


def test_the_print_is_left_as_it_was(page, print_image, hand, rng):
    """Marking a page does not mark the printed page."""
    before = print_image.copy()
    mark_page(page, print_image, PagePlan((RowPlan(1, Kind.FILLED, "low"),)), hand, rng)
    assert np.array_equal(before, print_image)


@pytest.mark.parametrize(("width", "nib"), [(0.4, Nib.BALLPOINT), (1.5, Nib.MARKER)])
def test_a_line_is_as_wide_as_the_pen(rng, width, nib):
    """Ink area over length is the pen's width, within a quarter."""
    image = np.full((200, 400, 3), 255, np.uint8)
    draw(image, [np.array([[5.0, 10.0], [35.0, 10.0]])], Pen(BLACK, width, 1.0, nib), 10.0, rng)
    area = (255 - image[:, :, 1].astype(float)).sum() / (255 - BLACK[1]) / 100
    assert area / 30 == pytest.approx(width, rel=0.25)


def test_ink_never_makes_paper_lighter(rng, page, print_image, hand):
    """A marked page is nowhere lighter than the same page unmarked."""
    bare = mark_page(page, print_image, PagePlan(), hand, np.random.default_rng(2)).image
    marked = mark_page(
        page, print_image, PagePlan((RowPlan(1, Kind.BIG, "low"),)), hand, np.random.default_rng(2)
    ).image
    assert (marked.astype(int) - bare).max() <= 1


@pytest.mark.parametrize("maker", [office_pen, pencil, dry_pen])
def test_a_faint_mark_is_paler_but_to_be_seen(rng, maker):
    """With a third of the pressure there is less ink, and still enough for somebody who looks."""
    for _ in range(20):
        pen = maker(rng)
        assert FAINTEST <= pen.fainter(0.3).darkness < 0.6 * pen.darkness


def test_a_dry_pen_breaks_its_line():
    """A pen running dry leaves a line with gaps, another one does not."""

    def inked(nib):
        image = np.full((120, 900, 3), 255, np.uint8)
        line = [np.array([[5.0, 6.0], [85.0, 6.0]])]
        draw(image, line, Pen(BLACK, 0.4, 0.9, nib), 10.0, np.random.default_rng(4))
        return (image[:, 60:840, 1].min(axis=0) < 200).mean()

    assert inked(Nib.BALLPOINT) > 0.97
    assert 0.4 < inked(Nib.DRY) < 0.9


def test_every_kind_has_an_expectation_and_ink(page, hand, rng):
    """The table is complete, and only a blank row has no ink."""
    assert set(EXPECTED) == set(Kind)
    for kind in Kind:
        inks = row_ink(RowPlan(2, kind, None if kind in UNMARKED else "medium"), page, LINES, hand, rng)
        assert bool(inks) == (kind is not Kind.BLANK)


def test_every_extra_has_ink_on_the_page(page, hand, rng):
    """Names written in and signatures lie on the paper."""
    for extra in Extra:
        points = _points(extra_ink(extra, page, hand, rng))
        assert _inside(points, Box(0, 0, *page.size_mm)).all()


@pytest.mark.parametrize(
    ("kind", "choice", "truth", "decided"),
    [
        (Kind.PLAIN_X, "low", "low", "low"),
        (Kind.BLANK, None, "blank", "blank"),
        (Kind.THREE_MARKS, None, "overvote", "overvote"),
        (Kind.STRUCK_WAVE, "high", "struck", "struck"),
        (Kind.CORRECTION, "high", "unsure", "high"),
        (Kind.NAME_CIRCLED, "high", "unsure", "high"),
    ],
)
def test_the_truth_of_a_row(kind, choice, truth, decided):
    """What a reader may say on its own, and what people decide (DESIGN.md, the law, 2, 3 and 5)."""
    row = truth_of(RowPlan(4, kind, choice))
    assert (row.truth, row.decided) == (truth, decided)


def test_only_plain_marks_count_as_plain():
    """No kind on which a person may have to look counts against a reader that asks."""
    assert all(each.silent is each.decided for each in EXPECTED.values() if each.plain)
    assert not EXPECTED[Kind.FAINT].plain
    assert EXPECTED[Kind.CORRECTION].silent is Outcome.UNSURE


def test_rows_beside_a_large_mark_are_not_plain(page):
    """Ink that runs in from a neighbour is a reason to ask."""
    plan = PagePlan(tuple(RowPlan(n, Kind.BIG if n == 1 else Kind.PLAIN_X, "low") for n in (1, 2, 3)))
    assert [row.plain for row in page_truth(page, plan)] == [False, False, True]


def test_nothing_that_a_dry_pen_leaves_is_plain(page):
    """Its gaps may hide a mark."""
    plan = PagePlan((RowPlan(1, Kind.PLAIN_X, "low"),))
    assert page_truth(page, plan, Pen(BLACK, 0.4, 0.9, Nib.GEL))[0].plain
    assert not page_truth(page, plan, Pen(BLACK, 0.4, 0.9, Nib.DRY))[0].plain


def test_rows_without_a_plan_are_blank(page):
    """What nobody touched has no mark."""
    assert [row.truth for row in page_truth(page, PagePlan())] == ["blank"] * 3
