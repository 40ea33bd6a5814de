"""How the workbooks look: face, borders, heights of rows, the page they are printed on."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FACE: Final = "Times New Roman"
THIN: Final = Side(style="thin")
BOX: Final = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
MIDDLE: Final = Alignment(horizontal="center", vertical="center", wrap_text=True)
START: Final = Alignment(horizontal="left", vertical="center", wrap_text=True)
END: Final = Alignment(horizontal="right", vertical="center", wrap_text=True)

#: ISO A4 in the list of paper sizes of ECMA-376, 18.3.1.63.
A4: Final = 9

#: Height of a line of 12 point Times, points; office programs do not work out heights of wrapped rows that
#: others wrote.
LINE_PT: Final = 16.0

#: Letters of 12 point Times to a unit of column width, a digit of the default face: measured on names
#: and positions in LibreOffice, on the careful side.
LETTERS: Final = 0.95


def put(  # noqa: PLR0913 - a cell: where, what, how it looks
    sheet: Any, row: int, column: int, value: Any, alignment: Alignment = MIDDLE, *, bold: bool = False
) -> Any:
    """Write a cell of a table; a text is a text, even one that begins with "=". Gives the cell."""
    cell = sheet.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font, cell.border, cell.alignment = Font(name=FACE, size=12, bold=bold), BOX, alignment
    return cell


def formula(sheet: Any, row: int, column: int, text: str, number_format: str = "General") -> Any:
    """Write a formula of a table. Gives the cell."""
    cell = put(sheet, row, column, None)
    cell.value, cell.number_format = text, number_format
    return cell


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column of this width.

    >>> lines_of("Lê Mẫu", 26), lines_of("Công Tằng Tôn Nữ Thị Thí Điểm Minh Họa", 26)
    (1, 2)
    """
    return max(1, len(textwrap.wrap(text, max(1, int(width * LETTERS)))))


def fit_row(sheet: Any, row: int, texts: Iterable[tuple[str, float]]) -> float:
    """Make a row as high as the longest of its texts in their widths. Gives the height, points."""
    height = LINE_PT * max((lines_of(text, width) for text, width in texts), default=1) + 2
    sheet.row_dimensions[row].height = height
    return height


def set_widths(sheet: Any, widths: Sequence[float]) -> None:
    """Widths of the columns from the first on."""
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def print_lying(sheet: Any, heads: str, header: str = "") -> None:
    """A4 lying, as wide as the page and as long as it needs; these rows on every page."""
    sheet.print_title_rows = heads
    sheet.page_setup.paperSize = A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.6
    sheet.page_margins.top = sheet.page_margins.bottom = 0.75
    if header:
        sheet.oddHeader.center.text = header
    sheet.oddFooter.center.text = "&P/&N"
