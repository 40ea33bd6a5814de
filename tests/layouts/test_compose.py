"""Layouts of every size: everything in its place, everybody once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layouts.compose import SEAL_CLEARANCE_MM, compose
from layouts.content import Content, Person
from layouts.errors import LayoutError, Problem
from layouts.files import from_json, to_json
from layouts.head import basis_words, date_words
from layouts.model import BallotLayout, Box, PageLayout, Text
from layouts.spec import known_specs, load_spec
from layouts.typeset import TextMeasure

Maker = Callable[..., Content]

syllable = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạầếộửỹ", min_size=1, max_size=7).map(str.capitalize)
names = st.lists(syllable, min_size=1, max_size=12).map(" ".join)
positions = st.lists(syllable, max_size=30).map(" ".join)
rosters = st.lists(st.tuples(names, positions), min_size=1, max_size=200)


def extent(text: Text, measure: TextMeasure) -> Box:
    """The box of a line: from the top of its marks to the foot of its descenders."""
    width = measure(text.text, text.style, text.size_pt) + text.text.count(" ") * text.spacing_mm
    left = text.x - {"left": 0.0, "center": width / 2, "right": width}[text.align]
    height = text.size_pt * 25.4 / 72
    return Box(left, text.y - 0.8 * height, left + width, text.y + 0.2 * height)


def holds(outer: Box, inner: Box, slack: float = 0.01) -> bool:
    grown = outer.grown(slack)
    return grown.x0 <= inner.x0 and grown.y0 <= inner.y0 and inner.x1 <= grown.x1 and inner.y1 <= grown.y1


def row_boxes(page: PageLayout) -> list[Box]:
    return [Box(page.table_mm.x0, row.name_mm.y0, page.table_mm.x1, row.name_mm.y1) for row in page.rows]


def check_page(page: PageLayout, measure: TextMeasure) -> None:
    text_box = Box(20, 10, 190, 289)
    seal = page.seal_mm
    marks = [Box(*mark.corners_mm[0], *mark.corners_mm[2]) for mark in page.fiducials]
    bodies = [box for box in (page.table_mm, page.code_mm, page.signature_mm, page.write_in_mm) if box]
    assert all(holds(text_box, box) for box in bodies)
    assert all(first.gap(second) > 0.5 for first, second in combinations([*bodies, *marks], 2))
    for text in page.texts:
        assert holds(text_box, extent(text, measure)), text
        assert all(extent(text, measure).gap(box) >= 1 for box in (*marks, page.code_mm)), text
    if seal:
        assert all(seal.gap(box) >= SEAL_CLEARANCE_MM for box in (*marks, page.code_mm, *row_boxes(page)))


def check_rows(page: PageLayout) -> None:
    boxes = row_boxes(page)
    assert all(above.y1 == below.y0 for above, below in pairwise(boxes))
    assert boxes[-1].y1 == page.table_mm.y1
    assert boxes[0].y0 > page.table_mm.y0 + 9
    for row, box in zip(page.rows, boxes, strict=True):
        cells = [cell.box_mm for cell in row.cells]
        assert all(cell.width >= 16 and cell.height > 9 - 1e-6 for cell in cells)
        across = [row.name_mm, row.position_mm, *cells]
        assert all(left.x1 == right.x0 for left, right in pairwise(across))
        assert all((part.y0, part.y1) == (box.y0, box.y1) for part in across)


def check_printed(page: PageLayout, measure: TextMeasure) -> None:
    """Each row's name and position stand inside their boxes, word for word."""
    for row in page.rows:
        for words, box in ((row.name, row.name_mm), (row.position, row.position_mm)):
            inside = [text for text in page.texts if holds(box, extent(text, measure), slack=0.3)]
            assert " ".join(text.text for text in inside) == words


@pytest.mark.parametrize("spec", known_specs())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(roster=rosters)
def test_any_roster_is_laid_out_whole(
    spec: str, roster: list[tuple[str, str]], measure: TextMeasure, make_content: Maker
) -> None:
    """Of 1 to 200 people with names of any length everybody has one row, in order, and nothing overlaps."""
    people = tuple(Person(at, name, position) for at, (name, position) in enumerate(roster, start=1))
    layout = compose(load_spec(spec), make_content(people), measure)
    rows = [row for page in layout.pages for row in page.rows]
    assert [(row.number, row.name, row.position) for row in rows] == [
        (person.number, person.name, person.position) for person in people
    ]
    for page in layout.pages:
        check_page(page, measure)
        check_rows(page)
        check_printed(page, measure)
    assert from_json(to_json(layout)) == layout


def laid_out(count: int, measure: TextMeasure, make_content: Maker, **other: object) -> BallotLayout:
    people = tuple(Person(number, "Trần Văn Ví Dụ", "Trưởng phòng") for number in range(1, count + 1))
    return compose(load_spec("phu_luc_04"), make_content(people, **other), measure)


def test_fifteen_people_fit_on_one_page(measure: TextMeasure, make_content: Maker) -> None:
    """What fits on one page with rows of 9 mm is not spread over two."""
    layout = laid_out(15, measure, make_content)
    assert len(layout.pages) == 1
    assert {round(row.name_mm.height, 6) for row in layout.pages[0].rows} == {9}


def test_roomier_where_there_is_room(measure: TextMeasure, make_content: Maker) -> None:
    """A short list is set in larger type than a long one."""
    sizes = [
        max(text.size_pt for text in laid_out(count, measure, make_content).pages[0].texts)
        for count in (1, 15)
    ]
    assert sizes[0] > sizes[1]


def test_each_part_stands_on_its_page(measure: TextMeasure, make_content: Maker) -> None:
    """The seal is on page 1 only, the signature on the last only, the code always in one place."""
    first, second, third = laid_out(50, measure, make_content).pages
    assert [page.seal_mm is not None for page in (first, second, third)] == [True, False, False]
    assert [page.signature_mm is not None for page in (first, second, third)] == [False, False, True]
    assert [page.write_in_mm is not None for page in (first, second, third)] == [False, False, True]
    assert len({(page.code_mm, page.fiducials, page.size_mm) for page in (first, second, third)}) == 1


def test_pages_are_numbered_where_there_are_several(measure: TextMeasure, make_content: Maker) -> None:
    """The number stands on every page of several, and on no single one."""
    many = laid_out(30, measure, make_content).pages
    assert [f"Trang {n}/2" in [text.text for text in page.texts] for n, page in enumerate(many, 1)] == [
        True,
        True,
    ]
    single = laid_out(3, measure, make_content).pages[0]
    assert not [text for text in single.texts if text.text.startswith("Trang")]


def test_table_head_stands_on_every_page(measure: TextMeasure, make_content: Maker) -> None:
    """The head of the table is repeated with all its columns."""
    for page in laid_out(50, measure, make_content).pages:
        words = " ".join(text.text for text in page.texts)
        for head in ("STT", "Họ và tên", "Mức độ tín nhiệm", "Tín nhiệm thấp"):
            assert head in words


def test_words_of_phu_luc_04_are_all_there(measure: TextMeasure, make_content: Maker) -> None:
    """Page 1 says what the plan's Phụ lục 04 says, in its order."""
    page = laid_out(1, measure, make_content).pages[0]
    words = " ".join(text.text for text in page.texts)
    places = [
        words.index(part)
        for part in (
            "ĐẢNG BỘ TỈNH BẮC HÀ HUYỆN ỦY YÊN SƠN *",
            "Yên Sơn, ngày 05 tháng 12 năm 2023",
            "PHIẾU TÍN NHIỆM",
            "của các đồng chí Ủy viên Ban Chấp hành (1)",
            "đối với Ủy viên Ban Thường vụ (2)",
            "Năm 2023",
            "(Đóng dấu treo)",
            "Thực hiện Quy định số 96-QĐ/TW, ngày 02/02/2023",
            "bằng cách đánh dấu (X) vào ô tương ứng:",
            "Chức vụ, đơn vị công tác",
            "Ghi chú: (1) Ghi các thành phần ghi phiếu tín nhiệm. (2) Chức danh được lấy phiếu tín nhiệm.",
            "NGƯỜI GHI PHIẾU (có thể ký tên hoặc không ký tên)",
        )
    ]
    assert places == sorted(places)


def test_only_label_and_agency_stand_in_the_seal_square(measure: TextMeasure, make_content: Maker) -> None:
    """The 45 mm square of the seal holds no other print."""
    page = laid_out(1, measure, make_content).pages[0]
    seal = page.seal_mm
    assert seal is not None
    assert (seal.width, seal.height) == (45, 45)
    inside = [text.text for text in page.texts if extent(text, measure).gap(seal) == 0]
    assert inside == ["ĐẢNG BỘ TỈNH BẮC HÀ", "HUYỆN ỦY YÊN SƠN", "*", "(Đóng dấu treo)"]


def test_every_rule_is_listed_once(measure: TextMeasure, make_content: Maker) -> None:
    """Rules are whole: one a row edge across the table, one a column edge down it, one for the storeys."""
    page = laid_out(4, measure, make_content).pages[0]
    across = [rule for rule in page.rules if rule.y0 == rule.y1]
    down = [rule for rule in page.rules if rule.x0 == rule.x1]
    assert len(across) + len(down) == len(page.rules) == len({*page.rules})
    whole = [rule.y0 for rule in across if (rule.x0, rule.x1) == (20, 190)]
    edges = {page.table_mm.y0, *(y for box in row_boxes(page) for y in (box.y0, box.y1))}
    assert sorted(whole) == sorted(edges)
    assert len(across) == len(whole) + 1
    assert {rule.x0 for rule in down} == {20, 190, *(x for x in _column_edges(page))}
    assert all(rule.y1 == page.table_mm.y1 for rule in down)
    inner = {cell.box_mm.x0 for cell in page.rows[0].cells[1:]}
    assert all((rule.y0 > page.table_mm.y0) == (rule.x0 in inner) for rule in down)


def _column_edges(page: PageLayout) -> set[float]:
    row = page.rows[0]
    return {row.name_mm.x0, row.name_mm.x1, *(cell.box_mm.x0 for cell in row.cells)}


def test_same_content_gives_the_same_layout(measure: TextMeasure, make_content: Maker) -> None:
    """Nothing of the layout depends on anything but its input."""
    assert laid_out(20, measure, make_content) == laid_out(20, measure, make_content)


@pytest.mark.parametrize(
    ("day", "year", "words"),
    [
        (date(2024, 2, 3), 2023, "Yên Sơn, ngày 03 tháng 02 năm 2024"),
        (date(2023, 12, 15), 2023, "Yên Sơn, ngày 15 tháng 12 năm 2023"),
        (date(2023, 9, 1), 2023, "Yên Sơn, ngày 01 tháng 9 năm 2023"),
        (None, 2023, "Yên Sơn, ngày ..... tháng ..... năm 2023"),
    ],
)
def test_date_is_written_as_in_official_papers(
    day: date | None, year: int, words: str, make_content: Maker
) -> None:
    """Days under 10 and the months 1 and 2 have a leading zero (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""
    assert date_words(load_spec("phu_luc_04"), make_content((), day=day, year=year)) == words


def test_a_basis_without_the_request_is_completed(make_content: Maker) -> None:
    """The voter is told how to mark, whatever basis the board writes; a whole paragraph is left as it is."""
    spec = load_spec("phu_luc_04")
    assert basis_words(spec, make_content((), basis="Theo Kế hoạch số 1.")).startswith(
        "Theo Kế hoạch số 1; đề nghị đồng chí"
    )
    assert basis_words(spec, make_content((), basis="Đề nghị đánh dấu (X):")) == "Đề nghị đánh dấu (X):"


LONG_WORD = "a" * 60


@pytest.mark.parametrize(
    ("people", "problem"),
    [
        ((), Problem.NO_PEOPLE),
        (tuple(Person(n, "An") for n in range(1, 202)), Problem.TOO_MANY_PEOPLE),
        ((Person(1, "  ", source="here"),), Problem.NO_NAME),
        ((Person(0, "An", source="here"),), Problem.NUMBER_NOT_POSITIVE),
        ((Person(1, "An"), Person(1, "Bình", source="here")), Problem.NUMBER_TWICE),
        ((Person(1, "An " * 133, source="here"),), Problem.TEXT_TOO_LONG),
        ((Person(1, "An", "Phó " * 63, source="here"),), Problem.TEXT_TOO_LONG),
        ((Person(1, LONG_WORD, source="here"),), Problem.WORD_TOO_WIDE),
        ((Person(1_000_000_000, "An", source="here"),), Problem.WORD_TOO_WIDE),
        ((Person(1, "A\u0007n", source="here"),), Problem.LETTER_MISSING),
        ((Person(1, "中", source="here"),), Problem.LETTER_MISSING),
    ],
)
def test_people_that_make_no_ballot_are_refused(
    people: tuple[Person, ...], problem: Problem, measure: TextMeasure, make_content: Maker
) -> None:
    """The error has its code, and names the line of the roster where one person is to blame."""
    with pytest.raises(LayoutError) as caught:
        compose(load_spec("phu_luc_04"), make_content(people), measure)
    assert caught.value.problem == problem
    if problem not in {Problem.NO_PEOPLE, Problem.TOO_MANY_PEOPLE}:
        assert str(caught.value).startswith("here: ")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"agency": LONG_WORD}, Problem.WORDING_TOO_WIDE),
        ({"place": "中"}, Problem.LETTER_MISSING),
        ({"basis": "căn cứ " * 600}, Problem.HEAD_TOO_TALL),
        ({"voters": "và " * 600}, Problem.HEAD_TOO_TALL),
    ],
)
def test_wording_that_cannot_be_set_is_refused(
    words: dict[str, str], problem: Problem, measure: TextMeasure, make_content: Maker
) -> None:
    """Also the words above the table are checked before anything is printed."""
    with pytest.raises(LayoutError) as caught:
        compose(load_spec("phu_luc_04"), make_content((Person(1, "An"),), **words), measure)
    assert caught.value.problem == problem


def test_column_too_narrow_for_its_head_is_refused(measure: TextMeasure, make_content: Maker) -> None:
    """A spec whose column cannot hold its own head is refused, with the width that it needs."""
    spec = load_spec("phu_luc_04")
    heads = tuple(
        dataclasses.replace(column, head="Chức-vụ-đơn-vị-công-tác-xx" * 2) for column in spec.columns
    )
    with pytest.raises(LayoutError) as caught:
        compose(dataclasses.replace(spec, columns=heads), make_content((Person(1, "An"),)), measure)
    assert caught.value.problem == Problem.COLUMN_TOO_NARROW


def test_row_taller_than_a_page_is_refused(measure: TextMeasure, make_content: Maker) -> None:
    """Within the limits of letters a row always fits; a spec with wider limits is still refused in words."""
    spec = load_spec("phu_luc_04")
    wide = dataclasses.replace(spec, limits=dataclasses.replace(spec.limits, position_chars=5000))
    with pytest.raises(LayoutError) as caught:
        compose(wide, make_content((Person(1, "An", "chức vụ " * 600),)), measure)
    assert caught.value.problem == Problem.ROW_TOO_TALL
