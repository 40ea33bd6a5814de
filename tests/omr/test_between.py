"""A name written between two rows is seen; nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from omr.evidence import Flag
from omr.rules import judge_row


def word(x, y, high_mm=4.0):
    """Joined strokes to and fro, as of a short name in handwriting, about a place, mm."""
    return [(x + 0.9 * i, y + high_mm * (0.5 if i % 2 else -0.5)) for i in range(11)]


def ring(x, y):
    return [(x + 12 * np.cos(a), y + 12 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 60)]


@pytest.fixture(scope="module")
def marked(ballpoint, an_x, pad):
    """A plain X in every row."""
    return [(ballpoint, *an_x(pad.box(row, 1), 5.0)) for row in range(11)]


@pytest.mark.parametrize("rule", [1, 6, 9])
def test_a_word_over_a_rule_is_a_name_written_in(pad, desk, ballpoint, marked, rule):
    """Over the positions, where a short one has no row asked about: the rows stand."""
    position = pad.page.rows[rule].position_mm
    seen = desk.read_picture(pad.drawn(*marked, (ballpoint, word(position.x0 + 8, position.y1))))
    assert Flag.WRITE_IN in seen.flags
    assert [judge_row(row).reading for row in seen.rows] == ["medium"] * 11


@pytest.mark.parametrize("what", ["nothing", "a line along the rule", "a line across the rule", "a ring"])
def test_other_ink_over_a_rule_is_no_name(pad, desk, ballpoint, marked, what):
    """Lines, and the rim of a stain."""
    position = pad.page.rows[5].position_mm
    (x, _), y = position.center, position.y1
    lines = {
        "nothing": [],
        "a line along the rule": [[(position.x0 + 3, y + 0.9), (position.x1 - 3, y + 1.1)]],
        "a line across the rule": [[(x, y - 6), (x + 4, y + 6)]],
        "a ring": [ring(x, y)],
    }[what]
    seen = desk.read_picture(pad.drawn(*marked, (ballpoint, *lines)) if lines else pad.drawn(*marked))
    assert Flag.WRITE_IN not in seen.flags
