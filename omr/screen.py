"""What the command line shows: tables, the moving bar, and errors in one plain line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from omr.audit.said import in_one_line
from omr.evidence import Mark
from omr.reasons import STATE_NAMES, reason_in_words
from omr.recorded import in_words, what_to_do
from omr.report.wording import OPEN, base_name, shown
from omr.rules import judge_row
from omr.status import status
from omr.words import _, number, printable, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layouts.model import Choice
    from omr.counting import Counted
    from omr.errors import OmrError
    from omr.evidence import PageSeen
    from omr.questions import OpenItem
    from omr.recorded import Change
    from omr.scan import ScanOutcome
    from omr.tally import Check, PersonTally, Tally

#: Open questions that are listed; the rest is counted. A screen holds about so many.
MOST_SHOWN: Final = 20

#: How `omr look` draws a box.
MARK_SIGNS: Final = {Mark.EMPTY: ".", Mark.MARKED: "X", Mark.UNSURE: "?"}


def out() -> Console:
    """The console for results; width as the terminal has it, 110 where there is none."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 110)


def err() -> Console:
    """The console for errors and progress, apart from results."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def show_error(fault: OmrError, typed: Sequence[str] = ()) -> None:
    """What is wrong and what to do next, in one line; `typed` on the command line may be paths."""
    start = _("Error")
    err().print(f"[bold red]{start}:[/] {escape(one_line(fault.message, fault.advice, typed))}")


def show_warnings(warnings: Sequence[str]) -> None:
    """What is no error and yet should be seen to, a line each, apart from results."""
    start = _("Warning")
    for each in warnings:
        err().print(f"[yellow]{start}:[/] {escape(one_line(each, ''))}")


def show_edits(edits: Sequence[Change]) -> None:
    """Files that were changed by hand since they were recorded, a line each."""
    show_warnings([one_line(in_words(each), what_to_do()) for each in edits])


def one_line(message: str, advice: str, typed: Sequence[str] = ()) -> str:
    """A message and its advice as sentences on one line; a path that was typed stays as it is.

    >>> one_line("no such file", "check the path.")
    'No such file. Check the path.'
    """
    names = {str(Path(each.rpartition("=")[2])) for each in typed if each}
    return " ".join(sentence(" ".join(text.split()), names) for text in (message, advice) if text)


def tally_table(result: Tally, choices: Sequence[Choice]) -> Table:
    """The table of Phụ lục 05, with the invalid ballots and what III.6 has follow."""
    table = Table(title=_title(result), caption=base_name(result))
    table.add_column(_("No."), justify="right")
    table.add_column(_("Full name"), no_wrap=True)
    table.add_column(_("Valid ballots"), justify="right")
    for choice in choices:
        table.add_column(choice.label, justify="right")
        table.add_column("%", justify="right")
    table.add_column(_("Invalid"), justify="right")
    if result.open_rows:
        table.add_column(_("Open"), justify="right")
    table.add_column(_("III.6"), justify="center")
    for each in result.people:
        table.add_row(*_cells(result, each))
    return table


def _title(result: Tally) -> str:
    collected = _("Ballots collected: {count}").format(count=number(result.collected))
    return collected if result.final else _("DRAFT") + " · " + collected


def _cells(result: Tally, each: PersonTally) -> list[str]:
    counts = [text for choice in result.choices for text in _count_and_share(result, each.votes[choice])]
    opened = [str(each.open)] if result.open_rows else []
    start = [str(each.person.number), escape(each.person.name), str(each.valid)]
    return [*start, *counts, str(each.invalid), *opened, each.consequence]


def _count_and_share(result: Tally, count: int) -> tuple[str, str]:
    return str(count), shown(result.share(count))


def checks_table(checks: Sequence[Check]) -> Table:
    """Each condition with whether it holds; a number nobody entered leaves its check unmade."""
    table = Table(title=_("Checks"), show_header=False)
    for check in checks:
        table.add_row(check_mark(check.holds), check.text)
    return table


def check_mark(holds: bool | None) -> str:
    """Whether a check holds, in one word."""
    if holds is None:
        return _("not made")
    return _("holds") if holds else "[bold red]" + _("DOES NOT HOLD") + "[/]"


def show_consequences(console: Console, result: Tally) -> None:
    """What III.6 has follow, in words, for those it touches."""
    meaning = {
        "A": _("more than half but less than 2/3 low: out of higher planning, may be asked to resign"),
        "B": _("2/3 or more low: removed from the post"),
    }
    for each in result.people:
        if each.consequence:
            console.print(f"{escape(each.person.name)} — {each.consequence}: {meaning[each.consequence]}")


def show_outcome(outcome: ScanOutcome) -> None:
    """Files that were changed, files and pages that could not be read, a line each, and how much is new."""
    console = err()
    show_edits(outcome.edits)
    for each in outcome.broken:
        console.print(f"[red]{escape(each.name)}:[/] {escape(one_line(each.message, each.advice))}")
    for name, page, why in outcome.failed:
        where = _("{source}, page {page}").format(source=name, page=page)
        console.print(f"[red]{escape(where)}:[/] {escape(why)}")
    for skipped in outcome.skipped:
        console.print(_("{file}: not a scan, left out").format(file=escape(skipped.name)))
    console.print(
        _("{stored} pages read now, {known} known before.").format(stored=outcome.stored, known=outcome.known)
    )


def show_status(console: Console, counted: Counted) -> None:
    """Pages and ballots with the sums they must meet, and what waits for people."""
    show_sums(console, counted)
    show_waiting(console, counted, MOST_SHOWN)


def show_sums(console: Console, counted: Counted) -> None:
    """Pages and ballots with the sums they must meet, and whatever is wrong with the batch."""
    issued = counted.election.session.issued
    state = status(counted.now, counted.problems, issued, counted.printed)
    console.print(_reconciliation(state["reconciliation"], issued))
    for problem in state["problems"]:
        console.print(f"[yellow]{escape(problem['text'])}[/]")
    if counted.audit is not None:
        console.print(in_one_line(counted.audit, counted.result))


def show_waiting(console: Console, counted: Counted, most: int) -> None:
    """The questions that wait for people, at most so many of them."""
    waiting = counted.now.open_items
    if waiting:
        console.print(_open_table(waiting[:most]))
    if len(waiting) > most:
        console.print(_("… and {n} more: omr status --json").format(n=len(waiting) - most))


def _reconciliation(sums: Mapping[str, Any], issued: int | None) -> Table:
    table = Table(title=_("Reconciliation"), show_header=False)
    table.add_row(_("Pages in"), number(sums["pages"]))
    for state, name in STATE_NAMES.items():
        table.add_row("  " + _(name), number(sums[state]))
    table.add_row(_("Ballots issued"), OPEN if issued is None else number(issued))
    table.add_row(_("Ballots collected"), number(sums["collected"]))
    table.add_row(_("Questions for people"), number(sums["open"]))
    return table


def _open_table(items: Sequence[OpenItem]) -> Table:
    table = Table(title=_("Waiting for a decision"))
    for head in (_("Ballot"), _("Person"), _("Reason")):
        table.add_column(head)
    for item in items:
        row = "-" if item.number is None else str(item.number)
        table.add_row(item.ballot, row, "; ".join(reason_in_words(code) for code in item.reasons))
    return table


def show_page(console: Console, seen: PageSeen) -> None:
    """What was seen on one page, and how each row is judged."""
    flags = ", ".join(reason_in_words(flag.value) for flag in seen.flags) or _("none")
    console.print(
        _("Page {page}: {state}; flags: {flags}").format(
            page=seen.page or OPEN, state=_(STATE_NAMES[seen.state.value]), flags=flags
        )
    )
    table = Table()
    for head in (_("No."), _("Boxes"), _("Reading"), _("Reason")):
        table.add_column(head)
    for row in seen.rows:
        found = judge_row(row)
        boxes = " ".join(MARK_SIGNS[cell.mark] for cell in row.cells)
        reason = reason_in_words(found.reason.value) if found.reason else ""
        table.add_row(str(row.number), boxes, found.reading, reason)
    if seen.rows:
        console.print(table)


def plain(value: Any) -> str:
    """A value from outside, safe to print with markup."""
    return escape(printable(str(value)))
