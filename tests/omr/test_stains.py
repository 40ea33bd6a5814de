"""Coffee over the rows: what it darkens is no mark and no stroke; what was written on it stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.evidence import CellSeen, Mark, Name, NameSeen, Reason, RowSeen
from omr.ink import to_px
from omr.marks import Thresholds, levels_of
from omr.rules import UNSURE, judge_row
from omr.stains import Stains, cleared, find_stains, without_stains
from scripts.simulate.sheet_damage import stained
from tests.omr.conftest import cross

RADIUS_MM = 22.0


def spilt(pad, picture, centre, seed=1):
    """The picture with a coffee stain on it."""
    colour = np.repeat(picture[..., None], 3, axis=2)
    rng = np.random.default_rng(seed)
    return cv2.cvtColor(stained(colour, centre, RADIUS_MM, 8.0, rng), cv2.COLOR_BGR2GRAY)


def pale(ink):
    """From where on that ink is as dark as pale strokes."""
    return levels_of(ink, Thresholds()).pale


def found_in(pad, picture):
    """The stains of a picture of the page."""
    ink = pad.ink(picture)
    return find_stains(ink, pad.sheet.printed, pale(ink), greys=True)


@pytest.fixture(scope="module")
def all_marked(pad, ballpoint, an_x):
    """An X in the last box of every row."""
    return pad.drawn(*((ballpoint, *an_x(pad.box(row, 2), 6.0)) for row in range(11)))


@pytest.fixture(scope="module")
def struck(pad, ballpoint, an_x):
    """A name crossed out by one line, in a row with an X."""
    name = pad.page.rows[5].name_mm
    line = [(name.x0 + 1, name.center[1]), (name.x1 - 1, name.center[1] + 0.5)]
    return pad.drawn((ballpoint, line), (ballpoint, *an_x(pad.box(5, 2), 6.0)))


@pytest.fixture(scope="module")
def over_names(pad):
    """A place between the names and the positions, mm."""
    return pad.page.rows[5].name_mm.x1, pad.page.rows[5].name_mm.y1


def test_a_clean_page_has_no_stains(pad, all_marked):
    """Neither print nor marks are any."""
    assert found_in(pad, all_marked) is None


def test_boxes_that_were_filled_in_are_no_stain(pad, ballpoint):
    """Two boxes under one another, blackened from edge to edge: somebody did that with a pen."""
    boxes = [pad.box(row, 1).grown(-0.5) for row in (4, 5)]
    lines = [[(b.x0, y), (b.x1, y)] for b in boxes for y in np.arange(b.y0, b.y1, 0.35)]
    assert found_in(pad, pad.drawn((ballpoint, *lines))) is None


def test_a_stain_is_found_where_it_is(pad, over_names):
    """Its rim runs along the circle that was spilt, and its middle is not of the rim."""
    found = found_in(pad, spilt(pad, pad.blank, over_names))
    x, y = over_names
    for dx, dy, rim in ((RADIUS_MM - 1, 0, True), (0, 0, False), (RADIUS_MM + 6, 0, False)):
        column, row, _, _ = to_px(pad.page, (x + dx, y + dy, x + dx, y + dy))
        assert found.rim[row, column] == rim


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_under_a_stain_are_read(pad, desk, all_marked, over_names, seed):
    """A stain over names and positions: every row is still its plain X, and at most one is asked about."""
    seen = desk.read_picture(spilt(pad, all_marked, over_names, seed))
    readings = [judge_row(row).reading for row in seen.rows]
    assert set(readings) <= {"low", UNSURE}
    assert readings.count(UNSURE) <= 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_rim_across_names_is_no_stroke(pad, desk, all_marked, over_names, seed):
    """Where it runs over few of a name's letters, the rest of them show that nobody struck it."""
    x, y = over_names
    seen = desk.read_picture(spilt(pad, all_marked, (x - 1.5 * RADIUS_MM, y), seed))
    assert [judge_row(row).reading for row in seen.rows] == ["low"] * 11


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_strike_that_a_rim_crosses_is_seen(pad, desk, struck, over_names, seed):
    """The same rim over a name that was struck."""
    x, y = over_names
    seen = desk.read_picture(spilt(pad, struck, (x - 1.5 * RADIUS_MM, y), seed))
    assert judge_row(seen.rows[5]).reading in {"struck", UNSURE}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_strike_under_a_stain_is_seen(pad, desk, struck, over_names, seed):
    """What is taken out of the ink is the stain's tint, not what somebody wrote on it."""
    seen = desk.read_picture(spilt(pad, struck, over_names, seed))
    assert judge_row(seen.rows[5]).reading in {"struck", UNSURE}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_stain_over_boxes_makes_no_vote_and_hides_none(pad, desk, ballpoint, seed):
    """Empty rows are never read as marked, and two marks never as one."""
    twice = [(ballpoint, *cross(pad.box(row, column), 5.0)) for row in (1, 4, 7) for column in (0, 1)]
    seen = desk.read_picture(spilt(pad, pad.drawn(*twice), pad.box(5, 0).center, seed))
    for i, row in enumerate(seen.rows):
        assert judge_row(row).reading in {"overvote" if i in {1, 4, 7} else "blank", UNSURE}, i


def test_the_tint_goes_and_the_mark_stays(pad, ballpoint):
    """On the rim itself an X keeps most of its darkness, and bare paper becomes as pale as elsewhere."""
    box = pad.box(5, 1)
    picture = spilt(pad, pad.drawn((ballpoint, *cross(box, 5.0))), (box.center[0] - RADIUS_MM, box.center[1]))
    ink = pad.ink(picture)
    clean = without_stains(ink, found_in(pad, picture), pad.sheet.printed, pad.page, pale(ink)).pen
    x0, y0, x1, y1 = to_px(pad.page, box.grown(-1.0).as_tuple())
    assert np.percentile(clean[y0:y1, x0:x1], 99) > 0.3 * ink.black
    assert np.percentile(clean[y0:y1, x0:x1], 50) < 0.05 * ink.black


X, NO = (
    CellSeen("high", Mark.MARKED, length_mm=12, extent_mm=6, piece_mm=6, contrast=0.6),
    CellSeen("low", Mark.EMPTY),
)
DOT = CellSeen("low", Mark.EMPTY, length_mm=0.9)
STRAY = CellSeen("low", Mark.UNSURE, Reason.STRAY_MARK, length_mm=5)
STRUCK = NameSeen(Name.STRUCK, Reason.NAME_STRUCK)


def reading_of_cleared(pad, soiled, clean, *, rim, left=False, hides=False):
    """How a page whose rows were all seen so is read, with a rim through every box or through none."""
    everywhere = np.full((2000, 2000), fill_value=True)
    tint = np.zeros((2000, 2000), np.uint8)
    stains = Stains(tint, everywhere & rim, everywhere & rim, everywhere & hides)
    rows = len(pad.page.rows)
    return judge_row(cleared([soiled] * rows, [clean] * rows, stains, pad.page, everywhere & left)[0]).reading


@pytest.mark.parametrize(
    ("soiled", "clean", "reading"),
    [
        (RowSeen(1, (X, STRAY)), RowSeen(1, (X, NO)), "high"),
        (RowSeen(1, (X, NO)), RowSeen(1, (NO, NO)), UNSURE),  # the rim was the mark
        (RowSeen(1, (X, NO), STRUCK), RowSeen(1, (X, NO)), UNSURE),  # the rim was the strike, or hid one
        (RowSeen(1, (NO, NO), STRUCK), RowSeen(1, (NO, NO)), UNSURE),
        (RowSeen(1, (NO, STRAY)), RowSeen(1, (NO, NO)), UNSURE),  # an empty row is for people
        (RowSeen(1, (X, STRAY)), RowSeen(1, (X, X)), UNSURE),
        (RowSeen(1, (X, STRAY), STRUCK), RowSeen(1, (X, NO), STRUCK), "struck"),
    ],
)
def test_only_one_plain_mark_clears_a_row(pad, soiled, clean, reading):
    """Every other change that taking a stain away makes is a question."""
    assert reading_of_cleared(pad, soiled, clean, rim=False) == reading


@pytest.mark.parametrize(
    ("contrast", "length_mm", "reading"), [(0.6, 12.0, "high"), (0.2, 12.0, UNSURE), (0.6, 6.5, UNSURE)]
)
def test_what_may_be_left_of_a_rim_is_no_plain_mark(pad, contrast, length_mm, reading):
    """In a box that the rim runs through a mark must be dark, and no single line."""
    mark = CellSeen("high", Mark.MARKED, length_mm=length_mm, extent_mm=6, piece_mm=6, contrast=contrast)
    assert reading_of_cleared(pad, RowSeen(1, (mark, STRAY)), RowSeen(1, (mark, NO)), rim=True) == reading


@pytest.mark.parametrize(
    ("rim", "left", "reading"), [(False, True, "high"), (True, False, "high"), (True, True, UNSURE)]
)
def test_a_dot_counts_only_beside_the_rim(pad, rim, left, reading):
    """Beside a plain mark dirt is let pass as in any row; not what may be the end of a stroke under a rim."""
    touched = NameSeen(Name.TOUCHED, Reason.NAME_TOUCHED)
    soiled, clean = RowSeen(1, (X, DOT), touched), RowSeen(1, (X, DOT))
    assert reading_of_cleared(pad, soiled, clean, rim=rim, left=left) == reading


@pytest.mark.parametrize(("hides", "reading"), [(False, "high"), (True, UNSURE)])
def test_a_rim_that_hides_marks_leaves_the_question(pad, hides, reading):
    """Where what was written along a rim cannot be told from it, an empty box may be no empty box."""
    soiled, clean = RowSeen(1, (X, STRAY)), RowSeen(1, (X, NO))
    assert reading_of_cleared(pad, soiled, clean, rim=True, hides=hides) == reading


def test_a_line_alone_is_no_stain_in_greys(pad, ballpoint):
    """A circle as large and round as a cup's, on paper that is no darker within it: it may be a pen's."""
    x, y = pad.box(5, 0).center
    turns = np.linspace(0, 2 * np.pi, 200)
    circle = [(x + 32 * np.cos(t), y + 32 * np.sin(t)) for t in turns]
    picture = pad.drawn((ballpoint, circle))
    ink = pad.ink(picture)
    assert find_stains(ink, pad.sheet.printed, pale(ink), greys=True) is None
    assert find_stains(ink, pad.sheet.printed, pale(ink), greys=False) is not None
