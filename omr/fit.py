"""Ties a scan to one page of the layout, and says whether its print lies where the layout says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np

from layouts.codes import Claim
from omr.grid import REACH_MM, Grid, find_grid
from omr.ink import Print, RowInk, see_ink
from omr.pages import Scan
from omr.paper import Paper, Sheet
from omr.places import Places
from omr.register import Placement, plausible, to_reduced
from omr.streaks import Streak

#: Share of a page's rule stretches that must be seen for it to be read at all.
RULES_SEEN = 0.55
#: How surely printed names must be found in their places (`_print_seen`, median over rows). Hostile scans
#: whose letters run into one another had 0.12 and more; letters that are not there have 0.
PRINT_SEEN = 0.07
#: The same where rules lie farther from their places than one is sought at once (`omr.grid.REACH_MM`): they
#: are as near to a neighbour's place by then, and only the names say which row is which. Below this the print
#: as a whole is asked too where the page lies (`omr.match`): clear scans have 0.6 and more.
PRINT_CLEAR = 0.3
#: A printed rule this far out of line with its neighbours, mm: the page was not transported evenly.
WORST_RESIDUAL_MM = 1.5
#: Rules farther from their places than this, mm, were not moved there by the feed (1.5 mm): the page's marks
#: have placed it badly, as three of them do in a photograph.
ASTRAY_MM = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredPage:
    """A scan tied to a page of the layout: every point of the paper has a pixel."""

    scan: Scan
    sheet: Sheet
    placement: Placement
    grid: Grid
    ink: RowInk
    print_seen: np.ndarray  # (rows,) how surely each row's own print was found in it, -1 to 1
    own_rows: bool  # every row bears its own number and name, not those of a row above or below
    streaks: tuple[Streak, ...] = ()  # taken away from `scan` before
    lines: np.ndarray | None = None  # (H, W) bool, what is left of them in `ink`, where that was asked
    ruled: frozenset[int] = frozenset()  # indices of rows whose names a fold crosses that may be a pen's line


def fit(scan: Scan, placements: Sequence[Placement], paper: Paper, claim: Claim | None) -> RegisteredPage:
    """Ties the scan to the page its code names, by the first placement that the print confirms.

    Where none does, or there is no code, to the page whose print it bears.
    """
    claimed = [s for s in paper.sheets if claim is not None and s.page.page == claim.page]
    others = [s for s in paper.sheets if s not in claimed]
    best: RegisteredPage | None = None
    for sheets in (claimed, others):
        for placement in placements:
            for sheet in sheets:
                tried = _fitted(scan, placement, sheet)
                best = tried if best is None else max(best, tried, key=_belief)
            if best is not None and is_trusted(best):
                return best
    assert best is not None  # a layout has a page
    return best


def is_clear(page: RegisteredPage) -> bool:
    """Whether the print lies so plainly where the layout says that no better place need be sought."""
    return is_trusted(page) and _usually_seen(page) >= PRINT_CLEAR


def better(one: RegisteredPage, other: RegisteredPage) -> RegisteredPage:
    """The one to be believed rather."""
    return max(one, other, key=lambda page: (is_trusted(page), _belief(page)))


def settled(page: RegisteredPage) -> RegisteredPage:
    """The page, placed anew by its own rules where its marks placed it badly and the print agrees."""
    if not is_trusted(page) or _astray_mm(page.grid) <= ASTRAY_MM:
        return page
    placement = _by_rules(page)
    return page if placement is None else better(page, _fitted(page.scan, placement, page.sheet))


def _astray_mm(grid: Grid) -> float:
    """How far the worst of the rows' rules lies from its place, mm."""
    return max(float(np.abs(rules[:, 0]).max()) for rules in (grid.tops, grid.bottoms, grid.sides))


def _by_rules(page: RegisteredPage) -> Placement | None:
    """The homography through the corners of the rows that were seen and through the marks."""
    layout, grid, placed = page.sheet.page, page.grid, page.placement
    marks = [corner for f in layout.fiducials if f.id in placed.marks for corner in f.corners_mm]
    ideal, real = [np.array(marks).reshape(-1, 2)], [np.array(marks).reshape(-1, 2)]
    xs = np.array([layout.table_mm.x0, layout.table_mm.x1])
    boxes = [row.cells[0].box_mm for row in layout.rows]
    maps = grid.parts_to_paper(np.array([boxes[0].y0, *(box.y1 for box in boxes)]), xs)[:, 0]
    for i in np.flatnonzero(grid.confirmed):
        ideal.append(np.array([(x, y) for x in xs for y in (boxes[i].y0, boxes[i].y1)]))
        real.append(ideal[-1] @ maps[i, :2, :2].T + maps[i, :2, 2])
    if len(ideal) < 3:
        return None
    found, _ = cv2.findHomography(np.concatenate(ideal), placed.to_scan(np.concatenate(real)), 0)
    return replace(placed, paper_to_scan=found) if found is not None and plausible(found) else None


def _belief(page: RegisteredPage) -> float:
    return _usually_seen(page) + page.grid.votes


def _usually_seen(page: RegisteredPage) -> float:
    """How surely its own print was found in the middle one of the page's rows, -1 to 1."""
    return float(median(page.print_seen.tolist()))


def _fitted(scan: Scan, placement: Placement, sheet: Sheet) -> RegisteredPage:
    coarse, factor = scan.coarse
    grid = find_grid(coarse, to_reduced(factor) @ placement.paper_to_scan, sheet.page)
    ink = see_ink(scan.grey, placement.paper_to_scan, sheet.page, grid, sheet.printed)
    seen, own = _print_seen(ink, sheet.printed), _own_rows(ink, sheet.printed)
    return RegisteredPage(scan, sheet, placement, grid, ink, seen, own)


def share_dark(ink: RowInk, places: Places) -> np.ndarray:
    """(groups,) share of each group's pixels that are as dark as print; 0 of an empty one."""
    # NumPy compares bytes with a whole number in a tenth of the time.
    return places.means_of(ink.dark.ravel()[places.at] > int(0.4 * ink.black))


def _print_seen(ink: RowInk, printed: Print) -> np.ndarray:
    """For every row, how surely its own names are printed in it, -1 to 1.

    The share of its printed letters that are dark where they should be, less the share of the gaps between
    them that are: other letters in the same place darken both alike.
    """
    seen = share_dark(ink, printed.letters) - share_dark(ink, printed.between)
    return np.where((printed.letters.sizes > 0) & (printed.between.sizes > 0), seen, 1.0)


def is_trusted(page: RegisteredPage) -> bool:
    """Whether the print lies where the layout says; if not, nothing on the page may be read."""
    far = max(float(np.abs(rules[:, 0]).max()) for rules in (page.grid.tops, page.grid.bottoms)) > REACH_MM
    return (
        page.grid.votes >= RULES_SEEN
        and _usually_seen(page) >= (PRINT_CLEAR if far else PRINT_SEEN)
        and page.grid.residual_mm <= WORST_RESIDUAL_MM
        and page.own_rows
    )


def _own_rows(ink: RowInk, printed: Print) -> bool:
    return bool((share_dark(ink, printed.own) > share_dark(ink, printed.rivals)).all())
