"""What people do to a ballot, and what a reader may make of it.

`Kind` names what was done to a row, `Extra` what was done elsewhere on the page. `EXPECTED` is the
table that the truth, the test deck and docs/reading.md share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What somebody did in one row."""

    PLAIN_X = "plain_x"
    TICK = "tick"
    CIRCLE = "circle"
    SLASH = "slash"
    DOT = "dot"
    FILLED = "filled"
    PLUS = "plus"
    ASTERISK = "asterisk"
    CIRCLE_SLASH = "circle_slash"
    VEE = "vee"
    WORD = "word"
    FAINT = "faint"
    BIG = "big"
    OFF_CENTRE = "off_centre"
    ON_LINE = "on_line"
    TOUCHING = "touching"
    BETWEEN = "between"
    OUTSIDE = "outside"
    BLANK = "blank"
    CORRECTION = "correction"
    CORRECTION_SIGNED = "correction_signed"
    TWO_MARKS = "two_marks"
    THREE_MARKS = "three_marks"
    STRUCK_LINE = "struck_line"
    STRUCK_TWO_LINES = "struck_two_lines"
    STRUCK_WAVE = "struck_wave"
    STRUCK_CROSS = "struck_cross"
    STRUCK_ROW = "struck_row"
    NAME_UNDERLINED = "name_underlined"
    NAME_CIRCLED = "name_circled"
    NAME_TICKED = "name_ticked"
    MARGIN_NOTE = "margin_note"


class Extra(StrEnum):
    """What somebody did on a page apart from the rows' marks."""

    WRITE_IN_BELOW = "write_in_below"
    WRITE_IN_BETWEEN = "write_in_between"
    SIGNATURE = "signature"
    SIGNATURE_INTO_TABLE = "signature_into_table"


class Outcome(StrEnum):
    """A row's reading, with the choice left open."""

    CHOICE = "choice"  # the choice that was marked
    BLANK = "blank"
    OVERVOTE = "overvote"
    STRUCK = "struck"
    UNSURE = "unsure"  # no reading without a person


@dataclass(frozen=True, slots=True)
class Expected:
    """What is right for a row of a kind.

    Attributes:
        silent: what the machine may say on its own; UNSURE: it must ask.
        decided: what a careful person decides.
        plain: a mark so plain that asking about it counts against the reader.
    """

    silent: Outcome
    decided: Outcome
    plain: bool = False


_PLAIN = Expected(Outcome.CHOICE, Outcome.CHOICE, plain=True)
_VOTE = Expected(Outcome.CHOICE, Outcome.CHOICE)
_ASK = Expected(Outcome.UNSURE, Outcome.CHOICE)
_STRUCK = Expected(Outcome.STRUCK, Outcome.STRUCK)

#: DESIGN.md, "The law", 2 (struck), 3 (none, two or three), 5 (any plain mark counts; a correction is
#: for a person). A name that is touched but not crossed out is for a person (issue 3).
EXPECTED: Mapping[Kind, Expected] = {
    Kind.PLAIN_X: _PLAIN,
    Kind.TICK: _PLAIN,
    Kind.CIRCLE: _PLAIN,
    Kind.SLASH: _PLAIN,
    Kind.DOT: _VOTE,
    Kind.FILLED: _PLAIN,
    Kind.PLUS: _PLAIN,
    Kind.ASTERISK: _PLAIN,
    Kind.CIRCLE_SLASH: _VOTE,
    Kind.VEE: _PLAIN,
    Kind.WORD: _VOTE,
    Kind.FAINT: _VOTE,
    Kind.BIG: _VOTE,
    Kind.OFF_CENTRE: _PLAIN,
    Kind.ON_LINE: _VOTE,
    Kind.TOUCHING: _VOTE,
    Kind.BETWEEN: Expected(Outcome.UNSURE, Outcome.OVERVOTE),
    Kind.OUTSIDE: _ASK,
    Kind.BLANK: Expected(Outcome.BLANK, Outcome.BLANK, plain=True),
    Kind.CORRECTION: _ASK,
    Kind.CORRECTION_SIGNED: _ASK,
    Kind.TWO_MARKS: Expected(Outcome.OVERVOTE, Outcome.OVERVOTE),
    Kind.THREE_MARKS: Expected(Outcome.OVERVOTE, Outcome.OVERVOTE),
    Kind.STRUCK_LINE: _STRUCK,
    Kind.STRUCK_TWO_LINES: _STRUCK,
    Kind.STRUCK_WAVE: _STRUCK,
    Kind.STRUCK_CROSS: _STRUCK,
    Kind.STRUCK_ROW: _STRUCK,
    Kind.NAME_UNDERLINED: _ASK,
    Kind.NAME_CIRCLED: _ASK,
    Kind.NAME_TICKED: _ASK,
    Kind.MARGIN_NOTE: _VOTE,
}

#: Kinds whose ink may run into the row above or below: those rows are no longer plain.
SPILLS = frozenset({Kind.BIG, Kind.ON_LINE, Kind.STRUCK_CROSS, Kind.STRUCK_ROW, Kind.NAME_CIRCLED})

#: Kinds that mark no box.
UNMARKED = frozenset({Kind.BLANK, Kind.THREE_MARKS})


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What somebody is going to do in a row; `choice` is the box meant (None: no box, or all of them)."""

    number: int
    kind: Kind
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class RowTruth:
    """What was done in a row and what is right for it.

    Attributes:
        truth: what a reader may say on its own: a choice id, `blank`, `overvote` or `struck`;
            `unsure`: it must ask. Asking is never wrong (but see `plain`).
        decided: what a careful person decides: a choice id, `blank`, `overvote` or `struck`.
    """

    number: int
    kind: Kind
    truth: str
    decided: str
    plain: bool


def truth_of(plan: RowPlan, *, disturbed: bool = False) -> RowTruth:
    """The truth of a row done as planned. `disturbed`: other ink runs into it, so asking is fair.

    >>> truth_of(RowPlan(3, Kind.CORRECTION, "low")).truth
    'unsure'
    """
    expected = EXPECTED[plan.kind]
    return RowTruth(
        number=plan.number,
        kind=plan.kind,
        truth=_named(expected.silent, plan),
        decided=_named(expected.decided, plan),
        plain=expected.plain and not disturbed,
    )


def _named(outcome: Outcome, plan: RowPlan) -> str:
    return plan.choice or Outcome.BLANK if outcome is Outcome.CHOICE else outcome.value
