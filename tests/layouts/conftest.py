"""A font of one width, and ballots to lay out in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from layouts.content import Content, Person
from layouts.errors import UnknownLetterError
from layouts.model import Style
from layouts.typeset import TextMeasure

#: Every letter is half as wide as the type is high: about Times New Roman.
LETTER_EM = 0.5


def even_measure(text: str, style: Style, size_pt: float) -> float:
    if "中" in text:
        raise UnknownLetterError("中", text)
    bold = 1.1 if "bold" in style else 1.0
    return len(text) * LETTER_EM * bold * size_pt * 25.4 / 72


def people_named(*names: str) -> tuple[Person, ...]:
    return tuple(
        Person(number, name, "Phó Chủ tịch huyện", f"people.csv, line {number + 1}")
        for number, name in enumerate(names, start=1)
    )


def content_for(people: tuple[Person, ...], **other: object) -> Content:
    words: dict[str, object] = {
        "election": "TESTABCD",
        "superior": "ĐẢNG BỘ TỈNH BẮC HÀ",
        "agency": "HUYỆN ỦY YÊN SƠN",
        "place": "Yên Sơn",
        "day": date(2023, 12, 5),
        "voters": "các đồng chí Ủy viên Ban Chấp hành",
        "subjects": "Ủy viên Ban Thường vụ",
        "year": 2023,
        **other,
    }
    return Content(people=people, **words)  # type: ignore[arg-type]


@pytest.fixture
def measure() -> TextMeasure:
    return even_measure


@pytest.fixture
def make_people() -> Callable[..., tuple[Person, ...]]:
    return people_named


@pytest.fixture
def make_content() -> Callable[..., Content]:
    return content_for
