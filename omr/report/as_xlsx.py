"""phu-luc-05.xlsx: the same table with live formulas, so that anybody can recalculate it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from omr.files import save_whole
from omr.report.sheet import (
    END,
    FACE,
    LINE_PT,
    MIDDLE,
    START,
    fit_row,
    formula,
    keep_together,
    lines_of,
    print_lying,
    put,
    set_widths,
)
from omr.words import _

if TYPE_CHECKING:
    from pathlib import Path

    from omr.report.wording import Line, Wording
    from omr.tally import PersonTally, Tally

#: Name of the sheet with the report.
TITLE: Final = "Phu luc 05"

#: Widths in characters: STT, name, position, valid; then every number column.
WIDTHS: Final = (6, 26, 38, 10)
COUNT_WIDTH: Final = 10

#: People who stand on the page of the signature, where there are several pages.
KEPT_ROWS: Final = 2

#: Columns of the head's left part: STT, name and position.
HEAD_COLUMNS: Final = 3


def write_xlsx(path: Path, words: Wording, result: Tally) -> None:
    """Write the report as a workbook: Phụ lục 05, and the summary of III.3 with its sums checked."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = TITLE
    last = 4 + 2 * len(words.choices)
    set_widths(sheet, [*WIDTHS, *[COUNT_WIDTH] * (last - len(WIDTHS))])
    top = _heading(sheet, words, last)
    base = _base(sheet, words, top, last)
    head = top + 2
    _table_head(sheet, words, head, last)
    for place, line in enumerate(words.lines, start=head + 3):
        _row(sheet, line, place, base)
    end = _notes(sheet, words, head + 3 + len(words.lines), last)
    _signature(sheet, words, end)
    print_lying(sheet, f"{head}:{head + 2}", words.draft, first=bool(words.draft))
    keep_together(sheet, end - len(_below(words)) - KEPT_ROWS, end + 4)
    _summary(book.create_sheet("III.3"), words, result, head + 3)
    save_whole(path, book.save)


def _heading(sheet: Any, words: Wording, last: int) -> int:
    """The lines above the table; gives the first row below them.

    The agency at the left with the seal's place under it, place and day at the right, as on Phụ lục 05; the
    lines below over the full width.
    """
    agency = [(words.superior, False), (words.agency, True), (words.seal, False)]
    left = [line for line in agency if line[0]]
    for row, (text, bold) in enumerate(left, start=1):
        _across(sheet, row, 1, HEAD_COLUMNS, text, bold=bold, italic=text == words.seal)
    _across(sheet, 1, HEAD_COLUMNS + 1, last, words.place_and_day, italic=True).alignment = END
    strong = [text for text in (words.draft, *words.title, words.meeting) if text]
    plain = [words.opening, words.counts_head, *words.counts]
    width = sum(WIDTHS) + COUNT_WIDTH * (last - len(WIDTHS))
    for row, text in enumerate([*strong, *plain], start=len(left) + 2):
        cell = _across(sheet, row, 1, last, text, bold=text in strong)
        cell.alignment = MIDDLE if text in strong else START
        fit_row(sheet, row, [(text, width * 0.9)])
    return len(left) + len(strong) + len(plain) + 2


def _across(  # noqa: PLR0913 - a line: where, over which columns, what, how it looks
    sheet: Any, row: int, first: int, last: int, text: str, *, bold: bool = False, italic: bool = False
) -> Any:
    """A line over several columns; a text is a text, even one that begins with "="."""
    sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
    cell = sheet.cell(row, first, text)
    cell.data_type = "s"
    cell.font, cell.alignment = Font(name=FACE, size=13, bold=bold, italic=italic), MIDDLE
    return cell


def _base(sheet: Any, words: Wording, row: int, last: int) -> str:
    """The number that shares are taken of, in a cell of its own beside its name; gives its address."""
    name = _across(sheet, row, 1, HEAD_COLUMNS, words.base_label, italic=True)
    name.alignment = END
    number = _across(sheet, row, HEAD_COLUMNS + 1, last, "", bold=True)
    number.value, number.alignment = words.base_count, START
    return f"${get_column_letter(HEAD_COLUMNS + 1)}${row}"


def _table_head(sheet: Any, words: Wording, row: int, last: int) -> None:
    for line in range(row, row + 3):
        for column in range(1, last + 1):
            put(sheet, line, column, None, bold=True)
    for column, text in enumerate(words.columns, start=1):
        sheet.cell(row, column).value = text
        sheet.merge_cells(start_row=row, start_column=column, end_row=row + 2, end_column=column)
    sheet.cell(row, 5).value = words.levels
    sheet.merge_cells(start_row=row, start_column=5, end_row=row, end_column=last)
    for column, label in zip(range(5, last, 2), words.choices, strict=True):
        sheet.cell(row + 1, column).value = label
        sheet.merge_cells(start_row=row + 1, start_column=column, end_row=row + 1, end_column=column + 1)
        sheet.cell(row + 2, column).value = words.votes
        sheet.cell(row + 2, column + 1).value = words.share


def _row(sheet: Any, line: Line, row: int, base: str) -> None:
    """Counts as numbers, everything else that can be worked out as a formula.

    A share is rounded in whole hundredths, so that a half is rounded up and no float gets in the way.
    """
    for column, value in ((1, line.number), (2, line.name), (3, line.position)):
        put(sheet, row, column, value, MIDDLE if column == 1 else START)
    votes = [f"{get_column_letter(5 + 2 * place)}{row}" for place in range(len(line.votes))]
    formula(sheet, row, 4, "=" + "+".join(votes))
    for place, (cell, count) in enumerate(zip(votes, line.votes, strict=True)):
        put(sheet, row, 5 + 2 * place, count)
        formula(sheet, row, 6 + 2 * place, f'=IF({base}>0,ROUND({cell}*10000/{base},0)/100,"")', "0.00")
    fit_row(sheet, row, [(line.name, WIDTHS[1]), (line.position, WIDTHS[2])])


def _notes(sheet: Any, words: Wording, row: int, last: int) -> int:
    """What stands below the table, each line over the full width; gives the row after it."""
    lines = _below(words)
    width = sum(WIDTHS) + COUNT_WIDTH * (last - len(WIDTHS))
    for place, text in enumerate(lines, start=row):
        cell = _across(sheet, place, 1, last, text, italic=True)
        cell.alignment = START
        fit_row(sheet, place, [(text, width)])
    return row + len(lines)


def _below(words: Wording) -> list[str]:
    return [words.note, *words.remarks, *(f"{words.draft}: {reason}" for reason in words.draft_reasons)]


def _signature(sheet: Any, words: Wording, row: int) -> None:
    board, hint = words.signature
    sheet.row_dimensions[row + 3].height = 4 * LINE_PT
    for place, text, bold in (
        (row + 1, board, True),
        (row + 2, hint, False),
        (row + 4, words.signed_by, True),
    ):
        _across(sheet, place, 5, 8, text, bold=bold, italic=not bold)


def _summary(sheet: Any, words: Wording, result: Tally, first: int) -> None:
    """III.3 for every person, taken from the first sheet, and whether everything adds up."""
    votes = [text for label in words.choices for text in (label, f"{label} %")]
    counts = (
        _("Issued"),
        _("Collected"),
        words.columns[3],
        _("Invalid ballots"),
        _("Waiting for a decision"),
    )
    heads = [*words.columns[:3], *counts, *votes, _("Check")]
    widths = [*WIDTHS[:3], *[COUNT_WIDTH + 1] * (len(heads) - 3)]
    set_widths(sheet, widths)
    for column, text in enumerate(heads, start=1):
        put(sheet, 1, column, text, bold=True)
    fit_row(sheet, 1, zip(heads, widths, strict=True))
    for row, each in enumerate(result.people, start=2):
        _summary_row(sheet, each, result, row, first + row - 2)
    sheet.freeze_panes = "C2"
    print_lying(sheet, "1:1", words.draft)


def _summary_row(sheet: Any, each: PersonTally, result: Tally, row: int, there: int) -> None:
    """One person; `there` is their row on the first sheet."""
    report = f"'{TITLE}'!"
    for column in range(1, 4):
        cell = formula(sheet, row, column, f"={report}{get_column_letter(column)}{there}")
        cell.alignment = MIDDLE if column == 1 else START
    put(sheet, row, 4, result.day.issued)
    put(sheet, row, 5, result.collected)
    formula(sheet, row, 6, f"={report}D{there}")
    put(sheet, row, 7, each.invalid)
    put(sheet, row, 8, each.open)
    for at in range(2 * len(result.choices)):
        format_ = "0.00" if at % 2 else "General"
        formula(sheet, row, 9 + at, f"={report}{get_column_letter(5 + at)}{there}", format_)
    said = (_("adds up"), _("DOES NOT ADD UP"))
    check = f'=IF(F{row}+G{row}+H{row}=E{row},"{said[0]}","{said[1]}")'
    formula(sheet, row, 9 + 2 * len(result.choices), check)
    lines = max(lines_of(each.person.name, WIDTHS[1]), lines_of(each.person.position, WIDTHS[2]))
    sheet.row_dimensions[row].height = LINE_PT * lines + 2
