"""What a classifier is shown of a row, when rules and classifier are compared."""

from __future__ import annotations

from omr.evidence import CellSeen, Mark, Name, NameSeen, PageSeen, PageState, RowSeen
from scripts.learned import _example, features
from scripts.simulate import Kind, RowPlan, truth_of

PAGE = PageSeen(PageState.READ, dpi=200.0, residual_mm=0.1)


def row(*lengths, name=Name.CLEAN):
    cells = tuple(
        CellSeen(choice, Mark.MARKED if mm else Mark.EMPTY, length_mm=mm, contrast=0.5)
        for choice, mm in zip(("high", "medium", "low"), lengths, strict=True)
    )
    return RowSeen(1, cells, NameSeen(name))


def test_the_box_with_most_ink_comes_first_wherever_it_is():
    """Otherwise a classifier would learn which level people like, not what a mark is."""
    assert features(row(9.0, 0.0, 0.0), PAGE) == features(row(0.0, 9.0, 0.0), PAGE)
    assert features(row(9.0, 2.0, 0.0), PAGE) == features(row(0.0, 2.0, 9.0), PAGE)


def test_what_the_rules_saw_of_the_name_is_shown_too():
    assert features(row(9.0, 0.0, 0.0, name=Name.STRUCK), PAGE) != features(row(9.0, 0.0, 0.0), PAGE)


def test_what_people_would_decide_is_right_for_both():
    """Of a corrected row the rules may say what was meant; so may the trees."""
    truth = truth_of(RowPlan(1, Kind.CORRECTION, "low"))
    assert (truth.truth, truth.decided) == ("unsure", "low")
    assert _example(truth, row(0.0, 0.0, 9.0), PAGE).vote
    assert not _example(truth, row(9.0, 0.0, 0.0), PAGE).vote
