"""The hanging seal: a red stamp is told from a photocopy, from a faint one, and from none."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from omr.evidence import Flag
from omr.read import read_page
from omr.seal import SealSeen, has_colour, seal_region, see_seal
from scripts.reading_cases import GOOD, dice
from scripts.simulate import Depth, PagePlan, SealKind, press, seal_for
from scripts.simulate.paper import laser_printed
from scripts.simulate.pen import RED, Nib, Pen, draw
from scripts.trial import SCALE, as_scan

#: What each impression may be taken for; a seal with half its ink is a seal.
MAY = {
    SealKind.RED: {SealSeen.RED},
    SealKind.BLACK: {SealSeen.OTHER_INK},
    SealKind.FAINT: {SealSeen.FAINT, SealSeen.RED},
    SealKind.NONE: {SealSeen.NONE},
    SealKind.PARTLY: {SealSeen.RED},
    SealKind.OVER_TABLE: {SealSeen.RED, SealSeen.FAINT, SealSeen.NONE},
    SealKind.HALF: {SealSeen.RED, SealSeen.FAINT},
}
TO_PX = np.array([(SCALE, 0, -0.5), (0, SCALE, -0.5), (0, 0, 1.0)])


@pytest.fixture(scope="session")
def sealed(desk):
    """Makes the printed page with a seal of a kind, BGR."""

    def page(kind, seed=1):
        image = laser_printed(desk.print_image, SCALE, dice(seed))
        press(image, seal_for(kind, desk.page, dice(seed, 1)), SCALE, dice(seed, 2))
        return image

    return page


@pytest.fixture(scope="session")
def look(desk):
    def seen(image):
        region = seal_region(image, TO_PX, desk.page.seal_mm)
        return see_seal(region, desk.sheet.seal_blank, colour=has_colour(image))

    return seen


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", SealKind)
def test_a_seal_is_taken_for_what_it_is(sealed, look, kind, seed):
    """Red, black, faint, none, partly outside its square, over the table's edge, half inked."""
    assert look(sealed(kind, seed)) in MAY[kind]


@pytest.mark.parametrize("kind", [SealKind.RED, SealKind.BLACK])
def test_without_colour_a_stamp_is_only_a_stamp(sealed, look, kind):
    """A grey scan shows that something was stamped, not in what ink; saved with three equal channels too."""
    grey = cv2.cvtColor(sealed(kind), cv2.COLOR_BGR2GRAY)
    assert look(grey) is SealSeen.COLOURLESS
    assert look(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)) is SealSeen.COLOURLESS


def test_without_colour_and_without_a_stamp_there_is_none(sealed, look):
    """A grey scan does not hide that no seal is there."""
    assert look(cv2.cvtColor(sealed(SealKind.NONE), cv2.COLOR_BGR2GRAY)) is SealSeen.NONE


def test_a_photocopied_seal_is_not_red(sealed, look):
    """A black copy of the sheet, scanned in colour, with the warm cast of some scanners."""
    copy = cv2.cvtColor(cv2.cvtColor(sealed(SealKind.RED), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    warm = np.clip(copy * np.array([0.93, 0.97, 1.0]), 0, 255).astype(np.uint8)
    assert look(warm) is SealSeen.OTHER_INK


def test_a_red_signature_is_no_seal(sealed, look, desk):
    """A line does not spread like a stamp, whatever its colour."""
    image = sealed(SealKind.NONE)
    x, y = desk.page.seal_mm.center
    scrawl = np.array([(x - 18 + 2 * i, y + 3 * (i % 2)) for i in range(18)], np.float64)
    draw(image, [scrawl], Pen(RED, 0.6, 0.9, Nib.BALLPOINT), SCALE, dice(1))
    assert look(image) is not SealSeen.RED


@pytest.mark.parametrize("cast", [(1.0, 0.97, 0.9), (0.88, 0.95, 1.0), (0.8, 0.8, 0.8)])
def test_the_tint_of_paper_and_lamp_changes_nothing(sealed, look, cast):
    """Redness is against the paper's own colour: yellowish paper is no seal, and hides none."""
    for kind, seen in ((SealKind.RED, SealSeen.RED), (SealKind.NONE, SealSeen.NONE)):
        tinted = np.clip(sealed(kind) * np.array(cast), 0, 255).astype(np.uint8)
        assert look(tinted) is seen


def test_colour_is_told_from_grey_kept_as_colour(sealed):
    """Three equal channels are no colour; a JPEG's rounding is none either."""
    grey = cv2.cvtColor(sealed(SealKind.RED), cv2.COLOR_BGR2GRAY)
    assert has_colour(sealed(SealKind.RED))
    assert not has_colour(grey)
    assert not has_colour(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))


@pytest.mark.parametrize(
    ("kind", "depth", "flag"),
    [
        (SealKind.NONE, Depth.COLOUR, Flag.SEAL_MISSING),
        (SealKind.BLACK, Depth.COLOUR, Flag.SEAL_NOT_RED),
        (SealKind.RED, Depth.GREY, Flag.SEAL_UNSEEN),
    ],
)
def test_what_is_wrong_with_a_seal_is_said_of_the_page(desk, kind, depth, flag):
    """Each state of the seal has its own flag, and none is raised where the board ignores seals."""
    scanned = desk.scan(desk.fill_in(PagePlan(seal=kind)), replace(GOOD, depth=depth))
    assert desk.read(scanned).flags == (flag,)
    assert read_page(as_scan(scanned), replace(desk.paper, seal_matters=False)).flags == ()
