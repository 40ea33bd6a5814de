"""Ballots and result, worked out anew from pictures and chain, against the database and what was signed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from omr.closing import digest, standing_closing
from omr.counting import Counted, all_problems, count_folder, result_of
from omr.errors import Differs, OmrError
from omr.export import as_json
from omr.likeness import likenesses
from omr.questions import count_now
from omr.reader_version import reader_version
from omr.recorded import recorded
from omr.signing import public_key
from omr.statement import Statement, read_statement
from omr.store import Alike, Likeness, Store
from omr.store.chain import COMPARED, PAGES, ROWS, SIGNED
from omr.verify.links import advice
from omr.verify.named import Named
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omr.election import Folder
    from omr.store import Act, Entry, NewPage
    from omr.tally import Tally


def count_anew(folder: Folder, entries: Sequence[Entry], pages: Mapping[str, NewPage]) -> Counted:
    """Count from nothing but the chain and pages that were read again. Raises Differs, OmrError.

    Args:
        folder: whose files were compared with the chain before.
        entries: the chain.
        pages: the records of the pages, by id.
    """
    before = count_folder(folder)
    with Store(folder.database) as kept:
        named, alike = Named.of(kept), kept.alike_rows()
    with Store(None) as store:
        _write_anew(store, entries, pages, named, alike)
        now = count_now(store, before.layout, before.election.rules)
        return result_of(folder, before.election, now, all_problems(store, before.election))


def _write_anew(
    store: Store,
    entries: Sequence[Entry],
    pages: Mapping[str, NewPage],
    named: Named,
    said_alike: frozenset[tuple[str, str, str]],
) -> None:
    """The ledger as the chain has it, with what the pictures say and which of them are alike."""
    for entry in entries:
        said = entry.said
        if entry.kind in ROWS:
            store.put_row(entry.kind, said)
        elif entry.kind == PAGES:
            store.add_pages(pages[named.page(each)] for each in said["pages"])
        elif entry.kind == COMPARED:
            store.put_compared([named.id_of(page) for page in said["pages"]], said["decisions"])
    compared = store.compared()
    traces = [each for each in store.traces() if each[0] in compared]
    found = {(each.one, each.other, each.likeness.value) for each in likenesses(traces, compared)}
    if found != said_alike:
        raise _unlike(pages)
    store.add_likenesses([], [Alike(one, other, Likeness(how)) for one, other, how in found])


def _unlike(pages: Mapping[str, NewPage]) -> OmrError:
    if {page.reader for page in pages.values()} <= {reader_version()}:
        return Differs(
            _("the pictures' handwriting is not as alike as the record says: a sheet scanned twice, or not"),
            advice(),
        )
    return OmrError(
        _("this version of the program compares handwriting otherwise than the one that scanned"),
        _("this is no sign of tampering, but it proves nothing: verify with that version of the program"),
    )


def check_result(kept: Counted, anew: Counted) -> None:
    """Ballots and result are the same, counted from the database and anew. Raises Differs."""
    found = {ballot.id: ballot for ballot in anew.ballots}
    for ballot in kept.ballots:
        if found.get(ballot.id) != ballot:
            raise Differs(
                _("ballot {ballot}: pictures and chain give something else than the database").format(
                    ballot=ballot.id
                ),
                advice(),
            )
    if len(found) != len(kept.ballots) or digest_of(kept) != digest_of(anew):
        raise Differs(_("pictures and chain give another result than the database"), advice())


def digest_of(counted: Counted) -> str:
    """What is signed of a result."""
    return digest(as_json(without_the_hand(counted)))


def without_the_hand(counted: Counted) -> Tally:
    """The result as it was when it was signed: a count by hand made afterwards changes no statement."""
    result = counted.result
    return replace(result, day=replace(result.day, hand_differs=0))


def check_statements(folder: Folder, entries: Sequence[Entry], acts: Sequence[Act], signers: int) -> None:
    """Every statement fits the chain, and every closing has its statement. Raises Differs."""
    key = recorded(entries).get("signing-key.pub")
    for entry in entries:
        if entry.kind == SIGNED:
            _check_statement(entry, entries)
    signed = _statement_of_file(folder)
    if signed is not None and not _fits(signed, entries):
        text = _("the closing signed at {at} is not in the record: its end was cut off")
        raise Differs(text.format(at=signed.closed_at), advice())
    closing = standing_closing(acts, signers)
    if key is not None and closing.closed and _last(entries) is None:
        text = _("the closing of {at} has no signature in the record: its end was cut off")
        raise Differs(text.format(at=closing.at), advice())


def _check_statement(entry: Entry, entries: Sequence[Entry]) -> None:
    statement = read_statement(entry.said)
    if statement is None:
        raise Differs(_("the signature of entry {n} of the record is not good").format(n=entry.seq), advice())
    if not _fits(statement, entries) or statement.entries != entry.seq - 1:
        raise Differs(_("the statement of entry {n} is about another record").format(n=entry.seq), advice())


def _fits(statement: Statement, entries: Sequence[Entry]) -> bool:
    at = statement.entries
    return 0 < at <= len(entries) and entries[at - 1].hash == statement.hash


def _statement_of_file(folder: Folder) -> Statement | None:
    """What signed-result.json says; None where there is none. Raises Differs."""
    try:
        text = folder.signed_json.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    statement = read_statement(_object(text))
    if statement is None or _object(text).get("public_key") != public_key(folder.public_key):
        raise Differs(
            _("{file} was changed: its signature is not good").format(file=folder.signed_json.name), advice()
        )
    return statement


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _last(entries: Sequence[Entry]) -> Statement | None:
    """The statement of the closing that stands: the last one, if nothing was reopened since."""
    for entry in reversed(entries):
        if entry.kind == SIGNED:
            return read_statement(entry.said)
        if entry.kind == "acts" and entry.said["kind"] in {"close", "reopen"}:
            return None
    return None


def check_signed(
    folder: Folder, entries: Sequence[Entry], acts: Sequence[Act], signers: int, anew: Counted
) -> Statement | None:
    """The result that was signed is the one that pictures and decisions give; gives what was signed.

    Raises:
        Differs: it is another one, or result.json says something else.
    """
    statement = _last(entries)
    if statement is None or not standing_closing(acts, signers).closed:
        return None
    if statement.result != digest_of(anew):
        raise Differs(
            _("the result signed at {at} is not the one that pictures and decisions give").format(
                at=statement.closed_at
            ),
            advice(),
        )
    path = folder.root / "result.json"
    if path.exists() and digest(_numbers(path.read_text(encoding="utf-8"))) != statement.result:
        raise Differs(_("{file} says another result than was signed").format(file=path.name), advice())
    return statement


def _numbers(text: str) -> dict[str, Any]:
    """result.json without what the closing added to it."""
    return {name: value for name, value in _object(text).items() if name not in {"sha256", "signed_by"}}
