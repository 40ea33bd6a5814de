"""Words in lines: nothing lost, nothing too wide."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.errors import UnknownLetterError
from layouts.model import Style
from layouts.typeset import WordTooWideError, balanced, cleaned, face, justified, wrap

TYPE = face("regular", 12, 1.2)
words = st.lists(st.text("aăâđêôơư", min_size=1, max_size=12), max_size=30).map(" ".join)


def measure(text: str, style: Style, size_pt: float) -> float:
    """Two millimetres a letter."""
    return 2.0 * len(text)


@settings(max_examples=100, deadline=None)
@given(words, st.integers(24, 120))
def test_lines_hold_every_word_and_are_not_too_wide(text: str, width: int) -> None:
    """Joining the lines gives back the text, and each line fits."""
    lines = wrap(text, width, TYPE, measure)
    assert " ".join(lines) == text
    assert all(measure(line, "regular", 12) <= width for line in lines)


@settings(max_examples=100, deadline=None)
@given(words, st.integers(24, 120))
def test_balanced_lines_are_as_few_and_no_wider(text: str, width: int) -> None:
    """Balancing changes where lines break, not how many there are."""
    plain, even = wrap(text, width, TYPE, measure), balanced(text, width, TYPE, measure)
    assert len(even) == len(plain)
    assert " ".join(even) == text
    assert max(map(len, even), default=0) <= max(map(len, plain), default=0)


def test_word_wider_than_the_line_is_named() -> None:
    """A word is never cut: the error says which and how much it needs."""
    with pytest.raises(WordTooWideError) as caught:
        wrap("ông Abcdefghij", 19, TYPE, measure)
    assert (caught.value.word, caught.value.needed_mm) == ("Abcdefghij", 20)


def test_no_line_starts_with_a_dash() -> None:
    """A dash between words stays with the word before it."""
    assert wrap("Tài chính - Kế hoạch", 20, TYPE, measure) == ("Tài", "chính - Kế", "hoạch")


def test_justified_lines_end_at_the_margin() -> None:
    """Every line but the last reaches both edges; the first is set in."""
    texts = justified("một hai ba bốn năm sáu bảy tám chín mười trăm", (20, 60), 0, TYPE, measure).texts
    ends = [
        text.x + measure(text.text, "regular", 12) + text.text.count(" ") * text.spacing_mm for text in texts
    ]
    assert [text.x for text in texts] == [30, 20, 20]
    assert ends[:-1] == pytest.approx([60, 60])
    assert texts[-1].spacing_mm == 0


def test_letters_are_composed_and_spaces_single() -> None:
    """A name typed in decomposed letters is printed and kept in composed ones."""
    assert cleaned(" Nguye\u0302\u0303n \t Ha\u0300 ") == "Nguyễn Hà"


@pytest.mark.parametrize("text", ["A\u0000n", "A\u200bn", "\ue000", "q\u0309"])
def test_letters_that_no_font_draws_are_refused(text: str) -> None:
    """Control characters, invisible ones, private ones and marks on no letter are refused."""
    with pytest.raises(UnknownLetterError):
        cleaned(text)
