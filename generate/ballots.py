"""ballots.pdf: every copy of the ballot, ready for the printer."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from generate.draw import POINTS_PER_MM, Pen
from generate.files import write_whole
from generate.fonts import FontFamily
from layouts.model import BallotLayout, PageLayout

#: The text of the code on a page of a copy; both are counted from 1.
PayloadOf = Callable[[int, int], str]


def write_ballots(  # noqa: PLR0913, PLR0917 - what is printed, how often, in what
    path: str | os.PathLike[str],
    layout: BallotLayout,
    payload_of: PayloadOf,
    copies: int,
    family: FontFamily,
    per_sheet: bool = False,
) -> None:
    """Write the PDF of all copies; the same input gives the same bytes.

    Each page is drawn once and repeated. A ballot of several pages is printed on both sides; where it has an
    odd number of pages, an empty back keeps the next copy on a new sheet.

    Args:
        path: the file, replaced only when the new one is whole.
        layout: of one ballot.
        payload_of: called with copy 1 only, unless `per_sheet`.
        copies: at least 1.
        family: the fonts, embedded as subsets.
        per_sheet: ask `payload_of` for every copy.

    Raises:
        ValueError: fewer than one copy.
        OSError: the file cannot be written.
    """
    write_whole(Path(path), ballots_pdf(layout, payload_of, copies, family, per_sheet=per_sheet))


def ballots_pdf(
    layout: BallotLayout, payload_of: PayloadOf, copies: int, family: FontFamily, *, per_sheet: bool = False
) -> bytes:
    """The PDF that `write_ballots` writes."""
    if copies < 1:
        raise ValueError("at least one copy must be printed")
    buffer = io.BytesIO()
    canvas = _canvas(buffer, layout, family)
    for page in layout.pages:
        _keep_form(canvas, page, None if per_sheet else payload_of(1, page.page), family)
    for copy in range(1, copies + 1):
        for page in layout.pages:
            canvas.doForm(_form_name(page))
            if per_sheet:
                _pen(canvas, page, family).code(page.code_mm, payload_of(copy, page.page))
            canvas.showPage()
        if has_empty_back(layout):
            canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def has_empty_back(layout: BallotLayout) -> bool:
    """Whether an empty page follows each copy: printed on both sides and of an odd number of pages."""
    return len(layout.pages) > 1 and len(layout.pages) % 2 == 1


def _canvas(buffer: io.BytesIO, layout: BallotLayout, family: FontFamily) -> Any:
    """A PDF without a time stamp or a user's name, that asks printers not to scale it.

    It starts in the family's own font: reportlab would name its Helvetica otherwise, and embed none.
    """
    width, height = layout.pages[0].size_mm
    size = (width * POINTS_PER_MM, height * POINTS_PER_MM)
    canvas = Canvas(
        buffer, pagesize=size, invariant=1, pageCompression=1, initialFontName=family.font_name("regular")
    )
    canvas.setTitle(layout.election)
    canvas.setAuthor("")
    canvas.setCreator("omr")
    canvas.setViewerPreference("PrintScaling", "None")
    canvas.setViewerPreference("Duplex", "DuplexFlipLongEdge" if len(layout.pages) > 1 else "Simplex")
    return canvas


def _keep_form(canvas: Any, page: PageLayout, payload: str | None, family: FontFamily) -> None:
    """Draw a page once, under a name, for as many copies as follow."""
    width, height = page.size_mm
    canvas.beginForm(_form_name(page), 0, 0, width * POINTS_PER_MM, height * POINTS_PER_MM)
    pen = _pen(canvas, page, family)
    pen.page(page)
    if payload is not None:
        pen.code(page.code_mm, payload)
    canvas.endForm()


def _pen(canvas: Any, page: PageLayout, family: FontFamily) -> Pen:
    return Pen(canvas, page.size_mm[1], family)


def _form_name(page: PageLayout) -> str:
    return f"page-{page.page}"
