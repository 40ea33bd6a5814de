"""A list of people as people have it: pasted from Excel, an XLSX or CSV file; and the plan's checks of it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from zipfile import BadZipFile, ZipFile

from omr.eligibility import barred
from omr.errors import ElectionError
from omr.files import read_small
from omr.roster import COLUMNS, at_venue, column_of, read_roster, roster_of
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from omr.roster import Entry

#: Rows and cells in a row that are read of a workbook: ten times the longest ballot, so that a sheet with a
#: million empty rows costs nothing.
_MOST_ROWS: Final = 2000
_MOST_CELLS: Final = 20

#: Bytes of a workbook unpacked. A list of 2000 people is below 1 MB; 400 kB can unpack to as many MB.
_MOST_BYTES: Final = 20_000_000

#: How a workbook begins: it is a ZIP file.
_ZIP: Final = b"PK"

#: Bytes of a file with a list, as it is sent.
MOST_SENT: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """Somebody who perhaps should not be voted on; a person decides."""

    entry: Entry
    text: str


def read_file(source: BinaryIO, name: str) -> tuple[Entry, ...]:
    """Everybody in a file with a list, a workbook or text; no more of it is read than a list may have.

    Raises:
        ElectionError: it is too large, neither of the two, or a row cannot be used.
    """
    data = source.read(MOST_SENT + 1)
    if len(data) > MOST_SENT:
        raise ElectionError(
            _("the file is larger than {n} MB").format(n=MOST_SENT // 1_000_000),
            _("keep only the list in it, or copy the list and paste it"),
            name,
        )
    if data[:2] == _ZIP:
        return read_workbook(data, name)
    try:
        return read_people(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as fault:
        raise ElectionError(
            _("the file is not UTF-8 text (it may be {encoding})").format(encoding="windows-1258 / UTF-16"),
            _("in Excel choose Save as, CSV UTF-8"),
            name,
        ) from fault


def read_list(path: Path) -> tuple[Entry, ...]:
    """Everybody in a roster on the disk: a workbook by its first bytes, else the CSV of `read_roster`.

    Raises:
        ElectionError: it cannot be read, or a row cannot be used.
    """
    try:
        data = read_small(path)
    except OSError:
        return read_roster(path)  # says in words why it cannot be read
    return read_workbook(data, path.name) if data[:2] == _ZIP else read_roster(path)


def placed(entries: Sequence[Entry], venue: str) -> tuple[Entry, ...]:
    """Who is voted on at one venue; a list that names no venue at all is that venue's."""
    if venue and not any(each.venues for each in entries):
        entries = [replace(each, venues=(venue,)) if each.voted_on else each for each in entries]
    return at_venue(entries, venue)


def read_people(text: str, name: str) -> tuple[Entry, ...]:
    """Everybody in a pasted list; lines are counted as pasted.

    With headings (of the roster, or as offices write them) columns may come in any order. Without, they
    are: number if it is one, name, position, venues, note.

    Raises:
        ElectionError: a row cannot be used; names it.
    """
    try:
        rows = _lines(text)
    except csv.Error as fault:
        raise ElectionError(
            _("the row cannot be split into columns; a quotation mark may be missing"),
            _('write a cell that contains a comma or a quotation mark inside "…"'),
            name,
        ) from fault
    return _checked(rows, name)


def read_workbook(data: bytes, name: str) -> tuple[Entry, ...]:
    """Everybody on the first sheet of an XLSX file. Raises ElectionError."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import; most lists are text

    try:
        _refuse_large(data)
        book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=_MOST_ROWS, max_col=_MOST_CELLS, values_only=True)
        table = [[_cell(value) for value in row] for row in rows]
    except (
        Exception
    ) as fault:  # openpyxl makes objects of whatever the XML says, and raises whatever that gives
        raise ElectionError(
            _("this is not an Excel workbook (.xlsx)"),
            _("save it as .xlsx, or copy the list and paste it"),
            name,
        ) from fault
    return _checked(table, name)


def _refuse_large(data: bytes) -> None:
    with ZipFile(io.BytesIO(data)) as book_file:
        if sum(each.file_size for each in book_file.infolist()) > _MOST_BYTES:
            raise BadZipFile


def _cell(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return "" if value is None else str(int(value) if whole else value)


def _lines(text: str) -> list[list[str]]:
    """Rows of cells: tabs as Excel copies them, else commas or semicolons."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).lstrip("\ufeff")
    head = plain.strip().partition("\n")[0]
    between = "\t" if "\t" in plain else max((",", ";"), key=head.count)
    # A quotation mark of Excel's own surrounds a cell with a line break; a lone one is a letter.
    return [list(row) for row in csv.reader(io.StringIO(plain), delimiter=between)]


def _checked(rows: Sequence[Sequence[str]], name: str) -> tuple[Entry, ...]:
    """The rows as a roster, checked as any other; each keeps its line."""
    places, start = _columns(rows)
    table = [(0, list(COLUMNS))]
    for line, row in enumerate(rows[start:], start=start + 1):
        cells = [" ".join(cell.split()) for cell in row]
        shift = 0 if start else _shift(cells)
        table.append((line, [_at(cells, places.get(column), shift) for column in COLUMNS]))
    return roster_of(table, name)


def _columns(rows: Sequence[Sequence[str]]) -> tuple[dict[str, int], int]:
    """Where each column stands, and how many rows come before the first person."""
    for at, row in enumerate(rows[:10]):
        found = {column_of(cell): place for place, cell in enumerate(row)}
        if "ho_ten" in found and "chuc_vu" in found:
            return {column: found[column] for column in COLUMNS if column in found}, at + 1
    return {column: place for place, column in enumerate(COLUMNS)}, 0


def _shift(cells: Sequence[str]) -> int:
    """1 where a row without headings begins with the name, not with a number."""
    return 0 if cells and re.fullmatch(r"\d*\.?", cells[0]) else 1


def _at(cells: Sequence[str], place: int | None, shift: int) -> str:
    at = -1 if place is None else place - shift
    return cells[at] if 0 <= at < len(cells) else ""


def doubts(entries: Iterable[Entry], year: int) -> tuple[Doubt, ...]:
    """Who stands on the list although a note says what the plan (II.1) has them left out for."""
    return tuple(
        Doubt(
            each,
            _("{name}: “{note}”; such people are not voted on (plan, II.1)").format(
                name=each.name, note=each.note
            ),
        )
        for each in entries
        if each.voted_on and barred(each.note, year)
    )
