"""Everything below the table: signature, write-in area, notes beside the code, page number."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layouts.errors import LayoutError, Problem
from layouts.model import Box
from layouts.spec import BallotSpec, Density
from layouts.typeset import Block, TextMeasure, face, stacked, wrap

#: White between parts at the foot, mm.
_GAP_MM = 2.0
#: Least height of the write-in area, mm: two written lines.
WRITE_IN_MM = 8.0
#: A signature needs no more, mm; the rest of a short page stays white.
_TALLEST_MM = 45.0


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature block in its place: its box, its printed lines, and the free area at its left."""

    box: Box
    write_in: Box
    block: Block


def row_limit(spec: BallotSpec) -> float:
    """Lowest y of a row on a page that others follow: rows stay clear of the code."""
    return spec.sheet.code.y0 - _GAP_MM


def last_row_limit(spec: BallotSpec, density: Density) -> float:
    """Lowest y of a row on the last page: the signature and the write-in area stand below."""
    signature = _signature_bottom(spec, density) - density.signature_mm - _GAP_MM
    return min(signature, spec.sheet.code.y0 - _GAP_MM - WRITE_IN_MM)


def signature_lines(spec: BallotSpec, density: Density, measure: TextMeasure) -> Block:
    """NGƯỜI GHI PHIẾU and the remark under it, set from y = 0 down."""
    left, right = spec.sheet.signature_mm
    middle, width = (left + right) / 2, right - left
    head = face("bold", density.body_pt, density.leading)
    note = face("italic", density.note_pt + 1, density.leading)
    first = stacked(wrap(spec.words.signature, width, head, measure), middle, 0, head, "center")
    lines = wrap(spec.words.signature_note, width, note, measure)
    second = stacked(lines, middle, first.bottom, note, "center")
    return Block(first.texts + second.texts, second.bottom)


def place_signature(spec: BallotSpec, density: Density, lines: Block, table_bottom: float) -> Signature:
    """The signature block under the table at the right, the area for written-in names at the left."""
    left, right = spec.sheet.signature_mm
    top = table_bottom + _GAP_MM
    box = Box(left, top, right, min(top + _TALLEST_MM, _signature_bottom(spec, density)))
    write_in = Box(spec.sheet.text.x0, top, left - _GAP_MM, spec.sheet.code.y0 - _GAP_MM / 2)
    texts = tuple(replace(text, y=text.y + top) for text in lines.texts)
    return Signature(box, write_in, Block(texts, top + lines.bottom))


def notes(spec: BallotSpec, density: Density, measure: TextMeasure) -> Block:
    """The notes of Phụ lục 04 beside the code; they explain (1) and (2), so they stand on page 1.

    Raises:
        LayoutError: NOTES_TOO_TALL.
    """
    code, left = spec.sheet.code, spec.sheet.code.x1 + _GAP_MM
    width = spec.sheet.signature_mm[0] - _GAP_MM - left
    head = face("bold_italic", density.note_pt, density.leading)
    line = face("regular", density.note_pt, density.leading)
    heads = wrap(spec.words.notes_head, width, head, measure)
    lines = [part for note in spec.words.notes for part in wrap(note, width, line, measure)]
    top = code.y1 - len(heads) * head.leading_mm - len(lines) * line.leading_mm
    if top < code.y0:
        raise LayoutError(Problem.NOTES_TOO_TALL, spec=spec.name)
    first = stacked(heads, left, top, head)
    second = stacked(lines, left, first.bottom, line)
    return Block(first.texts + second.texts, second.bottom)


def page_number(spec: BallotSpec, density: Density, page: int, pages: int) -> Block:
    """The number (Trang 1/2) at the lower right, over it where to go on; nothing on a ballot of one page."""
    if pages == 1:
        return Block((), spec.sheet.text.y1)
    line = face("italic", density.note_pt + 1, density.leading)
    number = spec.words.page.format(page=page, pages=pages)
    onward = (spec.words.continued.format(next=page + 1),) if page < pages else ()
    lines = (*onward, number)
    top = spec.sheet.text.y1 - len(lines) * line.leading_mm
    return stacked(lines, spec.sheet.text.x1, top, line, "right")


def _signature_bottom(spec: BallotSpec, density: Density) -> float:
    """Above the line of the page number."""
    return spec.sheet.text.y1 - face("italic", density.note_pt + 1, density.leading).leading_mm
