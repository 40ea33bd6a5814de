"""A paper as a document that the office can edit: opens in Word and in LibreOffice."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from omr.files import save_whole
from omr.report.paper import (
    BOTTOM_MM,
    INDENT_MM,
    LEFT_MM,
    RIGHT_MM,
    SEAL_MM,
    TEXT_PT,
    TOP_MM,
    Gap,
    Grid,
    NewPage,
    Signatures,
    Text,
    centered,
    keep_signatures,
)

if TYPE_CHECKING:
    from pathlib import Path

    from omr.report.paper import Block, Paper, Signature

#: Administrative papers are typed in this face (Nghị định 30/2020/NĐ-CP, phụ lục I).
FACE: Final = "Times New Roman"

ALIGNS: Final = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
RED: Final = RGBColor(0xC0, 0, 0)

#: Free height above and below the text of a cell, points.
CELL_PT: Final = 2

#: The left column's share of the head and of the signatures.
LEFT_SHARE: Final = 0.44

#: Free height above a signer's name, mm.
SIGN_MM: Final = 22


def write_docx(path: Path, paper: Paper) -> None:
    """Write a paper as a Word document."""
    document = docx.Document()
    _prepare_page(document, paper)
    _head(document, paper)
    for block in keep_signatures(paper.body):
        _block(document, paper, block)
    document.core_properties.title = paper.title
    document.core_properties.author = paper.author
    save_whole(path, document.save)


def _prepare_page(document: Any, paper: Paper) -> None:
    section = document.sections[0]
    width, height = paper.size_mm
    section.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin, section.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    section.header_distance = section.footer_distance = Mm(10)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FACE, Pt(TEXT_PT)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FACE)
    normal.paragraph_format.space_after = Pt(0)
    section.different_first_page_header_footer = True
    _page_head(section.first_page_header.paragraphs[0], paper.draft, numbered=False)
    marks = " · ".join(part for part in (paper.draft, paper.stamp, paper.copy) if part)
    _page_head(section.header.paragraphs[0], marks, numbered=True)


def _page_head(paragraph: Any, marks: str, *, numbered: bool) -> None:
    """Above the text of every page: its number from the second on, and what must be seen on each."""
    paragraph.alignment = ALIGNS["center"]
    if numbered:
        _field(paragraph, "PAGE")
    if marks:
        run = paragraph.add_run(("   " if numbered else "") + marks)
        run.bold, run.font.color.rgb = True, RED


def _field(paragraph: Any, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no call for fields


def _head(document: Any, paper: Paper) -> None:
    """Agency at the left, with room for the hanging seal; place and date at the right."""
    left, right = _two_columns(document, paper)
    _lines(left, paper.left)
    _lines(right, paper.right)
    if paper.stamp:
        _stamp(left, paper.stamp)
    if paper.copy:
        _write(left.add_paragraph(), centered(paper.copy, italic=True))
    if paper.seal:
        left.add_paragraph().paragraph_format.space_before = Mm(SEAL_MM)
    document.add_paragraph()


def _two_columns(document: Any, paper: Paper) -> tuple[Any, Any]:
    table = document.add_table(rows=1, cols=2)
    widths = (paper.text_mm * LEFT_SHARE, paper.text_mm * (1 - LEFT_SHARE))
    _fix_widths(table, widths)
    _keep_row(table.rows[0], heads=False)
    left, right = table.rows[0].cells
    return left, right


def _lines(cell: Any, lines: tuple[Text, ...]) -> None:
    for place, line in enumerate(lines):
        _write(cell.paragraphs[0] if place == 0 else cell.add_paragraph(), line)


def _stamp(cell: Any, text: str) -> None:
    """The degree of secrecy in a box, as the stamp puts it."""
    paragraph = cell.add_paragraph()
    _write(paragraph, centered(f"\u00a0{text}\u00a0", bold=True))
    paragraph.paragraph_format.space_before = Pt(4)
    properties = paragraph.runs[0]._r.get_or_add_rPr()  # noqa: SLF001 - borders of a run have no call
    border = OxmlElement("w:bdr")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "0"), ("color", "auto")):
        border.set(qn(f"w:{name}"), value)
    properties.append(border)


def _block(document: Any, paper: Paper, block: Block) -> None:
    match block:
        case Text():
            _write(document.add_paragraph(), block)
        case Gap():
            gap = document.add_paragraph().paragraph_format
            gap.line_spacing = Mm(block.height)
        case Grid():
            _grid(document, block)
        case Signatures():
            _signatures(document, paper, block)
        case NewPage():
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _write(paragraph: Any, text: Text) -> None:
    """Write a text into an empty paragraph.

    What texts that look alike have in common is copied: python-docx seeks the place of each property anew,
    which took half of the time of a paper.
    """
    paragraph._p.extend(deepcopy(list(_looking(replace(text, text=""))._p)))  # noqa: SLF001 - no call copies
    paragraph.runs[0].text = text.text


@cache
def _looking(like: Text) -> Paragraph:
    """A paragraph that looks so, with a run of no words."""
    paragraph = Paragraph(OxmlElement("w:p"), None)  # type: ignore[arg-type] # it belongs to no document
    paragraph.alignment = ALIGNS[like.align]
    form = paragraph.paragraph_format
    form.space_after = Pt(like.after)
    if like.indent:
        form.first_line_indent = Mm(INDENT_MM)
    if like.keep:
        form.keep_with_next = True
    run = paragraph.add_run()
    run.bold, run.italic, run.font.size = like.bold, like.italic, Pt(like.size)
    run.underline = like.underline
    return paragraph


def _grid(document: Any, grid: Grid) -> None:
    table = document.add_table(rows=grid.head_rows + len(grid.rows), cols=len(grid.widths))
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    _fix_widths(table, grid.widths)
    lines = list(table.rows)
    for place, row in enumerate(lines):
        _keep_row(row, heads=place < grid.head_rows)
    for row, texts in zip(lines[grid.head_rows :], grid.rows, strict=True):
        for cell, text, align in zip(row.cells, texts, grid.aligns, strict=True):
            _fill(cell, Text(text, align=align, size=grid.size, after=0))
    for each in grid.head:
        first = lines[each.row].cells[each.column]
        last = lines[each.row + each.rows - 1].cells[each.column + each.columns - 1]
        size = grid.size - 1
        look = Text(each.text, bold=each.bold, italic=each.italic, align="center", size=size, after=0)
        _fill(first.merge(last), look)


def _fill(cell: Any, text: Text) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    _write(paragraph, text)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(CELL_PT)


def _fix_widths(table: Any, widths: tuple[float, ...]) -> None:
    """Columns as wide as said, in both office programs: in the grid and in every cell; narrow inside."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(round(1.0 / 25.4 * 1440)))  # 1 mm in twentieths of a point
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.append(margins)  # noqa: SLF001 - margins of a table have no call
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _keep_row(row: Any, *, heads: bool) -> None:
    """A row is not split over pages; the head is repeated on each."""
    for mark in ("w:cantSplit", *(["w:tblHeader"] if heads else [])):
        row._tr.get_or_add_trPr().append(OxmlElement(mark))  # noqa: SLF001 - python-docx has no call for it


def _signatures(document: Any, paper: Paper, block: Signatures) -> None:
    _write(document.add_paragraph(), Text("", keep=True))
    for cell, signer in zip(_two_columns(document, paper), (block.left, block.right), strict=True):
        _sign(cell, signer)


def _sign(cell: Any, signer: Signature) -> None:
    _write(cell.paragraphs[0], centered(signer.office, bold=True))
    _write(cell.add_paragraph(), centered(signer.hint, italic=True))
    name = cell.add_paragraph()
    _write(name, centered(signer.name, bold=True))
    name.paragraph_format.space_before = Mm(SIGN_MM)
