"""Percentiles of tones, which are counted: there are only 256, and NumPy's own would sort them, or partly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_TONES = 256


def percentile(tones: np.ndarray, share: float) -> float:
    """What `np.percentile(tones, share)` says of tones, (n,) uint8, n at least 1."""
    counts = np.cumsum(np.bincount(tones, minlength=_TONES))
    below, part = _place(len(tones), share)
    low, high = np.searchsorted(counts, (below, min(below + 1, len(tones) - 1)), side="right").tolist()
    return _between(low, high, part)


def percentile_of(values: np.ndarray, share: float) -> float:
    """What `np.percentile(values, share)` says of a few numbers, (n,) float64, n at least 1, none of it NaN.

    For a handful NumPy's own takes twenty times as long.
    """
    ordered = sorted(values.tolist())
    below, part = _place(len(ordered), share)
    return _between(ordered[below], ordered[min(below + 1, len(ordered) - 1)], part)


def _place(size: int, share: float) -> tuple[int, float]:
    """The rank below a share (0 to 100) of so many values, and how far from it towards the next, 0 to 1."""
    place = (size - 1) * (share / 100)
    return int(place), place - int(place)


def _between(low: float, high: float, part: float) -> float:
    """Reckoned from the nearer of the two, as NumPy does: from the other the last bit may differ."""
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def percentiles(tones: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """(shares, groups) float64: to the last bit what `np.percentile(tones, shares, axis=1)` says.

    Args:
        tones: (groups, n) uint8, n at least 1.
        shares: of each group, 0 to 100.
    """
    size = tones.shape[1]
    place = (size - 1) * (np.array(shares) / 100)
    below = np.floor(place).astype(int)
    ranks = np.minimum(below + np.array([(0,), (1,)]), size - 1)[..., None]
    low, high = ranked(tones.ravel(), np.full(len(tones), size), ranks)
    # Reckoned from the nearer of the two, as NumPy does: from the other the last bit may differ.
    part = (place - below)[:, None]
    result: np.ndarray = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
    return result


def ranked(tones: np.ndarray, sizes: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """(..., groups) int: the tones that have some ranks among those of their group, from 0 the least.

    Args:
        tones: (n,) uint8, one group behind the other.
        sizes: (groups,) int, how many each has. Of one that has none, any number comes back.
        ranks: (..., groups) int, or what goes with it.
    """
    groups = np.arange(len(sizes))
    counts = np.bincount(tones + np.repeat(_TONES * groups, sizes), minlength=_TONES * len(sizes))
    # Ranks go on from group to group, as the counts do.
    first = np.cumsum(sizes) - sizes
    found: np.ndarray = np.searchsorted(np.cumsum(counts), ranks + first, side="right") - _TONES * groups
    return found
