"""How a scanned batch and the truth about it are written down."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from omr.files import write_text
from scripts.sample_plans import SamplePlan
from scripts.simulate import RowTruth


@dataclass(frozen=True, slots=True, eq=False)
class BatchPage:
    """One page of the batch, in scanning order: its file, and the truth about it."""

    jpeg: bytes
    state: str
    sheet: int = 0
    page: int = 0
    seal: str = ""
    decided: str = ""
    notes: str = ""
    rows: tuple[RowTruth, ...] = ()


def write_scans(plan: SamplePlan, folder: Path, batch: Sequence[BatchPage]) -> None:
    """The batch as it was scanned: one PDF, and JPEG files for the pages after it."""
    (folder / "jpeg").mkdir(parents=True, exist_ok=True)
    for old in (folder / "jpeg").glob("*.jpg"):
        old.unlink()
    in_pdf = [page.jpeg for page in batch[: plan.in_pdf]]
    (folder / f"{plan.folder}.pdf").write_bytes(pdf_of(in_pdf, plan.dpi))
    for page, (source, _index) in zip(batch, sources(plan, batch), strict=True):
        if source.endswith(".jpg"):
            (folder / source).write_bytes(page.jpeg)


def sources(plan: SamplePlan, batch: Sequence[BatchPage]) -> Iterator[tuple[str, int]]:
    """File (below scans/) and page in it of every page of the batch, as `omr status` names them."""
    for index in range(1, len(batch) + 1):
        if plan.in_pdf is None or index <= plan.in_pdf:
            yield f"{plan.folder}.pdf", index
        else:
            yield f"jpeg/scan-{index:03d}.jpg", 1


def pdf_of(pages: Iterable[bytes], dpi: float) -> bytes:
    """A PDF as scanners write it: each page one JPEG, its bytes untouched."""
    buffer = io.BytesIO()
    rl_config.useA85 = 0  # else reportlab writes the JPEG as text, a quarter longer
    canvas = Canvas(buffer, invariant=1)
    for jpeg in pages:
        image = ImageReader(io.BytesIO(jpeg))
        width, height = (side * 72 / dpi for side in image.getSize())
        canvas.setPageSize((width, height))
        canvas.drawImage(image, 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def row_table(plan: SamplePlan, batch: Sequence[BatchPage]) -> Iterator[Sequence[object]]:
    """truth.csv: one line a row of every ballot (not of its second scan)."""
    yield "sheet", "source", "page_in_source", "page", "number", "truth", "decided", "kind", "plain"
    for (source, index), page in zip(sources(plan, batch), batch, strict=True):
        for row in page.rows:
            what = row.truth, row.decided, row.kind.value, int(row.plain)
            yield page.sheet, source, index, page.page, row.number, *what


def sheet_table(plan: SamplePlan, batch: Sequence[BatchPage]) -> Iterator[Sequence[object]]:
    """truth-sheets.csv: one line a scanned page. `decided`: what people decide about the ballot."""
    yield "source", "page_in_source", "sheet", "page", "state", "seal", "decided", "notes"
    for (source, index), page in zip(sources(plan, batch), batch, strict=True):
        yield (
            source,
            index,
            page.sheet or "",
            page.page or "",
            page.state,
            page.seal,
            page.decided,
            page.notes,
        )


def write_table(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file, whole or not at all."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    write_text(path, out.getvalue())
