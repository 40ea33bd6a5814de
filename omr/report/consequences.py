"""The plan, III.6: what follows for those of low confidence. For the authority only, a paper of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from omr.report.heads import left_head, right_head
from omr.report.paper import Gap, Grid, HeadCell, Paper, Signature, Signatures, Text, aligned
from omr.report.wording import shown
from omr.tally import LOW
from omr.words import _, later

if TYPE_CHECKING:
    from omr.election import Election
    from omr.report.paper import Block
    from omr.report.wording import Wording
    from omr.tally import Consequence, PersonTally, Tally

#: What III.6 says of each case: which, and what the authority does.
CLAUSES: Final[tuple[tuple[Consequence, str, str], ...]] = (
    (
        "A",
        later("1. More than 50 % but less than 2/3 low confidence"),
        later(
            "The authority takes the person out of the plans for higher positions; considers relieving "
            "them of the position held, giving other work, letting them resign, or holding a vote of no "
            "confidence."
        ),
    ),
    (
        "B",
        later("2. 2/3 low confidence or more"),
        later(
            "The authority dismisses the person from the position held and gives other, lower work, without "
            "waiting for the end of the term or of the appointment."
        ),
    ),
)


def consequences_paper(words: Wording, election: Election, result: Tally) -> Paper:
    """The list of III.6 of a final result, with every share as ballots of the base."""
    return Paper(
        title=_("LIST FOR THE AUTHORITY (III.6)"),
        author=words.agency,
        left=left_head(words, _("COUNTING BOARD")),
        right=right_head(words, election),
        stamp=_("SECRET"),
        body=(
            Text(_("LIST OF CASES OF LOW CONFIDENCE"), bold=True, align="center", after=0, size=14),
            Text(
                _("For the authority that manages the officials (plan, III.6)"),
                bold=True,
                align="center",
                after=0,
            ),
            Text(words.meeting, bold=True, align="center"),
            Gap(2),
            *(block for case in CLAUSES for block in _case(words, result, *case)),
            Text(words.note, italic=True, size=12),
            Text(
                _(
                    "A person voted on at two places is judged by the authority on the results of both "
                    "(III.6); see the joined list of the two places."
                ),
                italic=True,
                size=12,
            ),
            Signatures(Signature(""), Signature(*words.signature, words.signed_by)),
        ),
    )


def _case(words: Wording, result: Tally, case: Consequence, title: str, follows: str) -> tuple[Block, ...]:
    found = [each for each in result.people if each.consequence == case]
    return (
        Text(_(title), bold=True, indent=True, keep=True),
        Text(_(follows), italic=True, align="justify", indent=True, keep=True),
        _grid(words, result, found) if found else Text(_("Nobody."), indent=True),
        Gap(2),
    )


def _grid(words: Wording, result: Tally, found: list[PersonTally]) -> Grid:
    heads = (*words.columns[:3], _("Low confidence"), words.share)
    rows = tuple(
        (
            str(each.person.number), each.person.name, each.person.position,
            f"{each.votes[LOW]}/{result.base_count}", shown(result.share(each.votes[LOW])),
        )
        for each in found
    )  # fmt: skip
    return Grid(
        tuple(HeadCell(text, 0, place) for place, text in enumerate(heads)),
        rows,
        (12.0, 45.0, 63.0, 24.0, 21.0),
        aligned(len(heads)),
    )
