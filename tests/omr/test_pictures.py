"""Pieces of a page come out straight and in their place, however the sheet lay in the scanner."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from layouts.model import Box, Cell, Row
from omr.errors import OmrError
from omr.pictures import PAGE_PX_PER_MM, box_picture, page_picture, row_pieces, thumbnail

PX = 8.0  # px/mm of the scan


@pytest.fixture
def paper():
    """A white sheet of 100 x 60 mm with a red square from (20, 10) to (30, 20) mm."""
    image = np.full((480, 800, 3), 255, np.uint8)
    image[80:160, 160:240] = (255, 0, 0)
    return image


#: Quarter turns of the scan -> mm on paper to px of the picture.
TURNED = {
    0: (PX, 0, -0.5, 0, PX, -0.5, 0, 0, 1),
    1: (0, PX, -0.5, -PX, 0, 799.5, 0, 0, 1),
    2: (-PX, 0, 799.5, 0, -PX, 479.5, 0, 0, 1),
    3: (0, -PX, 479.5, PX, 0, -0.5, 0, 0, 1),
}


@pytest.mark.parametrize("turns", TURNED)
def test_a_box_of_the_paper_is_found_in_a_turned_scan(paper, tmp_path, turns):
    path = tmp_path / "scan.png"
    Image.fromarray(np.rot90(paper, turns)).save(path)
    data = box_picture(path, TURNED[turns], Box(15, 5, 35, 25))
    found = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert found.shape[:2] == (20 * PAGE_PX_PER_MM, 20 * PAGE_PX_PER_MM)
    red = np.argwhere(found[..., 1] < 100)
    assert np.allclose(red.min(axis=0), 5 * PAGE_PX_PER_MM, atol=1)
    assert np.allclose(red.max(axis=0), 15 * PAGE_PX_PER_MM - 1, atol=1)


def test_a_page_whose_place_is_not_known_is_shown_as_it_is(paper, tmp_path):
    path = tmp_path / "scan.tif"
    Image.fromarray(paper).convert("1").save(path)
    assert Image.open(io.BytesIO(page_picture(path, None, (100, 60)))).size == (800, 480)
    assert max(Image.open(io.BytesIO(thumbnail(path))).size) == 220


def test_a_picture_that_is_gone_or_damaged_is_said_in_words(tmp_path):
    with pytest.raises(OmrError, match="mất hoặc hỏng"):
        thumbnail(tmp_path / "nowhere.jpg")
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff nothing")
    with pytest.raises(OmrError, match="mất hoặc hỏng"):
        page_picture(tmp_path / "bad.jpg", None, (100, 60))
    whole = io.BytesIO()
    Image.new("RGB", (400, 400)).save(whole, "JPEG")
    (tmp_path / "half.jpg").write_bytes(whole.getvalue()[:700])
    with pytest.raises(OmrError, match="mất hoặc hỏng"):
        page_picture(tmp_path / "half.jpg", None, (100, 60))


def test_a_row_is_its_name_and_its_boxes_with_paper_around():
    cells = (Cell("high", Box(120, 50, 140, 60)), Cell("low", Box(140, 50, 160, 60)))
    row = Row(1, "A", "B", Box(30, 50, 70, 60), Box(70, 50, 120, 60), cells)
    name, boxes = row_pieces(row)
    for piece, inside in ((name, row.name_mm), (boxes, Box(120, 50, 160, 60))):
        assert piece.x0 < inside.x0 < inside.x1 < piece.x1
        assert piece.y0 < inside.y0 < inside.y1 < piece.y1
    assert name.x1 < row.position_mm.x0 + 2 < boxes.x0
