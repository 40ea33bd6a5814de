"""What a thing on the paper darkens by the distance from its edge: a fold's shadow, a stain's tint.

It is measured all along that edge, on the paper between the print, where whatever people wrote is the
exception; so it can be taken out of their ink, and what they wrote stays, a little paler.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from omr.ink import Print, RowInk

#: Steps of the distance in which a tint is measured, mm.
STEP_MM = 0.25
#: Fewest pixels that tell the tint at one distance, and which percentile of them does: an edge is not equally
#: dark all along, and what people wrote on it is less than a fifth of it.
FEWEST, TELLING = 60, 80


def tint_by_distance(
    away: np.ndarray, ink: RowInk, printed: Print, reach_mm: tuple[float, float]
) -> np.ndarray:
    """(H, W) uint8, how much darker each place is for its distance, in units of `RowInk.dark`.

    Args:
        away: (H, W) distances, mm, in the frame of `RowInk`.
        ink: the rows.
        printed: their print.
        reach_mm: nothing is darkened below the first distance; whatever lies beyond the second is alike.
    """
    low, high = reach_mm
    bare = (away > low) & (printed.keep > 0)
    step = ((np.minimum(away[bare], high) - low) / STEP_MM).astype(int)
    tones = ink.dark[bare] - ink.floor
    at = np.arange(round((high - low) / STEP_MM) + 1)
    profile = [_told(tones[step == i]) for i in at]
    tint = np.interp(away, (at + 0.5) * STEP_MM + low, profile)
    return np.asarray(np.where(away > low, tint, 0).clip(0, 255), np.uint8)


def _told(tones: np.ndarray) -> float:
    return float(np.percentile(tones, TELLING)) if len(tones) >= FEWEST else 0.0


def without_tint(ink: RowInk, tint: np.ndarray) -> RowInk:
    """The rows' ink less a tint."""
    return replace(ink, dark=cv2.subtract(ink.dark, tint), pen=cv2.subtract(ink.pen, tint))
