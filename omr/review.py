"""People decide what the machine would not. Decisions are added, never overwritten; undoing one adds another.

`count_now` says what stands and what waits; `resolve` adds one decision.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from omr.assemble import FOREIGN
from omr.closing import refuse_if_closed
from omr.decisions import UNDO, Agreement, has_spoken, last_live, next_turn, standing_decision
from omr.errors import StaleError, UsageError
from omr.questions import (
    INVALID,
    SHEET_CHOICES,
    VALID,
    VALIDITY_STATES,
    Count,
    OpenItem,
    count_now,
)
from omr.store.values import Adjudication, Question
from omr.words import _

if TYPE_CHECKING:
    from omr.store.database import Store

__all__ = [
    "INVALID",
    "SHEET_CHOICES",
    "UNDO",
    "VALID",
    "Count",
    "OpenItem",
    "count_now",
    "count_with",
    "resolve",
    "resolve_file",
]


def resolve(  # noqa: PLR0913 - a decision has this many parts
    store: Store,
    now: Count,
    ballot: str,
    number: int | None,
    choice: str,
    *,
    by: str,
    why: str = "",
    agreed: bool = True,
    turn: int | None = None,
    question: Question | None = None,
    at: datetime | None = None,
) -> Adjudication:
    """Record one decision.

    Args:
        store: the election's.
        now: the count that the ballot is in.
        ballot: its id, or that of any sheet, as `omr status` names it.
        number: the person's row; None for the whole sheet.
        choice: of a row, a choice's id, `blank` `overvote` `struck`; of a sheet, `valid` `invalid` (issued
            by the board or not), `ballot` `other` `same` `foreign` `rescanned` (what it is); or `undo`,
            which takes back the last decision about it.
        by: who decides; several members' names where the board decides together.
        why: their reason.
        agreed: the board decided together, so it stands at once. False: one member's own word, which
            stands when as many as `[rules] reviewers` says have said the same.
        turn: the turn in which the member was asked, from the page they saw; not compared if None.
        question: about a sheet, which of its two questions an `undo` is meant for; the last answered if None.
        at: when; now if None.

    Raises:
        UsageError: there is no such ballot or row, or the choice makes no sense for it.
        StaleError: the question was settled or put anew since, or this member has answered it already.
        OmrError: the election is closed.
    """
    name, member = ballot.strip().lower(), by.strip()
    names = _names(now, name)
    _check(now, number, choice, member)
    moment = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")

    def make(all_so_far: tuple[Adjudication, ...]) -> Adjudication:
        refuse_if_closed(store.acts(), now.rules.reviewers)
        about = [each for each in all_so_far if each.sheet in names and each.number == number]
        if choice == UNDO:
            meant = [each for each in about if question in {None, each.question}]
            last = last_live(meant, None if agreed else member)
            if last is None:
                raise UsageError(_("there is no decision to take back here"), _("see: omr status DIR"))
            return replace(
                last, seq=0, choice=UNDO, by=member, why=why, at=moment, agreed=agreed, undoes=last.seq
            )
        new = _question(number, choice)
        asked = [each for each in about if each.question is new]
        this_turn = next_turn(asked, now.rules.reviewers)
        if turn is not None and (turn != this_turn or has_spoken(asked, member, this_turn)):
            raise StaleError(
                _("this question was decided or asked anew in the meantime; your choice was not recorded"),
                _("look at the next one"),
            )
        return Adjudication(0, name, new, number, choice, member, why, moment, this_turn, agreed)

    return store.add_adjudication(make, names)


def count_with(now: Count, ballot: str) -> tuple[Count, str]:
    """The count that a ballot is in, and the id to decide it under.

    A sheet that both counts have is decided in the first, whose result is the result.
    """
    name = ballot.strip().lower()
    if now.second is None or now.comparison is None:
        return now, name
    for each in now.second.box.ballots:
        if name in each.names:
            pair = now.comparison.pair_of(each.id)
            return (now, pair.one) if pair is not None else (now.second, name)
    return (now.second, name) if _is_sheet_of(now.second, name) else (now, name)


def _is_sheet_of(now: Count, name: str) -> bool:
    return any(each.page.sheet == name for each in now.box.pages)


def resolve_file(  # noqa: PLR0913 - a decision has this many parts
    store: Store,
    now: Count,
    name: str,
    choice: str,
    *,
    by: str,
    why: str = "",
    agreed: bool = True,
    at: datetime | None = None,
) -> None:
    """Record what people say of a file that could not be read.

    Args:
        store: the election's.
        now: the count as it stands.
        name: of the file, as `omr status` has it.
        choice: `foreign` (it holds no ballot), or `undo`.
        by: who says so; several members' names where the board says so together.
        why: their reason.
        agreed: the board says so together. False: one member's own word, as in `resolve`.
        at: when; now if None.

    Raises:
        UsageError: the choice makes no sense for a file, nobody is named, or there is nothing to take back.
        StaleError: it was answered for by enough members, or by this one.
        OmrError: the election is closed.
    """
    refuse_if_closed(store.acts(), now.rules.reviewers)
    member, reviewers = by.strip(), now.rules.reviewers
    if not member:
        raise UsageError(_("a decision needs the name of who made it"), _("give it: --by NAME"))
    if choice not in {FOREIGN, UNDO}:
        raise UsageError(
            _("“{choice}” cannot be said of a file that could not be read").format(choice=choice),
            _("scan it again under the same name, or say foreign: it holds no ballot"),
        )
    moment = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")

    def make(said: tuple[Adjudication, ...]) -> Adjudication | None:
        if choice == UNDO:
            last = last_live(said, None if agreed else member)
            if last is None:
                return None
            return replace(last, choice=UNDO, by=member, why=why, at=moment, agreed=agreed, undoes=last.seq)
        now_stands = standing_decision(said, reviewers)
        turn = next_turn(said, reviewers)
        if now_stands.agreement is Agreement.AGREED or (not agreed and has_spoken(said, member, turn)):
            return None
        return Adjudication(0, name, Question.SHEET, None, choice, member, why, moment, turn, agreed)

    if not store.add_word_on_file(name, make):
        if choice == UNDO:
            raise UsageError(_("there is no decision to take back here"), _("see: omr status DIR"))
        raise StaleError(
            _("this was answered for already, or by you; another member says the same"),
            _("load the page again"),
        )


def _question(number: int | None, choice: str) -> Question:
    if number is not None:
        return Question.ROW
    return Question.VALIDITY if choice in VALIDITY_STATES else Question.SHEET


def _check(now: Count, number: int | None, choice: str, by: str) -> None:
    if not by:
        raise UsageError(_("a decision needs the name of who made it"), _("give it: --by NAME"))
    rows = [row.number for page in now.layout.pages for row in page.rows]
    if number is not None and number not in rows:
        raise UsageError(
            _("there is no row {number} on these ballots").format(number=number),
            _("rows go from {first} to {last}").format(first=min(rows), last=max(rows)),
        )
    of_sheet = now.choices(Question.VALIDITY) + now.choices(Question.SHEET)
    allowed = (*(of_sheet if number is None else now.choices(Question.ROW)), UNDO)
    if choice not in allowed:
        raise UsageError(
            _("“{choice}” cannot be decided here").format(choice=choice),
            _("one of: {choices}").format(choices=", ".join(allowed)),
        )


def _names(now: Count, name: str) -> frozenset[str]:
    """All ids of the ballot that goes by this one; a sheet that is no ballot has its own alone."""
    for ballot in now.box.ballots:
        if name in ballot.names:
            return ballot.names
    if _is_sheet_of(now, name):
        return frozenset({name})
    raise UsageError(_("there is no ballot {ballot}").format(ballot=name), _("see: omr status DIR"))
