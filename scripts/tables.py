"""Results of trials as tables of text, and what so many rows without an error say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import lgamma, log, log1p

import numpy as np

from scripts.simulate import Kind
from scripts.trial import RowResult, Verdict


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, its columns as wide as they need.

    >>> print(table(("kind", "n"), [("x", 1)]))
    | kind | n |
    |------|---|
    | x    | 1 |
    """
    cells = [tuple(str(cell) for cell in row) for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def by_kind(results: Sequence[RowResult]) -> str:
    """One line a kind of mark: rows, right, flagged, silently wrong, on unread pages."""
    counts = {kind: Counter(r.verdict for r in results if r.truth.kind is kind) for kind in Kind}
    rows = [
        (kind.value, sum(count.values()), *(count[verdict] for verdict in Verdict))
        for kind, count in counts.items()
        if count
    ]
    return table(("kind", "rows", *(verdict.value for verdict in Verdict)), rows)


def confusion(results: Sequence[RowResult]) -> str:
    """What rows were against what was read: every pair that occurs, as decided by people / as read."""
    counts = Counter((r.truth.truth, r.reading) for r in results if r.verdict is not Verdict.UNREAD)
    truths = sorted({truth for truth, _ in counts})
    readings = sorted({reading for _, reading in counts})
    rows = [(truth, *(counts[truth, reading] for reading in readings)) for truth in truths]
    return table(("truth \\ read", *readings), rows)


def upper_bound(errors: int, rows: int, confidence: float = 0.95) -> float:
    """The rate that so few errors in so many rows leave possible (Clopper and Pearson 1934, one-sided).

    >>> round(upper_bound(0, 1000), 5)
    0.00299
    >>> round(upper_bound(2, 100), 4)
    0.0616
    """
    if rows == 0 or errors >= rows:
        return 1.0
    low, high = errors / rows, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        if _at_most(errors, rows, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(errors: int, rows: int, rate: float) -> float:
    """Chance of at most that many errors, each row going wrong at that rate."""
    if rate >= 1:
        return 0.0
    counts = np.arange(errors + 1)
    ways = [lgamma(rows + 1) - lgamma(k + 1) - lgamma(rows - k + 1) for k in counts]
    return float(np.exp(np.array(ways) + counts * log(rate) + (rows - counts) * log1p(-rate)).sum())
