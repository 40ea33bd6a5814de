"""Where one ballot of several pages ends and the next begins, from the page numbers alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: (incomplete ballots, ballots whose pages are out of the batch's order): fewer is likelier, in this order.
Cost = tuple[int, int]

_NOTHING: Final[Cost] = (0, 0)
_BEYOND: Final[Cost] = (1 << 60, 0)

#: Another way of cutting that costs up to this many turned sheets more is still likely enough to be told to
#: people: single sheets are often put in the other way round, whole runs are not.
_MARGIN: Final = 1


@dataclass(frozen=True, slots=True)
class Group:
    """The pages [start, stop) are one ballot's; `doubtful` where another cut is nearly as likely."""

    start: int
    stop: int
    doubtful: bool = False


def segment(numbers: Sequence[int], pages_in_ballot: int) -> tuple[Group, ...]:
    """Cut a run of pages into ballots.

    No ballot has a page twice. As few ballots as possible are incomplete, then as few as possible are out
    of order, where the order is the one in which most of the batch was scanned, forward or backward.

    Args:
        numbers: page number of each page, in the order scanned, from 1.
        pages_in_ballot: how many pages a whole ballot has.

    >>> [(group.start, group.stop) for group in segment([1, 2, 2, 1, 1, 1, 2], 2)]
    [(0, 2), (2, 4), (4, 5), (5, 7)]
    """
    if not numbers:
        return ()
    cuts = (_Cuts(numbers, pages_in_ballot, step) for step in (1, -1))
    return min(cuts, key=lambda cut: cut.best).groups()


class _Cuts:
    """All ways to cut one run, by what each costs, for pages scanned forward (1) or backward (-1)."""

    def __init__(self, numbers: Sequence[int], pages_in_ballot: int, step: int) -> None:
        self._numbers = numbers
        self._whole = pages_in_ballot
        self._step = step
        self._before = self._cheapest_before()
        self._after = self._cheapest_after()
        self.best: Cost = self._before[-1]

    def groups(self) -> tuple[Group, ...]:
        """The cheapest cut; of equal ones, the one whose ballots are whole earliest."""
        found: list[Group] = []
        start = 0
        while start < len(self._numbers):
            stop = max(stop for stop in self._stops(start) if self._total(start, stop) == self.best)
            found.append(Group(start, stop, self._is_doubtful(start, stop)))
            start = stop
        return tuple(found)

    def _is_doubtful(self, start: int, stop: int) -> bool:
        """Whether a cut without this group, but with pages of it otherwise grouped, is nearly as cheap."""
        first = max(0, start - self._whole + 1)
        return any(
            other_stop > start and (other, other_stop) != (start, stop) and self._is_near(other, other_stop)
            for other in range(first, stop)
            for other_stop in self._stops(other)
        )

    def _is_near(self, start: int, stop: int) -> bool:
        incomplete, disorder = self._total(start, stop)
        return incomplete == self.best[0] and disorder <= self.best[1] + _MARGIN

    def _total(self, start: int, stop: int) -> Cost:
        return _sum(_sum(self._before[start], self._cost(start, stop)), self._after[stop])

    def _stops(self, start: int) -> Iterator[int]:
        """Where a ballot that begins at `start` may end: before a page number comes again."""
        seen: set[int] = set()
        for at in range(start, min(start + self._whole, len(self._numbers))):
            if self._numbers[at] in seen:
                return
            seen.add(self._numbers[at])
            yield at + 1

    def _cost(self, start: int, stop: int) -> Cost:
        group = self._numbers[start:stop]
        ordered = sorted(group, reverse=self._step < 0) == list(group)
        return int(stop - start < self._whole), int(not ordered)

    def _cheapest_before(self) -> list[Cost]:
        cheapest = [_NOTHING] + [_BEYOND] * len(self._numbers)
        for start in range(len(self._numbers)):
            for stop in self._stops(start):
                cheapest[stop] = min(cheapest[stop], _sum(cheapest[start], self._cost(start, stop)))
        return cheapest

    def _cheapest_after(self) -> list[Cost]:
        cheapest = [_BEYOND] * len(self._numbers) + [_NOTHING]
        for start in reversed(range(len(self._numbers))):
            for stop in self._stops(start):
                cheapest[start] = min(cheapest[start], _sum(self._cost(start, stop), cheapest[stop]))
        return cheapest


def _sum(one: Cost, other: Cost) -> Cost:
    return one[0] + other[0], one[1] + other[1]
