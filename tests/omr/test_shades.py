"""Names and boxes that somebody shaded, and print that something white lies over."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from omr.rules import UNSURE, judge_row
from scripts.simulate.sheet_damage import stained
from tests.omr.conftest import BALLPOINT as PEN
from tests.omr.conftest import cross


@pytest.fixture(scope="module")
def filled(pad):
    """The page with an X in the first box of every row, in greys."""
    return pad.drawn(*((PEN, *cross(pad.box(row, 0), 5.0)) for row in range(len(pad.page.rows))))


def toned(picture, box, tone, *, hatched=False):
    """The picture with a box, mm, darkened to that share of its light; hatched: by lines 1 mm apart."""
    x0, y0, x1, y1 = (round(8 * v) for v in box.as_tuple())
    shade = np.full((y1 - y0, x1 - x0), tone)
    if hatched:
        shade[np.indices(shade.shape).sum(axis=0) % 8 > 3] = 1.0
    soft = cv2.GaussianBlur(shade, (0, 0), 1.5)
    part = picture[y0:y1, x0:x1]
    changed = picture.copy()
    changed[y0:y1, x0:x1] = part * (soft[..., None] if part.ndim == 3 else soft)
    return changed


def asked(desk, picture):
    return [row.number for row in desk.read_picture(picture).rows if judge_row(row).reading == UNSURE]


@pytest.mark.parametrize("shade", [(0.85, False), (0.6, False), (0.6, True)])
@pytest.mark.parametrize("rows", [[4], list(range(11))])
def test_a_shaded_name_is_asked_about(pad, desk, filled, rows, shade):
    """A pencil laid flat: all of the paper about the name is as dark, and no stroke stands out from it."""
    picture, (tone, hatched) = filled, shade
    for row in rows:
        picture = toned(picture, pad.page.rows[row].name_mm.grown(-0.5), tone, hatched=hatched)
    assert asked(desk, picture) == [row + 1 for row in rows]


def test_names_that_were_shaded_together_and_outlined_are_asked_about(pad, desk, filled):
    """Paper that is evenly darker behind a darker rim: a stain is so, too."""
    first, last = (pad.page.rows[row].name_mm.grown(-0.5) for row in (4, 6))
    block = replace(first, y1=last.y1)
    picture = toned(filled, block, 0.8)
    for y in (block.y0, block.y1):
        picture = toned(picture, replace(block, y0=y - 0.5, y1=y + 0.5), 0.6)
    assert {5, 6, 7} <= set(asked(desk, picture))


def test_a_shaded_name_under_a_stain_is_asked_about(pad, desk, filled):
    """Coffee over it excuses nothing."""
    name = pad.page.rows[4].name_mm
    picture = toned(filled, name.grown(-0.5), 0.7)
    colour = np.repeat(picture[..., None], 3, axis=2) if picture.ndim < 3 else picture
    assert 5 in asked(desk, stained(colour, name.center, 18.0, 8.0, np.random.default_rng(3)))


@pytest.mark.parametrize("marked", [False, True])
def test_a_shaded_box_is_asked_about(pad, desk, marked):
    """Alone in its row it may be the vote; beside an X it may be a second one."""
    others = [row for row in range(11) if marked or row != 4]
    picture = pad.drawn(*((PEN, *cross(pad.box(row, 0), 5.0)) for row in others))
    assert asked(desk, toned(picture, pad.box(4, 2), 0.9)) == [5]


def test_what_a_shadow_or_a_stain_darkens_is_not_shaded(pad, desk, filled):
    """A shadow gets darker one way; a stain ends where it likes."""
    height, width = filled.shape[:2]
    ramp = np.linspace(1.0, 0.6, width)[None, :] * np.linspace(0.8, 1.0, height)[:, None]
    stain = np.ones((height, width))
    centre = (round(8 * pad.page.rows[4].position_mm.x0), round(8 * pad.page.rows[4].name_mm.y1))
    cv2.circle(stain, centre, 8 * 30, 0.85, -1)
    for shade in (ramp, cv2.GaussianBlur(stain, (0, 0), 12)):
        assert (
            asked(desk, (filled * (shade[..., None] if filled.ndim == 3 else shade)).astype(np.uint8)) == []
        )


@pytest.mark.parametrize("part", ["name", "box", "column"])
def test_print_under_something_white_is_asked_about(pad, desk, filled, part):
    """A sticker over a name or a box, a folded edge over the last column: a vote may be under it."""
    row, table = pad.page.rows[4], pad.page.table_mm
    covered = {
        "name": row.name_mm.grown(-1.0),
        "box": pad.box(4, 0).grown(1.0),
        "column": type(table)(pad.box(0, 2).x0 + 3, table.y0, table.x1 + 7, table.y1),
    }[part]
    x0, y0, x1, y1 = (round(8 * v) for v in covered.as_tuple())
    picture = filled.copy()
    picture[y0:y1, x0:x1] = 255
    found = asked(desk, picture)
    assert 5 in found
    assert len(found) == (11 if part == "column" else 3 if part == "box" else 1)
