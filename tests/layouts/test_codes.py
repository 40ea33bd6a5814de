"""Codes: what is signed is believed, anything else is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.codes import Claim, fingerprint, make_payload, read_payload
from layouts.compose import compose
from layouts.content import Content, Person
from layouts.spec import load_spec
from layouts.typeset import TextMeasure

KEY = bytes(range(32))
#: ISO/IEC 18004, table 5: the alphanumeric mode.
QR_LETTERS = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@settings(max_examples=50, deadline=None)
@given(
    election=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=8, max_size=8),
    pages=st.tuples(st.integers(1, 99), st.integers(1, 99)).map(sorted),
    sheet=st.text("ABCDEFGH234567", max_size=10),
)
def test_a_code_says_what_was_put_into_it(election: str, pages: list[int], sheet: str) -> None:
    """read(make(x)) == x, and all of it in QR's alphanumeric letters."""
    payload = make_payload(KEY, election, pages[0], pages[1], "ABC234", sheet)
    assert set(payload) <= QR_LETTERS
    assert read_payload(payload, KEY) == Claim(election, pages[0], pages[1], "ABC234", sheet, genuine=True)


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 60), letter=st.sampled_from("ABCXYZ0123456789/"))
def test_a_changed_letter_is_never_genuine(at: int, letter: str) -> None:
    """A code with any letter changed is foreign or forged."""
    payload = make_payload(KEY, "DEMO2023", 1, 2, "ABC234", "SHEET1")
    changed = payload[: at % len(payload)] + letter + payload[at % len(payload) + 1 :]
    claim = read_payload(changed, KEY)
    assert claim is None or claim.genuine == (changed == payload)


def test_another_key_makes_a_forged_code() -> None:
    """Whoever lacks the key can write the format but not the tag."""
    claim = read_payload(make_payload(bytes(32), "DEMO2023", 1, 2, "ABC234"), KEY)
    assert claim == Claim("DEMO2023", 1, 2, "ABC234", "", genuine=False)


@pytest.mark.parametrize("text", ["", "https://example.com", "TN2/A/1/1/ABCDEF/" + "A" * 16, "TN1/A/1/1"])
def test_other_codes_are_not_ours(text: str) -> None:
    """A code of another format is None, not a forgery."""
    assert read_payload(text, KEY) is None


@pytest.mark.parametrize("line_end", ["\n", " ", "\x00"])
def test_nothing_may_follow_a_code(line_end: str) -> None:
    """A code with anything behind it is not ours."""
    assert read_payload(make_payload(KEY, "A", 1, 1, "ABC234") + line_end, KEY) is None


@pytest.mark.parametrize(
    "fields",
    [
        ("demo", 1, 1, "ABC234", ""),
        ("DEMO/1", 1, 1, "ABC234", ""),
        ("DEMO", 0, 1, "ABC234", ""),
        ("DEMO", 2, 1, "ABC234", ""),
        ("DEMO", 1, 1000, "ABC234", ""),
        ("DEMO", 1, 1, "ABC", ""),
        ("DEMO", 1, 1, "ABC234", "ẽ"),
    ],
)
def test_what_cannot_be_written_is_refused(fields: tuple[str, int, int, str, str]) -> None:
    """A field that a reader would not take back is never printed."""
    with pytest.raises(ValueError, match="cannot be written"):
        make_payload(KEY, *fields)


def test_short_keys_are_refused() -> None:
    """A key that can be tried out is no key."""
    with pytest.raises(ValueError, match="16 bytes"):
        make_payload(b"secret", "DEMO", 1, 1, "ABC234")


def test_fingerprint_changes_with_anything_printed(
    measure: TextMeasure, make_content: Callable[..., Content]
) -> None:
    """Two ballots that differ by one letter have different fingerprints; the same ballot has the same."""
    spec = load_spec("phu_luc_04")
    first, again, other = (
        fingerprint(compose(spec, make_content((Person(1, name),)), measure)) for name in ("An", "An", "Ân")
    )
    assert first == again != other
    layout = compose(spec, make_content((Person(1, "An"),)), measure)
    moved = dataclasses.replace(layout.pages[0], code_mm=layout.pages[0].code_mm.grown(-0.001))
    assert fingerprint(dataclasses.replace(layout, pages=(moved,))) != first
