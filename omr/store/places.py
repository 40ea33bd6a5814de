"""Where each page lay: a token in its row, found again by trying every place with the election's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omr.errors import OmrError
from omr.limits import MOST_PAGES
from omr.store.chain import dicts, readings_of
from omr.store.connection import Connection
from omr.store.hidden import ORIGINAL, place_token
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class File:
    """A row of `sources`."""

    id: int
    batch: int
    count: int
    sha256: str
    name: str
    pages: int

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> File:
        """From its columns. Raises ValueError where nobody would ever have tried all of its pages."""
        file = cls(*row)
        if not 1 <= file.pages <= MOST_PAGES:
            raise ValueError(file.pages)
        return file


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a file, from 1."""

    file: File
    number: int

    @property
    def order(self) -> tuple[int, int, int]:
        """What the order of the scan goes by: runs, files in them, pages in these."""
        return self.file.batch, self.file.id, self.number

    @property
    def name(self) -> str:
        """What a page without pixels is known by: a copy of its file is known again."""
        return f"{self.file.sha256}:{self.number}"


class PlaceTables(Connection):
    """The files, and which of their pages a token stands for."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path)
        #: Those known so far: files are only ever added. And what the tokens of those tried stand for.
        self._files: dict[int, File] = {}
        self._found: dict[str, Place] = {}
        self._tried = 0

    def files(self) -> Mapping[int, File]:
        """Every file that was entered, by its id, in their order."""
        rows = self._all(
            "SELECT id, batch, count, sha256, name, pages FROM sources WHERE id > ? ORDER BY id",
            (max(self._files, default=0),),
        )
        self._files |= {file.id: file for file in self._made(File.of, rows)}
        return self._files

    def place(self, token: str) -> Place:
        """The place that a token in a row stands for.

        Raises:
            OmrError: it stands for none, or the election's key is missing.
        """
        found = self._known(token)
        if found is None:
            raise OmrError(
                _("the database was written with another key than the election has now: {path}").format(
                    path=self.key_file
                ),
                _("put back the key file from your copy; omr verify says whether it is the right one"),
            )
        return found

    def _known(self, token: str) -> Place | None:
        """What a token stands for; new files are looked for where it is none of the known ones."""
        return self._found.get(token) or self.places().get(token)

    def places(self) -> Mapping[str, Place]:
        """Every place there is, by its token. Raises OmrError where the election's key is missing."""
        for file in [file for file in self.files().values() if file.id > self._tried]:
            places = (Place(file, number) for number in range(1, file.pages + 1))
            self._found |= {place_token(self.hidden, file.id, place.number): place for place in places}
            self._tried = file.id
        return self._found

    def page_row(self, page: str) -> tuple[dict[str, Any], list[tuple[Any, ...]]] | None:
        """The columns of a page and its readings (number, reading, reason); None where there is none.

        What its row hides is said plainly: `source`, `page_in_source`, `original`; the place is None where
        the token stands for none of its count.
        """
        for row in dicts(self._db, "SELECT * FROM pages WHERE id = ?", (page,)):
            place = self._known(row["place"])
            if place is None or place.file.count != row["count"]:
                return {**row, "source": None, "page_in_source": None}, readings_of(self._db, page)
            plain = {
                "source": place.file.id,
                "page_in_source": place.number,
                "original": self._original(page, row["original"]),
            }
            return row | plain, readings_of(self._db, page)
        return None

    def _original(self, page: str, veiled: str) -> str:
        try:
            return self.hidden.unveil(veiled, ORIGINAL, page)
        except ValueError:  # somebody changed it, which whoever compares it with the chain says
            return veiled
