"""The ring of a cup in black and white: a line that nobody wrote; and circles that somebody did."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.ink import to_px
from omr.marks import Thresholds, levels_of
from omr.rings import find_ring
from omr.rules import UNSURE, judge_row
from omr.stains import find_stains
from scripts.reading_cases import dice
from scripts.simulate import any_hand
from tests.omr.conftest import cross

RADIUS_MM, PX = 32.0, 8.0


def ringed(picture, centre, *, wide_mm=0.8, dotted=False):
    """The picture in black and white, with a ragged ring on it."""
    angles = np.linspace(0, 2 * np.pi, 400)
    radii = RADIUS_MM + 0.8 * np.sin(5 * angles) + 0.4 * np.sin(11 * angles)
    x, y = centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)
    points = np.round(np.stack([x, y], axis=1) * PX).astype(np.int32)
    out = np.where(picture < 150, 0, 255).astype(np.uint8)
    for i in range(0, len(points) - 1, 2 if dotted else 1):
        cv2.line(out, points[i].tolist(), points[i + 1].tolist(), 0, max(round(wide_mm * PX), 1))
    return out


def found_in(pad, picture):
    """What lies within the ring of a picture of the page."""
    ink = pad.ink(picture)
    return find_ring(ink, pad.sheet.printed, levels_of(ink, Thresholds()).pale)


@pytest.fixture(scope="module")
def drawn(pad, ballpoint):
    """The page with an X in the last box of every row, and with what else is drawn."""
    marks = [stroke for row in range(11) for stroke in cross(pad.box(row, 2), 5.0)]
    return lambda *strokes: pad.drawn((ballpoint, *marks, *strokes))


def middle_of(pad, where):
    """Where a ring lies: over names and positions, or over the first two boxes."""
    return {
        "names": (pad.page.rows[5].name_mm.x1, pad.page.rows[5].name_mm.y1),
        "boxes": pad.box(5, 0).center,
    }[where]


@pytest.mark.parametrize("where", ["names", "boxes"])
@pytest.mark.parametrize("look", [{}, {"wide_mm": 1.6}, {"wide_mm": 0.25, "dotted": True}], ids=str)
def test_what_is_within_a_ring(pad, drawn, where, look):
    """Its ragged rim is followed to half a millimetre."""
    x, y = middle_of(pad, where)
    inside = found_in(pad, ringed(drawn(), (x, y), **look))
    for angle in np.linspace(0, 2 * np.pi, 16):
        radius = RADIUS_MM + 0.8 * np.sin(5 * angle) + 0.4 * np.sin(11 * angle)
        for off, within in ((-1.0, True), (1.0, False)):
            at = (x + (radius + off) * np.cos(angle), y + (radius + off) * np.sin(angle))
            column, row, _, _ = to_px(pad.page, (*at, *at))
            assert inside[row, column] == within, (angle, off)


@pytest.mark.parametrize("where", ["names", "boxes"])
@pytest.mark.parametrize("look", [{}, {"wide_mm": 1.6}, {"wide_mm": 0.25, "dotted": True}], ids=str)
def test_rows_under_a_ring_are_read(pad, desk, drawn, where, look):
    """Every row is still its plain X; asked about are those whose empty boxes or whose name it runs along."""
    x, y = middle_of(pad, where)
    seen = desk.read_picture(ringed(drawn(), (x, y), **look))
    readings = [judge_row(row).reading for row in seen.rows]
    assert set(readings) <= {"low", UNSURE}
    empty = [pad.box(row, column) for row in range(11) for column in (0, 1)]
    crossed = {box.y0 for box in empty if _runs_through(box.grown(1.5), x, y)}
    assert readings.count(UNSURE) <= 2 + len(crossed)


def _runs_through(box, x, y):
    """Whether the ring about (x, y) may touch a box."""
    corners = [np.hypot(a - x, b - y) for a in (box.x0, box.x1) for b in (box.y0, box.y1)]
    near = np.hypot(np.clip(x, box.x0, box.x1) - x, np.clip(y, box.y0, box.y1) - y)
    return near <= RADIUS_MM + 1.2 and max(corners) >= RADIUS_MM - 1.2


@pytest.mark.parametrize("row", range(2, 9))
def test_a_mark_on_the_rim_is_not_lost(pad, desk, drawn, row):
    """A second mark that the rim runs through: two marks, or a question."""
    x, y = pad.box(5, 0).center
    down = pad.box(row, 0).center[1] - y
    across = np.sqrt(max(RADIUS_MM**2 - down**2, 0.0))
    box = min((pad.box(row, column) for column in (0, 1)), key=lambda box: abs(box.center[0] - x - across))
    second = drawn(*cross(box, 5.0))
    seen = desk.read_picture(ringed(second, (box.center[0] - across, y), wide_mm=1.2))
    assert judge_row(seen.rows[row]).reading in {"overvote", UNSURE}


@pytest.mark.parametrize("degrees", [0, 15, 30])
@pytest.mark.parametrize("row", [2, 8])
def test_a_second_mark_along_the_rim_is_not_lost(pad, desk, drawn, row, degrees):
    """A slash in the middle of a box that lies along the rim, or nearly so."""
    (x, y), towards = pad.box(row, 1).center, -0.8
    middle = (x - RADIUS_MM * np.cos(towards), y - RADIUS_MM * np.sin(towards))
    lies = towards + np.pi / 2 + np.radians(degrees)
    dx, dy = 2.7 * np.cos(lies), 2.7 * np.sin(lies)
    second = drawn([(x - dx, y - dy), (x + dx, y + dy)])
    for wide_mm in (0.8, 1.6):
        seen = desk.read_picture(ringed(second, middle, wide_mm=wide_mm))
        assert judge_row(seen.rows[row]).reading in {"overvote", UNSURE}, wide_mm


def by_hand(desk, centre, radius, seed):
    """A circle as somebody drew one, of a size, mm."""
    strokes = any_hand(desk.strokes, dice(seed, 1)).drawing("circle", dice(seed, 9))
    points = np.concatenate(strokes)
    middle, sides = (points.max(axis=0) + points.min(axis=0)) / 2, np.ptp(points, axis=0)
    return [(stroke - middle) / sides * 2 * radius + np.array(centre) for stroke in strokes]


def scribbled(centre, radius, turns):
    """Round and round, a little narrower with each turn, mm."""
    angles = np.linspace(0, 2 * np.pi * turns, 80 * turns)
    radii = radius - 1.5 * angles / angles[-1] + 0.4 * np.sin(2.3 * angles)
    return [np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], axis=1)]


@pytest.fixture
def asked_about(desk, drawn, monkeypatch):
    """Rows that are asked about when strokes are drawn, and those that are if no ring is ever sought."""

    def unsure(picture):
        return {row.number for row in desk.read_picture(picture).rows if judge_row(row).reading == UNSURE}

    def asked(strokes, *, greys):
        picture = drawn(*strokes)
        picture = picture if greys else np.where(picture < 150, 0, 255).astype(np.uint8)
        found = unsure(picture)
        with monkeypatch.context() as patch:
            patch.setattr("omr.stains.find_ring", lambda *_: None)
            return found, unsure(picture)

    return asked


@pytest.mark.parametrize("greys", [True, False], ids=["greys", "black and white"])
@pytest.mark.parametrize("radius", [16, 20, 25, 30])
def test_a_circle_by_hand_is_asked_about(pad, desk, asked_about, radius, greys):
    """Around names or boxes: no row that it touches is read because a cup may leave something like it."""
    for middle in (pad.page.rows[5].name_mm.center, pad.box(5, 1).center):
        for seed in range(2):
            asked, touched = asked_about(by_hand(desk, middle, radius, seed), greys=greys)
            assert touched
            assert asked >= touched, (middle, seed)


@pytest.mark.parametrize("greys", [True, False], ids=["greys", "black and white"])
@pytest.mark.parametrize(("radius", "turns"), [(15, 2), (18, 2), (18, 3)])
def test_a_round_scribble_over_names_is_asked_about(pad, asked_about, radius, turns, greys):
    """Names crossed out together by going round over them."""
    strokes = scribbled(pad.page.rows[5].name_mm.center, radius, turns)
    asked, touched = asked_about(strokes, greys=greys)
    assert len(touched) >= 3
    assert asked >= touched


@pytest.mark.parametrize("row", range(2, 9))
def test_a_strike_that_a_ring_crosses_is_seen(pad, desk, drawn, row):
    """A name struck out by one line, wherever the ring runs over it."""
    name = pad.page.rows[row].name_mm
    line = [(name.x0 + 1, name.center[1]), (name.x1 - 1, name.center[1] + 0.5)]
    seen = desk.read_picture(ringed(drawn(line), middle_of(pad, "names")))
    assert judge_row(seen.rows[row]).reading in {"struck", UNSURE}


def test_what_a_dithered_stain_encloses_is_not_its_rim(pad, drawn):
    """Dots within a ring are no part of it: scraps among them may be what a dither left of a strike."""
    x, y = middle_of(pad, "boxes")
    picture = ringed(drawn(), (x, y))
    across, down = (np.arange(size) / PX for size in picture.shape[::-1])
    within = np.hypot(across[None, :] - x, down[:, None] - y) < RADIUS_MM
    coarse = (np.random.default_rng(1).random((900, 700)) < 0.12).astype(np.uint8)
    dots = cv2.resize(coarse, picture.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    ink = pad.ink(np.where(dots & within, 0, picture).astype(np.uint8))
    stains = find_stains(ink, pad.sheet.printed, levels_of(ink, Thresholds()).pale, greys=False)
    left, top, right, bottom = to_px(pad.page, (x - 10, y - 10, x + 10, y + 10))
    assert stains.tint[top:bottom, left:right].mean() > 0
    assert stains.core[top:bottom, left:right].mean() < 0.1


def test_what_people_draw_is_no_ring(pad, drawn):
    """Marks, a name circled, a cross and a wave over the whole table, a bracket around boxes."""
    name, table = pad.page.rows[4].name_mm, pad.page.table_mm
    turns = np.linspace(0, 2 * np.pi, 80)
    circle = [(name.center[0] + 20 * np.cos(t), name.center[1] + 6 * np.sin(t)) for t in turns]
    wave = [(table.x0 + 2.0 * i, table.center[1] + 25 * np.sin(i / 9)) for i in range(80)]
    crossed = [[(table.x0, table.y0), (table.x1, table.y1)], [(table.x1, table.y0), (table.x0, table.y1)]]
    x, y = pad.box(5, 1).center
    bracket = [(x + 25 * np.cos(t), y + 25 * np.sin(t)) for t in np.linspace(-0.9, 0.9, 40)]
    for lines in ([], [circle], [wave], crossed, [bracket]):
        assert found_in(pad, drawn(*lines)) is None
