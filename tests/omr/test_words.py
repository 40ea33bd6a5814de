"""Words: one catalogue, complete and without leftovers; numbers as each language writes them."""

from __future__ import annotations

import re
import string
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import omr
from layouts.errors import TEMPLATES
from omr import words
from omr.words import _, day, ngettext, number, percent, percent_hundredths, set_language

ROOT = Path(omr.__file__).parent
KEYWORDS = {"_": None, "ngettext": (1, 2), "later": None}


def said():
    """Every msgid that the code says, plural beside singular."""
    kinds = [("**.py", "python"), ("**.html", "jinja2")]
    found = extract_from_dir(ROOT, method_map=kinds, keywords=KEYWORDS)
    return {message if isinstance(message, str) else message[0]: message for _f, _l, message, _c, _x in found}


def catalogue():
    with (ROOT / "locale/vi.po").open("rb") as file:
        return {m.id if isinstance(m.id, str) else m.id[0]: m for m in read_po(file, locale="vi") if m.id}


def test_every_message_is_translated_and_no_translation_is_left_over():
    wanted = set(said()) | set(TEMPLATES.values())
    assert "stopped" in wanted
    assert sorted(wanted - set(catalogue())) == []
    assert sorted(set(catalogue()) - wanted) == []


def test_a_translation_is_not_empty_nor_doubtful():
    for message in catalogue().values():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert "fuzzy" not in message.flags


def fields(text):
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def test_a_translation_fills_in_what_the_message_does():
    """A placeholder that only one of the two has would be lost, or bring the program down."""
    for message in catalogue().values():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            assert fields(text) == fields(ids[-1]), ids[-1]


def test_messages_are_never_made_before_they_are_translated():
    """`_(f"…")` and `_("…".format(…))` can never be found in a catalogue."""
    for path in ROOT.rglob("*.py"):
        assert not re.search(r"\b(_|ngettext|later)\(\s*f[\"']", path.read_text(encoding="utf-8")), path


def test_no_message_hides_inside_another_text():
    """A message inside the braces of an f-string is not found by the extractor."""
    for path in ROOT.rglob("*.py"):
        assert not re.search(r"f\"[^\"]*\{_\([\"']", path.read_text(encoding="utf-8")), path


def test_vietnamese_is_spoken_unless_english_is_asked_for(monkeypatch):
    monkeypatch.delenv(words.VARIABLE, raising=False)
    assert _("DRAFT") == "BẢN NHÁP"
    set_language("en")
    assert _("DRAFT") == "DRAFT"


def test_the_environment_chooses_where_nobody_set_a_language(monkeypatch):
    words._chosen.set(None)
    monkeypatch.setenv(words.VARIABLE, "en")
    assert _("DRAFT") == "DRAFT"
    monkeypatch.setenv(words.VARIABLE, "de")
    assert _("DRAFT") == "BẢN NHÁP"


def test_an_empty_message_stays_empty():
    assert _("") == ""


def test_vietnamese_has_one_form_for_all_numbers():
    one = ngettext("{n} page flagged", "{n} pages flagged", 1)
    assert one == ngettext("{n} page flagged", "{n} pages flagged", 2)
    set_language("en")
    assert ngettext("{n} page flagged", "{n} pages flagged", 1) == "{n} page flagged"
    assert ngettext("{n} page flagged", "{n} pages flagged", 0) == "{n} pages flagged"


def test_numbers_and_dates_are_written_as_the_language_does():
    assert (number(1234), percent(Fraction(1, 3)), day(date(2023, 2, 1))) == ("1.234", "33,33", "01/02/2023")
    set_language("en")
    assert (number(1234), percent(Fraction(1, 3)), day(date(2023, 2, 1))) == ("1,234", "33.33", "01/02/2023")


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(0), "0,00"),
        (Fraction(1), "100,00"),
        (Fraction(2, 3), "66,67"),
        (Fraction(1, 800), "0,13"),
        (Fraction(201, 40000), "0,50"),
        (Fraction(1, 20000), "0,01"),
        (Fraction(1, 20001), "0,00"),
    ],
)
def test_a_share_is_rounded_half_up(share, shown):
    """Law, point 6; 1/20000 is exactly half a hundredth of a per cent, and goes up."""
    assert percent(share) == shown


@given(st.fractions(0, 1))
def test_a_shown_share_is_within_half_a_hundredth(share):
    assert abs(Fraction(percent_hundredths(share), 10_000) - share) <= Fraction(1, 20_000)
