"""Which stored pages are scans of one sheet, by their handwriting: every page against every other, once."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from omr.store.values import Alike, Likeness
from omr.trace import candidates, same_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from omr.store.database import Store


def note_likenesses(store: Store) -> None:
    """Compare the pages that have not been compared yet with all others, of this count and the other.

    Within a count a likeness tells a sheet that was scanned twice; across counts it is how the sheets of
    one are found in the other.

    Which of two pages is called the duplicate is not decided here: a likeness has no direction, so the
    order in which processes came to it does not matter. Two processes at once may both compare a pair,
    but none is left out: each looks at everything stored before it looks.
    """
    known = store.compared()
    traces = store.traces()
    new = frozenset(page for page, _number, _trace in traces if page not in known)
    if new:
        store.add_likenesses(sorted(new), likenesses(traces, new))


def likenesses(traces: Iterable[tuple[str, int, bytes]], new: frozenset[str]) -> list[Alike]:
    """Pages that may be one sheet's, of which at least one is new; `traces`: page id, page number, trace."""
    by_number: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
    for page, number, trace in traces:
        by_number[number].append((page, trace))
    return list(chain.from_iterable(_alike(group, new) for group in by_number.values()))


def _alike(pages: Sequence[tuple[str, bytes]], new: frozenset[str]) -> Iterator[Alike]:
    """Likenesses among pages of one number, of which at least one is new."""
    for i, j in candidates([trace for _page, trace in pages]):
        (one, one_trace), (other, other_trace) = sorted((pages[i], pages[j]))
        if one in new or other in new:
            likeness = same_sheet(one_trace, other_trace)
            if likeness in {member.value for member in Likeness}:
                yield Alike(one, other, Likeness(likeness.value))
