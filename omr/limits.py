"""Limits to the time and memory that one page may take: a decoder gone wild costs that page, no more."""

from __future__ import annotations

import faulthandler
import os
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Longest that one page may take, seconds. The slowest page of the deck (600 dpi, colour) takes under 3 on
#: an office machine; a page that was stopped is tried once more, alone, before it is called unreadable.
PAGE_SECONDS: Final = 20.0

#: Most memory that one page may take, bytes: with the 100 MiB of the program itself under 1 GiB. The largest
#: page that is taken (`omr.pages.picture.MAX_PIXELS`, in colour, as LZW) takes 0.7.
PAGE_BYTES: Final = 900 << 20

#: Most pages of one file: four boxes of paper. A few bytes can claim millions.
MOST_PAGES: Final = 10_000


def limit_memory(more: int = PAGE_BYTES) -> None:
    """Let this process, and those it starts, hold only so much more memory than it does now, bytes.

    Asking for more fails: as MemoryError, as an error of the decoder, or with the process; each costs the
    page. Linux counts what a process may write to (RLIMIT_DATA). Windows and macOS have no such limit: there
    the size of a page is checked before it is decoded, and that is all.
    """
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - Windows has no such module

        _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        allowed = _held() + more
        if hard == resource.RLIM_INFINITY or allowed < hard:
            resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))


def _held() -> int:
    """Memory that this process may write to, bytes, as Linux counts it for the limit (VmData of proc(5))."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmData:")) << 10


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """End this process where the block takes longer; None sets no limit.

    Nothing gentler stops C code that never comes back: no signal or thread of Python runs in the meantime.
    faulthandler's watchdog is a thread of C, and whoever started the process sees that it died. One limit at
    a time in a process.
    """
    if seconds is None:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere())
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@cache
def _nowhere() -> TextIO:
    """Where the watchdog writes the traceback that nobody should see; open as long as the process."""
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - the watchdog keeps it open
