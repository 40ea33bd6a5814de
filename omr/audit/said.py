"""How far an audit is, in one line and as `omr status --json` has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from omr.audit.state import SETTLED, State, overall, people_of
from omr.words import _, later, number, percent

if TYPE_CHECKING:
    from omr.audit.record import Record
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
