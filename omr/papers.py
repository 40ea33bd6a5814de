"""`omr report`: every paper of an election, those before the vote and those of its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omr.calendar import Days, dossier_due
from omr.report.write import write_dossier, write_report

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from omr.counting import Counted
    from omr.election import Election
    from omr.report.paper_pdf import Fonts

#: Folder of the papers before the vote, in that of the papers.
DOSSIER = "ho-so"


def write_papers(
    out: Path, counted: Counted, fonts: Fonts, *, draft: bool = False, proof: tuple[str, ...] = ()
) -> tuple[Path, ...]:
    """Write all papers into a folder. Raises what `write_report` does; then nothing is written."""
    election, result, layout = counted.election, counted.result, counted.layout
    made = write_report(
        out, election, result, layout, fonts, draft=draft, ballots=counted.ballots, proof=proof
    )
    return (*made, *write_dossier(out / DOSSIER, election, due_days(election)))


def due_days(election: Election) -> tuple[date, date] | None:
    """Last days of the dossier as election.toml has the vote; None while its day is not known."""
    if election.date is None:
        return None
    opening = election.papers.opens or election.date
    return dossier_due(election.venue, Days(election.date, min(opening, election.date)))
