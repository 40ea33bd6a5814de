"""The chain as others see it, and what it takes to compare it with the tables, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omr.store.chain import ROWS, Entry, append, dicts, head, key_of
from omr.store.hidden import veil_decisions
from omr.store.places import PlaceTables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class ChainTable(PlaceTables):
    """Entries of the chain; added to, never changed."""

    def chain(self, kind: str | None = None) -> tuple[Entry, ...]:
        """Every entry in order, or those of one kind."""
        rows = self._all(
            "SELECT seq, kind, payload, previous, hash FROM chained"
            " WHERE ?1 IS NULL OR kind = ?1 ORDER BY seq",
            (kind,),
        )
        return tuple(Entry(*row) for row in rows)

    def chain_head(self) -> tuple[int, str]:
        """Number and hash of the last entry."""
        return head(self._db)

    def add_entry(
        self, kind: str, make: Callable[[tuple[Entry, ...]], Mapping[str, Any] | None]
    ) -> Entry | None:
        """Add an entry that covers no row. `make` is given all of that kind so far; None adds nothing."""
        with self._writing() as db:
            payload = make(self.chain(kind))
            return None if payload is None else append(db, kind, payload)

    # --- the tables as they stand, to be compared -----------------------------------------------------

    def shape(self) -> dict[tuple[str, str], str]:
        """Every table, index, view and trigger, by kind and name, with the words that made it."""
        rows = self._all("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        return {(kind, name): sql for kind, name, sql in rows}

    def rows_of(self, table: str) -> dict[int, dict[str, Any]]:
        """The rows of a table of the chain, by their number."""
        assert table in ROWS
        rows = dicts(self._db, f"SELECT * FROM {table}")  # noqa: S608 - one of ours
        return {row[key_of(table)]: row for row in rows}

    def page_ids(self) -> frozenset[str]:
        """The pages of all counts."""
        return frozenset(page for (page,) in self._all("SELECT id FROM pages"))

    def compared_rows(self) -> frozenset[tuple[str, str]]:
        """Which pages have been compared with all others, and after which decision, veiled."""
        return frozenset(self._all("SELECT page, decisions FROM compared"))

    def alike_rows(self) -> frozenset[tuple[str, str, str]]:
        """Which pages may be one sheet's, of all counts."""
        return frozenset(self._all("SELECT one, other, likeness FROM alike"))

    # --- a ledger written anew from the chain ---------------------------------------------------------

    def put_row(self, table: str, row: Mapping[str, Any]) -> None:
        """Write a row as the chain has it. Raises ValueError where the table has no such columns."""
        known = {name for _at, name, *_rest in self._all(f"PRAGMA table_info ({table})")}
        if table not in ROWS or not known.issuperset(row):
            raise ValueError(table)
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        with self._writing() as db:
            db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))  # noqa: S608

    def put_compared(self, pages: Sequence[str], decisions: int) -> None:
        """Write that pages were compared after a decision."""
        with self._writing() as db:
            rows = [(page, veil_decisions(self.hidden, page, decisions)) for page in pages]
            db.executemany("INSERT INTO compared (page, decisions) VALUES (?, ?)", rows)
