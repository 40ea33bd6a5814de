"""Sees whether somebody wrote between the printed rows: a name added where there was room.

Such a word lies over the rule between two rows, left of the boxes, where no voter has to write anything. Over
a name it is asked about as a stroke (`omr.names`); here it is seen wherever the rows' texts are.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.evidence import Name, RowSeen
from omr.ink import PX_PER_MM, Print, RowInk, to_px
from omr.strokes import EDGE_TO_LENGTH, Levels, components, stroke_edge

#: So far above and below a rule lies what is written over it, mm.
ABOUT_MM = 2.5
#: Least ink that is looked at, mm²; least stroke of a word, mm, and least width that it takes in all, mm.
AREA_MM2, WORD_MM, WIDE_MM = 2.5, 10.0, 6.0
#: A piece of a word is so high, mm, and leaves the rule. It is no line along or across the rows: at least one
#: piece has so many times as much stroke as its extent, or there are so many of them.
HIGH_MM, CROOKED, PIECES = 0.8, 1.25, 4


def written_between(
    ink: RowInk, printed: Print, page: PageLayout, rows: Sequence[RowSeen], levels: Levels
) -> bool:
    """Whether there is writing over a rule between two rows, left of their boxes.

    Args:
        ink: the rows.
        printed: their print.
        page: their layout.
        rows: what was seen of them: beside a name that is struck or touched such ink is told of already.
        levels: what counts as ink.
    """
    first = page.rows[0]
    x0, _, x1, _ = to_px(
        page, (page.table_mm.x0, first.name_mm.y0, first.cells[0].box_mm.x0, first.name_mm.y1)
    )
    about = round(ABOUT_MM * PX_PER_MM)
    clean = [row.name.state is Name.CLEAN for row in rows]
    rules = (
        y for y, *beside in zip(printed.rows_px[1:-1].tolist(), clean, clean[1:], strict=False) if all(beside)
    )
    return any(_is_word(ink.pen[y - about : y + about, x0:x1], levels) for y in rules)


def _is_word(band: np.ndarray, levels: Levels) -> bool:
    mask = np.asarray(cv2.threshold(band, levels.firm, 1, cv2.THRESH_BINARY)[1], np.uint8)
    if cv2.countNonZero(mask) < AREA_MM2 * PX_PER_MM**2:
        return False
    count, labels, stats = components(mask)
    lengths = np.bincount(labels[stroke_edge(mask)], minlength=count) * EDGE_TO_LENGTH
    wide, high = stats[:, cv2.CC_STAT_WIDTH] / PX_PER_MM, stats[:, cv2.CC_STAT_HEIGHT] / PX_PER_MM
    pieces = high >= HIGH_MM
    pieces[0] = False
    crooked = pieces & (lengths >= CROOKED * np.hypot(wide, high))
    return bool(
        lengths[pieces].sum() >= WORD_MM
        and wide[pieces].sum() >= WIDE_MM
        and (crooked.any() or np.count_nonzero(pieces) >= PIECES)
    )
