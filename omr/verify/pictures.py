"""The kept pictures: each the one that was scanned, each read again and compared with what was read then."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from omr.errors import Differs, OmrError
from omr.evidence import Flag, PageState, Reason
from omr.limits import PAGE_SECONDS, time_limit
from omr.pages import BrokenPage, Kind, Source, load_page
from omr.reader_version import reader_version
from omr.rules import RowReading
from omr.store import NewPage
from omr.store.chain import PAGES, SETTINGS
from omr.task import PageReader, Task, read_record
from omr.verify.links import advice
from omr.verify.named import Named
from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.store import Entry, Store

#: Pages handed to a worker at once: see `omr.scan.CHUNK`.
CHUNK: Final = 8


class Fault(StrEnum):
    """Why a picture was not read."""

    MISSING = "missing"  # it is not there
    SWAPPED = "swapped"  # it is not the one that was scanned
    DECODED = "decoded"  # the file is the same, but its pixels come out otherwise


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as the chain has it, and as the database has it.

    Attributes:
        source: name of its file. seal_matters: as the rules were when it was read.
        stored: its record in the database, which the chain vouches for.
    """

    source: str
    seal_matters: bool
    stored: NewPage


#: What came of reading a page again: its record, or why there is none.
Again = NewPage | Fault

#: Reads pages again, in whatever processes: pairs as they come; None for one that brought its process down.
Hands = Callable[["Rereader", Sequence[Sequence[KeptPage]]], Iterator[list[tuple[KeptPage, Again | None]]]]


@dataclass(frozen=True, slots=True)
class Rereader:
    """Reads kept pages again. Picklable.

    Attributes:
        readers: of the election's pages, by whether the seal matters.
        originals: folder of the pages' pictures.
        seconds: longest that one page may take before its process is ended; None: as long as it takes.
    """

    readers: Mapping[bool, PageReader]
    originals: Path
    seconds: float | None = PAGE_SECONDS

    def __call__(self, pages: Sequence[KeptPage]) -> list[Again]:
        """Their records, in order, with ids and places of the stored ones."""
        return [self._again(page) for page in pages]

    def _again(self, page: KeptPage) -> Again:
        stored = page.stored
        fault = _file_fault(self.originals, stored.original)
        if fault is not None:
            return fault
        path = self.originals / stored.original
        source = Source(path, page.source, path.stem, 1, Kind.PICTURE)
        with time_limit(self.seconds):
            scan = load_page(source, 0)
            if isinstance(scan, BrokenPage) or scan.sha256 != stored.sha256:
                return Fault.DECODED
            task = Task(source, stored.source, stored.page_in_source - 1)
            fresh = read_record(self.readers[page.seal_matters], scan, task)
        return replace(fresh, id=stored.id, sheet=stored.sheet, original=stored.original, strip=stored.strip)


def _file_fault(folder: Path, name: str) -> Fault | None:
    """A kept file bears its own SHA-256 as its name."""
    path = folder / name
    try:
        data = path.read_bytes()
    except OSError:
        return Fault.MISSING
    return None if sha256(data).hexdigest() == path.stem else Fault.SWAPPED


def kept_pages(store: Store, entries: Sequence[Entry]) -> tuple[KeptPage, ...]:
    """Every page, in the order of the chain."""
    files, named = store.files(), Named.of(store)
    seal_matters, found = True, []
    for entry in entries:
        if entry.kind == SETTINGS:
            seal_matters = _seal_matters(entry.said["files"], before=seal_matters)
        for said in entry.said["pages"] if entry.kind == PAGES else ():
            row = store.page_row(named.page(said))
            assert row is not None  # the rows were compared before
            page = _new_page(*row, said["reader"])
            found.append(KeptPage(files[page.source].name, seal_matters, page))
    return tuple(found)


def _seal_matters(files: Mapping[str, Any], *, before: bool) -> bool:
    """Whether pages were read for their seal after election.toml became this."""
    said = files.get("election.toml")
    if said is None:
        return before
    try:
        return bool(tomllib.loads(said["text"]).get("rules", {}).get("seal", "red") != "ignore")
    except (tomllib.TOMLDecodeError, AttributeError):
        return before  # with such a file nothing can have been read


def _new_page(row: Mapping[str, Any], readings: Sequence[Sequence[Any]], reader: str) -> NewPage:
    columns = {name: value for name, value in row.items() if name in NewPage.__slots__}
    columns["state"] = PageState(row["state"])
    columns["flags"] = tuple(Flag(flag) for flag in json.loads(row["flags"]))
    rows = tuple(RowReading(number, text, why and Reason(why)) for number, text, why in readings)
    return NewPage(**columns, readings=rows, reader=reader)


def read_again(
    pages: Sequence[KeptPage], rereader: Rereader, hands: Hands, progress: Callable[[int, int], None]
) -> dict[str, NewPage]:
    """Read the pictures again; gives the records by page id, those without a picture as they are stored.

    Raises:
        Differs: a picture is missing or another one, or says something else than the record; of several,
            the first in the order of the chain.
        OmrError: another version of the program read it, or it cannot be read again.
    """
    pictured = [page for page in pages if page.stored.original]
    found: dict[str, Again | None] = {}
    progress(0, len(pictured))
    for pairs in hands(rereader, [pictured[at : at + CHUNK] for at in range(0, len(pictured), CHUNK)]):
        found |= {page.stored.id: again for page, again in pairs}
        progress(len(found), len(pictured))
    return {page.stored.id: _compared(page, found.get(page.stored.id)) for page in pages}


def _compared(page: KeptPage, again: Again | None) -> NewPage:
    if not page.stored.original:
        return page.stored
    place = {"source": page.source, "page": page.stored.page_in_source}
    same_reader = page.stored.reader == reader_version()
    match again:
        case NewPage() if _said(again) == _said(page.stored):
            return again
        case NewPage() if same_reader:
            raise Differs(_what_differs(page.stored, again).format(**place), advice())
        case NewPage():
            raise _other_version(page)
        case Fault.DECODED if not same_reader:
            raise _other_version(page)
        case Fault():
            raise Differs(_(_FAULTS[again]).format(**place), advice())
        case None:
            raise OmrError(
                _("{source}, page {page}: its picture could not be read again").format(**place),
                _("close other programs, then give the same command again"),
            )


_FAULTS: Final = {
    Fault.MISSING: later("{source}, page {page}: its picture is missing"),
    Fault.SWAPPED: later("{source}, page {page}: its picture is another one than was scanned"),
    Fault.DECODED: later("{source}, page {page}: the pixels of its picture are not those of the record"),
}


def _said(page: NewPage) -> tuple[Any, ...]:
    """What counts of a record; lengths may differ in the last bit from machine to machine."""
    return page.state, page.page, frozenset(page.flags), frozenset(page.readings)


def _what_differs(stored: NewPage, again: NewPage) -> str:
    """Which row differs, without saying what it is read as: a vote is nobody's who only checks."""
    before, now = ({row.number: row for row in page.readings} for page in (stored, again))
    for number in sorted(before.keys() | now.keys()):
        if before.get(number) != now.get(number):
            text = _("{source}, page {page}, row {row}: the record says something else than the picture")
            return text.replace("{row}", str(number))
    return _("{source}, page {page}: the record says something else than the picture")


def _other_version(page: KeptPage) -> OmrError:
    text = _(
        "{source}, page {page}: this version of the program ({mine}) reads the unchanged picture otherwise "
        "than the one that read it then ({theirs})"
    )
    theirs = page.stored.reader or _("not recorded")
    place = {"source": page.source, "page": page.stored.page_in_source}
    return OmrError(
        text.format(**place, mine=reader_version(), theirs=theirs),
        _("this is no sign of tampering, but it proves nothing: verify with that version of the program"),
    )
