"""The test deck in short: every kind of mark in some rows and boxes of both layouts, several row counts."""

from __future__ import annotations

from collections import Counter

import pytest

from omr.rules import UNSURE
from scripts.deck import deck, scans
from scripts.simulate import EXPECTED, OFFICE, Kind, Part, load_strokes
from scripts.trial import Verdict, ballot_of, read_scan

#: Layout, people, every so many-th card: together some 20 scans, in which every kind stands at least twice.
SHORT = (
    ("phu_luc_04", 11, 14),
    ("phu_luc_04", 3, 47),
    ("phu_luc_04", 1, 47),
    ("phu_luc_04", 17, 49),
    ("bo_phieu", 11, 29),
)
CASES = [f"{spec}-{people}" for spec, people, _ in SHORT]


@pytest.fixture(scope="module")
def strokes():
    """Writers that no threshold was chosen on."""
    return load_strokes().only(Part.MEASURING)


@pytest.fixture(scope="module")
def results(strokes):
    """The pages of every case, read once."""
    found = {}
    for case, (spec, people, step) in zip(CASES, SHORT, strict=True):
        ballot = ballot_of(people, spec)
        found[case] = [read_scan(s, ballot) for s in scans(ballot, strokes, OFFICE, seed=5, step=step)]
    return found


@pytest.mark.parametrize("case", CASES)
def test_no_row_of_the_deck_is_silently_wrong(results, case):
    """A row is read as what it is, or people are asked; every page is read."""
    assert all(page.read for page in results[case])
    assert [row for page in results[case] for row in page.rows if row.verdict is Verdict.WRONG] == []


def test_plain_rows_of_the_deck_are_hardly_ever_asked_about(results):
    """At an office at most one plain row in fifty waits for a person (the full deck measures 0.3 %)."""
    rows = [row for pages in results.values() for page in pages for row in page.rows if row.truth.plain]
    asked = [row for row in rows if row.reading == UNSURE]
    assert len(rows) > 40
    assert len(asked) <= len(rows) / 50, asked


def test_every_kind_stands_in_the_short_deck(results):
    """Nothing is left out of the short form but repetitions."""
    count = Counter(row.truth.kind for pages in results.values() for page in pages for row in page.rows)
    assert set(count) == set(Kind) == set(EXPECTED)
    assert min(count.values()) >= 2


@pytest.mark.parametrize("choices", [("high", "medium", "low"), ("confidence", "no_confidence")])
def test_the_whole_deck_has_every_row_box_and_kind_once(choices):
    """Every row × every box × every kind, and ballots all blank and all marked."""
    numbers = tuple(range(1, 12))
    cards = list(deck(numbers, choices))
    seen = Counter((row.number, row.kind, row.choice) for card in cards for row in card.rows)
    boxed = [kind for kind in Kind if kind not in {Kind.BLANK, Kind.THREE_MARKS}]
    assert all(seen[number, kind, choice] for number in numbers for kind in boxed for choice in choices)
    assert [{row.kind for row in card.rows} for card in cards].count({Kind.BLANK}) == 1
    assert [{row.kind for row in card.rows} for card in cards].count({Kind.PLAIN_X}) == len(choices)
