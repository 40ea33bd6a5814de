"""Rows that have been read, doubted for what the scan as a whole is like."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from omr.doubts import _darkened
from omr.doubts import dithered as seen_as_dithered
from omr.evidence import NameSeen, RowSeen
from omr.rules import UNSURE, judge_row
from scripts.simulate.scan_damage import dithered
from tests.omr.conftest import cross


def thresholded(picture, level=175):
    """Black below the level, white from it on."""
    return np.where(picture < level, np.uint8(0), np.uint8(255))


def paled(picture, box, share):
    """The box with a share of its ink's dots gone, as where a threshold takes most of a pen's strokes."""
    x0, y0, x1, y1 = (round(8 * v) for v in box.grown(-1.0).as_tuple())
    lost = np.random.default_rng(3).random((y1 - y0, x1 - x0)) < share
    pale = picture.copy()
    pale[y0:y1, x0:x1][lost] = 255
    return pale


@pytest.mark.parametrize(("share", "read"), [(0.0, True), (0.55, False)])
def test_a_pale_mark_of_a_scan_without_greys_is_asked_about(pad, desk, ballpoint, share, read):
    """What else that pen wrote, over the mark or through the name, the threshold may have taken whole."""
    marked = pad.drawn(*((ballpoint, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    picture = paled(thresholded(marked), pad.box(2, 1), share)
    assert (judge_row(desk.read_picture(picture).rows[2]).reading != UNSURE) == read


def test_a_dark_scanner_lid_makes_no_scan_one_without_greys(pad, desk, ballpoint):
    """A sheet in greys on a dark ground: its pale marks are read as on a white one."""
    pen = replace(ballpoint, darkness=0.4)
    marked = pad.drawn(*((pen, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    picture = cv2.copyMakeBorder(marked, 300, 300, 400, 400, cv2.BORDER_CONSTANT, value=36)
    assert [judge_row(row).reading for row in desk.read_picture(picture).rows] == ["medium"] * 11


@pytest.mark.parametrize(("share", "read"), [(0.0, True), (0.4, False)])
def test_scraps_beside_a_pale_mark_of_such_a_scan_are_asked_about(pad, desk, ballpoint, share, read):
    """They may be the rest of a mark blotted out; beside a mark that is whole they are dirt."""
    dot = np.array([[0.0, 0.0], [0.25, 0.1]]) + pad.box(2, 0).center
    marked = pad.drawn((ballpoint, dot), *((ballpoint, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    rows = desk.read_picture(paled(thresholded(marked), pad.box(2, 1), share)).rows
    assert rows[2].cells[0].length_mm > 0
    assert (judge_row(rows[2]).reading != UNSURE) == read


@pytest.mark.parametrize(("gap_mm", "read"), [(0.0, True), (0.8, False)])
def test_a_mark_that_a_threshold_left_in_pieces_is_asked_about(pad, desk, ballpoint, gap_mm, read):
    """As thin, but whole, it is read: in pieces it says that a line through the name may be gone."""
    x, y = pad.box(2, 1).center
    strokes = [np.array([[x + a, y - a], [x + b, y - b]]) for a, b in ((-2.8, 1.2 - gap_mm), (1.2, 2.8))]
    thin = replace(ballpoint, width_mm=0.25)
    others = ((ballpoint, *cross(pad.box(row, 1), 6.0)) for row in range(11) if row != 2)
    found = judge_row(desk.read_picture(thresholded(pad.drawn((thin, *strokes), *others))).rows[2])
    assert (found.reading != UNSURE) == read


@pytest.mark.parametrize(("of_pen", "paper"), [((0.45, 0.3), 0.9), ((0.6, 0.4), 0.8)])
def test_a_line_through_a_name_is_seen_in_a_dithered_scan(pad, desk, ballpoint, of_pen, paper):
    """The dots of a grey paper hide its strokes; along the line nearly all of the paper is dark."""
    name, pen = desk.page.rows[4].name_mm, replace(ballpoint, width_mm=0.6)
    line = np.array([[name.x0 + 2, name.center[1] + 0.9], [name.x0 + 30, name.center[1] - 0.5]])
    strike = (replace(pen, darkness=of_pen[0], width_mm=of_pen[1]), line)
    marked = pad.drawn(strike, *((pen, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    at_200_dpi = cv2.resize(marked, None, fx=0.984, fy=0.984, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor((at_200_dpi * paper).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    rows = desk.read_picture(dithered(np.asarray(grey))).rows
    assert [row.number for row in rows if judge_row(row).reading == UNSURE] == [5]


def test_dashes_of_a_line_through_a_name_are_asked_about(pad, desk, ballpoint):
    """A pen that skips leaves little stroke between the letters; along its line it shows."""
    name = desk.page.rows[4].name_mm
    x, y = name.x0 + 2, name.center[1] + 0.5
    pen = replace(ballpoint, width_mm=0.35, darkness=0.3)
    dashes = [np.array([[x + at, y], [x + at + 1.8, y]]) for at in range(0, 28, 4)]
    marked = pad.drawn((pen, *dashes), *((ballpoint, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    rows = desk.read_picture(marked).rows
    assert [row.number for row in rows if judge_row(row).reading == UNSURE] == [5]


@pytest.mark.parametrize(
    ("rows", "pen"),
    [([4], (0.35, 0.22)), ([4], (0.3, 0.25)), ([2, 5, 9], (0.4, 0.3)), (list(range(11)), (0.4, 0.3))],
)
def test_pale_lines_through_names_are_asked_about(pad, desk, ballpoint, rows, pen):
    """A pencil's line through one name, some, or all of them; the marks are by another pen."""
    pencil = replace(ballpoint, width_mm=pen[0], darkness=pen[1])
    names = [pad.page.rows[row].name_mm for row in rows]
    lines = [
        np.array([[name.x0 + 1, name.y0 + high], [name.x0 + 36, name.y0 + high + 0.4]])
        for name in names
        for high in (
            (name.height / 2 - 2.2, name.height / 2 + 2.2) if name.height > 11 else (name.height / 2,)
        )
    ]
    marked = pad.drawn((pencil, *lines), *((ballpoint, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    found = [judge_row(row).reading for row in desk.read_picture(marked).rows]
    assert [row for row in range(11) if found[row] in {UNSURE, "struck"}] == rows


@pytest.mark.parametrize("rows", [[0, 1, 3, 5, 7, 8, 9], list(range(11)), []])
def test_the_more_names_have_a_pale_line_the_less_it_need_show(pad, desk, ballpoint, rows):
    """At 150 dpi, noise and JPEG hide a pencil's line of which nothing but the darkness along it is left."""
    pencil = replace(ballpoint, width_mm=0.35, darkness=0.22)
    lines = [
        np.array([[name.x0 + 1, y], [name.x0 + 36, y + 0.4]])
        for name in (pad.page.rows[row].name_mm for row in rows)
        for y in ((name.center[1] - 2.2, name.center[1] + 2.2) if name.height > 11 else (name.center[1],))
    ]
    marked = pad.drawn((pencil, *lines), *((ballpoint, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    small = cv2.GaussianBlur(
        cv2.resize(marked, None, fx=0.74, fy=0.74, interpolation=cv2.INTER_AREA), (0, 0), 0.6
    )
    noisy = np.clip(small + np.random.default_rng(2).normal(-8, 5, small.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 45])[1]
    found = desk.read_picture(np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR))).rows
    assert [row for row in range(11) if judge_row(found[row]).reading in {UNSURE, "struck"}] == rows


@pytest.mark.parametrize(("scraps", "greys"), [(7, False), (3, False), (7, True)])
def test_where_a_threshold_left_scraps_of_most_marks_none_is_trusted(pad, desk, ballpoint, scraps, greys):
    """A blot whose dark middle alone is left, and a dot of the mark beside it, look like an X and dirt."""
    dot = np.array([[0.0, 0.0], [1.2, 0.9]])
    marks = [
        [dot + pad.box(row, 1).center] if row < scraps else cross(pad.box(row, 1), 6.0) for row in range(11)
    ]
    marked = pad.drawn(*((ballpoint, *strokes) for strokes in marks))
    last = desk.read_picture(marked if greys else thresholded(marked)).rows[10]
    assert (judge_row(last).reading != UNSURE) == (greys or scraps < 6)


@pytest.mark.parametrize(
    ("finer", "paper"), [(0.75, 1.0), (0.75, 0.6), (1.0, 0.9), (2.0, 0.6), (3.0, 1.0), (3.0, 0.6)]
)
def test_a_dithered_scan_is_told_from_one_cut_by_a_threshold(pad, ballpoint, paper, finer):
    """By its dots, at any resolution and on any paper: how pale a mark may be depends on it."""
    pen = replace(ballpoint, darkness=0.6)
    marked = pad.drawn(*((pen, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    grey = cv2.resize(marked, None, fx=finer, fy=finer, interpolation=cv2.INTER_AREA) * np.float32(paper)
    noise = 6 * np.random.default_rng(1).standard_normal(grey.shape, np.float32)
    noisy = np.clip(grey + noise, 0, 255).astype(np.uint8)
    dots = dithered(np.asarray(cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR)))[..., 0]
    assert seen_as_dithered(dots)
    assert not seen_as_dithered(thresholded(noisy, 175 * paper))


@pytest.mark.parametrize(
    ("scan", "reading"), [((1.0, 0.5), UNSURE), ((3.0, 0.5), "medium"), ((3.0, 0.42), UNSURE)]
)
def test_how_pale_a_dithered_mark_may_be_depends_on_the_papers_grain(pad, desk, ballpoint, scan, reading):
    """At 600 dpi the dots are so fine that the same pen's line through a name would show."""
    finer, darkness = scan
    pen = replace(ballpoint, darkness=darkness, width_mm=0.6)
    marked = pad.drawn(*((pen, *cross(pad.box(row, 1), 6.0)) for row in range(11)))
    grey = cv2.resize(marked, None, fx=finer, fy=finer, interpolation=cv2.INTER_AREA) * 0.9
    dots = dithered(np.asarray(cv2.cvtColor(grey.astype(np.uint8), cv2.COLOR_GRAY2BGR)))
    assert {judge_row(row).reading for row in desk.read_picture(dots).rows} == {reading}


@pytest.mark.parametrize(("empty", "greys"), [(7, False), (3, False), (7, True)])
def test_where_a_threshold_took_most_marks_none_is_trusted(pad, desk, ballpoint, empty, greys):
    """What is left may be the blot beside the mark that was meant; a few rows left empty say nothing."""
    marked = pad.drawn(*((ballpoint, *cross(pad.box(row, 1), 6.0)) for row in range(empty, 11)))
    last = desk.read_picture(marked if greys else thresholded(marked)).rows[10]
    assert (judge_row(last).reading != UNSURE) == (greys or empty < 6)


@pytest.mark.parametrize(
    ("gaps", "asked"),
    [
        ((-0.03, -0.04, -0.02, -0.01, -0.04, 0.04), {5}),  # a pale line on a dark dithered page
        ((-0.03, -0.04, -0.02, -0.01, -0.04, 0.01), set()),
        ((0.0, 0.0, 0.0, 0.0, 0.0, 0.04), set()),  # less than anybody would see
        ((-0.2, 0.1, -0.1, 0.2, 0.0, 0.25), set()),  # gaps that differ so much tell nothing
        ((0.0, 0.0, 0.2), set()),  # nor do so few
    ],
)
def test_a_name_whose_gaps_are_darker_than_the_others_is_asked_about(gaps, asked):
    """Where dots hide strokes and lines, the paper between the letters is compared from name to name."""
    assert _darkened(tuple(RowSeen(n, (), NameSeen(gaps=gap)) for n, gap in enumerate(gaps))) == asked
