"""Rows on pages: in order, never split, on as few pages as there can be."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.paginate import Room, paginate

ROOM = Room(first=30, first_and_last=20, middle=50, last=40)


def fits(counts: tuple[int, ...], heights: list[int], room: Room) -> bool:
    """Whether each page of that partition holds its rows."""
    done = 0
    for page, count in enumerate(counts):
        last = page == len(counts) - 1
        whole = (
            (room.first_and_last if last else room.first) if page == 0 else room.last if last else room.middle
        )
        if count < 1 or sum(heights[done : done + count]) > whole:
            return False
        done += count
    return done == len(heights)


def partitions(count: int) -> list[tuple[int, ...]]:
    """Every way to cut a list of that length, fewest pieces first."""
    cuts = [cut for pieces in range(count) for cut in combinations(range(1, count), pieces)]
    return [tuple(b - a for a, b in zip((0, *cut), (*cut, count), strict=True)) for cut in cuts]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(9, 40), min_size=1, max_size=8))
def test_uses_as_few_pages_as_any_partition(heights: list[int]) -> None:
    """No other way to cut the list into pages needs fewer of them."""
    possible = [counts for counts in partitions(len(heights)) if fits(counts, heights, ROOM)]
    counts = paginate(heights, ROOM)
    if possible:
        assert counts is not None
        assert fits(counts, heights, ROOM)
        assert len(counts) == len(possible[0])


@pytest.mark.parametrize(
    ("heights", "counts"),
    [
        ([9, 9], (2,)),
        ([10, 10, 10], (2, 1)),  # fits page 1 without the signature, which takes the last row with it
        ([9] * 8, (3, 4, 1)),
        ([9] * 9, (3, 5, 1)),
    ],
)
def test_last_page_has_a_row_beside_the_signature(heights: list[int], counts: tuple[int, ...]) -> None:
    """A last page never has the signature alone."""
    assert paginate(heights, ROOM) == counts


@pytest.mark.parametrize("heights", [[51], [9, 51], [9, 9, 45], [31, 9]])
def test_row_taller_than_its_page_is_refused(heights: list[int]) -> None:
    """A row is never split: one that fits on no page makes no ballot."""
    assert paginate(heights, ROOM) is None
