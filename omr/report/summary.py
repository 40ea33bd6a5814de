"""The plan, III.3: for every person what was issued, collected, valid, invalid, each level with its share.

With the invalid ballots and their reasons as an annex. It bears what Phụ lục 05 has no column for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from omr.reasons import reason_in_words
from omr.report.heads import left_head, right_head
from omr.report.paper import Gap, Grid, HeadCell, NewPage, Paper, Signature, Signatures, Text, aligned
from omr.report.phu_luc_05 import level_head, votes_and_shares
from omr.report.wording import OPEN
from omr.rules import BLANK, INVALID, OVERVOTE, STRUCK, BallotState
from omr.tally import SPOILED
from omr.words import _, later, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omr.election import Election
    from omr.report.paper import Block
    from omr.report.wording import Wording
    from omr.standing import StandingBallot
    from omr.tally import PersonTally, Tally

#: Why a ballot is invalid, in the plan's words (III.3); flags of whole ballots have names of their own.
INVALID_NAMES: Final = {
    BLANK: later("no box marked"),
    OVERVOTE: later("two or three boxes marked"),
    STRUCK: later("the printed name crossed out"),
    SPOILED: later("another row of the ballot is invalid ([rules] scope = ballot)"),
    INVALID: later("found by the board not to be one of its ballots"),
}

#: Widths in mm on a paper that lies: number, then the four counts, then every column of a level.
NUMBER_MM, COUNT_MM, LEVEL_MM = 11.0, 15.0, 15.0
NAME_SHARE: Final = 0.45


def why_invalid(code: str) -> str:
    """A reason of the tally in words."""
    return _(INVALID_NAMES[code]) if code in INVALID_NAMES else reason_in_words(code)


def summary_paper(
    words: Wording, election: Election, result: Tally, ballots: Sequence[StandingBallot] = ()
) -> Paper:
    """The summary of III.3, one line a person, and the annex of the invalid ballots."""
    bare = Paper("", words.agency, (), (), landscape=True)
    return Paper(
        title=_("SUMMARY FOR EVERY PERSON"),
        author=words.agency,
        left=left_head(words, _("COUNTING BOARD")),
        right=right_head(words, election),
        draft=words.draft,
        landscape=True,
        body=(
            Text(_("SUMMARY FOR EVERY PERSON"), bold=True, align="center", after=0),
            Text(words.meeting, bold=True, align="center"),
            Gap(2),
            _people(words, result, bare.text_mm),
            Text(words.note, italic=True, size=12),
            NewPage(),
            *_annex(words, result, ballots, bare.text_mm),
            Signatures(Signature(""), Signature(*words.signature, words.signed_by)),
        ),
    )


def _people(words: Wording, result: Tally, text_mm: float) -> Grid:
    counts = [_("Issued"), _("Collected"), words.columns[3], _("Invalid ballots")]
    counts += [_("Waiting for a decision")] if result.open_rows else []
    counted = 2 * len(words.choices)
    rest = text_mm - NUMBER_MM - len(counts) * COUNT_MM - counted * LEVEL_MM
    heads = (*words.columns[:3], *counts)
    rows = (
        (
            str(line.number), line.name, line.position, *_counts(result, each), *votes_and_shares(line),
        )
        for line, each in zip(words.lines, result.people, strict=True)
    )  # fmt: skip
    return Grid(
        head=(
            *(HeadCell(text, 0, place, rows=3) for place, text in enumerate(heads)),
            *level_head(words, len(heads)),
        ),
        rows=tuple(rows),
        widths=(
            NUMBER_MM, rest * NAME_SHARE, rest * (1 - NAME_SHARE),
            *[COUNT_MM] * len(counts), *[LEVEL_MM] * counted,
        ),
        aligns=aligned(len(heads) + counted),
    )  # fmt: skip


def _counts(result: Tally, each: PersonTally) -> tuple[str, ...]:
    """Issued, collected, valid, invalid, and in a draft what waits: the last three add up to the second."""
    issued = OPEN if result.day.issued is None else str(result.day.issued)
    opened = (str(each.open),) if result.open_rows else ()
    return (issued, str(result.collected), str(each.valid), str(each.invalid), *opened)


def _annex(
    words: Wording, result: Tally, ballots: Sequence[StandingBallot], text_mm: float
) -> tuple[Block, ...]:
    """The invalid ballots: as a whole, by their random ids; then by person, how many for which reason."""
    thrown_out = [ballot for ballot in ballots if ballot.state is BallotState.INVALID]
    return (
        Text(_("ANNEX: INVALID BALLOTS"), bold=True, align="center"),
        Text(
            _("1. Ballots invalid as a whole: {count}.").format(count=number(len(thrown_out))),
            bold=True,
            indent=True,
            keep=bool(thrown_out),
        ),
        *([_whole(thrown_out, text_mm)] if thrown_out else []),
        Text(_("2. Ballots invalid for a person"), bold=True, indent=True, keep=True),
        _by_person(words, result, text_mm),
        Text(
            _("Invalid ballots in all, counted for every person: {count}.").format(
                count=number(sum(each.invalid for each in result.people))
            ),
            italic=True,
            size=12,
        ),
    )


def _whole(ballots: Sequence[StandingBallot], text_mm: float) -> Grid:
    rows = [
        (str(place), ballot.id, "; ".join(map(why_invalid, _flags(ballot))))
        for place, ballot in enumerate(ballots, start=1)
    ]
    heads = (_("No."), _("Ballot (random id)"), _("Reason"))
    return _plain_grid(heads, rows, (NUMBER_MM, 100.0, text_mm - NUMBER_MM - 100.0))


def _flags(ballot: StandingBallot) -> tuple[str, ...]:
    return tuple(flag.value for flag in ballot.flags) or (INVALID,)


def _by_person(words: Wording, result: Tally, text_mm: float) -> Grid:
    rows = [
        (
            str(each.person.number), each.person.name, str(each.invalid),
            "; ".join(f"{why_invalid(code)}: {count}" for code, count in each.reasons.items()) or "–",
        )
        for each in result.people
    ]  # fmt: skip
    heads = (
        words.columns[0],
        words.columns[1],
        _("Invalid ballots"),
        _("Reasons, with the number of ballots"),
    )
    widths = (NUMBER_MM, 70.0, 25.0, text_mm - NUMBER_MM - 95.0)
    return _plain_grid(heads, rows, widths, (1, 3))


def _plain_grid(
    heads: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    widths: tuple[float, ...],
    left: tuple[int, ...] = (1, 2),
) -> Grid:
    return Grid(
        tuple(HeadCell(text, 0, place) for place, text in enumerate(heads)),
        tuple(rows),
        widths,
        aligned(len(widths), left),
    )
