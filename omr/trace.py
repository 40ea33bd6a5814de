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
#: Ink may lie this far from the other scan's, px: what registration by the rules leaves, twice.
NEAR_PX = 1
#: The same for the seal's outline, which the rules of the table do not help to place.
SEAL_NEAR_PX = 3
#: Share of each scan's ink that must lie near the other's: the same sheet, and perhaps the same.
SAME, MAYBE = 0.93, 0.80
#: Share of each seal's outline that must lie near the other's: surely the same seal; below the second it is
#: another, unless the page's head was badly stretched.
SAME_SEAL, OTHER_SEAL = 0.85, 0.60
#: Ink below which sheets cannot be told apart for sure, mm² (three X's of a thin pen).
ENOUGH_MM2 = 22.0
#: Ink below which there is nothing to compare, mm².
SOME_MM2 = 2.0
#: Blocks of the coarse picture by which candidates are found, px of the trace (3 mm).
BLOCK = 12
#: Likeness (cosine) of coarse pictures from which two sheets are compared stroke by stroke.
CANDIDATE = 0.75

_HEAD = struct.Struct("<HHHH")


class Likeness(StrEnum):
    """How two scans' handwriting compares."""

    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


def make_trace(ink: np.ndarray, seal: np.ndarray | None = None) -> bytes:
    """The trace of a page's ink.

    Args:
        ink: (H, W) bool or uint8, PX_PER_MM, in the frame of the layout (so that traces of one page compare).
        seal: (h, w) likewise, the outline of the seal (`omr.seal.stamp_outline`), where the page has one.

    Returns:
        bytes to keep; empty where there is no ink to speak of.
    """
    mask = ink.astype(bool)
    if np.count_nonzero(mask) < SOME_MM2 * PX_PER_MM**2:
        return b""
    stamp = np.zeros((0, 0), bool) if seal is None else seal.astype(bool)
    bits = np.packbits(mask).tobytes() + np.packbits(stamp).tobytes()
    return _HEAD.pack(*mask.shape, *stamp.shape) + zlib.compress(bits, 1)


def _ink(trace: bytes) -> np.ndarray:
    return _pictures(trace)[0]


def _pictures(trace: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The page's ink and its seal's outline, uint8 0 or 1."""
    height, width, seal_height, seal_width = _HEAD.unpack_from(trace)
    packed = np.frombuffer(zlib.decompress(trace[_HEAD.size :]), np.uint8)
    cut = -(-height * width // 8)
    ink = np.unpackbits(packed[:cut], count=height * width).reshape(height, width)
    seal = np.unpackbits(packed[cut:], count=seal_height * seal_width).reshape(seal_height, seal_width)
    return ink, seal


def same_sheet(one: bytes, other: bytes) -> Likeness:
    """Whether two traces of the same page of a layout come from one sheet of paper.

    The strokes must agree one for one. Where the seal does not agree too, the strokes alone prove nothing:
    the sheets are other ones, or, if the strokes could not agree better, for people to compare.
    """
    if not one or not other:
        return Likeness.DIFFERENT
    (a, seal_a), (b, seal_b) = _pictures(one), _pictures(other)
    if a.shape != b.shape:
        return Likeness.DIFFERENT
    agreed = min(_near(a, b, NEAR_PX), _near(b, a, NEAR_PX))
    sealed = _seals_agree(seal_a, seal_b)
    if agreed < (MAYBE if sealed >= OTHER_SEAL else SAME):
        return Likeness.DIFFERENT
    enough = min(int(a.sum()), int(b.sum())) >= ENOUGH_MM2 * PX_PER_MM**2
    return Likeness.SAME if agreed >= SAME and sealed >= SAME_SEAL and enough else Likeness.MAYBE


def _seals_agree(one: np.ndarray, other: np.ndarray) -> float:
    """Share of each seal's outline that lies near the other's, 0 to 1; 1 where neither page shows a seal."""
    least = SOME_MM2 * PX_PER_MM**2
    if one.shape != other.shape or (one.sum() < least and other.sum() < least):
        return 1.0
    return min(_near(one, other, SEAL_NEAR_PX), _near(other, one, SEAL_NEAR_PX))


def _near(ink: np.ndarray, other: np.ndarray, reach_px: int) -> float:
    """Share of `ink` that lies within `reach_px` of `other`."""
    size = 2 * reach_px + 1
    wide = cv2.dilate(other, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
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
