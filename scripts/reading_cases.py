"""The cases that the tests of the reader and the pictures of docs/reading.md share.

`DAMAGES` is what may happen to a sheet, one damage each; `MARKS` is what people do in a row, `PENS` what
they do it with, `EXTRAS` what they write elsewhere, `SEALS` what becomes of the seal. Each says what the
reading may be and why. The page is the one of `scripts.trial.ballot_of(11)`: its boxes lie between 133 and
190 mm from the left and 125 and 244 mm from the top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from omr.evidence import Flag, PageSeen
from omr.read import Paper, read_page
from omr.rules import RowReading, judge_row
from omr.seal import SealSeen
from scripts.simulate import (
    Depth,
    Extra,
    Kind,
    Nib,
    PagePlan,
    Part,
    Pass,
    Pen,
    RowPlan,
    RowTruth,
    ScannedPage,
    SealKind,
    any_hand,
    load_strokes,
    mark_page,
    scan_marked,
)
from scripts.simulate.kinds import UNMARKED
from scripts.simulate.pen import BLACK, BLUE, GREEN, GREY, RED
from scripts.simulate.settings import DARK
from scripts.trial import SCALE, as_scan, ballot_of

#: People on the page of all cases.
PEOPLE = 11


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to a sheet.

    Attributes:
        happens: the damage alone, on an otherwise good scanner.
        what: in words.
        why: how the reader comes through it.
        asked: it may hide or add something on the rows, so that asking about some of them is fair.
    """

    happens: Pass
    what: str
    why: str
    asked: bool = False


#: A good scanner: what is the same in every case but for its damage.
GOOD = Pass(noise=1.5, blur_mm=0.03, jpeg=85)


def _damaged(**damage: object) -> Pass:
    return Pass(**{"noise": 1.5, "blur_mm": 0.03, "jpeg": 85, **damage})  # type: ignore[arg-type]


_MARKS_FOUND = (
    "The registration marks are found whatever their size in pixels, and everything after is in mm."
)
_BY_MARKS = "The registration marks carry their corner's number, so that any rotation is seen for what it is."
_BY_THREE = (
    "Three of the four registration marks are enough; two will do if the print then lies in its place."
)
_BY_RULES = "The table's printed rules are found again row by row, some way from where the marks put them."
_LEVELLED = "Darkness is taken against the paper around it, so that a slow change of light is not ink."

#: Issue 3, "Pages as they come".
DAMAGES: Mapping[str, Damage] = {
    "150_dpi": Damage(_damaged(dpi=150.0), "150 dpi", _MARKS_FOUND),
    "300_dpi": Damage(_damaged(dpi=300.0), "300 dpi", _MARKS_FOUND),
    "600_dpi": Damage(_damaged(dpi=600.0), "600 dpi", _MARKS_FOUND),
    "grey": Damage(
        _damaged(depth=Depth.GREY),
        "scanned in grey",
        "Marks need no colour; only the seal's red cannot be told.",
    ),
    "one_bit": Damage(
        _damaged(depth=Depth.BILEVEL),
        "black and white, one threshold",
        "A row with a mark is read. Pencil may have been lost, so an empty row is asked about.",
        asked=True,
    ),
    "dithered": Damage(
        _damaged(depth=Depth.DITHERED),
        "black and white, dithered",
        "The marks are found on a reduced picture, where dots average out. An empty row is asked about.",
        asked=True,
    ),
    "jpeg_30": Damage(_damaged(jpeg=30), "JPEG, quality 30", "Blocks and rings are noise; ink is above it."),
    "turned_10": Damage(_damaged(rotation_deg=10.0, roomy=True), "turned by 10°", _BY_MARKS),
    "turned_minus_10": Damage(_damaged(rotation_deg=-10.0, roomy=True), "turned by −10°", _BY_MARKS),
    "upside_down": Damage(_damaged(turns=2), "put in head down", _BY_MARKS),
    "quarter_turn": Damage(_damaged(turns=1), "put in sideways", _BY_MARKS),
    "print_94": Damage(_damaged(print_scale=0.94), "printed at 94 %", _MARKS_FOUND),
    "print_103": Damage(_damaged(print_scale=1.03), "printed at 103 %", _MARKS_FOUND),
    "sheared": Damage(_damaged(shear_deg=0.6), "slid sideways in the feed", _BY_MARKS),
    "stretched": Damage(_damaged(stretch=1.02), "fed 2 % too slowly", _BY_MARKS),
    "wobble": Damage(_damaged(wobble=(1.5, 90.0, 0.7)), "transported unevenly, by 1.5 mm", _BY_RULES),
    "phone": Damage(
        _damaged(
            perspective_mm=((8.0, -6.0), (-7.0, 5.0), (6.0, 8.0), (-8.0, -5.0)), roomy=True, background=DARK
        ),
        "photographed by hand",
        "Four marks give a perspective map, not only a turn and a size.",
    ),
    "torn_corner": Damage(_damaged(torn=(1, 28.0, 28.0), background=DARK), "a corner torn off", _BY_THREE),
    "folded_ear": Damage(_damaged(ear=(2, 26.0, 26.0), background=DARK), "a corner folded over", _BY_THREE),
    "dark_border": Damage(_damaged(border_mm=4.0), "dark borders", "They touch no mark and no box."),
    "punch_holes": Damage(
        _damaged(holes_mm=((9.0, 108.5), (9.0, 188.5)), background=DARK),
        "punched",
        "The holes lie outside the table.",
    ),
    "staple": Damage(_damaged(staple_mm=(20.0, 9.0)), "stapled", _BY_THREE),
    "fold_between": Damage(
        _damaged(fold_mm=((99.0, True, 0.35),)), "folded above the table", "No row is crossed."
    ),
    "fold_through_boxes": Damage(
        _damaged(fold_mm=((184.0, True, 0.35), (161.5, False, 0.35))),
        "folded through the boxes, both ways",
        "A shadow that runs from edge to edge of the paper is a fold, and is taken out of the ink.",
        asked=True,
    ),
    "streak_beside_boxes": Damage(
        _damaged(streaks_mm=(12.0, 199.0), streak_depth=0.5, streak_width_mm=0.3),
        "streaks of the scanner, beside the boxes",
        "A line down the whole picture is dirt on the glass; it is taken away.",
    ),
    "streak_through_boxes": Damage(
        _damaged(streaks_mm=(142.0, 164.0), streak_depth=0.5, streak_width_mm=0.3),
        "streaks of the scanner, through the boxes",
        "The streak's own darkness is taken away, what lies under it stays.",
        asked=True,
    ),
    "shadow": Damage(_damaged(shadow=0.25, shadow_deg=30.0), "light that falls off", _LEVELLED),
    "bleed_through": Damage(
        _damaged(bleed=0.1), "the back shows through", "It is paler than pale ink: below the first threshold."
    ),
    "bleed_through_heavily": Damage(
        _damaged(bleed=0.2),
        "the back shows through thin paper",
        "As dark as a pencil: whatever it runs through is asked about.",
        asked=True,
    ),
    "coffee": Damage(
        _damaged(stain=(160.0, 180.0, 30.0)),
        "coffee over the boxes",
        "Its tint is measured along its edge and taken out; where more than a mark is left, people look.",
        asked=True,
    ),
    "cropped": Damage(
        _damaged(crop_mm=(5.0, 0.0, 0.0, 5.0)),
        "cropped by 5 mm",
        "Nothing is printed so near the paper's edge.",
    ),
    "specks": Damage(
        _damaged(specks=80),
        "specks of dirt",
        "Ink is measured as length of stroke: dust has none to speak of.",
    ),
}

#: Rows of the page that every damage happens to: what people plainly do, two rows left blank, a name struck.
#: Blank rows stand in the middle, where folds, streaks and coffee would make marks of them.
PLAIN_PLAN = PagePlan(
    rows=tuple(
        RowPlan(number, kind, choice)
        for number, (kind, choice) in enumerate(
            (
                (Kind.PLAIN_X, "high"),
                (Kind.TICK, "medium"),
                (Kind.PLAIN_X, "low"),
                (Kind.CIRCLE, "high"),
                (Kind.BLANK, None),
                (Kind.PLAIN_X, "medium"),
                (Kind.STRUCK_LINE, "high"),
                (Kind.SLASH, "low"),
                (Kind.BLANK, None),
                (Kind.PLUS, "medium"),
                (Kind.PLAIN_X, "high"),
            ),
            start=1,
        )
    )
)


@dataclass(frozen=True, slots=True)
class MarkCase:
    """What somebody does in a row.

    Attributes:
        what: in words.
        may: what the reading may be: `choice` (the box meant), `blank`, `overvote`, `struck`, `unsure`.
        why: how the reader comes to it.
    """

    what: str
    may: frozenset[str]
    why: str


def _case(what: str, may: str, why: str) -> MarkCase:
    return MarkCase(what, frozenset(may.split()), why)


_PLAIN = "One box holds more firm stroke than the second threshold."
_OTHERS = "The ink belongs to no box; {}."

#: What a row of each kind may be read as. Never wider than `scripts.simulate.kinds.EXPECTED`; tests hold it.
MARKS: Mapping[Kind, MarkCase] = {
    Kind.PLAIN_X: _case("an X", "choice", _PLAIN),
    Kind.TICK: _case("a tick", "choice", _PLAIN),
    Kind.CIRCLE: _case("a circle, an “O”", "choice", _PLAIN),
    Kind.SLASH: _case("a single slash", "choice", _PLAIN),
    Kind.DOT: _case(
        "a dot", "choice unsure", "Alone in its row a dot may be somebody's mark, or a slip of the pen."
    ),
    Kind.FILLED: _case(
        "the box filled", "choice", "Dense ink counts like any mark while no other box is marked."
    ),
    Kind.PLUS: _case("a plus", "choice", _PLAIN),
    Kind.ASTERISK: _case("an asterisk", "choice", _PLAIN),
    Kind.CIRCLE_SLASH: _case("a circle with a slash", "choice unsure", _PLAIN),
    Kind.VEE: _case("a “V”", "choice", _PLAIN),
    Kind.WORD: _case("a word (“có”) in the box", "choice unsure", _PLAIN),
    Kind.FAINT: _case(
        "a faint X", "choice unsure", "Pale ink is above the first threshold, not surely above the second."
    ),
    Kind.BIG: _case(
        "an X larger than its box",
        "choice unsure",
        "Connected ink is one stroke and belongs to the box that holds most of it.",
    ),
    Kind.OFF_CENTRE: _case("a small X in a corner of the box", "choice", _PLAIN),
    Kind.ON_LINE: _case(
        "an X on the rule", "choice unsure", "The printed rule is not ink; most of the X is in one box."
    ),
    Kind.TOUCHING: _case(
        "an X that runs into the next box",
        "choice unsure",
        "Most of it is in one box, little in the other's middle.",
    ),
    Kind.BETWEEN: _case(
        "an X on the rule between two boxes", "unsure", _OTHERS.format("no box holds most of it")
    ),
    Kind.OUTSIDE: _case(
        "an X beside the boxes", "unsure", _OTHERS.format("the row has no other, so it may be meant")
    ),
    Kind.BLANK: _case("nothing", "blank", "No ink above the first threshold in any box."),
    Kind.CORRECTION: _case(
        "an X, and another scribbled out",
        "unsure",
        "Two marks, one dense: perhaps taken back. Never decided alone.",
    ),
    Kind.CORRECTION_SIGNED: _case(
        "the same, with initials beside it", "unsure", "The initials say nothing to the reader."
    ),
    Kind.TWO_MARKS: _case(
        "two X", "overvote unsure", "Two boxes are plainly marked: invalid for that person."
    ),
    Kind.THREE_MARKS: _case(
        "three X", "overvote unsure", "Three boxes are plainly marked: invalid for that person."
    ),
    Kind.STRUCK_LINE: _case(
        "the name struck by a line", "struck unsure", "A stroke crosses the small letters of the name."
    ),
    Kind.STRUCK_TWO_LINES: _case("struck by two lines", "struck unsure", "As above."),
    Kind.STRUCK_WAVE: _case("struck by a wave", "struck unsure", "As above; gaps are closed."),
    Kind.STRUCK_CROSS: _case(
        "struck by a cross", "struck unsure", "A cross may cover less of the name's width."
    ),
    Kind.STRUCK_ROW: _case(
        "the whole row struck", "struck unsure", "The stroke runs over the name and the boxes."
    ),
    Kind.NAME_UNDERLINED: _case(
        "the name underlined", "unsure", "Ink on the name that does not cross it out."
    ),
    Kind.NAME_CIRCLED: _case("the name circled", "unsure", "Ink on the name that does not cross it out."),
    Kind.NAME_TICKED: _case("the name ticked", "unsure", "Ink on the name that does not cross it out."),
    Kind.MARGIN_NOTE: _case(
        "a note in the margin", "choice unsure", "It lies outside the boxes of a row that has a mark."
    ),
}


@dataclass(frozen=True, slots=True)
class PenCase:
    """What somebody fills in the whole page with (PLAIN_PLAN).

    Attributes:
        pen: a usual one of its sort.
        what: in words.
        may: as `MarkCase.may`, for every row with a plain mark.
        why: how the reader comes to it.
    """

    pen: Pen
    what: str
    may: frozenset[str]
    why: str


def _written(pen: Pen, what: str, may: str, why: str) -> PenCase:
    return PenCase(pen, what, frozenset(may.split()), why)


_ANY_COLOUR = "Ink is what is darker than paper, of whatever colour."

#: Issue 3, "pens".
PENS: Mapping[str, PenCase] = {
    "blue": _written(Pen(BLUE, 0.45, 0.88, Nib.BALLPOINT), "a blue pen", "choice", _ANY_COLOUR),
    "black": _written(
        Pen(BLACK, 0.45, 0.88, Nib.BALLPOINT),
        "a black pen",
        "choice",
        "Print is taken away where the layout has it, not by its colour.",
    ),
    "red": _written(Pen(RED, 0.48, 0.85, Nib.BALLPOINT), "a red pen", "choice", _ANY_COLOUR),
    "green": _written(Pen(GREEN, 0.48, 0.85, Nib.BALLPOINT), "a green pen", "choice", _ANY_COLOUR),
    "pencil": _written(
        Pen(GREY, 0.55, 0.68, Nib.PENCIL),
        "a pencil",
        "choice unsure",
        "Paler and grainy: firm if pressed, asked about if not.",
    ),
    "marker": _written(
        Pen(BLACK, 1.5, 0.96, Nib.MARKER),
        "a thick marker",
        "choice",
        "Stroke is measured as length: a broad one is not longer.",
    ),
    "dry": _written(
        Pen(BLUE, 0.38, 0.55, Nib.DRY),
        "a pen running dry",
        "choice unsure",
        "Gaps are closed; what is in crumbs or pale all the same is asked about.",
    ),
    "gel": _written(
        Pen(BLUE, 0.55, 0.95, Nib.GEL), "a gel pen that skips", "choice", "Short gaps in a stroke are closed."
    ),
}


@dataclass(frozen=True, slots=True)
class ExtraCase:
    """What somebody writes on a page apart from its marks; every row of it has a plain X.

    Attributes:
        what: in words.
        flags: what must be said of the page.
        asked: how many rows may be asked about: those that it runs into. None is ever read as another choice.
        why: how the reader comes to it.
    """

    what: str
    flags: tuple[Flag, ...]
    asked: int
    why: str


EXTRAS: Mapping[Extra, ExtraCase] = {
    Extra.WRITE_IN_BELOW: ExtraCase(
        "a name written under the table",
        (Flag.WRITE_IN,),
        0,
        "Ink under the table, away from the signature: the addition is void, the rows stand (III.3).",
    ),
    Extra.WRITE_IN_BETWEEN: ExtraCase(
        "a name written between two rows",
        (),
        2,
        "Over a name it may be a strike, and is asked about; else the page says `write_in` (III.3).",
    ),
    Extra.SIGNATURE: ExtraCase(
        "a signature in its place", (), 0, "Who votes may sign or not: nothing is said of it."
    ),
    Extra.SIGNATURE_INTO_TABLE: ExtraCase(
        "a signature that runs into the table",
        (),
        2,
        "What comes in from outside is no mark, but it may hide one.",
    ),
}


@dataclass(frozen=True, slots=True)
class SealCase:
    """What became of the seal.

    Attributes:
        what: in words.
        may: what it may be taken for.
        why: how the reader comes to it.
    """

    what: str
    may: frozenset[SealSeen]
    why: str


def _sealed(what: str, why: str, *may: SealSeen) -> SealCase:
    return SealCase(what, frozenset(may), why)


SEALS: Mapping[SealKind, SealCase] = {
    SealKind.RED: _sealed("a red seal", "Enough red ink, spread as wide as a stamp.", SealSeen.RED),
    SealKind.BLACK: _sealed(
        "a black one: a photocopy", "A stamp by its spread, but no redder than the paper.", SealSeen.OTHER_INK
    ),
    SealKind.FAINT: _sealed(
        "a faint one",
        "Pale red is enough to see it; to be sure takes more, so it may be flagged.",
        SealSeen.FAINT,
        SealSeen.RED,
    ),
    SealKind.PARTLY: _sealed(
        "partly outside its square", "It is sought far around the square.", SealSeen.RED
    ),
    SealKind.OVER_TABLE: _sealed(
        "over the table's edge",
        "Where none is at its place, a round one is sought down to the first rows. It is no mark.",
        SealSeen.RED,
    ),
    SealKind.HALF: _sealed(
        "half of it without ink",
        "Half a ring is enough ink and enough spread, or nearly.",
        SealSeen.RED,
        SealSeen.FAINT,
    ),
    SealKind.NONE: _sealed("none", "The sheet is suspect; a person confirms.", SealSeen.NONE),
}

#: Rows of one page that are filled in with special kinds; between them stand plain X's.
_SPECIAL_ROWS = range(1, PEOPLE + 1, 2)
CHOICES = ("high", "medium", "low")


def kind_plans(turn: int = 0) -> tuple[PagePlan, ...]:
    """Pages that hold every kind once, each between plainly marked rows. `turn`: which box is meant."""
    kinds = tuple(MARKS)
    pages = [kinds[at : at + len(_SPECIAL_ROWS)] for at in range(0, len(kinds), len(_SPECIAL_ROWS))]
    return tuple(_kind_page(page, turn) for page in pages)


def _kind_page(kinds: tuple[Kind, ...], turn: int) -> PagePlan:
    special = dict(zip(_SPECIAL_ROWS, kinds, strict=False))
    return PagePlan(
        tuple(
            _planned(number, special.get(number, Kind.PLAIN_X), CHOICES[(number // 2 + turn) % len(CHOICES)])
            for number in range(1, PEOPLE + 1)
        )
    )


def _planned(number: int, kind: Kind, choice: str) -> RowPlan:
    return RowPlan(number, kind, None if kind in UNMARKED else choice)


def dice(*of: int) -> np.random.Generator:
    """Dice that always fall alike for the same numbers."""
    return np.random.default_rng(of)


#: A page with a plain X in every row, for what is written elsewhere.
ALL_X = tuple(
    RowPlan(number, Kind.PLAIN_X, CHOICES[number % len(CHOICES)]) for number in range(1, PEOPLE + 1)
)


@dataclass(frozen=True, eq=False)
class Case:
    """A scan and what is read from it, once somebody asks."""

    scanned: ScannedPage
    paper: Paper

    @cached_property
    def seen(self) -> PageSeen:
        """The reading."""
        return read_page(as_scan(self.scanned), self.paper)

    @property
    def rows(self) -> tuple[tuple[RowTruth, RowReading], ...]:
        """What every row was filled in as, and what it was read as."""
        return tuple((true, self.row(true.number)) for true in self.scanned.rows)

    def row(self, number: int) -> RowReading:
        """What a row was read as."""
        return judge_row(next(row for row in self.seen.rows if row.number == number))


@cache
def read_case(plan: PagePlan, happens: Pass = GOOD, seed: int = 1, pen: Pen | None = None) -> Case:
    """The page filled in as planned by one hand, scanned once and read; kept: tests ask again."""
    ballot, rng = ballot_of(PEOPLE), dice(seed, 1)
    page = ballot.layout.pages[0]
    hand = any_hand(load_strokes().only(Part.TUNING), rng, pen)
    marked = mark_page(page, ballot.images[1], plan, hand, rng)
    return Case(scan_marked(page, marked, happens, SCALE, dice(seed, 2)), ballot.paper)


def of_pen(name: str) -> Case:
    """The plain page, filled in with a pen."""
    return read_case(PLAIN_PLAN, pen=PENS[name].pen)


def of_damage(name: str) -> Case:
    """The plain page, damaged."""
    return read_case(PLAIN_PLAN, DAMAGES[name].happens)


def of_extra(extra: Extra) -> Case:
    """A page with a mark in every row and something written elsewhere."""
    return read_case(PagePlan(ALL_X, (extra,)))


def of_seal(kind: SealKind) -> Case:
    """A page on which nobody marked anything, with a seal of that kind."""
    return read_case(PagePlan(seal=kind))


def of_kinds(turn: int = 0) -> tuple[Case, ...]:
    """The pages of `kind_plans`, each filled in by another hand."""
    return tuple(read_case(plan, seed=100 * turn + at) for at, plan in enumerate(kind_plans(turn)))
