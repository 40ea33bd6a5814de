"""What lies over the printed names (plan III.3: a printed name crossed out makes the row invalid).

Two measures, because a stroke over letters shows only between and inside them: the share of the name's width
in which ink shows at its letters' height; and how much darker the gaps between its letters are than the
letters' own blur makes such gaps in this scan, which also speaks where blur or toner leaves no clear paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.evidence import Name, NameSeen, Reason
from omr.ink import PX_PER_MM, Print, RowInk, text_lines, to_px, waist_of
from omr.strokes import Levels, components, stroke_length

#: Names may show this much more fringe for their letters than the positions beside them.
FRINGES = 1.5


@dataclass(frozen=True, slots=True)
class NameLimits:
    """Lines between a clean, a touched and a struck name. Moving one: rerun scripts/accuracy.py."""

    #: Stroke over a name from which somebody looks, mm: on the tuning hands the shortest line through a name
    #: showed 5.3 between its letters, a tick 3.1; the print's own fringes at most 2.8.
    stroke_mm: float = 3.0
    #: Darkening of the gaps between a name's letters from which somebody looks, share of black: under hostile
    #: scans the clean names of the tuning pages reached 0.014, names with a line through them began at 0.09.
    gaps: float = 0.035
    #: Share of a name's width crossed, and darkening of its gaps, from which it is struck, not only touched:
    #: circled and underlined names of the tuning pages reached 0.70 and 0.13.
    struck: float = 0.70
    struck_gaps: float = 0.15
    #: Share of its strokes that lie at the letters' height: a circle or an underline lies outside.
    struck_inside: float = 0.75
    #: Stroke over the printed position, mm, and share of its width crossed, from which somebody looks.
    position_mm: float = 12.0
    position: float = 0.4


def see_names(
    ink: RowInk, printed: Print, page: PageLayout, levels: Levels, limits: NameLimits
) -> tuple[NameSeen, ...]:
    """The state of every row's printed name, in the layout's order."""
    gaps = _crossed_gaps(ink, printed)
    strokes = [_over(ink, printed, page, row.name_mm, levels) for row in page.rows]
    beside = [_over(ink, printed, page, row.position_mm, levels) for row in page.rows]
    fringe = float(np.median([over.length / over.letters for over in beside if over.letters] or [0.0]))
    return tuple(
        _with_position(_judged(over, fringe, float(gap), limits), position, fringe, limits)
        for over, gap, position in zip(strokes, gaps, beside, strict=True)
    )


def _with_position(name: NameSeen, position: _Over, fringe: float, limits: NameLimits) -> NameSeen:
    """The name, touched where a long line runs over the position printed beside it: meant for the person?"""
    length = position.length - FRINGES * fringe * position.letters
    if name.state is Name.CLEAN and length >= limits.position_mm and position.covered >= limits.position:
        return replace(name, state=Name.TOUCHED, reason=Reason.NAME_TOUCHED)
    return name


def _crossed_gaps(ink: RowInk, printed: Print) -> np.ndarray:
    """For every row, the darkening of the gaps between its name's letters, as a share of black."""
    names, spill = _tones(ink.dark, printed.gaps), _tones(printed.blurred, printed.gaps)
    beside, beside_spill = _tones(ink.dark, printed.gaps_beside), _tones(printed.blurred, printed.gaps_beside)
    if not (beside_spill > 0).any():
        beside, beside_spill = names, spill
    known = beside_spill > 0
    blur = float(np.median(beside[known] / beside_spill[known])) if known.any() else 0.0
    result: np.ndarray = (names - blur * spill) / ink.black
    return result


def _tones(dark: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
    flat = dark.ravel()
    return np.array([float(flat[at].mean()) if len(at) else 0.0 for at in places])


@dataclass(frozen=True, slots=True)
class _Over:
    """Ink over a printed text.

    Its strokes' length, mm; the text's printed area, px; the share of its width that strokes run across,
    at its small letters' height and at its full height; and the share of the strokes at that full height.
    """

    length: float
    letters: int
    crossed: float = 0.0
    covered: float = 0.0
    inside: float = 0.0


def _over(ink: RowInk, printed: Print, page: PageLayout, box: Box, levels: Levels) -> _Over:
    x0, y0, x1, y1 = to_px(page, box.as_tuple())
    text = printed.text[y0:y1, x0:x1]
    letters = int(np.count_nonzero(text))
    strokes = _firm_strokes(ink.pen[y0:y1, x0:x1], levels)
    if strokes is None:
        return _Over(0.0, letters)
    lines = text_lines(text)
    return _Over(
        stroke_length(strokes),
        letters,
        max((_covered(strokes, text, waist_of(text, line)) for line in lines), default=0.0),
        max((_covered(strokes, text, line) for line in lines), default=0.0),
        sum(int(strokes[line].sum()) for line in lines) / int(strokes.sum()),
    )


def _judged(over: _Over, fringe: float, gaps: float, limits: NameLimits) -> NameSeen:
    """`fringe`: stroke that shows about printed letters in this scan anyway, mm for each px of letters."""
    length = over.length - FRINGES * fringe * over.letters
    state = Name.CLEAN
    if length >= limits.stroke_mm or gaps >= limits.gaps:
        state = Name.TOUCHED
    through = over.crossed >= limits.struck and over.inside >= limits.struck_inside
    if through and gaps >= limits.struck_gaps:
        state = Name.STRUCK
    return NameSeen(state, _REASONS[state], round(over.crossed, 3), round(over.length, 2), round(gaps, 3))


_REASONS = {Name.CLEAN: None, Name.TOUCHED: Reason.NAME_TOUCHED, Name.STRUCK: Reason.NAME_STRUCK}


def _firm_strokes(pen: np.ndarray, levels: Levels) -> np.ndarray | None:
    """Pale ink that is connected to firm ink, without dust, uint8 0 or 1; None where there is none."""
    if not (pen > levels.firm).any():
        return None
    mask = (pen > levels.pale).astype(np.uint8)
    count, labels, stats, _ = components(mask)
    strong = np.bincount(labels[pen > levels.firm], minlength=count)
    keep = (stats[:, cv2.CC_STAT_AREA] >= 0.25 * PX_PER_MM**2) & (strong >= 3)
    keep[0] = False
    return keep[labels].astype(np.uint8) if keep.any() else None


def _covered(strokes: np.ndarray, text: np.ndarray, line: slice) -> float:
    """Share of a line's width over which strokes run within its letters' height, short gaps closed."""
    columns = np.flatnonzero(text[line].any(axis=0))
    if not len(columns):
        return 0.0
    crossed = strokes[line, columns[0] : columns[-1] + 1].any(axis=0).astype(np.uint8).reshape(1, -1)
    close = np.ones((1, round(1.6 * PX_PER_MM)), np.uint8)
    joined = cv2.morphologyEx(crossed, cv2.MORPH_CLOSE, close, borderValue=0)
    return float(joined.mean())
