"""A limit to the time that one page may take: a decoder that hangs costs that page, not the batch."""

from __future__ import annotations

import faulthandler
import os
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Longest that one page may take, seconds. The slowest page of the deck (600 dpi, colour) takes under 3 on
#: an office machine; a page that was stopped is tried once more, alone, before it is called unreadable.
PAGE_SECONDS: Final = 20.0


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
