"""Pages of a TIFF file, one at a time: G4, LZW, JPEG, packed or not."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image

from omr.pages.picture import DAMAGE, check_size, damaged, from_pillow, header_dpi, keep_pixels, open_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from omr.pages.values import Scan


def count_tiff(path: Path) -> int:
    """How many pages the file holds. Raises BrokenPictureError."""
    with _opened(path) as picture:
        return int(getattr(picture, "n_frames", 1))


def load_tiff(path: Path, index: int) -> Scan:
    """Page `index` (from 0) of the file, kept as PNG. Raises BrokenPictureError."""
    with _opened(path) as picture:
        picture.seek(index)
        check_size(*picture.size)
        pixels, dpi = from_pillow(picture), header_dpi(picture)
    return keep_pixels(pixels, dpi)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with path.open("rb") as file, open_header(file) as picture, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a damaged directory people hear from us
            yield picture
    except (PermissionError, FileNotFoundError):
        raise
    except DAMAGE as error:
        raise damaged() from error
