"""Every door by which bytes from outside come in, as one function each: True read, False refused.

What is raised beyond the program's own refusals is a crash.
"""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import numpy as np
import zxingcpp

from layouts.codes import read_payload
from layouts.files import from_json
from omr.counting import count_folder
from omr.cvr import read_records
from omr.election import Folder, load_election
from omr.errors import OmrError
from omr.intake import read_people, read_workbook
from omr.pages import BrokenSource, Scan, Source, list_sources, load_page
from omr.paper import Paper
from omr.printed import load_layout
from omr.printing import lay_out, serif
from omr.read import read_page
from omr.roster import at_venue, read_roster
from omr.status import status
from omr.verify.published import verify_published

#: Pages of one mutated file that are read: more are only the same again.
MOST_PAGES: Final = 3

#: Pixels of a quiet zone around a code, and of one of its modules.
QUIET, MODULE = 16, 4


@dataclass(frozen=True)
class Desk:
    """An election folder of one's own, in which files are exchanged for mutated ones.

    Attributes:
        given: the folder as it was made. work: a folder of this process, made from it.
    """

    given: Folder
    work: Path

    @cached_property
    def paper(self) -> Paper:
        """What the reader of pages knows of the election."""
        return Paper.load(self.given)

    def exchanged(self, name: str, data: bytes) -> Folder:
        """The election with other content in one of its files."""
        folder = self.work / "election"
        if not folder.exists():
            shutil.copytree(self.given.root, folder)
        for leftover in folder.glob("omr.sqlite*"):
            leftover.unlink()
        for each in ("election.toml", "people.csv", "layout.json", "omr.sqlite"):
            shutil.copyfile(self.given.root / each, folder / each)
        (folder / name).write_bytes(data)
        return Folder(folder)

    def file(self, name: str, data: bytes) -> Path:
        """A file of that content."""
        path = self.work / name
        path.write_bytes(data)
        return path


def read(kind: str, data: bytes, desk: Desk) -> bool:
    """Give the bytes to the reader of that kind; whether it took them."""
    try:
        return READERS[kind](data, desk)
    except OmrError as refused:
        _in_one_line(refused.message)
        return False


def _in_one_line(message: str) -> None:
    """What people are told is short and says something."""
    if not message.strip() or len(message) > 2000:
        raise AssertionError(f"no message for people: {message[:100]!r}")


def _pages(data: bytes, desk: Desk, *, suffix: str) -> bool:
    (listed,) = list_sources([desk.file(f"scan{suffix}", data)])
    if isinstance(listed, BrokenSource):
        _in_one_line(listed.message)
        return False
    assert isinstance(listed, Source)
    taken = [_page(listed, index, desk) for index in range(min(listed.pages, MOST_PAGES))]
    return any(taken)


def _page(source: Source, index: int, desk: Desk) -> bool:
    page = load_page(source, index)
    if not isinstance(page, Scan):
        _in_one_line(page.message)
        return False
    read_page(page, desk.paper)
    return True


def _election(data: bytes, desk: Desk, *, name: str) -> bool:
    """election.toml and people.csv, and the ballot that is laid out from them."""
    folder = desk.exchanged(name, data)
    at_venue(read_roster(folder.people_csv), "BCH")
    lay_out(load_election(folder), serif())
    return True


def _workbook(data: bytes, _desk: Desk) -> bool:
    return bool(read_workbook(data, "list.xlsx"))


def _pasted(data: bytes, _desk: Desk) -> bool:
    return bool(read_people(data.decode("utf-8", "replace"), "list"))


def _layout(data: bytes, desk: Desk) -> bool:
    """layout.json, and everything that is prepared from it."""
    folder = desk.exchanged("layout.json", data)
    if load_layout(folder) == from_json((desk.given.layout_json).read_text(encoding="utf-8")):
        return True
    Paper.load(folder)
    count_folder(folder)
    return True


def _code(data: bytes, desk: Desk) -> bool:
    """The text of a code, alone and in a picture; none but the true one is genuine."""
    text = data.decode("latin-1")
    claims = [read_payload(each, desk.paper.key) for each in (text, *_seen(text))]
    true = (desk.given.root.parent / "seeds" / "qr" / "0").read_text(encoding="ascii")
    if text != true and any(claim and claim.genuine for claim in claims):
        raise AssertionError(f"a forged code passed: {text!r}")
    return any(claims)


def _seen(text: str) -> list[str]:
    """What the decoder sees in a picture of that code; nothing where the text makes none."""
    try:
        drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=MODULE)
    except (ValueError, RuntimeError):
        return []
    picture = np.pad(np.array(drawn), QUIET, constant_values=255)
    return [each.text for each in zxingcpp.read_barcodes(picture)]


def _records(data: bytes, desk: Desk) -> bool:
    read_records(desk.file("cvr.json", data)).count()
    return True


def _ledger(data: bytes, desk: Desk) -> bool:
    """The database: counted and listed as every command does."""
    counted = count_folder(desk.exchanged("omr.sqlite", data))
    status(counted.now, counted.problems, counted.election.session.issued, counted.printed)
    return True


def _published(data: bytes, desk: Desk) -> bool:
    """The published result; none but the true one passes, however it is packed."""
    verify_published(desk.file("result.zip", data))
    true = (desk.given.root.parent / "seeds" / "result.zip" / "0").read_bytes()
    if _unpacked(data) != _unpacked(true):
        raise AssertionError("a published result that was changed passed")
    return True


def _unpacked(data: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def change_cell(data: bytes, desk: Desk, number: int, value: Any) -> bytes:
    """The ledger with one column changed behind the program's back; SQLite finds nothing wrong with it."""
    path = desk.file("changed.sqlite", data)
    with closing(sqlite3.connect(path)) as ledger:
        tables = [name for (name,) in ledger.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for (trigger,) in ledger.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            ledger.execute(f'DROP TRIGGER "{trigger}"')
        ledger.execute("PRAGMA ignore_check_constraints = ON")
        cells = [(t, c[1]) for t in sorted(tables) for c in ledger.execute(f'PRAGMA table_info("{t}")')]
        table, column = cells[number % len(cells)]
        with ledger:
            try:
                ledger.execute(f'UPDATE "{table}" SET "{column}" = ?', (value,))  # noqa: S608 - names of our own
            except sqlite3.DatabaseError:
                return data
    return path.read_bytes()


READERS: Final[dict[str, Callable[[bytes, Desk], bool]]] = {
    "pdf": partial(_pages, suffix=".pdf"),
    "tiff": partial(_pages, suffix=".tif"),
    "jpeg": partial(_pages, suffix=".jpg"),
    "png": partial(_pages, suffix=".png"),
    "election.toml": partial(_election, name="election.toml"),
    "people.csv": partial(_election, name="people.csv"),
    "pasted": _pasted,
    "xlsx": _workbook,
    "layout.json": _layout,
    "qr": _code,
    "cvr": _records,
    "omr.sqlite": _ledger,
    "result.zip": _published,
}

#: Kinds whose seeds are another kind's.
SEEDS_OF: Final = {"pasted": "people.csv"}
