"""Bytes of one picture -> pixels, and pixels -> bytes.

OpenCV decodes, and simplejpeg the greys of a JPEG: to the same pixels, in less time. Pillow only reads the
header.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from typing import IO, TYPE_CHECKING, Final

import cv2
import numpy as np
import simplejpeg
from PIL import Image, UnidentifiedImageError

from omr.pages.jpeg import first_scan
from omr.pages.values import AS_STORED, BrokenPictureError, Scan
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from omr.pages.values import Pixels

#: Largest page taken, pixels: A3 at 600 dpi has 70 million, A4 35. A header may claim 100,000 x 100,000; it
#: is refused before anything is allocated for it. What is taken is read within `omr.limits.PAGE_BYTES`.
MAX_PIXELS: Final = 75_000_000

#: Longest page, in its own widths: no paper is longer than a few.
_THINNEST: Final = 50

#: Rows of a picture that are turned into our pixels at a time: whole copies of a large page would not fit.
_BAND: Final = 256

#: What Pillow raises at a damaged picture, by experience with cut and flipped files.
DAMAGE: Final = (
    *(OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError, IndexError, RuntimeError),
    *(AttributeError, ArithmeticError, struct.error, zlib.error),
)

#: What is below is no statement about the paper: 72 and 96 are what programs write when they do not know.
MIN_DPI: Final = 100.0
MAX_DPI: Final = 2400.0

_SUFFIXES: Final = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp"}
_GREY_MODES: Final = frozenset({"1", "L", "I", "I;16", "I;16B", "F"})

#: JPEGs whose greys simplejpeg and OpenCV give alike; of four inks each makes its own.
_SIMPLE_MODES: Final = frozenset({"L", "RGB"})

#: OpenCV's code for memory that it did not get (cv::Error::StsNoMem).
_NO_MEMORY: Final = -4


def decode_picture(data: bytes, dpi: float | None = None) -> Scan:
    """The page in the bytes of a JPEG, PNG or WebP file.

    Args:
        data: the whole file.
        dpi: what is known from elsewhere (a PDF's page); else taken from the picture's own header.

    Raises:
        BrokenPictureError: cut short, damaged, too large or not a picture.
    """
    with _header(data) as header:
        suffix = _SUFFIXES.get(header.format or "")
        if suffix is None:
            raise not_a_picture()
        if not _is_whole(data, suffix):
            raise cut_short()
        dpi = dpi or header_dpi(header)
        if suffix == ".jpg":
            grey = _greys(data, header.mode)
            return Scan(grey, dpi, data, suffix, grey if header.mode in _GREY_MODES else None)
        return _scan(
            _flattened(header) if _is_see_through(header) else _picture(data, header), dpi, data, suffix
        )


def keep_pixels(image: Pixels, dpi: float | None) -> Scan:
    """A page that has pixels but no file of its own (TIFF, rendered PDF): kept as a PNG."""
    bilevel = image.ndim == 2 and not np.any((image != 0) & (image != 255))
    # Level 1: at 200 dpi a third of the time of the default for a tenth more bytes.
    options = [cv2.IMWRITE_PNG_BILEVEL, 1] if bilevel else [cv2.IMWRITE_PNG_COMPRESSION, 1]
    done, packed = cv2.imencode(".png", image, options)
    if not done:
        raise damaged()
    return _scan(image, dpi, packed.tobytes(), ".png")


def from_pillow(picture: Image.Image) -> Pixels:
    """Pixels of any Pillow picture: (H, W) grey or (H, W, 3) BGR; 16 bits cut to 8, alpha laid on white."""
    if picture.mode.startswith("I;16"):
        return np.asarray(np.asarray(picture) >> 8, np.uint8)
    if picture.mode in {"I", "F"}:
        return np.asarray(np.clip(np.nan_to_num(np.asarray(picture)), 0, 255), np.uint8)
    if _is_see_through(picture):
        return _flattened(picture)
    if picture.mode in {"1", "L"}:
        return np.asarray(picture.convert("L"))
    return _in_bands(picture, _bgr)


def check_size(width: int, height: int) -> None:
    """Refuse a page before memory is taken for it, and what is no sheet but a thread.

    Raises:
        BrokenPictureError: it is one of these.
    """
    thin = max(width, height) > _THINNEST * min(width, height)
    if width < 1 or height < 1 or thin or width * height > MAX_PIXELS:
        raise BrokenPictureError(
            _("the page claims {width} x {height} pixels").format(width=width, height=height),
            _("scan the sheet at 200 to 600 dpi"),
        )


def header_dpi(picture: Image.Image) -> float | None:
    """Resolution as the file claims it, along the rows; None where it does not or cannot be meant."""
    claimed = picture.info.get("dpi")
    if not isinstance(claimed, tuple) or not claimed:
        return None
    try:
        return believable_dpi(float(claimed[0]))
    except (TypeError, ValueError, ArithmeticError):  # a fraction with nothing below its line
        return None


def believable_dpi(dpi: float) -> float | None:
    """The value, or None where no scanner means it."""
    return dpi if MIN_DPI <= dpi <= MAX_DPI else None


def damaged() -> BrokenPictureError:
    """The page's picture cannot be decoded."""
    return BrokenPictureError(_("the picture is damaged"), _("scan the sheet again"))


def too_large() -> BrokenPictureError:
    """The page's picture takes more memory than one page may."""
    return BrokenPictureError(
        _("the page takes more memory than a page may"), _("scan the sheet at 200 to 600 dpi")
    )


def cut_short() -> BrokenPictureError:
    """The page's picture ends in the middle."""
    return BrokenPictureError(
        _("the picture is cut short: its end is missing"), _("copy the file again, or scan the sheet again")
    )


def not_a_picture() -> BrokenPictureError:
    """The bytes are no picture that we read."""
    return BrokenPictureError(
        _("this is not a JPEG, PNG or WebP picture"), _("scan to PDF, TIFF, JPEG or PNG")
    )


def open_header(data: IO[bytes]) -> Image.Image:
    """Pillow's lazy view of a picture: size, mode and dpi, no pixel decoded.

    Raises:
        BrokenPictureError: not a picture, or its size is beyond all use.
    """
    try:
        with warnings.catch_warnings():
            # Pillow's own guard warns at a size that we allow; of a damaged header people hear from us.
            warnings.simplefilter("ignore")
            picture = Image.open(data)
    except Image.DecompressionBombError as error:
        raise BrokenPictureError(
            _("the page claims more pixels than any scanner gives"), _("scan the sheet at 200 to 600 dpi")
        ) from error
    except (UnidentifiedImageError, *DAMAGE) as error:
        raise damaged() from error
    return picture


def _header(data: bytes) -> Image.Image:
    picture = open_header(BytesIO(data))
    check_size(*picture.size)
    return picture


def _picture(data: bytes, header: Image.Image) -> Pixels:
    return _decoded(data, cv2.IMREAD_GRAYSCALE if header.mode in _GREY_MODES else cv2.IMREAD_COLOR)


def _greys(jpeg: bytes, mode: str) -> Pixels:
    """The greys of a JPEG, (H, W). Raises BrokenPictureError."""
    if mode in _SIMPLE_MODES:
        try:
            return np.asarray(simplejpeg.decode_jpeg(jpeg, "GRAY")[..., 0], np.uint8)
        except ValueError:
            # It refuses whatever it has a complaint of. OpenCV takes what can be had.
            pass
    return _decoded(jpeg, cv2.IMREAD_GRAYSCALE)


def _decoded(data: bytes, flags: int) -> Pixels:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags | AS_STORED)
    except cv2.error as error:
        raise (too_large() if error.code == _NO_MEMORY else damaged()) from error
    if image is None:
        raise damaged()
    return np.asarray(image, np.uint8)


def _scan(image: Pixels, dpi: float | None, original: bytes, suffix: str) -> Scan:
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    return Scan(grey, dpi, original, suffix, image)


def _is_see_through(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info


def _flattened(picture: Image.Image) -> Pixels:
    """What lies under a see-through pixel is paper: white. Raises BrokenPictureError."""
    try:
        return _in_bands(picture, _on_paper)
    except DAMAGE as error:
        raise damaged() from error


def _in_bands(picture: Image.Image, turned: Callable[[Image.Image], Pixels]) -> Pixels:
    """(H, W, 3) BGR, some rows at a time."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BAND):
        bottom = min(height, top + _BAND)
        pixels[top:bottom] = turned(picture.crop((0, top, width, bottom)))
    return pixels


def _on_paper(band: Image.Image) -> Pixels:
    colours = band.convert("RGBA")
    return _bgr(Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours))


def _bgr(picture: Image.Image) -> Pixels:
    return np.asarray(cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR), np.uint8)


def _is_whole(data: bytes, suffix: str) -> bool:
    """Whether the file's own end is there. Decoders fill the missing part with grey and say nothing."""
    match suffix:
        case ".jpg":
            return data.rfind(b"\xff\xd9", first_scan(data)) >= 0
        case ".png":
            return data.rfind(b"IEND") >= 0
        case _:
            return len(data) >= 8 + int.from_bytes(data[4:8], "little")
