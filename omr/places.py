"""Groups of pixels of a picture, looked up all at once: a page has hundreds of groups, of few pixels each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Some groups of pixels.

    Attributes:
        at: (n,) int, flat indices of the pixels, one group behind the other.
        sizes: (groups,) int, how many of them each group has; it may be none.
    """

    at: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, groups: Sequence[np.ndarray]) -> Self:
        """The groups, each the flat indices of its pixels, in their order."""
        return cls(
            np.concatenate([np.zeros(0, int), *groups]), np.array([len(group) for group in groups], int)
        )

    def means(self, flat: np.ndarray) -> np.ndarray:
        """(groups,) float64: each group's mean in a flat picture, uint8 or bool; 0 of an empty one."""
        return self.means_of(flat[self.at])

    def means_of(self, values: np.ndarray) -> np.ndarray:
        """(groups,) float64: each group's mean of `values`, (n,) uint8 or bool, one a pixel."""
        starts = np.cumsum(self.sizes) - self.sizes
        # The 0 behind the last pixel is where groups begin that are empty and last.
        values = np.append(values, np.zeros(1, values.dtype))
        # Of an empty group `reduceat` gives the pixel at its start.
        sums = np.add.reduceat(values, starts, dtype=np.uint32)
        result: np.ndarray = np.where(self.sizes > 0, sums, 0) / np.maximum(self.sizes, 1)
        return result
