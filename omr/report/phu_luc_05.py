"""Phụ lục 05 as a paper: the plan's own form, filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omr.report.heads import left_head
from omr.report.paper import Gap, Grid, HeadCell, Paper, Signature, Signatures, Text, aligned, centered
from omr.report.wording import shown

if TYPE_CHECKING:
    from omr.report.wording import Line, Wording

#: Widths, mm: the number columns; STT, name and position take what they leave. A number column holds "100,00"
#: in 11 pt of a narrow face; in a wide one the table is set smaller.
NUMBER_MM, VALID_MM, COUNT_MM = 10.0, 12.0, 13.5

#: Of what is left, the share of the name, 34 mm: a name of four words stays on one line, a position breaks.
NAME_SHARE = 0.545


def report_paper(words: Wording) -> Paper:
    """The report of the result, as Phụ lục 05 has it."""
    bare = Paper(
        " ".join(words.title), words.agency, left_head(words), (centered(words.place_and_day, italic=True),)
    )
    board, hint = words.signature
    return Paper(
        title=bare.title,
        author=bare.author,
        left=(*bare.left, centered(words.seal, italic=True)),
        right=bare.right,
        seal=True,
        draft=words.draft,
        body=(
            *(Text(line, bold=True, align="center", after=0) for line in words.title),
            Text(words.meeting, bold=True, align="center"),
            Gap(2),
            Text(words.opening, align="justify", indent=True),
            Text(words.counts_head, bold=True, indent=True),
            *(Text(line, indent=True) for line in words.counts),
            Text(words.table_head, bold=True, indent=True, keep=True),
            result_grid(words, bare.text_mm),
            Text(words.note, italic=True, size=12),
            *(Text(line, italic=True, size=12) for line in words.remarks),
            *(Text(f"{words.draft}: {reason}", italic=True, size=12) for reason in words.draft_reasons),
            Signatures(Signature(""), Signature(board, hint, words.signed_by)),
        ),
    )


def result_grid(words: Wording, text_mm: float) -> Grid:
    """The ten-column table: four columns, then ballots and share of every level, the head in two storeys."""
    counted = 2 * len(words.choices)
    rest = text_mm - NUMBER_MM - VALID_MM - counted * COUNT_MM
    widths = (NUMBER_MM, rest * NAME_SHARE, rest * (1 - NAME_SHARE), VALID_MM, *[COUNT_MM] * counted)
    fixed = tuple(HeadCell(text, 0, place, rows=3) for place, text in enumerate(words.columns))
    return Grid(
        head=(*fixed, *level_head(words, first=4)),
        rows=tuple(_row(line) for line in words.lines),
        widths=widths,
        aligns=aligned(len(widths)),
    )


def level_head(words: Wording, first: int) -> tuple[HeadCell, ...]:
    """The part of the head over the levels, from this column on: three rows."""
    levels = HeadCell(words.levels, 0, first, columns=2 * len(words.choices))
    labels = (
        HeadCell(label, 1, first + 2 * place, columns=2, italic=True, bold=False)
        for place, label in enumerate(words.choices)
    )
    units = (
        HeadCell(text, 2, first + 2 * place + more, bold=False)
        for place in range(len(words.choices))
        for more, text in enumerate((words.votes, words.share))
    )
    return (levels, *labels, *units)


def votes_and_shares(line: Line) -> tuple[str, ...]:
    """Ballots and share of every level, side by side, as shown."""
    pairs = zip(line.votes, line.shares, strict=True)
    return tuple(text for votes, share in pairs for text in (str(votes), shown(share)))


def _row(line: Line) -> tuple[str, ...]:
    return (str(line.number), line.name, line.position, str(line.valid), *votes_and_shares(line))
