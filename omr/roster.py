"""people.csv and rosters: a UTF-8 CSV with the columns of the plan's Phụ lục 01.

`stt,ho_ten,chuc_vu,noi_lay_phieu,ghi_chu`, or the headings of Phụ lục 01 that they stand for; venues joined
by `;`. A byte order mark, `;` or a tab between columns, and letters typed as base + accent are all taken;
what cannot be meant is refused with its row.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from omr.errors import ElectionError
from omr.files import read_small, why, write_text
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

COLUMNS: Final = ("stt", "ho_ten", "chuc_vu", "noi_lay_phieu", "ghi_chu")
NEEDED: Final = ("ho_ten", "chuc_vu")

#: Headings that offices write, without accents and signs, and the column each of them means.
_HEADINGS: Final = {
    "stt": "stt",
    "tt": "stt",
    "so tt": "stt",
    "so thu tu": "stt",
    "ho ten": "ho_ten",
    "ho va ten": "ho_ten",
    "chuc vu": "chuc_vu",
    "chuc danh": "chuc_vu",
    "chuc vu don vi cong tac": "chuc_vu",
    "chuc vu don vi": "chuc_vu",
    "noi lay phieu": "noi_lay_phieu",
    "ghi chu": "ghi_chu",
}

#: Plan, II.1: "lấy phiếu tín nhiệm tối đa ở 02 nơi".
MOST_VENUES: Final = 2

#: How Phụ lục 01 says that somebody is not voted on ("Không lấy phiếu (Lý do …)").
NOT_VOTED_ON: Final = "không lấy phiếu"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a roster.

    Attributes:
        line: line of the file, from 1.
        number: STT; None where the cell is empty.
        venues: where the person is voted on, at most two; empty where the list does not say.
        note: ghi chú, as it stands.
    """

    line: int
    number: int | None
    name: str
    position: str
    venues: tuple[str, ...] = ()
    note: str = ""

    @property
    def voted_on(self) -> bool:
        """False for who is listed only to say that they are not voted on (II.1)."""
        return bool(self.venues) or NOT_VOTED_ON not in self.note.casefold()


def read_roster(path: Path) -> tuple[Entry, ...]:
    """Read a roster, every row of it.

    Raises:
        ElectionError: the file or one of its rows cannot be used; names the file and the row.
    """
    return roster_of(read_rows(path), path.name)


def read_rows(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of a table as people save it: UTF-8, between commas, semicolons or tabs; each with its line.

    Raises:
        ElectionError: the file cannot be read or split into rows, or is empty.
    """
    return _split(_decode(path), path.name)


def roster_of(rows: Sequence[tuple[int, list[str]]], file: str) -> tuple[Entry, ...]:
    """Everybody of a table, checked.

    Args:
        rows: its rows, each with the line it begins on; the first names the columns.
        file: what to call it.

    Raises:
        ElectionError: a row cannot be used; names it.
    """
    places = _places(rows[0][1], file)
    width = len(rows[0][1])
    filled = [(line, cells) for line, cells in rows[1:] if any(cells)]
    entries = tuple(_entry(line, _fit(cells, width, file, line), places, file) for line, cells in filled)
    _refuse_twins(entries, file)
    return entries


def write_roster(path: Path, entries: Iterable[Entry]) -> None:
    """Write a roster with the columns of Phụ lục 01."""
    write_text(path, as_text(entries))


def as_text(entries: Iterable[Entry]) -> str:
    """A roster as its file says it."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for each in entries:
        number = "" if each.number is None else each.number
        table.writerow((number, each.name, each.position, ";".join(each.venues), each.note))
    return out.getvalue()


def at_venue(entries: Sequence[Entry], venue: str) -> tuple[Entry, ...]:
    """Those who are voted on at one venue, numbered 1..n in their order; without a venue, all voted on.

    Without a venue the roster's own numbers stay, if every row has one of its own.
    """
    chosen = tuple(e for e in entries if e.voted_on and (not venue or venue in e.venues))
    numbers = {e.number for e in chosen}
    if not venue and None not in numbers and len(numbers) == len(chosen):
        return chosen
    return tuple(replace(entry, number=n) for n, entry in enumerate(chosen, start=1))


def refuse_same_number(entries: Sequence[Entry], listed: Sequence[Entry], file: str) -> None:
    """No two of those listed bear one number: numbering them anew would hide a slip of the hand.

    Args:
        entries: as they stand in the list.
        listed: who of them stands on the ballot, as `at_venue` gives them.
        file: what to call the list.

    Raises:
        ElectionError: two do; names both rows.
    """
    lines, first = {each.line for each in listed}, dict[int, Entry]()
    for each in entries:
        if each.number is None or each.line not in lines:
            continue
        other = first.setdefault(each.number, each)
        if other is not each:
            raise ElectionError(
                _("the number (stt) {number} of {name} is that of {other} in line {line} too").format(
                    number=each.number, name=each.name, other=other.name, line=other.line
                ),
                _("number the rows 1, 2, 3 … or leave the whole column empty"),
                file,
                each.line,
            )


def _decode(path: Path) -> str:
    try:
        raw = read_small(path)
    except OSError as fault:
        raise ElectionError(
            _("the table cannot be read: {why}").format(why=why(fault)),
            _("check that the file is there and may be read"),
            path.name,
        ) from fault
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in raw[:200]:
        raise _wrong_encoding(path.name, "UTF-16")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _wrong_encoding(path.name, "windows-1258 / TCVN") from fault
    return unicodedata.normalize("NFC", text)


def _wrong_encoding(file: str, encoding: str) -> ElectionError:
    return ElectionError(
        _("the file is not UTF-8 text (it may be {encoding})").format(encoding=encoding),
        _("in Excel choose Save as, CSV UTF-8"),
        file,
    )


def _split(text: str, file: str) -> list[tuple[int, list[str]]]:
    """The rows with the line each begins on; cells have single spaces and none at their ends."""
    head = text.partition("\n")[0]
    between = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, [" ".join(cell.split()) for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as fault:
        raise ElectionError(
            _("the row cannot be split into columns; a quotation mark may be missing"),
            _('write a cell that contains a comma or a quotation mark inside "…"'),
            file,
            line,
        ) from fault
    if not rows:
        raise ElectionError(_("the table is empty"), _("its first row must name the columns"), file)
    return rows


def _places(header: Sequence[str], file: str) -> dict[str, int]:
    """Where each known column stands; other columns are let be."""
    names = [column_of(name) for name in header]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise ElectionError(
            _("the first row must name the columns; missing: {columns}").format(columns=", ".join(missing)),
            _advice_columns(),
            file,
            1,
        )
    return {name: names.index(name) for name in COLUMNS if name in names}


def column_of(heading: str) -> str:
    """The column that a heading means; one that means none as it is.

    >>> column_of("Họ và tên:"), column_of("CHUC VU, DON VI"), column_of("noi_lay_phieu")
    ('ho_ten', 'chuc_vu', 'noi_lay_phieu')
    """
    parts = unicodedata.normalize("NFD", heading.casefold().replace("đ", "d"))
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return _HEADINGS.get(" ".join(re.sub(r"[^a-z ]", " ", letters).split()), heading.strip().casefold())


def _advice_columns() -> str:
    return _("the columns are: {columns}").format(columns=",".join(COLUMNS))


def _fit(cells: list[str], width: int, file: str, line: int) -> list[str]:
    """A row is at most as long as the first: one more cell means a comma that nobody put in quotes."""
    if len(cells) <= width:
        return cells
    raise ElectionError(
        _("the row has more cells than there are columns"),
        _('write a cell that contains a comma or a quotation mark inside "…"'),
        file,
        line,
    )


def _entry(line: int, cells: Sequence[str], places: dict[str, int], file: str) -> Entry:
    def cell(column: str) -> str:
        place = places.get(column, len(cells))
        return cells[place] if place < len(cells) else ""

    return Entry(
        line=line,
        number=_number(cell("stt"), file, line),
        name=_needed(cell("ho_ten"), "ho_ten", file, line),
        position=_needed(cell("chuc_vu"), "chuc_vu", file, line),
        venues=_venues(cell("noi_lay_phieu"), file, line),
        note=cell("ghi_chu"),
    )


def _number(text: str, file: str, line: int) -> int | None:
    if not text:
        return None
    digits = text.removesuffix(".")
    if digits.isascii() and digits.isdigit() and 0 < int(digits) < 10_000:
        return int(digits)
    raise ElectionError(
        _("“{text}” is not a number of a row (stt)").format(text=text),
        _("write 1, 2, 3 … or leave the column empty"),
        file,
        line,
    )


def _needed(text: str, column: str, file: str, line: int) -> str:
    if text:
        return text
    raise ElectionError(
        _("the column {column} is empty").format(column=column),
        _("write it in, or remove the row"),
        file,
        line,
    )


def _venues(text: str, file: str, line: int) -> tuple[str, ...]:
    venues = tuple(dict.fromkeys(part.strip().upper() for part in text.split(";") if part.strip()))
    spaced = next((venue for venue in venues if " " in venue), "")
    if spaced:
        raise ElectionError(
            _("“{venue}” is not the short name of a venue").format(venue=spaced),
            _("write short names such as BCH;HDND in the column noi_lay_phieu"),
            file,
            line,
        )
    if len(venues) > MOST_VENUES:
        raise ElectionError(
            _("{count} venues for one person, at most two are allowed (plan, II.1)").format(
                count=len(venues)
            ),
            _("leave two venues in the column noi_lay_phieu"),
            file,
            line,
        )
    return venues


def _refuse_twins(entries: Sequence[Entry], file: str) -> None:
    """No two rows may be the same person in the same position: which of them was meant cannot be told."""
    first: dict[tuple[str, str], int] = {}
    for each in entries:
        key = (each.name.casefold(), each.position.casefold())
        if key in first:
            raise ElectionError(
                _("{name} stands in the list twice, first in line {line}").format(
                    name=each.name, line=first[key]
                ),
                _("remove one of the two rows"),
                file,
                each.line,
            )
        first[key] = each.line
