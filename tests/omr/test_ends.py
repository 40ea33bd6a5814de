"""How many ends a mark has."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.ends import count_ends

MARKS = {
    "a slash": ([[(20, 80), (80, 20)]], 2),
    "a tick": ([[(20, 50), (40, 80), (80, 20)]], 2),
    "an X": ([[(20, 20), (80, 80)], [(20, 80), (80, 20)]], 4),
    "an X under a line": ([[(20, 20), (80, 80)], [(20, 80), (80, 20)], [(10, 52), (90, 48)]], 6),
    "an X under two": (
        [[(20, 20), (80, 80)], [(20, 80), (80, 20)], [(8, 40), (92, 38)], [(8, 62), (92, 60)]],
        8,
    ),
    "a ring": ([[(50 + 30 * np.cos(a), 50 + 30 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 30)]], 0),
    "nothing": ([], 0),
}


def drawn(lines, width):
    """A picture of lines of some width, px."""
    mask = np.zeros((100, 100), np.uint8)
    for line in lines:
        cv2.polylines(mask, [np.round(line).astype(np.int32)], isClosed=False, color=1, thickness=width)
    return mask


@pytest.mark.parametrize("width", [2, 4, 7])
@pytest.mark.parametrize("name", MARKS)
def test_ends_are_counted(name, width):
    """Whatever the pen's width."""
    lines, ends = MARKS[name]
    assert count_ends(drawn(lines, width)) == ends


def test_a_gap_of_a_skipping_pen_and_a_rough_edge_are_no_ends():
    """An X with a break of two pixels, and burrs of three."""
    mask = drawn(MARKS["an X"][0], 5)
    mask[34:36] = 0
    mask[48:51, 60:63] = 1
    assert count_ends(mask) == 4
