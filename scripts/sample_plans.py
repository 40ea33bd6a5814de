"""What is in the two sample elections: people, hands, marks, odd sheets. Everybody in them is invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from scripts.simulate import Extra, Kind, Outcome, Pen, RowPlan, SealKind
from scripts.simulate.kinds import EXPECTED, UNMARKED
from scripts.simulate.pen import dry_pen, green_pen, marker, office_pen, pencil, red_pen

PenMaker = Callable[[np.random.Generator], Pen]
CHOICES = ("high", "medium", "low")


class Scan(StrEnum):
    """How a sheet went through the scanner."""

    PLAIN = "plain"
    UPSIDE_DOWN = "upside_down"
    BACK_FIRST = "back_first"  # the sheet lay face down: its pages come in turned order


@dataclass(frozen=True, slots=True)
class Oddity:
    """A page in the batch beside the ballots. It comes after the ballot `after`."""

    after: int
    state: str  # duplicate, blank or foreign
    of: int = 0  # the ballot that is scanned again, or whose back it is


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """One sample election.

    Attributes:
        seed: of everything random in it.
        people: name and position.
        shares: of each person, the shares of high and medium votes; the rest is low.
        exact_low: person's number -> how many valid low votes they get.
        specials: how many rows of each kind there are beside the habit of each hand.
        habits, pens, seals, extras, scans: ballot (from 1) -> what is special about it.
        in_pdf: how many pages of the batch are in the PDF; the others are JPEG files. None: all.
    """

    folder: str
    seed: int
    ballots: int
    people: tuple[tuple[str, str], ...]
    shares: tuple[tuple[float, float], ...]
    specials: Mapping[Kind, int]
    exact_low: Mapping[int, int] = field(default_factory=dict)
    habits: Mapping[int, Kind] = field(default_factory=dict)
    pens: Mapping[int, PenMaker] = field(default_factory=dict)
    seals: Mapping[int, SealKind] = field(default_factory=dict)
    extras: Mapping[int, tuple[Extra, ...]] = field(default_factory=dict)
    scans: Mapping[int, Scan] = field(default_factory=dict)
    oddities: tuple[Oddity, ...] = ()
    dpi: float = 200.0
    in_pdf: int | None = None

    def pen(self, ballot: int, rng: np.random.Generator) -> Pen:
        """The pen of a ballot."""
        return self.pens.get(ballot, office_pen)(rng)


#: A ballot whose seal is none of the board's own was not handed out by it (plan, III.3).
NOT_ISSUED = frozenset({SealKind.NONE, SealKind.BLACK})

BAN_CHAP_HANH = SamplePlan(
    folder="ban-chap-hanh",
    seed=140,
    ballots=45,
    people=(
        ("Nguyễn Văn Thử", "TUV, Bí thư Huyện ủy"),
        ("Trần Thị Ví Dụ", "Phó Bí thư Thường trực Huyện ủy"),
        ("Lê Văn Mẫu", "Phó Bí thư Huyện ủy, Chủ tịch UBND huyện"),
        ("Phạm Thị Giả Định", "UVBTV Huyện ủy, Chủ tịch HĐND huyện"),
        ("Hoàng Văn Minh Họa", "UVBTV Huyện ủy, Phó Chủ tịch TT UBND huyện"),
        ("Vũ Thị Thí Điểm", "UVBTV Huyện ủy, Trưởng BTC Huyện ủy, Trưởng ban KT-XH HĐND huyện"),
        ("Đặng Văn Nháp", "UVBTV Huyện ủy, Chủ nhiệm UBKT Huyện ủy, Trưởng ban Pháp chế HĐND huyện"),
        ("Bùi Thị Tưởng Tượng", "UVBTV Huyện ủy, Chủ tịch UB MTTQ huyện"),
        ("Đỗ Văn Không Thật", "UVBTV Huyện ủy, Trưởng Ban Tuyên giáo HU, Giám đốc Trung tâm Chính trị huyện"),
        ("Hồ Thị Thử Nghiệm", "UVBTV Huyện ủy, Trưởng Công an huyện"),
        ("Ngô Văn Tạm", "UVBTV HU, Chỉ huy trưởng BCH Quân sự huyện"),
    ),
    shares=(
        (0.80, 0.18),
        (0.71, 0.24),
        (0.62, 0.31),
        (0.58, 0.36),
        (0.66, 0.27),
        (0.49, 0.40),
        (0.55, 0.38),
        (0.44, 0.44),
        (0.16, 0.28),
        (0.60, 0.33),
        (0.36, 0.49),
    ),
    exact_low={9: 23},  # 23 of 45 collected: just over one half, consequence A
    specials={
        Kind.FAINT: 5,
        Kind.BIG: 4,
        Kind.OFF_CENTRE: 8,
        Kind.ON_LINE: 3,
        Kind.TOUCHING: 3,
        Kind.TICK: 6,
        Kind.CIRCLE: 4,
        Kind.DOT: 1,
        Kind.WORD: 1,
        Kind.FILLED: 2,
        Kind.ASTERISK: 2,
        Kind.CIRCLE_SLASH: 1,
        Kind.OUTSIDE: 1,
        Kind.BLANK: 10,
        Kind.TWO_MARKS: 5,
        Kind.THREE_MARKS: 1,
        Kind.CORRECTION: 5,
        Kind.CORRECTION_SIGNED: 1,
        Kind.STRUCK_LINE: 2,
        Kind.STRUCK_TWO_LINES: 1,
        Kind.STRUCK_WAVE: 1,
        Kind.STRUCK_CROSS: 1,
        Kind.NAME_UNDERLINED: 1,
        Kind.NAME_CIRCLED: 1,
        Kind.NAME_TICKED: 1,
        Kind.MARGIN_NOTE: 2,
    },
    habits={
        5: Kind.TICK,
        12: Kind.TICK,
        21: Kind.TICK,
        33: Kind.CIRCLE,
        17: Kind.VEE,
        28: Kind.SLASH,
        38: Kind.PLUS,
        41: Kind.FILLED,
    },
    pens={8: pencil, 15: red_pen, 23: green_pen, 30: marker, 36: dry_pen},
    seals={10: SealKind.NONE, 20: SealKind.BLACK, 27: SealKind.FAINT, 35: SealKind.PARTLY},
    extras={
        3: (Extra.SIGNATURE,),
        7: (Extra.WRITE_IN_BELOW,),
        14: (Extra.SIGNATURE,),
        19: (Extra.SIGNATURE,),
        24: (Extra.SIGNATURE_INTO_TABLE,),
        31: (Extra.SIGNATURE,),
        39: (Extra.WRITE_IN_BELOW, Extra.SIGNATURE),
        44: (Extra.WRITE_IN_BETWEEN,),
    },
    scans={18: Scan.UPSIDE_DOWN},
    in_pdf=30,
    oddities=(Oddity(13, "blank", of=13), Oddity(29, "foreign"), Oddity(40, "duplicate", of=22)),
)

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ")
_GIVEN = ("Văn Thử", "Thị Mẫu", "Văn Nháp", "Thị Giả Định")
_POSTS = (
    "Phó Chủ tịch UBND huyện",
    "HUV, Trưởng phòng Giáo dục và Đào tạo huyện",
    "Trưởng phòng Y tế huyện",
    "HUV, Chánh Văn phòng HĐND&UBND huyện",
    "HUV, Trưởng phòng Kinh tế - Hạ tầng huyện",
    "Chánh Thanh tra huyện",
    "Chủ tịch UBND xã",
    "Bí thư Đảng ủy xã",
)

NHIEU_TRANG = SamplePlan(
    folder="nhieu-trang",
    seed=2023,
    ballots=6,
    people=tuple(
        (f"{_FAMILIES[i % 10]} {_GIVEN[i // 10]}", _POSTS[i % 7 if i < 10 else 6 + i % 2]) for i in range(40)
    ),
    shares=tuple((0.3 + 0.05 * (i % 10), 0.2) for i in range(40)),
    specials={
        Kind.BLANK: 4,
        Kind.TWO_MARKS: 2,
        Kind.CORRECTION: 2,
        Kind.FAINT: 2,
        Kind.BIG: 1,
        Kind.STRUCK_LINE: 1,
        Kind.STRUCK_WAVE: 1,
        Kind.OFF_CENTRE: 3,
    },
    habits={3: Kind.TICK, 5: Kind.CIRCLE},
    pens={4: red_pen},
    extras={2: (Extra.SIGNATURE,), 5: (Extra.WRITE_IN_BELOW,)},
    scans={3: Scan.UPSIDE_DOWN, 5: Scan.BACK_FIRST},
    dpi=150.0,
)

SAMPLES = (BAN_CHAP_HANH, NHIEU_TRANG)


def row_plans(plan: SamplePlan, rng: np.random.Generator) -> Mapping[int, tuple[RowPlan, ...]]:
    """Of each ballot, what happens in each row: the kinds dealt out at random, then the choices."""
    kinds = _kinds(plan, rng)
    rows: dict[int, list[RowPlan]] = {ballot: [] for ballot in range(1, plan.ballots + 1)}
    for number in range(1, len(plan.people) + 1):
        choices = _choices(plan, number, kinds, rng)
        for ballot, done in rows.items():
            kind = kinds[ballot, number]
            done.append(RowPlan(number, kind, None if kind in UNMARKED else choices[ballot]))
    return {ballot: tuple(each) for ballot, each in rows.items()}


def _kinds(plan: SamplePlan, rng: np.random.Generator) -> dict[tuple[int, int], Kind]:
    people = range(1, len(plan.people) + 1)
    places = [(ballot, number) for ballot in range(1, plan.ballots + 1) for number in people]
    kinds = {place: plan.habits.get(place[0], Kind.PLAIN_X) for place in places}
    free = [place for place in places if kinds[place] is Kind.PLAIN_X and place[0] not in plan.extras]
    dealt = iter(rng.permutation(len(free)))
    for kind, count in plan.specials.items():
        for _ in range(count):
            kinds[free[int(next(dealt))]] = kind
    return kinds


def _choices(
    plan: SamplePlan, number: int, kinds: Mapping[tuple[int, int], Kind], rng: np.random.Generator
) -> dict[int, str]:
    """A choice of every ballot for one person: in the shares planned, and exact where that was asked for."""
    high, medium = plan.shares[number - 1]
    drawn = rng.choice(CHOICES, plan.ballots, p=(high, medium, 1 - high - medium))
    choices = {ballot: str(drawn[ballot - 1]) for ballot in range(1, plan.ballots + 1)}
    if number in plan.exact_low:
        counted = [ballot for ballot in choices if _counts(plan, ballot, kinds[ballot, number])]
        low = {counted[i] for i in rng.permutation(len(counted))[: plan.exact_low[number]]}
        others = {ballot: "medium" if ballot % 3 else "high" for ballot in choices}
        choices = {ballot: "low" if ballot in low else other for ballot, other in others.items()}
    return choices


def _counts(plan: SamplePlan, ballot: int, kind: Kind) -> bool:
    """Whether a vote in such a row ends as one: the ballot was handed out, and the row is not spoiled."""
    return plan.seals.get(ballot) not in NOT_ISSUED and EXPECTED[kind].decided is Outcome.CHOICE
