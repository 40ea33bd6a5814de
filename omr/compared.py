"""How two counts of a box compare: as tables for a terminal, and as JSON for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from omr.rules import OPEN
from omr.screen import MOST_LINES, add_names, add_numbers, fits
from omr.words import _, later, ngettext, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layouts.model import Choice
    from omr.compare import Comparison, Pair
    from omr.tally import Tally

#: Version of the form of `omr compare --json`.
VERSION: Final = 1

#: Sheets that are listed; the rest is counted. A screen holds about so many.
MOST_SHOWN: Final = 40

#: What rows and ballots that are no vote count as, in words.
NAMES: Final[Mapping[str, str]] = {
    OPEN: later("not decided"),
    "blank": later("no box is marked"),
    "overvote": later("two or three boxes are marked"),
    "struck": later("the name is crossed out"),
    "invalid": later("the whole ballot is invalid"),
    "sound": later("the ballot stands"),
    "open": later("a page is missing or in doubt"),
    "suspect": later("perhaps not issued by the board"),
}


def as_json(compared: Comparison, result: Tally) -> dict[str, Any]:
    """The comparison for other programs. It names ballots and votes, as `omr export` does."""
    return {
        "version": VERSION,
        "agreed": compared.agreed,
        "collected": list(compared.collected),
        "without_ink": list(compared.without_ink),
        "unread": list(compared.unread),
        "same_pictures": compared.same_pictures,
        "people": [
            {
                "number": each.person.number,
                "name": each.person.name,
                "agrees": one == two,
                "counts": [one, two],
            }
            for each in result.people
            for one, two in [_votes(compared, each.person.number, result.choices)]
        ],
        "sheets": [_pair_json(pair) for pair in compared.differing],
        "only_in_1": [_only_json(compared, each) for each in compared.only_one],
        "only_in_2": [_only_json(compared, each) for each in compared.only_two],
    }


def _votes(compared: Comparison, row: int, choices: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    """One person's numbers in both counts: each choice, invalid and open."""
    one, two = (_numbers(side, choices) for side in compared.votes[row])
    return one, two


def _numbers(side: Mapping[str, int], choices: Sequence[str]) -> dict[str, int]:
    known = {choice: side.get(choice, 0) for choice in choices}
    opened = side.get(OPEN, 0)
    return {**known, "invalid": sum(side.values()) - sum(known.values()) - opened, "open": opened}


def _pair_json(pair: Pair) -> dict[str, Any]:
    one, two = pair.states
    rows = [{"number": row.number, "values": [row.one, row.two]} for row in pair.rows]
    return {"ballots": [pair.one, pair.two], "states": [one.value, two.value], "rows": rows}


def _only_json(compared: Comparison, name: str) -> dict[str, Any]:
    return {"ballot": name, "vouched": name in compared.vouched}


def show_comparison(console: Console, compared: Comparison, result: Tally, choices: Sequence[Choice]) -> None:
    """Per person whether the counts agree, and every sheet in which they do not; levels as on the ballot."""
    show_people(console, compared, result, choices)
    for line in _lines(compared):
        console.print(line)
    otherwise = [pair for pair in compared.differing if pair.read_otherwise]
    if otherwise:
        console.print(_sheets_table(otherwise, {choice.id: choice.label for choice in choices}))
    for names, text in (
        (compared.only_one, _("In the first count only: {sheets}")),
        (compared.only_two, _("In the second count only: {sheets}")),
    ):
        if names:
            console.print(text.format(sheets=", ".join(_named(compared, each) for each in names)))
    console.print(_verdict(compared))


def show_people(console: Console, compared: Comparison, result: Tally, choices: Sequence[Choice]) -> None:
    """The numbers of both counts; in a narrow terminal the rules between them go, never a number."""
    table = people_table(compared, result, choices)
    if not fits(console, table):
        table.box, table.padding = None, (0, 1, 0, 0)
    console.print(table)


def people_table(compared: Comparison, result: Tally, choices: Sequence[Choice]) -> Table:
    """The numbers of both counts side by side, one line a person."""
    first, second = (number(each) for each in compared.collected)
    title = _("Ballots collected: {first} in the first count, {second} in the second")
    table = Table(title=title.format(first=first, second=second))
    rows = []
    for each in result.people:
        one, two = _votes(compared, each.person.number, result.choices)
        cells = [str(one[kind]) if one[kind] == two[kind] else f"{one[kind]} / {two[kind]}" for kind in one]
        same = _("agree") if one == two else "[bold red]" + _("DIFFER") + "[/]"
        rows.append([str(each.person.number), escape(each.person.name), *cells, same])
    labels = {choice.id: choice.label for choice in choices}
    add_numbers(table, _("No."), [row[0] for row in rows])
    add_names(table, 8)
    heads = [*(labels.get(choice, choice) for choice in result.choices), _("Invalid"), _("Open")]
    for place, head in enumerate(heads, 2):
        add_numbers(table, head, [row[place] for row in rows], MOST_LINES)
    table.add_column("", no_wrap=True, min_width=max(cell_len(_("agree")), cell_len(_("DIFFER"))))
    for row in rows:
        table.add_row(*row)
    return table


def _lines(compared: Comparison) -> list[str]:
    """What is true of the counts as a whole."""
    lines = []
    waiting = sum(not pair.read_otherwise for pair in compared.differing)
    if waiting:
        text = ngettext(
            "{n} sheet has open questions in both counts: decide them first, they stand for both",
            "{n} sheets have open questions in both counts: decide them first, they stand for both",
            waiting,
        )
        lines.append(text.format(n=waiting))
    if max(compared.without_ink):
        text = _("ballots without handwriting are compared by their number alone: {one} and {two}")
        lines.append(text.format(one=compared.without_ink[0], two=compared.without_ink[1]))
    if compared.same_pictures:
        text = ngettext(
            "{n} ballot of the second count is the very same picture as in the first: scan the box again",
            "{n} ballots of the second count are the very same pictures as in the first: scan the box again",
            compared.same_pictures,
        )
        lines.append(text.format(n=compared.same_pictures))
    if any(compared.unread):
        text = _("sheets that could not be read and that nobody has decided about: {one} and {two}")
        lines.append(text.format(one=compared.unread[0], two=compared.unread[1]))
    return lines


def _sheets_table(pairs: Sequence[Pair], labels: Mapping[str, str]) -> Table:
    table = Table(title=_("Sheets that the counts do not have alike"))
    for head in (_("First count"), _("Second count"), _("Person"), _("First"), _("Second")):
        table.add_column(head)
    lines = [line for pair in pairs for line in _pair_lines(pair, labels)]
    for line in lines[:MOST_SHOWN]:
        table.add_row(*line)
    if len(lines) > MOST_SHOWN:
        table.caption = _("… and {n} more: omr compare --json").format(n=len(lines) - MOST_SHOWN)
    return table


def _pair_lines(pair: Pair, labels: Mapping[str, str]) -> list[tuple[str, str, str, str, str]]:
    if pair.whole_differs:
        one, two = pair.states
        return [(pair.one, pair.two, "-", _in_words(one.value, labels), _in_words(two.value, labels))]
    return [
        (pair.one, pair.two, str(row.number), _in_words(row.one, labels), _in_words(row.two, labels))
        for row in pair.rows
        if row.one != row.two
    ]


def _in_words(value: str, labels: Mapping[str, str]) -> str:
    return labels.get(value) or (_(NAMES[value]) if value in NAMES else value)


def _named(compared: Comparison, name: str) -> str:
    return _("{ballot} (is a ballot, people said)").format(ballot=name) if name in compared.vouched else name


def _verdict(compared: Comparison) -> str:
    if compared.agreed:
        return _("The second count confirms the first.")
    return _(
        "The second count does not confirm the first. Rows: omr resolve DIR BALLOT ROW CHOICE. A sheet in "
        "one count only: scan it into the other, or say what it is: omr resolve DIR BALLOT - ballot."
    )
