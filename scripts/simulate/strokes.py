"""Pen strokes that people drew, by the shape they meant and by writer.

A *sample* is one drawing: a tuple of strokes, each an (N, 2) float64 array in a unit box
(longest side 1, centred on the origin, x right, y down). Nothing here knows sizes in mm or pens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Points: TypeAlias = npt.NDArray[np.float64]
Sample: TypeAlias = tuple[Points, ...]

#: The selection that the project may carry (see samples/STROKES-LICENCE.md).
SELECTION = Path(__file__).resolve().parents[2] / "samples" / "strokes.json"


class Part(StrEnum):
    """Which half of the writers: thresholds are chosen on one, errors counted on the other."""

    TUNING = "tuning"
    MEASURING = "measuring"


@dataclass(frozen=True, slots=True)
class Strokes:
    """Drawings by shape and writer. No writer has an empty entry; shapes may lack writers."""

    shapes: Mapping[str, Mapping[str, tuple[Sample, ...]]]

    def writers(self, shape: str) -> tuple[str, ...]:
        """Who drew that shape, in a stable order."""
        return tuple(sorted(self.shapes.get(shape, {})))

    def only(self, part: Part) -> Strokes:
        """The drawings of that half of the writers. The halves share no writer."""
        return self._keep(lambda writer: part_of(writer) is part)

    def without(self, source: str) -> Strokes:
        """The drawings except those of one source (`unipen`, …), the part of the writer before `:`."""
        return self._keep(lambda writer: writer.split(":")[0] != source)

    def _keep(self, wanted: Callable[[str], bool]) -> Strokes:
        return Strokes(
            {
                shape: {writer: samples for writer, samples in writers.items() if wanted(writer)}
                for shape, writers in self.shapes.items()
            }
        )


def part_of(writer: str) -> Part:
    """The half a writer belongs to: by a hash of source and name, so that it never changes.

    UNIPEN writers `unipen:SET:NAME` took part in several sets; the set does not count.

    >>> part_of("unipen:aga:ann") is part_of("unipen:apa:ann")
    True
    """
    source, *_, name = writer.split(":")
    digest = hashlib.sha256(f"{source}:{name}".encode()).digest()
    return Part.TUNING if digest[0] % 2 == 0 else Part.MEASURING


@cache
def load_strokes(path: Path = SELECTION) -> Strokes:
    """Read a stroke file `{shape: {writer: [[[[x, y], …], …], …]}}`, once; drawings that are what they say.

    Raises:
        OSError, ValueError: the file is absent, or is not such a file.
    """
    raw = json.loads(path.read_text(encoding="utf-8"))
    shapes = {}
    for shape, writers in raw.items():
        kept = {writer: _usable(shape, samples) for writer, samples in writers.items()}
        shapes[shape] = {writer: samples for writer, samples in kept.items() if samples}
    return Strokes(shapes)


def centred(sample: Sample) -> Sample:
    """The drawing scaled to longest side 1 and centred on the origin."""
    points = np.concatenate(sample)
    low, high = points.min(axis=0), points.max(axis=0)
    side = max(float((high - low).max()), 1e-6)
    return tuple((stroke - (low + high) / 2) / side for stroke in sample)


def length(sample: Sample) -> float:
    """Length of the pen's path on the paper, in the drawing's own unit."""
    return sum(float(np.hypot(*np.diff(stroke, axis=0).T).sum()) for stroke in sample if len(stroke) > 1)


def extent(sample: Sample) -> tuple[float, float]:
    """Width and height of a drawing, in its own unit."""
    points = np.concatenate(sample)
    width, height = points.max(axis=0) - points.min(axis=0)
    return float(width), float(height)


def _usable(shape: str, samples: list[list[list[list[float]]]]) -> tuple[Sample, ...]:
    drawn = (
        centred(tuple(np.asarray(stroke, np.float64) for stroke in sample if stroke))
        for sample in samples
        if any(sample)
    )
    test = _TESTS.get(shape)
    return tuple(sample for sample in drawn if test is None or test(sample))


def _is_circle(sample: Sample) -> bool:
    """One stroke that comes back to its start: the files also hold digits and letters under `circle`."""
    gap = float(np.hypot(*(sample[0][0] - sample[0][-1])))
    return len(sample) == 1 and gap < 0.35 and min(extent(sample)) > 0.45 and 2.0 < length(sample) < 4.5


def _is_x(sample: Sample) -> bool:
    """Two slanting strokes of about the same length."""
    if len(sample) != 2 or min(extent(sample)) < 0.35:
        return False
    sides = [extent((stroke,)) for stroke in sample]
    return all(min(side) > 0.2 and max(side) > 0.5 for side in sides)


def _is_line(sample: Sample) -> bool:
    """One stroke, nearly straight, nearly level."""
    return len(sample) == 1 and extent(sample)[1] < 0.3 and length(sample) < 1.5


def _is_slash(sample: Sample) -> bool:
    """One stroke, nearly straight, neither level nor of several turns."""
    return len(sample) == 1 and length(sample) < 1.7 and extent(sample)[1] > 0.5


def _is_check(sample: Sample) -> bool:
    """One stroke down and up."""
    return len(sample) == 1 and min(extent(sample)) > 0.25 and 1.2 < length(sample) < 3.2


def _is_plus(sample: Sample) -> bool:
    """Two strokes, one upright and one level."""
    return len(sample) == 2 and min(extent(sample)) > 0.4


def _is_asterisk(sample: Sample) -> bool:
    """At least three strokes."""
    return len(sample) >= 3 and min(extent(sample)) > 0.4


def _is_dense(sample: Sample) -> bool:
    """A path so long that it covers what is under it."""
    return length(sample) > 7 and min(extent(sample)) > 0.3


def _is_word(sample: Sample) -> bool:
    """Wider than high, and more than a line."""
    width, height = extent(sample)
    return width > 1.6 * height and height > 0.12


#: What a drawing filed under a shape must look like. Found by looking at the files: about one in
#: five drawings of these classes was something else (letters, digits, cats).
_TESTS: Mapping[str, Callable[[Sample], bool]] = {
    "circle": _is_circle,
    "x": _is_x,
    "strike": _is_line,
    "slash": _is_slash,
    "check": _is_check,
    "plus": _is_plus,
    "asterisk": _is_asterisk,
    "scribble": _is_dense,
    "filled": _is_dense,
    "word": _is_word,
}
