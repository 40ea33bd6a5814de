"""The count: votes, exact shares, consequences, and whether the numbers add up.

Source: the plan, III.3 (what is counted), III.6 (consequences), II.1 (quorum). Shares are fractions; they
are rounded only where they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, cast

from omr.eligibility import has_quorum
from omr.rules import INVALID, OPEN, BallotState
from omr.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from omr.standing import StandingBallot

Base = Literal["collected", "delegates"]
Consequence = Literal["", "A", "B"]

#: Plan, III.6, "trên 50% nhưng dưới 2/3 số phiếu tín nhiệm thấp": A. "Từ 2/3 trở lên": B.
MORE_THAN_HALF: Final = Fraction(1, 2)
TWO_THIRDS: Final = Fraction(2, 3)

#: The choice on which III.6 hangs; a layout without it has no consequences.
LOW: Final = "low"

#: Kind of a row that waits for people, beside the choices and `invalid`.
OPENED: Final = "open"

#: Why a ballot is invalid as a whole where no flag says so: one of its rows is ([rules] scope = "ballot").
SPOILED: Final = "spoiled_row"


@dataclass(frozen=True, slots=True)
class Listed:
    """A person of the list."""

    number: int
    name: str
    position: str


@dataclass(frozen=True, slots=True)
class Day:
    """The numbers of the day that people enter; None where nobody did.

    Attributes:
        summoned: tổng số đại biểu, also the base `delegates`.
        present: at the opening. present_at_vote: when the ballots were handed out.
        issued: ballots handed out. printed: copies ever printed.
        unread: pages that nobody could read or has put away yet.
        counts_missing: independent counts that `[rules] counts` asks for and that are not there.
        counts_differ: the second count that `[rules] counts` asks for does not confirm the first.
        unstored: pages of files that were announced and have not been read. broken: files that could not be
            read, and of which nobody has said that they hold no ballot.
        quorum_waived: why the board voted without a quorum ([overrides] quorum); empty if it did not.
        questions: every question that waits for people, those that one member began included.
        hand_differs: people of whom a count of all ballots by hand says something else (omr audit).
    """

    summoned: int | None = None
    present: int | None = None
    present_at_vote: int | None = None
    issued: int | None = None
    printed: int | None = None
    unread: int = 0
    counts_missing: int = 0
    counts_differ: bool = False
    unstored: int = 0
    broken: int = 0
    quorum_waived: str = ""
    questions: int = 0
    hand_differs: int = 0


@dataclass(frozen=True, slots=True)
class PersonTally:
    """One person's result. `votes` by choice; votes + invalid + open = collected."""

    person: Listed
    votes: Mapping[str, int]
    invalid: int
    reasons: Mapping[str, int]
    open: int
    consequence: Consequence

    @property
    def valid(self) -> int:
        """Ballots valid for this person (Phụ lục 05, số phiếu hợp lệ)."""
        return sum(self.votes.values())


@dataclass(frozen=True, slots=True)
class Check:
    """One condition that the numbers must meet. `holds` is None where a number was not entered.

    `waived` is the board's reason to go on although it does not hold; empty where there is none.
    """

    code: str
    text: str
    holds: bool | None
    waived: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """The result of one election.

    Attributes:
        choices: choice ids in the order of the layout.
        collected: every ballot of the box, valid or not.
        base: what shares are shown on; base_count is that number, None while not entered.
        open_rows: rows that wait for people. open_ballots: ballots with such a row.
    """

    choices: tuple[str, ...]
    people: tuple[PersonTally, ...]
    collected: int
    day: Day
    base: Base
    checks: tuple[Check, ...]
    open_rows: int
    open_ballots: int

    def whole(self, base: Base) -> int | None:
        """The number that shares of this base are taken of; None while nobody entered it."""
        return self.collected if base == "collected" else self.day.summoned

    @property
    def base_count(self) -> int | None:
        """The number that the result's shares are taken of."""
        return self.whole(self.base)

    def share(self, count: int) -> Fraction | None:
        """A count as an exact share of the base; None while there is no base."""
        return Fraction(count, self.base_count) if self.base_count else None

    @property
    def adds_up(self) -> bool:
        """Whether no check fails; one that could not be made does not count."""
        return not self.failed

    @property
    def final(self) -> bool:
        """Whether nothing is open and nothing contradicts; else it is a draft."""
        return not self.draft_reasons

    @property
    def draft_reasons(self) -> tuple[str, ...]:
        """Why this is not the final result, in words: what contradicts, and what waits for people."""
        return (*self.failed, *self.waiting)

    @property
    def failed(self) -> tuple[str, ...]:
        """Which checks do not hold, in words."""
        return tuple(
            _("does not hold: {check}").format(check=c.text)
            for c in self.checks
            if c.holds is False and not c.waived
        )

    @property
    def waiting(self) -> tuple[str, ...]:
        """What is left for people to do, in words."""
        rows, pages = self.open_rows, self.day.unread
        begun = self.day.questions if not rows and not pages else 0
        return tuple(
            text
            for needed, text in (
                (not self.collected, _("no ballot has been read")),
                (rows, _rows_wait(rows, self.open_ballots)),
                (pages, _pages_wait(pages)),
                (self.day.unstored, _unstored_wait(self.day.unstored)),
                (self.day.broken, _broken_wait(self.day.broken)),
                (begun, _("a decision waits for the word of another member")),
                (self.day.counts_missing, _("[rules] counts asks for a second count")),
                (self.day.counts_differ, _("the second count does not confirm the first: see omr compare")),
                (self.day.hand_differs, _hand_differs(self.day.hand_differs)),
                (self.base_count is None, _("[rules] base = delegates needs [session] summoned")),
            )
            if needed
        )


def _rows_wait(rows: int, ballots: int) -> str:
    return ngettext(
        "{rows} row waits for a decision (ballots: {ballots})",
        "{rows} rows wait for a decision (ballots: {ballots})",
        rows,
    ).format(rows=rows, ballots=ballots)


def _pages_wait(pages: int) -> str:
    return ngettext(
        "{pages} page could not be read: scan it again or decide about it",
        "{pages} pages could not be read: scan them again or decide about them",
        pages,
    ).format(pages=pages)


def _hand_differs(people: int) -> str:
    return ngettext(
        "the count of all ballots by hand gave other numbers for {people} person: see omr audit",
        "the count of all ballots by hand gave other numbers for {people} people: see omr audit",
        people,
    ).format(people=people)


def _unstored_wait(pages: int) -> str:
    return ngettext(
        "{pages} page has come in and was not read: give the same omr scan command again",
        "{pages} pages have come in and were not read: give the same omr scan command again",
        pages,
    ).format(pages=pages)


def _broken_wait(files: int) -> str:
    return ngettext(
        "{files} file could not be read: scan it again, or say with omr resolve that it holds no ballot",
        "{files} files could not be read: scan them again, or say with omr resolve that they hold no ballot",
        files,
    ).format(files=files)


def tally(
    people: Sequence[Listed],
    choices: Sequence[str],
    ballots: Sequence[StandingBallot],
    day: Day,
    base: Base = "collected",
) -> Tally:
    """Count the ballots as they stand now."""
    frame = _frame(ballots, choices)
    counts, reasons = _counted(frame, "kind"), _counted(frame[frame["kind"] == INVALID], "why")
    whole = len(ballots) if base == "collected" else day.summoned
    results = tuple(_person(each, counts.get(each.number, {}), reasons, choices, whole) for each in people)
    return Tally(
        choices=tuple(choices),
        people=results,
        collected=len(ballots),
        day=day,
        base=base,
        checks=_checks(results, len(ballots), day),
        open_rows=sum(result.open for result in results),
        open_ballots=sum(ballot.open for ballot in ballots),
    )


def consequence(low: int, whole: int | None) -> Consequence:
    """What III.6 has follow from this many "tín nhiệm thấp". Exactly one half has none.

    >>> consequence(15, 30), consequence(16, 30), consequence(20, 30)
    ('', 'A', 'B')
    """
    if not whole or Fraction(low, whole) <= MORE_THAN_HALF:
        return ""
    return "B" if Fraction(low, whole) >= TWO_THIRDS else "A"


def _frame(ballots: Sequence[StandingBallot], choices: Sequence[str]) -> pd.DataFrame:
    """One line a ballot and person: number, kind (a choice, `open` or `invalid`), why it is invalid."""
    import pandas as pd  # noqa: PLC0415 - slow to import, and most commands count nothing

    lines = [
        (row.number, _kind(row.final, choices), why_code(ballot, row.final))
        for ballot in ballots
        for row in ballot.rows
    ]
    return pd.DataFrame(lines, columns=["number", "kind", "why"])


def _kind(final: str, choices: Sequence[str]) -> str:
    if final in choices:
        return final
    return OPENED if final == OPEN else INVALID


def why_code(ballot: StandingBallot, final: str) -> str:
    """`blank`, `overvote`, `struck`; of a ballot invalid as a whole, its flag, or that a row spoiled it."""
    if final != INVALID:
        return final
    if ballot.state is not BallotState.INVALID:
        return SPOILED
    return ballot.flags[0].value if ballot.flags else INVALID


def _counted(frame: pd.DataFrame, what: str) -> dict[int, dict[str, int]]:
    """Person number -> what stands in that column -> ballots, the most first."""
    found: dict[int, dict[str, int]] = {}
    sizes = frame.groupby(["number", what]).size().sort_values(ascending=False, kind="stable")
    pairs = cast("dict[tuple[int, str], int]", sizes.to_dict())
    for (number, text), ballots in pairs.items():
        found.setdefault(number, {})[text] = ballots
    return found


def _person(
    person: Listed,
    counts: Mapping[str, int],
    reasons: Mapping[int, Mapping[str, int]],
    choices: Sequence[str],
    whole: int | None,
) -> PersonTally:
    votes = {choice: counts.get(choice, 0) for choice in choices}
    return PersonTally(
        person=person,
        votes=votes,
        invalid=counts.get(INVALID, 0),
        reasons=dict(reasons.get(person.number, {})),
        open=counts.get(OPENED, 0),
        consequence=consequence(votes.get(LOW, 0), whole),
    )


def _checks(people: Sequence[PersonTally], collected: int, day: Day) -> tuple[Check, ...]:
    """Law, points 8 and 9."""
    voting = day.present if day.present_at_vote is None else day.present_at_vote
    sums = all(each.valid + each.invalid + each.open == collected for each in people)
    added_up = _("the levels, the invalid and what is open add up to the collected, for every person")
    return (
        Check("sums", added_up, sums),
        Check("collected", _("collected is at most issued"), _rising(collected, day.issued)),
        Check("issued", _("issued is at most present at the vote"), _rising(day.issued, voting)),
        Check("printed", _("no more ballots than were printed"), _printed(collected, day)),
        Check("present", _("present at the vote, present, summoned do not fall"), _rising(*_came(day))),
        _quorum(voting, day),
    )


def _came(day: Day) -> tuple[int | None, ...]:
    return day.present_at_vote, day.present, day.summoned


def _rising(*numbers: int | None) -> bool | None:
    """Whether the numbers that were entered never fall; None with fewer than two of them."""
    known = [number for number in numbers if number is not None]
    return all(a <= b for a, b in pairwise(known)) if len(known) > 1 else None


def _printed(collected: int, day: Day) -> bool | None:
    """What was printed bounds what was handed out, and so what can come back."""
    return None if day.printed is None else max(collected, day.issued or 0) <= day.printed


def _quorum(voting: int | None, day: Day) -> Check:
    """II.1: "chỉ được tiến hành khi có ít nhất 2/3 số người được triệu tập có mặt"."""
    text, holds = (
        _("at least 2/3 of those summoned were present (plan, II.1)"),
        has_quorum(voting, day.summoned),
    )
    if holds is False and day.quorum_waived:
        text = _("{check}; the board went on: {reason}").format(check=text, reason=day.quorum_waived)
        return Check("quorum", text, holds, day.quorum_waived)
    return Check("quorum", text, holds)
