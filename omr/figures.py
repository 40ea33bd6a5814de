"""The numbers of the day beside one another: what follows from two of them, and which contradict. Pure.

Source: the plan, II.1 (quorum) and Phụ lục 05 (the order of the numbers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from omr.eligibility import has_quorum
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.election import Settings


def filled(values: Mapping[str, str]) -> dict[str, str]:
    """Typed numbers with the one put in that follows: summoned = present + absent. What is typed stays.

    >>> filled({"session.summoned": "48", "session.absent": "1", "session.present": ""})["session.present"]
    '47'
    """
    found = dict(values)
    summoned, present, absent = (_number(found.get(f"session.{key}", "")) for key in _ATTENDANCE)
    if summoned is None or (present is None) == (absent is None):
        return found
    missing, known = ("present", absent) if present is None else ("absent", present)
    rest = summoned - (known or 0)
    if found.get(f"session.{missing}") == "" and rest >= 0:
        found[f"session.{missing}"] = str(rest)
    return found


_ATTENDANCE = ("summoned", "present", "absent")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def contradictions(settings: Settings) -> dict[str, str]:
    """What cannot be, or forbids the vote, by the key of the field at which it is to be said."""
    day = settings.session
    voting = day.present if day.present_at_vote is None else day.present_at_vote
    checks = (
        ("session.present", day.present, day.summoned, _("More than were summoned ({n}).")),
        ("session.absent", day.absent, day.summoned, _("More than were summoned ({n}).")),
        ("session.present_at_vote", day.present_at_vote, day.present, _more_than_present()),
        ("session.present_at_vote", day.present_at_vote, day.summoned, _("More than were summoned ({n}).")),
        ("session.issued", day.issued, voting, _("More ballots than delegates present at the vote ({n}).")),
    )
    found = {
        key: said.format(n=bound)
        for key, value, bound, said in reversed(checks)
        if value is not None and bound is not None and value > bound
    }
    if None not in {day.summoned, day.present, day.absent} and "session.present" not in found:
        found |= _attendance(day.summoned or 0, day.present or 0, day.absent or 0)
    if day.begins and day.ends and day.ends < day.begins:
        found["session.ends"] = _("Earlier than the beginning of the count.")
    return found | _quorum(settings, voting) | _year(settings)


def _more_than_present() -> str:
    return _("More than were present at the session ({n}); who came later is counted among them.")


def _attendance(summoned: int, present: int, absent: int) -> dict[str, str]:
    if present + absent == summoned:
        return {}
    text = _("{present} present and {absent} absent are {sum}, but {summoned} were summoned.")
    said = text.format(present=present, absent=absent, sum=present + absent, summoned=summoned)
    return {"session.absent": said}


def _year(settings: Settings) -> dict[str, str]:
    """The year stands on the ballot by itself, so that changing the day alone would leave another."""
    if settings.date is None or settings.date.year == settings.year:
        return {}
    return {"year": _("The day of the vote is in {n}.").format(n=settings.date.year)}


def _quorum(settings: Settings, voting: int | None) -> dict[str, str]:
    """II.1: below two thirds no vote may be held, unless the board gives its reason."""
    day = settings.session
    if has_quorum(voting, day.summoned) is not False or settings.overrides.quorum:
        return {}
    key = "session.present" if day.present_at_vote is None else "session.present_at_vote"
    text = _("Only {present} of {summoned} summoned, less than 2/3: no vote may be held (plan, II.1).")
    return {key: text.format(present=voting, summoned=day.summoned)}
