"""What an audit has shown so far, for every person and as a whole, and what is to be done next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from omr.audit.measure import ballots_needed, interval, measured_risk
from omr.audit.record import INVALID, Round

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.audit.claims import Claim
    from omr.audit.record import Found, Record
    from omr.tally import PersonTally, Tally


class State(StrEnum):
    """How far the audit of one person is, or of all."""

    CONFIRMED = "confirmed"  # by the ballots drawn, at the risk limit
    COUNTED = "counted"  # by a count of all ballots, which gave the same numbers
    DRAWN = "drawn"  # ballots are drawn and people have to count them
    COUNT_ALL = "count_all"  # a sample is not likely to be enough: people have to count all ballots
    CHANGED = "changed"  # the result is another one than when the ballots were drawn
    DIFFERS = "differs"  # a count of all ballots gave other numbers


#: Nothing is left to do for the person.
SETTLED = frozenset({State.CONFIRMED, State.COUNTED})


@dataclass(frozen=True, slots=True)
class Share:
    """What the ballots drawn say of one choice: so many of all ballots, from `least` to `most`."""

    choice: str
    reported: int
    least: int
    most: int

    @property
    def holds(self) -> bool:
        """Whether the reported number is one of them."""
        return self.least <= self.reported <= self.most

    @property
    def allowed(self) -> str:
        """From where to where, as people read it."""
        return f"{self.least}–{self.most}"


@dataclass(frozen=True, slots=True)
class PersonAudit:
    """The audit of one person.

    Attributes:
        risk: measured so far: the largest of all claims about the person.
        drawn: ballots drawn and counted for the person.
        shares: what they say of every choice, and of the invalid, each by itself at the risk limit.
    """

    number: int
    state: State
    risk: Fraction
    drawn: int
    shares: tuple[Share, ...]

    @property
    def is_sampled(self) -> bool:
        """Whether what is known comes from ballots drawn: a count of all leaves no ranges and no risk."""
        return bool(self.drawn) and self.state not in {State.COUNTED, State.DIFFERS}

    @property
    def strays(self) -> bool:
        """Whether the ballots drawn speak against a reported number."""
        return self.is_sampled and not all(share.holds for share in self.shares)


def people_of(record: Record, result: Tally) -> tuple[PersonAudit, ...]:
    """The audit of everybody, in the order of the list."""
    return tuple(_person(record, each) for each in result.people)


def overall(people: tuple[PersonAudit, ...]) -> State:
    """The audit as a whole: what is worst of anybody; CONFIRMED only if it is everybody's."""
    found = {each.state for each in people}
    order = (State.DIFFERS, State.CHANGED, State.DRAWN, State.COUNT_ALL, State.COUNTED)
    return next((state for state in order if state in found), State.CONFIRMED)


def people_that_differ(record: Record | None, result: Tally) -> tuple[int, ...]:
    """Numbers of the people of whom a count of all ballots says something else than the result."""
    full = {} if record is None else record.counted_in_full
    return tuple(
        each.person.number
        for each in result.people
        if each.person.number in full and full[each.person.number] != reported_of(each)
    )


def reported_of(each: PersonTally) -> Found:
    """The result of one person as people would count it: ballots by choice, and invalid."""
    return {**each.votes, INVALID: each.invalid}


def next_round(record: Record) -> Round | None:
    """The next draw: as many ballots as are likely to be enough; None where nobody is helped by one."""
    last = record.rounds[-1].people if record.rounds else tuple(record.reported)
    risks = {number: person_risk(record, number) for number in last}
    needed = {number: _needed(record, number) for number, risk in risks.items() if risk > record.limit}
    helped = {number: ballots for number, ballots in needed.items() if ballots is not None}
    return Round(drawn=max(helped.values()), people=tuple(helped)) if helped else None


def person_risk(record: Record, number: int) -> Fraction:
    """What is left of the doubt in all that is claimed of a person: of each, the least seen in any round."""
    return max((_risk_of(record, claim) for claim in _claims(record, number)), default=Fraction(0))


def _person(record: Record, each: PersonTally) -> PersonAudit:
    number = each.person.number
    drawn, found = _found(record, number)
    return PersonAudit(
        number,
        _state(record, each),
        person_risk(record, number),
        drawn,
        _shares(record, number, drawn, found),
    )


def _state(record: Record, each: PersonTally) -> State:
    number, now = each.person.number, reported_of(each)
    full = record.counted_in_full.get(number)
    if full is not None:
        return State.COUNTED if full == now else State.DIFFERS
    if record.reported.get(number) != now:
        return State.CHANGED
    if person_risk(record, number) <= record.limit:
        return State.CONFIRMED
    waits = record.open_round
    return State.DRAWN if waits is not None and number in waits.people else State.COUNT_ALL


def _risk_of(record: Record, claim: Claim) -> Fraction:
    """T may be looked at whenever one likes: a claim once confirmed stays so (Ville's inequality)."""
    told, risk, found = claim.assertion(record.box), Fraction(1), 0
    for each in record.rounds:
        if each.taken is not None and claim.number in each.people:
            found += each.taken.found[claim.number][claim.choice]
            risk = min(risk, measured_risk(told, each.drawn, claim.support(each.drawn, found)))
    return risk


def _needed(record: Record, number: int) -> int | None:
    """Ballots in all that are likely to confirm everything about a person; None: more than is worth it."""
    drawn, found = _found(record, number)
    needed = [
        ballots_needed(
            claim.assertion(record.box), record.limit, drawn, claim.support(drawn, found.get(claim.choice, 0))
        )
        for claim in _claims(record, number)
        if _risk_of(record, claim) > record.limit
    ]
    enough = [ballots for ballots in needed if ballots is not None]
    return max(enough) if len(enough) == len(needed) else None


def _claims(record: Record, number: int) -> tuple[Claim, ...]:
    return tuple(each.claim() for each in record.claims if each.number == number)


def _found(record: Record, number: int) -> tuple[int, Mapping[str, int]]:
    """How many ballots were counted for a person in all rounds, and what they said."""
    drawn, found = 0, dict.fromkeys((*record.choices, INVALID), 0)
    for each in record.rounds:
        if each.taken is not None and number in each.people:
            drawn = each.drawn
            found = {choice: found[choice] + each.taken.found[number][choice] for choice in found}
    return drawn, found


def _shares(record: Record, number: int, drawn: int, found: Mapping[str, int]) -> tuple[Share, ...]:
    reported = record.reported.get(number, {})
    return tuple(
        Share(choice, reported.get(choice, 0), *interval(record.box, drawn, ballots, record.limit))
        for choice, ballots in found.items()
    )
