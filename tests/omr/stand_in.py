"""A stand-in for the reader, by itself: every process that reads with it is started and has to import it."""

from __future__ import annotations

import ctypes
import os
import time

import numpy as np

from omr.evidence import CellSeen, Mark, PageSeen, PageState, RowSeen
from omr.pages import Scan
from omr.trace import make_trace

#: The number of a page is written into its corner as a grey: a stand-in for reading needs no more.
CRASHES, FAILS, HANGS = 200, 210, 220


def stand_in_reader(page: Scan, log: str = "", slow: float = 0.0) -> PageSeen:
    """Reads the grey in the corner, all a page says. Dies on CRASHES, raises on FAILS, stays on HANGS."""
    value = int(np.median(page.grey[:20, :20]))
    if log:
        with open(log, "a", encoding="ascii") as file:  # noqa: PTH123 - one short write, whole by O_APPEND
            file.write(f"{value}\n")
    time.sleep(slow)
    if value == CRASHES:
        os._exit(9)
    if value == HANGS:
        ctypes.PyDLL(None).sleep(60)  # as a decoder in C that never comes back, the GIL in its hands
    if value == FAILS:
        raise ValueError("no such thing")
    if value > 250:
        return PageSeen(PageState.BLANK)
    ink = np.zeros((300, 400), np.uint8)
    for x, y in np.random.default_rng(value).integers(0, 280, (6, 2)):
        ink[y : y + 20, x : x + 20] = 1
    row = RowSeen(1, (CellSeen("high", Mark.MARKED, length_mm=0.1 * value), CellSeen("low", Mark.EMPTY)))
    return PageSeen(
        PageState.READ,
        page=1,
        rows=(row,),
        trace=make_trace(ink),
    )
