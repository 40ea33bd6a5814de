"""Which rows stand on which page. Pure arithmetic on heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Sums of row heights may be off by this much, mm, and still fit.
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Room:
    """Heights that rows may take, mm.

    first, first_and_last: on page 1, if others follow or if it is the only one.
    middle, last: on the pages after it.
    """

    first: float
    first_and_last: float
    middle: float
    last: float


def paginate(heights: Sequence[float], room: Room) -> tuple[int, ...] | None:
    """How many rows each page takes, in order; None where a row fits on no page.

    Rows are never split, pages are filled one after the other, and the last page, which also holds the
    signature, has at least one row.

    >>> paginate([9] * 5, Room(first=30, first_and_last=20, middle=50, last=40))
    (3, 2)
    """
    pages: list[int] = []
    done = 0
    while done < len(heights):
        whole, last = (room.middle, room.last) if pages else (room.first, room.first_and_last)
        rest = heights[done:]
        if sum(rest) <= last + _SLACK:
            return (*pages, len(rest))
        count = min(_fitting(rest, whole), len(rest) - 1)
        if count == 0:
            return None
        pages.append(count)
        done += count
    return tuple(pages)


def _fitting(heights: Sequence[float], room: float) -> int:
    total = 0.0
    for count, height in enumerate(heights):
        total += height
        if total > room + _SLACK:
            return count
    return len(heights)
