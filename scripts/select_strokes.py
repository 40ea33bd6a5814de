"""Make samples/strokes.json: the drawings that the project may carry.

    python -m scripts.select_strokes ../shared/marks/strokes.json

Only sources whose licence allows it (samples/STROKES-LICENCE.md); UNIPEN never. Lines are thinned to
the points that matter and samples are limited per writer, so that the file stays small.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from scripts.simulate.strokes import SELECTION, Points, Sample, Strokes, load_strokes

#: Sources by the part of the writer's name before ":", and what they allow.
LICENSED = {"mmgplus": "BSD-3-Clause", "omniglot": "MIT", "quickdraw": "CC BY 4.0"}

#: Drawings kept of one writer and shape.
SAMPLES = 3

#: A point that bends the line by less than this share of the drawing's side is left out.
BEND = 0.005


def main(arguments: list[str]) -> int:
    """Write the selection from the stroke file named by the one argument."""
    if len(arguments) != 1:
        print("usage: python -m scripts.select_strokes STROKES.json", file=sys.stderr)
        return 2
    SELECTION.write_text(selection(load_strokes(Path(arguments[0]))), encoding="utf-8")
    print(f"{SELECTION}: {SELECTION.stat().st_size / 1e3:.0f} kB")
    return 0


def selection(strokes: Strokes) -> str:
    """The licensed drawings as JSON, one line a writer; the same input gives the same text."""
    shapes = []
    for shape in sorted(strokes.shapes):
        writers = [writer for writer in strokes.writers(shape) if writer.split(":")[0] in LICENSED]
        lines = [
            f"  {json.dumps(writer)}: {_samples(strokes.shapes[shape][writer][:SAMPLES])}"
            for writer in writers
        ]
        shapes.append(f"{json.dumps(shape)}: {{\n" + ",\n".join(lines) + "\n}" if lines else "")
    return "{" + ",\n".join(text for text in shapes if text) + "}\n"


def _samples(samples: tuple[Sample, ...]) -> str:
    return json.dumps([[_thinned(stroke) for stroke in sample] for sample in samples], separators=(",", ":"))


def _thinned(stroke: Points) -> list[list[float]]:
    if len(stroke) < 3:
        return [[round(float(x), 3), round(float(y), 3)] for x, y in stroke]
    kept = cv2.approxPolyDP(stroke.astype(np.float32)[:, None, :], BEND, closed=False)[:, 0, :]
    return [[round(float(x), 3), round(float(y), 3)] for x, y in kept]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
