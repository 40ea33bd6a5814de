"""Whether people will have to look at a page that was just read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omr.evidence import Flag, PageState
from omr.rules import UNSURE

if TYPE_CHECKING:
    from omr.store import NewPage


def is_flagged(page: NewPage) -> bool:
    """Whether people will have to look at something of this page."""
    doubtful = any(row.reading == UNSURE for row in page.readings)
    # A scan without colour is said once of the batch: nobody looks at each sheet for it.
    return doubtful or page.state is PageState.UNREADABLE or bool({*page.flags} - {Flag.SEAL_UNSEEN})
