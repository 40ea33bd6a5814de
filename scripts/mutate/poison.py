"""Files made to hurt, one for each known way: bombs, lies about sizes, loops, depths, odd things in a folder.

Each is small on the disk and takes under a second to make, but for those that have to be large.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

#: Side of a page that no memory holds, px.
HUGE: Final = 100_000

PDF_HEAD: Final = b"%PDF-1.7\n"
PAGE: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"


def pdf(objects: list[bytes]) -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    out, offsets = bytearray(PDF_HEAD), []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def one_page(page: bytes, *more: bytes, count: int = 1) -> bytes:
    """A PDF with one page; `page` are its further keys, `more` the objects from number 4 on."""
    pages = b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, PAGE + page + b">>", *more])


def stream(data: bytes, keys: bytes = b"", *, packed: bool = True) -> bytes:
    """A stream object."""
    body = zlib.compress(data, 9) if packed else data
    filters = b"/Filter/FlateDecode" if packed else b""
    return b"<<%s%s/Length %d>>stream\n%s\nendstream" % (keys, filters, len(body), body)


def million_objects() -> bytes:
    """A page and a million objects that nobody asks for."""
    return one_page(b"", *[b"[]"] * 1_000_000)


def million_claimed() -> bytes:
    """A page that says it is a thousand million pages."""
    return one_page(b"", count=1_000_000_000)


def deep_tree() -> bytes:
    """A page at the end of a tree 20,000 branches deep."""
    deep = 20_000
    branches = [
        b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (max(2, number - 1), number + 1)
        for number in range(2, deep + 2)
    ]
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", *branches, PAGE + b">>"])


def tree_in_a_circle() -> bytes:
    """A tree of pages whose branch is its own root."""
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 4>>"])


def form_in_itself() -> bytes:
    """A drawing that draws itself."""
    use = b"/Resources<</XObject<</X 5 0 R>>>>"
    form = stream(b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]" + use)
    return one_page(b"/Contents 4 0 R" + use, stream(b"/X Do"), form)


def billion_drawings() -> bytes:
    """A drawing of ten drawings of ten drawings …, twelve deep."""
    forms = [
        stream(
            b"/X Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X %d 0 R>>>>" % (number + 1),
        )
        for number in range(5, 17)
    ]
    last = stream(b"0 0 m 500 500 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]")
    return one_page(b"/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>", stream(b"/X Do"), *forms, last)


def packed_picture() -> bytes:
    """A picture of 10,000 x 10,000 px in 100 kB."""
    picture = stream(
        bytes(100_000_000),
        b"/Type/XObject/Subtype/Image/Width 10000/Height 10000/BitsPerComponent 8/ColorSpace/DeviceGray",
    )
    return one_page(
        b"/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>", stream(b"595 0 0 842 0 0 cm /X Do"), picture
    )


def encrypted() -> bytes:
    """A page behind a password."""
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption("x", "y"))
    canvas.drawString(100, 100, "x")
    canvas.save()
    return out.getvalue()


def wall_paper() -> bytes:
    """A page of 14,400 pt (5 m), the largest of PDF 1.7, in units of which each is 75 of them."""
    return one_page(b"/MediaBox[0 0 14400 14400]/UserUnit 75")


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A grey PNG of that size with these chunks."""
    head = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (head, *chunks, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def huge_png() -> bytes:
    """A header that says 100,000 x 100,000 px."""
    return png(HUGE, HUGE, (b"IDAT", zlib.compress(bytes(1000))))


def packed_text() -> bytes:
    """A small picture with fifty megabytes of text in its header."""
    text = (b"zTXt", b"k\0\0" + zlib.compress(bytes(50_000_000), 9))
    return png(8, 8, text, (b"IDAT", zlib.compress(bytes(72))))


def packed_pixels() -> bytes:
    """A picture of one size, and pixels for fifty of it."""
    return png(1000, 1000, (b"IDAT", zlib.compress(bytes(50_000_000), 9)))


def small_jpeg() -> bytes:
    """A picture without fault."""
    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (1200, 1200), np.uint8)
    Image.fromarray(noise).save(out, "JPEG", progressive=True)
    return out.getvalue()


def huge_jpeg() -> bytes:
    """A header that says 65,535 x 65,535 px, the largest that a JPEG can."""
    data = small_jpeg()
    at = data.index(b"\xff\xc2") + 5
    return data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]


def a_thousand_passes() -> bytes:
    """A progressive JPEG whose last pass over the picture comes two thousand times."""
    data = small_jpeg()
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * 2000 + data[-2:]


def tiff(*directories: tuple[int, int, int]) -> bytes:
    """A TIFF of grey pages without pixels: (width, height, place of the next one) each, 104 bytes apart."""
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    for width, height, following in directories:
        tags = (
            (256, width),
            (257, height),
            (258, 8),
            (259, 1),
            (262, 1),
            (273, 8),
            (278, height),
            (279, 100),
        )
        page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, n) for tag, n in tags)
        out += (page + struct.pack("<I", following)).ljust(104, b"\0")
    return bytes(out)


def huge_tiff() -> bytes:
    """A header that says 100,000 x 100,000 px."""
    return tiff((HUGE, HUGE, 0))


def tiff_in_a_circle() -> bytes:
    """Three pages, and after the third the second once more."""
    return tiff((10, 10, 112), (10, 10, 216), (10, 10, 112))


def chain_of_pages() -> bytes:
    """A hundred thousand pages of nothing."""
    return tiff(*((10, 10, 8 + 104 * (number + 1)) for number in range(100_000)))


#: Files of scans, by name. None of them holds a page that can be read.
SCANS: Final[dict[str, Callable[[], bytes]]] = {
    "million-objects.pdf": million_objects,
    "million-claimed.pdf": million_claimed,
    "deep-tree.pdf": deep_tree,
    "tree-in-a-circle.pdf": tree_in_a_circle,
    "packed-picture.pdf": packed_picture,
    "encrypted.pdf": encrypted,
    "wall-paper.pdf": wall_paper,
    "huge.png": huge_png,
    "packed-text.png": packed_text,
    "packed-pixels.png": packed_pixels,
    "huge.jpg": huge_jpeg,
    "huge.tif": huge_tiff,
    "circle.tif": tiff_in_a_circle,
}

#: Those that only a limit ends.
SLOW: Final[dict[str, Callable[[], bytes]]] = {
    "chain.tif": chain_of_pages,
    "form-in-itself.pdf": form_in_itself,
    "billion-drawings.pdf": billion_drawings,
    "thousand-passes.jpg": a_thousand_passes,
}


def strange_things(folder: Path) -> None:
    """What else may lie in a folder that is scanned: a pipe, a device, links in a circle, odd names."""
    os.mkfifo(folder / "pipe.pdf")
    (folder / "zero.pdf").symlink_to("/dev/zero")
    (folder / "circle.jpg").symlink_to("circle.jpg")
    (folder / "up").symlink_to(folder)
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    for name in ("a\nb.jpg", "\u202egpj.exe.jpg", "\x1b[2J\x07.jpg", os.fsdecode(b"\xff\xfe.jpg")):
        (folder / name).write_bytes(b"\xff\xd8\xff no picture")


#: Where the words of an XLSX come from.
_OOXML: Final = "http://schemas.openxmlformats.org"
_WORDS: Final = f"{_OOXML}/spreadsheetml/2006/main"
_LINKS: Final = f"{_OOXML}/officeDocument/2006/relationships"
_PACKAGE: Final = f"{_OOXML}/package/2006"
_BOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def workbook(rows: bytes) -> bytes:
    """An XLSX whose only sheet holds these rows."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK}"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{_WORDS}" xmlns:r="{_LINKS}">'
        '<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Target="s.xml" Type="{_LINKS}/worksheet"/></Relationships>',
    }
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
        with book.open("xl/s.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{_WORDS}"><sheetData>'.encode())
            sheet.write(rows)
            sheet.write(b"</sheetData></worksheet>")
    return out.getvalue()
