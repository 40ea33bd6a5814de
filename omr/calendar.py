"""Every deadline of a venue's procedure with its clause, worked backward from the day of the vote.

Source: the plan, III.2.3, III.2.4, III.4.1 (Ban Chấp hành), III.4.2 (council session, Điều 11 of Nghị quyết
96/2023/QH15) and III.4.3 (officials' conference). "Chậm nhất N ngày trước ngày …" is the day N days before.
Pure: no clock, no disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from omr.words import _, day, later

if TYPE_CHECKING:
    from icalendar import Event

Anchor = Literal["vote", "opening"]


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that must be done so many days before the vote, or before the council session opens."""

    clause: str
    days: int
    who: str
    what: str
    anchor: Anchor = "vote"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A duty with its last day. `past`: that day is over."""

    duty: Duty
    due: date
    past: bool


@dataclass(frozen=True, slots=True)
class Days:
    """The days that deadlines are counted from; `opening` is of the council session."""

    vote: date
    opening: date

    def of(self, anchor: Anchor) -> date:
        """The day that a duty is counted from."""
        return self.vote if anchor == "vote" else self.opening


#: Days before the vote by which a person's report and declaration are due, by venue (III.2.3; III.4.2 (2)).
REPORT: Final = Duty(
    "III.2.3",
    20,
    later("those voted on"),
    later("hand in the report, the declaration of assets and the other papers of Phụ lục 02"),
)
COUNCIL_REPORT: Final = Duty(
    "III.4.2 (2)",
    30,
    later("those voted on"),
    later("send the report and the declaration of assets to the Standing Body of the People's Council"),
    "opening",
)
EXPLANATION: Final = Duty(
    "III.2.3",
    3,
    later("those voted on"),
    later("report, explain and add what the authority or the voters asked for"),
)
QUESTIONS: Final = Duty(
    "III.2.4",
    10,
    later("the voters"),
    later("ask in writing, through the Organisation Board, what a person should make clear"),
)


def _conference(clause: str, who: str) -> tuple[Duty, ...]:
    """III.4.1 and III.4.3 ask for the same, of different bodies."""
    return (
        REPORT,
        Duty(clause, 15, who, later("send the reports and dossiers to the voters")),
        QUESTIONS,
        Duty(clause, 10, who, later("pass on to those voted on what they are asked to make clear")),
        EXPLANATION,
    )


_COUNCIL: Final = (
    Duty(
        "III.4.2 (1)",
        45,
        later("Standing Body of the People's Council"),
        later("draw up the list and ask those voted on for their reports"),
        "opening",
    ),
    COUNCIL_REPORT,
    Duty(
        "III.4.2 (3)",
        25,
        later("Fatherland Front of the district"),
        later("send what voters and the People say about those voted on"),
        "opening",
    ),
    Duty(
        "III.4.2 (4)",
        20,
        later("Standing Body of the People's Council"),
        later("send the reports to the deputies, and to those voted on what is said about them"),
        "opening",
    ),
    Duty(
        "III.4.2 (5)",
        15,
        later("council deputies"),
        later("ask for a verification, in writing to the Standing Body"),
        "opening",
    ),
    Duty(
        "III.4.2 (6)",
        10,
        later("council deputies"),
        later("ask a person in writing to make clear what the assessment hangs on"),
    ),
    Duty(
        "III.4.2 (7)",
        3,
        later("those voted on"),
        later("send explanations to the Standing Body and to the deputies who asked"),
    ),
    REPORT,
    QUESTIONS,
    EXPLANATION,
)

#: What must be done at each venue; elsewhere what III.2 asks for everywhere.
DUTIES: Final[dict[str, tuple[Duty, ...]]] = {
    "BCH": _conference("III.4.1", later("Organisation Board of the Party Committee")),
    "HDND": _COUNCIL,
    "HNCB": _conference("III.4.3", later("Home Affairs Office of the district")),
}
EVERYWHERE: Final = (REPORT, QUESTIONS, EXPLANATION)


def deadlines(venue: str, days: Days, today: date) -> tuple[Deadline, ...]:
    """Every deadline of a venue, the earliest first.

    >>> bch = deadlines("BCH", Days(date(2023, 12, 15), date(2023, 12, 15)), date(2023, 12, 1))
    >>> [(d.duty.clause, d.due.isoformat(), d.past) for d in bch][:2]
    [('III.2.3', '2023-11-25', True), ('III.4.1', '2023-11-30', True)]
    """
    found = [(duty, days.of(duty.anchor) - timedelta(duty.days)) for duty in DUTIES.get(venue, EVERYWHERE)]
    return tuple(
        Deadline(duty, due, due < today)
        for duty, due in sorted(found, key=lambda pair: (pair[1], pair[0].clause))
    )


def dossier_due(venue: str, days: Days) -> tuple[date, date]:
    """Last days for the report and declaration, and for explanations: what Phụ lục 02's checklist shows."""
    report = COUNCIL_REPORT if venue == "HDND" else REPORT
    return days.of(report.anchor) - timedelta(report.days), days.vote - timedelta(EXPLANATION.days)


def counted_from(duty: Duty) -> str:
    """How the plan counts a deadline, in words."""
    if duty.anchor == "opening":
        return _("{days} days before the session opens").format(days=duty.days)
    return _("{days} days before the vote").format(days=duty.days)


def as_ics(election: str, meeting: str, found: tuple[Deadline, ...], days: Days, made: datetime) -> bytes:
    """The deadlines and the vote as an iCalendar file (RFC 5545), whole days, with a reminder a day before.

    Args:
        election: its id, part of every event's own.
        meeting: the session's name.
        found: of `deadlines`.
        days: the vote's day.
        made: the time of making, which the format asks for.
    """
    from icalendar import Calendar  # noqa: PLC0415 - slow to import; one command writes one

    calendar = Calendar()
    calendar.add("prodid", "-//omr//phieu tin nhiem//VI")
    calendar.add("version", "2.0")
    for place, each in enumerate(found, start=1):
        text = f"{_(each.duty.who)}: {_(each.duty.what)}"
        about = f"{each.duty.clause}; {counted_from(each.duty)} ({day(days.of(each.duty.anchor))})"
        calendar.add_component(_event(f"{election}-{place}@omr", each.due, text, about, made))
    vote = _("Vote of confidence: {meeting}").format(meeting=meeting)
    calendar.add_component(_event(f"{election}-vote@omr", days.vote, vote, "", made))
    return bytes(calendar.to_ical())


def _event(uid: str, on: date, text: str, about: str, made: datetime) -> Event:
    from icalendar import Alarm, Event  # noqa: PLC0415 - as above

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", made)
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(1))
    event.add("summary", text)
    event.add("description", about)
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", text)
    alarm.add("trigger", timedelta(days=-1))
    event.add_component(alarm)
    return event
