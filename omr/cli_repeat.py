"""What a decision that was typed did, in words: a slip of the hand in a number shows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omr.decisions import UNDO, Agreement, Decision
from omr.review import count_with
from omr.rules import OPEN, UNSURE, final_row
from omr.store import Question
from omr.web.asked import answer_name
from omr.words import _

if TYPE_CHECKING:
    from layouts.model import BallotLayout
    from omr.questions import Count


@dataclass(frozen=True, slots=True)
class RowNow:
    """One person's row on one ballot at one moment.

    Attributes:
        reading: the machine's; '' where the row was never seen. counts_as: with people; '' while open.
        asked: whether it waits for people.
        decision: how far they are with it. words: who said what in this turn.
    """

    reading: str
    counts_as: str
    asked: bool
    decision: Decision
    words: tuple[tuple[str, str], ...]


def row_now(now: Count, typed: str, number: int) -> RowNow:
    """A row as it stands; `typed` is the ballot as somebody named it."""
    now, name = count_with(now, typed)
    ballot = next((each for each in now.box.ballots if name in each.names), None)
    if ballot is None:
        return RowNow(OPEN, OPEN, asked=False, decision=Decision(Agreement.NOBODY), words=())
    decision = now.decision(ballot, Question.ROW, number)
    read = [row for page in ballot.pages for row in now.readings.get(page.id, ()) if row.number == number]
    said = {each.seq: (each.by, each.choice) for each in now.adjudications}
    return RowNow(
        reading=read[0].reading if read else OPEN,
        counts_as=final_row(read[0], decision.choice) if read else decision.choice or OPEN,
        asked=any(item.ballot == ballot.id and item.number == number for item in now.open_items),
        decision=decision,
        words=tuple(said[seq] for seq in decision.seqs),
    )


def of_sheet(layout: BallotLayout, name: str, choice: str) -> str:
    """What was said of a whole sheet, or of a file that could not be read."""
    if choice == UNDO:
        return _("{name}: the last decision is taken back").format(name=name)
    return _("{name}: {choice}").format(name=name, choice=answer_name(layout, choice))


def of_row(layout: BallotLayout, number: int, choice: str, before: RowNow, after: RowNow) -> list[str]:
    """Whom a decision about a row touched, what it changed, and whether the row was in question at all."""
    name = next(row.name for page in layout.pages for row in page.rows if row.number == number)
    old, new = (_called(layout, each.counts_as) for each in (before, after))
    if old == new:
        lines = [_("No. {number}, {name}: {new}, as before").format(number=number, name=name, new=new)]
    else:
        text = _("No. {number}, {name}: from {old} to {new}")
        lines = [text.format(number=number, name=name, old=old, new=new)]
    if choice == UNDO:
        return lines
    if not before.asked and before.reading not in {OPEN, UNSURE}:
        text = _("This row was not in question: the machine read {reading}.")
        lines.append(text.format(reading=_called(layout, before.reading)))
    said = "; ".join(f"{by}: {_called(layout, each)}" for by, each in after.words)
    if after.decision.agreement is Agreement.WAITING:
        lines.append(_("One member's word so far: {said}. Another must say the same.").format(said=said))
    if after.decision.agreement is Agreement.DISPUTED:
        lines.append(_("The members differ: {said}. All are asked again.").format(said=said))
    earlier = before.decision.choice
    if earlier is not None and after.decision.agreement is Agreement.WAITING and earlier != choice:
        text = _("This differs from what was decided before: {earlier}.")
        lines.append(text.format(earlier=_called(layout, earlier)))
    return lines


def _called(layout: BallotLayout, value: str) -> str:
    return _("not decided") if value in {OPEN, UNSURE} else answer_name(layout, value)
