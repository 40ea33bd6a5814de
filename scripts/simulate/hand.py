"""A person with a pen: whose strokes, which pen, and the habits that stay the same down a ballot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from scripts.simulate.pen import Pen, office_pen
from scripts.simulate.strokes import Points, Sample, Strokes, centred, length


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """Somebody who fills in a ballot.

    Attributes:
        writer: who drew the strokes.
        shapes: that writer's drawings; of shapes that they did not draw, one other writer's.
        size_mm: usual longest side of a mark.
        slant_deg: lean of everything, clockwise.
        spread: how far from the middle of a box marks land, 0 … 1 of the free room.
    """

    writer: str
    pen: Pen
    shapes: Mapping[str, tuple[Sample, ...]]
    size_mm: float
    slant_deg: float
    spread: float

    def drawing(self, shape: str, rng: np.random.Generator) -> Sample:
        """One drawing of that shape; made from this hand's own X and line where nobody drew the shape."""
        drawn = self.shapes.get(shape)
        return drawn[int(rng.integers(len(drawn)))] if drawn else _MAKERS[shape](self, rng)


def any_hand(strokes: Strokes, rng: np.random.Generator, pen: Pen | None = None, writer: str = "") -> Hand:
    """A person picked by dice, or the writer named. Raises ValueError where nobody drew an X."""
    writers = strokes.writers("x")
    if not writers:
        raise ValueError("no writer of these strokes drew an X")
    writer = writer or writers[int(rng.integers(len(writers)))]
    shapes = {
        shape: _drawings(strokes, shape, writer, rng) for shape in strokes.shapes if strokes.writers(shape)
    }
    return Hand(
        writer=writer,
        pen=pen or office_pen(rng),
        shapes=shapes,
        size_mm=float(np.clip(rng.normal(6.0, 1.1), 3.8, 8.2)),
        slant_deg=float(rng.normal(0, 7)),
        spread=float(rng.uniform(0.15, 0.8)),
    )


def _drawings(strokes: Strokes, shape: str, writer: str, rng: np.random.Generator) -> tuple[Sample, ...]:
    writers = strokes.shapes[shape]
    if writer not in writers:
        others = strokes.writers(shape)
        writer = others[int(rng.integers(len(others)))]
    return writers[writer]


def turned(sample: Sample, degrees: float) -> Sample:
    """The drawing turned clockwise about the origin."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return tuple(stroke @ turn for stroke in sample)


def stretched(sample: Sample, width: float, height: float) -> Sample:
    """The drawing made to fill `width` × `height` about the origin; a straight line keeps its own height."""
    points = np.concatenate(sample)
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.maximum(high - low, 1e-6)
    factor = np.array([width, height]) / size
    if size[1] < 0.15 * size[0]:
        factor[1] = min(factor[0], height / size[1])
    return tuple((stroke - (low + high) / 2) * factor for stroke in sample)


def bent(sample: Sample, rng: np.random.Generator) -> Sample:
    """The drawing as the same hand would draw it another time: a little wider, bent, its strokes shifted.

    Few writers drew a shape more than five times; a ballot needs forty that are alike and not the same.
    """
    wide = np.exp(rng.normal(0, 0.09, 2))
    bow = rng.normal(0, 0.05, 2)
    return tuple(
        stroke * wide + bow * (stroke[:, ::-1] ** 2 - 0.1) + rng.normal(0, 0.018, 2) for stroke in sample
    )


def short_tick(sample: Sample, rng: np.random.Generator) -> Sample:
    """A tick from a V: the first leg cut short.

    >>> vee = (np.array([[-0.5, -0.5], [0.0, 0.5], [0.5, -0.5]]),)
    >>> short_tick(vee, np.random.default_rng(1))[0].shape[1]
    2
    """
    path = _dense(np.concatenate(sample))
    foot = int(np.argmax(path[:, 1]))
    start = int(foot * rng.uniform(0.35, 0.65))
    return centred((path[start:],))


def hatched(hand: Hand, rng: np.random.Generator) -> Sample:
    """A box filled, or a mark scribbled out: the hand's own line, to and fro."""
    turns = int(rng.integers(8, 14))
    lines = []
    for turn in range(turns):
        line = _dense(np.concatenate(stretched(hand.drawing("strike", rng), rng.uniform(0.8, 1.05), 0.08)))
        line = line if turn % 2 == 0 else line[::-1]
        lines.append(line + np.array([rng.normal(0, 0.03), (turn + rng.normal(0, 0.25)) / turns * 0.7]))
    return centred(turned((np.concatenate(lines),), rng.uniform(-40, 40)))


def cursive(letters: int, rng: np.random.Generator) -> Sample:
    """Handwriting that nobody can read, as a pen swings: a sine up and down, one to and fro, and on.

    After J. M. Hollerbach, An oscillation theory of handwriting, Biological Cybernetics 39 (1981).
    """
    count = letters * 26
    phase = np.linspace(0, letters * 2 * np.pi, count)
    knots = np.linspace(0, letters, 2 * letters + 1)
    at = phase / (2 * np.pi)
    tall = np.where(
        rng.random(len(knots)) < 0.22, rng.uniform(1.6, 2.4, len(knots)), rng.uniform(0.7, 1.15, len(knots))
    )
    high = np.interp(at, knots, tall)
    lean = np.interp(at, knots, rng.normal(1.0, 0.5, len(knots)))
    swing = np.interp(at, knots, rng.uniform(0.35, 0.75, len(knots)))
    across = at * 1.05 + swing * 0.55 * np.sin(phase + lean)
    down = -0.5 * high * np.sin(phase) + np.where(np.sin(phase) > 0, 0.0, 0.1) + 0.2 * np.sin(at * 0.7)
    return centred((np.stack([across - 0.3 * down, down], axis=1),))


def words(count: int, hand: Hand, rng: np.random.Generator) -> Sample:
    """Some words side by side, with tone marks over them as Vietnamese has."""
    strokes: list[Points] = []
    left = 0.0
    for _ in range(count):
        word = stretched(hand.drawing("word", rng), rng.uniform(0.7, 1.3), 0.38)
        strokes += [stroke + np.array([left + 0.6, 0.0]) for stroke in word]
        strokes.append(_tone(rng) + np.array([left + rng.uniform(0.3, 0.8), -0.27]))
        left += rng.uniform(1.2, 1.45)
    return centred(tuple(strokes))


def signature(hand: Hand, rng: np.random.Generator) -> Sample:
    """A signature: wide swings and a flourish under them."""
    swings = stretched(cursive(int(rng.integers(4, 8)), rng), 1.0, rng.uniform(0.35, 0.6))
    flourish = stretched(
        turned(hand.drawing("strike", rng), rng.uniform(-12, 6)), rng.uniform(0.6, 1.1), 0.15
    )
    return centred((*swings, *(stroke + np.array([0.1, rng.uniform(0.1, 0.25)]) for stroke in flourish)))


def _tone(rng: np.random.Generator) -> Points:
    start = np.array([0.0, rng.uniform(0.0, 0.06)])
    return np.stack([start, start + np.array([0.08, rng.choice([-0.08, 0.07])])])


def _dense(path: Points) -> Points:
    count = max(int(length((path,)) / 0.02), 12)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    even = np.linspace(0, along[-1], count)
    return np.stack([np.interp(even, along, path[:, axis]) for axis in (0, 1)], axis=1)


def _slash(hand: Hand, rng: np.random.Generator) -> Sample:
    """The rising stroke of the hand's X."""
    strokes = hand.drawing("x", rng)
    rising = [s for s in strokes if (s[-1][0] - s[0][0]) * (s[-1][1] - s[0][1]) < 0]
    return centred((rising[0] if rising else strokes[-1],))


def _check(hand: Hand, rng: np.random.Generator) -> Sample:
    """The upper half of the hand's X: down along one stroke to where they cross, up along the other."""
    first, second = (_dense(stroke) for stroke in hand.drawing("x", rng)[:2])
    gaps = np.hypot(*(first[:, None, :] - second[None, :, :]).transpose(2, 0, 1))
    one, two = (int(i) for i in np.unravel_index(int(gaps.argmin()), gaps.shape))
    legs = [_upper(first, one), _upper(second, two)]
    legs.sort(key=lambda leg: float(leg[0, 0]))
    return centred((np.concatenate([legs[0], legs[1][::-1]]),))


def _upper(path: Points, cross: int) -> Points:
    """From the stroke's top end down to the crossing."""
    path, cross = (path, cross) if path[0, 1] <= path[-1, 1] else (path[::-1], len(path) - 1 - cross)
    return path[: cross + 1]


def _plus(hand: Hand, rng: np.random.Generator) -> Sample:
    level, upright = hand.drawing("strike", rng), turned(hand.drawing("strike", rng), 90)
    return centred((*stretched(level, 1, 0.2), *upright))


def _dot(hand: Hand, rng: np.random.Generator) -> Sample:
    path = np.concatenate(hand.drawing("strike", rng))
    return centred((path[: max(len(path) // 12, 2)],))


def _wave(hand: Hand, rng: np.random.Generator) -> Sample:
    path = _dense(np.concatenate(stretched(hand.drawing("strike", rng), 1.0, 0.1)))
    swing = 0.06 * np.sin(np.linspace(0, rng.uniform(3, 7) * 2 * np.pi, len(path)))
    return centred((path + np.stack([np.zeros(len(path)), swing], axis=1),))


def _circle(_hand: Hand, rng: np.random.Generator) -> Sample:
    around = np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.12), 60) + rng.uniform(0, 6)
    wide = 1 + 0.04 * np.sin(around * 2 + rng.uniform(0, 6)) + np.linspace(0, rng.normal(0, 0.08), 60)
    return centred(
        (np.stack([np.cos(around), rng.uniform(0.7, 1) * np.sin(around)], axis=1) * wide[:, None],)
    )


def _circle_slash(hand: Hand, rng: np.random.Generator) -> Sample:
    return centred((*hand.drawing("circle", rng), *(1.2 * stroke for stroke in hand.drawing("slash", rng))))


def _asterisk(hand: Hand, rng: np.random.Generator) -> Sample:
    return centred((*hand.drawing("x", rng), *turned(hand.drawing("strike", rng), rng.normal(0, 8))))


def _strike(hand: Hand, rng: np.random.Generator) -> Sample:
    return centred(turned(_slash(hand, rng), 50))


def _word(_hand: Hand, rng: np.random.Generator) -> Sample:
    return cursive(int(rng.integers(3, 6)), rng)


_MAKERS: Mapping[str, Callable[[Hand, np.random.Generator], Sample]] = {
    "slash": _slash,
    "check": _check,
    "plus": _plus,
    "dot": _dot,
    "wave": _wave,
    "circle": _circle,
    "circle_slash": _circle_slash,
    "asterisk": _asterisk,
    "strike": _strike,
    "word": _word,
    "filled": hatched,
    "scribble": hatched,
}
