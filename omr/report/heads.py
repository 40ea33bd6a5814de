"""How a paper begins: who issues it, where and when, and the title of the Party or the State above that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from omr.report.paper import Text, centered
from omr.words import _

if TYPE_CHECKING:
    from omr.election import Election
    from omr.report.wording import Wording

#: Sessions of the Party and of the State, by venue (plan, II.3): their papers bear different titles
#: (Hướng dẫn 36-HD/VPTW for the Party, Nghị định 30/2020/NĐ-CP for the State). Elsewhere none is set.
PARTY: Final = frozenset({"BCH"})
STATE: Final = frozenset({"HDND", "HNCB"})


def left_head(words: Wording, *offices: str) -> tuple[Text, ...]:
    """The agency's name, under the one above it, and over its office where there is one."""
    above = [centered(words.superior)] if words.superior else []
    agency = centered(words.agency, bold=not offices)
    return (*above, agency, *(centered(office, bold=True) for office in offices))


def right_head(words: Wording, election: Election) -> tuple[Text, ...]:
    """Place and date, under the title of the Party or the State."""
    return (*_title(election.venue), centered(words.place_and_day, italic=True))


def _title(venue: str) -> tuple[Text, ...]:
    if venue in PARTY:
        return (Text(_("COMMUNIST PARTY OF VIETNAM"), bold=True, align="center", underline=True, after=4),)
    if venue in STATE:
        return (
            Text(_("SOCIALIST REPUBLIC OF VIETNAM"), bold=True, align="center", size=11.5, after=0),
            Text(_("Independence - Freedom - Happiness"), bold=True, align="center", underline=True, after=4),
        )
    return ()
