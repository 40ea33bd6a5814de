"""Trials of the reader: the deck in its short form, and the arithmetic of the accuracy report."""

from __future__ import annotations

from itertools import product

import pytest

from scripts.accuracy import Task, trial
from scripts.deck import deck
from scripts.simulate import Kind, Part, RowPlan, truth_of
from scripts.simulate.kinds import UNMARKED
from scripts.simulate.strokes import SELECTION
from scripts.tables import by_kind, confusion, upper_bound
from scripts.trial import RowResult, Verdict, verdict_of


def test_the_deck_has_every_kind_in_every_box_of_every_row():
    """Issue 3: every row × every box × every kind of mark once."""
    numbers, choices = (1, 2, 3), ("high", "medium", "low")
    done = {(row.number, row.kind, row.choice) for card in deck(numbers, choices) for row in card.rows}
    assert set(product(numbers, set(Kind) - UNMARKED, choices)) <= done
    assert all((number, kind, None) in done for number in numbers for kind in UNMARKED)


def test_the_deck_has_ballots_all_blank_and_all_marked():
    """Whole ballots of one kind, a box each."""
    cards = [{(row.kind, row.choice) for row in card.rows} for card in deck((1, 2), ("high", "low"))]
    assert {(Kind.BLANK, None)} in cards
    assert {(Kind.PLAIN_X, "high")} in cards


@pytest.mark.parametrize(
    ("kind", "reading", "verdict"),
    [
        (Kind.PLAIN_X, "low", Verdict.RIGHT),
        (Kind.PLAIN_X, "unsure", Verdict.FLAGGED),
        (Kind.PLAIN_X, "blank", Verdict.WRONG),
        (Kind.CORRECTION, "low", Verdict.RIGHT),
        (Kind.CORRECTION, "overvote", Verdict.WRONG),
        (Kind.STRUCK_LINE, "low", Verdict.WRONG),
        (Kind.STRUCK_LINE, "struck", Verdict.RIGHT),
    ],
)
def test_what_is_right_and_what_is_wrong(kind, reading, verdict):
    """Asking is never wrong; saying is right where it is the truth or what people decide."""
    assert verdict_of(truth_of(RowPlan(1, kind, "low")), reading) is verdict


@pytest.mark.parametrize(
    ("errors", "rows", "bound"), [(0, 100_000, 2.9957e-5), (1, 10_000, 4.743e-4), (0, 0, 1)]
)
def test_the_upper_bound_is_clopper_and_pearsons(errors, rows, bound):
    """Checked against tables: 0 of n gives 3/n, 1 of n gives 4.74/n."""
    assert upper_bound(errors, rows) == pytest.approx(bound, rel=1e-3)


def test_tables_count_every_row_once():
    """The numbers of a line add up to its rows."""
    truth = truth_of(RowPlan(1, Kind.TICK, "low"))
    results = [RowResult(truth, "low", "", Verdict.RIGHT), RowResult(truth, "high", "", Verdict.WRONG)]
    cells = [cell.strip() for cell in by_kind(results).splitlines()[2].split("|")]
    assert cells[1:-1] == ["tick", "2", "1", "0", "1", "0"]
    assert "| low " in confusion(results)


def test_a_trial_depends_on_its_numbers_only():
    """The same page whatever process tries it, and when."""
    task = Task("office", 5, 3, Part.TUNING, SELECTION, None)
    one, two = trial(task), trial(task)
    assert one.rows == two.rows
    assert one.misplaced_mm < 0.6
