"""The hands: whose strokes they are, and that nobody tunes on whom they measure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scripts.select_strokes import LICENSED, selection
from scripts.simulate import Part, any_hand
from scripts.simulate.strokes import SELECTION, Strokes, extent, load_strokes


def test_no_writer_is_in_both_halves(strokes):
    """Tuning and measuring are disjoint by writer, and together they are everybody."""
    for shape in strokes.shapes:
        tuning, measuring = (set(strokes.only(part).writers(shape)) for part in Part)
        assert not tuning & measuring
        assert tuning | measuring == set(strokes.writers(shape))


def test_both_halves_have_enough_hands(strokes):
    """Neither half is a handful."""
    assert min(len(strokes.only(part).writers("x")) for part in Part) >= 20


def test_only_licensed_strokes_are_carried():
    """samples/strokes.json holds no writer of a source that must not be copied."""
    writers = {writer for shape in json.loads(SELECTION.read_text("utf-8")).values() for writer in shape}
    assert {writer.split(":")[0] for writer in writers} == set(LICENSED)


def test_the_selection_leaves_out_unlicensed_writers():
    """A UNIPEN writer in the source file does not reach the selection."""
    cross = (np.array([[-0.5, -0.5], [0.5, 0.5]]), np.array([[0.5, -0.5], [-0.5, 0.5]]))
    strokes = Strokes({"x": {"unipen:a:b": (cross,), "mmgplus:1": (cross,)}})
    assert list(json.loads(selection(strokes))["x"]) == ["mmgplus:1"]


def test_drawings_are_centred_in_the_unit_box(strokes):
    """A drawing's longest side is 1 and its middle the origin."""
    for samples in strokes.shapes["x"].values():
        points = np.concatenate(samples[0])
        assert max(extent(samples[0])) == pytest.approx(1)
        assert points.min(axis=0) + points.max(axis=0) == pytest.approx(0, abs=1e-9)


def test_what_is_filed_wrongly_is_left_out(tmp_path):
    """A digit filed as a circle is no circle."""
    ring = [[[float(np.cos(a)), float(np.sin(a))] for a in np.linspace(0, 6.2, 40)]]
    path = tmp_path / "strokes.json"
    path.write_text(json.dumps({"circle": {"a:1": [ring, [[[0, 0], [0, 1]]]], "a:2": [[[[0, 0], [1, 0]]]]}}))
    circles = load_strokes(path).shapes["circle"]
    assert {writer: len(samples) for writer, samples in circles.items()} == {"a:1": 1}


def test_every_shape_can_be_drawn_by_somebody_who_only_drew_an_x(rng):
    """Shapes that a source lacks are made from the hand's own strokes."""
    cross = (np.array([[-0.5, -0.5], [0.5, 0.5]]), np.array([[0.5, -0.5], [-0.5, 0.5]]))
    hand = any_hand(Strokes({"x": {"a:1": (cross,)}}), rng)
    for shape in (
        "slash",
        "check",
        "plus",
        "dot",
        "wave",
        "circle",
        "circle_slash",
        "strike",
        "word",
        "filled",
    ):
        assert 0.9 < max(extent(hand.drawing(shape, rng))) < 1.6


def test_somebody_must_have_drawn_an_x(rng):
    """Without an X there is no hand."""
    with pytest.raises(ValueError, match="drew an X"):
        any_hand(Strokes({"x": {}}), rng)
