"""The ledger of one election, all its tables together: the only package that speaks SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omr.store.links import ChainTable
from omr.store.pages import PageTables
from omr.store.people import PeopleTables

if TYPE_CHECKING:
    from pathlib import Path


class Store(PageTables, PeopleTables, ChainTable):
    """One SQLite file. Rows are added, never changed; what stands now is worked out from all of them.

    One store for one thread; any number of processes may have one on the same file.

    Args:
        path: of the file; it is made, in a private folder, if it is not there. None: in memory, for a while.

    Raises:
        OmrError: the file is not a database of ours, or of a newer program.
    """

    def grown(self) -> tuple[int, int]:
        """Two numbers that change with every page, likeness, file or word on a file, and with every decision.

        Rows are only ever added, so equal numbers mean that nothing came between.
        """
        ((pages, decisions),) = self._all(
            "SELECT (SELECT count(*) FROM pages) + (SELECT count(*) FROM compared)"
            " + (SELECT count(*) FROM alike) + (SELECT count(*) FROM broken)"
            " + (SELECT count(*) FROM sources) + (SELECT count(*) FROM words_on_files),"
            " (SELECT coalesce(max(seq), 0) FROM adjudications)"
        )
        return pages, decisions

    def copy_to(self, path: Path) -> None:
        """Write the ledger as it stands at this moment into a new file, whoever else works on it.

        Raises:
            OmrError: the file cannot be written.
        """
        self._all("VACUUM INTO ?", (str(path),))
