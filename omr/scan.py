"""Files of scans -> stored readings: several processes read, one writes, and any moment is a good one to die.

The order that makes it so: a page's picture is on the disk for good, then its record and readings land in
one transaction. Whatever was not stored is read when the same command is given again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Final, Protocol

from omr.errors import OmrError
from omr.files import private_folder, sweep, sync, why
from omr.likeness import note_likenesses
from omr.limits import PAGE_SECONDS
from omr.pages import BrokenSource, Skipped, Source, list_sources
from omr.pool import Pool
from omr.read import Paper, read_page
from omr.recorded import Change, record_new
from omr.store import NewPage, NewSource, Problem, Store
from omr.survey import count_apart
from omr.task import PageReader, Task, Worker, unread
from omr.words import _

if TYPE_CHECKING:
    from pathlib import Path

    from omr.election import Folder

#: Most pages handed to a worker at once: enough that one commit and one message between processes serve
#: many pages, few enough that the progress bar moves and little is read again after a crash.
CHUNK: Final = 8

#: Chunks each worker should get at least, so that none waits long for the last one at the end.
_ROUNDS: Final = 4


#: A page that could not be read: file, page in it, why.
Failed = tuple[str, int, str]

#: Records of pages with their tasks, as they come; None for a page that brought its process down.
Read = Iterator[list[tuple[Task, NewPage | None]]]


class Hands(Protocol):
    """Who reads: processes of this machine (`Processes`), or others' (`omr.cluster`)."""

    @property
    def jobs(self) -> int:
        """How many pages are read at a time."""

    def run(self, worker: Worker, chunks: Sequence[Sequence[Task]]) -> Read:
        """Read them all."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes of this machine."""

    jobs: int

    def run(self, worker: Worker, chunks: Sequence[Sequence[Task]]) -> Read:
        """Read them all, with no more processes than there are chunks."""
        return Pool(worker, self.jobs).run(chunks)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is. `pages` are the ones stored just now, for whoever wants to show them."""

    done: int
    total: int
    pages: tuple[NewPage, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What a scan did.

    Attributes:
        sources: files that were read, or had been before.
        broken: files that could not be read.
        skipped: files in folders that are plainly not scans.
        stored: pages read and stored now.
        known: pages of these files that had been stored before.
        failed: pages stored now as unreadable for want of a picture, with what was wrong: file, page, why.
        edits: files of the election that were changed by hand since they were recorded.
    """

    sources: tuple[Source, ...]
    broken: tuple[BrokenSource, ...]
    skipped: tuple[Skipped, ...]
    stored: int
    known: int
    failed: tuple[Failed, ...]
    edits: tuple[Change, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 1 where a file or a page in it could not be read. Flagged ballots are normal."""
        return 1 if self.broken or self.failed else 0


def scan(  # noqa: PLR0913 - each of these is an option of the command
    folder: Folder,
    paths: Iterable[Path],
    *,
    jobs: int | None = None,
    count: int = 1,
    progress: Callable[[Progress], None] = lambda _progress: None,
    reader: PageReader | None = None,
    hands: Hands | None = None,
    batch: int | None = None,
    below: Path | None = None,
) -> ScanOutcome:
    """Read the pages of files and folders into the election.

    Args:
        folder: of the election.
        paths: files and folders with scans.
        jobs: processes that read; as many as the machine has processors if None.
        count: which count of the box this is: 1, or 2 for a second, independent one.
        progress: told how far it is, in this process.
        reader: reads one page; must be picklable. The election's own if None.
        hands: who reads, instead of `jobs` processes of this machine.
        batch: the run of the scanner (`open_batch`) that the files belong to; a run of their own if None.
        below: the folder that all paths are files in, where they are named as files of it.

    Raises:
        OmrError: the election is not ready, or cannot be written to. What was stored stays.
    """
    private_folder(folder.originals_dir)
    sync(folder.root)
    sweep(folder.root)
    worker = Worker(reader or open_reader(folder), folder.originals_dir, PAGE_SECONDS)
    listed = list_sources(paths, below, count_apart)
    sources = tuple(each for each in listed if isinstance(each, Source))
    broken = tuple(each for each in listed if isinstance(each, BrokenSource))
    with Store(folder.database) as store:
        edits = record_new(folder, store)
        tasks = mixed(_unstored(store, _entered(store, count, batch, sources, broken)), SystemRandom())
        given = hands or Processes(jobs or os.cpu_count() or 1)
        read = _store_all(store, _read(worker, tasks, given), len(tasks), progress)
        note_likenesses(store)
    return ScanOutcome(
        sources,
        broken,
        tuple(each for each in listed if isinstance(each, Skipped)),
        stored=read.stored,
        known=sum(source.pages for source in sources) - len(tasks),
        failed=_in_order(read.failed, sources),
        edits=edits,
    )


def open_reader(folder: Folder) -> PageReader:
    """The reader of an election's pages. Raises OmrError where its ballots have not been printed."""
    return partial(read_page, paper=Paper.load(folder))


def open_batch(folder: Folder, count: int = 1) -> int:
    """Begin a run of the scanner whose files come one after the other; `scan` takes its number."""
    with Store(folder.database) as store:
        return store.open_batch(count)


@dataclass(slots=True)
class _Stored:
    """What has been stored so far."""

    stored: int
    failed: list[Failed]


def _entered(
    store: Store, count: int, batch: int | None, sources: Sequence[Source], broken: Sequence[BrokenSource]
) -> list[tuple[Source, int]]:
    """Enter the files in the ledger, in order, before the first page is read; with their ids there."""
    new = [NewSource(each.sha256, each.name, each.pages) for each in sources]
    # A path that was mistyped is no problem of the election; a file that is there may hold ballots.
    bad = [Problem(each.name, each.message, each.advice) for each in broken if each.path.exists()]
    ids = store.add_batch(count, new, bad, batch) if new or bad else ()
    return list(zip(sources, ids, strict=True))


def _unstored(store: Store, entered: Iterable[tuple[Source, int]]) -> list[Task]:
    """The pages that are not stored yet, told by file and place without decoding them."""
    first: dict[int, Source] = {}
    for source, identity in entered:
        first.setdefault(identity, source)
    return [
        Task(source, identity, index)
        for identity, source in first.items()
        for index in sorted(set(range(source.pages)) - store.stored(identity))
    ]


def mixed(tasks: Sequence[Task], dice: Random) -> list[Task]:
    """The pages in an order that says nothing of their places: files by chance, and so the pages of each.

    Pictures are kept, and rows written, one after the other, and the disk remembers that: the system's own
    times of the files, the pages of the database's file. File by file, because a PDF that is opened for
    each page takes twice the time.
    """
    files = {task.source_id: dice.random() for task in tasks}
    return sorted(tasks, key=lambda task: (files[task.source_id], task.source_id, dice.random()))


def _in_order(failed: Iterable[Failed], sources: Sequence[Source]) -> tuple[Failed, ...]:
    """Pages that failed in the order in which people know them."""
    names = {source.name: at for at, source in enumerate(sources)}
    return tuple(sorted(failed, key=lambda each: (names[each[0]], *each)))


def _read(worker: Worker, tasks: Sequence[Task], hands: Hands) -> Iterator[list[tuple[Task, NewPage]]]:
    """Records as they come. A page that brought its process down is unreadable, and says so."""
    for done in hands.run(worker, _chunks(tasks, max(1, min(hands.jobs, len(tasks))))):
        yield [(task, record or _crashed(task)) for task, record in done]


def _chunks(tasks: Sequence[Task], jobs: int) -> list[Sequence[Task]]:
    size = max(1, min(CHUNK, len(tasks) // (_ROUNDS * jobs)))
    return [tasks[at : at + size] for at in range(0, len(tasks), size)]


def _crashed(task: Task) -> NewPage:
    why = _("the program broke down on this page or took over {seconds} seconds; scan the sheet again")
    return unread(task, why.format(seconds=round(PAGE_SECONDS)))


def _store_all(
    store: Store,
    read: Iterable[list[tuple[Task, NewPage]]],
    total: int,
    progress: Callable[[Progress], None],
) -> _Stored:
    """Store what comes, a transaction for what came together."""
    so_far, done = _Stored(0, []), 0
    progress(Progress(0, total))
    try:
        for pairs in read:
            new = set(store.add_pages(page for _task, page in pairs))
            done += len(pairs)
            so_far.stored += len(new)
            so_far.failed += [
                (task.source.name, task.index + 1, page.problem)
                for task, page in pairs
                if page.problem and page.id in new
            ]
            progress(Progress(done, total, tuple(page for _task, page in pairs if page.id in new)))
    except OSError as error:
        raise OmrError(
            _("the election's folder cannot be written to: {reason}").format(reason=why(error)),
            _("make room or mend it, then give the same command again: what was read is kept"),
        ) from error
    return so_far
