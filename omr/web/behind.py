"""The rows behind a number of the result: which ballots made it, what was read and decided, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omr.compared import NAMES
from omr.decisions import Agreement
from omr.reasons import reason_in_words
from omr.report.summary import why_invalid
from omr.rules import INVALID, INVALID_ROW, OPEN, UNSURE, BallotState
from omr.store import Question
from omr.tally import why_code
from omr.web.asked import answer_name, key_of
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from omr.assemble import Ballot
    from omr.counting import Counted
    from omr.decisions import Decision
    from omr.questions import Count, OpenItem
    from omr.standing import StandingBallot, StandingRow


@dataclass(frozen=True, slots=True)
class Behind:
    """One ballot that is in a number.

    Attributes:
        ballot: its random id.
        crop: id of the page on which the row is to be seen; '' where it was never read.
        sheet: id of the page to be shown whole; '' where there is no picture of it.
        question: address, below the review, of what is still asked about it; '' where nothing is.
        read: what the machine took the row to be.
        decided: what people said, the whole sheet first, each with who.
        reason: why it is invalid or waits; of a level, why it was asked.
    """

    ballot: str
    crop: str
    sheet: str
    question: str
    read: str
    decided: tuple[str, ...]
    reason: str


def rows_behind(counted: Counted, person: int, kind: str) -> list[tuple[StandingBallot, StandingRow]]:
    """The ballots in a number, by their random ids; `kind`: a choice's id, `open` or `invalid`."""
    return [
        (ballot, row)
        for ballot in sorted(counted.ballots, key=lambda each: each.id)
        for row in ballot.rows
        if row.number == person and _is_of(kind, row.final)
    ]


def _is_of(kind: str, final: str) -> bool:
    if kind == "open":
        return final == OPEN
    if kind == "invalid":
        return final == INVALID or final in INVALID_ROW
    return final == kind


def described(now: Count, found: Sequence[tuple[StandingBallot, StandingRow]]) -> list[Behind]:
    """Each of these rows in words; nothing says from which file or when it was read."""
    ballots = {ballot.id: ballot for ballot in now.box.ballots}
    asked: dict[str, list[OpenItem]] = {}
    for item in now.open_items:
        asked.setdefault(item.ballot, []).append(item)
    levels = {choice.id: choice.label for choice in now.layout.choices}
    return [
        _described(now, ballots[standing.id], standing, row, asked.get(standing.id, ()), levels)
        for standing, row in found
    ]


def _described(  # noqa: PLR0913, PLR0917 - a row, its ballot, and what is asked of them
    now: Count,
    ballot: Ballot,
    standing: StandingBallot,
    row: StandingRow,
    asked: Sequence[OpenItem],
    levels: Mapping[str, str],
) -> Behind:
    about = [item for item in asked if item.number in {None, row.number}]
    shown = next((page for page in ballot.pages if page.id == now.shown(ballot, row.number)), None)
    seen = ballot.readable and shown is not None
    whole = shown or ballot.pages[0]
    return Behind(
        ballot=ballot.id,
        crop=shown.id if shown is not None and seen and shown.original else "",
        sheet=whole.id if whole.original else "",
        question=key_of(about[0]) if about else "",
        read=_read(row, levels) if seen else _("not read"),
        decided=tuple(_decided(now, ballot, row.number)),
        reason=_reason(standing, row, about),
    )


def _read(row: StandingRow, levels: Mapping[str, str]) -> str:
    if row.reading == UNSURE:
        return _("not sure")
    return levels.get(row.reading) or _(NAMES[row.reading])


def _decided(now: Count, ballot: Ballot, number: int) -> Iterator[str]:
    for question in (Question.SHEET, Question.VALIDITY, Question.ROW):
        decision = now.decision(ballot, question, number if question is Question.ROW else None)
        names = ", ".join(decision.by)
        match decision.agreement:
            case Agreement.AGREED:
                yield _agreed(now, decision, names)
            case Agreement.WAITING:
                # Nobody sees another's answer before giving their own.
                yield _("answered: {names}").format(names=names)
            case Agreement.DISPUTED:
                yield _("differ: {names}").format(names=names)
            case Agreement.NOBODY:
                pass


def _agreed(now: Count, decision: Decision, names: str) -> str:
    said = f"{answer_name(now.layout, decision.choice or '')} ({names})"
    whys = [each.why for each in now.adjudications if each.seq in decision.seqs and each.why]
    return ": ".join((said, "; ".join(dict.fromkeys(whys)))) if whys else said


def _reason(ballot: StandingBallot, row: StandingRow, asked: Sequence[OpenItem]) -> str:
    if row.final == OPEN:
        codes = dict.fromkeys(code for item in asked for code in item.reasons)
        return "; ".join(map(reason_in_words, codes))
    if row.final == INVALID and ballot.state is BallotState.INVALID and ballot.flags:
        return "; ".join(why_invalid(flag.value) for flag in ballot.flags)
    if row.final == INVALID or row.final in INVALID_ROW:
        return why_invalid(why_code(ballot, row.final))
    return reason_in_words(row.reason) if row.reason else ""
