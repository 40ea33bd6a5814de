"""A scanner's folder: files that come into it are taken once they have stopped growing, in their order.

For the command line (`arrivals`, in the caller's thread) and for the web app (`Watch`, in its own).
"""

from __future__ import annotations

import os
import threading
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from omr.errors import OmrError
from omr.files import why
from omr.pages import natural_key
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

#: A file that has not changed for so long has stopped growing, seconds. Scanners write a page in one go and
#: pause two or three seconds between the sheets of a file; a file that grows again is taken again.
QUIET: Final = 4.0

#: An empty file is waited for so much longer: scanners make the name first and send the picture later.
EMPTY: Final = 10

#: How often sizes are looked at where nothing is told, seconds: network folders do not always tell.
LOOK: Final = 1.0

#: Size and time of a file.
Stamp = tuple[int, int]


@dataclass(slots=True)
class Inbox:
    """Which files of a folder are new and whole. Knows no clock and does not wait.

    Attributes:
        folder: looked at to the bottom.
        quiet: seconds without a change after which a file has stopped growing.
    """

    folder: Path
    quiet: float = QUIET
    _taken: dict[Path, Stamp] = field(default_factory=dict)
    _seen: dict[Path, tuple[Stamp, float]] = field(default_factory=dict)

    def take(self, now: float) -> tuple[Path, ...]:
        """The files to read now, in natural order, each once; again where one was changed since.

        A file waits for those before it in the order, as long as they grow: pages of one ballot lie side by
        side in a batch.
        """
        fresh = self._fresh(now)
        ready: list[Path] = []
        for path in sorted(fresh, key=self._order):
            stamp, since = fresh[path]
            if now - since < self.quiet * (1 if stamp[0] else EMPTY):
                break
            ready.append(path)
        self._taken |= {path: fresh[path][0] for path in ready}
        return tuple(ready)

    @property
    def growing(self) -> bool:
        """Whether files are there that have not been taken yet."""
        return bool(self._seen.keys() - self._taken.keys()) or any(
            self._taken.get(path) != stamp for path, (stamp, _since) in self._seen.items()
        )

    def _fresh(self, now: float) -> dict[Path, tuple[Stamp, float]]:
        found = {path: stamp for path, stamp in _stamps(self.folder) if self._taken.get(path) != stamp}
        before = self._seen
        self._seen = {
            path: before[path] if path in before and before[path][0] == stamp else (stamp, now)
            for path, stamp in found.items()
        }
        return self._seen

    def _order(self, path: Path) -> list[tuple[tuple[int, int, str], ...]]:
        return [natural_key(part) for part in path.relative_to(self.folder).parts]


def _stamps(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            try:
                about = path.stat()
            except OSError:
                continue  # gone again: a name that a scanner uses while it writes
            yield path, (about.st_size, about.st_mtime_ns)


def arrivals(
    folder: Path, *, quiet: float = QUIET, idle: float | None = None, ended: threading.Event | None = None
) -> Generator[tuple[Path, ...]]:
    """Wait for files and give them, those that are there already first.

    Args:
        folder: watched with all that is in it.
        quiet: seconds without a change after which a file has stopped growing.
        idle: end when nothing has come for so many seconds; never if None.
        ended: set by another thread to end it.

    Raises:
        OmrError: there is no such folder, or the system lets nobody watch it.
    """
    inbox, ended = Inbox(folder, quiet), ended or threading.Event()
    stirred = threading.Event()
    observer = _observer(folder, stirred)
    try:
        last = monotonic()
        while not ended.is_set():
            files = inbox.take(monotonic())
            if files:
                yield files
            if files or inbox.growing:
                last = monotonic()
            elif idle is not None and monotonic() - last >= idle:
                return
            stirred.wait(min(LOOK, quiet, idle or LOOK))
            stirred.clear()
    finally:
        observer.stop()
        observer.join()


class Watch:
    """Watches a folder in a thread of its own until it is closed.

    Args:
        folder: watched with all that is in it.
        take: given new files in natural order. An OmrError of it ends the watch: nothing more is wanted.
        quiet: seconds without a change after which a file has stopped growing.

    Raises:
        OmrError: there is no such folder.
    """

    def __init__(self, folder: Path, take: Callable[[Sequence[Path]], None], quiet: float = QUIET) -> None:
        _refuse_no_folder(folder)
        self._folder, self._take, self._quiet = folder, take, quiet
        self._ended = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._watch,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no longer; what is being taken is taken to its end."""
        self._ended.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _watch(self) -> None:
        try:
            for files in arrivals(self._folder, quiet=self._quiet, ended=self._ended):
                self._take(files)
        except OmrError:
            self._ended.set()


class _Stir(FileSystemEventHandler):
    """Wakes who waits when files change; reading them changes nothing."""

    def __init__(self, stirred: threading.Event) -> None:
        self._stirred = stirred

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Something happened."""
        if event.event_type not in {"opened", "closed_no_write"}:
            self._stirred.set()


def _observer(folder: Path, stirred: threading.Event) -> BaseObserver:
    _refuse_no_folder(folder)
    observer: BaseObserver = Observer()
    try:
        observer.schedule(_Stir(stirred), str(folder), recursive=True)
        observer.start()
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be watched: {reason}").format(path=folder, reason=why(fault)),
            _("scan without --watch, or choose another folder"),
        ) from fault
    return observer


def _refuse_no_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise OmrError(_("there is no folder {path}").format(path=folder), _("check the path"))
