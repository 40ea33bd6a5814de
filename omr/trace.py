"""Knows a sheet again by its handwriting: two scans whose ink agrees stroke for stroke are one sheet.

Ballots carry no number (secrecy), so a sheet that went through the scanner twice can only be told by what its
voter drew. No two people draw eleven X's in the same places to half a millimetre.

A scan also shows what no voter drew: edges of letters on a page that was fed unevenly, a stain, a shadow.
Often only one scan of the sheet shows it, away from the strokes. So two questions are asked: whether the ink
that meets at all agrees, and whether all ink of both scans does. The first is enough for people to look.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

import cv2
import numpy as np

from omr.strokes import components

#: Resolution of a trace, px/mm.
PX_PER_MM = 4.0
#: Ink may lie this far from the other scan's, px: what registration by the rules leaves, twice.
NEAR_PX = 1
#: The same for the seal's outline, which the rules of the table do not help to place.
SEAL_NEAR_PX = 3
#: Ink farther than this from all of the other scan's does not meet it, px (square): 1.5 mm, the size of an X.
MEETS_PX = 6
#: Share of each scan's ink that must lie near the other's: the same sheet; and, of the ink that meets, maybe
#: the same. Of pairs of sheets with three X's in the same boxes none of 30,000 came to it, with eleven the
#: most had 0.74; scans of one sheet had 0.91 and more. Where less than ENOUGH_MM2 meets, it takes SAME.
SAME, MAYBE = 0.93, 0.90
#: Share of the ink, of the scan that shows less else, that must meet the other's: the rest is a stain.
#: Lower, and what a whole batch has alike, a stain or edges of letters, outweighs strokes in other boxes.
#: Of both scans where not half of ENOUGH_MM2 meets, unless the seals agree: one X is soon drawn like another,
#: and most sheets have one in its place.
FOUND = 0.70
#: Share of each seal's outline that must lie near the other's: surely the same seal, and perhaps the same.
SAME_SEAL, MAYBE_SEAL = 0.85, 0.60
#: Ink below which sheets cannot be told apart for sure, mm² (three X's of a thin pen).
ENOUGH_MM2 = 22.0
#: Ink below which there is nothing to compare, mm².
SOME_MM2 = 2.0
#: A piece of ink smaller than this is no stroke, px: edges of letters, dust (2 mm).
STROKE_PX = 8.0
#: Parts in which strokes are sought, before the whole page: each takes its share of the time.
PARTS = 6
#: Blocks of the coarse picture by which candidates are found, px of the trace (3 mm).
BLOCK = 12
#: Likeness (cosine) of coarse pictures from which two sheets are compared stroke by stroke.
CANDIDATE = 0.75
#: The same, of the page with less ink to what the other has in its places.
CONTAINED = 0.70
#: Pages whose strokes are kept at hand: one is compared with many, one after the other.
AT_HAND = 4
#: Agreement of ink, specks and all, below which two scans are of other sheets and nothing more is asked: of
#: one sheet the least was 0.91, and specks are seldom near a stroke.
HASTY = 0.70

_HEAD = struct.Struct("<HHHH")


class Likeness(StrEnum):
    """How two scans' handwriting compares."""

    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class _Agreement:
    """How one scan's strokes lie on the other's, px: all of them, those that meet it, those that agree."""

    ink: int
    meets: int
    near: int

    @property
    def agreed(self) -> float:
        """Of the ink that meets the other's at all, the share that agrees, 0 to 1."""
        return self.near / max(self.meets, 1)


def make_trace(ink: np.ndarray, seal: np.ndarray | None = None) -> bytes:
    """The trace of a page's ink.

    Args:
        ink: (H, W) bool or uint8, PX_PER_MM, in the frame of the layout (so that traces of one page compare).
        seal: (h, w) likewise, the outline of the seal (`omr.seal.stamp_outline`), where the page has one.

    Returns:
        bytes to keep; empty where there is no ink to speak of: specks alone are none.
    """
    mask = ink.astype(bool)
    if not _has_strokes(mask.view(np.uint8)):
        return b""
    stamp = np.zeros((0, 0), bool) if seal is None else seal.astype(bool)
    bits = np.packbits(mask).tobytes() + np.packbits(stamp).tobytes()
    return _HEAD.pack(*mask.shape, *stamp.shape) + zlib.compress(bits, 1)


@lru_cache(maxsize=AT_HAND)
def _pictures(trace: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The page's ink and its seal's outline, uint8 0 or 1."""
    height, width, seal_height, seal_width = _HEAD.unpack_from(trace)
    packed = np.frombuffer(zlib.decompress(trace[_HEAD.size :]), np.uint8)
    cut = -(-height * width // 8)
    ink = np.unpackbits(packed[:cut], count=height * width).reshape(height, width)
    seal = np.unpackbits(packed[cut:], count=seal_height * seal_width).reshape(seal_height, seal_width)
    return ink, seal


def _has_strokes(ink: np.ndarray) -> bool:
    """Whether there is ink to speak of. Of most pages a part tells: strokes are no longer in the whole."""
    high = -(-len(ink) // PARTS) or 1
    parts = (ink[y : y + high] for y in range(0, len(ink), high))
    return any(
        np.count_nonzero(_without_specks(part)) >= SOME_MM2 * PX_PER_MM**2 for part in chain(parts, [ink])
    )


def _without_specks(ink: np.ndarray) -> np.ndarray:
    """(H, W) uint8 0 or 1: the ink of pieces as large as a stroke; crumbs that nearly touch are one piece."""
    if not ink.any():
        return ink
    _, labels, stats = components(cv2.dilate(ink, np.ones((3, 3), np.uint8)))
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH] - 2, stats[:, cv2.CC_STAT_HEIGHT] - 2)
    large = extent >= STROKE_PX
    large[0] = False
    kept, at = np.zeros_like(ink), np.flatnonzero(ink.view(bool))
    kept.ravel()[at] = large[labels.ravel()[at]]
    return kept


@lru_cache(maxsize=AT_HAND)
def _strokes(trace: bytes) -> np.ndarray:
    """(H, W) uint8 0 or 1: the ink of strokes."""
    return _without_specks(_pictures(trace)[0])


@lru_cache(maxsize=AT_HAND)
def _reach(trace: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) uint8 0 or 1: where another scan's ink agrees with this one's, and where it meets it at all."""
    ink, size = _strokes(trace), 2 * MEETS_PX + 1
    return _widened(ink, NEAR_PX), np.asarray(cv2.dilate(ink, np.ones((size, size), np.uint8)))


def _agreement(ink: np.ndarray, other: bytes) -> _Agreement:
    at = np.flatnonzero(ink.view(bool))
    near, meets = (int(np.count_nonzero(there.ravel()[at])) for there in _reach(other))
    return _Agreement(len(at), meets, near)


def _widened(ink: np.ndarray, reach_px: int) -> np.ndarray:
    size = 2 * reach_px + 1
    return np.asarray(cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))))


def same_sheet(one: bytes, other: bytes) -> Likeness:
    """Whether two traces of the same page of a layout come from one sheet of paper.

    Surely where all strokes agree one for one, and the seal too. Where only strokes that meet do, or where
    the seal does not agree, the strokes prove too little: people compare.
    """
    if not one or not other:
        return Likeness.DIFFERENT
    (a, seal_a), (b, seal_b) = _pictures(one), _pictures(other)
    # What is at hand of the earlier page tells most pairs apart.
    if a.shape != b.shape or _agreement(b, one).agreed < HASTY:
        return Likeness.DIFFERENT
    both = (_agreement(_strokes(one), other), _agreement(_strokes(other), one))
    return _likeness(both, _seals_agree(seal_a, seal_b))


def _likeness(both: tuple[_Agreement, _Agreement], sealed: float | None) -> Likeness:
    """What the agreement of either scan's strokes with the other's says; `sealed`: that of the seals."""
    agreed, meets, ink = (min(of) for of in zip(*((e.agreed, e.meets, e.ink) for e in both), strict=True))
    enough = ENOUGH_MM2 * PX_PER_MM**2
    found = sorted(each.meets / max(each.ink, 1) for each in both)
    confirmed = meets >= enough / 2 or (sealed or 0.0) >= MAYBE_SEAL
    least = MAYBE if meets >= enough else SAME
    if agreed < least or found[1 if confirmed else 0] < FOUND:
        return Likeness.DIFFERENT
    whole = min(each.near / max(each.ink, 1) for each in both) >= SAME
    sure = whole and ink >= enough and (sealed is None or sealed >= SAME_SEAL)
    return Likeness.SAME if sure else Likeness.MAYBE


def _seals_agree(one: np.ndarray, other: np.ndarray) -> float | None:
    """Share of each seal's outline that lies near the other's, 0 to 1; None where there is no seal."""
    least = SOME_MM2 * PX_PER_MM**2
    if one.shape != other.shape or (one.sum() < least and other.sum() < least):
        return None
    return min(_near(one, other, SEAL_NEAR_PX), _near(other, one, SEAL_NEAR_PX))


def _near(ink: np.ndarray, other: np.ndarray, reach_px: int) -> float:
    """Share of `ink` that lies within `reach_px` of `other`."""
    return float(_widened(other, reach_px)[ink > 0].mean()) if ink.any() else 0.0


def candidates(traces: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Pairs of traces worth comparing, (earlier, later), by their coarse pictures."""
    known = [(i, _coarse(trace)) for i, trace in enumerate(traces) if trace]
    shapes = {picture.shape for _, picture in known}
    for shape in shapes:
        group = [(i, picture) for i, picture in known if picture.shape == shape]
        yield from _alike([i for i, _ in group], np.array([picture.ravel() for _, picture in group]))


def _coarse(trace: bytes) -> np.ndarray:
    ink = _without_specks(_pictures(trace)[0]).astype(np.float32)
    height, width = (max(1, n // BLOCK) for n in ink.shape)
    # Blurred, so that a stroke on a block's border is in both.
    return cv2.GaussianBlur(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), (3, 3), 0)


def _alike(indices: list[int], pictures: np.ndarray) -> Iterator[tuple[int, int]]:
    lengths = np.maximum(np.linalg.norm(pictures, axis=1), np.float32(1e-9))
    unit = pictures / lengths[:, None]
    for at in range(0, len(indices), 256):  # in slices: flat memory for thousands of sheets
        here = slice(at, at + 256)
        alike = unit[here] @ unit.T
        # Ink in other places makes a page less like its own other scan, but does not hide its strokes.
        larger, smaller = (extreme(lengths[here, None], lengths) for extreme in (np.maximum, np.minimum))
        contained = alike * larger >= CONTAINED * smaller
        for i, j in zip(*np.nonzero((alike >= CANDIDATE) | contained), strict=True):
            if j > i + at:
                yield indices[i + at], indices[j]
