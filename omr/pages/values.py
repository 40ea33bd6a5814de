"""What the stage `pages` gives: files that can be read or not, and pages that can be read or not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import simplejpeg

from omr.halves import COARSE_SIDE, reduced
from omr.pages.jpeg import upper_part

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from omr.halves import Reduced

    Pixels = NDArray[np.uint8]

#: EXIF orientation is ignored: sheets lie any way round and `register` copes, while the places it finds
#: must be places in the file that is kept.
AS_STORED: Final = cv2.IMREAD_IGNORE_ORIENTATION

#: A reduced picture keeps this many pixels on its long side: 43 dpi of an A4 sheet.
_SMALL_SIDE: Final = 500
#: Share of the rows from which on all of them are decoded.
_MOST_ROWS: Final = 0.7
_REDUCED: Final = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}


class Kind(StrEnum):
    """How a file holds its pages. Told by its first bytes, never by its name."""

    PDF = "pdf"
    TIFF = "tiff"
    PICTURE = "picture"  # JPEG, PNG or WebP: one page


@dataclass(frozen=True, slots=True)
class Source:
    """A file of scans that could be opened.

    Attributes:
        path: where it is.
        name: what people call it: its path below the folder that was named, else its file name; with `/`.
        sha256: of its bytes, hex.
        pages: how many it holds, 1 or more.
        kind: how it holds them.
        stamp: what tells that a file was changed or exchanged without its being read (size, times, number on
            the disk), when `sha256` was taken; None where nobody looked.
    """

    path: Path
    name: str
    sha256: str
    pages: int
    kind: Kind
    stamp: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class BrokenSource:
    """A file or folder that cannot be read, and what to do about it. The others are still read."""

    path: Path
    name: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in a folder that is plainly not a scan (Thumbs.db, a text, a hidden file)."""

    path: Path
    name: str


@dataclass(frozen=True, eq=False)
class Scan:
    """The pixels of one page. Decoding `original` again gives exactly `image`, and `grey` of a JPEG.

    Most of a page is read from its greys, and a JPEG gives those in a third of the time that its colours
    take: those are decoded when somebody asks for them, and small where that is enough.

    Attributes:
        grey: (H, W) uint8.
        dpi: as the file claims it, along the rows; None where it does not.
        original: the page's own picture as it is kept.
        suffix: how `original` is packed: `.jpg`, `.png` or `.webp`.
        pixels: (H, W, 3) uint8 BGR, or `grey` where the page has no colour; None: a JPEG not yet decoded.
    """

    grey: Pixels
    dpi: float | None
    original: bytes
    suffix: str
    pixels: Pixels | None

    @cached_property
    def sha256(self) -> str:
        """Identity of the page, hex: SHA-256 over its shape and its reduced greys (`coarse`).

        The same picture, however it was packed without loss. Means over 2 × 2 pixels of two scans differ as
        surely as the pixels do, by their noise, and take a quarter of the time.
        """
        digest = sha256(b"%d x %d\n" % self.grey.shape)
        digest.update(np.ascontiguousarray(self.coarse[0]).data)
        return digest.hexdigest()

    @cached_property
    def image(self) -> Pixels:
        """(H, W, 3) uint8 BGR, or (H, W) uint8 grey where the page has no colour."""
        return self._colours(cv2.IMREAD_COLOR) if self.pixels is None else self.pixels

    @cached_property
    def coarse(self) -> Reduced:
        """The greys reduced to COARSE_SIDE, and the factor to full pixels."""
        return reduced(self.grey, COARSE_SIDE)

    def upper(self, rows: int) -> tuple[Pixels, float]:
        """At least the image's first `rows` rows (1 or more), and the factor to full pixels.

        At a whole fraction of its size where that costs less.
        """
        factor = next((f for f in (4, 2) if max(self.grey.shape) >= f * _SMALL_SIDE), 1)
        if self.pixels is not None or factor == 1:
            return self.image, 1.0
        part = upper_part(self.original, rows) if rows < _MOST_ROWS * len(self.grey) else None
        some = None if part is None else _reduced_colours(part, factor)
        return self._colours(_REDUCED[factor]) if some is None else some, float(factor)

    def _colours(self, flags: int) -> Pixels:
        return np.asarray(cv2.imdecode(np.frombuffer(self.original, np.uint8), flags | AS_STORED), np.uint8)


def _reduced_colours(jpeg: bytes, factor: int) -> Pixels | None:
    """A JPEG in colours at that fraction of its size, BGR; None if it has no colours or is not to be had.

    By simplejpeg: the pixels are those of OpenCV (both have libjpeg-turbo), and it can be told not to mind
    what follows an `upper_part`.
    """
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(jpeg, strict=False)
        size = (-(-height // factor), -(-width // factor))
        if space != "YCbCr":
            return None
        small = simplejpeg.decode_jpeg(
            jpeg, "BGR", min_height=size[0], min_width=size[1], min_factor=factor, strict=False
        )
    except ValueError:
        return None
    return np.asarray(small, np.uint8) if small.shape[:2] == size else None


@dataclass(frozen=True, slots=True)
class BrokenPage:
    """A page whose picture cannot be had. `index` counts from 0 in the file `name`."""

    name: str
    index: int
    message: str
    advice: str


class BrokenPictureError(Exception):
    """A picture cannot be decoded; becomes a BrokenPage. Raised inside `omr.pages` only.

    Args:
        message: what is wrong, in words for the board.
        advice: what to do next.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
