"""An empty back is blank; a side with anything on it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omr.blank import is_blank
from scripts.reading_cases import GOOD
from scripts.simulate import blank_back
from scripts.simulate.paper import empty_page
from scripts.simulate.pen import BLUE, Nib, Pen, draw
from scripts.simulate.settings import DARK
from scripts.trial import SCALE

BACKS = {
    "clean": {},
    "rough": {"noise": 6.0},
    "grey paper": {"brightness": -0.15},
    "front shows through": {"bleed": 0.08},
    "shadow": {"shadow": 0.25},
    "dark borders": {"border_mm": 4.0},
    "dark background": {"background": DARK, "rotation_deg": 4.0, "roomy": True},
    "low resolution": {"dpi": 75.0},
}


@pytest.mark.parametrize("name", BACKS)
def test_the_empty_back_of_a_ballot_is_blank(filled_in, name):
    """Also where the scanner or the front left something on it."""
    back = blank_back(SCALE, replace(GOOD, **BACKS[name]), np.random.default_rng(3), filled_in.image)
    assert is_blank(np.ascontiguousarray(back[..., 1]))


@pytest.mark.parametrize("width_mm", [0.35, 0.6])
def test_a_signature_alone_is_not_blank(width_mm):
    """Whatever a person wrote, somebody should look."""
    page = empty_page(scale=8.0)
    swings = np.array([(80 + 2.5 * i, 150 + 9 * (i % 2)) for i in range(18)], np.float64)
    draw(page, [swings], Pen(BLUE, width_mm, 0.9, Nib.BALLPOINT), 8.0, np.random.default_rng(1))
    assert not is_blank(np.ascontiguousarray(page[..., 1]))


def test_a_printed_page_is_not_blank(pad):
    """A ballot whose marks were cut off is not set aside as empty."""
    assert not is_blank(pad.blank)
    assert not is_blank(np.ascontiguousarray(pad.blank[800:1700, 160:1500]))


@pytest.mark.parametrize("light", [0.0, 0.05, 0.3])
def test_a_page_too_dark_to_be_seen_is_not_blank(pad, light):
    """A lamp that failed: there may be a ballot, and it must not be set aside as an empty back."""
    assert not is_blank((pad.blank * light).astype(np.uint8))


def test_a_page_half_under_a_cover_is_not_blank(pad):
    """Whatever touches the edge, half of the picture at least is paper."""
    covered = pad.blank.copy()
    covered[: int(0.6 * len(covered))] = 12
    covered[int(0.6 * len(covered)) :] = 250
    assert not is_blank(covered)
