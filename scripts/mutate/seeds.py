"""Small valid files of every kind, made here from the sample election: what is mutated."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from openpyxl import Workbook
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from generate.fonts import LAST_RESORT, find_family
from omr.bundle import bundle
from omr.closing import close, digest
from omr.counting import count_folder
from omr.demo import lay_out_sample, sample
from omr.election import Folder, load_key
from omr.evidence import PageSeen, PageState
from omr.export import as_cvr, as_json
from omr.files import private_folder
from omr.pages import Scan, Source, list_sources, load_page
from omr.prepare import Wish, prepare
from omr.printed import load_layout
from omr.printing import payloads, print_ballots
from omr.roster import read_roster
from omr.rules import RowReading
from omr.scan import scan
from omr.store import NewPage, NewSource, Store, pack_seen

if TYPE_CHECKING:
    from pathlib import Path

#: Pages of the sample that are read into the seeds' database.
PAGES: Final = ("scan-032.jpg", "scan-033.jpg", "scan-034.jpg")

#: How much smaller the seeds' pages are than the sample's 200 dpi: changes then fall where they matter.
SHRINK: Final = 0.5

#: A4 in points, and a page that is drawn in no time.
A4: Final = (595.28, 841.89)
CARD: Final = (85.0, 119.0)


def make_seeds(root: Path) -> None:
    """Make an election under `root/election` and its files by kind under `root/seeds`."""
    folder = Folder(root / "election")
    with sample() as given:
        lay_out_sample(given, folder)
        print_ballots(folder, 1, find_family(LAST_RESORT))
        scan(folder, [given / "scans" / "jpeg" / name for name in PAGES], jobs=1)
        page = _page(given / "scans" / "jpeg" / PAGES[0])
    bundles = {"result.zip": [_published(Folder(root / "closed"))]}
    for kind, files in {**_pictures(page), **_texts(folder), **bundles}.items():
        private_folder(root / "seeds" / kind)
        for number, data in enumerate(files):
            (root / "seeds" / kind / str(number)).write_bytes(data)


def _page(path: Path) -> np.ndarray:
    (source,) = list_sources([path])
    assert isinstance(source, Source)
    page = load_page(source, 0)
    assert isinstance(page, Scan)
    return np.asarray(cv2.resize(page.image, None, fx=SHRINK, fy=SHRINK, interpolation=cv2.INTER_AREA))


def _pictures(page: np.ndarray) -> dict[str, list[bytes]]:
    """The page, and a small picture, in every way of packing that scanners use."""
    whole = Image.fromarray(np.ascontiguousarray(page[..., ::-1]) if page.ndim == 3 else page)
    grey, small = whole.convert("L"), whole.convert("RGB").resize((40, 56))
    one_bit = grey.point(lambda level: 255 * (level > 128)).convert("1")
    return {
        "pdf": [
            _pdf([whole], words=False),
            _pdf([small, small], words=True),
            _packed(small, "PDF"),
            _packed(one_bit.resize((80, 112)), "PDF"),
        ],
        "tiff": [
            _packed(one_bit, "TIFF", compression="group4", save_all=True, append_images=[one_bit]),
            _packed(grey, "TIFF", compression="tiff_lzw"),
            _packed(small, "TIFF"),
            _packed(small, "TIFF", compression="jpeg", save_all=True, append_images=[small, small]),
            _packed(small, "TIFF", compression="tiff_adobe_deflate"),
        ],
        "jpeg": [
            _packed(whole, "JPEG", quality=60),
            _packed(small, "JPEG"),
            _packed(small, "JPEG", progressive=True, dpi=(200, 200)),
            _packed(small.convert("CMYK"), "JPEG"),
        ],
        "png": [
            _packed(grey, "PNG"),
            _packed(small, "PNG", dpi=(300, 300)),
            _packed(one_bit.resize((40, 56)), "PNG"),
            _packed(small.convert("RGBA"), "PNG"),
            _packed(small.convert("P"), "PNG"),
            _packed(small, "WEBP"),
        ],
    }


def _packed(picture: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def _pdf(pictures: list[Image.Image], *, words: bool) -> bytes:
    """The pictures, a page each: as a scanner writes them, or small and with a word on them."""
    out, size = io.BytesIO(), CARD if words else A4
    canvas = Canvas(out, size, invariant=1, pageCompression=int(not words))
    for picture in pictures:
        canvas.drawImage(ImageReader(io.BytesIO(_packed(picture.convert("RGB"), "JPEG"))), 0, 0, *size)
        if words:
            canvas.drawString(10, 10, "trang")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _texts(folder: Folder) -> dict[str, list[bytes]]:
    """The election's own files, and what other programs hand in."""
    layout, key, counted = load_layout(folder), load_key(folder), count_folder(folder)
    payload = payloads(layout, key)(1, 1)
    records = as_cvr(counted.ballots, layout, counted.election, datetime(2026, 1, 1, tzinfo=UTC))
    with closing(sqlite3.connect(folder.database)) as ledger:
        ledger.execute("PRAGMA journal_mode = DELETE")
    return {
        "election.toml": [folder.election_toml.read_bytes()],
        "people.csv": [folder.people_csv.read_bytes()],
        "xlsx": [_workbook(folder)],
        "layout.json": [folder.layout_json.read_bytes()],
        "qr": [payload.encode("ascii")],
        "cvr": [json.dumps(records).encode()],
        "omr.sqlite": [folder.database.read_bytes()],
    }


def _published(folder: Folder) -> bytes:
    """The published result of an election of three ballots, closed by two members."""
    present = dict.fromkeys(("summoned", "present", "present_at_vote", "issued"), 3)
    prepare(folder, Wish(venue="BCH", place="Mẫu", date="15/12/2023", session=present))
    print_ballots(folder, 3, find_family(LAST_RESORT))
    with Store(folder.database) as store:
        for number in range(3):
            (source,) = store.add_batch(1, [NewSource(f"{number:064x}", f"{number}.jpg", 1)])
            store.add_pages([_ballot(folder, source, number)])
        result = as_json(count_folder(folder).result)
        for member in ("Bà A", "Ông B"):
            close(folder, store, result, member, 2, shown=digest(result))
    return bundle(folder)


def _ballot(folder: Folder, source: int, number: int) -> NewPage:
    rows = tuple(RowReading(row.number, "high") for row in load_layout(folder).pages[0].rows)
    seen = PageSeen(PageState.READ)
    name = f"{number:064x}"
    return NewPage(
        id=f"p{number}", sheet=f"s{number}", source=source, page_in_source=1, sha256=name,
        state=seen.state, page=1, flags=(), seen=pack_seen(seen), trace=b"ink", readings=rows,
        original="", problem="",
    )  # fmt: skip


def _workbook(folder: Folder) -> bytes:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(("STT", "Họ và tên", "Chức vụ", "Nơi lấy phiếu", "Ghi chú"))
    for each in read_roster(folder.people_csv):
        sheet.append((each.number, each.name, each.position, ";".join(each.venues), each.note))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
