"""A list of people as it comes in a form: read, checked against the election, and refused in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omr.election import people_of
from omr.eligibility import barred
from omr.errors import ElectionError, OmrError
from omr.intake import placed
from omr.roster import refuse_same_number
from omr.web.said import of_list
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omr.election import Settings
    from omr.roster import Entry


class ListError(OmrError):
    """The list cannot be used; the message is what stands beside it."""


def checked(entries: Sequence[Entry], settings: Settings) -> tuple[Entry, ...]:
    """Those of a list who are voted on at the election's venue. Raises ListError."""
    return checked_at(entries, settings.venue, settings.year, settings.overrides.eligibility)


def checked_at(entries: Sequence[Entry], venue: str, year: int, waived: str) -> tuple[Entry, ...]:
    """The same for an election that is not there yet."""
    if not entries:
        raise ListError(_("The list is empty: paste it, or choose a file."))
    listed = placed(entries, venue)
    if not listed:
        text = _("Nobody on the list is voted on at {venue}: see the column “place of the vote”.")
        raise ListError(text.format(venue=venue or _("this session")))
    if not waived and (text := barred_in(listed, year)):
        raise ListError(text)
    try:
        refuse_same_number(entries, listed, "")
        people_of(listed, venue)
    except ElectionError as fault:
        raise ListError(of_list(fault)) from fault
    return listed


def refused(entries: Sequence[Entry], settings: Settings) -> dict[str, str]:
    """What is wrong with a list that is saved, at its field."""
    text = "" if settings.overrides.eligibility else barred_in(entries, settings.year)
    return {"list": text} if text else {}


def barred_in(entries: Sequence[Entry], year: int) -> str:
    """Who of a list is not to be voted on (the plan, II.1), and what can be done; '' if nobody."""
    found = next((each for each in entries if each.voted_on and barred(each.note, year)), None)
    if found is None:
        return ""
    return _(
        "Line {line}: {name} is not to be voted on in {year} ({note}): plan, II.1. Remove the row, "
        "correct the note, or write below why it is done all the same."
    ).format(line=found.line, name=found.name, year=year, note=found.note)
