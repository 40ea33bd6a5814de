"""Pages of a PDF file, one at a time: the scanner's own picture where a page is nothing else, else drawn."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from itertools import count
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from pdf2image import convert_from_path
from pdf2image.exceptions import (
    PDFInfoNotInstalledError,
    PDFPageCountError,
    PDFPopplerTimeoutError,
    PDFSyntaxError,
)
from PIL import Image

from omr.pages.picture import (
    believable_dpi,
    check_size,
    damaged,
    decode_picture,
    from_pillow,
    keep_pixels,
    open_header,
)
from omr.pages.values import BrokenPictureError
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omr.pages.values import Pixels, Scan

#: Resolution at which a page is drawn that is more than one scanned picture, dpi: what offices scan at.
DRAWN_DPI: Final = 200.0

#: Points in an inch: the unit of PDF.
POINTS: Final = 72.0

#: Share of the picture that may lie beyond the page's edge (rounding of page sizes) and still be "all of it".
_OVERHANG: Final = 0.02

#: Smallest share of the page a scanned picture covers: white margins are added by some programs, a logo
#: on an empty page is not a scan.
_COVERED: Final = 0.5

#: Mean difference of two small pictures of one page, grey levels of 255: resampling gives 2 to 4 on dense
#: text, an inverted or masked picture more than 60.
_ALIKE: Final = 16.0

#: How long each of the two programs of poppler may take, seconds: together under `omr.limits.PAGE_SECONDS`,
#: so that they are ended by us and not left behind by a process that was.
_PATIENCE: Final = 8

#: Pages after which a document is opened anew. pdfium keeps all pictures that it has handed out, as packed in
#: the file (0.4 MB at 200 dpi): 1,000 pages would hold the whole file. Opening takes as long as one page.
_PAGES_HELD: Final = 50

#: Text rendering mode 3 (ISO 32000-1, 9.3.6): neither filled nor stroked.
_INVISIBLE: Final = 3

_POPPLER_FAILS: Final = (
    PDFPageCountError,
    PDFSyntaxError,
    PDFPopplerTimeoutError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
)


def count_pdf(path: Path) -> int:
    """How many pages the file holds.

    Raises:
        BrokenPictureError: cut short, locked by a password, empty or not a PDF at all.
    """
    if not _ends(path):
        raise BrokenPictureError(
            _("the PDF is cut short: its end is missing"), _("copy the file again, or scan again")
        )
    try:
        with pdfium.PdfDocument(path) as document:
            return len(document)
    except pdfium.PdfiumError as error:
        raise _refused(error) from error


def load_pdf(path: Path, sha256: str, index: int) -> Scan:
    """Page `index` (from 0) of the file.

    A page that is one scanned picture is taken out as it is; any other is drawn. Where pdfium refuses the
    page, poppler draws it.

    Args:
        path: the file.
        sha256: of its bytes: a file that changed is opened anew.
        index: from 0.

    Raises:
        BrokenPictureError: neither decoder can show the page.
    """
    try:
        page = _page(path, sha256, index)
    except pdfium.PdfiumError:
        return _poppler(path, index)
    try:
        return _taken_out(page) or _drawn(page)
    except pdfium.PdfiumError:
        return _poppler(path, index)
    finally:
        page.close()


def close_documents() -> None:
    """Let go of the file that was read last."""
    _document.cache_clear()


def _page(path: Path, sha256: str, index: int) -> Any:
    document, served = _document(path, sha256)
    if next(served) >= _PAGES_HELD:
        close_documents()
        document, served = _document(path, sha256)
        next(served)
    return document[index]


@lru_cache(maxsize=1)
def _document(path: Path, sha256: str) -> tuple[Any, Iterator[int]]:  # noqa: ARG001 - a key: other bytes
    """The open document and the count of pages it has given: opening one takes as long as decoding a page."""
    return pdfium.PdfDocument(path), count()


def _refused(error: Any) -> BrokenPictureError:
    code = getattr(error, "err_code", None)
    if code == pdfium_c.FPDF_ERR_PASSWORD:
        return BrokenPictureError(
            _("the PDF is locked by a password"), _("save it without a password, then scan it in again")
        )
    if code == pdfium_c.FPDF_ERR_SUCCESS:
        return BrokenPictureError(_("the PDF has no pages"), _("scan again"))
    return BrokenPictureError(_("the PDF is damaged"), _("copy the file again, or scan again"))


def _ends(path: Path) -> bool:
    """Whether the trailer is there (ISO 32000-1, 7.5.5 and annex H: within the last 1,024 bytes).

    pdfium repairs a file without it and may find fewer pages than there were.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1024))
        return b"%%EOF" in file.read()


def _taken_out(page: Any) -> Scan | None:
    """The scanned picture that this page is, or None where it is anything more or less."""
    picture = _only_picture(page)
    if picture is None or not _lies_straight(page, picture):
        return None
    width, height = picture.get_px_size()
    check_size(width, height)
    matrix = picture.get_matrix()
    dpi = believable_dpi(width * POINTS / hypot(matrix.a, matrix.b))
    if _is_jpeg(picture):
        data = bytes(picture.get_data())
        # Whether the inks of a CMYK picture are turned round is the PDF's to say: pdfium knows.
        if open_header(BytesIO(data)).mode != "CMYK":
            return decode_picture(data, dpi)
    image = _pixels(picture.get_bitmap())
    return keep_pixels(image, dpi) if _shows(page, matrix, image) else _drawn(page, dpi)


def _is_jpeg(picture: Any) -> bool:
    """Whether the picture lies in the file as a JPEG, and as nothing around it."""
    try:
        return bool(picture.get_filters() == ["DCTDecode"])
    except UnicodeDecodeError:  # a filter whose name is no text, in a damaged file
        return False


def _only_picture(page: Any) -> Any | None:
    """The page's one picture, if besides it there is nothing but a scanner's invisible text."""
    if pdfium_c.FPDFPage_GetAnnotCount(page):
        return None
    seen = [thing for thing in page.get_objects(max_depth=1) if not _is_invisible(thing)]
    alone = len(seen) == 1 and seen[0].type == pdfium_c.FPDF_PAGEOBJ_IMAGE
    return seen[0] if alone and not pdfium_c.FPDFPageObj_HasTransparency(seen[0]) else None


def _is_invisible(thing: Any) -> bool:
    """Text under a scan, put there by character recognition (text rendering mode 3)."""
    is_text = thing.type == pdfium_c.FPDF_PAGEOBJ_TEXT
    return bool(is_text and pdfium_c.FPDFTextObj_GetTextRenderMode(thing) == _INVISIBLE)


def _lies_straight(page: Any, picture: Any) -> bool:
    """Whether the picture is shown whole, by quarter turns only and not mirrored.

    Quarter turns are left as they are: sheets lie any way round, and the file kept is the scanner's.
    """
    m = picture.get_matrix()
    upright = abs(m.b) + abs(m.c) < 1e-3 * (abs(m.a) + abs(m.d))
    sideways = abs(m.a) + abs(m.d) < 1e-3 * (abs(m.b) + abs(m.c))
    mirrored = m.a * m.d - m.b * m.c <= 0
    return (upright or sideways) and not mirrored and _covers(page, picture)


def _covers(page: Any, picture: Any) -> bool:
    left, bottom, right, top = picture.get_bounds()
    page_left, page_bottom, page_right, page_top = page.get_cropbox()
    width, height = right - left, top - bottom
    seen_width = min(right, page_right) - max(left, page_left)
    seen_height = min(top, page_top) - max(bottom, page_bottom)
    if min(width, height, seen_width, seen_height) <= 0:
        return False
    whole = seen_width >= (1 - _OVERHANG) * width and seen_height >= (1 - _OVERHANG) * height
    page_area = (page_right - page_left) * (page_top - page_bottom)
    return bool(whole and width * height >= _COVERED * page_area)


def _pixels(bitmap: Any) -> Pixels:
    """(H, W) grey or (H, W, 3) BGR, own memory; `bitmap` is pdfium's."""
    array = bitmap.to_numpy()
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim == 3:
        array = array[:, :, :3]
        blue, green, red = cv2.split(array)
        if np.array_equal(blue, green) and np.array_equal(green, red):
            array = green
    return np.array(array, np.uint8, order="C")


def _shows(page: Any, matrix: Any, image: Pixels) -> bool:
    """Whether the picture's own pixels are what the page shows.

    Masks, decode arrays and palettes may turn them into something else; a small drawing tells.
    """
    drawn = _grey(_render(page, 20.0))
    turns = (page.get_rotation() // 90 - _quarter_turns(matrix)) % 4
    turned = np.rot90(_grey(image), -turns)
    small = cv2.resize(np.ascontiguousarray(turned), drawn.shape[::-1], interpolation=cv2.INTER_AREA)
    return float(np.mean(cv2.absdiff(small, drawn))) <= _ALIKE


def _quarter_turns(matrix: Any) -> int:
    """How often the matrix turns the picture by 90 degrees against the clock."""
    if abs(matrix.a) >= abs(matrix.b):
        return 0 if matrix.a > 0 else 2
    return 1 if matrix.b > 0 else 3


def _grey(image: Pixels) -> Pixels:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _drawn(page: Any, dpi: float | None = None) -> Scan:
    return keep_pixels(_render(page, dpi or DRAWN_DPI), dpi or DRAWN_DPI)


def _render(page: Any, dpi: float) -> Pixels:
    width, height = page.get_size()
    check_size(round(width * dpi / POINTS), round(height * dpi / POINTS))
    return _pixels(page.render(scale=dpi / POINTS))


def _poppler(path: Path, index: int) -> Scan:
    """The second decoder, for pages that pdfium refuses."""
    try:
        found = convert_from_path(
            path, dpi=int(DRAWN_DPI), first_page=index + 1, last_page=index + 1, timeout=_PATIENCE
        )
    except PDFInfoNotInstalledError as error:
        raise BrokenPictureError(
            _("the first PDF decoder refuses the page, and the second one (poppler) is not installed"),
            _("install poppler (Debian: apt install poppler-utils), or scan the sheet again"),
        ) from error
    except _POPPLER_FAILS as error:
        raise damaged() from error
    if not found:
        raise damaged()
    return keep_pixels(from_pillow(found[0]), DRAWN_DPI)
