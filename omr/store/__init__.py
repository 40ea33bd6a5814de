"""Every page accounted for, in one SQLite file and beside it the pictures, kept by their content.

A ledger: readings and decisions are added and never changed. What stands now is worked out from them by
`omr.assemble` and `omr.review`.
"""

from __future__ import annotations

from omr.store.chain import Entry
from omr.store.database import Store
from omr.store.originals import keep_as, keep_by_content, sweep
from omr.store.values import (
    Act,
    ActKind,
    Adjudication,
    Alike,
    Fit,
    Likeness,
    Member,
    NewPage,
    NewSource,
    Page,
    Problem,
    Question,
    SetAside,
    pack_seen,
    unpack_seen,
)

__all__ = [
    "Act",
    "ActKind",
    "Adjudication",
    "Alike",
    "Entry",
    "Fit",
    "Likeness",
    "Member",
    "NewPage",
    "NewSource",
    "Page",
    "Problem",
    "Question",
    "SetAside",
    "Store",
    "keep_as",
    "keep_by_content",
    "pack_seen",
    "sweep",
    "unpack_seen",
]
