"""The commands about papers: calendar, dossier, combine, import-cvr. `omr.cli` adds them to its own."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from omr import screen
from omr.arguments import Dir, option
from omr.calendar import Days, as_ics, counted_from, deadlines, dossier_due
from omr.cvr import read_records
from omr.election import Folder, as_day, load_election
from omr.errors import NotFinal, OmrError, UsageError
from omr.export import as_json
from omr.files import replacing, why
from omr.words import _, day, ngettext, weekday

if TYPE_CHECKING:
    from omr.calendar import Deadline
    from omr.election import Election


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(name="calendar", help=_("List every deadline of the venue's procedure, as table and .ics."))(
        calendar
    )
    app.command(name="dossier", help=_("Write the papers before the vote: Phụ lục 02 and Phụ lục 03."))(
        dossier
    )
    app.command(name="combine", help=_("Put elections side by side, joined by person, never added up."))(
        combine_
    )
    app.command(name="import-cvr", help=_("Count a report of cast vote records (NIST SP 1500-103)."))(
        import_cvr
    )


def calendar(
    folder: Dir,
    on: Annotated[str, option(_("day of the vote; that of election.toml if not given"), "--date")] = "",
    opens: Annotated[str, option(_("day on which the council session opens"))] = "",
    out: Annotated[Path | None, option(_("the .ics file; DIR/lich.ics if not given"))] = None,
) -> None:
    """List the deadlines, and write them for calendar programs."""
    election = load_election(Folder(folder))
    days = days_of(election, on, opens)
    now = datetime.now(UTC)
    found = deadlines(election.venue, days, now.astimezone().date())
    screen.out().print(_table(found, days))
    path = out or folder / "lich.ics"
    _write(path, as_ics(election.id, election.meeting, found, days, now))
    screen.out().print(screen.plain(path))


def days_of(election: Election, on: str = "", opens: str = "") -> Days:
    """The days that deadlines are counted from, as given or as election.toml has them.

    Raises:
        UsageError: the day of the vote is not known, or a day cannot be read, or the session opens after it.
    """
    vote = _day(on, "date") or election.date
    if vote is None:
        raise UsageError(
            _("the day of the vote is not known"),
            _("give it: --date 15/12/2023, or write date = 2023-12-15 into election.toml"),
        )
    opening = _day(opens, "opens") or election.papers.opens or vote
    if opening > vote:
        raise UsageError(
            _("the session opens on {opening}, after the vote on {vote}").format(
                opening=day(opening), vote=day(vote)
            ),
            _("correct --opens or --date"),
        )
    return Days(vote, opening)


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(as_day(text)) if text else None
    except ValueError as fault:
        raise UsageError(
            _("--{name}: “{given}” cannot be used").format(name=name, given=text),
            _("dates are written 15/12/2023, times 8:30, numbers of people 45"),
        ) from fault


def _table(found: tuple[Deadline, ...], days: Days) -> Table:
    table = Table(title=_("Vote: {vote}").format(vote=f"{weekday(days.vote)} {day(days.vote)}"))
    for head in (_("Last day"), _("Clause"), _("Who"), _("What"), _("Counted"), ""):
        table.add_column(head)
    over = _("past")
    for each in found:
        table.add_row(
            f"{weekday(each.due)} {day(each.due)}",
            each.duty.clause,
            _(each.duty.who),
            _(each.duty.what),
            counted_from(each.duty),
            over if each.past else "",
        )
    return table


def dossier(
    folder: Dir,
    out: Annotated[Path | None, option(_("where to; DIR/ho-so if not given"))] = None,
    on: Annotated[str, option(_("day of the vote; that of election.toml if not given"), "--date")] = "",
    opens: Annotated[str, option(_("day on which the council session opens"))] = "",
) -> None:
    """Write the checklist of Phụ lục 02 and the form of Phụ lục 03 for every person."""
    from omr.report.write import write_dossier

    election = load_election(Folder(folder))
    due = dossier_due(election.venue, days_of(election, on, opens))
    for path in write_dossier(out or folder / "ho-so", election, due):
        screen.out().print(screen.plain(path))


def combine_(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar=_("DIR…"), help=_("folders of elections, or folders of such folders")),
    ],
    out: Annotated[Path, option(_("where to"))],
    same: Annotated[Path | None, option(_("same-names.csv with the answers about equal names"))] = None,
) -> None:
    """Put elections side by side."""
    from omr.combining import combine

    made = combine(folders, out, same)
    for path in made.files:
        screen.out().print(screen.plain(path))
    count = len(made.joined.people)
    screen.out().print(
        ngettext(
            "{n} person of {elections} elections.", "{n} people of {elections} elections.", count
        ).format(n=count, elections=made.elections)
    )
    for problem in made.problems:
        screen.err().print(f"{screen.plain(problem.folder)}: {screen.plain(problem.why)}")
    if made.problems:
        raise OmrError(
            _("{count} of the folders could not be counted").format(count=len(made.problems)),
            _("mend them and give the command again; the others are written"),
        )
    if made.joined.asked:
        raise NotFinal(
            _("{count} names are borne by several entries that may be one person").format(
                count=len(made.joined.asked)
            ),
            _("write the same word into same_as of those who are one person, then --same same-names.csv"),
        )


def import_cvr(
    file: Annotated[Path, typer.Argument(metavar=_("FILE"), help=_("the report"), show_default=False)],
    as_json_text: Annotated[bool, typer.Option("--json", help=_("for other programs"))] = False,
) -> None:
    """Count cast vote records that this or another program wrote."""
    records = read_records(file)
    result = records.count()
    if as_json_text:
        sys.stdout.write(json.dumps(as_json(result), ensure_ascii=False, indent=1) + "\n")
    else:
        screen.show_tally(screen.out(), result, records.choices)


def _write(path: Path, content: bytes) -> None:
    try:
        with replacing(path) as beside:
            beside.write_bytes(content)
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be written: {why}").format(path=path, why=why(fault)),
            _("choose another file with --out"),
        ) from fault
