"""How far an audit is, in one line and as `omr status --json` has it, and what its end means."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from omr.audit.state import SETTLED, State, overall, people_of
from omr.tally import LOW
from omr.words import _, later, number, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omr.audit.record import Record
    from omr.audit.state import PersonAudit
    from omr.tally import Tally

#: What is said of each state, of a person or of all.
STATES: Final = {
    State.CONFIRMED: later("confirmed"),
    State.COUNTED: later("confirmed by counting all"),
    State.DRAWN: later("to be counted"),
    State.COUNT_ALL: later("count all ballots"),
    State.CHANGED: later("the result has changed"),
    State.DIFFERS: later("counting all gave other numbers"),
}


def in_one_line(record: Record, result: Tally) -> str:
    """The state of an audit in words."""
    told = as_json(record, result)
    return _(
        "Hand audit: {state}; {done} of {all} people confirmed, {drawn} ballots counted, risk limit {risk} %"
    ).format(
        state=_(STATES[State(told["state"])]),
        done=told["confirmed"],
        all=told["people"],
        drawn=number(told["drawn"]),
        risk=percent(record.limit),
    )


def as_json(record: Record, result: Tally) -> dict[str, Any]:
    """The state of an audit: of how many people the outcome is confirmed, after how many ballots."""
    people = people_of(record, result)
    return {
        "state": overall(people).value,
        "people": len(people),
        "confirmed": sum(each.state in SETTLED for each in people),
        "drawn": max((each.drawn for each in people), default=0),
        "risk_limit": record.risk,
    }


def meaning(record: Record, people: Sequence[PersonAudit]) -> Iterator[str]:
    """What has been confirmed where an audit is at its end, what has not, and how surely; sentences.

    The limit is that of the whole: it says "confirmed" only if everybody is, also whoever's outcome is wrong.
    """
    if overall(tuple(people)) not in SETTLED:
        return
    if all(each.state is State.COUNTED for each in people):
        yield _("All ballots were counted by hand for everybody: every number is confirmed.")
        return
    if LOW in record.choices:
        yield _("Confirmed is on which side of 1/2 and 2/3 the low votes of every person are (III.6).")
    else:
        yield _("Confirmed is, of every person and choice, whether it has more than 1/2.")
    if record.within:
        yield _("Confirmed is also every share of a level, give or take {points} points.").format(
            points=percent(Fraction(record.within))
        )
    else:
        yield _(
            "The share of each level is not confirmed by itself: of who was not counted in full, the ballots "
            "drawn only say from where to where its number may be. Counting all ballots confirms it."
        )
    yield _(
        "Were the outcome of even one person wrong, all would be confirmed with a chance of at most {risk} "
        "%: the risk limit is that of the election as a whole."
    ).format(risk=percent(record.limit))
