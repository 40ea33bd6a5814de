"""One count of the box as it stands: what was read, what people decided, and what still waits for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from omr.assemble import BALLOT, FOREIGN, OTHER, PUT_TOGETHER, RESCANNED, SAME, Ballot, Box, assemble
from omr.decisions import Agreement, Decision, standing_decision
from omr.evidence import Flag, PageState, Reason
from omr.rules import BLANK, OVERVOTE, STRUCK, UNSURE, BallotState, RowReading, judge_ballot
from omr.standing import SeenBallot
from omr.store.values import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layouts.model import BallotLayout
    from omr.election import Rules
    from omr.store.database import Store
    from omr.store.values import Adjudication

#: What may be said of a whole ballot: issued by the board, or not (the law, 1).
VALID: Final = "valid"
INVALID: Final = "invalid"
VALIDITY_STATES: Final = {VALID: BallotState.SOUND, INVALID: BallotState.INVALID}

#: What may be said of a sheet: see `omr.assemble`.
SHEET_CHOICES: Final = (BALLOT, OTHER, SAME, FOREIGN, RESCANNED)

#: What may be said of a row beside the layout's choices.
ROW_STATES: Final = (BLANK, OVERVOTE, STRUCK)

#: Rows of the same doubt together, the doubts that say least about the voter's will first.
_BY_DOUBT: Final = (
    None,  # the page was not read at all
    Reason.UNCLEAR_PRINT,
    Reason.STREAK,
    Reason.WRITTEN_WORD,
    Reason.CORRECTION,
    Reason.NAME_TOUCHED,
    Reason.STRAY_MARK,
    Reason.SMALL_MARK,
    Reason.FAINT_MARK,
)

_ROW_OF: Final = RowReading(0, UNSURE)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One question that waits for people.

    Attributes:
        ballot: id.
        number: the person's row; None for the whole sheet.
        reasons: stable codes of why it is asked.
        page: id of the page to show; None where that page was never read.
        choices: what may be answered.
        decision: how far people are with it.
    """

    ballot: str
    question: Question
    number: int | None
    reasons: tuple[str, ...]
    page: str | None
    choices: tuple[str, ...]
    decision: Decision


@dataclass(frozen=True)
class Count:
    """One count of the box as it stands: pages, readings and decisions, read from the store at once."""

    layout: BallotLayout
    rules: Rules
    box: Box
    readings: Mapping[str, tuple[RowReading, ...]]
    adjudications: tuple[Adjudication, ...]

    @cached_property
    def ballots(self) -> tuple[SeenBallot, ...]:
        """The ballots collected, with the decisions that stand, for `omr.standing.stand`."""
        return tuple(map(self._seen, self.box.counted))

    @cached_property
    def open_items(self) -> tuple[OpenItem, ...]:
        """What waits for people: sheets, then ballots perhaps not issued, then rows; least certain first."""
        items = [item for ballot in self.box.ballots for item in self._items(ballot)]
        return tuple(sorted(items, key=urgency))

    def after(self, adjudications: tuple[Adjudication, ...]) -> Count | None:
        """The same box after more decisions; None where they say what a sheet is: then it is put together anew."""
        if _verdicts(adjudications, self.rules.reviewers) != _verdicts(self.adjudications, self.rules.reviewers):
            return None
        return replace(self, adjudications=adjudications)

    def decision(self, ballot: Ballot, question: Question, number: int | None = None) -> Decision:
        """What stands for one question about a ballot, under whichever of its names it was answered."""
        about = [
            each for name in ballot.names for each in self._by_question.get((name, question, number), ())
        ]
        return standing_decision(sorted(about, key=lambda each: each.seq), self.rules.reviewers)

    @cached_property
    def _by_question(self) -> Mapping[tuple[str, Question, int | None], list[Adjudication]]:
        return _by_question(self.adjudications)

    @cached_property
    def _page_of_row(self) -> Mapping[int, int]:
        return {row.number: page.page for page in self.layout.pages for row in page.rows}

    def _seen(self, ballot: Ballot) -> SeenBallot:
        rows = self._rows(ballot)
        decided = self._decided_rows(ballot)
        flags = self._flags(ballot, decided)
        validity = self.decision(ballot, Question.VALIDITY).choice
        # A ballot whose pages are still in question is not made sound by its seal.
        state = None if PUT_TOGETHER.intersection(flags) else VALIDITY_STATES.get(validity or "")
        return SeenBallot(ballot.id, rows, flags, decided, state)

    def _rows(self, ballot: Ballot) -> tuple[RowReading, ...]:
        read = [page for page in ballot.pages if page.state is PageState.READ]
        return tuple(row for page in read for row in self.readings.get(page.id, ()))

    def _decided_rows(self, ballot: Ballot) -> dict[int, str]:
        numbers = {
            each.number
            for name in ballot.names
            for each in self._by_name.get(name, ())
            if each.number is not None
        }
        found = {number: self.decision(ballot, Question.ROW, number).choice for number in numbers}
        return {number: choice for number, choice in sorted(found.items()) if choice is not None}

    @cached_property
    def _by_name(self) -> Mapping[str, list[Adjudication]]:
        found: dict[str, list[Adjudication]] = defaultdict(list)
        for each in self.adjudications:
            found[each.sheet].append(each)
        return found

    def _flags(self, ballot: Ballot, decided: Mapping[int, str]) -> tuple[Flag, ...]:
        """The ballot's flags; a missing page whose rows people have all keyed in is missed no more."""
        keyed = all(number in decided for number in self._missing_rows(ballot))
        return tuple(flag for flag in ballot.flags if not (keyed and flag is Flag.PAGE_MISSING))

    def _missing_rows(self, ballot: Ballot) -> tuple[int, ...]:
        return tuple(number for number, page in self._page_of_row.items() if page in ballot.missing)

    def _items(self, ballot: Ballot) -> list[OpenItem]:
        if not ballot.is_counted:
            return [self._item(ballot, Question.SHEET, tuple(flag.value for flag in ballot.flags))]
        seen = self._seen(ballot)
        put_together = tuple(flag.value for flag in seen.flags if flag in PUT_TOGETHER)
        if put_together:
            return [self._item(ballot, Question.SHEET, put_together), *self._row_items(ballot, seen)]
        if seen.decided_ballot is BallotState.INVALID:
            return []
        machine = judge_ballot(seen.flags, seal=self.rules.seal, write_in=self.rules.write_in)
        doubts = tuple(flag.value for flag in machine.flags)
        suspect = machine.state is BallotState.SUSPECT and seen.decided_ballot is None
        begun = self._is_begun(ballot, Question.VALIDITY)
        asked = [self._item(ballot, Question.VALIDITY, doubts)] if suspect or begun else []
        if self._is_begun(ballot, Question.SHEET):
            asked.insert(0, self._item(ballot, Question.SHEET, ()))
        return asked + self._row_items(ballot, seen)

    def _is_begun(self, ballot: Ballot, question: Question, number: int | None = None) -> bool:
        """Whether somebody said something that the others have still to confirm."""
        return self.decision(ballot, question, number).agreement in {Agreement.WAITING, Agreement.DISPUTED}

    def _row_items(self, ballot: Ballot, seen: SeenBallot) -> list[OpenItem]:
        """Rows that the machine would not read, and those never seen once the sheet is to count as it is."""
        unsure = {row.number: row for row in seen.readings if row.reading == UNSURE}
        waits = Flag.PAGE_MISSING in seen.flags
        unseen = () if waits else self._missing_rows(ballot)
        asked = {**unsure, **{number: replace(_ROW_OF, number=number) for number in unseen}}
        asked |= {row.number: row for row in seen.readings if row.number in self._begun_rows(ballot)}
        return [
            self._item(ballot, Question.ROW, (row.reason.value,) if row.reason else (), number)
            for number, row in sorted(asked.items())
            if number not in seen.decided_rows
        ]

    def _begun_rows(self, ballot: Ballot) -> frozenset[int]:
        numbers = {each.number for name in ballot.names for each in self._by_name.get(name, ())}
        return frozenset(
            number
            for number in numbers
            if number is not None and self._is_begun(ballot, Question.ROW, number)
        )

    def _item(
        self, ballot: Ballot, question: Question, reasons: tuple[str, ...], number: int | None = None
    ) -> OpenItem:
        decision = self.decision(ballot, question, number)
        page = self.shown(ballot, number)
        return OpenItem(ballot.id, question, number, reasons, page, self.choices(question), decision)

    def shown(self, ballot: Ballot, number: int | None) -> str | None:
        """Id of the page on which a row is to be looked at, or the sheet; None where it was never read."""
        if number is None or not ballot.readable:
            return ballot.pages[0].id
        wanted = self._page_of_row[number]
        return next((page.id for page in ballot.pages if page.page == wanted), None)

    def choices(self, question: Question) -> tuple[str, ...]:
        """What may be answered to a question."""
        match question:
            case Question.ROW:
                return tuple(choice.id for choice in self.layout.choices) + ROW_STATES
            case Question.VALIDITY:
                return (VALID, INVALID)
            case Question.SHEET:
                return SHEET_CHOICES


def count_now(store: Store, layout: BallotLayout, rules: Rules, count: int = 1) -> Count:
    """A count of the box as it stands now."""
    adjudications = store.adjudications()
    box = assemble(
        store.pages(count), store.alike(), len(layout.pages), _verdicts(adjudications, rules.reviewers)
    )
    return Count(layout, rules, box, store.readings(count), adjudications)


def _verdicts(adjudications: Sequence[Adjudication], reviewers: int) -> dict[str, str]:
    """What people said sheets are, by the id they said it of."""
    found = {
        sheet: standing_decision(about, reviewers)
        for (sheet, question, _number), about in _by_question(adjudications).items()
        if question is Question.SHEET
    }
    return {sheet: each.choice for sheet, each in found.items() if each.choice is not None}


def _by_question(
    adjudications: Sequence[Adjudication],
) -> Mapping[tuple[str, Question, int | None], list[Adjudication]]:
    found: dict[tuple[str, Question, int | None], list[Adjudication]] = defaultdict(list)
    for each in adjudications:
        found[each.sheet, each.question, each.number].append(each)
    return found


def urgency(item: OpenItem) -> tuple[int, int, str, int]:
    """The order in which questions are asked: disputes first of their kind; ties by random ids, never by the scan."""
    kind = (Question.SHEET, Question.VALIDITY, Question.ROW).index(item.question)
    if item.question is Question.ROW:
        doubts = [None if reason is None else reason.value for reason in _BY_DOUBT]
        reason = item.reasons[0] if item.reasons else None
        doubt = doubts.index(reason) if reason in doubts else len(doubts)
    else:
        doubt = 0
    disputed = item.decision.agreement is Agreement.DISPUTED
    return kind, -1 if disputed else doubt, item.ballot, item.number or 0
