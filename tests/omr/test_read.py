"""Pages as they come: one damage a test, on a page that somebody filled in plainly."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generate.blanks import draw_blanks
from generate.fonts import LAST_RESORT, find_family
from layouts.codes import fingerprint, make_payload
from layouts.compose import compose
from layouts.content import Content, Person
from layouts.spec import load_spec
from omr.evidence import Flag, PageState
from omr.look import Sketchbook
from omr.pages import Scan
from omr.read import Paper, read_page
from omr.rules import UNSURE, judge_row
from scripts.draw_reading import DOCUMENT, damage_line, documented, stale
from scripts.reading_cases import DAMAGES, EXTRAS, GOOD, MARKS, PENS, of_extra, of_pen
from scripts.simulate import Depth, Extra, Kind, PagePlan, SealKind, blank_back, px_per_mm
from scripts.trial import ELECTION, KEY, MISPLACED_MM, SCALE, Verdict, ballot_of, read_scan
from tests.omr.conftest import BALLPOINT, bounded

MILD = tuple(name for name, damage in DAMAGES.items() if not damage.asked)
COLOURLESS = {Depth.GREY, Depth.BILEVEL, Depth.DITHERED}


def test_the_rules_of_a_page_that_lay_askew_and_wobbled_leave_no_ink(desk):
    """Each rule leans otherwise than the next; on a page that nobody marked none is taken for a stroke."""
    askew = replace(GOOD, rotation_deg=8.0, wobble=(1.5, 65.0, 4.0), roomy=True)
    seen = desk.read(desk.scan(desk.fill_in(PagePlan()), askew))
    assert seen.state is PageState.READ
    assert max(cell.length_mm for row in seen.rows for cell in row.cells) == 0


def as_scan_of(picture):
    grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    return Scan(grey, None, b"", ".png", picture)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_page_is_read_and_no_row_of_it_is_silently_wrong(desk, name):
    """Every row is read as it was filled in, or people are asked about it."""
    damaged = desk.damaged(name)
    assert damaged.seen.state is PageState.READ
    for true, read in damaged.rows:
        assert read.reading in {true.truth, true.decided, UNSURE}, (true, read)


@pytest.mark.parametrize("name", DAMAGES)
def test_the_document_says_what_is_read_of_a_damaged_page(name):
    """docs/reading.md, table of pages: its line of a damage is what the reader makes of it."""
    line = damage_line(name)
    assert documented(DOCUMENT.read_text(encoding="utf-8"))[line.name] == line.cells


@pytest.mark.parametrize("name", MILD)
def test_a_damage_beside_the_boxes_costs_nobody_a_question(desk, name):
    """Where the damage hides nothing, no plain row is asked about, and nothing is said of the page."""
    damaged = desk.damaged(name)
    assert {
        true.number: read.reason for true, read in damaged.rows if true.plain and read.reading == UNSURE
    } == {}
    expected = {Flag.SEAL_UNSEEN} if damaged.scanned.happens.depth in COLOURLESS else set()
    assert set(damaged.seen.flags) == expected


@pytest.mark.parametrize("name", DAMAGES)
def test_the_boxes_are_looked_for_where_they_are(desk, name):
    """A page that is read lies where the reader says, not half a row away, before it follows the rules."""
    damaged = desk.damaged(name)
    middles = np.array([row.cells[1].box_mm.center for row in desk.page.rows])
    matrix = np.array(damaged.seen.paper_to_scan).reshape(3, 3)
    px = np.column_stack([middles, np.ones(len(middles))]) @ matrix.T
    in_scan = (px[:, :2] / px[:, 2:] + 0.5) / px_per_mm(damaged.scanned.happens.dpi)
    away = np.hypot(*(damaged.scanned.to_paper(in_scan) - middles).T)
    assert np.median(away) < MISPLACED_MM / 2


def test_a_page_says_whether_it_lay_head_down(desk):
    """Only the page that was put in head down is upside down."""
    assert desk.damaged("upside_down").seen.upside_down
    assert not desk.damaged("300_dpi").seen.upside_down


@pytest.mark.parametrize(("name", "dpi"), [("150_dpi", 150), ("300_dpi", 300), ("600_dpi", 600)])
def test_the_resolution_is_measured_on_the_paper(desk, name, dpi):
    """The resolution comes from the registration marks, not from what the file claims."""
    assert desk.damaged(name).seen.dpi == pytest.approx(dpi, rel=0.003)


@pytest.mark.parametrize("gamma", [0.6, 1.0, 1.6])
@pytest.mark.parametrize("brightness", [-0.15, 0.0, 0.15])
def test_no_threshold_fits_one_scanner_only(desk, filled_in, gamma, brightness):
    """Dark and pale scanners read the same page alike: ink is measured against print and paper."""
    pale = replace(GOOD, gamma=gamma, brightness=brightness, contrast=0.85)
    result = read_scan(desk.scan(filled_in, pale), desk.ballot)
    assert result.read
    for row in result.rows:
        assert row.reading in {row.truth.truth, UNSURE} - ({UNSURE} if row.truth.plain else set()), row


@pytest.mark.parametrize("edge", range(4))
def test_losing_five_millimetres_at_any_edge_loses_no_page(desk, filled_in, edge):
    """Print stands off the paper's edge: a scan that is cropped by 5 mm there is whole."""
    crop = tuple(5.0 if side == edge else 0.0 for side in range(4))
    seen = desk.read(desk.scan(filled_in, replace(GOOD, crop_mm=crop)))
    assert (seen.state, seen.flags) == (PageState.READ, ())


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("how", ["torn", "ear"])
def test_any_corner_may_be_lost(desk, filled_in, corner, how):
    """A page with one registration mark torn off or folded over is read like a whole one."""
    seen = desk.read(desk.scan(filled_in, replace(GOOD, **{how: (corner, 26.0, 26.0)})))
    whole = desk.damaged("300_dpi").seen
    assert seen.state is PageState.READ
    assert [[c.mark for c in row.cells] for row in seen.rows] == [
        [c.mark for c in row.cells] for row in whole.rows
    ]


@pytest.mark.parametrize(("corner", "by_mm"), [(0, 2.0), (0, 8.0), (2, -4.0), (2, -16.0)])
def test_a_mark_that_lies_elsewhere_moves_no_box(pad, desk, an_x, corner, by_mm):
    """A corner that was creased or taped on: the rows are read in their places, or the page is refused."""
    marked = pad.drawn(*((BALLPOINT, *an_x(pad.box(row, row % 3))) for row in range(len(pad.page.rows))))
    xs, ys = zip(*pad.page.fiducials[corner].corners_mm, strict=True)
    left, top, right, bottom = (round(v * 8) for v in (min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1))
    mark = marked[top:bottom, left:right].copy()
    marked[top:bottom, left:right] = 255
    inward = round(by_mm * 8)
    marked[top + inward : bottom + inward, left + inward : right + inward] = mark
    seen = desk.read_picture(marked)
    plain = [judge_row(row).reading for row in seen.rows]
    choices = [choice.id for choice in desk.ballot.layout.choices]
    assert all(read in {choices[i % 3], UNSURE} for i, read in enumerate(plain)), plain


@pytest.mark.parametrize(("dx", "dy"), [(0.0, 4.5), (4.5, -4.5)])
def test_a_page_whose_marks_place_it_off_is_placed_by_its_print(pad, desk, an_x, dx, dy):
    """All four marks 4.5 mm from their places, farther than a rule is sought: the print says where."""
    marked = pad.drawn(*((BALLPOINT, *an_x(pad.box(row, row % 3))) for row in range(len(pad.page.rows))))
    moved = marked.copy()
    places = []
    for mark in pad.page.fiducials:
        xs, ys = zip(*mark.corners_mm, strict=True)
        places.append([round(v * 8) for v in (min(xs) - 1, min(ys) - 1, max(xs) + 1, max(ys) + 1)])
    for left, top, right, bottom in places:
        moved[top:bottom, left:right] = 255
    for left, top, right, bottom in places:
        x, y = left + round(8 * dx), top + round(8 * dy)
        moved[y : y + bottom - top, x : x + right - left] = marked[top:bottom, left:right]
    seen = desk.read_picture(moved)
    choices = [choice.id for choice in desk.ballot.layout.choices]
    assert seen.state is PageState.READ
    assert [judge_row(row).reading for row in seen.rows] == [choices[i % 3] for i in range(len(seen.rows))]


def test_a_photograph_with_a_corner_folded_over_is_placed_by_its_rules(desk, filled_in):
    """Three marks cannot tell how a page lay before a camera: what they leave, several mm, the rules mend."""
    leaning = ((-5.6, -1.8), (-6.5, 3.8), (-7.0, 4.6), (6.9, 3.0))
    happens = replace(GOOD, perspective_mm=leaning, rotation_deg=-6.8, roomy=True, ear=(0, 27.0, 21.0))
    scanned = desk.scan(filled_in, happens)
    result = read_scan(scanned, desk.ballot)
    assert result.misplaced_mm < 1.0
    assert not any(row.verdict is Verdict.WRONG for row in result.rows)
    # A name struck by one line, and an empty row beside a note in the margin.
    assert sum(row.verdict is Verdict.FLAGGED for row in result.rows) <= 2


@pytest.mark.parametrize("rows", [-2, -1, 1, 2])
def test_a_table_that_lies_some_rows_off_is_refused(pad, desk, rows):
    """Marks in their corners and the table shifted by a row: nothing on it may be read."""
    away = rows * (pad.box(1, 0).y0 - pad.box(0, 0).y0)
    table = pad.page.table_mm
    top, bottom = round((table.y0 - 1) * 8), round((table.y1 + 1) * 8)
    shifted = pad.blank.copy()
    shifted[top:bottom, 152:1530] = 255
    at = top + round(away * 8)
    shifted[at : at + bottom - top, 152:1530] = pad.blank[top:bottom, 152:1530]
    seen = desk.read_picture(shifted)
    assert (seen.state, seen.rows) == (PageState.UNREADABLE, ())
    assert Flag.POSITION_UNSURE in seen.flags


@pytest.fixture(scope="session")
def even_rows():
    """A printed page whose rows are all of one height: shifted by a row, every rule lies on another."""
    names = (
        "Lê Mẫu",
        "Võ Thị Thử",
        "Đỗ Giả",
        "Hồ Văn Ví Dụ",
        "Bùi Tạm",
        "Ngô Không Thật",
        "Lý Nháp",
        "Đinh Bịa",
    )
    people = tuple(Person(n, name, "Ủy viên") for n, name in enumerate(names, start=1))
    content = Content(ELECTION, "HUYỆN ỦY MẪU", people, place="Mẫu", voters="các đại biểu", year=2023)
    family = find_family(LAST_RESORT)
    layout = compose(load_spec("phu_luc_04"), content, family.measure)
    text = make_payload(KEY, ELECTION, 1, 1, fingerprint(layout))
    blank = np.asarray(draw_blanks(layout, lambda _copy, _page: text, family)[0])
    return layout.pages[0], blank, Paper.of(layout, {1: blank}, KEY)


@pytest.mark.parametrize("rows", [-2, -1, 0, 1, 2])
def test_where_all_rows_are_alike_the_printed_names_tell_them_apart(even_rows, rows):
    """Every rule of a shifted table lies on a rule: only what is printed in the rows can refuse it."""
    page, blank, paper = even_rows
    first, second = (row.cells[0].box_mm for row in page.rows[:2])
    assert first.height == pytest.approx(second.height)
    left, right = round((page.table_mm.x0 - 1) * 8), round((page.table_mm.x1 + 1) * 8)
    top, bottom, away = round(first.y0 * 8), round((page.table_mm.y1 + 1) * 8), round(rows * first.height * 8)
    body = blank[top:bottom, left:right]
    shifted = blank.copy()
    # Rules everywhere, names a row or two off: as a page that was stretched looks to who counts rules.
    shifted[top:bottom, left:right] = np.roll(body, away, axis=0)
    seen = read_page(as_scan_of(shifted), paper)
    assert (seen.state is PageState.READ) == (rows == 0)
    assert rows == 0 or seen.rows == ()


def test_rows_of_a_page_that_slipped_in_the_feed_are_never_read_for_their_neighbours(
    pad, desk, ballpoint, an_x
):
    """Half the table in place, half a row off: people look at the rows that are off, or at the page."""
    marked = pad.drawn((ballpoint, *an_x(pad.box(7, 1))))
    from_row, away = 6, pad.box(7, 0).y0 - pad.box(6, 0).y0
    top, bottom = round(pad.box(from_row, 0).y0 * 8), round((pad.page.table_mm.y1 + 1) * 8)
    slipped = marked.copy()
    slipped[top : top + round(away * 8)] = 255
    slipped[top + round(away * 8) : bottom + round(away * 8)] = marked[top:bottom]
    seen = desk.read_picture(slipped)
    rows = {row.number: row.reason for row in seen.rows if row.number > from_row + 1}
    assert seen.state is PageState.UNREADABLE or all(rows.values()), rows


@given(st.floats(0, 9), st.floats(60, 250), st.floats(0, 6.2))
@bounded(8)
def test_a_page_is_read_in_its_place_or_not_at_all(desk, filled_in, amount, period, phase):
    """However unevenly a page was transported, no row is read wrongly."""
    scanned = desk.scan(filled_in, replace(GOOD, dpi=150.0, wobble=(amount, period, phase)))
    result = read_scan(scanned, desk.ballot)
    for row in result.rows:
        assert row.reading in {"", row.truth.truth, row.truth.decided, UNSURE}, row
    assert result.read or amount > 1.5


def test_a_code_that_cannot_be_read_does_not_lose_the_page(pad, desk, ballpoint, an_x):
    """The page is known by its print, and flagged."""
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 1))))
    x0, y0, x1, y1 = (round(side * 8) for side in pad.page.code_mm.as_tuple())
    marked[y0:y1, (x0 + x1) // 2 : x1 + 8] = 255
    seen = desk.read_picture(marked)
    assert (seen.state, seen.page) == (PageState.READ, 1)
    assert Flag.CODE_MISSING in seen.flags
    assert [row.number for row in seen.rows if any(c.mark == "marked" for c in row.cells)] == [3]


def test_of_several_pages_each_is_known_by_its_print():
    """A page of a long ballot whose code is torn is still that page."""
    ballot = ballot_of(24)
    assert len(ballot.layout.pages) > 1
    for page in ballot.layout.pages:
        picture = ballot.images[page.page].copy()
        x0, y0, x1, y1 = (round(side * SCALE) for side in page.code_mm.as_tuple())
        picture[y0:y1, x0:x1] = 255
        seen = read_page(as_scan_of(picture), ballot.paper)
        assert (seen.state, seen.page) == (PageState.READ, page.page)
        assert Flag.CODE_MISSING in seen.flags


def test_an_empty_back_is_blank(desk, filled_in):
    """The back of a sheet is no page to read, also where the front shows through."""
    for front in (None, filled_in.image):
        back = blank_back(SCALE, replace(GOOD, bleed=0.08), np.random.default_rng(1), front)
        assert desk.read_picture(back).state is PageState.BLANK


def test_a_page_of_something_else_is_foreign(desk):
    """A letter between the ballots is set aside, not taken for a ballot that cannot be read."""
    letter = np.full((2376, 1680), 250, np.uint8)
    for line in range(200, 2100, 60):
        cv2.putText(
            letter, "Kinh gui ban kiem phieu huyen uy", (150, line), cv2.FONT_HERSHEY_SIMPLEX, 2, 30, 3
        )
    seen = desk.read_picture(letter)
    assert (seen.state, seen.flags) == (PageState.FOREIGN, (Flag.NOTHING_FOUND,))


def test_a_ballot_that_is_mirrored_is_never_read(pad, desk):
    """A transparency, or a picture turned inside out, is nothing that a scanner gives."""
    assert desk.read_picture(np.ascontiguousarray(pad.blank[:, ::-1])).rows == ()


def test_a_ballot_printed_from_an_older_list_is_not_read(desk):
    """Our code, our marks and other rows: nothing may be read by today's list."""
    older = ballot_of(10)
    assert fingerprint(older.layout) != desk.paper.fingerprint
    seen = desk.read_picture(older.images[1])
    assert (seen.state, seen.flags, seen.rows) == (PageState.UNREADABLE, (Flag.CODE_OTHER_LAYOUT,), ())


@given(
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.integers(0, 255),
    st.integers(0, 80),
    st.booleans(),
)
@bounded(25)
def test_no_picture_stops_the_batch(desk, size, level, noise, colour):
    """Whatever was decoded, the answer is a value; nothing is read from a picture without a ballot."""
    shape = (*size, 3) if colour else size
    rough = np.random.default_rng(size).normal(level, noise, shape)
    seen = desk.read_picture(np.clip(rough, 0, 255).astype(np.uint8))
    assert seen.rows == ()
    assert seen.state in {PageState.BLANK, PageState.FOREIGN, PageState.UNREADABLE}


@pytest.mark.parametrize("part", [0.0, 0.3, 0.55])
def test_half_a_ballot_is_not_read_as_a_whole_one(pad, desk, part):
    """A page that was torn across, or scanned in part, is not read where its table is missing."""
    torn = pad.blank.copy()
    torn[round(part * torn.shape[0]) :] = 255
    assert desk.read_picture(torn).rows == ()


def test_what_was_seen_can_be_watched_step_by_step(pad, desk):
    """An observer gets every step once, in order; nobody looking costs no drawing."""
    book = Sketchbook()
    read_page(as_scan_of(pad.blank), desk.paper, book)
    assert [name for name, _ in book.pictures] == [
        "01-fiducials",
        "02-rows",
        "03-ink",
        "04-below",
        "05-marks",
    ]
    assert all(picture.dtype == np.uint8 and picture.size for _, picture in book.pictures)


@pytest.mark.parametrize("name", PENS)
def test_any_pen_is_read(name):
    """A plain row is read, or asked about where the pen is one that leaves doubts; no row is read wrongly."""
    page = of_pen(name)
    assert page.seen.flags == ()
    for true in page.scanned.rows:
        may = {true.truth, true.decided}
        doubtful = "unsure" in PENS[name].may or MARKS[true.kind].may not in ({"choice"}, {"blank"})
        assert page.row(true.number).reading in may | ({UNSURE} if doubtful else set()), true


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_is_written_beside_the_marks_changes_no_row(extra):
    """The page says what must be said; a row that the writing runs into may be asked about."""
    page = of_extra(extra)
    readings = [(true.truth, page.row(true.number).reading) for true in page.scanned.rows]
    assert page.seen.flags == EXTRAS[extra].flags
    assert all(read in {true, UNSURE} for true, read in readings)
    assert sum(read == UNSURE for _, read in readings) <= EXTRAS[extra].asked


@pytest.mark.parametrize("block", ["numbers", "marks", "pens", "extras", "seals"])
def test_the_document_says_what_the_code_says(block):
    """docs/reading.md: its numbers and its tables are the code's and its pictures are there."""
    assert stale(DOCUMENT.read_text(encoding="utf-8"), [block]) == []


def test_a_table_changed_by_hand_is_noticed():
    """Not only a number: whatever is written over what was read."""
    text = DOCUMENT.read_text(encoding="utf-8")
    wrong = text.replace("overvote, `two_marks`", "high, nothing at all   ")
    assert wrong != text
    assert stale(wrong, ["marks"]) == ["marks"]


def test_the_tables_hold_every_class():
    """Every mark, pen, writing, seal and damage has its line and its picture."""
    shown = documented(DOCUMENT.read_text(encoding="utf-8"))
    asked = {"mark": Kind, "pen": PENS, "extra": Extra, "seal": SealKind, "page": DAMAGES}
    names = {f"{table}-{name.replace('_', '-')}" for table, cases in asked.items() for name in cases}
    assert {name for name in shown if not name.startswith("look-")} == names
