"""The scanner's own folder: files that come into it are taken once they have stopped growing."""

from __future__ import annotations

import threading
from contextvars import copy_context
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from omr.errors import OmrError
from omr.pages import Source, list_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: A folder in which nothing has changed for so long is taken, seconds. Scanners write a page in one go and
#: pause two or three seconds between sheets of a batch; taking a batch in two parts costs nothing but a note.
QUIET: Final = 4.0

#: How often sizes are looked at while files come in, seconds: network folders do not always tell.
LOOK: Final = 1.0


class Watch:
    """Watches a folder until it is closed.

    Args:
        folder: looked at with all that is in it.
        take: given the new files in natural order, once.
        quiet: seconds without a change before files are taken.
    """

    def __init__(self, folder: Path, take: Callable[[Sequence[Path]], None], quiet: float = QUIET) -> None:
        self._folder = folder
        self._take = take
        self._quiet = quiet
        self._taken: dict[Path, tuple[int, int]] = {}
        self._stirred = threading.Event()
        self._ended = threading.Event()
        self._observer = Observer()
        self._observer.schedule(_Stir(self._stirred), str(folder), recursive=True)
        self._observer.start()
        self._thread = threading.Thread(target=copy_context().run, args=(self._look,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no longer."""
        self._ended.set()
        self._stirred.set()
        self._observer.stop()
        self._observer.join()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _look(self) -> None:
        before: dict[Path, tuple[int, int]] = {}
        since = monotonic()
        while not self._ended.is_set():
            now = self._new()
            if now != before:
                before, since = now, monotonic()
            elif now and monotonic() - since >= self._quiet:
                self._take_all(now)
            self._stirred.wait(min(LOOK, self._quiet))
            self._stirred.clear()

    def _take_all(self, files: dict[Path, tuple[int, int]]) -> None:
        sources = [each.path for each in list_sources([self._folder]) if isinstance(each, Source)]
        fresh = [path for path in sources if path in files]
        self._taken |= files
        if not fresh:
            return
        try:
            self._take(fresh)
        except OmrError:
            self._ended.set()  # the election was closed: nothing more comes in

    def _new(self) -> dict[Path, tuple[int, int]]:
        """Files not taken yet, or changed since, with their size and time."""
        found = {}
        for path in self._folder.rglob("*"):
            try:
                about = path.stat()
            except OSError:
                continue
            stamp = (about.st_size, about.st_mtime_ns)
            if path.is_file() and about.st_size and self._taken.get(path) != stamp:
                found[path] = stamp
        return found


class _Stir(FileSystemEventHandler):
    """Wakes the watch."""

    def __init__(self, stirred: threading.Event) -> None:
        self._stirred = stirred

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Something changed."""
        if event.event_type not in {"opened", "closed_no_write"}:
            self._stirred.set()
