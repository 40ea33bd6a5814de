"""What is written under the table: an added name is told, a signature is not held against anybody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.below import see_below
from scripts.reading_cases import GOOD
from scripts.simulate import Extra, PagePlan
from scripts.simulate.pen import BLACK, Nib, Pen
from tests.omr.conftest import bounded


@pytest.fixture
def below(pad):
    """Looks under the table of a page (8 px/mm)."""
    return lambda picture: see_below(picture, pad.to_px, pad.sheet.below)


def scribble(x, y, width, height, swings=9):
    """A word: a line up and down, mm."""
    return [(x + width * i / (2 * swings), y + height * (i % 2)) for i in range(2 * swings + 1)]


def free_place(pad):
    """Under the table, left of where people sign."""
    return pad.page.table_mm.x0 + 8, pad.page.table_mm.y1 + 3


@given(st.floats(-0.35, 0.35), st.floats(-0.35, 0.35), st.floats(0, 8))
@bounded(8)
def test_nothing_is_written_on_a_blank_page(pad, dx, dy, noise):
    """Print is no writing, also where the page lies a third of a millimetre off and the paper is rough."""
    off = pad.to_px @ np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1.0]])
    rough = pad.blank + np.random.default_rng(1).normal(0, noise, pad.blank.shape)
    seen = see_below(np.clip(rough, 0, 255).astype(np.uint8), off, pad.sheet.below)
    assert not seen.written


def test_a_name_under_the_table_is_seen(pad, below, ballpoint):
    """III.3: the addition is void, and the board is told."""
    x, y = free_place(pad)
    marked = pad.drawn(
        (ballpoint, scribble(x, y, 14, 3), scribble(x + 17, y, 12, 3.5), scribble(x + 32, y, 10, 3))
    )
    assert below(marked).written
    assert below(marked).ink.sum() > 4 * 16


def test_a_signature_in_its_place_is_no_added_name(pad, below, ballpoint):
    """Plan: a ballot may be signed or not."""
    box = pad.page.signature_mm
    x, y = box.center
    marked = pad.drawn((ballpoint, scribble(x - 15, y - 4, 30, 9, swings=6)))
    seen = below(marked)
    assert not seen.written
    assert seen.ink.sum() > 4 * 16  # still part of the sheet's handwriting


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("extra", [Extra.WRITE_IN_BELOW, Extra.SIGNATURE])
def test_people_write_and_sign_as_they_do(desk, extra, seed):
    """From pen to flag: a written-in name is flagged, a signature is not."""
    seen = desk.read(desk.scan(desk.fill_in(PagePlan(extras=(extra,)), seed), GOOD, seed))
    assert ("write_in" in seen.flags) == (extra is Extra.WRITE_IN_BELOW)


@pytest.mark.parametrize("dots", [3, 15])
def test_dust_is_no_name(pad, below, dots):
    """Specks under the table say nothing."""
    pen = Pen(BLACK, 0.4, 0.9, Nib.MARKER)
    x, y = free_place(pad)
    specks = [[(x + 5 * i, y + 2 + i % 3), (x + 5 * i + 0.1, y + 2 + i % 3)] for i in range(dots)]
    assert not below(pad.drawn((pen, *specks))).written


def test_a_pencil_name_is_seen_too(pad, below, ballpoint):
    """Half a pen's pressure is enough to be told of."""
    x, y = free_place(pad)
    pencil = replace(ballpoint, darkness=0.45, width_mm=0.5)
    assert below(pad.drawn((pencil, scribble(x, y, 20, 4), scribble(x + 24, y, 16, 4)))).written
