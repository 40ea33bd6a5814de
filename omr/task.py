"""One page from its place in a file to its record: what a worker does, wherever it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from secrets import token_hex
from typing import Final

from omr.evidence import Flag, PageSeen, PageState
from omr.limits import time_limit
from omr.pages import BrokenPage, Kind, Scan, Source, changed_page, load_page
from omr.reader_version import reader_version
from omr.rules import judge_row
from omr.store.originals import keep_by_content
from omr.store.values import NewPage, pack_seen
from omr.words import _

#: Reads one page; must be picklable, as it is sent to every worker once.
PageReader = Callable[[Scan], PageSeen]

#: Pages whose files may still be on their way to the disk while the next is read. More would only hold
#: more pictures in memory: writing a page takes less time than reading one.
_UNWRITTEN: Final = 2

#: Bytes of a page's and of a ballot's random id. Ballot ids are typed by people (`omr resolve`): 40 bits
#: make two alike among 1,000 sheets once in two million elections, and the database would refuse that.
_PAGE_BYTES: Final = 8
_SHEET_BYTES: Final = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One page to be read: `index` from 0 in `source`, whose id in the ledger is `source_id`."""

    source: Source
    source_id: int
    index: int


@dataclass(frozen=True, slots=True)
class Worker:
    """Reads pages and keeps their pictures. Picklable.

    Attributes:
        reader: reads one page.
        originals: folder for the pages' own pictures.
        seconds: longest that one page may take before its process is ended; None: as long as it takes.
    """

    reader: PageReader
    originals: Path
    seconds: float | None = None

    def __call__(self, tasks: Sequence[Task]) -> list[NewPage]:
        """The records of the pages, in order; all their files are on the disk for good.

        Raises:
            OSError: a file cannot be written.
        """
        written: list[NewPage] = []
        unwritten: deque[_Writing] = deque()
        with _keeping() as keep:
            for task in tasks:
                if len(unwritten) >= _UNWRITTEN:
                    written.append(unwritten.popleft().done())
                with time_limit(self.seconds):
                    unwritten.append(self._read(task, keep))
            return [*written, *(writing.done() for writing in unwritten)]

    def _read(self, task: Task, keep: _Keep) -> _Writing:
        # A picture's bytes are hashed where they are kept, beside its reading: `_Writing.done` compares them.
        page = load_page(task.source, task.index, checked=False)
        if isinstance(page, BrokenPage):
            return _Writing(task, _not_loaded(task, page))
        # Written while it is read: what is left to wait for at the end of a batch is little.
        original = keep(keep_by_content, self.originals, page.original, page.suffix)
        seen, problem = _seen(self.reader, page)
        return _Writing(task, _record(task, seen, "", problem), keep(_identity, page), original)


_Keep = Callable[..., Future[str]]


@dataclass(frozen=True, slots=True)
class _Writing:
    """A page's record without what the writing threads still have to say: an unread page has all of it."""

    task: Task
    record: NewPage
    sha256: Future[str] | None = None
    original: Future[str] | None = None

    def done(self) -> NewPage:
        """The whole record; the page's files are on the disk for good."""
        if self.sha256 is None or self.original is None:
            return self.record
        sha256, original, source = self.sha256.result(), self.original.result(), self.task.source
        if source.kind is Kind.PICTURE and PurePath(original).stem != source.sha256:
            return _not_loaded(self.task, changed_page(source, self.task.index))
        return replace(self.record, sha256=sha256, original=original)


def _not_loaded(task: Task, page: BrokenPage) -> NewPage:
    return unread(task, f"{page.message}; {page.advice}")


def unread(task: Task, problem: str) -> NewPage:
    """The record of a page of which there is no picture; `problem` says why, in words."""
    seen = PageSeen(PageState.UNREADABLE, flags=(Flag.FILE_BROKEN,))
    return _record(task, seen, "", problem)


def read_record(reader: PageReader, page: Scan, task: Task) -> NewPage:
    """The record of a page whose picture is at hand; nothing is kept."""
    seen, problem = _seen(reader, page)
    return _record(task, seen, page.sha256, problem)


@contextmanager
def _keeping() -> Iterator[_Keep]:
    """Write files while pages are read: syncing is waiting, not working."""
    with ThreadPoolExecutor(2) as threads:
        yield threads.submit


def _identity(page: Scan) -> str:
    return page.sha256


def _seen(reader: PageReader, page: Scan) -> tuple[PageSeen, str]:
    """What was seen, and '' or what went wrong: a page that fails must not stop the batch."""
    try:
        return reader(page), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this page's alone
        problem = _("the program failed on this page: {reason}").format(
            reason=f"{type(error).__name__}: {error}"
        )
        return PageSeen(PageState.UNREADABLE, flags=(Flag.POSITION_UNSURE,)), problem


def _record(task: Task, seen: PageSeen, sha256: str, problem: str) -> NewPage:
    return NewPage(
        id=token_hex(_PAGE_BYTES),
        sheet=token_hex(_SHEET_BYTES),
        source=task.source_id,
        page_in_source=task.index + 1,
        sha256=sha256,
        state=seen.state,
        page=seen.page,
        flags=seen.flags,
        seen=pack_seen(seen),
        trace=seen.trace,
        readings=tuple(judge_row(row) for row in seen.rows),
        original="",
        problem=problem,
        reader=reader_version(),
    )
