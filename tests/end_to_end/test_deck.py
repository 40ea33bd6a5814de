"""The test deck in short: every kind of mark in some rows and boxes of both layouts, every row count."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from omr.rules import UNSURE
from scripts.deck import LAYOUTS, PEOPLE, deck, scans
from scripts.simulate import EXPECTED, OFFICE, Kind, Part, load_strokes
from scripts.trial import Verdict, ballot_of, read_scan

#: Of each layout and row count every so many-th card, one all blank and one all marked, and of each card one
#: page: what costs time is a page's scan. By this number every kind stands in them twice, in 38 pages.
STEP = 91
CASES = [(spec, people) for spec in LAYOUTS for people in PEOPLE]
NAMES = [f"{spec}-{people}" for spec, people in CASES]
#: An office less what takes half the time to simulate: tests of damages have 300 dpi, sizes and shadows.
SETTING = replace(OFFICE, dpi=(200.0,), print_scale=(1.0, 1.0), shadow=0.0)


@pytest.fixture(scope="module")
def strokes():
    """Writers that no threshold was chosen on."""
    return load_strokes().only(Part.MEASURING)


@pytest.fixture(scope="module")
def results(strokes):
    """The pages of every case, read once."""
    return {case: _read(ballot_of(case[1], case[0]), strokes) for case in CASES}


def _read(ballot, strokes):
    return [read_scan(s, ballot) for s in scans(ballot, strokes, SETTING, seed=5, step=STEP, one_page=True)]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_no_row_of_the_deck_is_silently_wrong(results, case):
    """A row is read as what it is, or people are asked; every page is read."""
    assert all(page.read for page in results[case])
    assert [row for page in results[case] for row in page.rows if row.verdict is Verdict.WRONG] == []


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_case_has_a_card_all_blank_and_one_all_marked(results, case):
    """A list without a mark, and one with a plain X in every row, beside cards with every kind."""
    kinds = [{row.truth.kind for row in page.rows} for page in results[case]]
    assert len(kinds) >= 3
    assert {Kind.BLANK} in kinds[1:]
    assert {Kind.PLAIN_X} in kinds[1:]


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
