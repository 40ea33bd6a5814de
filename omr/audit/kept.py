"""The record of an audit as it is kept: audit/audit.json in the election's folder, and the chain.

Each time it is written, all of it enters the chain: the seed (from which, with the number of ballots, the
places drawn follow), the rounds, and the totals that people entered. The chain comes first and the file
after it: a stop between the two leaves the file as the entry before the last one has it, and it is written
again at the next use. Only the very first record is written before its entry: whoever stops there leaves
a file that is not recorded yet, as an earlier version of the program did; the next writing takes it in.

Nothing else is taken in: a file that is not as the chain has it is refused, and `omr verify` names it.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from omr.audit.record import Record
from omr.errors import Differs, OmrError
from omr.files import private_folder, write_text
from omr.store.chain import AUDIT, canonical
from omr.store.database import Store
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from omr.election import Folder
    from omr.store.chain import Entry

#: A record as it stands in the file and in the chain.
Said = dict[str, Any]

#: What is agreed on and reported at the beginning, and never changed.
_AGREED: Final = ("risk", "within", "seed", "box", "choices", "reported", "claims", "began")


def read_record(folder: Folder) -> Record | None:
    """The audit of an election; None where none was begun.

    Raises:
        OmrError: the record is damaged.
    """
    path = record_path(folder)
    if not path.exists():
        return None
    try:
        record = Record.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as fault:
        raise OmrError(
            _("the record of the hand audit is damaged: {path}").format(path=path),
            _("put it back from your copy of the folder; what it says cannot be made up again"),
        ) from fault
    said = _chained(folder)
    return Record.model_validate(said[-1]) if _is_behind(folder, said) else record


def write_record(folder: Folder, record: Record) -> None:
    """Keep the audit in the chain, then in its file; one of an earlier result is put away under a number.

    Raises:
        Differs: what is kept is not what was recorded last, or `record` does not go on from it.
    """
    private_folder(folder.audit_dir)
    new: Said = json.loads(record.model_dump_json())
    with Store(folder.database) as store:
        _take_in(folder, store)

        def make(entries: tuple[Entry, ...]) -> Said:
            said = _said(entries)
            if not said:
                _write(record_path(folder), new)
            refuse_unlike(folder, entries)
            if said and not _goes_on(said[-1], new):
                raise _not_recorded(record_path(folder).name)
            return new

        store.add_entry(AUDIT, make)
    write_again(folder)


def write_again(folder: Folder) -> None:
    """Write the files that a stop left behind the chain; those that are not as it has them stay."""
    if not folder.database.exists():
        return

    def make(entries: tuple[Entry, ...]) -> None:
        # Nothing is added: the ledger only keeps others from writing meanwhile.
        said = _said(entries)
        if _is_behind(folder, said):
            for path, wanted in _files(folder, said).items():  # audit.json is the last one
                if _read(path) != wanted:
                    _write(path, wanted)

    with Store(folder.database) as store:
        store.add_entry(AUDIT, make)


def refuse_unlike(folder: Folder, entries: Iterable[Entry]) -> None:
    """Raises Differs where a file of a hand audit, or an entry, is not what was recorded."""
    name = first_unlike(folder, entries)
    if name:
        raise _not_recorded(name)


def first_unlike(folder: Folder, entries: Iterable[Entry]) -> str:
    """The first file of a hand audit that is not as the chain has it; '' where all are.

    An audit is known by the result that it is of and by its beginning. That of the result as it stands is
    audit.json; those of earlier results were put away under a number, in their order. Where the chain
    has none, nothing is compared: see `unrecorded`.
    """
    said = _said(entries)
    wanted = _files(folder, said)
    if _is_behind(folder, said):
        put_away = {path: each for path, each in wanted.items() if path.exists()}
        wanted = put_away | _files(folder, said[:-1])
    for path, each in wanted.items():
        if _read(path) != each:
            return path.name
    left = [path for path in _kept(folder) if said and path not in wanted]
    return left[0].name if left else ""


def first_broken(entries: Iterable[Entry]) -> int:
    """The first entry of an audit that does not go on from the one before; 0 where all do."""
    of_audits = [each for each in entries if each.kind == AUDIT]
    return next((b.seq for a, b in pairwise(of_audits) if not _goes_on(a.said, b.said)), 0)


def unrecorded(folder: Folder, entries: Iterable[Entry]) -> tuple[str, ...]:
    """Files of audits of which the chain has none, because an earlier version of the program made them."""
    return () if _said(entries) else tuple(path.name for path in _kept(folder))


def is_behind(folder: Folder, entries: Iterable[Entry]) -> bool:
    """Whether audit.json stands as the entry before the last has it: a stop, or somebody, left it so.

    Nothing is lost by it: what counts is the chain, from which the file is written again at the next use.
    """
    return _is_behind(folder, _said(entries))


def record_path(folder: Folder) -> Path:
    """Where the record is kept."""
    return folder.audit_dir / "audit.json"


def _goes_on(before: Said, after: Said) -> bool:
    """Whether a record may follow another: counts added or withdrawn, or an audit of another result."""
    if _audit_of(before) != _audit_of(after):
        return any(before[key] != after[key] for key in ("reported", "box"))
    taken_back = before["withdrawn"]
    return (
        all(before[key] == after[key] for key in _AGREED)
        and after["withdrawn"][: len(taken_back)] == taken_back
        and _counts(before) <= _counts(after)
    )


def _counts(said: Said) -> Counter[str]:
    """All counts that were ever entered, each with the number of ballots drawn, 0 for all ballots."""
    rounds = [(each["drawn"], each["taken"]) for each in said["rounds"] if each["taken"] is not None]
    back = [(each["drawn"], each["taken"]) for each in said["withdrawn"]]
    return Counter(canonical(each) for each in (*rounds, *back, *((0, taken) for taken in said["full"])))


def _audit_of(said: Said) -> str:
    return canonical([said["began"], said["reported"]])


def _files(folder: Folder, said: Sequence[Said]) -> dict[Path, Said]:
    """The files that there should be, as the chain has them last."""
    last = {_audit_of(each): each for each in said}
    paths = [_number(folder, n) for n in range(1, len(last))]
    return dict(zip([*paths, record_path(folder)], last.values(), strict=False))


def _is_behind(folder: Folder, said: Sequence[Said]) -> bool:
    """Whether the program was stopped after the last entry and before its file."""
    return len(said) > 1 and _read(record_path(folder)) == said[-2] != said[-1]


def _take_in(folder: Folder, store: Store) -> None:
    """Record the audits that an earlier version of the program made, as they stand."""
    if not store.chain(AUDIT):
        for path in _kept(folder):
            store.add_entry(AUDIT, partial(_as_found, path))


def _as_found(path: Path, _entries: tuple[Entry, ...]) -> Said | None:
    found = _read(path)
    return found if isinstance(found, dict) else None


def _kept(folder: Folder) -> tuple[Path, ...]:
    """The audits' files, in order: those put away, and the one of the result as it stands."""
    ends = [path.stem.removeprefix("audit-") for path in folder.audit_dir.glob("audit-*.json")]
    numbers = sorted(int(end) for end in ends if end.isascii() and end.isdigit())
    paths = (*(_number(folder, number) for number in numbers), record_path(folder))
    return tuple(path for path in paths if path.exists())


def _number(folder: Folder, number: int) -> Path:
    return folder.audit_dir / f"audit-{number}.json"


def _chained(folder: Folder) -> tuple[Said, ...]:
    if not folder.database.exists():
        return ()
    with Store(folder.database) as store:
        return _said(store.chain(AUDIT))


def _said(entries: Iterable[Entry]) -> tuple[Said, ...]:
    return tuple(each.said for each in entries if each.kind == AUDIT)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _write(path: Path, said: Mapping[str, Any]) -> None:
    write_text(path, Record.model_validate(said).model_dump_json(indent=1) + "\n")


def _not_recorded(name: str) -> Differs:
    return Differs(
        _("the hand audit in {file} is not the one that was recorded").format(file=f"audit/{name}"),
        _("put it back from your copy of the folder; the signed paper of the audit says what it was"),
    )
