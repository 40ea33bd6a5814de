"""A page that shows whether a printer changes the size of what it prints."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from generate.draw import POINTS_PER_MM, Pen
from generate.files import write_whole
from generate.fonts import FontFamily
from layouts.compose import fiducials
from layouts.model import Point, Rule, Text
from layouts.spec import load_spec
from layouts.typeset import face, stacked, wrap

#: Where the crosshairs stand, mm from the top left of the paper.
CROSSHAIRS: tuple[Point, ...] = ((30, 50), (180, 50), (105, 150), (30, 250), (180, 250))

#: The rulers: start, direction (x, y), length in mm.
_ACROSS, _DOWN = (30.0, 95.0), (30.0, 105.0)
RULERS: tuple[tuple[Point, Point, int], ...] = ((_ACROSS, (1, 0), 150), (_DOWN, (0, 1), 100))

_HAIR, _RULE = 0.15, 0.3

#: What the page says, in the language of the ballot. A page printed at 94 to 103 % can still be read, but the
#: marks come nearer to the fiducials' edge: so anything that is not 100 % is sent back.
INSTRUCTIONS: tuple[str, ...] = (
    "1. In trang này trước khi in phiếu, trên đúng máy in và loại giấy sẽ dùng.",
    (
        "2. Trong hộp thoại in, chọn khổ giấy A4 và “Kích thước thực” (Actual size, 100 %); "
        "không chọn “Vừa trang” (Fit) hoặc “Thu nhỏ” (Shrink)."
    ),
    "3. Dùng thước kẻ đo: thước ngang phải dài 150 mm, thước dọc phải dài 100 mm (sai không quá 1 mm).",
    "4. Hai dấu thập trên cùng phải cách mép trên của giấy 50 mm (sai không quá 3 mm).",
    "5. Bốn ô vuông đen ở bốn góc phải in đủ, không bị cắt.",
    "Nếu có điểm nào sai, chỉnh máy in rồi in lại trang này; chưa in phiếu.",
)


def write_test_print(path: str | os.PathLike[str], family: FontFamily) -> None:
    """Write the test page: fiducials, crosshairs and rulers at known places, and what to measure."""
    buffer = io.BytesIO()
    width, height = load_spec("phu_luc_04").sheet.size_mm
    size = (width * POINTS_PER_MM, height * POINTS_PER_MM)
    canvas: Any = Canvas(buffer, pagesize=size, invariant=1, initialFontName=family.font_name("regular"))
    canvas.setTitle("In thử")
    canvas.setViewerPreference("PrintScaling", "None")
    _draw(Pen(canvas, height, family), family)
    canvas.showPage()
    canvas.save()
    write_whole(Path(path), buffer.getvalue())


def _draw(pen: Pen, family: FontFamily) -> None:
    for mark in fiducials(load_spec("phu_luc_04").sheet):
        pen.fiducial(mark)
    for rule in (*_crosshairs(), *_rulers()):
        pen.rule(rule)
    for text in _texts():
        pen.text(text)
    for text in _instructions(family):
        pen.text(text)


def _crosshairs() -> list[Rule]:
    arm = 6
    across = [Rule(x - arm, y, x + arm, y, _HAIR) for x, y in CROSSHAIRS]
    return across + [Rule(x, y - arm, x, y + arm, _HAIR) for x, y in CROSSHAIRS]


def _rulers() -> list[Rule]:
    """Each ruler with a tick a millimetre, longer ones every 5 and 10."""
    rules = []
    for (x, y), (dx, dy), length in RULERS:
        rules.append(Rule(x, y, x + dx * length, y + dy * length, _RULE))
        for mm in range(length + 1):
            tick = 5.0 if mm % 10 == 0 else 3.5 if mm % 5 == 0 else 2.0
            at_x, at_y = x + dx * mm, y + dy * mm
            rules.append(Rule(at_x, at_y, at_x + dy * tick, at_y - dx * tick, _HAIR))
    return rules


def _instructions(family: FontFamily) -> list[Text]:
    """The instructions, wrapped, beside the ruler that goes down."""
    line = face("regular", 12, 1.3)
    texts: list[Text] = []
    top = 165.0
    for instruction in INSTRUCTIONS:
        block = stacked(wrap(instruction, 190 - 50, line, family.measure), 50, top, line)
        texts += block.texts
        top = block.bottom + 1.5
    return texts


def _texts() -> list[Text]:
    title = Text(105, 27, "TRANG IN THỬ: IN ĐÚNG 100 %", 16, "bold", "center")
    places = [
        Text(x - 2, y - 2, f"({x:g}; {y:g}) mm", 8, "italic", "right") for x, y in CROSSHAIRS if x > 100
    ]
    places += [Text(x + 2, y - 2, f"({x:g}; {y:g}) mm", 8, "italic") for x, y in CROSSHAIRS if x < 100]
    (x, y), (left, top) = _ACROSS, _DOWN
    across = [Text(x + mm, y - 6, str(mm), 8, "regular", "center") for mm in range(0, 151, 10)]
    down = [Text(left + 6, top + mm + 1, str(mm), 8) for mm in range(0, 101, 10)]
    return [title, *places, *across, *down]
