"""combined.csv, combined.parquet and combined.xlsx: many elections side by side, written as they come."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from omr.combine import tidy, tidy_columns
from omr.files import replacing, save_whole
from omr.report.sheet import BOX, FACE, MIDDLE, START, fit_row, print_lying, set_widths
from omr.words import _, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from omr.combine import Joined, Result, Somebody

#: Lines that are kept before they are written to the Parquet file: one row group, some megabytes.
GROUP: Final = 20_000

_KINDS: Final = {
    **dict.fromkeys(
        ("number", "issued", "delegates", "collected", "valid", "invalid", "open", "votes"), pa.int64()
    ),
    "final": pa.bool_(),
}
SCHEMA: Final = pa.schema([(name, _KINDS.get(name, pa.string())) for name in tidy_columns()])

#: Longest single word that stands in the middle of its cell; longer ones and phrases begin at the left.
LONG: Final = 10


class TidyFiles:
    """The two files for other programs, a line a person, venue and level, added election by election."""

    def __init__(self, table: Any, parquet: pq.ParquetWriter) -> None:
        self._table = table
        self._parquet = parquet
        self._lines: list[dict[str, object]] = []

    def add(self, results: Iterable[Result]) -> None:
        """Add the lines of one election."""
        for line in (line for row in results for line in tidy(row)):
            self._table.writerow(line)
            self._lines.append(line)
        if len(self._lines) >= GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what is kept."""
        if self._lines:
            self._parquet.write_table(pa.Table.from_pylist(self._lines, schema=SCHEMA))
            self._lines.clear()


@contextmanager
def tidy_files(folder: Path) -> Iterator[TidyFiles]:
    """Open combined.csv and combined.parquet; they are there in the end, whole, or not at all."""
    with (
        replacing(folder / "combined.csv") as table_path,
        replacing(folder / "combined.parquet") as parquet_path,
        table_path.open("w", encoding="utf-8-sig", newline="") as text,
        pq.ParquetWriter(parquet_path, SCHEMA) as parquet,
    ):
        table = csv.DictWriter(text, tidy_columns(), lineterminator="\n")
        table.writeheader()
        files = TidyFiles(table, parquet)
        yield files
        files.flush()


@dataclass(frozen=True, slots=True)
class Problem:
    """An election folder that could not be counted, and why."""

    folder: str
    why: str


def write_overview(path: Path, joined: Joined, problems: Sequence[Problem]) -> None:
    """Write the workbook: everybody with their venues side by side, venues, questions, problems."""
    book = Workbook(write_only=True)
    _people(book, joined)
    _venues(book, joined)
    _questions(book, joined)
    if problems:
        _sheet(
            book, _("Not counted"), (_("Folder"), _("Why")), ((p.folder, p.why) for p in problems), (40, 90)
        )
    save_whole(path, book.save)


def _people(book: Workbook, joined: Joined) -> None:
    levels = _levels(joined)
    venues = max((len(each.results) for each in joined.people), default=1)
    block = _block_head(levels)
    head = (
        _("No."),
        _("Full name"),
        _("Remarks"),
        *(f"{text} ({n})" for n in range(1, venues + 1) for text in block),
    )
    open_names = {id(each) for group in joined.asked for each in group}
    rows = (
        (
            place,
            each.name,
            _remarks(each, asked=id(each) in open_names),
            *(value for row in each.results for value in _block(row, levels)),
        )
        for place, each in enumerate(joined.people, start=1)
    )
    widths = (6, 26, 30, *(18, 40, *[10] * (len(block) - 2)) * venues)
    _sheet(book, _("By person"), head, rows, widths)


def _levels(joined: Joined) -> tuple[tuple[str, str], ...]:
    """Every level of any ballot kind, in the order met."""
    found = {}
    for each in joined.people:
        for row in each.results:
            found.update(
                {
                    choice: label
                    for choice, label in zip(row.choices, row.labels, strict=True)
                    if choice not in found
                }
            )
    return tuple(found.items())


def _block_head(levels: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    votes = (text for _choice, label in levels for text in (label, f"{label} %"))
    return (
        _("Venue"), _("Position, unit"), _("Collected"), _("Valid ballots"), _("Invalid ballots"), *votes,
        _("Shares of"), _("Consequence (III.6)"),
    )  # fmt: skip


def _block(row: Result, levels: Sequence[tuple[str, str]]) -> Iterator[Any]:
    """One venue's result. Nothing is added up over venues: shares stay as they were shown there."""
    yield from (row.venue or row.meeting, row.position, row.collected, row.valid, row.invalid)
    places = {choice: place for place, choice in enumerate(row.choices)}
    for choice, _label in levels:
        place = places.get(choice)
        share = None if place is None else row.shares[place]
        yield None if place is None else row.votes[place]
        yield None if share is None else percent(share)
    yield _("collected") if row.base == "collected" else _("delegates")
    yield row.consequence


def _remarks(each: Somebody, *, asked: bool) -> str:
    said = (
        (asked, _("same name: is it the same person?")),
        (each.too_many, _("more than two venues (plan, II.1)")),
        (not all(row.final for row in each.results), _("DRAFT")),
    )
    return "; ".join(text for holds, text in said if holds)


def _venues(book: Workbook, joined: Joined) -> None:
    elections = {row.folder: row for each in joined.people for row in each.results}
    head = (
        _("Folder"), _("Venue"), _("Session"), _("Place"), _("Day"), _("Ballots issued"), _("Collected"),
        _("State"),
    )  # fmt: skip
    rows = (
        (
            row.folder, row.venue, row.meeting, row.place, row.on, row.issued, row.collected,
            _("final") if row.final else _("DRAFT"),
        )
        for row in sorted(elections.values(), key=lambda row: row.folder)
    )  # fmt: skip
    _sheet(book, _("By venue"), head, rows, (40, 10, 40, 20, 12, 12, 12, 14))


def _questions(book: Workbook, joined: Joined) -> None:
    head = (_("Full name"), _("Person"), _("Position, unit"), _("Place"), _("Venue"), _("Folder"))
    rows = (
        (row.name, each.id, row.position, row.place, row.venue, row.folder)
        for group in joined.asked
        for each in group
        for row in each.results
    )
    _sheet(book, _("Same names"), head, rows, (26, 10, 44, 20, 10, 40))


def _sheet(
    book: Workbook, title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[float]
) -> None:
    sheet: Any = book.create_sheet(title)
    set_widths(sheet, widths)
    sheet.freeze_panes = "C2"
    print_lying(sheet, "1:1")
    fit_row(sheet, 1, zip(head, widths, strict=True))
    # openpyxl seeks each font and border among all of the book: a fifth of joining hundreds of elections.
    look = cache(partial(_look, sheet))
    sheet.append([_cell(sheet, text, look, bold=True) for text in head])
    for place, row in enumerate(rows, start=2):
        fit_row(sheet, place, ((str(value or ""), width) for value, width in zip(row, widths, strict=False)))
        sheet.append([_cell(sheet, value, look) for value in row])


def _cell(sheet: Any, value: Any, look: Callable[[bool, bool, bool], Any], *, bold: bool = False) -> Any:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with "=" is a name
    long = isinstance(value, str) and (" " in value or len(value) > LONG) and not bold
    cell._style = copy(look(bold, long, isinstance(value, date)))  # noqa: SLF001 - openpyxl has no call for it
    return cell


def _look(sheet: Any, bold: bool, long: bool, day: bool) -> Any:
    """The style of such a cell."""
    cell: Any = WriteOnlyCell(sheet)
    cell.font, cell.border = Font(name=FACE, size=12, bold=bold), BOX
    cell.alignment = START if long else MIDDLE
    if day:
        cell.number_format = "dd/mm/yyyy"
    return cell._style  # noqa: SLF001 - as above
