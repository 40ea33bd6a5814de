"""What the stage `pages` gives: files that can be read or not, and pages that can be read or not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


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


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """The pixels of one page. Decoding `original` again gives exactly `image`.

    Attributes:
        image: (H, W, 3) uint8 BGR, or (H, W) uint8 grey where the page has no colour.
        grey: (H, W) uint8; the same array as `image` where that is grey.
        sha256: identity of the page: SHA-256 over shape and grey pixels, hex.
        dpi: as the file claims it, along the rows; None where it does not.
        original: the page's own picture as it is kept.
        suffix: how `original` is packed: `.jpg`, `.png` or `.webp`.
    """

    image: Pixels
    grey: Pixels
    sha256: str
    dpi: float | None
    original: bytes
    suffix: str


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
