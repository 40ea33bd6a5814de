"""The registration marks: found as they come, in their places, and nowhere else."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr import fiducials
from omr.fiducials import IDS, SEARCH_SIDE, find_fiducials, reduced
from scripts.reading_cases import DAMAGES
from scripts.simulate import px_per_mm
from tests.omr.conftest import bounded

#: What four marks must survive, and what leaves three.
FOUR = (
    "150_dpi",
    "600_dpi",
    "one_bit",
    "dithered",
    "jpeg_30",
    "turned_10",
    "quarter_turn",
    "print_94",
    "phone",
)
#: The grid of rules follows from there; what it reaches is several times this.
CLOSE_MM = 0.6
THREE = {"torn_corner": 1, "folded_ear": 2}


def errors_mm(found, page, to_paper, scale):
    """Distance of every found corner from where it was printed, mm."""
    printed = {f.id: np.array(f.corners_mm) for f in page.fiducials}
    return {
        mark.id: float(np.hypot(*(to_paper((mark.corners + 0.5) / scale) - printed[mark.id]).T).max())
        for mark in found
    }


@pytest.mark.parametrize("name", FOUR)
def test_all_four_marks_are_found_in_their_places(desk, name):
    """Each mark is found to 0.6 mm, whatever the scanner did: a dither has its dots a millimetre apart."""
    scanned = desk.damaged(name).scanned
    grey = cv2.cvtColor(scanned.image, cv2.COLOR_BGR2GRAY)
    found = find_fiducials(grey)
    assert [mark.id for mark in found] == list(IDS)
    away = errors_mm(found, desk.page, scanned.to_paper, px_per_mm(DAMAGES[name].happens.dpi))
    assert max(away.values()) < CLOSE_MM, away


@pytest.mark.parametrize("name", THREE)
def test_a_lost_corner_loses_only_its_own_mark(desk, name):
    """The other three are found in their places; nothing is found where the corner was."""
    scanned = desk.damaged(name).scanned
    found = find_fiducials(cv2.cvtColor(scanned.image, cv2.COLOR_BGR2GRAY))
    assert {mark.id for mark in found} == set(IDS) - {THREE[name]}
    away = errors_mm(found, desk.page, scanned.to_paper, px_per_mm(200))
    assert max(away.values()) < CLOSE_MM, away


@given(st.floats(-180, 180), st.sampled_from([75.0, 100.0, 150.0, 200.0]))
@bounded(15)
def test_no_angle_and_no_resolution_hides_a_mark(pad, desk, degrees, dpi):
    """Any rotation, from 75 dpi on."""
    size, middle = round(365 * px_per_mm(dpi)), np.array([105.0, 148.5])
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    scale = px_per_mm(dpi)
    to_scan = np.column_stack([turn * scale, np.array([size / 2] * 2) - turn @ middle * scale - 0.5])
    to_pad = np.linalg.inv(pad.to_px)
    picture = cv2.warpAffine(
        cv2.GaussianBlur(pad.blank, (0, 0), 0.4 * 8 / scale),
        to_scan @ to_pad,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderValue=235,
    )
    found = find_fiducials(picture)
    assert [mark.id for mark in found] == list(IDS)

    def to_paper(mm):
        return (mm * scale - 0.5 - to_scan[:, 2]) @ np.linalg.inv(to_scan[:, :2]).T

    away = errors_mm(found, desk.page, to_paper, scale)
    assert max(away.values()) < CLOSE_MM, away


@pytest.mark.parametrize("off", [(0.0, 0.0), (3.0, 1.5)])
def test_a_clean_page_is_settled_from_its_corners(pad, monkeypatch, off):
    """Wherever marks' edges lie among the pixels that are averaged (at the second place one is not found by
    the first looks): a search of the whole image takes as long as the rest of the page.
    """
    scale = px_per_mm(200)
    to_scan = np.array([(scale, 0, off[0] - 0.5), (0, scale, off[1] - 0.5)])
    blurred = cv2.GaussianBlur(pad.blank, (0, 0), 0.4 * 8 / scale)
    picture = cv2.warpAffine(
        blurred, to_scan @ np.linalg.inv(pad.to_px), (1656, 2340), flags=cv2.INTER_LINEAR, borderValue=255
    )
    monkeypatch.setattr(fiducials, "_detect", partial(_detect_in_part, fiducials._detect))
    assert [mark.id for mark in find_fiducials(picture)] == list(IDS)


def _detect_in_part(detect, image, **how):
    assert max(image.shape) < SEARCH_SIDE / 2
    return detect(image, **how)


def test_a_mirrored_page_has_no_marks(pad):
    """The marks of a mirrored page are not taken for marks."""
    assert find_fiducials(np.ascontiguousarray(pad.blank[:, ::-1])) == ()


@pytest.mark.parametrize("noise", [0, 20, 90])
def test_nothing_is_found_on_a_page_without_marks(noise):
    """Noise is no mark, however much of it."""
    empty = np.random.default_rng(noise).normal(200, noise, (1100, 800))
    assert find_fiducials(np.clip(empty, 0, 255).astype(np.uint8)) == ()


def test_marks_of_other_papers_are_not_ours(pad):
    """A mark of the same family with another number is left alone."""
    picture = np.full((1200, 900), 255, np.uint8)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    picture[100:180, 100:180] = cv2.aruco.generateImageMarker(dictionary, 17, 80)
    assert find_fiducials(picture) == ()


def test_a_mark_that_is_there_twice_is_found_once(pad):
    """The larger of two marks of one number is the page's: a photograph may show another page's edge."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    picture = pad.blank.copy()
    picture[1000:1048, 700:748] = cv2.aruco.generateImageMarker(dictionary, 0, 48)
    found = {mark.id: mark.corners for mark in find_fiducials(picture)}
    assert found[0][0] == pytest.approx([8 * 8 - 0.5, 8 * 8 - 0.5], abs=1.5)


@pytest.mark.parametrize("shape", [(2376, 1680), (3508, 2480), (7016, 4960), (600, 400), (1171, 3)])
def test_the_reduced_image_keeps_its_factor(shape):
    """Whole factors: a reduced pixel is the mean of factor × factor full pixels."""
    grey = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    small, factor = reduced(grey, 1170)
    k = int(factor)
    assert k == factor
    assert small.shape == (shape[0] // k, shape[1] // k)
    assert int(small[0, 0]) == pytest.approx(grey[:k, :k].mean(), abs=1)
