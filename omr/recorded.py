"""The files that a result rests on, recorded in the chain: their digests, and the words of the short ones.

Recorded where the program itself makes them: when ballots are printed, and when the web app changes them;
of each only what it wrote. A scan, and the members' signatures, record only what the chain does not know at
all. A change by hand is recorded with the name of who made it (`omr accept`); until then every print and
scan, `omr status` and `omr verify` name it, and the result cannot be closed. Every change stands in the
chain, so that one which was recorded can still be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from omr.store.chain import SETTINGS
from omr.store.database import Store
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from omr.election import Folder
    from omr.store.chain import Entry

#: Files whose words go into the chain, so that a change can be named by its line; of the others the digest.
IN_WORDS: Final = frozenset({"election.toml", "people.csv"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file as the chain knows it; `entry` is where it was recorded last. `text` only of those IN_WORDS."""

    sha256: str
    text: str | None
    entry: int


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is not as it was recorded; `line` is the first that differs, with what it was and is."""

    name: str
    entry: int
    line: int = 0
    before: str = ""
    after: str = ""


def record_files(
    folder: Folder, store: Store, by: str = "", why: str = "", *, but: Collection[str] = ()
) -> bool:
    """Record the files that were changed since they were recorded last; tells whether there were any.

    Args:
        folder: of the election.
        store: its ledger.
        by: who says that the change was meant; '' where the program itself records it.
        why: their reason.
        but: names of files that are left as the chain has them.
    """

    def make(entries: tuple[Entry, ...]) -> Mapping[str, Any] | None:
        now, before = _files_now(folder), recorded(entries)
        new: dict[str, Any] = {n: said for n, said in now.items() if _digest_of(before, n) != said["sha256"]}
        new |= {name: None for name in before if name not in now}
        new = {name: said for name, said in new.items() if name not in but}
        return {"files": new, **_signature(by, why)} if new else None

    return store.add_entry(SETTINGS, make) is not None


def recorded(entries: Iterable[Entry]) -> dict[str, Recorded]:
    """Every file as it was recorded last, by its name in the folder."""
    found: dict[str, Recorded] = {}
    for each in entries:
        if each.kind != SETTINGS:
            continue
        for name, said in each.said["files"].items():
            if said is None:
                found.pop(name, None)
            else:
                found[name] = Recorded(said["sha256"], said.get("text"), each.seq)
    return found


def record_new(folder: Folder, store: Store) -> tuple[Change, ...]:
    """Record the files that the chain does not know yet; gives those that were changed, left unrecorded."""
    found = changes(folder, store.chain(SETTINGS))
    record_files(folder, store, but={change.name for change in found})
    return found


def changes(folder: Folder, entries: Iterable[Entry]) -> tuple[Change, ...]:
    """The files that are not as they were recorded last; one that was never recorded is no change."""
    now = _files_now(folder)
    found = ((name, was, now.get(name, {"sha256": ""})) for name, was in recorded(entries).items())
    return tuple(
        _change(name, was, said.get("text")) for name, was, said in found if said["sha256"] != was.sha256
    )


def changes_of(folder: Folder) -> tuple[Change, ...]:
    """The files that are not as they were recorded last; none where there is no record."""
    if not folder.database.exists():
        return ()
    with Store(folder.database) as store:
        return changes(folder, store.chain(SETTINGS))


def in_words(change: Change) -> str:
    """Which file, which line, and what it was and is."""
    about = {"file": change.name, "entry": change.entry}
    if not change.line:
        return _("{file} is not as it was recorded (entry {entry} of the record)").format(**about)
    text = _("{file}, line {line} is not as it was recorded (entry {entry}): “{before}” became “{after}”")
    return text.format(**about, line=change.line, before=change.before.strip(), after=change.after.strip())


def what_to_do() -> str:
    """What the board does about a file that was changed."""
    return _("if the board changed it on purpose: omr accept DIR --by NAME --why REASON; else put it back")


def _change(name: str, was: Recorded, text: str | None) -> Change:
    lines = zip_longest((was.text or "").splitlines(), (text or "").splitlines(), fillvalue="")
    for number, (before, after) in enumerate(lines, start=1):
        if before != after:
            return Change(name, was.entry, number, before, after)
    return Change(name, was.entry)


def _digest_of(files: Mapping[str, Recorded], name: str) -> str:
    return files[name].sha256 if name in files else ""


def _signature(by: str, why: str) -> dict[str, str]:
    if not by:
        return {}
    return {"by": by, "why": why, "at": datetime.now(UTC).isoformat(timespec="seconds")}


def _files_now(folder: Folder) -> dict[str, dict[str, str]]:
    return {name: _said(name, data) for name, data in _contents(folder)}


def _contents(folder: Folder) -> Iterator[tuple[str, bytes]]:
    for path in _paths(folder):
        try:
            yield path.relative_to(folder.root).as_posix(), path.read_bytes()
        except OSError:
            continue  # not there (yet), or not to be read: the same to whoever needs it


def _paths(folder: Folder) -> tuple[Path, ...]:
    files = (folder.election_toml, folder.people_csv, folder.layout_json, folder.prints_json, folder.key_file)
    return (*files, folder.public_key, *sorted(folder.blank_dir.glob("page-*.png")))


def _said(name: str, data: bytes) -> dict[str, str]:
    said = {"sha256": sha256(data).hexdigest()}
    if name in IN_WORDS:
        # What is no UTF-8 can be loaded by nobody; the digest still tells it from another file.
        said["text"] = data.decode("utf-8", errors="replace")
    return said
