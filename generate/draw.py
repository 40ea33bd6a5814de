"""Draws a page's parts on a reportlab canvas. The only place that knows PDF's bottom left origin."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import cv2
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from generate.fonts import FontFamily
from layouts.model import Box, Fiducial, PageLayout, Rule, Text

POINTS_PER_MM = 72 / 25.4

#: A QR code's quiet zone, modules (ISO/IEC 18004).
_QUIET = 4
#: An ArUco mark of DICT_4X4_50 with its black border, modules.
_MARK_MODULES = 6

#: Black modules as runs: (column, row, length), rows counted from the top.
Runs = tuple[tuple[int, int, int], ...]


class Pen:
    """Draws things given in mm from the top left of the paper.

    `height_mm` is the paper's. Draws black on white; text in the family's fonts.
    """

    def __init__(self, canvas: Any, height_mm: float, family: FontFamily) -> None:
        self._canvas = canvas
        self._height = height_mm
        self._family = family

    def page(self, page: PageLayout) -> None:
        """Everything on a page but its code."""
        for mark in page.fiducials:
            self.fiducial(mark)
        for rule in page.rules:
            self.rule(rule)
        for text in page.texts:
            self.text(text)

    def fiducial(self, mark: Fiducial) -> None:
        """An ArUco mark in its square."""
        (x0, y0), _, (x1, y1), _ = mark.corners_mm
        self._runs(_mark_runs(mark.id), Box(x0, y0, x1, y1), _MARK_MODULES)

    def code(self, box: Box, payload: str) -> None:
        """A QR code (error correction Q) with its quiet zone in a square."""
        runs, modules = _code_runs(payload)
        self._runs(runs, box, modules)

    def rule(self, rule: Rule) -> None:
        """A straight line with square ends, so that corners are whole."""
        self._canvas.setLineWidth(rule.width * POINTS_PER_MM)
        self._canvas.setLineCap(2)
        self._canvas.line(*self._point(rule.x0, rule.y0), *self._point(rule.x1, rule.y1))

    def text(self, text: Text) -> None:
        """A line of text on its baseline."""
        width = self._family.measure(text.text, text.style, text.size_pt)
        left = text.x - {"left": 0.0, "center": width / 2, "right": width}[text.align]
        self._canvas.setFont(self._family.font_name(text.style), text.size_pt)
        for offset, words in self._spaced(text):
            self._canvas.drawString(*self._point(left + offset, text.y), words)

    def _spaced(self, text: Text) -> Iterable[tuple[float, str]]:
        """Pieces of a line and their distance from its start, mm: one a word in a justified line."""
        if not text.spacing_mm:
            return [(0.0, text.text)]
        pieces, offset = [], 0.0
        for word in text.text.split(" "):
            pieces.append((offset, f"{word} "))
            offset += self._family.measure(f"{word} ", text.style, text.size_pt) + text.spacing_mm
        last_offset, last = pieces[-1]
        return [*pieces[:-1], (last_offset, last.rstrip(" "))]

    def _runs(self, runs: Runs, box: Box, modules: int) -> None:
        """Black runs as one path: rectangles of one path join without a hairline between them."""
        side = box.width / modules
        path = self._canvas.beginPath()
        for column, row, length in runs:
            x, y = self._point(box.x0 + column * side, box.y0 + (row + 1) * side)
            path.rect(x, y, length * side * POINTS_PER_MM, side * POINTS_PER_MM)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        """From mm, y down from the top, to points, y up from the bottom."""
        return x * POINTS_PER_MM, (self._height - y) * POINTS_PER_MM


@cache
def _mark_runs(number: int) -> Runs:
    """Black modules of an ArUco mark, its border included."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    bits = cv2.aruco.generateImageMarker(dictionary, number, _MARK_MODULES)
    return _black_runs([[value == 0 for value in row] for row in bits.tolist()])


@cache
def _code_runs(payload: str) -> tuple[Runs, int]:
    """Black modules of a QR code, and how many modules its side has with the quiet zone."""
    code = QRCode(None, QRErrorCorrectLevel.Q)
    code.addData(payload)
    code.make()
    runs = _black_runs([[bool(value) for value in row] for row in code.modules])
    shifted = tuple((column + _QUIET, row + _QUIET, length) for column, row, length in runs)
    return shifted, len(code.modules) + 2 * _QUIET


def _black_runs(rows: list[list[bool]]) -> Runs:
    runs: list[tuple[int, int, int]] = []
    for number, row in enumerate(rows):
        start = None
        for column, black in enumerate([*row, False]):
            if black and start is None:
                start = column
            elif not black and start is not None:
                runs.append((start, number, column - start))
                start = None
    return tuple(runs)
