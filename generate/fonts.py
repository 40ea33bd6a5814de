"""Finds a serif family whose four styles hold every Vietnamese letter, and measures text in it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from layouts.errors import UnknownLetterError
from layouts.model import Style

#: Name of a family, to have the same pages on every machine ("dejavu serif").
FORCE = "OMR_FONT_FAMILY"

#: The family that every installation has: it comes with matplotlib.
LAST_RESORT = "DejaVu Serif"

STYLES: tuple[Style, ...] = ("regular", "bold", "italic", "bold_italic")

_BASES = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")  # level, grave, acute, tilde, hook, dot
_SMALL = "".join(unicodedata.normalize("NFC", base + tone) for base in _BASES for tone in _TONES)
_LATIN = "".join(map(chr, range(0x20, 0x7F)))

#: Every letter that a family must have in all four styles: the Vietnamese alphabet with all tone marks,
#: ASCII, and the punctuation of official papers.
ALPHABET = "".join(sorted({*_SMALL, *_SMALL.upper(), *"đĐ", *_LATIN, *"–—…“”‘’«»§°×"}))

_WINDOWS = ("times.ttf", "timesbd.ttf", "timesi.ttf", "timesbi.ttf")
_MSTTCOREFONTS = (
    "Times_New_Roman.ttf",
    "Times_New_Roman_Bold.ttf",
    "Times_New_Roman_Italic.ttf",
    "Times_New_Roman_Bold_Italic.ttf",
)
_MAC = (
    "Times New Roman.ttf",
    "Times New Roman Bold.ttf",
    "Times New Roman Italic.ttf",
    "Times New Roman Bold Italic.ttf",
)

#: Families in order of preference, each with the file names it goes by, in the order of STYLES. A family by
#: name is not enough: Liberation Serif has no Vietnamese letters before version 2.
_FAMILIES: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("Times New Roman", (_WINDOWS, _MSTTCOREFONTS, _MAC)),
    (
        "Liberation Serif",
        (tuple(f"LiberationSerif-{style}.ttf" for style in ("Regular", "Bold", "Italic", "BoldItalic")),),
    ),
    ("Tinos", (tuple(f"Tinos-{style}.ttf" for style in ("Regular", "Bold", "Italic", "BoldItalic")),)),
    (
        LAST_RESORT,
        (
            (
                "DejaVuSerif.ttf",
                "DejaVuSerif-Bold.ttf",
                "DejaVuSerif-Italic.ttf",
                "DejaVuSerif-BoldItalic.ttf",
            ),
        ),
    ),
)


class FontError(RuntimeError):
    """No usable family: a broken installation, or a forced name that is not there."""


@dataclass(frozen=True, slots=True, eq=False)
class FontFamily:
    """Four styles of one family, ready to measure and to embed."""

    name: str
    fonts: dict[Style, Any]

    def measure(self, text: str, style: Style, size_pt: float) -> float:
        """Width of a line of text as printed, mm.

        Raises:
            UnknownLetterError: the font has no such letter.
        """
        widths = self.fonts[style].face.charWidths
        glyphs = self.fonts[style].face.charToGlyph
        total = 0.0
        for letter in text:
            if ord(letter) not in glyphs:
                raise UnknownLetterError(letter, text)
            total += widths[ord(letter)]
        return total / 1000 * size_pt * 25.4 / 72

    def font_name(self, style: Style) -> str:
        """The name under which reportlab knows the style."""
        return str(self.fonts[style].fontName)


def find_family(name: str = "") -> FontFamily:
    """The first usable family, or the one of that name (or of the variable OMR_FONT_FAMILY).

    Raises:
        FontError: there is none.
    """
    found = next(find_families(name), None)
    if found is None:
        wanted = _wanted(name) or "family"
        raise FontError(f"no usable font {wanted}: install Liberation Serif, or matplotlib again")
    return found


def find_families(name: str = "") -> Iterator[FontFamily]:
    """Every usable family of this machine, the best first; where one is named or forced, that alone."""
    wanted = _wanted(name)
    for family, file_names in _FAMILIES:
        if wanted in ("", family.casefold()):
            found = _load_first(family, file_names)
            if found:
                yield found


def _wanted(name: str) -> str:
    return (name or os.environ.get(FORCE, "")).strip().casefold()


def missing_letters(family: FontFamily) -> str:
    """Letters of ALPHABET that some style of the family lacks."""
    faces = [font.face for font in family.fonts.values()]
    return "".join(
        letter for letter in ALPHABET if any(ord(letter) not in face.charToGlyph for face in faces)
    )


@cache
def _load_first(family: str, file_names: tuple[tuple[str, ...], ...]) -> FontFamily | None:
    for folder in _folders(family):
        for names in file_names:
            found = _load(family, [folder / name for name in names])
            if found and not missing_letters(found):
                _register(found)
                return found
    return None


def _load(family: str, files: list[Path]) -> FontFamily | None:
    if not all(file.is_file() for file in files):
        return None
    try:
        fonts = {
            style: TTFont(f"{family} {style}", str(file)) for style, file in zip(STYLES, files, strict=True)
        }
    except (TTFError, OSError):
        return None
    return FontFamily(family, fonts)


def _register(family: FontFamily) -> None:
    """Make the family known to reportlab, which keeps the first font of a name: only one that is used."""
    for font in family.fonts.values():
        pdfmetrics.registerFont(font)


def _folders(family: str) -> tuple[Path, ...]:
    """Where to look for a family; the last resort is matplotlib's copy, the same on every machine."""
    return (_matplotlib_folder(),) if family == LAST_RESORT else _system_folders()


def _matplotlib_folder() -> Path:
    import matplotlib as mpl  # noqa: PLC0415 - slow to import, and wanted only where no other font is there

    return Path(mpl.get_data_path()) / "fonts/ttf"


@cache
def _system_folders() -> tuple[Path, ...]:
    return tuple(_walk_system_folders())


def _walk_system_folders() -> Iterator[Path]:
    home = Path.home()
    roots = [
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
        home / "AppData/Local/Microsoft/Windows/Fonts",
        Path("/System/Library/Fonts/Supplemental"),
        Path("/Library/Fonts"),
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]
    for root in roots:
        if root.is_dir():
            yield root
            yield from sorted(folder for folder in root.rglob("*") if folder.is_dir())
