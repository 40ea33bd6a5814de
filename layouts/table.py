"""The ballot's table: its columns, its two-storey head, its rows and every printed rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from layouts.content import Person
from layouts.errors import LayoutError, Problem, UnknownLetterError
from layouts.model import Box, Cell, Row, Rule, Text
from layouts.spec import BallotSpec, Column, Density
from layouts.typeset import (
    Block,
    Face,
    TextMeasure,
    WordTooWideError,
    balanced,
    centered_in,
    cleaned,
    face,
    without_lone_word,
    wrap,
)

#: White between a vertical rule and the text beside it, mm.
INSET_MM = 1.5


@dataclass(frozen=True, slots=True)
class RowText:
    """A person's row before it has a place: its lines, and how tall it is, mm."""

    number: int
    name: str
    position: str
    name_lines: tuple[str, ...]
    position_lines: tuple[str, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Head:
    """The table's head before it has a place: its lines, and the heights of both storeys, mm."""

    columns: tuple[tuple[str, ...], ...]
    marks: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    upper: float
    lower: float

    @property
    def height(self) -> float:
        """Of both storeys, mm."""
        return self.upper + self.lower


@dataclass(frozen=True, slots=True)
class Table:
    """A page's table in its place."""

    box: Box
    rows: tuple[Row, ...]
    block: Block


def table_face(density: Density) -> Face:
    """How names and positions are set."""
    return face("regular", density.table_pt, density.leading)


def row_text(person: Person, spec: BallotSpec, density: Density, measure: TextMeasure) -> RowText:
    """A person's row, wrapped; at least `mark_min_mm` tall.

    Raises:
        LayoutError: at the person's source, for a letter or a word that cannot be printed.
    """
    columns = {column.id: column for column in spec.columns}
    name, position = _printable(person, person.name), _printable(person, person.position)
    name_lines = _wrapped(person, name, columns["name"], density, measure)
    position_lines = without_lone_word(
        _wrapped(person, position, columns["position"], density, measure),
        columns["position"].width_mm - 2 * INSET_MM,
        table_face(density),
        measure,
    )
    _wrapped(person, str(person.number), columns["number"], density, measure)
    count = max(len(name_lines), len(position_lines))
    tall = count * table_face(density).leading_mm + 2 * density.pad_mm
    return RowText(
        person.number, name, position, name_lines, position_lines, max(tall, spec.sheet.mark_min_mm[1])
    )


def head_text(spec: BallotSpec, density: Density, measure: TextMeasure) -> Head:
    """The head, wrapped.

    Raises:
        LayoutError: COLUMN_TOO_NARROW.
    """
    bold, italic = _head_face(density), _choice_face(density)
    marks_width = spec.marks.width_mm * len(spec.choices)
    marks = _head_lines(spec, spec.marks.head, marks_width, bold, measure)
    columns = tuple(_head_lines(spec, item.head, item.width_mm, bold, measure) for item in spec.columns)
    choices = tuple(
        _head_lines(spec, item.label, spec.marks.width_mm, italic, measure) for item in spec.choices
    )
    upper = len(marks) * bold.leading_mm + 2 * density.pad_mm
    lower = max(len(lines) for lines in choices) * italic.leading_mm + 2 * density.pad_mm
    whole = max(len(lines) for lines in columns) * bold.leading_mm + 2 * density.pad_mm
    return Head(columns, marks, choices, upper, max(lower, whole - upper))


def place_table(spec: BallotSpec, density: Density, head: Head, rows: Sequence[RowText], top: float) -> Table:
    """The table with its top rule at y = `top`, across the whole text width."""
    lines_y = [top + head.height]
    for row in rows:
        lines_y.append(lines_y[-1] + row.height)
    bands = list(pairwise(lines_y))
    placed = [_place_row(spec, density, row, *band) for row, band in zip(rows, bands, strict=True)]
    texts = (*_head_texts(spec, density, head, top), *(text for _, row in placed for text in row))
    box = Box(spec.sheet.text.x0, top, spec.sheet.text.x1, lines_y[-1])
    block = Block(texts, lines_y[-1], _rules(spec, box, top + head.upper, lines_y))
    return Table(box, tuple(row for row, _ in placed), block)


def edges(spec: BallotSpec) -> tuple[float, ...]:
    """Centre lines of the vertical rules from left to right, mm: the text columns', then the choices'."""
    widths = [column.width_mm for column in spec.columns] + [spec.marks.width_mm] * len(spec.choices)
    xs = [spec.sheet.text.x0]
    for width in widths:
        xs.append(xs[-1] + width)
    return tuple(xs)


def _place_row(
    spec: BallotSpec, density: Density, row: RowText, top: float, bottom: float
) -> tuple[Row, tuple[Text, ...]]:
    boxes = _boxes(edges(spec), top, bottom)
    cells = zip(spec.choices, boxes[len(spec.columns) :], strict=True)
    placed = Row(
        number=row.number,
        name=row.name,
        position=row.position,
        name_mm=boxes[1],
        position_mm=boxes[2],
        cells=tuple(Cell(choice.id, box) for choice, box in cells),
    )
    lines = ((str(row.number),), row.name_lines, row.position_lines)
    texts = (
        text
        for column, box, run in zip(spec.columns, boxes, lines, strict=False)
        for text in centered_in(run, box, table_face(density), column.align, INSET_MM)
    )
    return placed, tuple(texts)


def _head_texts(spec: BallotSpec, density: Density, head: Head, top: float) -> tuple[Text, ...]:
    xs, texts_end = edges(spec), len(spec.columns)
    middle, bottom = top + head.upper, top + head.height
    bold, italic = _head_face(density), _choice_face(density)
    columns = zip(head.columns, _boxes(xs[: texts_end + 1], top, bottom), strict=True)
    choices = zip(head.choices, _boxes(xs[texts_end:], middle, bottom), strict=True)
    return (
        *(text for lines, box in columns for text in centered_in(lines, box, bold, "center", 0)),
        *centered_in(head.marks, Box(xs[texts_end], top, xs[-1], middle), bold, "center", 0),
        *(text for lines, box in choices for text in centered_in(lines, box, italic, "center", 0)),
    )


def _rules(spec: BallotSpec, box: Box, middle: float, lines_y: Sequence[float]) -> tuple[Rule, ...]:
    """Every rule once and whole: the top, the storey line over the choices, the rows', then the verticals."""
    width, xs, first_choice = spec.sheet.rule_mm, edges(spec), len(spec.columns)
    across = [Rule(box.x0, y, box.x1, y, width) for y in (box.y0, *lines_y)]
    storey = Rule(xs[first_choice], middle, box.x1, middle, width)
    inner = range(first_choice + 1, len(xs) - 1)
    down = [Rule(x, middle if at in inner else box.y0, x, box.y1, width) for at, x in enumerate(xs)]
    return (across[0], storey, *across[1:], *down)


def _boxes(xs: Sequence[float], top: float, bottom: float) -> list[Box]:
    return [Box(left, top, right, bottom) for left, right in pairwise(xs)]


def _head_face(density: Density) -> Face:
    return face("bold", density.head_pt, density.leading)


def _choice_face(density: Density) -> Face:
    return face("bold_italic", density.head_pt, density.leading)


def _head_lines(
    spec: BallotSpec, text: str, width: float, face: Face, measure: TextMeasure
) -> tuple[str, ...]:
    try:
        return balanced(text, width - INSET_MM, face, measure)
    except WordTooWideError as error:
        raise LayoutError(
            Problem.COLUMN_TOO_NARROW,
            column=text,
            width=f"{width:g}",
            needed=f"{error.needed_mm + INSET_MM:.1f}",
            spec=spec.name,
        ) from error


def _printable(person: Person, text: str) -> str:
    try:
        return cleaned(text)
    except UnknownLetterError as error:
        raise missing_letter(error, person.source) from error


def _wrapped(
    person: Person, text: str, column: Column, density: Density, measure: TextMeasure
) -> tuple[str, ...]:
    try:
        return wrap(text, column.width_mm - 2 * INSET_MM, table_face(density), measure)
    except WordTooWideError as error:
        raise LayoutError(
            Problem.WORD_TOO_WIDE, source=person.source, word=error.word, column=column.head
        ) from error
    except UnknownLetterError as error:
        raise missing_letter(error, person.source) from error


def missing_letter(error: UnknownLetterError, source: str = "") -> LayoutError:
    """The error for people: which text, which letter, at which line of the roster."""
    return LayoutError(Problem.LETTER_MISSING, source=source, text=error.shown_text, letter=error.code_point)
