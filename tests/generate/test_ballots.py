"""ballots.pdf: right pages, right words, small and quick."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from generate.ballots import PayloadOf, ballots_pdf, write_ballots
from generate.fonts import FontFamily
from layouts.codes import make_payload, read_payload
from layouts.model import BallotLayout

LayOut = Callable[..., BallotLayout]
Codes = Callable[[BallotLayout], PayloadOf]


@contextmanager
def opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def words_of(document: pypdfium2.PdfDocument, page: int) -> str:
    return " ".join(document[page].get_textpage().get_text_bounded().split())


def picture_of(document: pypdfium2.PdfDocument, page: int) -> np.ndarray:
    return np.array(document[page].render(scale=2, grayscale=True).to_numpy())


@pytest.mark.parametrize(
    ("people", "sides", "copies", "pages"), [(1, 1, 3, 3), (17, 2, 3, 6), (40, 3, 3, 12)]
)
def test_every_copy_starts_on_a_new_sheet(  # noqa: PLR0917
    people: int, sides: int, copies: int, pages: int, lay_out: LayOut, codes: Codes, family: FontFamily
) -> None:
    """Copies of several sides have an even number of them; a single side is not padded."""
    layout = lay_out(people)
    assert len(layout.pages) == sides
    with opened(ballots_pdf(layout, codes(layout), copies, family)) as document:
        assert len(document) == pages
        backs = [page for page in range(pages) if not words_of(document, page)]
    assert backs == ([3, 7, 11] if sides == 3 else [])


def test_page_has_the_size_of_the_paper(lay_out: LayOut, codes: Codes, family: FontFamily) -> None:
    """A4, to a thousandth of a point."""
    layout = lay_out()
    with opened(ballots_pdf(layout, codes(layout), 1, family)) as document:
        assert document[0].get_size() == pytest.approx((210 * 72 / 25.4, 297 * 72 / 25.4), abs=1e-3)


@pytest.mark.parametrize("spec", ["phu_luc_04", "bo_phieu"])
def test_text_can_be_taken_out_again(spec: str, lay_out: LayOut, codes: Codes, family: FontFamily) -> None:
    """Every name and sentence is in the file as text, in Vietnamese letters."""
    layout = lay_out(spec=spec)
    with opened(ballots_pdf(layout, codes(layout), 1, family)) as document:
        words = words_of(document, 0)
    assert all(row.name in words for row in layout.pages[0].rows)
    assert "đề nghị" in words
    assert "NGƯỜI GHI PHIẾU (có thể ký tên hoặc không ký tên)" in words


def test_copies_are_alike(lay_out: LayOut, codes: Codes, family: FontFamily) -> None:
    """The ballot is secret: no copy differs from another in a single pixel."""
    layout = lay_out(17)
    with opened(ballots_pdf(layout, codes(layout), 3, family)) as document:
        pictures = [picture_of(document, page) for page in range(6)]
    for page in (0, 1):
        assert np.array_equal(pictures[page], pictures[page + 2])
        assert np.array_equal(pictures[page], pictures[page + 4])
    assert not np.array_equal(pictures[0], pictures[1])


def test_codes_are_asked_once_a_page(lay_out: LayOut, codes: Codes, family: FontFamily) -> None:
    """One code a page serves every copy, so that no copy can be told from another."""
    layout = lay_out(17)
    asked: list[tuple[int, int]] = []

    def payload(copy: int, page: int) -> str:
        asked.append((copy, page))
        return codes(layout)(copy, page)

    ballots_pdf(layout, payload, 5, family)
    assert asked == [(1, 1), (1, 2)]


def test_a_thousand_copies_are_small_and_quick(
    tmp_path: Path, lay_out: LayOut, codes: Codes, family: FontFamily
) -> None:
    """1,000 copies in one PDF under 3 MB and in under 5 s."""
    layout = lay_out()
    path = tmp_path / "ballots.pdf"
    begin = time.perf_counter()
    write_ballots(path, layout, codes(layout), 1000, family)
    assert time.perf_counter() - begin < 5
    assert path.stat().st_size < 3_000_000
    with opened(path.read_bytes()) as document:
        assert len(document) == 1000


def test_sheets_with_tokens_have_a_code_each(lay_out: LayOut, family: FontFamily) -> None:
    """With per_sheet each copy's code says its own token, and nothing else differs."""
    layout = lay_out(1)
    key = bytes(32)

    def payload(copy: int, page: int) -> str:
        return make_payload(key, "TESTABCD", page, 1, "ABC234", f"SHEET{copy}")

    with opened(ballots_pdf(layout, payload, 3, family, per_sheet=True)) as document:
        pictures = [picture_of(document, page) for page in range(3)]
    claims = [read_payload(zxingcpp.read_barcodes(picture)[0].text, key) for picture in pictures]
    assert [claim.sheet for claim in claims if claim and claim.genuine] == ["SHEET1", "SHEET2", "SHEET3"]
    x0, y0, x1, y1 = (round(at * 2 * 72 / 25.4) for at in (22, 267, 44, 289))
    for picture in pictures:
        picture[y0 - 1 : y1 + 1, x0 - 1 : x1 + 1] = 255
    assert np.array_equal(pictures[0], pictures[1])


def test_same_ballot_gives_the_same_bytes(lay_out: LayOut, codes: Codes, family: FontFamily) -> None:
    """No time stamp, no user's name: a file can be compared with another."""
    layout = lay_out()
    first, again = (ballots_pdf(layout, codes(layout), 2, family) for _ in range(2))
    assert first == again
    assert b"/Author ()" in first


@pytest.mark.parametrize(("people", "duplex"), [(1, b"/Simplex"), (17, b"/DuplexFlipLongEdge")])
def test_printer_is_asked_not_to_scale(
    people: int, duplex: bytes, lay_out: LayOut, codes: Codes, family: FontFamily
) -> None:
    """The print dialog starts at 100 %, and on both sides where a ballot has several (ISO 32000-1, 12.2)."""
    layout = lay_out(people)
    pdf = ballots_pdf(layout, codes(layout), 1, family)
    assert re.search(rb"/PrintScaling\s*/None", pdf)
    assert re.search(rb"/Duplex\s*" + duplex + rb"\b", pdf)


def test_every_font_is_embedded_as_a_subset(lay_out: LayOut, codes: Codes, family: FontFamily) -> None:
    """No printer replaces a font: each one named is in the file, cut to the letters used."""
    layout = lay_out()
    pdf = ballots_pdf(layout, codes(layout), 1, family)
    named = re.findall(rb"/BaseFont\s*/(\S+)", pdf)
    assert len(named) == len(re.findall(rb"/FontFile2", pdf)) == 4
    assert all(re.match(rb"[A-Z]{6}\+", name) for name in named)


def test_no_copies_are_refused(lay_out: LayOut, codes: Codes, family: FontFamily) -> None:
    """A PDF without pages is no PDF."""
    layout = lay_out(1)
    with pytest.raises(ValueError, match="at least one"):
        ballots_pdf(layout, codes(layout), 0, family)


def test_file_is_whole_or_untouched(
    tmp_path: Path, lay_out: LayOut, codes: Codes, family: FontFamily, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails leaves the old file and nothing beside it."""
    path = tmp_path / "ballots.pdf"
    path.write_bytes(b"old")

    def full_disk(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    layout = lay_out(1)
    with pytest.raises(OSError, match="No space"):
        write_ballots(path, layout, codes(layout), 1, family)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
