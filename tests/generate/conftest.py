"""The same ballots on every machine: in the serif font that matplotlib ships."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from generate.ballots import PayloadOf
from generate.fonts import LAST_RESORT, FontFamily, find_family
from layouts.codes import fingerprint, make_payload
from layouts.compose import compose
from layouts.content import Content, Person
from layouts.model import BallotLayout
from layouts.spec import load_spec

KEY = bytes(range(32))

#: Invented, with every kind of letter, as long as names and positions of the plan's Phụ lục 01.
PEOPLE: tuple[tuple[str, str], ...] = (
    ("Nguyễn Văn Ví Dụ", "TUV, Bí thư Huyện ủy"),
    ("Trần Thị Thí Dụ", "Phó Bí thư Thường trực Huyện ủy"),
    ("Lê Hữu Giả Định", "Phó Bí thư Huyện ủy, Chủ tịch UBND huyện"),
    ("Phạm Đức Minh Họa", "UVBTV Huyện ủy, Chủ tịch HĐND huyện"),
    ("Hoàng Thị Ước Lệ", "UVBTV Huyện ủy, Phó Chủ tịch TT UBND huyện"),
    ("Vũ Khắc Tượng Trưng", "UVBTV Huyện ủy, Trưởng BTC Huyện ủy, Trưởng ban KT-XH HĐND huyện"),
    ("Đặng Quốc Mẫu Mực", "UVBTV Huyện ủy, Chủ nhiệm UBKT Huyện ủy, Trưởng ban Pháp chế HĐND huyện"),
    ("Bùi Thị Thử Nghiệm", "UVBTV Huyện ủy, Chủ tịch UB MTTQ huyện"),
    ("Đỗ Ngọc Tưởng", "UVBTV Huyện ủy, Trưởng Ban Tuyên giáo HU, Giám đốc Trung tâm Chính trị huyện"),
    ("Hồ Xuân Giả Thiết", "UVBTV Huyện ủy, Trưởng Công an huyện"),
    ("Dương Thị Ẩn Danh", "UVBTV HU, Chỉ huy trưởng BCH Quân sự huyện"),
)


@pytest.fixture(scope="session")
def family() -> FontFamily:
    return find_family(LAST_RESORT)


@pytest.fixture(scope="session")
def lay_out(family: FontFamily) -> Callable[..., BallotLayout]:
    def make(count: int = len(PEOPLE), spec: str = "phu_luc_04") -> BallotLayout:
        people = tuple(Person(at + 1, *PEOPLE[at % len(PEOPLE)]) for at in range(count))
        content = Content(
            election="TESTABCD",
            superior="ĐẢNG BỘ TỈNH BẮC HÀ",
            agency="HUYỆN ỦY YÊN SƠN",
            people=people,
            place="Yên Sơn",
            day=date(2023, 12, 5),
            voters="các đồng chí Ủy viên Ban Chấp hành Đảng bộ huyện",
            subjects="Bí thư, Phó Bí thư, Ủy viên Ban Thường vụ Huyện ủy",
            year=2023,
        )
        return compose(load_spec(spec), content, family.measure)

    return make


@pytest.fixture(scope="session")
def codes() -> Callable[[BallotLayout], PayloadOf]:
    def of(layout: BallotLayout) -> PayloadOf:
        digest = fingerprint(layout)
        return lambda _copy, page: make_payload(KEY, layout.election, page, len(layout.pages), digest)

    return of
