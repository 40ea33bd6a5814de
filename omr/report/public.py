"""The plan, III.5: what may be made public for a venue, and nothing more.

Names, positions and the three levels with their shares; no invalid ballots, no reasons, no consequences, no
names of the board. A draft is never made public, so there is none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from omr.report.heads import left_head, right_head
from omr.report.paper import Gap, Grid, HeadCell, Paper, Signature, Signatures, Text, aligned
from omr.report.phu_luc_05 import NUMBER_MM, level_head, votes_and_shares
from omr.words import _, later, number

if TYPE_CHECKING:
    from omr.election import Election
    from omr.report.wording import Wording
    from omr.tally import Tally

#: To whom a venue's result is made public, and how (III.5.1, III.5.2).
SCOPES: Final = {
    "BCH": later(
        "Made public within the Party Committee and to those voted on (plan, III.5). "
        "Not to be passed on further."
    ),
    "HDND": later("Made public in the mass media, for voters and the People to know (plan, III.5.2)."),
}
SCOPE: Final = later("Announced at the session to those who voted, and to those voted on (plan, III.5).")

COUNT_MM: Final = 14.0
NAME_SHARE: Final = 0.46


def public_paper(words: Wording, election: Election, result: Tally) -> Paper:
    """The announcement of a final result."""
    text_mm = Paper("", "", (), ()).text_mm
    return Paper(
        title=_("ANNOUNCEMENT"),
        author=words.agency,
        left=left_head(words),
        right=right_head(words, election),
        body=(
            Text(_("ANNOUNCEMENT"), bold=True, align="center", after=0, size=14),
            Text(words.title[1], bold=True, align="center", after=0),
            Text(words.meeting, bold=True, align="center"),
            Text(_(SCOPES.get(election.venue, SCOPE)), italic=True, align="center"),
            Gap(2),
            Text(
                _("Ballots issued: {issued}; collected: {collected}.").format(
                    issued="…" if result.day.issued is None else number(result.day.issued),
                    collected=number(result.collected),
                ),
                indent=True,
                keep=True,
            ),
            _grid(words, text_mm),
            Text(words.note, italic=True, size=12),
            Signatures(Signature(""), Signature(_on_behalf(words.agency), words.signature[1])),
        ),
    )


def _on_behalf(agency: str) -> str:
    """The agency that announces, by its name; without one, as the form has it."""
    return _("FOR {agency}").format(agency=agency.upper()) if agency else _("FOR THE AGENCY")


def left_blank(election: Election) -> tuple[str, ...]:
    """What would be dots on the announcement, each as a sentence with what to do."""
    day = election.session.counted_on or election.date
    said = (
        (not election.place, _("the announcement has dots for the place: write place into election.toml")),
        (day is None, _("the announcement has dots for the day: write date into election.toml")),
        (not election.agency, _("the announcement names no agency: write agency into election.toml")),
    )
    return tuple(text for missing, text in said if missing)


def _grid(words: Wording, text_mm: float) -> Grid:
    counted = 2 * len(words.choices)
    rest = text_mm - NUMBER_MM - counted * COUNT_MM
    fixed = (HeadCell(text, 0, place, rows=3) for place, text in enumerate(words.columns[:3]))
    return Grid(
        head=(*fixed, *level_head(words, first=3)),
        rows=tuple(
            (str(line.number), line.name, line.position, *votes_and_shares(line)) for line in words.lines
        ),
        widths=(NUMBER_MM, rest * NAME_SHARE, rest * (1 - NAME_SHARE), *[COUNT_MM] * counted),
        aligns=aligned(3 + counted),
    )
