"""Every page accounted for, in one SQLite file and beside it the pictures, kept by their content.

A ledger: readings and decisions are added and never changed. What stands now is worked out from them by
`omr.assemble` and `omr.review`.
"""

from __future__ import annotations

from omr.store.chain import Entry
from omr.store.database import Store
from omr.store.originals import keep_by_content
from omr.store.values import (
    Act,
    ActKind,
    Adjudication,
    Alike,
    Deed,
    Fit,
    Likeness,
    Member,
    MemberKind,
    NewPage,
    NewSource,
    Page,
    Problem,
    Question,
    SetAside,
    Tries,
    pack_seen,
    unpack_seen,
)

__all__ = [
    "Act",
    "ActKind",
    "Adjudication",
    "Alike",
    "Deed",
    "Entry",
    "Fit",
    "Likeness",
    "Member",
    "MemberKind",
    "NewPage",
    "NewSource",
    "Page",
    "Problem",
    "Question",
    "SetAside",
    "Store",
    "Tries",
    "keep_by_content",
    "pack_seen",
    "unpack_seen",
]
