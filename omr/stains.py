"""Finds where something was spilt over the rows, and takes its tint out of their ink.

A coffee stain is a plateau: paper that is evenly darker than the paper around it, behind a rim that is darker
still and runs along its whole edge. No pen makes that. Its tint depends only on how far a place lies from its
edge; so it is measured all along the edge, where whatever people wrote is the exception, and subtracted. What
was written on it stays, a little paler. A scan in black and white has no plateaus: there the rim is a line,
and is taken away where it is the ring of a cup (`omr.rings`); else people look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from layouts.model import PageLayout
from omr.evidence import CellSeen, Mark, Name, Reason, RowSeen
from omr.ink import PX_PER_MM, Print, RowInk, to_px
from omr.rings import find_ring
from omr.strokes import components, extents
from omr.tint import tint_by_distance, without_tint

#: Resolution at which stains are sought, px/mm, and at which the paper without them is, as a part of that.
COARSE, COARSER = 2.0, 0.25
#: Strokes up to this wide are closed before, mm; the paper without stains is a closing as wide as this, mm:
#: wider than what is spilt.
STROKE_MM, SPILT_MM = 1.5, 90.0
#: Share of its light that paper has lost where it is stained: at least, and as the median of a stain at most.
TINT, DARKEST = 0.045, 0.30
#: Smallest stain, mm²: more than a box that was filled in.
AREA_MM2 = 300.0
#: Shortest way that a stain is wide, mm: strokes and shadows of folds are narrower.
WIDE_MM = 3.5
#: How far outside and inside of its edge a stain's tint is measured by itself, mm.
OUTSIDE_MM, INSIDE_MM = 2.0, 5.0
#: The rim's core is darker than the stain by this share of what its darkest place is. What is left of it over
#: a printed text is taken away where it covers no more than so much of the letters: a line through a name
#: shows in the rest of them.
CORE, CORE_SHARE = 0.1, 0.4
#: What is left of a rim is scraps up to this long, mm, and no farther off its core than this, mm.
CRUMB_MM, CRUMB_OFF_MM = 4.0, 0.6
#: A dot no farther from a rim's core than this, mm, may be the end of a stroke that lies under it.
HIDING_MM = 1.5
#: A mark that the rim runs through is plain if it is at least so dark, so long, so whole (share of its extent
#: that its largest piece has), and no single line: what is left of a rim is pale, and in scraps.
FIRM, EXTENT_MM, WHOLE, CROOKED = 0.30, 3.5, 0.75, 1.35


@dataclass(frozen=True, slots=True, eq=False)
class Stains:
    """What was spilt over a page's rows. Both arrays are (H, W), in the frame of `omr.ink.RowInk`.

    Attributes:
        tint: uint8, how much darker each place is for it, in units of `RowInk.dark`.
        rim: bool, where its edge runs, as far as its tint changes there.
        core: bool, where its edge is darkest.
        hides: bool, where nobody can tell what was written along its edge: about the core of a cup's ring,
            which is as black as strokes are.
    """

    tint: np.ndarray
    rim: np.ndarray
    core: np.ndarray
    hides: np.ndarray

    def rims(self) -> Stains:
        """The rims of the stains alone, where they are darkest; what they enclose is as it was."""
        return replace(self, tint=np.where(self.core, self.tint, 0).astype(np.uint8))


def find_stains(ink: RowInk, printed: Print, pale: float, *, greys: bool) -> Stains | None:
    """The stains of a page's rows; None where there are none.

    Args:
        ink: the rows.
        printed: their print.
        pale: darkness of ink, 0 to 255.
        greys: whether the scan has greys. A ring without a plateau is not sought there: it may be a pen's.
    """
    regions = [_smooth(region, ink.dark.shape) for region in _regions(ink.picture)]
    stains = [_measured(region, ink, printed) for region in regions]
    ring = None if greys else find_ring(ink, printed, pale)
    if ring is not None and not any((region & ring).any() for region in regions):
        of_ring = _measured(ring, ink, printed)
        stains.append(replace(of_ring, hides=_about(of_ring.core, CRUMB_OFF_MM)))
    return _together(stains) if stains else None


def _measured(region: np.ndarray, ink: RowInk, printed: Print) -> Stains:
    """The stain that covers a region of the rows' picture."""
    away = _away(region)
    tint = tint_by_distance(away, ink, printed, (-OUTSIDE_MM, INSIDE_MM))
    inside = int(tint[away >= INSIDE_MM].min(initial=tint.max()))
    rim = (away > -OUTSIDE_MM) & (away < INSIDE_MM)
    core = tint > inside + CORE * (int(tint.max()) - inside)
    return Stains(tint, rim, core, np.zeros_like(core))


def _together(stains: Sequence[Stains]) -> Stains:
    """All stains of a page as one."""
    first, *others = stains
    for other in others:
        first = Stains(
            np.maximum(first.tint, other.tint),
            first.rim | other.rim,
            first.core | other.core,
            first.hides | other.hides,
        )
    return first


def without_stains(ink: RowInk, stains: Stains, printed: Print, page: PageLayout, pale: float) -> RowInk:
    """The rows' ink less what the stains alone darken, and nothing over texts that a rim's core crosses."""
    clean = _without_crumbs(without_tint(ink, stains.tint), stains.core, pale)
    for box in (box for row in page.rows for box in (row.name_mm, row.position_mm)):
        x0, y0, x1, y1 = to_px(page, box.as_tuple())
        core, letters = stains.core[y0:y1, x0:x1], printed.text[y0:y1, x0:x1]
        if np.count_nonzero(core & letters) <= CORE_SHARE * np.count_nonzero(letters):
            clean.pen[y0:y1, x0:x1][core] = 0
    return clean


def _without_crumbs(ink: RowInk, core: np.ndarray, pale: float) -> RowInk:
    """The rows' ink less the scraps that are left of a rim: short, and nowhere off it."""
    along = _about(core, CRUMB_OFF_MM)
    count, labels, stats = components((ink.pen > pale).astype(np.uint8))
    crumb = np.bincount(labels[~along], minlength=count) == 0
    crumb[1:] &= extents(stats) <= CRUMB_MM
    crumb[0] = False
    gone = crumb[labels]
    return replace(
        ink,
        pen=np.where(gone, 0, ink.pen),
        dark=np.where(gone, np.minimum(ink.dark, round(ink.floor)), ink.dark),
    )


def _regions(picture: np.ndarray) -> list[np.ndarray]:
    """Stained places, each a bool picture at COARSE px/mm."""
    size = tuple(round(side * COARSE / PX_PER_MM) for side in picture.shape[::-1])
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bare = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, _disc(STROKE_MM)), (0, 0), 0.8)
    tiny = cv2.resize(bare, None, fx=COARSER, fy=COARSER, interpolation=cv2.INTER_AREA)
    level = cv2.morphologyEx(tiny, cv2.MORPH_CLOSE, _disc(SPILT_MM * COARSER))
    paper = cv2.resize(level, size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    lost = 1 - bare / np.maximum(paper, 1)
    stained = cv2.morphologyEx((lost > TINT).astype(np.uint8), cv2.MORPH_OPEN, _disc(WIDE_MM))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(stained)
    large = (i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= AREA_MM2 * COARSE**2)
    return [labels == i for i in large if np.median(lost[labels == i]) <= DARKEST]


def _disc(wide_mm: float) -> np.ndarray:
    wide = 2 * round(wide_mm * COARSE / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))


def _smooth(region: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A stained place in the rows' picture."""
    fine = cv2.resize(region.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(fine > 0.5)


def _away(region: np.ndarray) -> np.ndarray:
    """How far each place of the rows' picture lies inside a stain's edge, mm; below 0 outside."""
    inside = region.astype(np.uint8)
    within = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    return np.asarray((within - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)) / PX_PER_MM)


def cleared(
    soiled: Sequence[RowSeen], clean: Sequence[RowSeen], stains: Stains, page: PageLayout, left: np.ndarray
) -> tuple[RowSeen, ...]:
    """The rows of a stained page: as seen without its stains, where that leaves one plain mark.

    What was doubtful before and is anything else now stays a question; and so does what a stain alone made
    plain before, and a row whose other boxes hold a rim that hides what was written along it.

    Args:
        soiled: the rows as they are in the scan.
        clean: the same, seen again without the tint of the stains.
        stains: the stains.
        page: the rows' layout.
        left: (H, W) bool, where ink is left without their tint.
    """
    near = left & _about(stains.core, HIDING_MM)
    crossed, beside, hidden = (_holding(what, page) for what in (stains.rim, near, stains.hides))
    return tuple(map(_cleared, soiled, clean, crossed, beside, hidden))


def _holding(what: np.ndarray, page: PageLayout) -> list[list[bool]]:
    """For every row, which of its boxes hold something of a bool picture."""
    boxes = ([to_px(page, cell.box_mm.as_tuple()) for cell in row.cells] for row in page.rows)
    return [[bool(what[y0:y1, x0:x1].any()) for x0, y0, x1, y1 in row] for row in boxes]


def _about(what: np.ndarray, reach_mm: float) -> np.ndarray:
    """A place (bool picture) and all around it."""
    side = 2 * round(reach_mm * PX_PER_MM) + 1
    return np.asarray(cv2.dilate(what.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def _cleared(
    soiled: RowSeen, clean: RowSeen, crossed: Sequence[bool], beside: Sequence[bool], hidden: Sequence[bool]
) -> RowSeen:
    lost = soiled.name.state is Name.STRUCK and clean.name.state is not Name.STRUCK
    if _is_plain(clean, crossed, beside, hidden) and not lost:
        return clean
    cells = tuple(
        replace(a, mark=Mark.UNSURE, reason=Reason.FAINT_MARK)
        if a.mark is Mark.MARKED and b.mark is not Mark.MARKED
        else a
        for a, b in zip(soiled.cells, clean.cells, strict=True)
    )
    name = soiled.name
    if name.state is Name.STRUCK and clean.name.state is not Name.STRUCK:
        name = replace(name, state=Name.TOUCHED, reason=Reason.NAME_TOUCHED)
    return replace(soiled, cells=cells, name=name)


def _is_plain(row: RowSeen, crossed: Sequence[bool], beside: Sequence[bool], hidden: Sequence[bool]) -> bool:
    """Whether a row has one plain mark and nothing else; beside a stain's rim, not even a dot."""
    marked = [i for i, cell in enumerate(row.cells) if cell.mark is Mark.MARKED]
    if len(marked) != 1 or row.name.state is not Name.CLEAN or row.reason is not None:
        return False
    empty = all(
        cell.mark is Mark.EMPTY and not hidden[i] and (cell.length_mm == 0 or not beside[i])
        for i, cell in enumerate(row.cells)
        if i != marked[0]
    )
    return empty and (not crossed[marked[0]] or _stands_out(row.cells[marked[0]]))


def _stands_out(cell: CellSeen) -> bool:
    """Whether a mark that a rim runs through is a mark without it."""
    crooked = cell.length_mm >= CROOKED * cell.extent_mm
    whole = cell.piece_mm >= WHOLE * cell.extent_mm
    return crooked and whole and cell.contrast >= FIRM and cell.extent_mm >= EXTENT_MM
