"""The papers of a result as they are offered on the screen: what each is, for whom, and under which names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omr.tally import LOW
from omr.venues import MINUTES_TO, MINUTES_TO_ELSEWHERE
from omr.words import _

if TYPE_CHECKING:
    from omr.election import Election
    from omr.tally import Tally

#: Kinds of files.
KINDS: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """One paper.

    Attributes:
        files: name and label of each of its files; empty while it is not there yet.
        about: what it is and who gets it.
        board: for members only.
        secret: kept as *Mật* (the plan, III.4).
    """

    title: str
    about: str
    files: tuple[tuple[str, str], ...]
    board: bool = True
    secret: bool = False


def papers(election: Election, result: Tally) -> tuple[Offered, ...]:
    """All papers of a result, those of the session first."""
    found = [
        Offered(
            _("Report of the result (Phụ lục 05)"),
            _("For the session and the superior."),
            _files("phu-luc-05", "pdf", "docx", "xlsx"),
            board=False,
        ),
        Offered(_("Chart"), _("To be shown at the session."), _files("chart", "png"), board=False),
        Offered(_("Table of numbers"), _("For other programs (CSV)."), _files("results", "csv"), board=False),
        Offered(
            _("Minutes of the count"),
            _("One copy an addressee (plan, III.4)."),
            _minutes(election),
            secret=True,
        ),
        Offered(
            _("Summary of every person (III.3)"),
            _("With the invalid ballots and why, for the Organisation Board."),
            _files("tong-hop-iii-3", "pdf", "docx"),
        ),
    ]
    if LOW in result.choices:
        about = _("Who has more than half, or two thirds, low confidence; for the competent authority alone.")
        files = _files("danh-sach-iii-6-mat", "pdf", "docx") if result.final else ()
        found.append(Offered(_("List under III.6"), about, files, secret=True))
    public = _files("cong-khai", "pdf", "docx") if result.final else ()
    title = _("What may be made public (III.5)")
    return (*found, Offered(title, _("Only of a result that is final."), public))


def _files(name: str, *kinds: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{name}.{kind}", kind.upper()) for kind in kinds)


def _minutes(election: Election) -> tuple[tuple[str, str], ...]:
    """All copies in one PDF, and each to be worked on."""
    receivers = election.papers.minutes_to or MINUTES_TO.get(election.venue, MINUTES_TO_ELSEWHERE)
    copies = (
        (f"bien-ban-kiem-phieu-ban-{n}.docx", _("DOCX, copy {n}").format(n=n))
        for n in range(1, len(receivers) + 1)
    )
    return (("bien-ban-kiem-phieu.pdf", _("PDF, all copies")), *copies)
