"""Ink is what a person added: never print, never paper, whatever the scanner's tone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.ink import PX_PER_MM, to_px
from omr.marks import Thresholds
from omr.rules import UNSURE, judge_row
from scripts.simulate.scan_damage import toned
from tests.omr.conftest import bounded


def firm(ink):
    """Where the ink is as dark as a pen's."""
    limits = Thresholds()
    return ink.pen > ink.floor + max(limits.firm * ink.black, limits.firm_sigma * ink.noise)


#: Scanners of any tone: pale and dark, sharp and blurred, quiet and rough.
scanners = st.fixed_dictionaries(
    {
        "gamma": st.floats(0.6, 1.6),
        "brightness": st.floats(-0.15, 0.1),
        "contrast": st.floats(0.6, 1.0),
        "blur_mm": st.floats(0, 0.12),
        "noise": st.floats(0, 12),
    }
)


def through_scanner(picture, *, gamma=1.0, brightness=0.0, contrast=1.0, blur_mm=0.0, noise=0.0, seed=1):
    if blur_mm:
        picture = cv2.GaussianBlur(picture, (0, 0), blur_mm * 8)
    picture = toned(picture, brightness, contrast, gamma)
    rough = picture + np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.clip(rough, 0, 255).astype(np.uint8)


@given(scanners)
@bounded(15)
def test_a_printed_line_is_never_ink(pad, scanner):
    """Nothing of the blank page is ink: pale, dark, blurred or rough, by no fixed threshold."""
    scan = through_scanner(pad.blank, **scanner)
    assert firm(pad.ink(scan)).sum() < 0.5 * PX_PER_MM**2


@pytest.mark.parametrize("grown_px", [1, 2, 3])
def test_print_that_grew_is_still_print(pad, grown_px):
    """A low threshold or thick toner makes every line wider, by up to 0.4 mm on each side."""
    wide = cv2.erode(pad.blank, np.ones((2 * grown_px + 1,) * 2, np.uint8))
    readings = {judge_row(row).reading for row in pad.rows(wide)}
    assert readings <= ({"blank"} if grown_px == 1 else {"blank", UNSURE})


@given(scanners)
@bounded(10)
def test_what_a_person_adds_is_ink(pad, ballpoint, an_x, scanner):
    """An X in a box is there through any tone curve."""
    marked = pad.drawn((ballpoint, *an_x(pad.box(2, 1))))
    ink = pad.ink(through_scanner(marked, **scanner))
    x0, y0, x1, y1 = to_px(pad.page, pad.box(2, 1).as_tuple())
    there = firm(ink)[y0:y1, x0:x1].sum() / PX_PER_MM**2
    assert 2.0 < there < 16.0
    assert firm(ink).sum() - firm(ink)[y0:y1, x0:x1].sum() < 0.5 * PX_PER_MM**2


def test_ink_over_letters_shows_between_them(pad, ballpoint):
    """A line through a name is seen where no letter lies."""
    row = pad.page.rows[3]
    x0, x1, y = row.name_mm.x0 + 2, row.name_mm.x1 - 2, row.name_mm.center[1]
    with_line = firm(pad.ink(pad.drawn((ballpoint, [(x0, y), (x1, y)]))))
    a, b, c, d = to_px(pad.page, row.name_mm.as_tuple())
    assert with_line[b:d, a:c].any(axis=0).mean() > 0.25


@pytest.mark.parametrize(("sigma", "least", "most"), [(0.0, 0.0, 1.5), (6.0, 0.8, 4.0), (20.0, 0.8, 9.0)])
def test_the_papers_noise_is_measured(pad, sigma, least, most):
    """The spread of empty paper grows with the scanner's noise, smoothed as far as it must be."""
    ink = pad.ink(through_scanner(pad.blank, noise=sigma))
    assert least <= ink.noise <= most


def test_print_that_shows_through_is_not_smoothed_like_noise(pad):
    """The back of a thin sheet is no noise: smoothing would pale letters and strokes sooner than it."""
    back = cv2.GaussianBlur(cv2.flip(pad.blank, 1), (0, 0), 3)
    through = cv2.subtract(pad.blank, ((255 - back) * 0.35).astype(np.uint8))
    assert pad.ink(through).black > 0.9 * pad.ink(pad.blank).black


@given(st.floats(0.5, 1.0), st.floats(-0.1, 0.1))
@bounded(8)
def test_black_is_what_this_scan_shows_of_solid_print(pad, contrast, brightness):
    """Pale and dark scans have their own measure of black."""
    scan = through_scanner(pad.blank, contrast=contrast, brightness=brightness)
    paper, black = (float(np.percentile(scan, share)) for share in (90, 0.5))
    assert pad.ink(scan).black == pytest.approx(paper - black, rel=0.12)


def test_a_pale_pencil_is_not_paper(pad, ballpoint, an_x):
    """A quarter of a pen's pressure lies above what paper shows, below what a pen does."""
    faint = replace(ballpoint, darkness=0.22)
    ink = pad.ink(pad.drawn((faint, *an_x(pad.box(2, 1)))))
    x0, y0, x1, y1 = to_px(pad.page, pad.box(2, 1).grown(-1).as_tuple())
    limits = Thresholds()
    assert (ink.pen[y0:y1, x0:x1] > ink.floor + limits.pale * ink.black).sum() > PX_PER_MM**2
