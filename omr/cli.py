"""The command line: reads its arguments, calls one function, shows what it gives. No logic of its own."""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from typer import rich_utils

from omr import (
    __version__,
    cli_archive,
    cli_audit,
    cli_counts,
    cli_members,
    cli_papers,
    cli_serve,
    cli_verify,
    screen,
)
from omr.arguments import AsJson, Dir, option
from omr.audit.said import as_json as audit_as_json
from omr.cli_choice import choice_meant, word_on_file
from omr.cli_repeat import of_row, of_sheet, row_now
from omr.closing import proof
from omr.cluster import Cluster
from omr.counting import Counted, count_folder
from omr.election import Folder
from omr.errors import DoesNotAddUp, NotFinal, OmrError, UsageError
from omr.export import as_csv, as_cvr, as_json
from omr.files import refused, why, write_text
from omr.looking import look_at
from omr.members import minutes_sentences
from omr.prepare import Wish, prepare
from omr.printed import load_layout
from omr.progress import Reading, scan_and_show, watch_and_show
from omr.recorded import changes_of
from omr.report.public import left_blank
from omr.review import count_with, resolve_file
from omr.review import resolve as resolve_row
from omr.screen import show_page, show_status
from omr.statement import proof_lines
from omr.status import status as status_of
from omr.status import unasked_in_minutes
from omr.store import Store
from omr.usage import Commands, wrong_usage
from omr.words import _, ngettext, number

rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
rich_utils.OPTIONS_PANEL_TITLE = _("Options")
rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
rich_utils.REQUIRED_LONG_STRING = _("[required]")
rich_utils.DEFAULT_STRING = _("[default: {}]")

app = Commands(
    name="omr",
    help=_("Print, read and count the ballots of a vote of confidence. Everything stays on this machine."),
    add_completion=False,
    pretty_exceptions_enable=False,
)

DONE: Final = 0

#: What typer makes of Ctrl-C.
INTERRUPTED: Final = 130


class Format(StrEnum):
    """Formats of `omr export`."""

    CSV = "csv"
    CVR_JSON = "cvr-json"


def run(arguments: list[str]) -> int:
    """Run one command; every way it can end becomes an exit code and, at most, one line of words."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = int(app(arguments, prog_name="omr", standalone_mode=False) or DONE)
        return _stopped(arguments) if code == INTERRUPTED else code
    except OmrError as fault:
        return _ended(fault, arguments)
    except (typer.Abort, KeyboardInterrupt):
        return _stopped(arguments)
    except Exception as fault:  # noqa: BLE001 - the last door: whatever it is, people get one line
        return _ended(_of_stranger(fault), arguments)


def _stopped(arguments: list[str]) -> int:
    return _ended(OmrError(_("stopped"), _("give the same command again to go on")), arguments)


def _ended(fault: OmrError, arguments: list[str]) -> int:
    if "--debug" in arguments:
        traceback.print_exception(fault)
    screen.show_error(fault, arguments)
    return fault.exit_code


def _of_stranger(fault: Exception) -> OmrError:
    """A fault of the command line's own parser, or a bug, as one of ours."""
    if isinstance(fault, (OSError, MemoryError)):
        new = refused(fault)
    elif hasattr(fault, "format_message"):
        new = UsageError(wrong_usage(fault), _("see omr --help, or omr COMMAND --help"))
    else:
        new = OmrError(
            _("the program failed: {why}").format(why=f"{type(fault).__name__}: {fault}"),
            _("this is a bug; --debug before the command shows where"),
        )
    new.__cause__ = fault
    return new


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    lang: Annotated[str, option(_("language: vi or en"), "--lang")] = "",  # noqa: ARG001 - read by __main__
    debug: Annotated[bool, typer.Option("--debug", help=_("show the traceback of an error"))] = False,  # noqa: ARG001
    version: Annotated[bool, typer.Option("--version", help=_("show the version"))] = False,
) -> None:
    """Show the version or the commands, where none is called."""
    if version:
        screen.out().print(f"omr {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(name="init", help=_("Make a new election folder: election.toml, people.csv, key."))
def init(  # noqa: PLR0913, PLR0917 - one option a key of election.toml
    folder: Dir,
    people: Annotated[Path | None, option(_("the roster as in Phụ lục 01: CSV (UTF-8) or XLSX"))] = None,
    venue: Annotated[str, option(_("where: BCH, HDND, HNCB or another name of your list"))] = "",
    layout: Annotated[str, option(_("kind of ballot: phu_luc_04 or bo_phieu"))] = "phu_luc_04",
    agency: Annotated[str, option(_("agency, printed at the top left"))] = "",
    superior: Annotated[str, option(_("the agency above it"))] = "",
    meeting: Annotated[str, option(_("name of the session, for the report"))] = "",
    place: Annotated[str, option(_("place name before the date"))] = "",
    date: Annotated[str, option(_("day of the vote, 15/12/2023"))] = "",
    title: Annotated[str, option(_("title of the ballot"))] = "",
    voters: Annotated[str, option(_("(1) who votes"))] = "",
    subjects: Annotated[str, option(_("(2) whose confidence is voted on"))] = "",
    year: Annotated[int | None, option(_("year of the vote"))] = None,
    basis: Annotated[str, option(_("the paragraph above the table"))] = "",
    summoned: Annotated[int | None, option(_("delegates summoned"))] = None,
    present: Annotated[int | None, option(_("delegates present"))] = None,
    present_at_vote: Annotated[int | None, option(_("delegates present at the vote"))] = None,
    issued: Annotated[int | None, option(_("ballots issued"))] = None,
    head: Annotated[str, option(_("head of the counting board"))] = "",
    override_quorum: Annotated[str, option(_("reason to vote without a quorum (plan, II.1)"))] = "",
    override_eligibility: Annotated[
        str, option(_("reason to vote on people whom II.1 of the plan excludes"))
    ] = "",
) -> None:
    """Make a new election folder."""
    session = {
        "summoned": summoned,
        "present": present,
        "present_at_vote": present_at_vote,
        "issued": issued,
        "head": head,
    }
    wish = Wish(
        venue=venue.strip().upper(),
        layout=layout,
        agency=agency,
        superior=superior,
        meeting=meeting,
        place=place,
        date=date,
        title=title,
        voters=voters,
        subjects=subjects,
        year=year,
        basis=basis,
        session=session,
        overrides={"quorum": override_quorum, "eligibility": override_eligibility},
    )
    made = prepare(Folder(folder), wish, people)
    console = screen.out()
    console.print(
        ngettext(
            "{folder}: {count} person to be voted on.",
            "{folder}: {count} people to be voted on.",
            len(made.listed),
        ).format(folder=screen.plain(folder), count=len(made.listed))
    )
    if people is None:
        text = _("These people are invented examples: put your own into {file} before you print.")
        console.print(text.format(file=screen.plain(Folder(folder).people_csv)), soft_wrap=True)
    for each in made.left_out:
        why = each.note or ", ".join(each.venues) or _("no venue given")
        console.print(
            _("Left out: {name} ({why})").format(name=screen.plain(each.name), why=screen.plain(why))
        )
    console.print(
        _("Next: look through election.toml, then omr print {folder} --copies N").format(
            folder=screen.plain(folder)
        )
    )


@app.command(
    name="print", help=_("Write the ballots to be printed: ballots.pdf, a test print, the blank pages.")
)
def print_(
    folder: Dir,
    copies: Annotated[int, typer.Option(help=_("how many ballots"), min=1, max=100_000, show_default=False)],
    anew: Annotated[
        bool,
        typer.Option("--anew", help=_("print others than before: those are void then, and are destroyed")),
    ] = False,
) -> None:
    """Write everything that is printed."""
    from omr.printing import print_ballots

    done = print_ballots(Folder(folder), copies, anew=anew)
    console = screen.out()
    screen.show_edits(done.edits)
    if done.other_year:
        text = _(
            "the ballot says {year}, but the day of the vote is in {other}: correct year in election.toml"
        )
        screen.show_warnings([text.format(year=done.year, other=done.other_year)])
    if done.changed:
        text = _("Destroy the ballots printed before, they cannot be read any more: {what}.")
        console.print(text.format(what=screen.plain(done.changed)), soft_wrap=True)
    if done.kept:
        text = _("What they were read by is kept in {path}: to go back, copy it into the folder again.")
        console.print(text.format(path=screen.plain(done.kept)), soft_wrap=True)
    pages = len(done.layout.pages)
    console.print(
        _(
            "{path}: {copies} ballots, {pages} page(s) each. Print at 100 %, check with test-print.pdf first."
        ).format(path=screen.plain(Folder(folder).ballots_pdf), copies=copies, pages=pages)
    )
    if done.total > copies:
        text = _(
            "With earlier prints of the same list {total} ballots were printed. How many were handed out is "
            "what you enter as issued in [session] of election.toml, not this sum; destroy the rest before "
            "witnesses."
        )
        console.print(text.format(total=number(done.total)), soft_wrap=True)


@app.command(name="scan", help=_("Read scanned pages: PDF, TIFF, JPEG, PNG, WebP files and folders of them."))
def scan(  # noqa: PLR0913, PLR0917 - a scan has this many options
    folder: Dir,
    paths: Annotated[
        list[Path], typer.Argument(metavar=_("PATH…"), help=_("files and folders"), show_default=False)
    ],
    jobs: Annotated[int | None, option(_("processes that read; all processors if not given"))] = None,
    count: Annotated[
        int,
        typer.Option(help=_("2: a second, independent count of the box"), min=1, max=2, show_default=False),
    ] = 1,
    watch: Annotated[
        bool, typer.Option("--watch", help=_("wait for files that come into a folder; Ctrl-C ends it"))
    ] = False,
    idle: Annotated[
        float | None, option(_("with --watch: end when nothing has come for so many seconds"))
    ] = None,
    dask: Annotated[str, option(_("read on a Dask cluster: the address of its scheduler"))] = "",
) -> None:
    """Read scanned pages; what was read before is recognised."""
    how = Reading(jobs, count, Cluster(dask) if dask else None)
    if watch:
        raise typer.Exit(watch_and_show(Folder(folder), paths, how, idle))
    raise typer.Exit(scan_and_show(Folder(folder), paths, how))


@app.command(name="status", help=_("What is in, what is flagged, what does not add up."))
def status(
    folder: Dir,
    as_json_text: AsJson = False,
    every: Annotated[bool, typer.Option("--all", help=_("list everything that waits for people"))] = False,
) -> None:
    """Show the state of the election."""
    counted = count_folder(Folder(folder))
    figures = proof(Folder(folder), counted.election.rules.reviewers)
    edits = changes_of(Folder(folder))
    if as_json_text:
        issued = counted.election.session.issued
        state = status_of(counted.now, counted.problems, issued, counted.printed, edits)
        audit = None if counted.audit is None else audit_as_json(counted.audit, counted.result)
        _print_json({**state, "audit": audit, "chain": asdict(figures)})
    else:
        show_status(screen.out(), counted, folder, None if every else screen.MOST_SHOWN)
        for line in proof_lines(figures):
            screen.out().print(line, soft_wrap=True)
        screen.show_edits(edits)


@app.command(name="resolve", help=_("Record what people decided about a row or a whole ballot."))
def resolve(  # noqa: PLR0913, PLR0917 - a decision has this many parts
    folder: Dir,
    ballot: Annotated[
        str,
        typer.Argument(
            metavar=_("BALLOT"),
            help=_("id of the ballot, from omr status; or the name of a file that could not be read"),
            show_default=False,
        ),
    ],
    row: Annotated[
        str,
        typer.Argument(
            metavar=_("ROW"),
            help=_("number of the person, or - for the whole ballot"),
            show_default=False,
        ),
    ],
    choice: Annotated[
        str,
        typer.Argument(
            metavar=_("CHOICE"),
            help=_(
                "of a row: a level by its word on the ballot, or high medium low blank overvote struck; of a "
                "ballot: valid invalid ballot other same foreign rescanned; undo takes the last one back"
            ),
            show_default=False,
        ),
    ],
    by: Annotated[str, option(_("who decides; the names of all where the board decides together"))],
    why: Annotated[str, option(_("the reason"))] = "",
    alone: Annotated[
        bool, typer.Option("--alone", help=escape(_("one member's word, until [rules] reviewers agree")))
    ] = False,
) -> None:
    """Record a decision; earlier ones are kept."""
    counted, number = count_folder(Folder(folder)), _row_number(row)
    with Store(Folder(folder).database) as store:
        if number is None and store.is_broken(ballot):
            choice = word_on_file(counted.now, choice)
            resolve_file(store, counted.now, ballot, choice, by=by, why=why)
        else:
            choice = choice_meant(counted.now, number, choice)
            now, name = count_with(counted.now, ballot)
            resolve_row(store, now, name, number, choice, by=by, why=why, agreed=not alone)
    new = count_folder(Folder(folder)).now
    if number is None:
        lines = [of_sheet(new.layout, ballot, choice)]
    else:
        states = (row_now(each, ballot, number) for each in (counted.now, new))
        lines = of_row(new.layout, number, choice, *states)
    for line in lines:
        screen.out().print(screen.plain(line), soft_wrap=True)
    left = len(new.open_items)
    screen.out().print(
        ngettext("Recorded. {n} question is open.", "Recorded. {n} questions are open.", left).format(n=left)
    )


def _row_number(text: str) -> int | None:
    if text == "-":
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    raise UsageError(
        _("“{text}” is not the number of a row").format(text=text),
        _("write a number, or - for the whole ballot"),
    )


@app.command(name="look", help=_("See a page as the reader sees it: one picture a step."))
def look(
    folder: Dir,
    page: Annotated[
        str,
        typer.Argument(
            metavar=_("PAGE"),
            help=_("a page as omr status --json names it, or a picture"),
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, option(_("where to; DIR/look/… if not given"))] = None,
) -> None:
    """Read one page again and keep a picture of each step."""
    seen, pictures = look_at(Folder(folder), page, out)
    show_page(screen.out(), seen, load_layout(Folder(folder)).choices)
    for path in pictures:
        screen.out().print(screen.plain(path))


@app.command(name="demo", help=_("Run all of it on the sample that comes with the program."))
def demo(
    folder: Annotated[Path, typer.Argument(metavar=_("DIR"), help=_("a new folder"))] = Path("demo"),
) -> None:
    """Print, scan, count and report the sample election."""
    from omr.demo import run_demo

    raise typer.Exit(run_demo(Folder(folder)))


@app.command(name="tally", help=_("Count: the table of Phụ lục 05, exact shares, consequences, checks."))
def tally(folder: Dir, as_json_text: AsJson = False) -> None:
    """Show the result as it stands now."""
    counted = count_folder(Folder(folder))
    if as_json_text:
        _print_json(as_json(counted.result))
    else:
        console = screen.out()
        screen.show_tally(console, counted.result, counted.layout.choices)
        screen.show_consequences(console, counted.result)
        console.print(screen.checks_table(counted.result.checks))
        screen.show_questions(console, counted)
        screen.show_second(console, counted.now)
    _refuse_draft(counted)


@app.command(
    name="report",
    help=_("Write the papers of the result: phu-luc-05.docx .pdf .xlsx, results.csv, chart.png."),
)
def report(
    folder: Dir,
    out: Annotated[Path | None, option(_("where to; the folder of the election if not given"))] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help=_("write a draft while work is left for people"))
    ] = False,
) -> None:
    """Write the papers of the result."""
    from omr.papers import write_papers
    from omr.printing import serif

    counted = count_folder(Folder(folder))
    figures = proof_lines(proof(Folder(folder), counted.election.rules.reviewers))
    with Store(Folder(folder).database) as store:
        said = (*unasked_in_minutes(counted.now), *minutes_sentences(store.member_lines()))
    screen.show_second(screen.err(), counted.now)
    made = write_papers(out or folder, counted, serif(), draft=draft, proof=(*said, *figures))
    if counted.result.final:
        screen.show_warnings(left_blank(counted.election))
    for path in made:
        screen.out().print(screen.plain(path))


@app.command(name="export", help=_("Write the votes for other programs, in the order of random ballot ids."))
def export(
    folder: Dir,
    form: Annotated[Format, option(_("csv, or cvr-json (NIST SP 1500-103)"), "--format")],
    out: Annotated[Path, option(_("the file to write"))],
) -> None:
    """Write the votes for other programs."""
    counted = count_folder(Folder(folder))
    if form is Format.CSV:
        text = as_csv(counted.ballots, counted.layout)
    else:
        records = as_cvr(counted.ballots, counted.layout, counted.election, datetime.now(UTC))
        text = json.dumps(records, ensure_ascii=False, indent=1) + "\n"
    try:
        write_text(out, text)
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be written: {why}").format(path=out, why=why(fault)),
            _("choose another file with --out"),
        ) from fault
    screen.out().print(screen.plain(out))


cli_archive.register(app)
cli_audit.register(app)
cli_counts.register(app)
cli_members.register(app)
cli_papers.register(app)
cli_serve.register(app)
cli_verify.register(app)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _refuse_draft(counted: Counted) -> None:
    """Exit 4 where the numbers contradict each other, 3 where people have still to decide, else 0."""
    reasons = "; ".join(counted.result.draft_reasons)
    if not counted.result.adds_up:
        raise DoesNotAddUp(
            _("the numbers do not add up: {reasons}").format(reasons=reasons),
            _("check the numbers in election.toml and recount the box"),
        )
    if not counted.result.final:
        raise NotFinal(
            _("the result is not final: {reasons}").format(reasons=reasons),
            _("see omr status; omr report --draft writes a draft"),
        )
