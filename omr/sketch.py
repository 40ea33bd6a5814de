"""Draws what each step of the reader saw, for `omr look`. Nothing here is part of a reading."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.evidence import Mark, RowSeen
from omr.fiducials import Found
from omr.ink import to_px

_COLOURS = {Mark.EMPTY: (190, 190, 190), Mark.MARKED: (60, 160, 40), Mark.UNSURE: (0, 120, 255)}


def _colour(grey: np.ndarray) -> np.ndarray:
    return grey.copy() if grey.ndim == 3 else cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def fiducials(grey: np.ndarray, found: Sequence[Found]) -> np.ndarray:
    """The scan with the registration marks that were found, numbered."""
    picture = _colour(grey)
    for mark in found:
        cv2.polylines(
            picture, [np.round(mark.corners).astype(np.int32)], isClosed=True, color=(0, 0, 255), thickness=3
        )
        x, y = mark.corners.mean(axis=0)
        cv2.putText(picture, str(mark.id), (int(x), int(y)), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 0, 0), 4)
    return picture


def rows(picture: np.ndarray, page: PageLayout) -> np.ndarray:
    """The straightened rows with the places of the boxes and names."""
    drawn = _colour(picture)
    for row in page.rows:
        for box in (row.name_mm, *(cell.box_mm for cell in row.cells)):
            x0, y0, x1, y1 = to_px(page, box.as_tuple())
            cv2.rectangle(drawn, (x0, y0), (x1, y1), (255, 160, 0), 1)
    return drawn


def marks(picture: np.ndarray, page: PageLayout, seen: Sequence[RowSeen]) -> np.ndarray:
    """The straightened rows with the state of each box, its measures and the name's state."""
    drawn = _colour(picture)
    for row, read in zip(page.rows, seen, strict=True):
        for cell, state in zip(row.cells, read.cells, strict=True):
            x0, y0, x1, y1 = to_px(page, cell.box_mm.as_tuple())
            cv2.rectangle(drawn, (x0 + 2, y0 + 2), (x1 - 2, y1 - 2), _COLOURS[state.mark], 2)
            words = f"{state.length_mm:.1f}mm {state.contrast:.2f}{' S' if state.scribbled else ''}"
            if state.length_mm:
                cv2.putText(drawn, words, (x0 + 4, y1 - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (200, 0, 0), 1)
        x0, y0, _, y1 = to_px(page, row.name_mm.as_tuple())
        note = f"{read.name.state} {read.name.covered:.2f} {read.reason or ''}"
        cv2.putText(drawn, note, (x0 + 4, y1 - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 200), 1)
    return drawn
