"""What lies over the printed names (plan III.3: a printed name crossed out makes the row invalid).

Two measures, because a stroke over letters shows only between and inside them: the share of the name's width
in which ink shows at its letters' height; and how much darker the gaps between its letters are than the
letters' own blur makes such gaps in this scan, which also speaks where blur or toner leaves no clear paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from statistics import median

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.evidence import Name, NameSeen, Reason
from omr.ink import PX_PER_MM, Print, RowInk, Text, text_lines, to_px, waist_of
from omr.percentiles import percentile_of, ranked
from omr.places import Places
from omr.strokes import EDGE_TO_LENGTH, Levels, components, extents, stroke_edge, stroke_length

#: Fewer places than this say nothing about the paper.
LEAST_BARE = 20
#: Print is sought this far from its place, mm, and found where it is so much like the blank page's
#: (correlation).
SHIFT_MM, LIKE_PRINT = 0.6, 0.35
#: Names may show this much more fringe for their letters than the positions beside them.
FRINGES = 1.5
#: Ink thinner than this beside printed letters is their own edge, mm: at 150 dpi the stems of some letters
#: show 0.2 beside the print taken away. On the tuning pages this let go two clean names in three that were
#: asked about, and no struck one.
SLIVER_MM = 0.25
#: Ink over a name that covers less than this, or of which fewer pixels are firm, is dust, px.
LEAST_AREA_PX, LEAST_FIRM_PX = 0.25 * PX_PER_MM**2, 3


@dataclass(frozen=True, slots=True)
class NameLimits:
    """Lines between a clean, a touched and a struck name. Moving one: rerun scripts/accuracy.py."""

    #: Stroke over a name from which somebody looks, mm: on the tuning hands the shortest line through a name
    #: showed 5.3 between its letters, a tick 3.1; the print's own fringes at most 2.8.
    stroke_mm: float = 3.0
    #: Stroke so much longer than that counts in whatever pieces it shows; a shorter one only with a piece of
    #: this extent, mm: the fringe of letters at 150 dpi is crumbs of up to 1 mm.
    scattered_mm: float = 5.0
    piece_mm: float = 1.5
    #: Letters' fringes are crumbs at their edges: a piece of this extent, mm, where ink runs across this
    #: share of the name's width, is a stroke, however much fringe the page shows.
    through_mm: float = 3.2
    through: float = 0.5
    #: Darkening of the gaps between the letters of a line of the name from which somebody looks, share of
    #: black: of the tuning pages' clean names 1 in 150 reached it under poor scans, 1 in 50 under hostile
    #: ones; struck names began at 0.051.
    gaps: float = 0.045
    #: Darkening of the paper about a name against that about most, likewise: a thick pen leaves no paper.
    covered: float = 0.12
    #: Share of the paper about a name that is half as light as such paper is, from which nobody can say what
    #: lies on it: a threshold has blackened it.
    smothered: float = 0.15
    #: A stroke and gaps that each reach this share of those limits are looked at together: what is left of
    #: a pen that skips. Of 5,300 clean names of tuning pages 1 had both.
    both: float = 0.5
    #: The same in standard deviations of the paper's noise, whichever is more.
    gaps_sigma: float = 0.6
    #: Where toner or a low threshold closes the gaps of three names in four, so much of it is print's own
    #: doing: far less than a line's, lest a voter who strikes every name is not seen to.
    gaps_common: float = 0.015
    #: A stroke darkens some of a name's gaps: in the half of them farthest from letters the darkest tenth
    #: stands out from the palest quarter by so many times as much as in the positions beside them. On the
    #: tuning pages clean names whose gaps were dark mostly had up to 1.11, struck ones began at 1.98. Gaps
    #: that a shadow or a dither darkens more evenly than this are not touched, unless they are darker by
    uneven: float = 1.3
    #: this factor: a marker leaves no paper to stand out from.
    filled: float = 2.0
    #: Share of a name's width crossed, and darkening of its gaps, from which it is struck, not only touched:
    #: circled and underlined names of the tuning pages reached 0.70 and 0.13.
    struck: float = 0.70
    struck_gaps: float = 0.15
    #: Share of its strokes that lie at the letters' height: a circle or an underline lies outside.
    struck_inside: float = 0.75
    #: Stroke over the printed position, mm, and share of its width crossed, from which somebody looks.
    position_mm: float = 12.0
    position: float = 0.4
    #: Stroke over the printed number, mm, and its width, from which somebody looks: struck, ringed or ticked
    #: off. Dirt on the scanner's glass draws lines that are as long and less than half as wide.
    number_mm: float = 5.0
    number_wide_mm: float = 3.0


def see_names(
    ink: RowInk,
    printed: Print,
    page: PageLayout,
    levels_of: Callable[[RowInk], Levels],
    limits: NameLimits,
) -> tuple[NameSeen, ...]:
    """The state of every row's printed name, in the layout's order.

    A name that is not clean is looked at again with its print laid exactly over the scan's: what registration
    by the rules leaves, a quarter of a millimetre, shows as a fringe along every letter.

    Args:
        ink: the rows.
        printed: their print.
        page: their layout.
        levels_of: what counts as ink on paper of such darkness and noise.
        limits: the lines between clean, touched and struck.
    """
    least = max(limits.gaps, limits.gaps_sigma * ink.noise / ink.black)
    names = _Names(ink, printed, page, levels_of, replace(limits, gaps=least))
    return tuple(names.seen(i) for i in range(len(page.rows)))


class _Names:
    """The printed texts of one page and the ink about them."""

    def __init__(
        self,
        ink: RowInk,
        printed: Print,
        page: PageLayout,
        levels_of: Callable[[RowInk], Levels],
        limits: NameLimits,
    ) -> None:
        self.ink, self.printed, self.page, self.limits = ink, printed, page, limits
        self.levels_of, self.levels = levels_of, levels_of(ink)
        flat = ink.dark.ravel()
        self.papers, self.papers_beside = (
            papers_about(flat, bare) for bare in (printed.bare, printed.bare_beside)
        )
        self.beside = list(map(self._over, printed.position_texts, self.papers_beside))
        self.numbers = list(map(self._over, printed.number_texts, self.papers))
        self.fringe = median([over.length / over.letters for over in self.beside if over.letters] or [0.0])
        self.tones = _by_row(printed.lines.means(flat), printed.gaps)
        found = _blurs(
            _by_row(printed.lines_beside.means(flat), printed.gaps_beside),
            printed.spills_beside,
            self.papers_beside,
        )
        found = found or _blurs(self.tones, printed.spills, self.papers)
        self.blur, self.common = median(found or [0.0]), 0.0
        gaps = np.array([self._gaps(i, (0, 0)) for i in range(len(page.rows))])
        self.common = min(max(percentile_of(gaps, 25), 0.0), limits.gaps_common)
        levels = [paper.level for paper in self.papers]
        tones = ink.picture.ravel()[printed.bare.at]
        dark = printed.bare.means_of(tones < tones.mean() / 2)
        self.darkened = ((np.array(levels) - median(levels)) / ink.black >= limits.covered) | (
            dark >= limits.smothered
        )

    def seen(self, i: int) -> NameSeen:
        """One row's name."""
        name = self._judged(i, (0, 0))
        if name.state is not Name.CLEAN:
            shift = _shift(self.ink, self.printed, self.page, self.page.rows[i].name_mm)
            name = self._judged(i, shift) if any(shift) else name
        if name.state is Name.CLEAN and self.darkened[i]:
            name = replace(name, state=Name.TOUCHED, reason=Reason.NAME_TOUCHED)
        # Second thoughts see what most names have in common, too: a voter may have struck them all.
        name = replace(name, gaps=round(name.gaps + self.common, 3))
        return self._with_texts_beside(name, i)

    def _with_texts_beside(self, name: NameSeen, i: int) -> NameSeen:
        """The name, touched where ink lies over its number, or a long line over its position."""
        beside, limits = self.beside[i], self.limits
        number = self.numbers[i]
        over_position = self._stroke(beside) >= limits.position_mm and beside.covered >= limits.position
        over_number = self._stroke(number) >= limits.number_mm and number.wide >= limits.number_wide_mm
        if name.state is Name.CLEAN and (over_position or over_number):
            return replace(name, state=Name.TOUCHED, reason=Reason.NAME_TOUCHED)
        return name

    def _stroke(self, over: _Over) -> float:
        """Strokes over a text beyond the fringes of its letters, mm."""
        return over.length - FRINGES * self.fringe * over.letters

    def _judged(self, i: int, shift: tuple[int, int]) -> NameSeen:
        over = self._over(self.printed.name_texts[i], self.papers[i], shift)
        gaps = self._gaps(i, shift)
        name = _judged(over, self.fringe, gaps, self.limits)
        if name.state is Name.TOUCHED and self.limits.gaps <= gaps < self.limits.filled * self.limits.gaps:
            even = self._unevenness(self.printed.gaps[i], shift) < self.limits.uneven * self.uneven
            name = _judged(over, self.fringe, 0.0 if even else gaps, self.limits)
            name = replace(name, gaps=round(gaps, 3))
        return name

    @cached_property
    def uneven(self) -> float:
        """How unevenly the gaps of the positions are dark, median; 0 where no positions are printed."""
        lines = [self._unevenness(gaps, (0, 0)) for gaps in self.printed.gaps_beside if len(gaps)]
        return float(np.median(lines or [0.0]))

    def _unevenness(self, gaps: Sequence[np.ndarray], shift: tuple[int, int]) -> float:
        """How far the darkest tenth of a text's gaps stands out from their palest quarter, 0 to 255.

        Of the half of them where letters spill least: near letters blur and toner differ from scan to scan.
        """
        flat, spilt = self.ink.dark.ravel(), self.printed.blurred.ravel()
        moved = shift[1] * self.ink.dark.shape[1] + shift[0]
        most = 0.0
        for at in (at for at in gaps if len(at)):
            clear = at[spilt[at] <= np.median(spilt[at])]
            pale, dark = np.percentile(flat[clear + moved] - self.blur * spilt[clear], (25, 90))
            most = max(most, float(dark - pale))
        return most

    def _gaps(self, i: int, shift: tuple[int, int]) -> float:
        """Darkening of the gaps of the row's name, share of black: that of its darkest line."""
        tones = self._tones(i, shift)
        lines = zip(self.printed.gaps[i], tones, self.printed.spills[i], strict=True)
        clear = [tone - self.blur * spill for at, tone, spill in lines if len(at)]
        return (max(clear) - self.papers[i].level) / self.ink.black - self.common if clear else 0.0

    def _tones(self, i: int, shift: tuple[int, int]) -> Sequence[float]:
        """Mean darkness of the gaps of each line of the row's name, 0 to 255."""
        if not any(shift):
            return self.tones[i]
        flat, moved = self.ink.dark.ravel(), shift[1] * self.ink.dark.shape[1] + shift[0]
        return [float(flat[at + moved].mean()) if len(at) else 0.0 for at in self.printed.gaps[i]]

    def _over(self, printed: Text, paper: TextPaper, shift: tuple[int, int] = (0, 0)) -> _Over:
        """What lies over a text that lies `shift` px right and below its place."""
        (x0, y0, x1, y1), letters = printed.cell, printed.letters
        pen = self.ink.pen[y0:y1, x0:x1]
        if not pen.size or pen.max() <= self.levels.firm:
            return _Over(0.0, letters)
        from_print = np.s_[y0 - shift[1] : y1 - shift[1], x0 - shift[0] : x1 - shift[0]]
        text = self.printed.text[from_print]
        if any(shift):
            pen, letters = np.where(self.printed.keep[from_print], pen, 0), int(np.count_nonzero(text))
        strokes = _firm_strokes(pen, self.levels_of(_about(self.ink, paper)))
        return _Over(0.0, letters) if strokes is None else _measured(strokes, text, letters)


def _shift(ink: RowInk, printed: Print, page: PageLayout, box: Box) -> tuple[int, int]:
    """How far right and below its place a text lies in the scan, px; (0, 0) where that is not plain."""
    x0, y0, x1, y1 = to_px(page, box.grown(-0.4).as_tuple())
    template = np.where(printed.text[y0:y1, x0:x1], printed.blurred[y0:y1, x0:x1], 0).astype(np.uint8)
    if not template.any():
        return 0, 0
    reach = round(SHIFT_MM * PX_PER_MM)
    around = ink.dark[y0 - reach : y1 + reach, x0 - reach : x1 + reach]
    _, likeness, _, (dx, dy) = cv2.minMaxLoc(cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED))
    return (dx - reach, dy - reach) if likeness >= LIKE_PRINT else (0, 0)


def _by_row(values: np.ndarray, lines: Sequence[Sequence[np.ndarray]]) -> list[list[float]]:
    """Values of all lines of text, one after the other, as lists of those of every row."""
    each = iter(values.tolist())
    return [list(islice(each, len(of_row))) for of_row in lines]


def _blurs(
    tones: Sequence[Sequence[float]], spills: Sequence[Sequence[float]], papers: Sequence[TextPaper]
) -> list[float]:
    """How dark spilt letters make the gaps of this scan, line by line, in units of the blurred blank page.

    The positions tell it, which nobody strikes out; the names, where no position is printed.
    """
    return [
        (tone - paper.level) / spill
        for of_row, beside, paper in zip(tones, spills, papers, strict=True)
        for tone, spill in zip(of_row, beside, strict=True)
        if spill > 0
    ]


@dataclass(frozen=True, slots=True)
class TextPaper:
    """Darkness of the paper about a text, and its spread (one standard deviation), 0 to 255."""

    level: float
    spread: float


def _about(ink: RowInk, paper: TextPaper) -> RowInk:
    """The ink as seen from a text: against the paper about it, darker and noisier perhaps than the boxes'."""
    return replace(ink, floor=max(ink.floor, paper.level), noise=max(ink.noise, paper.spread))


def papers_about(flat: np.ndarray, bare: Places) -> list[TextPaper]:
    """The paper about each text; a shadow or a dithered grey darkens text and paper alike.

    From its palest third alone, taken for that of a normal distribution: the rest may be a thick pen's.
    """
    tones = ranked(flat[bare.at], bare.sizes, np.array([bare.sizes // 10, 3 * bare.sizes // 10]))
    return [
        _paper(*of_text) if size >= LEAST_BARE else TextPaper(0.0, 0.0)
        for size, *of_text in zip(bare.sizes.tolist(), *tones.tolist(), strict=True)
    ]


def _paper(pale: int, less_pale: int) -> TextPaper:
    """Paper of which a tenth is no darker than the one, three tenths no darker than the other."""
    spread = (less_pale - pale) / (1.2816 - 0.5244)
    return TextPaper(less_pale + 0.5244 * spread, spread)


@dataclass(frozen=True, slots=True)
class _Over:
    """Ink over a printed text.

    Its strokes' length, mm; the text's printed area, px; the share of its width that strokes run across,
    at its small letters' height and at its full height; the share of the strokes at that full height; the
    extent of the largest piece, mm; and how wide all pieces together are, mm.
    """

    length: float
    letters: int
    crossed: float = 0.0
    covered: float = 0.0
    inside: float = 0.0
    piece: float = 0.0
    wide: float = 0.0


def _measured(strokes: np.ndarray, text: np.ndarray, letters: int) -> _Over:
    lines = text_lines(text)
    return _Over(
        stroke_length(strokes),
        letters,
        max((_covered(strokes, text, waist_of(text, line)) for line in lines), default=0.0),
        max((_covered(strokes, text, line) for line in lines), default=0.0),
        sum(int(strokes[line].sum()) for line in lines) / int(strokes.sum()),
        _largest_piece(strokes),
        float(np.ptp(np.flatnonzero(strokes.any(axis=0)))) / PX_PER_MM,
    )


def _largest_piece(strokes: np.ndarray) -> float:
    _, _, stats = components(strokes)
    return float(extents(stats).max())


def _judged(over: _Over, fringe: float, gaps: float, limits: NameLimits) -> NameSeen:
    """`fringe`: stroke that shows about printed letters in this scan anyway, mm for each px of letters."""
    length = over.length - FRINGES * fringe * over.letters
    state = Name.CLEAN
    least = limits.stroke_mm if over.piece >= limits.piece_mm else limits.scattered_mm
    along = over.piece >= limits.through_mm and over.crossed >= limits.through
    both = length >= limits.both * limits.stroke_mm and gaps >= limits.both * limits.gaps
    if length >= least or gaps >= limits.gaps or along or both:
        state = Name.TOUCHED
    through = over.crossed >= limits.struck and over.inside >= limits.struck_inside
    if through and gaps >= limits.struck_gaps:
        state = Name.STRUCK
    return NameSeen(state, _REASONS[state], round(over.crossed, 3), round(over.length, 2), round(gaps, 3))


_REASONS = {Name.CLEAN: None, Name.TOUCHED: Reason.NAME_TOUCHED, Name.STRUCK: Reason.NAME_STRUCK}


def _firm_strokes(pen: np.ndarray, levels: Levels) -> np.ndarray | None:
    """Pale ink that is connected to firm ink, no dust, no slivers: uint8 0 or 1; None if there is none."""
    mask = np.asarray(cv2.threshold(pen, levels.pale, 1, cv2.THRESH_BINARY)[1], np.uint8)
    firm = cv2.threshold(pen, levels.firm, 1, cv2.THRESH_BINARY)[1]
    # Over most names there are a few pixels of print's fringe, and they are not worth labelling.
    if cv2.countNonZero(mask) < LEAST_AREA_PX or cv2.countNonZero(firm) < LEAST_FIRM_PX:
        return None
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    at = np.flatnonzero(mask.view(bool))
    label = labels.ravel()[at]
    area = np.bincount(label, minlength=count)
    strong = np.bincount(label[pen.ravel()[at] > levels.firm], minlength=count)
    keep = (area >= LEAST_AREA_PX) & (strong >= LEAST_FIRM_PX)
    if not keep.any():
        return None
    lengths = np.bincount(labels[stroke_edge(mask)], minlength=count) * EDGE_TO_LENGTH
    keep &= area > SLIVER_MM * lengths * PX_PER_MM**2
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
