"""What stands in the report, word for word (plan, Phụ lục 05), before anybody draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omr.words import _, day, number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, time
    from fractions import Fraction

    from layouts.model import Choice
    from omr.election import Election, Session
    from omr.tally import PersonTally, Tally

#: Stands where a number or a name was not entered, as on the printed form.
OPEN: Final = "…"


@dataclass(frozen=True, slots=True)
class Line:
    """One person's line of the table; counts and shares in the order of the choices."""

    number: int
    name: str
    position: str
    valid: int
    votes: tuple[int, ...]
    shares: tuple[Fraction | None, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """The report of one election, in the language spoken when it was made.

    Attributes:
        draft: BẢN NHÁP, for every page; empty when the result is final.
        draft_reasons: why it is a draft.
        choices: the labels of the mark columns, as printed on the ballot.
        remarks: why the board went on where II.1 speaks against it.
        ends: when the count ended; empty while not entered.
        proof: the figures that vouch for the record, for the minutes.
        base_count: the number the shares are taken of; None while it is not known.
        base_label: what that number is, for a cell beside it.
    """

    agency: str
    superior: str
    place_and_day: str
    seal: str
    title: tuple[str, str]
    meeting: str
    opening: str
    counts_head: str
    counts: tuple[str, ...]
    table_head: str
    columns: tuple[str, str, str, str]
    levels: str
    votes: str
    share: str
    choices: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str
    signature: tuple[str, str]
    signed_by: str
    draft: str
    draft_reasons: tuple[str, ...]
    collected: int
    base_count: int | None
    base_label: str
    remarks: tuple[str, ...] = ()
    ends: str = ""
    proof: tuple[str, ...] = ()


def word(election: Election, result: Tally, choices: Sequence[Choice]) -> Wording:
    """Put the result into the words of Phụ lục 05."""
    session = election.session
    return Wording(
        agency=election.agency,
        superior=election.superior,
        place_and_day=_place_and_day(election.place, session.counted_on or election.date),
        seal=_("(Hanging seal)"),
        title=(_("REPORT"), _("RESULT OF THE VOTE OF CONFIDENCE")),
        meeting=_("At: {meeting}").format(meeting=election.meeting or OPEN),
        opening=_opening(election),
        counts_head=_("1. Total number of delegates: {count} comrades.").format(
            count=_or_open(session.summoned)
        ),
        counts=_counts(session, result.collected),
        table_head=_("2. Result of the count"),
        columns=(_("No."), _("Full name"), _("Position, unit"), _("Valid ballots")),
        levels=_("Level of confidence"),
        votes=_("Ballots"),
        share=_("Share %"),
        choices=tuple(choice.label for choice in choices),
        lines=tuple(_line(result, each) for each in result.people),
        note=_("Note: {base}").format(base=base_name(result)),
        signature=(_("FOR THE COUNTING BOARD"), _("(Signature and full name)")),
        signed_by=session.head,
        draft="" if result.final else _("DRAFT"),
        draft_reasons=result.draft_reasons,
        collected=result.collected,
        base_count=result.base_count,
        base_label=_("Ballots collected:") if result.base == "collected" else _("Total number of delegates:"),
        remarks=_remarks(election, result),
        ends=_clock(session.ends) if session.ends else "",
    )


def _remarks(election: Election, result: Tally) -> tuple[str, ...]:
    """The reasons of `[overrides]`, each where it was needed."""
    waived = [_("Remark: {check}.").format(check=check.text) for check in result.checks if check.waived]
    reason = election.overrides.eligibility
    listed = _("Remark: people whom II.1 of the plan excludes were voted on; reason: {reason}.")
    return (*waived, *([listed.format(reason=reason)] if reason else []))


def base_name(result: Tally) -> str:
    """The sentence that names the base of the shares; it stands wherever a share is shown."""
    if result.base == "collected":
        return _("Shares are of all ballots collected.")
    return _("Shares are of the total number of delegates.")


def shown(share: Fraction | None) -> str:
    """A share as the report shows it."""
    return OPEN if share is None else percent(share)


def _line(result: Tally, each: PersonTally) -> Line:
    votes = tuple(each.votes[choice] for choice in result.choices)
    return Line(
        each.person.number,
        each.person.name,
        each.person.position,
        each.valid,
        votes,
        tuple(result.share(count) for count in votes),
    )


def _opening(election: Election) -> str:
    session = election.session
    counted = session.counted_on or election.date
    return _(
        "Carrying out the task given by {giver}, from {begins} to {ends} on {day} at {place}, the Counting "
        "Board of {size} comrades, headed by comrade {head}, counted the ballots of confidence of {voters} "
        "on {subjects}; the result is as follows:"
    ).format(
        giver=session.assigned_by or OPEN,
        begins=_clock(session.begins),
        ends=_clock(session.ends),
        day=day(counted) if counted else "…/…/…",
        place=session.counted_at or OPEN,
        size=number(len(session.board)) if session.board else OPEN,
        head=session.head or OPEN,
        voters=election.voters or OPEN,
        subjects=election.subjects or OPEN,
    )


def _counts(session: Session, collected: int) -> tuple[str, ...]:
    """The five lines below the total, as Phụ lục 05 words them."""
    return (
        _("- Present at the session: {count} comrades.").format(count=_or_open(session.present)),
        _("- Absent from the opening until before the vote: {count} comrades.").format(
            count=_or_open(session.absent)
        ),
        _("- Present at the time of the vote: {count} comrades.").format(
            count=_or_open(session.present_at_vote)
        ),
        _("- Ballots issued: {count}.").format(count=_or_open(session.issued)),
        _("- Ballots collected: {count}.").format(count=number(collected)),
    )


def _or_open(count: int | None) -> str:
    return OPEN if count is None else number(count)


def _clock(at: time | None) -> str:
    hour, minute = (OPEN, OPEN) if at is None else (f"{at:%H}", f"{at:%M}")
    return _("{hour} h {minute}").format(hour=hour, minute=minute)


def _place_and_day(place: str, on: date | None) -> str:
    spot = place or "....."
    if on is None:
        return _("{place}, day … month … year …").format(place=spot)
    return _("{place}, day {day} month {month} year {year}").format(
        place=spot, day=f"{on:%d}", month=f"{on:%m}", year=on.year
    )
