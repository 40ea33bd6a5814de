"""A paper as PDF; the same paper gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Frame,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from omr.report.paper import (
    BOTTOM_MM,
    INDENT_MM,
    LEFT_MM,
    RIGHT_MM,
    SEAL_MM,
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
    from collections.abc import Sequence
    from pathlib import Path

    from layouts.model import Style
    from omr.report.paper import Block, Paper, Signature


class Fonts(Protocol):
    """A serif family that reportlab knows, as `generate.fonts` finds it."""

    def font_name(self, style: Style) -> str:
        """Name of one of its styles."""
        ...


ALIGNS: Final = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT, "justify": TA_JUSTIFY}
RED: Final = colors.Color(0.75, 0, 0)

#: Free space in a cell beside, above and below its text, mm.
CELL_MM: Final = 1.0

#: Smallest type of a table, points: below it nobody reads a printed paper.
SMALLEST_PT: Final = 7.0

#: Height of a line, a table's head and its first row, mm: less is left at no table's beginning.
TABLE_BEGINS_MM: Final = 62

#: The left column's share of the head and of the signatures.
LEFT_SHARE: Final = 0.44

#: Free height above a signer's name, mm.
SIGN_MM: Final = 22


def write_pdf(path: Path, papers: Sequence[Paper], fonts: Fonts) -> None:
    """Write papers into one PDF, each from page 1 of its own; all must lie the same way.

    Args:
        path: the file.
        papers: at least one.
        fonts: the family everything is set in.
    """
    first = papers[0]
    width, height = (side * mm for side in first.size_mm)
    document = BaseDocTemplate(
        str(path), pagesize=(width, height), title=first.title, author=first.author, invariant=1
    )
    frame = Frame(
        LEFT_MM * mm, BOTTOM_MM * mm, first.text_mm * mm, height - (TOP_MM + BOTTOM_MM) * mm, 0, 0, 0, 0
    )
    starts: list[int] = []
    story: list[Any] = []
    for paper in papers:
        story += [*([PageBreak()] if story else []), _Start(starts), *_story(paper, fonts)]

    def mark(canvas: Any, page: Any) -> None:
        _mark_page(canvas, page.page, papers, starts, fonts)

    document.addPageTemplates(PageTemplate(frames=[frame], onPageEnd=mark))
    document.build(story)


class _Start(Spacer):  # type: ignore[misc] # reportlab is untyped
    """Notes the page on which a paper begins."""

    def __init__(self, starts: list[int]) -> None:
        super().__init__(0, 0)
        self.starts = starts

    def draw(self) -> None:
        self.starts.append(self.canv.getPageNumber())


def _story(paper: Paper, fonts: Fonts) -> list[Any]:
    story, body = [_head(paper, fonts), Spacer(0, 5 * mm)], keep_signatures(paper.body)
    held: list[Any] = []
    for block, following in zip(body, (*body[1:], None), strict=True):
        if isinstance(following, Grid):
            story += [*held, *_with_table(block, fonts)]
            held = []
        elif isinstance(block, Text) and block.keep:
            held.append(_paragraph(block, fonts))
        else:
            story += (
                [KeepTogether([*held, *_block(paper, block, fonts)])] if held else _block(paper, block, fonts)
            )
            held = []
    return story


def _with_table(block: Block, fonts: Fonts) -> list[Any]:
    """What stands right above a table: on one page with its beginning, not with all of it."""
    if isinstance(block, Text):
        return [CondPageBreak(TABLE_BEGINS_MM * mm), _paragraph(block, fonts)]
    return [CondPageBreak(TABLE_BEGINS_MM * mm)]


def _block(paper: Paper, block: Block, fonts: Fonts) -> list[Any]:
    match block:
        case Text():
            return [_paragraph(block, fonts)]
        case Gap():
            return [Spacer(0, block.height * mm)]
        case Grid():
            return [_grid(block, fonts), Spacer(0, 1.5 * mm)]
        case Signatures():
            return [Spacer(0, 5 * mm), _signatures(paper, block, fonts)]
        case NewPage():
            return [PageBreak()]


def _paragraph(text: Text, fonts: Fonts) -> Any:
    style: Style = "bold_italic" if text.bold and text.italic else "regular"
    if text.bold != text.italic:
        style = "bold" if text.bold else "italic"
    look = ParagraphStyle(
        style,
        fontName=fonts.font_name(style),
        fontSize=text.size,
        leading=text.size * 1.25,
        alignment=ALIGNS[text.align],
        spaceAfter=text.after,
        firstLineIndent=INDENT_MM * mm if text.indent else 0,
    )
    words = escape(text.text).replace("\n", "<br/>")
    return Paragraph(f"<u>{words}</u>" if text.underline else words, look)


def _head(paper: Paper, fonts: Fonts) -> Any:
    """Agency at the left, with room for the hanging seal; place and date at the right."""
    left: list[Any] = [_paragraph(line, fonts) for line in paper.left]
    if paper.stamp:
        left += [Spacer(0, 1.5 * mm), _stamp(paper.stamp, fonts), Spacer(0, 1 * mm)]
    if paper.copy:
        left.append(_paragraph(centered(paper.copy, italic=True), fonts))
    if paper.seal:
        left.append(Spacer(0, SEAL_MM * mm))
    return _two_columns(paper, left, [_paragraph(line, fonts) for line in paper.right])


def _stamp(text: str, fonts: Fonts) -> Any:
    """The degree of secrecy in a box, as the stamp puts it."""
    box = Table([[_paragraph(centered(text, bold=True), fonts)]], colWidths=[22 * mm], hAlign="CENTER")
    box.setStyle(
        TableStyle([("BOX", (0, 0), (-1, -1), 1.2, colors.black), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)])
    )
    return box


def _two_columns(paper: Paper, left: list[Any], right: list[Any]) -> Any:
    widths = [paper.text_mm * LEFT_SHARE * mm, paper.text_mm * (1 - LEFT_SHARE) * mm]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("ALIGN", (0, 0), (-1, -1), "CENTER"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table([[left, right]], colWidths=widths, style=[*style, ("RIGHTPADDING", (0, 0), (-1, -1), 0)])


def _fitting_size(grid: Grid, fonts: Fonts) -> float:
    """The size of text at which no word of a table is broken: in a wide face "100,00" would wrap."""
    cells = [(text, grid.widths[place]) for row in grid.rows for place, text in enumerate(row)]
    cells += [(cell.text, grid.widths[cell.column]) for cell in grid.head if cell.columns == 1]
    font = fonts.font_name("regular")
    tightest = min(
        (
            (width - 2 * CELL_MM - 0.1) * mm / stringWidth(word, font, 1)
            for text, width in cells
            for word in text.split()
        ),
        default=grid.size,
    )
    return max(SMALLEST_PT, min(grid.size, tightest))


def _grid(grid: Grid, fonts: Fonts) -> Any:
    """A ruled table; its head is repeated on every page."""
    grid = replace(grid, size=_fitting_size(grid, fonts))
    rows: list[list[Any]] = [[""] * len(grid.widths) for _row in range(grid.head_rows)]
    spans = []
    for each in grid.head:
        look = Text(
            each.text, bold=each.bold, italic=each.italic, align="center", size=grid.size - 1, after=0
        )
        rows[each.row][each.column] = _paragraph(look, fonts)
        far = (each.column + each.columns - 1, each.row + each.rows - 1)
        spans.append(("SPAN", (each.column, each.row), far))
    for texts in grid.rows:
        cells = zip(texts, grid.aligns, strict=True)
        rows.append(
            [_paragraph(Text(text, align=align, size=grid.size, after=0), fonts) for text, align in cells]
        )
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        *((f"{side}PADDING", (0, 0), (-1, -1), CELL_MM * mm) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
        *spans,
    ]
    widths = [width * mm for width in grid.widths]
    return Table(rows, colWidths=widths, repeatRows=grid.head_rows, style=TableStyle(style))


def _signatures(paper: Paper, block: Signatures, fonts: Fonts) -> Any:
    return _two_columns(paper, _sign(block.left, fonts), _sign(block.right, fonts))


def _sign(signer: Signature, fonts: Fonts) -> list[Any]:
    return [
        _paragraph(centered(signer.office, bold=True), fonts),
        _paragraph(centered(signer.hint, italic=True), fonts),
        Spacer(0, SIGN_MM * mm),
        _paragraph(centered(signer.name, bold=True), fonts),
    ]


def _mark_page(canvas: Any, page: int, papers: Sequence[Paper], starts: list[int], fonts: Fonts) -> None:
    """Page number from the second page of a paper on; its secrecy and BẢN NHÁP on every page."""
    place = max(sum(start <= page for start in starts), 1) - 1
    paper, own = papers[place], page - starts[place] + 1
    width, height = (side * mm for side in paper.size_mm)
    canvas.saveState()
    if own > 1:
        canvas.setFont(fonts.font_name("regular"), 13)
        canvas.drawCentredString(width / 2, height - 13 * mm, str(own))
    marks = (paper.draft, *((paper.stamp, paper.copy) if own > 1 else ()))
    canvas.setFillColor(RED)
    canvas.setFont(fonts.font_name("bold"), 13)
    canvas.drawRightString(width - RIGHT_MM * mm, height - 13 * mm, " · ".join(filter(None, marks)))
    if paper.draft:
        _watermark(canvas, paper.draft, width, height, fonts)
    canvas.restoreState()


def _watermark(canvas: Any, text: str, width: float, height: float, fonts: Fonts) -> None:
    canvas.setFillColor(colors.Color(0.75, 0, 0, alpha=0.13))
    canvas.setFont(fonts.font_name("bold"), 90)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(50 if height > width else 32)
    canvas.drawCentredString(0, 0, text)
