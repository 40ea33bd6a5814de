"""The chain as others see it: its entries, its last hash, and entries that cover no row of another table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omr.store.chain import Entry, append, head
from omr.store.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ChainTable(Connection):
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
