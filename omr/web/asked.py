"""What one member is asked: the question, why, where to look, what may be answered and what that would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omr.assemble import BALLOT, FOREIGN, OTHER, RESCANNED, SAME
from omr.decisions import Agreement, same_member
from omr.evidence import Mark, Name
from omr.pictures import GAP_MM, row_pieces
from omr.questions import INVALID, VALID, urgency
from omr.reasons import reason_in_words
from omr.rules import BLANK, OVERVOTE, STRUCK
from omr.store import Question
from omr.web.desk import place_of
from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layouts.model import BallotLayout, Box, Row
    from omr.assemble import Ballot
    from omr.evidence import PageSeen, RowSeen
    from omr.questions import Count, OpenItem

#: What answers are called.
NAMES: Final = {
    BLANK: later("No box marked"),
    OVERVOTE: later("Two or more boxes"),
    STRUCK: later("Name crossed out"),
    VALID: later("Issued by the board"),
    INVALID: later("Suspect: not issued by the board"),
    BALLOT: later("A ballot of the box, as it is"),
    SAME: later("Another scan of a sheet that is in already"),
    FOREIGN: later("No ballot"),
    OTHER: later("Another ballot, not the one it looks like"),
    RESCANNED: later("Scan this sheet again"),
}

#: What each of them does.
EFFECTS: Final = {
    BLANK: later("invalid for this person"),
    OVERVOTE: later("invalid for this person"),
    STRUCK: later("invalid for this person"),
    VALID: later("its rows count"),
    INVALID: later("the whole ballot is invalid, and still collected"),
    BALLOT: later("counts as collected; what was not read is keyed in"),
    SAME: later("not counted a second time"),
    FOREIGN: later("not counted"),
    OTHER: later("both count"),
    RESCANNED: later("put aside until it is in again"),
}

#: Keys of answers that have one wherever they stand; levels and sheets are numbered.
KEYS: Final = {BLANK: "0", OVERVOTE: "9", STRUCK: "x", INVALID: "s", RESCANNED: "r"}

_QUESTION_OF: Final = {INVALID: Question.VALIDITY, VALID: Question.VALIDITY}


@dataclass(frozen=True, slots=True)
class Answer:
    """One button: its key, what it says and does. `turn` is the one in which it would be given."""

    choice: str
    question: Question
    key: str
    name: str
    effect: str
    turn: int
    is_level: bool = False


@dataclass(frozen=True, slots=True)
class Crop:
    """A row's picture in mm, with the boxes that the machine doubts outlined (x, y, width, height).

    `heads`: middle of each box, x, and what stands above its column, in at most two lines.
    """

    width: float
    height: float
    heads: tuple[tuple[float, tuple[str, ...]], ...]
    doubted: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it is shown to one member.

    Attributes:
        key: address of it below the review.
        person: number, name and position; None for a whole sheet.
        crop: None where the row's place is not known.
        page: id of the page to be looked at; twins: of those it may be another scan of.
        mark: the row on the whole page (x, y, width, height) mm; None where not known.
        size_mm: of the page.
        placed: whether the page's picture can be shown straight.
        has_seal: whether there is a place of a seal to be shown.
        disputed: who differed and what they said; empty unless it comes back.
        needed: how many members must still say the same after this answer.
    """

    key: str
    item: OpenItem
    person: Row | None
    reasons: tuple[str, ...]
    crop: Crop | None
    page: str | None
    twins: tuple[str, ...]
    mark: tuple[float, float, float, float] | None
    size_mm: tuple[float, float]
    placed: bool
    has_seal: bool
    answers: tuple[Answer, ...]
    disputed: tuple[tuple[str, str], ...]
    needed: int


def key_of(item: OpenItem) -> str:
    """The address of a question."""
    return f"{item.ballot}/{item.question.value}/{'-' if item.number is None else item.number}"


def find(items: Sequence[OpenItem], key: str) -> OpenItem | None:
    """The open question of an address; None where it is open no more."""
    return next((item for item in items if key_of(item) == key), None)


def queue(items: Sequence[OpenItem], member: str) -> tuple[OpenItem, ...]:
    """What a member still has to answer, least certain first.

    What they have answered and others have not is not asked again; nor are the rows of a sheet that they
    said is none, or is to be scanned again.
    """
    names = {name for item in items for name in item.decision.by}
    mine = frozenset(name for name in names if same_member(name, member))
    answered = [_spoke(item, mine) for item in items]
    done = {
        item.ballot
        for item, spoke in zip(items, answered, strict=True)
        if spoke and item.question is not Question.ROW
    }
    return tuple(
        item
        for item, spoke in zip(items, answered, strict=True)
        if not spoke and not (item.number and item.ballot in done)
    )


def following(mine: Sequence[OpenItem], item: OpenItem) -> OpenItem | None:
    """The question after one that was just answered or passed over; from the start again at the end."""
    here, at = (item.ballot, item.question, item.number), urgency(item)
    others = [each for each in mine if (each.ballot, each.question, each.number) != here]
    return next((each for each in others if urgency(each) > at), others[0] if others else None)


def _spoke(item: OpenItem, mine: frozenset[str]) -> bool:
    """Whether one of these names, all a member's, has answered and others have not."""
    return item.decision.agreement is Agreement.WAITING and not mine.isdisjoint(item.decision.by)


def ask(now: Count, item: OpenItem, seen: PageSeen | None) -> Asked:
    """A question made ready for the screen. `seen`: of the page it is about."""
    ballot = next(each for each in now.box.ballots if each.id == item.ballot)
    layout_page, row = (None, None) if item.number is None else place_of(now.layout, item.number)
    placed = seen is not None and seen.paper_to_scan is not None
    row_seen = _row_seen(seen, item.number)
    mark = (row.name_mm.x0, row.cells[0].box_mm.y0, *_reach(row)) if row and placed else None
    spoken = len(item.decision.by) if item.decision.agreement is Agreement.WAITING else 0
    return Asked(
        key=key_of(item),
        item=item,
        person=row,
        reasons=tuple(reason_in_words(code) for code in item.reasons),
        crop=crop_of(now.layout, row, _doubted(row, row_seen)) if row and placed else None,
        page=item.page,
        twins=tuple(dict.fromkeys(ballot.twins)),
        mark=mark,
        size_mm=(layout_page or now.layout.pages[0]).size_mm,
        placed=placed,
        has_seal=item.question is Question.VALIDITY and placed and _seal_hangs_on(now, seen),
        answers=_answers(now, ballot, item),
        disputed=_disputed(now, item),
        needed=max(now.rules.reviewers - spoken - 1, 0),
    )


def _seal_hangs_on(now: Count, seen: PageSeen | None) -> bool:
    return seen is not None and now.layout.page(seen.page or 1).seal_mm is not None


def _reach(row: Row) -> tuple[float, float]:
    box = row.cells[-1].box_mm
    return box.x1 - row.name_mm.x0, box.height


def _row_seen(seen: PageSeen | None, number: int | None) -> RowSeen | None:
    return next((row for row in seen.rows if row.number == number), None) if seen and number else None


def crop_of(layout: BallotLayout, row: Row, doubted: Sequence[Box] = ()) -> Crop:
    """How a row's picture is headed, and where these of its boxes lie on it."""
    name, cells = row_pieces(row)
    shift = cells.x0 - name.width - GAP_MM
    heads = tuple(
        ((cell.box_mm.x0 + cell.box_mm.x1) / 2 - shift, _two_lines(choice.label))
        for cell, choice in zip(row.cells, layout.choices, strict=True)
    )
    boxes = tuple(
        (
            box.x0 - (name.x0 if box is row.name_mm else shift),
            box.y0 - name.y0,
            box.width,
            box.height,
        )
        for box in doubted
    )
    return Crop(name.width + GAP_MM + cells.width, name.height, heads, boxes)


def _two_lines(label: str) -> tuple[str, ...]:
    """A column's head as it is printed: of a long one the last word stands below the others.

    >>> _two_lines("Tín nhiệm cao"), _two_lines("Tín nhiệm")
    (('Tín nhiệm', 'cao'), ('Tín nhiệm',))
    """
    return (label,) if label.count(" ") < 2 else label.rpartition(" ")[::2]


def _doubted(row: Row, seen: RowSeen | None) -> tuple[Box, ...]:
    """The boxes that made the machine ask: those it was unsure of, else those with ink, else all."""
    if seen is None:
        return ()
    unsure = tuple(
        cell.box_mm for cell, ink in zip(row.cells, seen.cells, strict=False) if ink.mark is Mark.UNSURE
    )
    if seen.name.state is not Name.CLEAN:
        return (row.name_mm, *unsure)
    inked = tuple(
        cell.box_mm for cell, ink in zip(row.cells, seen.cells, strict=False) if ink.mark is not Mark.EMPTY
    )
    return unsure or inked or tuple(cell.box_mm for cell in row.cells)


def _answers(now: Count, ballot: Ballot, item: OpenItem) -> tuple[Answer, ...]:
    choices = list(item.choices)
    if item.question is Question.ROW:
        choices += [INVALID, RESCANNED]
    elif item.question is Question.VALIDITY:
        choices += [RESCANNED]
    levels = {choice.id: choice.label for choice in now.layout.choices}
    numbered = [choice for choice in choices if choice not in KEYS]
    return tuple(
        Answer(
            choice=choice,
            question=(question := _question_of(choice)),
            key=KEYS.get(choice) or str(numbered.index(choice) + 1),
            name=levels.get(choice) or _(NAMES[choice]),
            effect=_("one vote for this level") if choice in levels else _(EFFECTS[choice]),
            turn=_turn(now, ballot, question, item.number if question is Question.ROW else None),
            is_level=choice in levels,
        )
        for choice in choices
    )


def _question_of(choice: str) -> Question:
    if choice in _QUESTION_OF:
        return _QUESTION_OF[choice]
    return Question.SHEET if choice in {BALLOT, SAME, FOREIGN, OTHER, RESCANNED} else Question.ROW


def _turn(now: Count, ballot: Ballot, question: Question, number: int | None) -> int:
    """The turn of the next word about a question, as `omr.decisions.next_turn` has it."""
    decision = now.decision(ballot, question, number)
    return decision.turn if decision.agreement is Agreement.WAITING else decision.turn + 1


def _disputed(now: Count, item: OpenItem) -> tuple[tuple[str, str], ...]:
    """Who said what when they last differed; nothing once a turn after that is settled."""
    by_seq = {each.seq: each for each in now.adjudications}
    said = [by_seq[seq] for seq in item.decision.differed]
    return tuple((each.by, answer_name(now.layout, each.choice)) for each in said)


def answer_name(layout: BallotLayout, choice: str) -> str:
    """What an answer is called: a level by the word on the ballot."""
    levels = {each.id: each.label for each in layout.choices}
    return levels.get(choice) or (_(NAMES[choice]) if choice in NAMES else choice)
