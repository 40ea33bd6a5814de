"""How the workbooks look: face, borders, heights of rows, the page they are printed on."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break

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

#: The printable part of A4 lying, points: margins of 0.6 and 0.75 inches.
PAGE_WIDE_PT: Final = 842 - 2 * 0.6 * 72
PAGE_HIGH_PT: Final = 595 - 2 * 0.75 * 72

#: Columns come out so much wider where the workbook's default face is missing: measured in LibreOffice.
WIDER: Final = 1.3

#: Rows come out at most so much higher than said here.
CAREFUL: Final = 0.95

#: A sheet is set on one page down to this size; smaller, 12 point type is hard to read.
SMALLEST: Final = 0.7

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


def print_lying(sheet: Any, heads: str, header: str = "", *, first: bool = False) -> None:
    """A4 lying, as wide as the page and as long as it needs; these rows on every page.

    Args:
        sheet: the sheet.
        heads: rows of the table's head, "8:10".
        header: above every page.
        first: the first page says it in its own text, and not above it once more.
    """
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
    if first:
        sheet.HeaderFooter.differentFirst = True
        sheet.firstFooter.center.text = "&P/&N"


def keep_together(sheet: Any, first: int, last: int) -> None:
    """Print rows `first` to `last` on one page: a sheet a little longer than a page is set smaller.

    Of a longer one, `first` begins a page where the rows would be parted. Excel heeds no such break where it
    fits the sheet to the page by itself, so the scale is then given as a number.
    """
    tall = [_height(sheet, row) for row in range(1, last + 1)]
    if sum(tall) * SMALLEST <= PAGE_HIGH_PT:
        sheet.page_setup.fitToHeight = 1
        return
    scale = min(1.0, PAGE_WIDE_PT / (_width(sheet) * WIDER))
    page = PAGE_HIGH_PT / scale * CAREFUL
    sheet.sheet_properties.pageSetUpPr.fitToPage = False
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = int(100 * scale)
    sheet.print_options.horizontalCentered = True
    if _page_of(tall[:first], page) != _page_of(tall, page):
        sheet.row_breaks.append(Break(id=first - 1))


def _page_of(tall: Sequence[float], page: float) -> int:
    """The page on which rows of these heights end."""
    return int(sum(tall) // page)


def _height(sheet: Any, row: int) -> float:
    return float(sheet.row_dimensions[row].height or LINE_PT)


def _width(sheet: Any) -> float:
    """Width of all columns, points: 7 px a unit and 5 px a column at 96 dots an inch."""
    return float(sum((each.width * 7 + 5) * 0.75 for each in sheet.column_dimensions.values()))
