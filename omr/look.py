"""Watching the reader work: an observer that any stage may show a picture to.

Nothing is drawn unless somebody looks. `omr look` passes a `Sketchbook`; a scan passes `nobody`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

Picture = np.ndarray  # (H, W) grey or (H, W, 3) BGR, uint8


class Look(Protocol):
    """Somebody who may want to see a step; `draw` runs only if they do."""

    def __call__(self, step: str, draw: Callable[[], Picture]) -> None:
        """Offer the picture of one step, e.g. `look("fiducials", lambda: drawing)`."""


def nobody(step: str, draw: Callable[[], Picture]) -> None:
    """Nobody looks: nothing is drawn."""


@dataclass(slots=True)
class Sketchbook:
    """Keeps every picture in the order of the steps: `[("01-fiducials", picture), …]`."""

    pictures: list[tuple[str, Picture]] = field(default_factory=list)

    def __call__(self, step: str, draw: Callable[[], Picture]) -> None:
        """Draw the step and keep it."""
        self.pictures.append((f"{len(self.pictures) + 1:02}-{step}", draw()))
