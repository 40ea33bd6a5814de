"""What the command line shows: tables, the moving bar, and errors in one plain line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from omr.audit.said import in_one_line
from omr.evidence import Mark
from omr.reasons import STATE_NAMES, reason_in_words
from omr.recorded import in_words, what_to_do
from omr.report.wording import OPEN, base_name, shown
from omr.rules import BLANK, OVERVOTE, STRUCK, UNSURE, judge_row
from omr.status import status, unasked_difference
from omr.words import _, later, ngettext, number, printable, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layouts.model import Choice
    from omr.counting import Counted
    from omr.errors import OmrError
    from omr.evidence import PageSeen
    from omr.questions import Count, OpenItem
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


def show_tally(console: Console, result: Tally, choices: Sequence[Choice]) -> None:
    """The table of Phụ lục 05 in the widest form that the console holds; no number of it is ever cut."""
    for form in FORMS:
        table = tally_table(result, choices, form)
        if fits(console, table):
            console.print(table)
            return
    _show_as_list(console, result, choices)


@dataclass(frozen=True, slots=True)
class Form:
    """How wide a table is set.

    Attributes:
        lines: at most so many lines a heading.
        name: columns of the terminal that names have at least.
        stacked: a share stands below its number instead of beside it, and no rules between columns.
    """

    lines: int
    name: int
    stacked: bool = False


#: Lines of a heading in the narrowest table: Vietnamese ones have up to four words, none over six letters.
MOST_LINES: Final = 4

#: From wide to narrow.
FORMS: Final = (
    Form(1, 24),
    Form(2, 16),
    Form(MOST_LINES, 12),
    Form(MOST_LINES, 16, stacked=True),
    Form(MOST_LINES, 10, stacked=True),
)


def tally_table(result: Tally, choices: Sequence[Choice], form: Form = FORMS[0]) -> Table:
    """The table of Phụ lục 05, with the invalid ballots and, once it is final, what III.6 has follow."""
    table = Table(title=_title(result), caption=base_name(result))
    if form.stacked:
        table.box, table.leading = SIMPLE, 1
    heads = [_("Valid ballots")]
    for choice in choices:
        heads += [f"{choice.label}\n%"] if form.stacked else [choice.label, "%"]
    heads.append(_("Invalid"))
    heads += [_("Open")] if result.open_rows else []
    heads += [_("Consequence (III.6)")] if result.final else []
    rows = [_cells(result, each, stacked=form.stacked) for each in result.people]
    add_numbers(table, _("No."), [str(each.person.number) for each in result.people])
    add_names(table, form.name)
    for place, head in enumerate(heads):
        add_numbers(table, head, [row[place] for row in rows], form.lines)
    for each, row in zip(result.people, rows, strict=True):
        table.add_row(str(each.person.number), escape(each.person.name), *row)
    return table


def add_names(table: Table, least: int) -> None:
    """A column of names: they go on in the next line where they are long."""
    table.add_column(_("Full name"), min_width=least, overflow="fold")


def add_numbers(table: Table, head: str, cells: Sequence[str], lines: int = 1) -> None:
    """A column of numbers as wide as the longest of them and of its heading's lines: none is cut."""
    heading = "\n".join(in_lines(part, lines) for part in head.split("\n"))
    width = max(cell_len(line) for text in (heading, *cells) for line in text.split("\n"))
    table.add_column(heading, justify="right", no_wrap=True, min_width=width)


def in_lines(text: str, lines: int) -> str:
    r"""A text broken between words into at most so many lines, as narrow as they get.

    >>> in_lines("Tín nhiệm cao", 2), in_lines("Tín nhiệm cao", 4)
    ('Tín nhiệm\ncao', 'Tín\nnhiệm\ncao')
    """
    words = text.split()
    for width in range(max(map(len, words), default=0), len(text) + 1):
        broken = wrap(text, width, break_long_words=False, break_on_hyphens=False)
        if len(broken) <= lines:
            return "\n".join(broken)
    return text


def fits(console: Console, table: Table) -> bool:
    """Whether the console is wide enough for all columns of a table as wide as they must be."""
    wide = console.options.update(max_width=10_000)
    return Measurement.get(console, wide, table).minimum <= console.width


def _show_as_list(console: Console, result: Tally, choices: Sequence[Choice]) -> None:
    """The result for a narrow terminal: a line a number, one person after the other."""
    console.print(_title(result), style="bold")
    for each in result.people:
        console.print(f"{each.person.number}. {escape(each.person.name)}", style="bold")
        lines = [(_("Valid ballots"), str(each.valid))]
        for choice in choices:
            count, share = _count_and_share(result, each.votes[choice.id])
            lines.append((choice.label, f"{count} ({share}\u00a0%)"))
        lines.append((_("Invalid"), str(each.invalid)))
        lines += [(_("Open"), str(each.open))] if result.open_rows else []
        lines += [(_("Consequence (III.6)"), each.consequence)] if result.final and each.consequence else []
        for head, value in lines:
            console.print(f"   {escape(head)}: {value}", soft_wrap=True)
    console.print(base_name(result))


def _title(result: Tally) -> str:
    collected = _("Ballots collected: {count}").format(count=number(result.collected))
    return collected if result.final else _("DRAFT") + " · " + collected


def _cells(result: Tally, each: PersonTally, *, stacked: bool) -> list[str]:
    """Everything of one person beside number and name."""
    counts = [_count_and_share(result, each.votes[choice]) for choice in result.choices]
    votes = ["\n".join(pair) for pair in counts] if stacked else [text for pair in counts for text in pair]
    opened = [str(each.open)] if result.open_rows else []
    follows = [each.consequence] if result.final else []
    return [str(each.valid), *votes, str(each.invalid), *opened, *follows]


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
    """What III.6 has follow, in words, for those it touches; of a draft nothing, and of nobody."""
    if not result.final:
        console.print(_("Nothing is concluded yet: the result is a draft."))
        return
    meaning = {
        "A": _("more than half but less than 2/3 low: out of higher planning, may be asked to resign"),
        "B": _("2/3 or more low: removed from the post"),
    }
    touched = [each for each in result.people if each.consequence]
    if touched:
        console.print(_("Consequences under III.6 of the plan"), style="bold")
    for each in touched:
        console.print(f"{escape(each.person.name)} — {each.consequence}: {meaning[each.consequence]}")


def show_second(console: Console, now: Count) -> None:
    """That a second count which nobody asked for does not agree with the first, in one line."""
    text = unasked_difference(now)
    if text:
        console.print(f"[yellow]{escape(one_line(text, ''))}[/]", soft_wrap=True)


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
    if outcome.sources or not outcome.broken:
        text = _("{stored} pages read now, {known} known before.")
        console.print(text.format(stored=outcome.stored, known=outcome.known))


def show_status(console: Console, counted: Counted, folder: Path, most: int | None = MOST_SHOWN) -> None:
    """Pages and ballots with the sums they must meet, and what waits for people; all of that where None."""
    show_sums(console, counted)
    show_waiting(console, counted, folder, most)


def show_sums(console: Console, counted: Counted) -> None:
    """Pages and ballots with the sums they must meet, and whatever is wrong with the batch."""
    issued = counted.election.session.issued
    state = status(counted.now, counted.problems, issued, counted.printed)
    console.print(_reconciliation(state["reconciliation"], issued))
    show_questions(console, counted)
    for problem in state["problems"]:
        console.print(f"[yellow]{escape(problem['text'])}[/]")
    if counted.audit is not None:
        console.print(in_one_line(counted.audit, counted.result))


def show_questions(console: Console, counted: Counted) -> None:
    """Why open rows and questions are not as many, in one line, where they are not."""
    rows, questions = counted.result.open_rows, len(counted.now.open_items)
    if rows and questions and rows != questions:
        text = ngettext(
            "The {rows} open rows are {n} question: one about a whole sheet settles all its rows.",
            "The {rows} open rows are {n} questions: one about a whole sheet settles all its rows.",
            questions,
        )
        console.print(text.format(rows=number(rows), n=number(questions)), soft_wrap=True)


def show_waiting(console: Console, counted: Counted, folder: Path, most: int | None = None) -> None:
    """The questions that wait for people: the first so many, and how to see the others; or all."""
    waiting = counted.now.open_items
    if waiting:
        console.print(_open_table(waiting[:most]))
    if most is not None and len(waiting) > most:
        text = _("… and {n} more. All of them: omr status {folder} --all")
        console.print(text.format(n=number(len(waiting) - most), folder=plain(folder)), soft_wrap=True)


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


#: What a row may be read as beside the levels.
READINGS: Final = {
    BLANK: later("no box is marked"),
    OVERVOTE: later("two or three boxes are marked"),
    STRUCK: later("the name is crossed out"),
    UNSURE: later("a person decides"),
}


def show_page(console: Console, seen: PageSeen, choices: Sequence[Choice] = ()) -> None:
    """What was seen on one page, and how each row is judged; levels as on the ballot."""
    readings = {key: _(text) for key, text in READINGS.items()} | {each.id: each.label for each in choices}
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
        read = readings.get(found.reading, found.reading)
        table.add_row(str(row.number), boxes, escape(read), reason)
    if seen.rows:
        console.print(table)


def plain(value: Any) -> str:
    """A value from outside, safe to print with markup."""
    return escape(printable(str(value)))
