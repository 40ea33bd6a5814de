"""Fonts: no ballot is printed with a letter missing."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import matplotlib as mpl
import pytest
from reportlab.pdfbase import pdfmetrics

import generate.fonts
from generate.fonts import ALPHABET, FORCE, LAST_RESORT, FontError, FontFamily, find_family, missing_letters
from layouts.errors import UnknownLetterError


def test_alphabet_holds_every_vietnamese_letter() -> None:
    """12 vowels with 6 tones and đ, small and capital: (12 * 6 + 1) * 2 letters; consonants are ASCII."""
    vietnamese = [
        letter
        for letter in ALPHABET
        if letter in "đĐ" or unicodedata.normalize("NFD", letter)[0] in "aeiouyAEIOUY"
    ]
    assert len(vietnamese) == (12 * 6 + 1) * 2
    assert set("ẬẶỆỘỢỰỴỹẵỡữ") <= set(vietnamese)


def test_last_resort_has_every_letter_in_all_styles(family: FontFamily) -> None:
    """The family that every installation has can print every name."""
    assert family.name == LAST_RESORT
    assert missing_letters(family) == ""


def test_some_family_is_found_without_asking() -> None:
    """Whatever the machine has, a complete family is found."""
    assert missing_letters(find_family()) == ""


def test_width_is_proportional_to_size(family: FontFamily) -> None:
    """Twice the size is twice as wide; a bold line is wider."""
    narrow = family.measure("Nguyễn Thị", "regular", 10)
    assert family.measure("Nguyễn Thị", "regular", 20) == pytest.approx(2 * narrow)
    assert family.measure("Nguyễn Thị", "bold", 10) > narrow > 0


def test_letter_without_glyph_is_named(family: FontFamily) -> None:
    """The measure refuses what would be printed as an empty box."""
    with pytest.raises(UnknownLetterError) as caught:
        family.measure("Lý 中", "regular", 12)
    assert (caught.value.letter, caught.value.text) == ("中", "Lý 中")


def test_incomplete_family_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files with the right names and not every letter (Liberation Serif 1) do not count."""
    poor = Path(mpl.get_data_path()) / "fonts/ttf/cmr10.ttf"
    for style in ("Regular", "Bold", "Italic", "BoldItalic"):
        shutil.copy(poor, tmp_path / f"LiberationSerif-{style}.ttf")
    monkeypatch.setattr(generate.fonts, "_system_folders", lambda: (tmp_path,))
    generate.fonts._load_first.cache_clear()
    assert find_family().name == LAST_RESORT
    with pytest.raises(FontError, match="liberation serif"):
        find_family("Liberation Serif")
    generate.fonts._load_first.cache_clear()


def test_a_family_that_was_passed_over_is_not_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Liberation Serif 1 beside 2: reportlab keeps the first font of a name, and is told the second only."""
    fonts = Path(mpl.get_data_path()) / "fonts/ttf"
    styles = (("Regular", ""), ("Bold", "-Bold"), ("Italic", "-Italic"), ("BoldItalic", "-BoldItalic"))
    for style, name in styles:
        for folder, source in (("poor", "cmr10.ttf"), ("rich", f"DejaVuSerif{name}.ttf")):
            (tmp_path / folder).mkdir(exist_ok=True)
            shutil.copy(fonts / source, tmp_path / folder / f"LiberationSerif-{style}.ttf")
    monkeypatch.setattr(generate.fonts, "_system_folders", lambda: (tmp_path / "poor", tmp_path / "rich"))
    monkeypatch.setattr(pdfmetrics, "_fonts", {})
    monkeypatch.setattr(pdfmetrics, "_dynFaceNames", {})
    generate.fonts._load_first.cache_clear()
    found = find_family("Liberation Serif")
    for style in generate.fonts.STYLES:
        assert pdfmetrics.getFont(found.font_name(style)) is found.fonts[style]
    generate.fonts._load_first.cache_clear()


def test_broken_font_file_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no font is as good as none."""
    for style in ("Regular", "Bold", "Italic", "BoldItalic"):
        (tmp_path / f"Tinos-{style}.ttf").write_bytes(b"not a font")
    monkeypatch.setattr(generate.fonts, "_system_folders", lambda: (tmp_path,))
    generate.fonts._load_first.cache_clear()
    assert find_family().name == LAST_RESORT
    generate.fonts._load_first.cache_clear()


def test_family_can_be_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the family; a name that is not there is an error, not another family."""
    monkeypatch.setenv(FORCE, "DejaVu Serif")
    assert find_family().name == "DejaVu Serif"
    monkeypatch.setenv(FORCE, "Comic")
    with pytest.raises(FontError, match="comic"):
        find_family()
