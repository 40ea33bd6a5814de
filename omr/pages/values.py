"""What the stage `pages` gives: files that can be read or not, and pages that can be read or not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

#: EXIF orientation is ignored: sheets lie any way round and `register` copes, while the places it finds
#: must be places in the file that is kept.
AS_STORED: Final = cv2.IMREAD_IGNORE_ORIENTATION

#: A reduced picture keeps this many pixels on its long side: 43 dpi of an A4 sheet.
_SMALL_SIDE: Final = 500
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
    """

    path: Path
    name: str
    sha256: str
    pages: int
    kind: Kind


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
        sha256: identity of the page: SHA-256 over shape and grey pixels, hex.
        dpi: as the file claims it, along the rows; None where it does not.
        original: the page's own picture as it is kept.
        suffix: how `original` is packed: `.jpg`, `.png` or `.webp`.
        pixels: (H, W, 3) uint8 BGR, or `grey` where the page has no colour; None: a JPEG not yet decoded.
    """

    grey: Pixels
    sha256: str
    dpi: float | None
    original: bytes
    suffix: str
    pixels: Pixels | None

    @cached_property
    def image(self) -> Pixels:
        """(H, W, 3) uint8 BGR, or (H, W) uint8 grey where the page has no colour."""
        return self._colours(cv2.IMREAD_COLOR) if self.pixels is None else self.pixels

    @cached_property
    def small(self) -> tuple[Pixels, float]:
        """The image at a whole fraction of its size where that costs less, and the factor to full pixels."""
        factor = next((f for f in (4, 2) if max(self.grey.shape) >= f * _SMALL_SIDE), 1)
        if self.pixels is not None or factor == 1:
            return self.image, 1.0
        return self._colours(_REDUCED[factor]), float(factor)

    def _colours(self, flags: int) -> Pixels:
        return np.asarray(cv2.imdecode(np.frombuffer(self.original, np.uint8), flags | AS_STORED), np.uint8)


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
