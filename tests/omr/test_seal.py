"""The hanging seal: a red stamp is told from a photocopy, from a faint one, and from none."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from omr.evidence import Flag
from omr.read import read_page
from omr.rules import UNSURE, judge_row
from omr.seal import SealSeen, about, has_colour, seal_region, see_seal, see_seal_beside, upper_part, wherever
from scripts.reading_cases import GOOD, SEALS, dice
from scripts.simulate import (
    Depth,
    Kind,
    PagePlan,
    RowPlan,
    SealKind,
    press,
    seal_for,
)
from scripts.simulate.paper import laser_printed
from scripts.simulate.pen import RED, Nib, Pen, draw
from scripts.trial import SCALE, as_scan, ballot_of
from tests.omr.conftest import Desk

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
def look(desk, beside):
    def seen(image):
        region, colour = seal_region(image, TO_PX, about(desk.page.seal_mm)), has_colour(image)
        return wherever(see_seal(region, desk.sheet.seal_blank, colour=colour), lambda: beside(image))

    return seen


@pytest.fixture(scope="session")
def beside(desk):
    """What is seen of a seal beside its place."""

    def seen(image):
        region = seal_region(image, TO_PX, upper_part(desk.page))
        return see_seal_beside(region, desk.sheet.upper_blank, colour=has_colour(image))

    return seen


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", SealKind)
def test_a_seal_is_taken_for_what_it_is(sealed, look, kind, seed):
    """Red, black, faint, none, partly outside its square, over the table's edge, half inked."""
    assert look(sealed(kind, seed)) in SEALS[kind].may


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


@pytest.mark.parametrize("spec", ["phu_luc_04", "bo_phieu"])
def test_a_seal_over_the_tables_edge_is_a_seal_and_no_mark(spec):
    """The sheet is sealed; a row that the seal lies over is blank or asked about, never a vote."""
    desk = Desk(ballot_of(11, spec))
    seen = desk.read(desk.scan(desk.fill_in(PagePlan(seal=SealKind.OVER_TABLE)), GOOD))
    assert seen.flags == ()
    assert {judge_row(row).reading for row in seen.rows} <= {"blank", UNSURE}


@pytest.mark.parametrize("kind", [Kind.STRUCK_CROSS, Kind.NAME_CIRCLED, Kind.THREE_MARKS, Kind.FILLED])
def test_a_red_pen_all_over_the_table_is_no_seal(desk, beside, kind):
    """Whatever somebody does to every row in red, a sheet that nobody sealed stays one without a seal."""
    choice = None if kind is Kind.THREE_MARKS else "high"
    plan = PagePlan(tuple(RowPlan(row.number, kind, choice) for row in desk.page.rows), seal=SealKind.NONE)
    thick = Pen(RED, 0.9, 1.0, Nib.MARKER)
    image = desk.fill_in(plan, pen=thick).image
    red = image[..., 2] > 1.5 * image[..., :2].max(axis=2)
    assert np.count_nonzero(red) / SCALE**2 > 200
    assert beside(image) is SealSeen.NONE


def test_a_circle_as_large_as_a_seal_is_none(sealed, beside, desk):
    """A pen's circle has no face."""
    image = sealed(SealKind.NONE)
    x, y = desk.page.seal_mm.center[0], desk.page.table_mm.y0
    around = np.linspace(0, 2 * np.pi, 90)
    circle = np.stack([x + 18 * np.cos(around), y + 18 * np.sin(around)], axis=1)
    draw(image, [circle], Pen(RED, 0.6, 0.9, Nib.BALLPOINT), SCALE, dice(1))
    assert beside(image) is SealSeen.NONE


def test_a_photocopied_seal_over_the_table_is_not_red(sealed, look):
    """Wherever it lies, a seal in black is a copy."""
    grey = cv2.cvtColor(sealed(SealKind.OVER_TABLE), cv2.COLOR_BGR2GRAY)
    warm = np.clip(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) * np.array([0.93, 0.97, 1.0]), 0, 255)
    assert look(warm.astype(np.uint8)) is SealSeen.OTHER_INK
    assert look(grey) is SealSeen.COLOURLESS


def test_a_sealed_page_is_looked_at_once():
    """The second look costs time: only a doubt is worth it."""
    for seen in (SealSeen.RED, SealSeen.OTHER_INK, SealSeen.COLOURLESS):
        assert wherever(seen, lambda: pytest.fail("looked again")) is seen
    assert wherever(SealSeen.FAINT, lambda: SealSeen.NONE) is SealSeen.FAINT
    assert wherever(SealSeen.FAINT, lambda: SealSeen.RED) is SealSeen.RED
