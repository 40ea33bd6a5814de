"""What is typed in step 1: the fields, how a saved value is shown in them, and how a typed one is taken."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any, Final

from omr.figures import filled
from omr.venues import ELSEWHERE, VENUES
from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.election import Settings

#: Fields that stand on the ballot: key, label, kind.
WORDS: Final = (
    ("venue", later("Where the vote is held"), "venue"),
    ("agency", later("Agency, unit"), "text"),
    ("superior", later("Agency above it (may stay empty)"), "text"),
    ("meeting", later("Name of the session"), "text"),
    ("place", later("Place name before the date"), "text"),
    ("date", later("Day of the vote"), "day"),
    ("year", later("Year"), "number"),
    ("voters", later("(1) Who votes"), "text"),
    ("subjects", later("(2) Whose confidence is voted on"), "text"),
    ("basis", later("The paragraph above the table"), "long"),
)

#: Fields of the day that are entered late and stand in the report only.
DAY: Final = (
    ("session.summoned", later("Delegates summoned"), "number"),
    ("session.present", later("Present at the session"), "number"),
    ("session.absent", later("Absent until before the vote"), "number"),
    ("session.present_at_vote", later("Present at the time of the vote"), "number"),
    ("session.issued", later("Ballots handed out"), "number"),
    ("session.counted_on", later("Day of the count (if not the day of the vote)"), "day"),
    ("session.begins", later("Count begins at (8:30)"), "text"),
    ("session.ends", later("Count ends at"), "text"),
    ("session.counted_at", later("Place of the count"), "text"),
    ("session.assigned_by", later("Task given by"), "text"),
    ("session.head", later("Head of the counting board"), "text"),
    ("rules.counts", later("How often the box is counted"), "counts"),
    ("session.board", later("Members of the counting board, one a line"), "lines"),
)

#: Why the board goes on although II.1 speaks against it.
REASONS: Final = (
    ("overrides.quorum", later("Why a vote is held with less than 2/3 present"), "text"),
    ("overrides.eligibility", later("Why somebody whom II.1 excludes is voted on"), "text"),
)

FIELDS: Final = (*WORDS, *DAY, *REASONS)

#: Papers have nothing to say there if these stay empty.
_OPTIONAL: Final = frozenset({"venue", "superior", "session.counted_on", "rules.counts"})

#: What a new election says before anybody wrote it.
_UNWRITTEN: Final = frozenset({"", ELSEWHERE.agency})


def shown(settings: Settings, key: str) -> str:
    """A saved value as it stands in its field."""
    value: Any = settings
    for part in key.split("."):
        value = getattr(value, part)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return "\n".join(value)
    return "" if value is None else str(value)


def taken(typed: Mapping[str, str], before: Settings, *, locked: bool) -> dict[str, Any]:
    """Typed texts as values of election.toml: what follows is put in, and a new venue brings its words."""
    values: dict[str, Any] = filled(typed)
    if "session.board" in values:
        lines = (" ".join(line.split()) for line in values["session.board"].splitlines())
        values["session.board"] = tuple(line for line in lines if line)
    return values | _words_of_venue(values, before, locked=locked)


def _words_of_venue(values: Mapping[str, Any], before: Settings, *, locked: bool) -> dict[str, str]:
    """Words that nobody changed follow the venue; those that stand on printed ballots stay."""
    venue = values.get("venue", before.venue)
    if venue == before.venue:
        return {}
    old, new = (VENUES.get(each, ELSEWHERE) for each in (before.venue, venue))
    keys = ("meeting",) if locked else ("meeting", "agency", "voters", "subjects")
    return {key: getattr(new, key) for key in keys if values.get(key) in {"", getattr(old, key)}}


def blanks(settings: Settings) -> tuple[tuple[str, str], ...]:
    """What is still empty and would be dots in a paper: key and label."""
    return tuple(
        (key, _(label))
        for key, label, _kind in (*WORDS, *DAY)
        if key not in _OPTIONAL and shown(settings, key) in _UNWRITTEN
    )
