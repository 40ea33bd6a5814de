"""The test page: what it asks people to measure is where it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from generate.fonts import FontFamily
from generate.test_print import CROSSHAIRS, RULERS, write_test_print

PX_PER_MM = 8


@pytest.fixture
def page(tmp_path: Path, family: FontFamily) -> tuple[np.ndarray, str]:
    """The page's picture and its words."""
    path = tmp_path / "test-print.pdf"
    write_test_print(path, family)
    document = pypdfium2.PdfDocument(path)
    try:
        words = " ".join(document[0].get_textpage().get_text_bounded().split())
        picture = document[0].render(scale=PX_PER_MM * 25.4 / 72 * (1 - 1e-6), grayscale=True).to_numpy()
        return np.array(picture).squeeze(), words
    finally:
        document.close()


def test_crosshairs_stand_at_their_places(page: tuple[np.ndarray, str]) -> None:
    """Each arm is dark along its whole length and its centre at the stated mm."""
    picture, _ = page
    for x, y in CROSSHAIRS:
        row, column = round(y * PX_PER_MM), round(x * PX_PER_MM)
        assert (picture[row - 1 : row + 2, column - 40 : column + 40].min(axis=0) < 160).all()
        assert (picture[row - 40 : row + 40, column - 1 : column + 2].min(axis=1) < 160).all()


def test_rulers_have_their_lengths(page: tuple[np.ndarray, str]) -> None:
    """The rulers are 150 and 100 mm long, with nothing dark beyond their ends."""
    picture, _ = page
    for (x, y), (dx, dy), length in RULERS:
        along = [
            picture[round((y + dy * mm) * PX_PER_MM), round((x + dx * mm) * PX_PER_MM)]
            for mm in np.arange(-2, length + 2, 0.25)
        ]
        dark = np.nonzero(np.array(along) < 128)[0] * 0.25 - 2
        assert (dark.min(), dark.max()) == pytest.approx((0, length), abs=0.3)


def test_people_are_told_what_to_measure(page: tuple[np.ndarray, str]) -> None:
    """The page says 100 %, what to measure and what to do if it is wrong, all of it on the paper."""
    picture, words = page
    for part in ("IN ĐÚNG 100 %", "150 mm", "100 mm", "không chọn “Vừa trang”", "chỉnh máy in rồi in lại"):
        assert part in words
    assert (picture[:, -8 * PX_PER_MM + 4 :] == 255).all()
