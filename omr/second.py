"""The second count of the box beside the first, put into the form in which they are compared. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omr.assemble import BALLOT, OTHER
from omr.compare import Law, Sheet, compare
from omr.evidence import PageState
from omr.store.values import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from omr.assemble import Ballot
    from omr.compare import Comparison
    from omr.questions import Count
    from omr.store.values import Alike


def compare_counts(one: Count, two: Count, alike: Iterable[Alike]) -> Comparison:
    """Compare two counts of one election; `alike` are pages of one and the other that may be one sheet's."""
    unread = (_unread(one), _unread(two))
    return compare(sheets_of(one), sheets_of(two), alike, law_of(one), unread)


def law_of(now: Count) -> Law:
    """The rules under which a count stands, and everybody on the list."""
    numbers = tuple(row.number for page in now.layout.pages for row in page.rows)
    return Law(numbers, now.rules.seal, now.rules.write_in, now.rules.scope)


def sheets_of(now: Count) -> tuple[Sheet, ...]:
    """The ballots collected in a count."""
    seen = {ballot.id: ballot for ballot in now.ballots}
    return tuple(
        Sheet(
            seen[ballot.id],
            frozenset(page.id for page in ballot.pages),
            frozenset(page.sha256 for page in ballot.pages if page.state is PageState.READ),
            inked=any(page.has_ink for page in ballot.pages),
            vouched=ballot.verdict in {BALLOT, OTHER},
            decided_at=_decided_at(now, ballot),
            compared_after=max(now.compared_after.get(page.id, 0) for page in ballot.pages),
        )
        for ballot in now.box.counted
    )


def _decided_at(now: Count, ballot: Ballot) -> Mapping[int | None, int]:
    """When what stands was decided: the earliest of the words that it rests on."""
    questions = {
        (each.question, each.number) for each in now.about(ballot) if each.question is not Question.SHEET
    }
    decisions = {number: now.decision(ballot, question, number) for question, number in questions}
    return {number: min(each.seqs) for number, each in decisions.items() if each.choice is not None}


def _unread(now: Count) -> int:
    return sum(not sheet.is_counted for sheet in now.box.ballots)
