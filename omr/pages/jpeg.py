"""The segments of a JPEG file: where its pixels begin, and a file of its upper part alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_OF_SCAN: Final = 0xDA

#: Pictures packed from top to bottom in one go (baseline and extended sequential, ITU-T T.81 table B.1).
_SEQUENTIAL: Final = frozenset({0xC0, 0xC1})


class Segment(NamedTuple):
    """A marker (its second byte), and where its 0xFF stands."""

    marker: int
    at: int


def first_scan(data: bytes) -> int:
    """Where a JPEG's pixels begin: behind the thumbnails in its header, which have ends of their own."""
    return next((each.at for each in _segments(data) if each.marker == _START_OF_SCAN), len(data))


def upper_part(data: bytes, rows: int) -> bytes | None:
    """The JPEG of a picture's first rows: the same bytes, with a smaller height in their header.

    A decoder stops when it has them, so that they cost their share of the time. What follows them is noise to
    it, of which some decoders complain; colours of the last rows are smoothed without what lies below.

    Args:
        data: a whole JPEG.
        rows: how many, 1 or more; no more than it has are given.

    Returns:
        None where the upper part does not come first (progressive, or colour after colour).
    """
    frame = next((each.at for each in _segments(data) if each.marker in _SEQUENTIAL), None)
    scan = first_scan(data)
    # Bytes of a frame: marker 2, length 2, precision 1, height 2, width 2, components 1; of a scan: marker 2,
    # length 2, components 1.
    if frame is None or len(data) <= scan + 4 or data[frame + 9] != data[scan + 4]:
        return None
    height = int.from_bytes(data[frame + 5 : frame + 7], "big")
    if not height:
        return None
    whole = memoryview(data)
    return b"".join((whole[: frame + 5], min(rows, height).to_bytes(2, "big"), whole[frame + 7 :]))


def _segments(data: bytes) -> Iterator[Segment]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        # A marker may be preceded by any number of 0xFF.
        if data[at + 1] == 0xFF:
            at += 1
            continue
        yield Segment(data[at + 1], at)
        if data[at + 1] == _START_OF_SCAN:
            return
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
