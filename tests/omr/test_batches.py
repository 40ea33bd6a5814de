"""A batch as a whole: what no page shows by itself is said once, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omr.assemble import Standing
from omr.batches import batch_notes
from omr.evidence import Flag, PageState
from omr.rules import RowReading
from omr.store import Fit, Page


def page(at: int, state=PageState.READ, number: int | None = 1, batch: int = 1) -> Standing:
    name = f"{batch}-{at}"
    seen = (name, state, number, ())
    stored = Page(
        name, name, batch, f"{batch}.pdf", at, *seen, has_ink=True, original="", strip="", problem=""
    )
    return Standing(stored, state, ())


def codes(pages, residuals=0.1, dpi=200.0, unsure=0, pages_in_ballot=1):
    """The codes said of pages with these residuals and resolutions (one, or one a page)."""
    count = len(pages)
    mm = residuals if isinstance(residuals, list) else [residuals] * count
    per_inch = dpi if isinstance(dpi, list) else [dpi] * count
    fits = {each.page.id: Fit(d, r) for each, d, r in zip(pages, per_inch, mm, strict=True)}
    rows = (RowReading(1, "unsure"),) * unsure + (RowReading(2, "high"),) * (10 - unsure)
    readings = {each.page.id: rows for each in pages}
    return [note.code for note in batch_notes(pages, fits, readings, pages_in_ballot)]


TEN = [page(at) for at in range(1, 11)]


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({}, []),
        ({"residuals": 0.7}, []),
        ({"residuals": 0.9}, ["batch_misplaced"]),
        ({"residuals": [0.1] * 9 + [0.9]}, ["page_misplaced"]),
        ({"residuals": [0.1] * 9 + [0.5]}, []),
        ({"dpi": [200.0] * 9 + [190.0]}, ["page_scaled"]),
        ({"dpi": [200.0] * 9 + [199.0]}, []),
        ({"dpi": [200.0] * 5 + [300.0] * 5}, []),
        ({"dpi": [180.0 + 4 * at for at in range(10)]}, []),
        ({"unsure": 2}, []),
        ({"unsure": 3}, ["batch_unclear"]),
    ],
)
def test_each_page_is_compared_with_the_others_of_its_batch(about, said):
    """A batch misplaced as a whole, a page unlike the others, and more questions than voters make."""
    assert codes(TEN, **about) == said


def test_a_batch_too_small_to_have_anything_usual_is_left_alone():
    assert codes(TEN[:4], residuals=0.9, unsure=9) == []


def test_batches_are_judged_each_by_itself():
    """A bad run of the scanner is named although the good ones outnumber it."""
    good, bad = [page(at, batch=1) for at in range(20)], [page(at, batch=2) for at in range(5)]
    pages = good + bad
    fits = {each.page.id: Fit(200, 1.0 if each.page.batch == 2 else 0.1) for each in pages}
    (note,) = batch_notes(pages, fits, {}, 1)
    assert (note.code, note.batch) == ("batch_misplaced", 2)
    assert note.text.startswith("2.pdf")


def test_single_sided_scans_of_double_sided_ballots_are_one_line():
    """Only fronts came in: said once, beside the flags of the ballots."""
    fronts = [page(at, number=1) for at in range(1, 11)]
    assert codes(fronts, pages_in_ballot=2) == ["one_sided"]
    assert codes([page(1, number=2), page(2, number=2)], pages_in_ballot=2) == ["one_sided"]
    assert codes([page(1, number=1), page(2, number=3)], pages_in_ballot=4) == ["one_sided"]
    both = [page(at, number=1 + at % 2) for at in range(10)]
    assert codes(both, pages_in_ballot=2) == []
    assert codes(fronts, pages_in_ballot=1) == []


def test_the_wrong_stack_is_told_by_its_strangers():
    strangers = [page(at, PageState.FOREIGN, None) for at in range(6)]
    assert "batch_not_ours" in codes(strangers + TEN[:4])
    assert "batch_not_ours" not in codes(strangers[:4] + TEN)
    assert codes([page(at, PageState.BLANK, None) for at in range(20)] + TEN) == []


def test_a_ballot_of_another_election_is_said():
    """It is not counted here, and nobody passes it over."""
    other = page(1, PageState.FOREIGN, None)
    other = replace(other, page=replace(other.page, flags=(Flag.CODE_OTHER_ELECTION,)))
    assert codes([other, *TEN[1:4]]) == ["other_election"]
