"""A page whose registration marks are gone is tied to its layout by what is printed on it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.evidence import PageState
from omr.match import match_print


def without_marks(picture, page, scale):
    """The picture with every registration mark painted over."""
    hidden = picture.copy()
    for mark in page.fiducials:
        (x0, y0), (x1, y1) = mark.corners_mm[0], mark.corners_mm[2]
        cv2.rectangle(
            hidden,
            (int((x0 - 2) * scale), int((y0 - 2) * scale)),
            (int((x1 + 2) * scale), int((y1 + 2) * scale)),
            255,
            -1,
        )
    return hidden


@pytest.mark.parametrize("degrees", [0, 5, 180])
def test_a_page_without_any_registration_mark_is_read_by_its_print(desk, blank, degrees):
    """Torn corners lose no ballot: the rows are found where they are, and nothing is seen on a blank page."""
    hidden = without_marks(blank, desk.page, 8)
    height, width = hidden.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turned = cv2.warpAffine(hidden, turn, (width, height), borderValue=255)
    seen = desk.read_picture(turned)
    assert seen.state is PageState.READ
    assert [row.number for row in seen.rows] == [row.number for row in desk.page.rows]


def test_text_of_another_kind_proposes_nothing(desk):
    """A letter among the ballots is not bent until it fits."""
    letter = np.full((2339, 1654), 250, np.uint8)
    for line in range(30):
        cv2.putText(
            letter, "Kinh gui cac dong chi", (150, 200 + 60 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 20, 2
        )
    assert match_print(letter, [sheet.coarse for sheet in desk.paper.sheets]) == ()
