"""Files -> page images, one at a time, never all in memory.

`list_sources` says up front which files there are and how many pages each holds; `load_page` gives one
page. What cannot be read is a value with a reason, and never stops the others.
"""

from __future__ import annotations

import cv2

from omr.pages.pdf import close_documents
from omr.pages.picture import MAX_PIXELS
from omr.pages.sources import (
    Counter,
    Listed,
    Refusal,
    changed_page,
    count_pages,
    list_sources,
    load_page,
    natural_key,
)
from omr.pages.values import BrokenPage, BrokenSource, Kind, Scan, Skipped, Source

__all__ = [
    "MAX_PIXELS",
    "BrokenPage",
    "BrokenSource",
    "Counter",
    "Kind",
    "Listed",
    "Refusal",
    "Scan",
    "Skipped",
    "Source",
    "changed_page",
    "close_documents",
    "count_pages",
    "list_sources",
    "load_page",
    "natural_key",
    "use_one_thread",
]


def use_one_thread() -> None:
    """One page, one thread: the processes of a scan are as many as the machine has processors."""
    cv2.setNumThreads(1)
