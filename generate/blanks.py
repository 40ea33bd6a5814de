"""The blank pages as pictures: what a scan is compared with."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pypdfium2
from PIL import Image

from generate.ballots import PayloadOf, ballots_pdf
from generate.files import write_whole
from generate.fonts import FontFamily
from layouts.model import BallotLayout

#: Pixels a millimetre: A4 becomes exactly 1680 x 2376, and 203 dpi is what office scanners give.
PX_PER_MM = 8

#: pypdfium2 rounds a picture's size up and stretches the page over it: 2376.0001 px must not become 2377.
_UNDER = 1 - 1e-6


def write_blanks(
    folder: str | os.PathLike[str], layout: BallotLayout, payload_of: PayloadOf, family: FontFamily
) -> tuple[Path, ...]:
    """Write page-1.png, page-2.png … into `folder` (made if missing): 8-bit grey, 8 px/mm.

    `payload_of` is asked for copy 1.
    """
    target = Path(folder)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = tuple(target / f"page-{page.page}.png" for page in layout.pages)
    for path, image in zip(paths, draw_blanks(layout, payload_of, family), strict=True):
        buffer = io.BytesIO()
        image.save(buffer, "PNG")  # not optimised: a twentieth smaller took half a second more a page
        write_whole(path, buffer.getvalue())
    return paths


def draw_blanks(layout: BallotLayout, payload_of: PayloadOf, family: FontFamily) -> tuple[Image.Image, ...]:
    """The blank pages, mode "L", 8 px/mm, in page order."""
    document = pypdfium2.PdfDocument(ballots_pdf(layout, payload_of, 1, family))
    try:
        return tuple(_draw(document[page.page - 1], page.size_mm) for page in layout.pages)
    finally:
        document.close()


def _draw(page: pypdfium2.PdfPage, size_mm: tuple[float, float]) -> Image.Image:
    picture: Image.Image = page.render(scale=PX_PER_MM * 25.4 / 72 * _UNDER, grayscale=True).to_pil()
    if picture.size != tuple(round(side * PX_PER_MM) for side in size_mm):
        raise RuntimeError(f"pdfium drew the page {picture.size} px large")
    return picture.convert("L")
