"""The chain by itself: no gap, each entry bound to the one before it, each what this program writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from omr.errors import Differs, UsageError
from omr.store.chain import AUDIT, CARRIED, COMPARED, GENESIS, PAGES, ROWS, SETTINGS, SIGNED, link
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omr.store import Entry

KINDS = frozenset({*ROWS, PAGES, COMPARED, SETTINGS, SIGNED, AUDIT, CARRIED})


def check_links(entries: Sequence[Entry]) -> None:
    """Every entry in its place, with its own hash. Raises Differs."""
    previous = GENESIS
    for seq, entry in enumerate(entries, start=1):
        whole = (entry.seq, entry.previous, entry.kind in KINDS) == (seq, previous, True)
        if not whole or entry.hash != link(seq, entry.kind, previous, entry.payload):
            text = _("the chain of the record is broken at entry {n}: it was changed, taken out or put in")
            raise Differs(text.format(n=seq), advice())
        previous = entry.hash


def as_hash(text: str) -> str:
    """A check figure as somebody typed it, however spaced; '' stays ''. Raises UsageError."""
    figure = "".join(text.split()).lower()
    if figure and not re.fullmatch(r"[0-9a-f]{64}", figure):
        raise UsageError(
            _("“{text}” is not a check figure").format(text=text),
            _("a check figure has 64 signs, each 0 to 9 or a to f; copy it from the minutes"),
        )
    return figure


def as_fingerprint(text: str) -> str:
    """A key's fingerprint as somebody typed it; '' stays ''. Raises UsageError where it is none."""
    if text and not re.fullmatch(r"[A-Z2-7]{16}", re.sub(r"[\s-]", "", text.upper())):
        raise UsageError(
            _("“{text}” is not the fingerprint of a key").format(text=text),
            _("a fingerprint has four times four letters or digits, as ABCD-EFGH-IJKL-MNOP"),
        )
    return text


def check_hash(entries: Sequence[Entry], expected: str) -> None:
    """The chain holds the hash that somebody wrote down. Raises Differs; UsageError where it is no hash."""
    wanted = as_hash(expected)
    if wanted and wanted not in {entry.hash for entry in entries}:
        text = _("the check figure {hash} is not in the record: its end was cut off, or it is another one")
        raise Differs(text.format(hash=wanted), advice())


def advice() -> str:
    """What to do about anything that differs."""
    return _("change nothing more in the folder; compare it with your copies and with the minutes")
