"""The tables against the chain: every row that was entered is there as it was, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from omr.errors import Differs
from omr.store import Store
from omr.store.chain import COMPARED, PAGES, ROWS, compared_said, key_of, page_said, plain_page_said
from omr.store.hidden import veil_decisions
from omr.verify.links import advice
from omr.verify.named import Named, is_hidden
from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from omr.store import Entry

#: What people call the rows of each table.
NAMES: Final = {
    "batches": later("run of the scanner"),
    "sources": later("file of scans"),
    "broken": later("file that could not be read"),
    "adjudications": later("decision"),
    "words_on_files": later("word on a file"),
    "members": later("line about a member"),
    "acts": later("closing, reopening or unlocking"),
    "trail": later("note of who did something"),
}


def check_rows(store: Store, entries: Sequence[Entry]) -> None:
    """Compare every table with the chain, in the chain's order. Raises Differs."""
    _check_tables(store)
    tables = {table: store.rows_of(table) for table in ROWS}
    named, pages = Named.of(store), set(store.page_ids())
    for entry in entries:
        if entry.kind in ROWS:
            _check_row(entry, tables[entry.kind])
        for said in entry.said["pages"] if entry.kind == PAGES else ():
            _check_page(store, said, named)
            pages.discard(named.page(said))
    for table, left in tables.items():
        for key in left:
            raise Differs(
                _("{what} no. {n} was put into the database beside the chain").format(
                    what=_(NAMES[table]), n=key
                ),
                advice(),
            )
    if pages:
        raise Differs(_("a page was put into the database beside the chain"), advice())
    _check_compared(store, entries, named)
    _check_guards(store)


def _check_row(entry: Entry, rows: dict[int, dict[str, Any]]) -> None:
    said = entry.said
    what, key = _(NAMES[entry.kind]), said[key_of(entry.kind)]
    row = rows.pop(key, None)
    if row is None:
        raise Differs(_("{what} no. {n} was taken out of the database").format(what=what, n=key), advice())
    for column, value in said.items():
        if row.get(column) != value:
            raise Differs(
                _("{what} no. {n} was changed in the database: {column}").format(
                    what=what, n=key, column=column
                ),
                advice(),
            )


def _check_page(store: Store, said: Mapping[str, Any], named: Named) -> None:
    found = store.page_row(named.page(said))
    place = named.place(said)
    if found is None:
        raise Differs(_("{source}, page {page}: taken out of the database").format(**place), advice())
    now = _as_said(store, said, *found)
    if now["record"] != said["record"]:
        text = _("{source}, page {page}: what the machine read was changed in the database")
        raise Differs(text.format(**place), advice())
    if now != said:
        text = _("{source}, page {page}: where it came from was changed in the database")
        raise Differs(text.format(**place), advice())


def _as_said(
    store: Store, said: Mapping[str, Any], row: Mapping[str, Any], readings: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    """What the database has of a page, as an entry says it: by tokens, or plainly as older programs did."""
    if is_hidden(said):
        return page_said(row, readings, said["reader"], store.hidden)
    where = store.files().get(row["source"])
    known_by = row["sha256"] or (where and f"{where.sha256}:{row['page_in_source']}")
    return plain_page_said({**row, "sha256": known_by}, readings, said["reader"])


def _check_compared(store: Store, entries: Sequence[Entry], named: Named) -> None:
    said = [entry.said for entry in entries if entry.kind == COMPARED]
    compared = frozenset(
        (page, veil_decisions(store.hidden, page, each["decisions"]))
        for each in said
        for page in map(named.id_of, each["pages"])
    )
    if compared != store.compared_rows() or not _is_alike_as_said(store, said, named):
        raise Differs(_("the comparison of handwriting was changed in the database"), advice())


def _is_alike_as_said(store: Store, said: Sequence[Mapping[str, Any]], named: Named) -> bool:
    """Whether the pairs are those of the chain; where it hides them, its last entry vouches for all."""
    pairs = store.alike_rows()
    if said and isinstance(said[-1]["alike"], str):
        pages = [named.id_of(page) for page in said[-1]["pages"]]
        return said[-1] == compared_said(pages, said[-1]["decisions"], pairs, store.hidden)
    return pairs == frozenset(tuple(pair) for each in said for pair in each["alike"])


def _check_tables(store: Store) -> None:
    for _kind, name in _missing(store, ("table", "view")):
        raise Differs(_("the database has lost {name}").format(name=name), advice())


def _check_guards(store: Store) -> None:
    """What keeps rows from being changed was not taken off."""
    for _kind, name in _missing(store, ("trigger", "index")):
        raise Differs(_("a guard of the database was taken off: {name}").format(name=name), advice())


def _missing(store: Store, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    now = store.shape()
    with Store(None) as new:
        yield from (key for key, sql in new.shape().items() if key[0] in kinds and now.get(key) != sql)
