"""The command of the hand audit. `omr.cli` adds it to its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from omr import screen
from omr.arguments import Dir
from omr.audit.counted import added_up, columns_of, read_form
from omr.audit.record import INVALID
from omr.audit.said import STATES, meaning
from omr.audit.state import SETTLED, State, overall, people_of
from omr.auditing import (
    Agreed,
    begin,
    begun,
    refuse_other_stack,
    take,
    take_back,
    taken_by,
    task_of,
    write_forms,
    write_outcome,
)
from omr.counting import count_folder
from omr.election import Folder
from omr.errors import DoesNotAddUp, ElectionError, NotFinal, UsageError
from omr.words import _, ngettext, number, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.audit.record import Found, Record
    from omr.audit.state import PersonAudit, Share
    from omr.auditing import Task
    from omr.counting import Counted


#: Letters of "100 (95–120)", which does not break.
RANGE_WIDTH: Final = 12

#: The risk limit where none is given: of a hundred wrong outcomes at most five pass unseen.
USUAL_RISK: Final = "5%"


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(
        name="audit",
        help=_("Audit the result by hand: draw ballots by dice, take the count, judge the risk."),
    )(audit)


def audit(  # noqa: PLR0913, PLR0917 - an audit has this many options
    folder: Dir,
    seed: Annotated[
        str, typer.Option(help=_("begin: 20 digits or more, thrown with a ten-sided die"), show_default=False)
    ] = "",
    risk: Annotated[str, typer.Option(help=_("the risk limit, 1% to 20%"))] = USUAL_RISK,
    within: Annotated[
        str,
        typer.Option(help=_("audit the shares too: how many points they may be off"), show_default=False),
    ] = "",
    count: Annotated[
        Path | None,
        typer.Option(help=_("what people counted: the form's CSV, filled in"), show_default=False),
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help=_("ask for what people counted"))] = False,
    everything: Annotated[
        bool, typer.Option("--all", help=_("the count is of all ballots, for everybody"))
    ] = False,
    stack: Annotated[
        int | None, typer.Option(help=_("ballots in the stack, counted by hand"), show_default=False)
    ] = None,
    by: Annotated[str, typer.Option(help=_("who counted"), show_default=False)] = "",
    undo: Annotated[bool, typer.Option("--undo", help=_("take the last count back; it is kept"))] = False,
    why: Annotated[str, typer.Option(help=_("the reason"), show_default=False)] = "",
) -> None:
    """Begin an audit, or take a count, or show how far it is."""
    home, now = Folder(folder), datetime.now(UTC)
    counted = count_folder(home)
    if seed:
        near = _share(within, "within", Fraction(1, 2)) if within else None
        record = begin(home, counted, Agreed(seed, _share(risk, "risk", Fraction(1, 5)), near), now)
    else:
        record = begun(home)
        if undo:
            record = take_back(home, record, by, why, now)
        elif count is not None or ask:
            task = _task(record, counted, everything=everything)
            looked = refuse_other_stack(record, stack)
            columns = columns_of(counted.layout.choices)
            found = _asked(task, columns) if count is None else _read(count, task, columns)
            record = take(home, record, task, taken_by(found, by, now), looked)
    _show(home, counted, record, everything=everything and not (count or ask or undo))


def _task(record: Record, counted: Counted, *, everything: bool) -> Task:
    task = task_of(record, counted, everything=everything)
    if task is None:
        raise UsageError(
            _("nothing waits for a count"), _("give --all if all ballots were counted all the same")
        )
    return task


def _share(text: str, name: str, most: Fraction) -> Fraction:
    """A share as people write it: 5%, 2,5%, 0.05; from one thousandth on."""
    found = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*(%?)", text.strip())
    value = Fraction(found[1].replace(",", ".")) / (100 if found[2] else 1) if found else Fraction(0)
    if not Fraction(1, 1000) <= value <= most:
        raise UsageError(
            _("--{name}: “{given}” is not a share up to {most} %").format(
                name=name, given=text, most=percent(most)
            ),
            _("write it as 5%"),
        )
    return value


def _read(path: Path, task: Task, columns: Mapping[str, str]) -> dict[int, Found]:
    return read_form(path, task.people, columns, task.ballots)


def _asked(task: Task, columns: Mapping[str, str]) -> dict[int, Found]:
    """Ask for every person until the numbers add up."""
    console = screen.out()
    console.print(_("{ballots} ballots; type for each person: {columns}").format(
        ballots=task.ballots, columns=" · ".join(columns.values())
    ))  # fmt: skip
    return {
        each.number: _asked_of(f"{each.number}. {each.name}", task.ballots, tuple(columns))
        for each in task.people
    }


def _asked_of(name: str, ballots: int, columns: tuple[str, ...]) -> Found:
    while True:
        words = str(typer.prompt(name)).split()
        if len(words) != len(columns) or not all(word.isascii() and word.isdigit() for word in words):
            screen.err().print(_("type {n} whole numbers with spaces between them").format(n=len(columns)))
            continue
        try:
            return added_up(name, dict(zip(columns, map(int, words), strict=True)), ballots)
        except ElectionError as fault:
            screen.show_error(fault)


def _show(home: Folder, counted: Counted, record: Record, *, everything: bool) -> None:
    """The table of everybody, what is to be done next with its form, and the exit code."""
    people, console = people_of(record, counted.result), screen.out()
    from omr.printing import serif

    console.print(_table(counted, record, people))
    console.print(_precision(people))
    task = task_of(record, counted, everything=everything)
    for each in record.withdrawn:
        console.print(
            _("A count was taken back by {by}: {why}.").format(
                by=screen.plain(each.by), why=screen.plain(each.why)
            )
        )
    if task is not None:
        if task.places:
            console.print(_("Take out these ballots of the stack, the top one is 1:"))
            console.print(" ".join(map(str, task.places)))
        for path in write_forms(home, counted, record, task, serif()):
            console.print(screen.plain(path))
    _end(home, counted, record, people, task)


def _end(
    home: Folder, counted: Counted, record: Record, people: tuple[PersonAudit, ...], task: Task | None
) -> None:
    """What the audit says of all, with the paper about it once it is at its end; else what is to be done."""
    from omr.printing import serif

    state, done = overall(people), sum(each.state in SETTLED for each in people)
    if state in SETTLED:
        said = _("The outcome stands: confirmed for all {n} people at a risk limit of {risk} %.").format(
            n=len(people), risk=percent(record.limit)
        )
        screen.out().print("\n".join([said, *meaning(record, people)]))
        screen.out().print(screen.plain(write_outcome(home, counted, record, said, serif())))
        return
    if state is State.DIFFERS:
        differing = ", ".join(str(each.number) for each in people if each.state is State.DIFFERS)
        said = _("the count of all ballots gave other numbers than the result for no. {numbers}")
        write_outcome(home, counted, record, screen.one_line(said.format(numbers=differing), ""), serif())
        raise DoesNotAddUp(
            _("the count of all ballots gave other numbers than the result for no. {numbers}").format(
                numbers=differing
            ),
            _("the count by hand stands: find the ballots that were read wrongly and decide them anew"),
        )
    if task is not None and task.places:
        more = ngettext("draw {n} more ballot", "draw {n} more ballots", task.ballots).format(n=task.ballots)
        raise NotFinal(
            _("not enough yet, confirmed for {done} of {all} people: {more}").format(
                done=done, all=len(people), more=more
            ),
            _("count them on the form, then: omr audit DIR --count FILE --stack N --by NAMES"),
        )
    raise NotFinal(
        _("not enough yet, confirmed for {done} of {all} people: count all ballots for the others").format(
            done=done, all=len(people)
        ),
        _("count them on the form, then: omr audit DIR --count FILE --stack N --by NAMES"),
    )


def _table(counted: Counted, record: Record, people: tuple[PersonAudit, ...]) -> Table:
    drawn = max((each.drawn for each in people), default=0)
    table = Table(
        title=_("Hand audit: {drawn} of {box} ballots counted, risk limit {risk} %").format(
            drawn=number(drawn), box=number(record.box), risk=percent(record.limit)
        )
    )
    table.add_column(_("No."), justify="right")
    table.add_column(_("Full name"))
    labels = {choice.id: choice.label for choice in counted.layout.choices} | {INVALID: _("Invalid")}
    for label in labels.values():
        table.add_column(label, justify="right", min_width=RANGE_WIDTH)
    table.add_column(_("Risk %"), justify="right")
    table.add_column(_("State"), min_width=11)
    names = {each.person.number: each.person.name for each in counted.result.people}
    for each in people:
        ranges = {share.choice: _range(share, sampled=each.is_sampled) for share in each.shares}
        table.add_row(
            str(each.number),
            screen.plain(names[each.number]),
            *(ranges[choice] for choice in labels),
            "–" if each.number in record.counted_in_full else percent(each.risk),
            _(STATES[each.state]),
        )
    return table


def _range(share: Share, *, sampled: bool) -> str:
    """The reported number, and from where to where the ballots drawn let it be."""
    if not sampled:
        return str(share.reported)
    text = f"{share.reported} ({share.allowed})"
    return text if share.holds else f"[bold red]{text}[/]"


def _precision(people: tuple[PersonAudit, ...]) -> str:
    """What the numbers in brackets are."""
    text = _(
        "Ballots of the box by the result; in brackets: as many as the ballots drawn allow, "
        "each at the risk limit."
    )
    if not any(each.strays for each in people):
        return text
    return text + " " + _("Where the result lies outside, count all ballots: omr audit DIR --all.")
