"""Sets words in lines: what is wide is broken, what is broken is placed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from layouts.errors import UnknownLetterError
from layouts.model import Align, Box, Rule, Style, Text

#: Width in mm of a line of text in a style and a size in points. Raises UnknownLetterError for a letter
#: that the font cannot draw.
TextMeasure = Callable[[str, Style, float], float]

MM_PER_POINT = 25.4 / 72

#: Baseline below the middle of a line, in type sizes: half of 0.58, between the capitals (0.66) and the small
#: letters (0.45) of Times New Roman, so that names look centred in their rows.
_BASELINE = 0.29

#: First-line indent of a paragraph, mm (Nghị định 30/2020/NĐ-CP, Phụ lục I: 1 cm or 1.27 cm).
INDENT_MM = 10.0

#: Where a line may break: at a space, but not before a dash that stands alone ("Tài chính - Kế hoạch").
_BREAK = re.compile(r"\s+(?![-–]\s)")

#: Widths tried between the narrowest and the full one: a step is a letter or two of a title line.
_BALANCE_STEPS = 24


@dataclass(frozen=True, slots=True)
class Face:
    """How a run of lines is set: style, size in points, distance of baselines in mm."""

    style: Style
    size_pt: float
    leading_mm: float


@dataclass(frozen=True, slots=True)
class Block:
    """Something placed on a page, and how far down it reaches, mm."""

    texts: tuple[Text, ...]
    bottom: float
    rules: tuple[Rule, ...] = ()


class WordTooWideError(ValueError):
    """A single word is wider than the line it should stand in."""

    def __init__(self, word: str, needed_mm: float) -> None:
        self.word = word
        self.needed_mm = needed_mm
        super().__init__(f"“{word}” is {needed_mm:.1f} mm wide")


def face(style: Style, size_pt: float, leading: float) -> Face:
    """A face whose baselines are `leading` type sizes apart."""
    return Face(style, size_pt, leading * size_pt * MM_PER_POINT)


def cleaned(text: str) -> str:
    """The text in composed letters (NFC) and with single spaces, as it is printed and kept.

    Raises:
        UnknownLetterError: for a control character or a mark that composes with no letter: fonts draw such
            letters as boxes or one beside the other.

    >>> cleaned("  Nguyễn   Văn A")
    'Nguyễn Văn A'
    """
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    for letter in composed:
        if unicodedata.category(letter)[0] in "CMZ" and letter != " ":
            raise UnknownLetterError(letter, composed)
    return composed


def wrap(
    text: str, width_mm: float, face: Face, measure: TextMeasure, indent_mm: float = 0
) -> tuple[str, ...]:
    """The text's lines, at most `width_mm` wide, the first at most that less `indent_mm`; () for no text.

    Raises:
        WordTooWideError: a word does not fit in a line.
    """
    lines: list[str] = []
    line = ""
    for word in _BREAK.split(text.strip()):
        longer = f"{line} {word}" if line else word
        room = width_mm if lines else width_mm - indent_mm
        if measure(longer, face.style, face.size_pt) <= room:
            line = longer
            continue
        needed = measure(word, face.style, face.size_pt)
        if needed > width_mm:
            raise WordTooWideError(word, needed)
        lines += [line] if line else []
        line = word
    return (*lines, line) if line else ()


def balanced(text: str, width_mm: float, face: Face, measure: TextMeasure) -> tuple[str, ...]:
    """The text in as few lines as `wrap` makes, but of about equal width: for centred lines.

    Raises:
        WordTooWideError: a word does not fit in a line.
    """
    lines = wrap(text, width_mm, face, measure)
    narrowest = measure(text, face.style, face.size_pt) / max(len(lines), 1)
    steps = range(_BALANCE_STEPS + 1)
    for room in (narrowest + (width_mm - narrowest) * step / _BALANCE_STEPS for step in steps):
        try:
            tried = wrap(text, room, face, measure)
        except WordTooWideError:
            continue
        if len(tried) == len(lines):
            return tried
    return lines


def without_lone_word(
    lines: tuple[str, ...], width_mm: float, face: Face, measure: TextMeasure
) -> tuple[str, ...]:
    """The lines with one word more on the last, where that has a single word and the other fits beside it."""
    if len(lines) < 2 or " " in lines[-1] or " " not in lines[-2]:
        return lines
    rest, _, moved = lines[-2].rpartition(" ")
    last = f"{moved} {lines[-1]}"
    fits = measure(last, face.style, face.size_pt) <= width_mm
    return (*lines[:-2], rest, last) if fits else lines


def stacked(lines: Sequence[str], at: float, top: float, face: Face, align: Align = "left") -> Block:
    """Lines under each other from `top`, all anchored at x = `at`."""
    texts = tuple(
        Text(at, _baseline(top, number, face), line, face.size_pt, face.style, align)
        for number, line in enumerate(lines)
    )
    return Block(texts, top + len(lines) * face.leading_mm)


def centered_in(
    lines: Sequence[str], box: Box, face: Face, align: Align, inset_mm: float
) -> tuple[Text, ...]:
    """Lines in the middle of a box's height, and at its left, middle or right."""
    at = {"left": box.x0 + inset_mm, "center": box.center[0], "right": box.x1 - inset_mm}[align]
    top = box.center[1] - len(lines) * face.leading_mm / 2
    return stacked(lines, at, top, face, align).texts


def justified(text: str, span: tuple[float, float], top: float, face: Face, measure: TextMeasure) -> Block:
    """A paragraph with both edges straight and its first line set in (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""
    left, right = span
    lines = wrap(text, right - left, face, measure, INDENT_MM)
    block = stacked(lines, left, top, face)
    indented = tuple(
        replace(line, x=left + INDENT_MM) if number == 0 else line for number, line in enumerate(block.texts)
    )
    spread = tuple(_spread(line, right, measure) for line in indented[:-1])
    return Block(spread + indented[-1:], block.bottom)


def _spread(line: Text, right: float, measure: TextMeasure) -> Text:
    spaces = line.text.count(" ")
    missing = right - line.x - measure(line.text, line.style, line.size_pt)
    return replace(line, spacing_mm=missing / spaces) if spaces else line


def _baseline(top: float, number: int, face: Face) -> float:
    return top + (number + 0.5) * face.leading_mm + _BASELINE * face.size_pt * MM_PER_POINT
