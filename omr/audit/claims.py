"""What a hand audit is to confirm: on which side of each line of the law every person stands.

The lines are those of III.6 (low more than 1/2, low 2/3 or more of the base), as whole ballots of the box; on
a ballot without a `low`, whether each choice has more than half. Where the board asks for it, also that every
level's share is within so many points of the reported one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Literal

from omr.audit.measure import Assertion
from omr.tally import LOW, MORE_THAN_HALF, TWO_THIRDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omr.tally import PersonTally, Tally

Side = Literal["at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Claim:
    """At least, or at most, `ballots` of the box bear this choice for this person; the result: `reported`."""

    number: int
    choice: str
    side: Side
    ballots: int
    reported: int

    def assertion(self, box: int) -> Assertion:
        """The same as "at least so many ballots support it": what is not the choice speaks for "at most".

        An invalid ballot bears no choice; it is counted in the base, as the law has it.
        """
        if self.side == "at_least":
            return Assertion(box, self.ballots, self.reported)
        return Assertion(box, box - self.ballots, box - self.reported)

    def support(self, drawn: int, found: int) -> int:
        """How many of the ballots drawn support it, if `found` of them bear the choice."""
        return found if self.side == "at_least" else drawn - found


def claims_of(result: Tally, within: Fraction | None = None) -> tuple[Claim, ...]:
    """Everything that the audit of a final result has to confirm.

    Args:
        result: final, so that its base is known.
        within: how far a share may be off, as a part of the base; None where the lines are enough.

    A claim that another one implies is left out, and one that no ballot could contradict (the line lies above
    the number of ballots).
    """
    whole = result.base_count or 0
    sharpest: dict[tuple[int, str, Side], Claim] = {}
    for claim in (claim for each in result.people for claim in _of_person(each, result, whole, within)):
        about = (claim.number, claim.choice, claim.side)
        sharpest[about] = min(sharpest.get(about, claim), claim, key=lambda c: abs(c.ballots - c.reported))
    return tuple(claim for claim in sharpest.values() if claim.assertion(result.collected).least > 0)


def _of_person(each: PersonTally, result: Tally, whole: int, within: Fraction | None) -> Iterator[Claim]:
    lines = {LOW: (MORE_THAN_HALF, TWO_THIRDS)} if LOW in result.choices else {}
    for choice in lines or result.choices:
        for over in _bounds(whole, two_thirds=choice in lines):
            yield _side(each, choice, over)
    if within is not None:
        yield from (claim for choice in result.choices for claim in _near(each, choice, whole, within))


def _bounds(whole: int, *, two_thirds: bool) -> tuple[int, ...]:
    """Fewest ballots that are beyond each line: more than a half; two thirds or more."""
    return (floor(whole * MORE_THAN_HALF) + 1, *((ceil(whole * TWO_THIRDS),) if two_thirds else ()))


def _side(each: PersonTally, choice: str, over: int) -> Claim:
    """That the person is on the side of a line on which the result has them; `over`: fewest beyond it."""
    votes = each.votes[choice]
    if votes >= over:
        return Claim(each.person.number, choice, "at_least", over, votes)
    return Claim(each.person.number, choice, "at_most", over - 1, votes)


def _near(each: PersonTally, choice: str, whole: int, within: Fraction) -> Iterator[Claim]:
    votes, far = each.votes[choice], floor(whole * within)
    yield Claim(each.person.number, choice, "at_least", votes - far, votes)
    yield Claim(each.person.number, choice, "at_most", votes + far, votes)
