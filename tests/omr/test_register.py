"""Registration: a page is where its marks say, or it is not placed at all."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omr.fiducials import Found, find_fiducials
from omr.register import DOUBTFUL_CORNER_MM, from_picture, place, plausible, straighten
from tests.omr.conftest import bounded

CLOSE_MM = 0.25


def through(homography, points):
    h = np.column_stack([np.asarray(points, np.float64), np.ones(len(points))]) @ homography.T
    return h[:, :2] / h[:, 2:]


def seen_through(homography, page, ids=(0, 1, 2, 3)):
    """The marks as a scanner with that map would show them."""
    return [Found(f.id, through(homography, f.corners_mm)) for f in page.fiducials if f.id in ids]


def printed_points(page):
    """The corners of every mark box: where it matters that the map is right, mm."""
    boxes = [cell.box_mm for row in page.rows for cell in row.cells]
    return np.array(
        [(x, y) for b in boxes for x, y in ((b.x0, b.y0), (b.x1, b.y0), (b.x1, b.y1), (b.x0, b.y1))]
    )


def off_mm(placement, homography, points):
    """How far from their true places a placement puts points, mm on paper."""
    back = through(np.linalg.inv(homography), placement.to_scan(points))
    return float(np.hypot(*(back - points).T).max())


def warp(degrees, scale, shear, stretch, tilt, *, px_per_mm=6.0):
    """A map of A4 (mm) into a scan that shows all of it: rotation, size, shear, feed stretch, perspective."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    lean = np.array([[1, np.tan(np.radians(shear)), 0], [0, stretch, 0], [0, 0, 1]])
    centre = np.array([[1, 0, -105.0], [0, 1, -148.5], [0, 0, 1]])
    view = np.array([[1, 0, 0], [0, 1, 0], [tilt[0], tilt[1], 1]])
    flat = view @ turn @ lean @ np.diag([scale, scale, 1.0]) @ centre
    corners = through(flat, [(0, 0), (210, 0), (210, 297), (0, 297)])
    size = np.diag([px_per_mm, px_per_mm, 1.0])
    move = np.array([[1, 0, 4 - corners[:, 0].min()], [0, 1, 4 - corners[:, 1].min()], [0, 0, 1]])
    return size @ move @ flat, np.ceil((np.ptp(corners, axis=0) + 8) * px_per_mm).astype(int)


angles = st.floats(-180, 180)
scales = st.floats(0.94, 1.03)
shears = st.floats(-0.6, 0.6)
stretches = st.floats(0.985, 1.02)
tilts = st.tuples(st.floats(-2.5e-4, 2.5e-4), st.floats(-2.5e-4, 2.5e-4))
maps = st.builds(warp, angles, scales, shears, stretches, tilts)
turns = st.builds(warp, angles, scales, st.just(0.0), st.just(1.0), st.just((0.0, 0.0)))
flat_maps = st.builds(warp, angles, scales, shears, stretches, st.just((0.0, 0.0)))


@given(maps)
@bounded(25)
def test_a_page_is_found_where_it_lies(pad, desk, lying):
    """However the page lay, every printed point is known to a quarter of a millimetre."""
    to_scan, size = lying
    soft = cv2.GaussianBlur(pad.blank, (0, 0), 0.6)
    picture = cv2.warpPerspective(
        soft, to_scan @ np.linalg.inv(pad.to_px), [int(n) for n in size], borderValue=240
    )
    placements = place(find_fiducials(picture), desk.page.fiducials)
    assert placements
    assert placements[0].marks == (0, 1, 2, 3)
    assert off_mm(placements[0], to_scan, printed_points(desk.page)) < CLOSE_MM


@given(maps)
@bounded(30)
def test_four_marks_give_the_map_itself(desk, lying):
    """place(seen through h) is h."""
    to_scan, _ = lying
    (first, *_) = place(seen_through(to_scan, desk.page), desk.page.fiducials)
    assert off_mm(first, to_scan, printed_points(desk.page)) < 0.01
    assert first.worst_mm < 0.01


@given(st.sampled_from(range(4)), maps)
@bounded(30)
def test_any_one_mark_may_be_lost(desk, lost, lying):
    """From three marks one of the placements is the page's, flat or in perspective."""
    to_scan, _ = lying
    left = [mark for mark in range(4) if mark != lost]
    placements = place(seen_through(to_scan, desk.page, left), desk.page.fiducials)
    assert min(off_mm(p, to_scan, printed_points(desk.page)) for p in placements) < CLOSE_MM


@given(st.sampled_from(range(4)), flat_maps)
@bounded(20)
def test_a_page_that_lay_flat_needs_three_marks(desk, lost, lying):
    """Without perspective the first, stiffest map is the page's."""
    to_scan, _ = lying
    left = [mark for mark in range(4) if mark != lost]
    first = place(seen_through(to_scan, desk.page, left), desk.page.fiducials)[0]
    assert off_mm(first, to_scan, printed_points(desk.page)) < CLOSE_MM


@given(st.sampled_from(list(combinations(range(4), 2))), turns)
@bounded(20)
def test_two_marks_place_a_page_that_is_only_turned(desk, left, lying):
    """Two marks of a page that was neither sheared nor stretched are enough."""
    to_scan, _ = lying
    placements = place(seen_through(to_scan, desk.page, left), desk.page.fiducials)
    assert off_mm(placements[0], to_scan, printed_points(desk.page)) < CLOSE_MM


@pytest.mark.parametrize("left", [(), (0,), (3,)])
def test_one_mark_places_nothing(desk, left):
    """One mark could be anywhere: the page is not placed, and not read."""
    to_scan, _ = warp(3, 1.0, 0.0, 1.0, (0.0, 0.0))
    assert place(seen_through(to_scan, desk.page, left), desk.page.fiducials) == ()


@pytest.mark.parametrize("moved", range(4))
@pytest.mark.parametrize("by_mm", [20.0, 30.0])
def test_a_displaced_mark_is_outvoted(desk, moved, by_mm):
    """A mark on a corner that was creased over lies elsewhere: the page is placed by the other three."""
    to_scan, _ = warp(-2, 0.99, 0.0, 1.0, (0.0, 0.0))
    shifted = np.array([[1, 0, by_mm], [0, 1, -by_mm], [0, 0, 1]])
    marks = [
        m if m.id != moved else seen_through(to_scan @ shifted, desk.page, (moved,))[0]
        for m in seen_through(to_scan, desk.page)
    ]
    first = place(marks, desk.page.fiducials)[0]
    assert moved not in first.marks
    assert off_mm(first, to_scan, printed_points(desk.page)) < CLOSE_MM


@given(turns)
@bounded(20)
def test_a_mirrored_page_is_refused(desk, lying):
    """No scanner mirrors a page: marks in mirrored order place nothing."""
    to_scan, _ = lying
    mirrored = to_scan @ np.array([[-1.0, 0, 210.0], [0, 1, 0], [0, 0, 1]])
    assert place(seen_through(mirrored, desk.page), desk.page.fiducials) == ()
    assert not plausible(mirrored)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((3, 3)),
        np.full((3, 3), np.nan),
        np.diag([8.0, 3.0, 1.0]),
        np.diag([0.5, 0.5, 1.0]),
        np.array([[8.0, 0, 0], [0, 8.0, 0], [0, -1 / 200, 1]]),
    ],
    ids=["collapsed", "no numbers", "squeezed", "a stamp", "beyond the horizon"],
)
def test_a_map_that_no_paper_has_is_not_plausible(bad):
    """Refuse rather than guess."""
    assert not plausible(bad)


@given(st.sampled_from([0, 90, 180, 270]), st.floats(-10, 10))
@bounded(16)
def test_the_head_of_the_page_is_known(desk, quarter, lean):
    """Upside down is what points down, at any lean; the resolution is the paper's own."""
    to_scan, _ = warp(quarter + lean, 1.0, 0.0, 1.0, (0.0, 0.0), px_per_mm=8.0)
    (first, *_) = place(seen_through(to_scan, desk.page), desk.page.fiducials)
    assert first.dpi == pytest.approx(203.2, rel=1e-3)
    assume(quarter in {0, 180})
    assert first.upside_down == (quarter == 180)


def test_feed_stretch_is_not_taken_for_a_folded_corner(desk):
    """Marks that all lie a little off, as rollers leave them, are all kept."""
    to_scan, _ = warp(1, 1.0, 0.0, 1.0, (0.0, 0.0))
    marks = [
        Found(m.id, m.corners + np.array([0.1, 0.3 * (-1) ** m.id])) for m in seen_through(to_scan, desk.page)
    ]
    first = place(marks, desk.page.fiducials)[0]
    assert first.marks == (0, 1, 2, 3)
    assert first.worst_mm < DOUBTFUL_CORNER_MM


@given(angles, st.floats(10, 150), st.floats(10, 200), st.sampled_from([4.0, 8.0]))
@bounded(20)
def test_straightened_paper_has_its_millimetres(degrees, x, y, px_per_mm):
    """A dot printed at (x, y) mm is at (x, y) mm in the straightened picture."""
    to_scan, size = warp(degrees, 1.0, 0.2, 1.01, (1e-4, 0.0))
    picture = np.full(size[::-1], 255, np.uint8)
    at = through(to_scan, [(x + 5.0, y + 6.0)])[0]
    cv2.circle(picture, tuple(int(v) for v in np.round(at * 16)), 96, 0, -1, cv2.LINE_AA, 4)
    region = (x, y, x + 12, y + 14)
    flat_picture = straighten(picture, to_scan, region, px_per_mm)
    ys, xs = np.nonzero(flat_picture < 128)
    assert (xs.mean(), ys.mean()) == pytest.approx(
        (5 * px_per_mm - 0.5, 6 * px_per_mm - 0.5), abs=0.25 * px_per_mm
    )
    assert through(from_picture(x, y, px_per_mm), [(xs.mean(), ys.mean())])[0] == pytest.approx(
        (x + 5, y + 6), abs=0.2
    )


@pytest.mark.parametrize("tilt", [0.0, 2e-7, 1e-5, 1e-4], ids=str)
def test_a_page_that_lay_flat_is_straightened_as_any_other(tilt):
    """The quick way of a flat page gives the picture of the slow one, and a tilted page does not take it."""
    rng = np.random.default_rng(1)
    noise = np.asarray(rng.integers(0, 256, (600, 500)), np.float32)
    scan = np.clip(128 + 4 * (cv2.GaussianBlur(noise, (0, 0), 3.0) - 128), 0, 255).astype(np.uint8)
    to_scan = np.array([(4.0, 0.1, 3.0), (-0.1, 4.0, 9.0), (tilt, tilt, 1.0)])
    size, matrix = (400, 500), to_scan @ from_picture(5.0, 5.0, 4.0)
    slow = cv2.warpPerspective(scan, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    seen = straighten(scan, to_scan, (5.0, 5.0, 105.0, 130.0), 4.0)
    assert np.abs(seen.astype(int) - slow)[20:-20, 20:-20].max() <= 6


def test_paper_outside_the_scan_is_white():
    """What was not scanned is no ink."""
    dark = np.zeros((100, 100), np.uint8)
    assert straighten(dark, np.diag([4.0, 4.0, 1.0]), (100, 100, 120, 120), 4.0).min() == 255
