"""layout.json: a layout as a file that other programs may rely on (contract in DESIGN.md)."""

from __future__ import annotations

import json
import math
from typing import Any

from layouts.errors import LayoutError, Problem
from layouts.model import (
    BallotLayout,
    Box,
    Cell,
    Choice,
    Fiducial,
    PageLayout,
    Row,
    Rule,
    Text,
)

VERSION = 1


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
    except (KeyError, TypeError, AttributeError, ValueError) as error:
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
    return BallotLayout(
        election=document["election"],
        spec=document["spec"],
        choices=tuple(Choice(item["id"], item["label"]) for item in document["choices"]),
        pages=tuple(_read_page(item) for item in document["pages"]),
    )


def _read_page(item: dict[str, Any]) -> PageLayout:
    width, height = _numbers(item["size_mm"], 2)
    return PageLayout(
        page=item["page"],
        size_mm=(width, height),
        fiducials=tuple(_read_fiducial(mark) for mark in item["fiducials"]),
        code_mm=_read_box(item["code_mm"]),
        seal_mm=_read_optional(item["seal_mm"]),
        signature_mm=_read_optional(item["signature_mm"]),
        write_in_mm=_read_optional(item["write_in_mm"]),
        table_mm=_read_box(item["table_mm"]),
        rows=tuple(_read_row(row) for row in item["rows"]),
        rules=tuple(Rule(*_numbers(rule, 5)) for rule in item["rules"]),
        texts=tuple(Text(**{name: text[name] for name in _TEXT_KEYS}) for text in item["texts"]),
    )


_TEXT_KEYS = ("x", "y", "text", "size_pt", "style", "align", "spacing_mm")


def _read_fiducial(item: dict[str, Any]) -> Fiducial:
    first, second, third, fourth = ((x, y) for x, y in (_numbers(corner, 2) for corner in item["corners_mm"]))
    return Fiducial(item["id"], (first, second, third, fourth))


def _read_row(item: dict[str, Any]) -> Row:
    return Row(
        number=item["number"],
        name=item["name"],
        position=item["position"],
        name_mm=_read_box(item["name_mm"]),
        position_mm=_read_box(item["position_mm"]),
        cells=tuple(Cell(cell["choice"], _read_box(cell["box_mm"])) for cell in item["cells"]),
    )


def _read_optional(values: list[Any] | None) -> Box | None:
    return None if values is None else _read_box(values)


def _read_box(values: list[Any]) -> Box:
    return Box(*_numbers(values, 4))


def _numbers(values: list[Any], count: int) -> list[float]:
    """That many finite numbers. Raises TypeError or ValueError."""
    numbers = [float(value) for value in values]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{values} are not {count} numbers")
    return numbers
