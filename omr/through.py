"""Seeks straight strokes over printed names by their sums along lines.

A thin pen's line covers a tenth of the paper between letters, and grain, dither or a fringe about every
letter hides so little. Along the line itself nearly all of the paper is dark: so the darkness of the paper
between and about the letters is summed along every line of every slope (a Radon transform, J. Radon 1917, in
pieces as long as a stroke through a name at least is), and the darkest is what counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from layouts.model import Box, PageLayout
from omr.ink import PX_PER_MM, Print, RowInk, as_printed, see_ink, to_px
from omr.names import TextPaper, papers_about

#: Resolution of the sums, px/mm: a line is one pixel wide.
FINE = 2.0
#: Length of the pieces of line that are looked at, mm, and their width.
PIECE_MM, WIDE_MM = 12.0, 0.5
#: Slopes that are tried: the diagonals of a short name in a high row, and steps that miss no thin line.
SLOPES = tuple(0.075 * step for step in range(-6, 7))
#: Share of a piece's pixels that must be clear of print to say anything of it.
LEAST_CLEAR = 0.25
#: Darkness of the blurred blank, 0 to 255, below which paper is clear of print.
CLEAR = 40
#: Positions that tell what is usual on a page.
ENOUGH = 5
#: Blur of a scan, standard deviation in mm, with which the blank page is looked at.
BLUR_MM = 0.18
#: The outer edge of a cell that is left out, mm: its rules.
RULE_MM = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class PrintedLines:
    """How dark the darkest line over each text of the blank page is: letters show beside their place.

    Attributes:
        names: (rows,) that of each name, times what is usual of the page's names.
        usual: what is usual of its names, times what is of its positions.
    """

    names: np.ndarray
    usual: float


def lines_of_names(
    ink: RowInk, printed: Print, page: PageLayout, wanted: Sequence[int], of_print: float
) -> tuple[np.ndarray, float]:
    """How dark the darkest line over the names of some rows is, as `lines_through` has it, and what is usual.

    That is what clean names have of it; or, as somebody may have struck them all, what the positions have, of
    these rows and others, which nobody strikes out, times `of_print` (`PrintedLines.usual`).
    """
    names, beside = _over_texts(ink, printed, page, wanted)
    return names, min(_usual(names), of_print * float(np.median(beside)))


def _over_texts(
    ink: RowInk, printed: Print, page: PageLayout, wanted: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """`lines_through` of some rows' names, and of enough positions, those of the same rows among them."""
    flat = ink.dark.ravel()
    papers, papers_beside = (papers_about(flat, bare) for bare in (printed.bare, printed.bare_beside))
    names = lines_through(
        ink, printed, page, [page.rows[i].name_mm for i in wanted], [papers[i] for i in wanted]
    )
    some = sorted({*wanted, *range(0, len(page.rows), max(1, len(page.rows) // ENOUGH))})
    beside = lines_through(
        ink, printed, page, [page.rows[i].position_mm for i in some], [papers_beside[i] for i in some]
    )
    return names, beside


def _usual(names: np.ndarray) -> float:
    """What a page's clean names have, of which there are more than one in four."""
    return float(np.percentile(names, 25))


def prepare_lines(blank: np.ndarray, to_blank: np.ndarray, page: PageLayout, printed: Print) -> PrintedLines:
    """The lines over the print alone: a scan blurs letters as it does these.

    Args:
        blank: the blank page, (H, W) uint8 grey.
        to_blank: (3, 3) map, mm -> px of it.
        page: its layout.
        printed: its print.
    """
    blurred = cv2.GaussianBlur(blank, (0, 0), BLUR_MM * to_blank[0, 0])
    ink = see_ink(blurred, to_blank, page, as_printed(len(page.rows)), printed)
    names, beside = _over_texts(ink, printed, page, range(len(page.rows)))
    usual, usual_beside = _usual(names), float(np.median(beside))
    return PrintedLines(
        names / max(usual, 1 / 255), usual / usual_beside if usual_beside >= 1 / 255 else np.inf
    )


def lines_through(
    ink: RowInk, printed: Print, page: PageLayout, boxes: Sequence[Box], papers: Sequence[TextPaper]
) -> np.ndarray:
    """How dark the darkest piece of line over each text is above its paper, as a share of black.

    Args:
        ink: the rows.
        printed: their print.
        page: their layout.
        boxes: the cell of each text, mm; all equally wide.
        papers: the paper about each text.

    Returns:
        (n,) about -1 to 1; 0 where there is no paper to see a line on.
    """
    cells = [to_px(page, box.grown(-RULE_MM).as_tuple()) for box in boxes]
    tone, clear = _stacked(ink, printed, cells, [paper.level for paper in papers])
    darkest = np.full(len(tone), -np.inf, np.float32)
    for slope in SLOPES:
        seen = _pieces(clear, slope)
        mean = np.where(seen >= LEAST_CLEAR, _pieces(tone, slope) / np.maximum(seen, LEAST_CLEAR), -np.inf)
        darkest = np.maximum(darkest, mean.max(axis=(1, 2)))
    return np.where(np.isfinite(darkest), darkest / ink.black, 0.0)


def _stacked(
    ink: RowInk, printed: Print, cells: Sequence[tuple[int, int, int, int]], levels: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """The cells one above the other, (n, h, w) each, with room between them for their lines to slope in.

    Darkness above the paper where no print is, 0 elsewhere; and the share of every pixel that is clear of it.
    """
    width = round((cells[0][2] - cells[0][0]) * FINE / PX_PER_MM)
    room = int(max(SLOPES) * width / 2) + 1
    heights = [round((y1 - y0) * FINE / PX_PER_MM) for _, y0, _, y1 in cells]
    tone, clear = (np.zeros((len(cells), max(heights) + 2 * room, width), np.float32) for _ in range(2))
    for i, (x0, y0, x1, y1) in enumerate(cells):
        mask = (printed.blurred[y0:y1, x0:x1] < CLEAR).astype(np.float32)
        over = (ink.dark[y0:y1, x0:x1] - np.float32(levels[i])) * mask
        for stack, part in ((tone, over), (clear, mask)):
            small = cv2.resize(part, (width, heights[i]), interpolation=cv2.INTER_AREA)
            stack[i, room : room + heights[i]] = small
    return tone, clear


def _pieces(stack: np.ndarray, slope: float) -> np.ndarray:
    """Means over the piece of line of a slope (px down for each px right) about every pixel."""
    _, height, width = stack.shape
    level = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float32)
    sheared = cv2.warpAffine(stack.reshape(-1, width), level, (width, len(stack) * height))
    size = (min(round(PIECE_MM * FINE), width), round(WIDE_MM * FINE))
    means: np.ndarray = cv2.boxFilter(sheared, -1, size, borderType=cv2.BORDER_CONSTANT)
    return means.reshape(stack.shape)
