"""Knows a sheet again by its handwriting: two scans whose ink agrees stroke for stroke are one sheet.

Ballots carry no number (secrecy), so a sheet that went through the scanner twice can only be told by what its
voter drew. No two people draw eleven X's in the same places to half a millimetre.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from enum import StrEnum

import cv2
import numpy as np

#: Resolution of a trace, px/mm.
PX_PER_MM = 4.0
#: Ink may lie this far from the other scan's, mm: what registration leaves, twice, and the pen's edge.
NEAR_MM = 0.5
#: Share of each scan's ink that must lie near the other's: the same sheet, and perhaps the same.
SAME, MAYBE = 0.92, 0.80
#: Ink below which sheets cannot be told apart for sure, mm² (three X's of a thin pen).
ENOUGH_MM2 = 22.0
#: Ink below which there is nothing to compare, mm².
SOME_MM2 = 2.0
#: Blocks of the coarse picture by which candidates are found, px of the trace (3 mm).
BLOCK = 12
#: Likeness (cosine) of coarse pictures from which two sheets are compared stroke by stroke.
CANDIDATE = 0.75

_HEAD = struct.Struct("<HH")


class Likeness(StrEnum):
    """How two scans' handwriting compares."""

    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


def make_trace(ink: np.ndarray) -> bytes:
    """The trace of a page's ink.

    Args:
        ink: (H, W) bool or uint8, PX_PER_MM, in the frame of the layout (so that traces of one page compare).

    Returns:
        bytes to keep; empty where there is no ink to speak of.
    """
    mask = ink.astype(bool)
    if np.count_nonzero(mask) < SOME_MM2 * PX_PER_MM**2:
        return b""
    return _HEAD.pack(*mask.shape) + zlib.compress(np.packbits(mask).tobytes(), 1)


def _ink(trace: bytes) -> np.ndarray:
    height, width = _HEAD.unpack_from(trace)
    bits = np.frombuffer(zlib.decompress(trace[_HEAD.size :]), np.uint8)
    return np.unpackbits(bits, count=height * width).reshape(height, width)


def same_sheet(one: bytes, other: bytes) -> Likeness:
    """Whether two traces of the same page of a layout come from one sheet of paper."""
    if not one or not other:
        return Likeness.DIFFERENT
    a, b = _ink(one), _ink(other)
    if a.shape != b.shape:
        return Likeness.DIFFERENT
    agreed = min(_near(a, b), _near(b, a))
    enough = min(int(a.sum()), int(b.sum())) >= ENOUGH_MM2 * PX_PER_MM**2
    if agreed >= SAME and enough:
        return Likeness.SAME
    return Likeness.MAYBE if agreed >= MAYBE else Likeness.DIFFERENT


def _near(ink: np.ndarray, other: np.ndarray) -> float:
    """Share of `ink` that lies within NEAR_MM of `other`."""
    reach = 2 * round(NEAR_MM * PX_PER_MM) + 1
    wide = cv2.dilate(other, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    return float(wide[ink > 0].mean()) if ink.any() else 0.0


def candidates(traces: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Pairs of traces worth comparing, (earlier, later), by their coarse pictures."""
    known = [(i, _coarse(trace)) for i, trace in enumerate(traces) if trace]
    shapes = {picture.shape for _, picture in known}
    for shape in shapes:
        group = [(i, picture) for i, picture in known if picture.shape == shape]
        yield from _alike([i for i, _ in group], np.array([picture.ravel() for _, picture in group]))


def _coarse(trace: bytes) -> np.ndarray:
    ink = _ink(trace).astype(np.float32)
    height, width = (max(1, n // BLOCK) for n in ink.shape)
    # Blurred, so that a stroke on a block's border is in both.
    return cv2.GaussianBlur(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), (3, 3), 0)


def _alike(indices: list[int], pictures: np.ndarray) -> Iterator[tuple[int, int]]:
    norms = np.linalg.norm(pictures, axis=1, keepdims=True)
    unit = pictures / np.maximum(norms, 1e-9)
    for at in range(0, len(indices), 256):  # in slices: flat memory for thousands of sheets
        alike = unit[at : at + 256] @ unit.T >= CANDIDATE
        for i, j in zip(*np.nonzero(alike), strict=True):
            if j > i + at:
                yield indices[i + at], indices[j]
