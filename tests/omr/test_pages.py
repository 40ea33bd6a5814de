"""Files as they come from scanners, cameras and offices, whole and broken."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zlib
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

import omr.pages.pdf as pdf_module
from omr.pages import (
    BrokenPage,
    BrokenSource,
    Scan,
    Skipped,
    Source,
    close_documents,
    list_sources,
    load_page,
    natural_key,
)
from omr.pages.jpeg import upper_part
from omr.pages.picture import MAX_PIXELS

A4 = (595.28, 841.89)


def page_picture(seed: int = 1, height: int = 468, width: int = 331) -> np.ndarray:
    """A small page at 40 dpi: pale paper, dark print, something red at its upper left; BGR."""
    picture = np.full((height, width, 3), 250, np.uint8)
    cv2.putText(picture, f"trang {seed}", (60, 200), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (20, 20, 20), 3)
    cv2.circle(picture, (60, 60), 40, (40, 40, 200), 5)
    cv2.rectangle(picture, (30, 300), (300, 430), (0, 0, 0), 2)
    return picture


def jpeg(picture: np.ndarray, quality: int = 90) -> bytes:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


def pillow(picture: np.ndarray, mode: str = "RGB") -> Image.Image:
    return Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).convert(mode)


def packed(picture: Image.Image, kind: str, **options) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def write_pdf(path: Path, pictures: list[bytes], draw=None) -> Path:
    canvas = Canvas(str(path), pagesize=A4)
    for data in pictures:
        canvas.drawImage(ImageReader(io.BytesIO(data)), 0, 0, *A4)
        if draw is not None:
            draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def only(path: Path) -> Source:
    (source,) = list_sources([path])
    assert isinstance(source, Source), source
    return source


def broken(path: Path) -> BrokenSource:
    (source,) = list_sources([path])
    assert isinstance(source, BrokenSource), source
    assert "\n" not in source.message
    assert source.message
    return source


def loaded(path: Path, index: int = 0) -> Scan:
    page = load_page(only(path), index)
    assert isinstance(page, Scan), page
    return page


def refused(path: Path, index: int = 0) -> BrokenPage:
    page = load_page(only(path), index)
    assert isinstance(page, BrokenPage)
    assert page.message
    assert page.advice
    return page


def file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def flipped(data: bytes) -> bytes:
    """A picture of which one byte, within its pixels, is another."""
    at = len(data) * 3 // 4
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


def near(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.mean(cv2.absdiff(one, other)))


def assert_kept_as_read(scan: Scan) -> None:
    """Decoding what is kept gives what was read, so a decision can be checked years later."""
    assert scan.suffix in {".jpg", ".png", ".webp"}
    flags = cv2.IMREAD_GRAYSCALE if scan.image.ndim == 2 else cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    again = cv2.imdecode(np.frombuffer(scan.original, np.uint8), flags)
    assert np.array_equal(again, scan.image)
    assert scan.image.dtype == np.uint8
    assert scan.grey.shape == scan.image.shape[:2]


# --- pictures -----------------------------------------------------------------------------------------


def test_jpeg_is_read_as_opencv_reads_it_and_kept_byte_for_byte(tmp_path):
    """A JPEG file is decoded to greys, to colours when those are asked for, and kept as it is."""
    data = jpeg(page_picture())
    scan = loaded(file(tmp_path / "a.jpg", data))
    assert scan.original == data
    assert np.array_equal(scan.image, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    assert np.array_equal(scan.grey, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))
    assert near(scan.grey, cv2.cvtColor(scan.image, cv2.COLOR_BGR2GRAY)) < 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(packed(pillow(page_picture(), "L"), "JPEG"), id="grey"),
        pytest.param(packed(pillow(page_picture()), "JPEG", progressive=True), id="progressive"),
        pytest.param(packed(pillow(page_picture()), "JPEG", subsampling=0), id="colours at full size"),
        pytest.param(packed(pillow(page_picture()), "JPEG", keep_rgb=True), id="red, green and blue"),
        pytest.param(packed(pillow(page_picture(), "CMYK"), "JPEG"), id="four inks"),
        pytest.param(flipped(jpeg(page_picture())), id="damaged within"),
    ],
)
def test_the_greys_of_every_jpeg_are_those_that_opencv_decodes(tmp_path, data):
    """Another decoder is quicker, not other: a decision can be checked with either."""
    scan = loaded(file(tmp_path / "a.jpg", data))
    assert np.array_equal(scan.grey, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize(("side", "factor"), [(900, 1), (1200, 2), (2400, 4)])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_small_colours_lie_where_the_large_ones_do(tmp_path, side, factor, share):
    """The small picture of a JPEG, or of its first rows, is the large one at a whole fraction."""
    picture = cv2.resize(page_picture(), (side * 7 // 10, side), interpolation=cv2.INTER_CUBIC)
    scan = loaded(file(tmp_path / "a.jpg", jpeg(picture)))
    height, width = scan.grey.shape
    small, seen = scan.upper(round(share * height))
    assert seen == factor
    assert small.shape[1:] == (-(-width // factor), 3)
    rows = height if factor == 1 else round(share * height)
    assert abs(len(small) * factor - rows) < 2 * factor
    large = scan.image[: len(small) * factor, : small.shape[1] * factor]
    shown = cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert near(small, shown) < 4


def test_the_upper_part_of_a_jpeg_is_its_first_rows(capfd):
    """The pixels are those of the whole, and no decoder complains aloud."""
    data = jpeg(cv2.resize(page_picture(), (1654, 2339), interpolation=cv2.INTER_CUBIC))
    part = upper_part(data, 500)
    assert part is not None
    with Image.open(io.BytesIO(part)) as picture:
        assert picture.size == (1654, 500)
        rows = np.asarray(picture)[..., ::-1]
    assert capfd.readouterr() == ("", "")
    # Colours of the last rows are smoothed with what comes below them.
    whole = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(rows[:490], whole[:490])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(packed(pillow(page_picture()), "JPEG", progressive=True), id="progressive"),
        pytest.param(jpeg(page_picture())[:300], id="cut off before its pixels"),
        pytest.param(b"\xff\xd8" + b"\xff" * 50, id="nothing but fill"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_where_the_upper_part_does_not_come_first_there_is_none(data):
    assert upper_part(data, 100) is None


def test_a_progressive_jpeg_shows_its_small_colours_too(tmp_path):
    picture = cv2.resize(page_picture(), (1654, 2339), interpolation=cv2.INTER_CUBIC)
    data = packed(pillow(picture), "JPEG", progressive=True)
    small, factor = loaded(file(tmp_path / "a.jpg", data)).upper(300)
    assert factor == 4
    assert small.shape == (585, 414, 3)


def test_identity_is_of_pixels_not_of_packing(tmp_path):
    """The same pixels in another lossless file are the same page."""
    picture = pillow(page_picture())
    one = loaded(file(tmp_path / "a.png", packed(picture, "PNG")))
    other = loaded(file(tmp_path / "b.webp", packed(picture, "WEBP", lossless=True)))
    third = loaded(file(tmp_path / "c.tif", packed(picture, "TIFF", compression="tiff_lzw")))
    assert one.sha256 == other.sha256 == third.sha256
    assert one.sha256 != loaded(file(tmp_path / "d.png", packed(pillow(page_picture(2)), "PNG"))).sha256


@pytest.mark.parametrize(
    ("mode", "kind", "dimensions"),
    [
        ("L", "PNG", 2),
        ("1", "PNG", 2),
        ("P", "PNG", 3),
        ("RGB", "PNG", 3),
        ("RGBA", "PNG", 3),
        ("L", "JPEG", 2),
        ("RGB", "JPEG", 3),
        ("CMYK", "JPEG", 3),
        ("RGB", "WEBP", 3),
    ],
)
def test_every_kind_of_pixel_becomes_eight_bit_grey_or_colour(tmp_path, mode, kind, dimensions):
    """Whatever the file's pixels are, the reader gets uint8 grey or BGR that looks the same."""
    picture = page_picture()
    suffix = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}[kind]
    scan = loaded(file(tmp_path / f"a{suffix}", packed(pillow(picture, mode), kind)))
    assert scan.image.ndim == dimensions
    assert scan.image.dtype == np.uint8
    shown = np.asarray(pillow(picture, mode).convert("L"))
    assert near(scan.grey, shown) < 4


def test_sixteen_bits_are_cut_to_eight(tmp_path):
    """A 16-bit grey scan keeps its greys."""
    grey = cv2.cvtColor(page_picture(), cv2.COLOR_BGR2GRAY)
    for suffix in (".png", ".tif"):
        path = tmp_path / f"a{suffix}"
        assert cv2.imwrite(str(path), grey.astype(np.uint16) * 257)
        assert near(loaded(path).grey, grey) < 1.5


def test_what_lies_under_a_transparent_pixel_is_paper(tmp_path):
    """A transparent background is white, not black."""
    see_through = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    scan = loaded(file(tmp_path / "a.png", packed(see_through, "PNG")))
    assert int(scan.image.min()) == 255


def test_exif_orientation_is_ignored(tmp_path):
    """Places found on a page are places in the kept file's own pixels, whatever a camera says."""
    picture = pillow(page_picture())
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = loaded(file(tmp_path / "a.jpg", packed(picture, "JPEG", exif=exif)))
    plain = loaded(file(tmp_path / "b.jpg", packed(picture, "JPEG")))
    assert turned.sha256 == plain.sha256
    assert_kept_as_read(turned)


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("TIFF", ".tif")])
def test_resolution_is_taken_from_the_file(tmp_path, kind, suffix):
    """JFIF, pHYs and TIFF tags say the dpi; 72 and 96 are what programs write when they do not know."""
    picture = pillow(page_picture())
    stated = loaded(file(tmp_path / f"a{suffix}", packed(picture, kind, dpi=(200, 200))))
    assert stated.dpi == pytest.approx(200, abs=0.1)
    assert loaded(file(tmp_path / f"b{suffix}", packed(picture, kind, dpi=(96, 96)))).dpi is None


def test_a_cut_picture_is_broken_never_half_read(tmp_path, monkeypatch):
    """A truncated JPEG, PNG or WebP would be filled with grey by decoders; it is refused."""
    monkeypatch.setenv("OMR_LANG", "en")
    picture = pillow(page_picture())
    thumbnail = packed(pillow(page_picture(3, 60, 40)), "JPEG")
    exif_like = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with_thumbnail = jpeg(page_picture())
    with_thumbnail = with_thumbnail[:2] + exif_like + with_thumbnail[2:]
    whole = {
        "a.jpg": jpeg(page_picture()),
        "b.jpg": packed(picture, "JPEG", progressive=True),
        "c.jpg": with_thumbnail,
        "d.png": packed(picture, "PNG"),
        "e.webp": packed(picture, "WEBP"),
    }
    for name, data in whole.items():
        assert isinstance(load_page(only(file(tmp_path / name, data)), 0), Scan), name
        for share in (0.3, 0.6, 0.95):
            path = file(tmp_path / name, data[: int(len(data) * share)])
            said = "damaged" if name == "e.webp" else "cut short"
            assert said in refused(path).message, name


def test_bytes_after_the_end_do_no_harm(tmp_path):
    """Some scanners pad their files."""
    data = jpeg(page_picture())
    assert (
        loaded(file(tmp_path / "a.jpg", data + b"\0" * 5000)).sha256
        == loaded(file(tmp_path / "b.jpg", data)).sha256
    )


def test_a_huge_header_is_refused_before_memory_is_taken(tmp_path):
    """A picture that claims 100,000 x 100,000 pixels costs nothing."""
    side = (100_000).to_bytes(4, "big")
    head = b"IHDR" + side + side + b"\x08\x00\x00\x00\x00"
    png = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + head + zlib.crc32(head).to_bytes(4, "big")
    png += (0).to_bytes(4, "big") + b"IEND" + zlib.crc32(b"IEND").to_bytes(4, "big")
    refused(file(tmp_path / "a.png", png))
    data = bytearray(jpeg(page_picture()))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = (11_000).to_bytes(2, "big") * 2
    assert "11000" in refused(file(tmp_path / "b.jpg", bytes(data))).message
    assert MAX_PIXELS < 11_000**2


def test_damaged_pixels_are_a_value_not_a_crash(tmp_path):
    """Flipped bytes in a PNG are found by its checksums."""
    data = bytearray(packed(pillow(page_picture()), "PNG"))
    data[len(data) // 2 : len(data) // 2 + 40] = b"\0" * 40
    page = load_page(only(file(tmp_path / "a.png", bytes(data))), 0)
    assert isinstance(page, BrokenPage)


# --- TIFF ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compression", "mode"),
    [("group4", "1"), ("tiff_lzw", "RGB"), ("jpeg", "RGB"), ("raw", "L"), ("tiff_lzw", "P")],
)
def test_pages_of_a_tiff(tmp_path, compression, mode):
    """Every page of a TIFF of many is read by itself, and kept as a PNG."""
    pages = [pillow(page_picture(seed), mode) for seed in range(3)]
    path = tmp_path / "a.tiff"
    pages[0].save(path, save_all=True, append_images=pages[1:], compression=compression, dpi=(200, 200))
    source = only(path)
    assert source.pages == 3
    for index, page in enumerate(pages):
        scan = load_page(source, index)
        assert isinstance(scan, Scan)
        assert near(scan.grey, np.asarray(page.convert("L"))) < 6
        assert scan.dpi == pytest.approx(200, abs=0.1)
        assert_kept_as_read(scan)


def test_bilevel_pages_are_kept_small(tmp_path):
    """A fax-like page is kept with one bit a pixel."""
    path = file(tmp_path / "a.tif", packed(pillow(page_picture(), "1"), "TIFF", compression="group4"))
    with Image.open(io.BytesIO(loaded(path).original)) as kept:
        assert kept.mode == "1"


def test_a_cut_tiff_is_broken(tmp_path):
    """A TIFF cut in the middle is refused as a file or as a page, not read with what is there."""
    data = packed(pillow(page_picture()), "TIFF", compression="raw")
    path = file(tmp_path / "a.tif", data[: len(data) // 2])
    (source,) = list_sources([path])
    assert isinstance(source, BrokenSource) or isinstance(load_page(source, 0), BrokenPage)


# --- PDF ----------------------------------------------------------------------------------------------


def test_a_scanned_page_is_taken_out_of_its_pdf_as_it_is(tmp_path):
    """A PDF page that is one JPEG is that JPEG, byte for byte, with the dpi of its place on the page."""
    data = jpeg(page_picture(1, 2339, 1654))
    pdf = scanner_pdf(tmp_path / "a.pdf", [data], (1654, 2339))
    source = only(pdf)
    scan = load_page(source, 0)
    assert isinstance(scan, Scan)
    assert scan.original == data
    assert scan.suffix == ".jpg"
    assert scan.dpi == pytest.approx(200, abs=0.5)
    assert scan.sha256 == loaded(file(tmp_path / "a.jpg", data)).sha256


def scanner_pdf(
    path: Path,
    pictures: list[bytes],
    size: tuple[int, int],
    *,
    matrix: str = "595.28 0 0 841.89 0 0",
    rotate: int = 0,
    after: str = "",
) -> Path:
    """A PDF as scanners write it: on each page one DCTDecode picture and nothing else."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for data in pictures:
        first = len(objects) + 1
        kids.append(f"{first} 0 R")
        content = f"q {matrix} cm /Im0 Do Q {after}".encode()
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {A4[0]} {A4[1]}] /Rotate {rotate}"
            f" /Contents {first + 1} 0 R /Resources << /XObject << /Im0 {first + 2} 0 R >> >> >>"
        )
        head = (
            f"<< /Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]} /BitsPerComponent 8"
            f" /ColorSpace /DeviceRGB /Filter /DCTDecode /Length {len(data)} >>\nstream\n"
        )
        objects += [page.encode(), b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)]
        objects.append(head.encode() + data + b"\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return file(path, assembled_pdf(objects))


def assembled_pdf(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def test_a_page_turned_by_the_pdf_keeps_its_own_pixels(tmp_path):
    """Quarter turns in a PDF leave the scanner's JPEG as it is: sheets lie any way round anyway."""
    data = jpeg(page_picture())
    for rotate in (90, 180, 270):
        pdf = scanner_pdf(tmp_path / f"{rotate}.pdf", [data], (331, 468), rotate=rotate)
        assert loaded(pdf).original == data


def test_a_mirrored_picture_is_drawn(tmp_path):
    """A PDF may show its picture mirrored; then its pixels are not the page."""
    data = jpeg(page_picture())
    pdf = scanner_pdf(tmp_path / "a.pdf", [data], (331, 468), matrix="-595.28 0 0 841.89 595.28 0")
    scan = loaded(pdf)
    assert scan.suffix == ".png"
    small = cv2.resize(scan.grey, (331, 468), interpolation=cv2.INTER_AREA)
    assert near(small, cv2.cvtColor(page_picture(), cv2.COLOR_BGR2GRAY)[:, ::-1]) < 8


@pytest.mark.parametrize("after", ["0 0 1 rg 100 100 200 200 re f", "1 0 0 RG 5 w 10 10 m 500 500 l S"])
def test_a_page_with_more_than_a_picture_is_drawn(tmp_path, after):
    """What a PDF draws over its picture is on the page, so the picture alone is not the page."""
    pdf = scanner_pdf(tmp_path / "a.pdf", [jpeg(page_picture())], (331, 468), after=after)
    scan = loaded(pdf)
    assert scan.suffix == ".png"
    assert scan.dpi == 200
    plain = loaded(scanner_pdf(tmp_path / "b.pdf", [jpeg(page_picture())], (331, 468))).grey
    assert near(cv2.resize(scan.grey, plain.shape[::-1], interpolation=cv2.INTER_AREA), plain) > 1


def test_a_cropped_picture_is_drawn(tmp_path):
    """A picture of which the page shows only a part is not the page."""
    data = jpeg(page_picture())
    pdf = scanner_pdf(tmp_path / "a.pdf", [data], (331, 468), matrix="1190 0 0 1683 0 -841")
    assert loaded(pdf).suffix == ".png"


def test_a_packed_picture_in_a_pdf_is_taken_out_and_kept_as_png(tmp_path):
    """CCITT and Flate pictures keep their own pixels, not those of a drawing."""
    picture = page_picture(1, 1170, 827)
    for mode in ("1", "L", "RGB"):
        page = pillow(picture, mode)
        pdf = write_pdf(tmp_path / f"{mode}.pdf", [packed(page, "PNG")])
        scan = loaded(pdf)
        assert scan.suffix == ".png"
        assert scan.image.shape[:2] == (1170, 827)
        assert np.array_equal(scan.grey, np.asarray(page.convert("L"))) or mode == "RGB"
        assert near(scan.grey, np.asarray(page.convert("L"))) < 1.5
        assert_kept_as_read(scan)


def test_a_fax_picture_in_a_pdf_has_the_right_blacks(tmp_path):
    """A G4 picture, as many office machines write, is not inverted."""
    page = pillow(page_picture(1, 1170, 827), "1")
    page.save(tmp_path / "a.pdf", resolution=100)
    assert b"CCITTFaxDecode" in (tmp_path / "a.pdf").read_bytes()
    scan = loaded(tmp_path / "a.pdf")
    assert near(scan.grey, np.asarray(page.convert("L"))) < 3


def test_a_packing_whose_name_is_no_text_is_not_taken_for_a_jpeg(tmp_path):
    """In a damaged PDF a name may be any bytes: the page is what the decoder makes of it, or broken."""
    data = scanner_pdf(tmp_path / "a.pdf", [jpeg(page_picture())], (331, 468)).read_bytes()
    whole = file(tmp_path / "b.pdf", data.replace(b"/Filter /DCTDecode", b"/Filter /DCT\xd4\xffcode"))
    assert isinstance(load_page(only(whole), 0), Scan | BrokenPage)


def test_the_inks_of_a_cmyk_scan_come_out_as_the_pdf_says(tmp_path):
    """Whether the inks of a CMYK JPEG are turned round stands in the PDF, not in the JPEG."""
    page = pillow(page_picture(1, 1170, 827), "CMYK")
    page.save(tmp_path / "a.pdf", resolution=100)
    data = (tmp_path / "a.pdf").read_bytes()
    turned = b"/Decode [ 1 0 1 0 1 0 1 0 ]"
    assert turned in data
    negative = file(tmp_path / "b.pdf", data.replace(turned, b" " * len(turned)))
    assert near(loaded(tmp_path / "a.pdf").grey, np.asarray(page.convert("L"))) < 12
    assert near(loaded(tmp_path / "a.pdf").grey, loaded(negative).grey) > 100


def test_a_masked_picture_is_drawn(tmp_path):
    """What a PDF hides behind a mask is not on the page, whatever the picture under it holds."""
    black, hidden = zlib.compress(bytes(300 * 400)), zlib.compress(bytes(300 * 400))
    common = (
        b"/Type /XObject /Subtype /Image /Width 300 /Height 400 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    )

    def picture(data: bytes, more: bytes) -> bytes:
        head = b"<< %s %s /Filter /FlateDecode /Length %d >>" % (common, more, len(data))
        return head + b"\nstream\n" + data + b"\nendstream"

    resources = b"<< /XObject << /Im0 5 0 R >> >>"
    content = b"q 595 0 0 842 0 0 cm /Im0 Do Q"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % resources,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        picture(black, b"/SMask 6 0 R"),
        picture(hidden, b""),
    ]
    assert loaded(file(tmp_path / "a.pdf", assembled_pdf(objects))).grey.min() > 200


def test_a_drawn_page_has_two_hundred_dpi(tmp_path):
    """A PDF page of text and lines is drawn as an office scanner would have scanned it."""
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    canvas.drawString(100, 700, "Phieu")
    canvas.showPage()
    canvas.save()
    scan = loaded(tmp_path / "a.pdf")
    assert scan.dpi == 200
    assert abs(scan.image.shape[0] - 2339) <= 1
    assert_kept_as_read(scan)


def test_pages_of_a_pdf_are_counted_up_front_and_come_in_order(tmp_path):
    """The number of pages is known before the first is read."""
    data = [jpeg(page_picture(seed)) for seed in range(4)]
    source = only(scanner_pdf(tmp_path / "a.pdf", data, (331, 468)))
    assert source.pages == 4
    assert [load_page(source, index).original for index in (2, 0, 3, 1)] == [data[i] for i in (2, 0, 3, 1)]


def encrypted_pdf(path: Path) -> Path:
    from reportlab.lib.pdfencrypt import StandardEncryption  # noqa: PLC0415

    canvas = Canvas(str(path), encrypt=StandardEncryption("mat khau", canPrint=0))
    canvas.drawString(10, 10, "x")
    canvas.showPage()
    canvas.save()
    return path


def empty_pdf() -> bytes:
    return assembled_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])


def test_each_kind_of_broken_file_has_its_own_words(tmp_path, monkeypatch):
    """Truncated, empty, misnamed, page-less, locked, missing, unknown: each has its own line."""
    monkeypatch.setenv("OMR_LANG", "en")
    whole = scanner_pdf(tmp_path / "whole.pdf", [jpeg(page_picture())], (331, 468)).read_bytes()
    files = {
        "cut short": file(tmp_path / "cut.pdf", whole[: len(whole) // 2]),
        "empty": file(tmp_path / "empty.jpg", b""),
        "not what its name says": file(tmp_path / "text.jpg", "đây là chữ".encode()),
        "no pages": file(tmp_path / "none.pdf", empty_pdf()),
        "password": encrypted_pdf(tmp_path / "locked.pdf"),
        "no such file": tmp_path / "gone",
        "kind": file(tmp_path / "letter.docx", b"PK\3\4 letter"),
        "damaged": file(tmp_path / "bad.pdf", b"%PDF-1.4\nrubbish\n%%EOF"),
    }
    messages = {}
    for words, path in files.items():
        found = broken(path)
        assert words in found.message
        assert found.advice
        messages[words] = found.message
    assert len(set(messages.values())) == len(messages)


def test_a_forbidden_file_says_so(tmp_path, monkeypatch):
    """No permission to read is a line with advice, not a traceback. Acted, as root may read all."""
    monkeypatch.setenv("OMR_LANG", "en")
    path = file(tmp_path / "a.jpg", jpeg(page_picture()))
    source = only(path)

    def forbidden(*_about, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    monkeypatch.setattr(Path, "read_bytes", forbidden)
    assert "may not read" in broken(path).message
    page = load_page(source, 0)
    assert isinstance(page, BrokenPage)
    assert "may not read" in page.message


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    """What is stored under a file's hash is what the file held."""
    path = file(tmp_path / "a.jpg", jpeg(page_picture()))
    source = only(path)
    file(path, jpeg(page_picture(2)))
    assert isinstance(load_page(source, 0), BrokenPage)


@pytest.mark.parametrize("kind", ["jpg", "pdf", "tif"])
def test_a_file_exchanged_for_one_of_its_size_and_time_is_refused(tmp_path, kind):
    """As programs that copy, and padded files, may do; else one file's page stood under another's hash."""
    make = {"jpg": a_jpeg, "pdf": a_pdf, "tif": a_tiff}[kind]
    first, other = (make(tmp_path, shade) for shade in (200, 60))
    size = max(len(first), len(other))
    path = file(tmp_path / f"a.{kind}", first.ljust(size, b"\0"))
    source, made = only(path), path.stat()
    path.write_bytes(other.ljust(size, b"\0"))
    os.utime(path, ns=(made.st_atime_ns, made.st_mtime_ns))
    assert isinstance(load_page(source, 0), BrokenPage)


def a_jpeg(_folder, shade):
    return jpeg(np.full((468, 331, 3), shade, np.uint8))


def a_pdf(folder, shade):
    return scanner_pdf(folder / "made.pdf", [a_jpeg(folder, shade)], (331, 468)).read_bytes()


def a_tiff(_folder, shade):
    out = io.BytesIO()
    Image.new("L", (331, 468), shade).save(out, "TIFF")
    return out.getvalue()


def refuse_page(*_about, **_more):
    raise pdfium.PdfiumError("no")


def test_poppler_draws_what_pdfium_refuses(tmp_path, monkeypatch):
    """The second decoder takes over page by page; without it the message says how to install it."""
    monkeypatch.setenv("OMR_LANG", "en")
    pdf = scanner_pdf(tmp_path / "a.pdf", [jpeg(page_picture())], (331, 468))
    source = only(pdf)
    monkeypatch.setattr(pdf_module, "_taken_out", refuse_page)
    drawn = Image.new("RGB", (1654, 2339), "white")
    monkeypatch.setattr(pdf_module, "convert_from_path", lambda *_a, **_k: [drawn])
    page = load_page(source, 0)
    assert isinstance(page, Scan)
    assert page.dpi == 200

    monkeypatch.undo()
    monkeypatch.setenv("OMR_LANG", "en")
    monkeypatch.setattr(pdf_module, "_taken_out", refuse_page)
    monkeypatch.setenv("PATH", str(tmp_path))
    page = load_page(source, 0)
    assert isinstance(page, BrokenPage)
    assert "poppler" in page.message
    assert "apt install poppler-utils" in page.advice


# --- folders ------------------------------------------------------------------------------------------


def test_a_folder_is_read_to_the_bottom_in_the_order_people_count(tmp_path):
    """Page 2 comes before page 10, folder by folder; what is plainly no scan is skipped and said."""
    names = ["trang 10.jpg", "trang 2.JPG", "b/1.png", "b/anh.jpeg", "a/9.jpg"]
    for at, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        file(tmp_path / name, packed(pillow(page_picture(at)), "PNG" if name.endswith("png") else "JPEG"))
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store", "ghi chu.txt"):
        file(tmp_path / name, b"x")
    file(tmp_path / "IMG_1.heic", b"\0\0\0\x18ftypheic")
    listed = list_sources([tmp_path])
    assert [each.name for each in listed if isinstance(each, Source)] == [
        "a/9.jpg",
        "b/1.png",
        "b/anh.jpeg",
        "trang 2.JPG",
        "trang 10.jpg",
    ]
    assert {each.name for each in listed if isinstance(each, Skipped)} == {
        "Thumbs.db",
        "desktop.ini",
        ".DS_Store",
        "ghi chu.txt",
    }
    # It might be a ballot, photographed with a telephone.
    assert [each.name for each in listed if isinstance(each, BrokenSource)] == ["IMG_1.heic"]


def test_what_is_named_by_hand_is_never_skipped(tmp_path):
    """A text file that somebody names is an error, not a note."""
    assert broken(file(tmp_path / "ghi chu.txt", b"x")).advice


def test_a_folder_without_scans_says_so(tmp_path):
    """An empty folder is a mistake worth a line."""
    assert broken(tmp_path)


def test_a_file_named_twice_is_read_once(tmp_path):
    """A folder and a file in it, or a file given twice, are the same pages."""
    path = file(tmp_path / "a.jpg", jpeg(page_picture()))
    assert len(list_sources([path, tmp_path, path, tmp_path / "." / "a.jpg"])) == 1


def test_a_source_knows_the_hash_of_its_bytes(tmp_path):
    """The hash by which a file is known again is that of its bytes."""
    data = jpeg(page_picture())
    assert only(file(tmp_path / "a.jpg", data)).sha256 == sha256(data).hexdigest()


@given(st.lists(st.text(alphabet="ab019._- ", min_size=1, max_size=8), min_size=2, max_size=6))
def test_natural_order_is_an_order(names):
    """Sorting file names by their numbers never fails and does not depend on where it starts."""
    once = {natural_key(name): name for name in names}.values()
    assert sorted(once, key=natural_key) == sorted(sorted(once), key=natural_key)


def test_a_thousand_pages_in_one_pdf_do_not_pile_up(tmp_path):
    """Memory stays flat: page after page of a PDF leaves nothing behind."""
    data = jpeg(page_picture(1, 2339, 1654))
    scanner_pdf(tmp_path / "a.pdf", [data] * 60, (1654, 2339))
    program = (
        "import sys; from pathlib import Path; from omr.pages import list_sources, load_page\n"
        # Not getrusage: its peak is inherited from the process that started this one.
        "def highest(): return int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
        "(s,) = list_sources([Path(sys.argv[1])]); peak = []\n"
        "for i in range(s.pages): load_page(s, i); peak.append(highest())\n"
        "print(peak[-1] - peak[10], peak[-1])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.pdf")],
        capture_output=True,
        text=True,
        cwd=root,
        check=True,
    )
    grown, peak = map(int, done.stdout.split())
    assert grown < 8_000, f"{grown} KiB in 50 pages"
    assert peak < 350_000


def test_a_long_pdf_does_not_pile_up_in_memory(tmp_path, monkeypatch):
    """pdfium keeps what it has handed out: after so many pages the document is opened anew, and reads on."""
    monkeypatch.setattr(pdf_module, "_PAGES_HELD", 2)
    opened = []
    real = pdf_module.pdfium.PdfDocument

    class Counted(real):
        def __init__(self, *args):
            opened.append(self)
            super().__init__(*args)

    path = tmp_path / "long.pdf"
    pictures = [Image.new("RGB", (60, 80), (40 * at, 0, 0)) for at in range(5)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    (source,) = list_sources([path])
    monkeypatch.setattr(pdf_module.pdfium, "PdfDocument", Counted)
    close_documents()
    reds = [int(load_page(source, at).image[40, 30, 2]) for at in range(5)]
    assert len(opened) == 3
    assert all(abs(red - 40 * at) <= 3 for at, red in enumerate(reds))
    close_documents()


@pytest.mark.parametrize("name", ["a.pdf", "a.tif"])
def test_pages_of_a_file_that_was_changed_since_it_was_named_are_not_read(tmp_path, name):
    """Its pages would stand under the name of other bytes, and once more when the file is read anew."""
    path = tmp_path / name
    sheets = [Image.new("L", (60, 80), grey) for grey in (10, 200, 90)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:2])
    source = only(path)
    assert isinstance(load_page(source, 0), Scan)
    sheets[1].save(path, save_all=True, append_images=sheets)
    changed = load_page(source, 1)
    assert isinstance(changed, BrokenPage)
    assert changed.message == "tệp bị thay đổi trong khi đang đọc"


def test_a_file_that_was_only_touched_is_read(tmp_path):
    """Programs that copy set a file's time when they are done; the bytes are the same."""
    path = tmp_path / "a.pdf"
    Image.new("L", (60, 80), 10).save(path)
    source = only(path)
    os.utime(path, (1, 1))
    assert isinstance(load_page(source, 0), Scan)
