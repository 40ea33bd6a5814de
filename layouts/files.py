"""layout.json: a layout as a file that other programs may rely on (contract in DESIGN.md)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter

from layouts.errors import LayoutError, Problem
from layouts.model import (
    Align,
    BallotLayout,
    Box,
    Cell,
    Choice,
    Fiducial,
    PageLayout,
    Row,
    Rule,
    Style,
    Text,
)

VERSION = 1

#: Largest side of a page, mm: A2 has 594. A number beyond all paper would have the reader draw it.
MOST_MM = 600.0
#: Boxes whose edges are this near touch, mm.
TOUCH_MM = 0.1

#: How far print may lie beyond the paper's edge, mm: rounding, not print.
_ROUNDING_MM = 0.5


def to_json(layout: BallotLayout) -> str:
    """The layout as layout.json; `from_json` gives back an equal layout."""
    document = {
        "version": VERSION,
        "election": layout.election,
        "spec": layout.spec,
        "choices": [{"id": choice.id, "label": choice.label} for choice in layout.choices],
        "pages": [_page(page) for page in layout.pages],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> BallotLayout:
    """The layout that `to_json` wrote; keys it does not know are ignored.

    Raises:
        LayoutError: FILE_VERSION for another version, FILE_INVALID for anything else that is wrong.
    """
    try:
        document = json.loads(text)
        version = document["version"]
        layout = _read_layout(document) if version == VERSION else None
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise LayoutError(Problem.FILE_INVALID, why=f"{type(error).__name__} {error}") from error
    if layout is None:
        raise LayoutError(Problem.FILE_VERSION, version=str(version), known=VERSION)
    return layout


def _page(page: PageLayout) -> dict[str, Any]:
    return {
        "page": page.page,
        "size_mm": page.size_mm,
        "fiducials": [{"id": mark.id, "corners_mm": mark.corners_mm} for mark in page.fiducials],
        "code_mm": _box(page.code_mm),
        "seal_mm": _box(page.seal_mm),
        "signature_mm": _box(page.signature_mm),
        "write_in_mm": _box(page.write_in_mm),
        "table_mm": _box(page.table_mm),
        "rows": [_row(row) for row in page.rows],
        "rules": [[rule.x0, rule.y0, rule.x1, rule.y1, rule.width] for rule in page.rules],
        "texts": [_text(text) for text in page.texts],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "position": row.position,
        "name_mm": _box(row.name_mm),
        "position_mm": _box(row.position_mm),
        "cells": [{"choice": cell.choice, "box_mm": _box(cell.box_mm)} for cell in row.cells],
    }


def _text(text: Text) -> dict[str, Any]:
    return {
        "x": text.x,
        "y": text.y,
        "text": text.text,
        "size_pt": text.size_pt,
        "style": text.style,
        "align": text.align,
        "spacing_mm": text.spacing_mm,
    }


def _box(box: Box | None) -> list[float] | None:
    return None if box is None else [box.x0, box.y0, box.x1, box.y1]


def _read_layout(document: dict[str, Any]) -> BallotLayout:
    layout = BallotLayout(
        election=_words(document["election"]),
        spec=_words(document["spec"]),
        choices=tuple(Choice(_words(item["id"]), _words(item["label"])) for item in document["choices"]),
        pages=tuple(_read_page(item) for item in document["pages"]),
    )
    _refuse_contradictions(layout)
    return layout


def _refuse_contradictions(layout: BallotLayout) -> None:
    """What no ballot of ours says: pages or rows missing or there twice, other choices from row to row."""
    rows = [row for page in layout.pages for row in page.rows]
    choices = [choice.id for choice in layout.choices]
    _demand(len(choices) >= 1 and len(set(choices)) == len(choices), "choices")
    _demand([page.page for page in layout.pages] == list(range(1, len(layout.pages) + 1)), "pages")
    _demand(bool(rows) and len({row.number for row in rows}) == len(rows), "rows")
    _demand(all([cell.choice for cell in row.cells] == choices for row in rows), "cells")


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{what} contradict each other")


def _is_table(rows: list[list[Box]]) -> bool:
    """Whether the boxes stand beside each other in rows, and the rows under each other, as one table's do."""
    level = all(abs(box.y0 - row[0].y0) + abs(box.y1 - row[0].y1) < TOUCH_MM for row in rows for box in row)
    beside = all(abs(a.x1 - b.x0) < TOUCH_MM for row in rows for a, b in pairwise(row))
    under = all(abs(a[0].y1 - b[0].y0) < TOUCH_MM for a, b in pairwise(rows))
    tall = all(box.width > TOUCH_MM and box.height > TOUCH_MM for row in rows for box in row)
    return level and beside and under and tall


def _read_page(item: dict[str, Any]) -> PageLayout:
    page = _page_of(item)
    width, height = page.size_mm
    _demand(0 < width <= MOST_MM and 0 < height <= MOST_MM, "size_mm")
    _demand(sorted(mark.id for mark in page.fiducials) == [0, 1, 2, 3], "fiducials")
    _demand(all(_lies_on(box, width, height) for box in _boxes(page)), "places and size_mm")
    _demand(
        _is_table([[cell.box_mm for cell in row.cells] for row in page.rows if row.cells]), "places of rows"
    )
    return page


def _boxes(page: PageLayout) -> Iterator[Box]:
    """Every place on the page that the reader looks at."""
    marks = [x for mark in page.fiducials for x in mark.corners_mm]
    yield Box(*map(min, zip(*marks, strict=True)), *map(max, zip(*marks, strict=True)))
    optional = (page.seal_mm, page.signature_mm, page.write_in_mm)
    yield from (page.code_mm, page.table_mm, *(box for box in optional if box is not None))
    for row in page.rows:
        yield from (row.name_mm, row.position_mm, *(cell.box_mm for cell in row.cells))


def _lies_on(box: Box, width: float, height: float) -> bool:
    ordered = box.x0 < box.x1 and box.y0 < box.y1
    edge = _ROUNDING_MM
    return ordered and min(box.x0, box.y0) >= -edge and box.x1 <= width + edge and box.y1 <= height + edge


def _page_of(item: dict[str, Any]) -> PageLayout:
    width, height = _numbers(item["size_mm"], 2)
    return PageLayout(
        page=_whole(item["page"]),
        size_mm=(width, height),
        fiducials=tuple(_read_fiducial(mark) for mark in item["fiducials"]),
        code_mm=_read_box(item["code_mm"]),
        seal_mm=_read_optional(item["seal_mm"]),
        signature_mm=_read_optional(item["signature_mm"]),
        write_in_mm=_read_optional(item["write_in_mm"]),
        table_mm=_read_box(item["table_mm"]),
        rows=tuple(_read_row(row) for row in item["rows"]),
        rules=tuple(Rule(*_numbers(rule, 5)) for rule in item["rules"]),
        texts=tuple(map(_read_text, item["texts"])),
    )


def _read_text(item: dict[str, Any]) -> Text:
    x, y, size_pt, spacing_mm = _numbers([item[name] for name in ("x", "y", "size_pt", "spacing_mm")], 4)
    return Text(x, y, _words(item["text"]), size_pt, _STYLE(item["style"]), _ALIGN(item["align"]), spacing_mm)


_STYLE = TypeAdapter[Style](Style).validate_python
_ALIGN = TypeAdapter[Align](Align).validate_python


def _read_fiducial(item: dict[str, Any]) -> Fiducial:
    first, second, third, fourth = ((x, y) for x, y in (_numbers(corner, 2) for corner in item["corners_mm"]))
    return Fiducial(_whole(item["id"]), (first, second, third, fourth))


def _read_row(item: dict[str, Any]) -> Row:
    return Row(
        number=_whole(item["number"]),
        name=_words(item["name"]),
        position=_words(item["position"]),
        name_mm=_read_box(item["name_mm"]),
        position_mm=_read_box(item["position_mm"]),
        cells=tuple(Cell(_words(cell["choice"]), _read_box(cell["box_mm"])) for cell in item["cells"]),
    )


def _read_optional(values: list[Any] | None) -> Box | None:
    return None if values is None else _read_box(values)


def _read_box(values: list[Any]) -> Box:
    return Box(*_numbers(values, 4))


def _whole(value: Any) -> int:
    """A number of a page or row, 0 or more. Raises TypeError or ValueError."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**6:
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _words(value: Any) -> str:
    """A text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _numbers(values: list[Any], count: int) -> list[float]:
    """That many finite numbers. Raises TypeError or ValueError."""
    numbers = [float(value) for value in values]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{values} are not {count} numbers")
    return numbers
