"""One count of the box as it stands: what was read, what people decided, and what still waits for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from omr.assemble import BALLOT, FOREIGN, OTHER, PUT_TOGETHER, RESCANNED, SAME, Ballot, Box, assemble
from omr.decisions import Agreement, Decision, standing_decision
from omr.evidence import Flag, PageState, Reason
from omr.reasons import COUNTS_DIFFER
from omr.rules import BLANK, OVERVOTE, STRUCK, UNSURE, BallotState, RowReading, judge_ballot
from omr.second import compare_counts
from omr.standing import SeenBallot
from omr.store.values import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layouts.model import BallotLayout
    from omr.compare import Comparison, Pair
    from omr.election import Rules
    from omr.store.database import Store
    from omr.store.values import Adjudication, Alike, Fit

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
_RANK: Final = {None if reason is None else reason.value: at for at, reason in enumerate(_BY_DOUBT)}

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
    """One count of the box as it stands: pages, readings and decisions, read from the store at once.

    Attributes:
        readings: the machine's, by page id. fits: how pages lay in their scans, by page id.
        compared_after: the last decision before a page was compared with all others, by page id.
        second: the second, independent count, where there is one.
        across: pages of this count and of the second that may be one sheet's.
    """

    layout: BallotLayout
    rules: Rules
    box: Box
    readings: Mapping[str, tuple[RowReading, ...]]
    adjudications: tuple[Adjudication, ...]
    fits: Mapping[str, Fit] = field(default_factory=dict)
    compared_after: Mapping[str, int] = field(default_factory=dict)
    second: Count | None = None
    across: tuple[Alike, ...] = ()

    @cached_property
    def ballots(self) -> tuple[SeenBallot, ...]:
        """The ballots collected, with the decisions that stand, for `omr.standing.stand`."""
        return tuple(map(self._seen, self.box.counted))

    @cached_property
    def open_items(self) -> tuple[OpenItem, ...]:
        """What waits for people: sheets, then ballots perhaps not issued, then rows; least certain first."""
        items = [item for of_ballot in self._items_of.values() for item in of_ballot]
        return tuple(sorted(items, key=urgency))

    @cached_property
    def _items_of(self) -> dict[str, list[OpenItem]]:
        return {ballot.id: self._items(ballot) for ballot in self.box.ballots}

    def after(self, adjudications: tuple[Adjudication, ...]) -> Count | None:
        """The same box after more decisions; None where they say what a sheet is: it is put together anew."""
        before, reviewers = self.adjudications, self.rules.reviewers
        if _verdicts(adjudications, reviewers) != _verdicts(before, reviewers):
            return None
        second = None if self.second is None else replace(self.second, adjudications=adjudications)
        new = replace(self, adjudications=adjudications, second=second)
        if self.second is None:
            # The other ballots' questions stand: a decision must not wait for 500 of them.
            decided = {each.sheet for each in adjudications[len(before) :]}
            touched = [ballot for ballot in self.box.ballots if not decided.isdisjoint(ballot.names)]
            new.__dict__["_items_of"] = self._items_of | {each.id: new._items(each) for each in touched}  # noqa: SLF001 - it is one of us
        return new

    @cached_property
    def comparison(self) -> Comparison | None:
        """What the second count says of this one; None where there is none."""
        return None if self.second is None else compare_counts(self, self.second, self.across)

    @property
    def differs(self) -> bool:
        """Whether there is a second count that does not agree with this one."""
        return self.comparison is not None and not self.comparison.agreed

    @cached_property
    def _contested(self) -> Mapping[str, Pair]:
        """Ballots of which the second count says something else, where it is to confirm the first."""
        if self.rules.counts < 2 or self.comparison is None:
            return {}
        return {pair.one: pair for pair in self.comparison.differing}

    def about(self, ballot: Ballot) -> tuple[Adjudication, ...]:
        """Every decision about a ballot, under whichever of its names, those taken back included."""
        return tuple(each for name in ballot.names for each in self._by_name.get(name, ()))

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
        numbers = {each.number for each in self.about(ballot) if each.number is not None}
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
        contested = self._contested.get(ballot.id)
        if contested is not None and contested.contested:
            return [self._item(ballot, Question.VALIDITY, (COUNTS_DIFFER,))]
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
        begun = self._begun_rows(ballot)
        asked |= {row.number: row for row in seen.readings if row.number in begun}
        pair = self._contested.get(ballot.id)
        contested = pair.contested_rows if pair is not None else frozenset[int]()
        asked |= {row.number: row for row in seen.readings if row.number in contested}
        return [
            self._item(ballot, Question.ROW, _reasons(row, contested), number)
            for number, row in sorted(asked.items())
            if number not in seen.decided_rows or number in contested
        ]

    def _begun_rows(self, ballot: Ballot) -> frozenset[int]:
        numbers = {each.number for each in self.about(ballot)}
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


def _reasons(row: RowReading, contested: frozenset[int]) -> tuple[str, ...]:
    own = (row.reason.value,) if row.reason else ()
    return (COUNTS_DIFFER, *own) if row.number in contested else own


def count_now(store: Store, layout: BallotLayout, rules: Rules, count: int = 1) -> Count:
    """A count of the box as it stands now; the first one with the second beside it, where there is one."""
    now = _count(store, layout, rules, count, store.adjudications())
    if count != 1 or 2 not in store.counts():
        return now
    second = _count(store, layout, rules, 2, now.adjudications)
    return replace(now, second=second, across=store.alike(1, 2))


def _count(
    store: Store, layout: BallotLayout, rules: Rules, count: int, adjudications: tuple[Adjudication, ...]
) -> Count:
    verdicts = _verdicts(adjudications, rules.reviewers)
    box = assemble(store.pages(count), store.alike(count), len(layout.pages), verdicts)
    return Count(
        layout,
        rules,
        box,
        store.readings(count),
        adjudications,
        store.fits(count),
        store.compared_after(count),
    )


def _verdicts(adjudications: Sequence[Adjudication], reviewers: int) -> dict[str, str]:
    """What people said sheets are, by the id they said it of."""
    of_sheets = [each for each in adjudications if each.question is Question.SHEET]
    found = {
        sheet: standing_decision(about, reviewers)
        for (sheet, _question, _number), about in _by_question(of_sheets).items()
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
    """The order of questions: disputes first of their kind; ties by random ids, never by the scan."""
    kind = (Question.SHEET, Question.VALIDITY, Question.ROW).index(item.question)
    if item.question is Question.ROW:
        doubt = _RANK.get(item.reasons[0] if item.reasons else None, len(_RANK))
    else:
        doubt = 0
    disputed = item.decision.agreement is Agreement.DISPUTED
    return kind, -1 if disputed else doubt, item.ballot, item.number or 0
