"""Scans in the background: batches wait in a list on the disk, one is read at a time, and a restart goes on.

The list (`scanning.json`) names the batches that are not read to the end yet, and the scanner's folder that
is watched. A batch is taken off it once all its pages are stored, so that whatever happens it is read.
"""

from __future__ import annotations

import json
import os
import threading
import traceback
from collections import deque
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from omr.editing import refuse_change
from omr.errors import OmrError, UsageError
from omr.files import private_folder, sweep, write_text
from omr.flagged import is_flagged
from omr.scan import open_batch, scan
from omr.watching import Watch
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omr.election import Folder
    from omr.scan import Progress, ScanOutcome
    from omr.store import NewPage

#: Thumbnails on the screen: of what arrived last, or of what was there before.
SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Thumb:
    """A page that was just stored."""

    page: str
    flagged: bool
    state: str
    has_picture: bool


@dataclass(frozen=True, slots=True)
class Running:
    """How far the reading is.

    Attributes:
        state: `idle`, `running`, `stopping`, `stopped` (by people, to be gone on with) or `failed`.
        done, total: pages of the batch that is read. waiting: batches behind it.
        flagged: pages of it that people will look at.
        pace: pages a second.
        trouble: files and pages that could not be read, and what else went wrong, a line each.
    """

    state: str = "idle"
    done: int = 0
    total: int = 0
    waiting: int = 0
    flagged: int = 0
    pace: float = 0.0
    thumbs: tuple[Thumb, ...] = ()
    trouble: tuple[str, ...] = ()


class _Stopped(Exception):  # noqa: N818 - no fault: somebody asked for it
    """The reading was asked to stop; what was stored stays."""


class Scanner:
    """Reads batches of one election, one after the other, in a thread of its own."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._list = folder.root / "scanning.json"
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._now = Running()
        self._names: dict[str, str] = {}
        self._watch: Watch | None = None

    @property
    def incoming(self) -> Path:
        """Where files that were sent lie, each under the hash of its bytes."""
        return self._folder.root / "incoming"

    @property
    def running(self) -> Running:
        """How far it is."""
        with self._lock:
            waiting = len(self._read_list()["batches"])
            state = "stopped" if self._now.state == "idle" and waiting else self._now.state
            return replace(self._now, state=state, waiting=waiting)

    @property
    def watched(self) -> str:
        """The folder that is watched; '' if none."""
        return str(self._read_list()["watch"])

    @property
    def names(self) -> Mapping[str, str]:
        """What people call the files that were sent, by the names under which they lie."""
        names: dict[str, str] = self._read_list()["names"]
        return names

    def add(
        self,
        paths: Sequence[Path],
        names: Sequence[str] = (),
        *,
        count: int = 1,
        batch: int | None = None,
        below: Path | None = None,
    ) -> None:
        """Put one batch on the list and read it.

        Args:
            paths: files in the order in which they went through the scanner.
            names: what people call them, for messages only.
            count: which count of the box they belong to, 1 or 2.
            batch: the run of the scanner that they belong to; one of their own if None.
            below: the folder that all are files in, where they are named as files of it.

        Raises:
            OmrError: the election is closed or not printed yet.
        """
        refuse_change(self._folder)
        if not self._folder.layout_json.exists():
            raise OmrError(_("no ballots have been printed yet"), _("print them first, in step 2"))
        with self._lock:
            wanted = self._read_list()
            wanted["batches"].append(
                {
                    "paths": [str(path) for path in paths],
                    "count": count,
                    "batch": batch,
                    "below": str(below or ""),
                }
            )
            wanted["names"] |= {path.name: name for path, name in zip(paths, names, strict=False)}
            self._write_list(wanted)
        self.go_on()

    def go_on(self) -> None:
        """Read what is on the list."""
        with self._lock:
            self._set_stopped(stopped=False)
            self._stop.clear()
            if self._thread is None or not self._thread.is_alive():
                self._now = Running("running")
                self._thread = threading.Thread(target=copy_context().run, args=(self._work,), daemon=True)
                self._thread.start()
            else:
                self._now = replace(self._now, state="running")

    def stop(self) -> None:
        """Stop after the pages in hand; what is left stays on the list."""
        with self._lock:
            self._set_stopped(stopped=True)
            self._stop.set()
            if self._thread is not None and self._thread.is_alive():
                self._now = replace(self._now, state="stopping")

    def watch(self, folder: str) -> None:
        """Take every file that comes into a folder once it has stopped growing; '' ends it.

        Raises:
            OmrError: there is no such folder.
        """
        if folder:
            refuse_change(self._folder)
            if not _is_folder(folder):
                raise OmrError(_("there is no folder {path}").format(path=folder[:200]), _("check the path"))
            place, root = Path(folder).resolve(), self._folder.root.resolve()
            if root in {place, *place.parents} or place in root.parents:
                raise UsageError(
                    _("the scanner's folder and the election's must lie apart, not one in the other"),
                    _("choose another"),
                )
        with self._lock:
            self._write_list(self._read_list() | {"watch": folder, "run": None})
            self._end_watch()
            if folder:
                self._watch = Watch(Path(folder), self._deliver)

    def resume(self) -> None:
        """After a restart: go on with what was being read, and watch what was being watched."""
        sweep(self._folder.root)
        wanted = self._read_list()
        if wanted["watch"] and Path(wanted["watch"]).is_dir():
            self._watch = Watch(Path(wanted["watch"]), self._deliver)
        if wanted["batches"] and not wanted["stopped"]:
            self.go_on()

    def close(self) -> None:
        """The server ends: stop reading, without taking anything off the list."""
        self._end_watch()
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def wait(self) -> None:
        """Until nothing is being read."""
        thread = self._thread
        if thread is not None:
            thread.join()

    # --- inside -------------------------------------------------------------------------------------

    def _deliver(self, paths: Sequence[Path]) -> None:
        """Take files of the watched folder: all that come while it is watched are one run of the scanner."""
        refuse_change(self._folder)
        with self._lock:
            wanted = self._read_list()
            run = wanted["run"] or open_batch(self._folder)
            self._write_list(wanted | {"run": run})
        self.add(paths, batch=run, below=Path(wanted["watch"]))

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _work(self) -> None:
        """Read batch after batch until the list is empty or somebody stops it."""
        start = monotonic()
        while (batch := self._next()) is not None:
            try:
                self._told(self._read(batch, start))
            except _Stopped:
                continue  # `_next` ends it, unless people went on meanwhile
            except OmrError as fault:
                self._fail(f"{fault.message}. {fault.advice}")
                return
            except Exception as fault:  # noqa: BLE001 - a thread has nobody above it to tell
                traceback.print_exception(fault)
                self._fail(_("the program failed: {why}").format(why=f"{type(fault).__name__}: {fault}"))
                return
            self._taken(batch)

    def _read(self, batch: dict[str, Any], start: float) -> ScanOutcome:
        return scan(
            self._folder,
            map(Path, batch["paths"]),
            jobs=os.cpu_count(),
            count=batch.get("count", 1),
            progress=self._follow(start),
            batch=batch["batch"],
            below=Path(batch["below"]) if batch["below"] else None,
        )

    def _next(self) -> dict[str, Any] | None:
        """The batch to read now. With None the thread has ended, as far as others see."""
        with self._lock:
            batches: list[dict[str, Any]] = self._read_list()["batches"]
            if batches and not self._stop.is_set():
                return batches[0]
            self._now = replace(self._now, state="idle")
            self._thread = None
            return None

    def _taken(self, batch: dict[str, Any]) -> None:
        with self._lock:
            wanted = self._read_list()
            wanted["batches"] = [each for each in wanted["batches"] if each != batch]
            self._write_list(wanted)

    def _follow(self, start: float) -> Any:
        thumbs: deque[Thumb] = deque(self._now.thumbs, maxlen=SHOWN)
        flagged = 0

        def follow(step: Progress) -> None:
            nonlocal flagged
            flagged += sum(map(is_flagged, step.pages))
            thumbs.extend(map(_thumb, step.pages))
            pace = step.done / max(monotonic() - start, 0.001)
            with self._lock:
                self._now = replace(
                    self._now,
                    done=step.done,
                    total=step.total,
                    flagged=flagged,
                    pace=pace,
                    thumbs=tuple(thumbs),
                )
            if self._stop.is_set() and step.done < step.total:
                raise _Stopped

        return follow

    def _told(self, outcome: ScanOutcome) -> None:
        """Keep which pages failed, in words; files that cannot be opened at all stand in the ledger."""
        names = self._read_list()["names"]
        lines = [f"{names.get(name, name)}, {page}: {why}" for name, page, why in outcome.failed]
        with self._lock:
            self._now = replace(self._now, trouble=(*self._now.trouble, *lines))

    def _fail(self, line: str) -> None:
        with self._lock:
            self._now = replace(self._now, state="failed", trouble=(*self._now.trouble, line))
            self._thread = None

    def _set_stopped(self, *, stopped: bool) -> None:
        wanted = self._read_list()
        if wanted["stopped"] != stopped:
            self._write_list(wanted | {"stopped": stopped})

    def _read_list(self) -> dict[str, Any]:
        empty: dict[str, Any] = {
            "batches": [],
            "names": {},
            "watch": "",
            "run": None,
            "stopped": False,
        }
        try:
            kept: dict[str, Any] = json.loads(self._list.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return empty
        except ValueError as fault:
            raise OmrError(
                _("the list of scans to be read is damaged: {path}").format(path=self._list),
                _("remove it and send the scans again: what was read is kept"),
            ) from fault
        return empty | kept

    def _write_list(self, wanted: dict[str, Any]) -> None:
        private_folder(self._folder.root)
        write_text(self._list, json.dumps(wanted, ensure_ascii=False, indent=1) + "\n")


def _is_folder(text: str) -> bool:
    """Whether a folder is named by its whole path: nobody knows where the server itself stands."""
    try:
        return Path(text).is_absolute() and Path(text).is_dir()
    except (OSError, ValueError):  # too long for a name, or with what no name has
        return False


def _thumb(page: NewPage) -> Thumb:
    return Thumb(page.id, is_flagged(page), page.state.value, bool(page.original))
