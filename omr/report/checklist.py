"""phu-luc-02.xlsx: who has handed in what, with the last days; late papers turn red by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from omr.files import save_whole
from omr.report.dossier import DOSSIER
from omr.report.sheet import FACE, MIDDLE, START, fit_row, formula, print_lying, put, set_widths

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from omr.election import Election

LATE: Final = PatternFill("solid", bgColor="FFFFC7CE")
DATE: Final = "dd/mm/yyyy"

#: Rows: title, plan, session, then a head of two rows.
HEAD_ROW: Final = 5
FIRST_ROW: Final = HEAD_ROW + 2

#: Columns of one paper of the dossier: last day, handed in on, state.
EACH: Final = ("Hạn nộp", "Ngày nhận", "Tình trạng")
WIDTHS: Final = (6, 26, 36)
DATE_WIDTH, STATE_WIDTH, NOTE_WIDTH = 12, 11, 22


def write_checklist(path: Path, election: Election, due: tuple[date, date] | None) -> None:
    """Write the checklist of Phụ lục 02, one line a person.

    Args:
        path: the file.
        election: names the people and the session.
        due: last day of report and declaration, and of explanations; None while the day is not known.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Phu luc 02"
    last = 3 + len(EACH) * len(DOSSIER) + 1
    _titles(sheet, election, last)
    _head(sheet, last)
    days = (due[0], due[0], due[1]) if due else (None, None, None)
    for row, person in enumerate(election.people, start=FIRST_ROW):
        put(sheet, row, 1, person.number)
        put(sheet, row, 2, person.name, START)
        put(sheet, row, 3, person.position, START)
        for place, day in enumerate(days):
            _paper(sheet, row, 4 + len(EACH) * place, day, optional=place == len(days) - 1)
        put(sheet, row, last, None, START)
        fit_row(sheet, row, [(person.name, WIDTHS[1]), (person.position, WIDTHS[2])])
    _prepare(sheet, last, FIRST_ROW + len(election.people) - 1)
    save_whole(path, book.save)


def _titles(sheet: Any, election: Election, last: int) -> None:
    lines = (
        ("PHỤ LỤC 02", True),
        ("DANH MỤC HỒ SƠ NGƯỜI ĐƯỢC LẤY PHIẾU TÍN NHIỆM", True),
        (election.meeting, False),
    )
    for row, (text, bold) in enumerate(lines, start=1):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        cell = sheet.cell(row, 1, text)
        cell.font, cell.alignment = Font(name=FACE, size=13, bold=bold, italic=not bold), MIDDLE


def _head(sheet: Any, last: int) -> None:
    for row in (HEAD_ROW, HEAD_ROW + 1):
        for column in range(1, last + 1):
            put(sheet, row, column, None, bold=True)
    for column, text in ((1, "STT"), (2, "Họ và tên"), (3, "Chức vụ, đơn vị công tác"), (last, "Ghi chú")):
        sheet.cell(HEAD_ROW, column).value = text
        sheet.merge_cells(start_row=HEAD_ROW, start_column=column, end_row=HEAD_ROW + 1, end_column=column)
    for place, text in enumerate(DOSSIER):
        first = 4 + len(EACH) * place
        sheet.cell(HEAD_ROW, first).value = f"{place + 1}. {text}"
        sheet.merge_cells(
            start_row=HEAD_ROW, start_column=first, end_row=HEAD_ROW, end_column=first + len(EACH) - 1
        )
        for more, part in enumerate(EACH):
            sheet.cell(HEAD_ROW + 1, first + more).value = part
    sheet.row_dimensions[HEAD_ROW].height = 66


def _paper(sheet: Any, row: int, first: int, due: date | None, *, optional: bool) -> None:
    """Last day, a cell to enter the day it came, and a state that the workbook works out by itself."""
    limit, came = (f"{get_column_letter(first + more)}{row}" for more in range(2))
    put(sheet, row, first, due).number_format = DATE
    put(sheet, row, first + 1, None).number_format = DATE
    missing = '"Nếu có"' if optional else f'IF(AND({limit}<>"",TODAY()>{limit}),"Quá hạn","Chưa nộp")'
    state = f'=IF({came}="",{missing},IF(AND({limit}<>"",{came}>{limit}),"Nộp muộn","Đã nộp"))'
    formula(sheet, row, first + 2, state)


def _prepare(sheet: Any, last: int, end: int) -> None:
    set_widths(sheet, [*WIDTHS, *[DATE_WIDTH, DATE_WIDTH, STATE_WIDTH] * len(DOSSIER), NOTE_WIDTH])
    states = f"D{FIRST_ROW}:{get_column_letter(last - 1)}{end}"
    late = FormulaRule(formula=[f'OR(D{FIRST_ROW}="Quá hạn",D{FIRST_ROW}="Nộp muộn")'], fill=LATE)
    sheet.conditional_formatting.add(states, late)
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 4)
    print_lying(sheet, f"{HEAD_ROW}:{HEAD_ROW + 1}")
