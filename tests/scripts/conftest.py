"""A small ballot page, as an image, and hands to mark it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from layouts.model import Box, Cell, PageLayout, Row
from scripts.simulate import Hand, Image, Strokes, any_hand, load_strokes

SCALE = 8.0


@pytest.fixture(scope="session")
def page() -> PageLayout:
    """Half a sheet with three rows of three boxes of 18 × 10 mm, and room for a seal."""
    rows = tuple(_row(number, 80.0 + 10 * number) for number in (1, 2, 3))
    return PageLayout(
        page=1,
        size_mm=(210.0, 160.0),
        fiducials=(),
        code_mm=Box(20, 140, 38, 158),
        seal_mm=Box(20, 15, 65, 60),
        signature_mm=Box(120, 125, 190, 155),
        write_in_mm=None,
        table_mm=Box(20, 80, 190, 120),
        rows=rows,
        rules=(),
        texts=(),
    )


@pytest.fixture(scope="session")
def print_image(page) -> Image:
    """The page as printed: rules, and a bar 3 mm high where each name is."""
    image = np.full((round(160 * SCALE), round(210 * SCALE), 3), 255, np.uint8)
    for row in page.rows:
        for box in (row.name_mm, row.position_mm, *(cell.box_mm for cell in row.cells)):
            _frame(image, box)
        for left in range(24, 60, 4):
            _fill(image, Box(left, row.name_mm.y0 + 3.5, left + 3, row.name_mm.y0 + 6.5))
    image.flags.writeable = False
    return image


@pytest.fixture(scope="session")
def strokes() -> Strokes:
    """The strokes that the project carries."""
    return load_strokes()


@pytest.fixture
def rng() -> np.random.Generator:
    """Dice that always fall alike."""
    return np.random.default_rng(11)


@pytest.fixture
def hand(strokes, rng) -> Hand:
    """Somebody with an office pen."""
    return any_hand(strokes, rng)


def _row(number: int, top: float) -> Row:
    choices = ("high", "medium", "low")
    cells = tuple(Cell(c, Box(136 + 18 * i, top, 154 + 18 * i, top + 10)) for i, c in enumerate(choices))
    name, position = Box(20, top, 80, top + 10), Box(80, top, 136, top + 10)
    return Row(number, f"Người {number}", "", name, position, cells)


def _frame(image: Image, box: Box) -> None:
    corners = [round(side * SCALE) for side in (box.x0, box.y0, box.x1, box.y1)]
    cv2.rectangle(image, corners[:2], corners[2:], (0, 0, 0), 2)


def _fill(image: Image, box: Box) -> None:
    x0, y0, x1, y1 = (round(side * SCALE) for side in (box.x0, box.y0, box.x1, box.y1))
    image[y0:y1, x0:x1] = 0
