"""What people's decisions amount to: several members, second thoughts, disagreement, undo. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omr.store.values import Adjudication

#: The choice that takes another decision back.
UNDO: Final = "undo"


class Agreement(StrEnum):
    """How far people are with one question."""

    NOBODY = "nobody"  # nobody has decided yet
    WAITING = "waiting"  # fewer members have decided than must
    DISPUTED = "disputed"  # they differ: all are asked again
    AGREED = "agreed"  # decided, until somebody asks anew


@dataclass(frozen=True, slots=True)
class Decision:
    """What stands for one question now.

    Attributes:
        choice: what was decided; None unless AGREED.
        by: who has decided in this turn, in order.
        turn: the turn it is from; 0 where nobody decided.
        seqs: the decisions it comes from.
        differed: those in which members differed, so that they are asked, or asked again, in this turn.
    """

    agreement: Agreement
    choice: str | None = None
    by: tuple[str, ...] = ()
    turn: int = 0
    seqs: tuple[int, ...] = ()
    differed: tuple[int, ...] = ()


_NOBODY: Final = Decision(Agreement.NOBODY)


def standing_decision(adjudications: Sequence[Adjudication], reviewers: int) -> Decision:
    """What stands for one question.

    The last turn counts: in it the board's common decision, if there is one, else each member's last word.

    Args:
        adjudications: all decisions on this question, in order, those taken back and the undoings included.
        reviewers: how many members must say the same, each by themselves (`[rules] reviewers`).
    """
    live = _live(adjudications)
    if not live:
        return _NOBODY
    turn = max(each.turn for each in live)
    words = _words(live, turn)
    if len(words) < reviewers and not words[-1].agreed:
        by = tuple(each.by for each in words)
        return Decision(Agreement.WAITING, None, by, turn, _seqs(words), _differed(_words(live, turn - 1)))
    return _decided(words, turn)


def next_turn(adjudications: Sequence[Adjudication], reviewers: int) -> int:
    """The turn of the next decision: a new one where the last is settled or in dispute."""
    now = standing_decision(adjudications, reviewers)
    return now.turn if now.agreement is Agreement.WAITING else now.turn + 1


def last_live(adjudications: Sequence[Adjudication], by: str | None = None) -> Adjudication | None:
    """The last decision that has not been taken back, by this member or, if None, by anybody."""
    mine = [each for each in _live(adjudications) if by is None or _member(each.by) == _member(by)]
    return mine[-1] if mine else None


def has_spoken(adjudications: Sequence[Adjudication], by: str, turn: int) -> bool:
    """Whether this member has a word in this turn that was not taken back."""
    return any(each.turn == turn and same_member(each.by, by) for each in _live(adjudications))


def same_member(one: str, other: str) -> bool:
    """Whether two names are one member's.

    >>> same_member("Nguyễn Văn A", " nguyễn văn  a")
    True
    """
    return _member(one) == _member(other)


def _live(adjudications: Sequence[Adjudication]) -> list[Adjudication]:
    undone = {each.undoes for each in adjudications}
    return [each for each in adjudications if each.choice != UNDO and each.seq not in undone]


def _words(live: Sequence[Adjudication], turn: int) -> list[Adjudication]:
    """What counts of a turn: the board's last common decision, if any, else each member's last word."""
    current = [each for each in live if each.turn == turn]
    agreed = [each for each in current if each.agreed]
    return agreed[-1:] or list({_member(each.by): each for each in current}.values())


def _differed(words: Sequence[Adjudication]) -> tuple[int, ...]:
    return _seqs(words) if len({each.choice for each in words}) > 1 else ()


def _decided(words: Sequence[Adjudication], turn: int) -> Decision:
    by, seqs, differed = tuple(each.by for each in words), _seqs(words), _differed(words)
    if differed:
        return Decision(Agreement.DISPUTED, None, by, turn, seqs, differed)
    return Decision(Agreement.AGREED, words[0].choice, by, turn, seqs)


def _seqs(words: Sequence[Adjudication]) -> tuple[int, ...]:
    return tuple(each.seq for each in words)


def _member(name: str) -> str:
    """One member, however the name is typed: letter forms, capitals and spaces make no second person."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
