"""An election's folder, checked from the chain to the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from omr.audit.kept import first_broken, is_behind, refuse_unlike, unrecorded
from omr.counting import count_folder
from omr.election import refuse_no_election
from omr.errors import Differs, OmrError
from omr.paper import Paper
from omr.pool import Pool
from omr.read import read_page
from omr.recorded import changes, in_words, what_to_do
from omr.signing import fingerprint, public_key, same_fingerprint
from omr.store import Store
from omr.store.chain import CARRIED, PAGES, SETTINGS
from omr.verify.links import advice, check_hash, check_links
from omr.verify.outcome import check_result, check_signed, check_statements, count_anew, digest_of
from omr.verify.pictures import Again, KeptPage, Rereader, kept_pages, read_again
from omr.verify.rows import check_rows
from omr.words import _

if TYPE_CHECKING:
    from omr.election import Folder
    from omr.statement import Statement
    from omr.store import Entry
    from omr.verify.pictures import Hands


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked; everything agreed.

    Attributes:
        entries: of the chain; hash: that of the last one. carried: of these, made from an older database.
        pages: pictures read again. bare: pages without a picture, of which the record alone speaks.
        decisions, ballots: as the chain has them, as counted anew.
        files: files of the folder compared with the chain; 0 where none was ever recorded.
        edits: names of files that were changed, and recorded, after the first page was read.
        unrecorded: files of hand audits of which the chain knows nothing: they were not compared.
        audit_behind: whether the file of the hand audit is the one of the entry before the last.
        readers: versions of the program that read the pages.
        result: SHA-256 of the result. statement: what was signed; None where the result is not closed.
        fingerprint: of the folder's public key.
    """

    entries: int
    hash: str
    carried: int
    pages: int
    bare: int
    decisions: int
    ballots: int
    files: int
    edits: tuple[str, ...]
    unrecorded: tuple[str, ...]
    audit_behind: bool
    readers: tuple[str, ...]
    result: str
    statement: Statement | None
    fingerprint: str


def processes(
    jobs: int, rereader: Rereader, chunks: Sequence[Sequence[KeptPage]]
) -> Iterator[list[tuple[KeptPage, Again | None]]]:
    """Read in so many processes."""
    return Pool(rereader, jobs).run(chunks)


def verify_election(
    folder: Folder,
    hands: Hands,
    *,
    written_hash: str = "",
    written_key: str = "",
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verified:
    """Check everything that can be checked; nothing is written.

    Args:
        folder: of the election.
        hands: reads the pictures again.
        written_hash: the chain's last hash as somebody wrote it down; '' if nobody did.
        written_key: the key's fingerprint, likewise.
        progress: told how many pictures of how many have been read.

    Raises:
        Differs: the first thing that is not as it was, in words.
        OmrError: something cannot be checked.
    """
    refuse_no_record(folder)
    with Store(folder.database) as store:
        entries, acts = _chain(store), store.acts()
        check_links(entries)
        check_hash(entries, written_hash)
        key = _check_key(folder, written_key)
        try:
            _check_files(folder, entries)  # the key first, without which no page is known
            check_rows(store, entries)
            kept = count_folder(folder)
            signers = kept.election.rules.reviewers
            check_statements(folder, entries, acts, signers)
            pages = kept_pages(store, entries)
            records = read_again(pages, _rereader(folder), hands, progress)
            anew = count_anew(folder, entries, records)
        except (KeyError, TypeError, ValueError) as fault:
            # The chain's own hashes are good, so somebody wrote all of it anew, and not as this program does.
            raise Differs(_("the chain holds what this program does not write"), advice()) from fault
        check_result(kept, anew)
        statement = check_signed(folder, entries, acts, signers, anew)
    kinds = Counter(entry.kind for entry in entries)
    return Verified(
        entries=len(entries),
        hash=entries[-1].hash if entries else "",
        carried=max((entry.seq for entry in entries if entry.kind == CARRIED), default=0),
        pages=sum(bool(page.stored.original) for page in pages),
        bare=sum(not page.stored.original for page in pages),
        decisions=kinds["adjudications"] + kinds["words_on_files"],
        ballots=len(anew.ballots),
        files=len({name for entry in entries if entry.kind == SETTINGS for name in entry.said["files"]}),
        edits=_edits(entries),
        unrecorded=unrecorded(folder, entries),
        audit_behind=is_behind(folder, entries),
        readers=tuple(sorted({page.stored.reader or _("not recorded") for page in pages})),
        result=digest_of(anew),
        statement=statement,
        fingerprint=key,
    )


def refuse_no_record(folder: Folder) -> None:
    """Raises OmrError where there is no election, or nothing of it was recorded yet."""
    if not folder.database.exists():
        refuse_no_election(folder)
        raise OmrError(
            _("there is no record in {folder} yet").format(folder=folder.root),
            _("print and scan first; or give the folder of the election"),
        )


def _chain(store: Store) -> tuple[Entry, ...]:
    if ("table", "chained") not in store.shape():
        raise Differs(_("the database has lost {name}").format(name="chained"), advice())
    return store.chain()


def _check_key(folder: Folder, written: str) -> str:
    """The fingerprint of the folder's key, which is the one written down. Raises Differs."""
    found = fingerprint(public_key(folder.public_key))
    if written and not same_fingerprint(found, written):
        text = _("the signing key is another one: its fingerprint is {found}, written down was {written}")
        raise Differs(text.format(found=found or _("none"), written=written), advice())
    return found


def _check_files(folder: Folder, entries: Sequence[Entry]) -> None:
    for change in changes(folder, entries):
        raise Differs(in_words(change), what_to_do())
    broken = first_broken(entries)
    if broken:
        text = _("entry {entry} of the chain changes what a hand audit had recorded")
        raise Differs(text.format(entry=broken), advice())
    refuse_unlike(folder, entries)


def _rereader(folder: Folder) -> Rereader:
    paper = Paper.load(folder)
    readers = {
        matters: partial(read_page, paper=replace(paper, seal_matters=matters)) for matters in (True, False)
    }
    return Rereader(readers, folder.originals_dir)


#: Files that people change while an election runs; the others are made anew only by printing.
_BY_PEOPLE: Final = ("election.toml", "people.csv")


def _edits(entries: Sequence[Entry]) -> tuple[str, ...]:
    first = next((entry.seq for entry in entries if entry.kind == PAGES), len(entries))
    later = [entry.said["files"] for entry in entries[first:] if entry.kind == SETTINGS]
    return tuple(name for files in later for name in _BY_PEOPLE if name in files)
