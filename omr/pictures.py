"""Pieces of kept pages for the screen, straightened to the paper's millimetres, in colour."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from layouts.model import Box
from omr.errors import OmrError
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from layouts.model import PageLayout, Row

#: Pixels a millimetre of a row's crop: on the screen it stands at 7.6 or more, twice its size.
ROW_PX_PER_MM: Final = 10.0

#: Pixels a millimetre of a whole page: still sharp at three times the width of half a screen.
PAGE_PX_PER_MM: Final = 6.0

#: Paper shown above and below a row, mm: marks that leave their box are seen whole.
AROUND_MM: Final = 2.5

#: Paper shown around the seal's square, mm: seals are stamped by hand and land beside it.
SEAL_AROUND_MM: Final = 15.0

#: Between the name and the boxes where the position's column was cut out, mm.
GAP_MM: Final = 1.5

#: Long side of a page whose place could not be found, and of a thumbnail, px.
LONG_SIDE: Final = 1800
THUMB_SIDE: Final = 220

_QUALITY: Final = 82
_PAPER: Final = (255, 255, 255)


def row_pieces(row: Row) -> tuple[Box, Box]:
    """What is shown of a row: its name, and its boxes; mm on paper."""
    boxes = [cell.box_mm for cell in row.cells]
    cells = Box(boxes[0].x0, boxes[0].y0, boxes[-1].x1, boxes[0].y1)
    top, bottom = cells.y0 - AROUND_MM, cells.y1 + AROUND_MM
    return (
        Box(row.name_mm.x0 - 1, top, row.name_mm.x1 + 1, bottom),
        Box(cells.x0 - 1, top, cells.x1 + AROUND_MM, bottom),
    )


def row_picture(path: Path, paper_to_scan: Sequence[float], row: Row) -> bytes:
    """JPEG of a row's name and boxes side by side, ROW_PX_PER_MM.

    Args:
        path: the page's own picture.
        paper_to_scan: row-major 3 x 3, mm on paper -> px of that picture.
        row: of the layout.

    Raises:
        OmrError: the picture is gone or damaged.
    """
    name, cells = row_pieces(row)
    with _opened(path) as page:
        pixels = _pixels(page)
    parts = [_straight(pixels, paper_to_scan, box, ROW_PX_PER_MM) for box in (name, cells)]
    gap = round(GAP_MM * ROW_PX_PER_MM)
    whole = Image.new("RGB", (parts[0].width + gap + parts[1].width, parts[0].height), _PAPER)
    whole.paste(parts[0], (0, 0))
    whole.paste(parts[1], (parts[0].width + gap, 0))
    return _jpeg(whole)


def seal_box(page: PageLayout) -> Box | None:
    """What is shown where a sheet's origin is in doubt: the seal's square and paper around it."""
    if page.seal_mm is None:
        return None
    wide, (width, height) = page.seal_mm.grown(SEAL_AROUND_MM), page.size_mm
    return Box(max(wide.x0, 0), max(wide.y0, 0), min(wide.x1, width), min(wide.y1, height))


def box_picture(path: Path, paper_to_scan: Sequence[float], box: Box) -> bytes:
    """JPEG of a box of the paper, mm, PAGE_PX_PER_MM. Raises OmrError."""
    with _opened(path) as page:
        return _jpeg(_straight(_pixels(page), paper_to_scan, box, PAGE_PX_PER_MM))


def page_picture(path: Path, paper_to_scan: Sequence[float] | None, size_mm: tuple[float, float]) -> bytes:
    """JPEG of a whole page, upright and straight where its place is known, else as it was scanned."""
    with _opened(path) as page:
        if paper_to_scan is None:
            return _jpeg(_small(page, LONG_SIDE))
        return _jpeg(_straight(_pixels(page), paper_to_scan, Box(0, 0, *size_mm), PAGE_PX_PER_MM))


def thumbnail(path: Path) -> bytes:
    """Small JPEG of a page as it was scanned."""
    with _opened(path) as page:
        page.draft("RGB", (THUMB_SIDE, THUMB_SIDE))
        return _jpeg(_small(page, THUMB_SIDE))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """A kept picture; it is decoded while it is looked at, so damage shows there."""
    try:
        with Image.open(path) as page:
            yield page
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as fault:
        raise OmrError(
            _("the picture of the page is missing or damaged: {name}").format(name=path.name),
            _("put back the copy of the folder"),
        ) from fault


def _small(page: Image.Image, side: int) -> Image.Image:
    picture = page.convert("RGB")
    picture.thumbnail((side, side))
    return picture


def _pixels(page: Image.Image) -> npt.NDArray[np.uint8]:
    """The whole picture, (H, W, 3) RGB."""
    return np.asarray(page if page.mode == "RGB" else page.convert("RGB"))


def _straight(
    page: npt.NDArray[np.uint8], paper_to_scan: Sequence[float], box: Box, px_per_mm: float
) -> Image.Image:
    """A box of the paper; what lies beyond the scan is white."""
    step = 1 / px_per_mm
    # Pixels are counted from their middles, here and by the reader.
    to_paper = np.array([(step, 0, box.x0 + step / 2), (0, step, box.y0 + step / 2), (0, 0, 1)])
    picture = cv2.warpPerspective(
        page,
        np.reshape(paper_to_scan, (3, 3)) @ to_paper,
        (round(box.width * px_per_mm), round(box.height * px_per_mm)),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderValue=_PAPER,
    )
    return Image.fromarray(picture)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
