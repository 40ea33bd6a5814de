"""What people counted, as they write it into the form's CSV file, and the empty form itself."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from omr.audit.record import INVALID
from omr.errors import ElectionError
from omr.roster import read_rows
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layouts.model import Choice
    from omr.audit.record import Found
    from omr.tally import Listed


def columns_of(choices: Sequence[Choice]) -> dict[str, str]:
    """The columns to fill in: choice id, or `invalid`, and its head."""
    return {**{choice.id: choice.label for choice in choices}, INVALID: _("Invalid ballots")}


def form_of(people: Sequence[Listed], columns: Mapping[str, str]) -> str:
    """The empty form as CSV: a line a person, with a byte order mark for Excel."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["stt", "ho_ten", *columns.values()])
    for each in people:
        table.writerow([each.number, each.name, *[""] * len(columns)])
    return "\ufeff" + out.getvalue()


def read_form(
    path: Path, people: Sequence[Listed], columns: Mapping[str, str], ballots: int
) -> dict[int, Found]:
    """Read a form that people have filled in.

    Args:
        path: the CSV file.
        people: of whom it must tell; it may tell of nobody else.
        columns: as `columns_of` gives them.
        ballots: how many were looked at; every line must add up to it.

    Raises:
        ElectionError: it cannot be used; names the line.
    """
    (_first, head), *rows = read_rows(path)
    places = _places(head, columns, path.name)
    wanted, found = {str(each.number): each for each in people}, {}
    for line, cells in rows:
        if any(cells):
            number, counts = _line(path.name, line, cells, places)
            if number not in wanted or int(number) in found:
                raise ElectionError(
                    _("“{text}” is nobody of this form, or stands in it twice").format(text=number),
                    _("leave the column stt as the form has it"),
                    path.name,
                    line,
                )
            found[int(number)] = added_up(wanted[number].name, counts, ballots, path.name, line)
    missing = [each.name for each in people if each.number not in found]
    if missing:
        raise ElectionError(
            _("nothing is said of {name}").format(name=missing[0]), _("fill in every line"), path.name
        )
    return found


def added_up(name: str, counts: Found, ballots: int, file: str = "", line: int | None = None) -> Found:
    """The counts of one person, if they add up to the ballots looked at.

    Raises:
        ElectionError: they do not.
    """
    if sum(counts.values()) != ballots:
        raise ElectionError(
            _("{name}: the numbers add up to {sum}, but {ballots} ballots were looked at").format(
                name=name, sum=sum(counts.values()), ballots=ballots
            ),
            _("count this person again; every ballot is one of the levels or invalid"),
            file,
            line,
        )
    return counts


def _places(head: Sequence[str], columns: Mapping[str, str], file: str) -> dict[str, int]:
    """Where the number and every count stand."""
    names = [name.casefold() for name in head]
    wanted = {"": "stt", **columns}
    missing = [name for name in wanted.values() if name.casefold() not in names]
    if missing:
        raise ElectionError(
            _("the first row must name the columns; missing: {columns}").format(columns=", ".join(missing)),
            _("use the form that omr audit wrote"),
            file,
            1,
        )
    return {key: names.index(name.casefold()) for key, name in wanted.items()}


def _line(file: str, line: int, cells: Sequence[str], places: Mapping[str, int]) -> tuple[str, Found]:
    texts = {key: cells[at] if at < len(cells) else "" for key, at in places.items()}
    number = texts.pop("")
    wrong = next((text for text in texts.values() if not (text.isascii() and text.isdigit())), None)
    if wrong is not None:
        raise ElectionError(
            _("“{text}” is not a number of ballots").format(text=wrong),
            _("write whole numbers, 0 where there is none"),
            file,
            line,
        )
    return number, {key: int(text) for key, text in texts.items()}
