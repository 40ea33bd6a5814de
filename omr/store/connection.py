"""The file itself: opened, brought up to date, and written through one door. With its tables, speaks SQL."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from secrets import token_bytes
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from omr.election import KEY_BYTES, Folder, load_key
from omr.errors import OmrError
from omr.files import PRIVATE_FILE, disk_full, has_no_room, only_read, private_folder
from omr.store.hidden import Hidden
from omr.store.schema import STEPS
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

T = TypeVar("T")

#: How long a writer waits for its turn, seconds: for other threads and for other processes together. A commit
#: takes milliseconds.
PATIENCE: Final = 60.0

#: Between two tries where SQLite itself does not wait, seconds.
_MOMENT: Final = 0.01


class _Line:
    """Where the threads of this process that write into one file wait: who asked first is first.

    SQLite wakes nobody: who waits looks again after a pause, and who comes just then is first. So it is with
    a `threading.Lock`, which whoever lets go of it may take again before those who wait have woken. Of
    twenty threads that wrote without a pause one waited 6 s for writes of a few milliseconds.
    """

    def __init__(self) -> None:
        self._door = threading.Lock()
        #: The first of them has its turn.
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, until: float) -> Iterator[bool]:
        """Wait for one's turn; it ends with the block. Gives whether it came before `until` (monotonic)."""
        mine = threading.Event()
        with self._door:
            self._waiting.append(mine)
            self._waiting[0].set()
        try:
            yield mine.wait(max(until - monotonic(), 0.0))
        finally:
            with self._door:
                self._waiting.remove(mine)
                if self._waiting:
                    self._waiting[0].set()


#: By the file's path.
_LINES: Final[dict[str, _Line]] = {}


class Connection:
    """One open SQLite file.

    Args:
        path: of the file; it is made, in a private folder, if it is not there. None: in memory, for a while.
            On a disk that can only be read it is looked at as it is, and nothing beside it is touched.

    Attributes:
        key_file: the election's own key, beside the database, with which places of pages are hidden.
        hidden: hides them. In memory with a key of its own, for which nobody asks.

    Raises:
        OmrError: the file is not a database of ours, or of a newer program; or it can only be read and has
            not been brought up to date.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path or Path(":memory:")
        election = Folder(self._path.parent)
        self.key_file = election.key_file
        self.hidden = Hidden(partial(token_bytes, KEY_BYTES) if path is None else partial(load_key, election))
        self._line = _line_of(self._path) if path is not None else _Line()
        self._is_fixed = path is not None and _is_fixed(path)
        if path is not None and not self._is_fixed:
            private_folder(path.parent)
            _create(path)
        where = _fixed(self._path) if self._is_fixed else str(self._path)
        self._db = sqlite3.connect(where, timeout=PATIENCE, isolation_level=None, uri=self._is_fixed)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise _in_words(error, self._path) from error
        except UnicodeDecodeError as error:  # SQLite quotes what it complains of, and that was no text
            self._db.close()
            raise _damaged(self._path) from error
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _all(self, sql: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _in_words(error, self._path) from error
        except UnicodeDecodeError as error:
            raise _damaged(self._path) from error

    def _made(self, make: Callable[[Any], T], rows: Iterable[Any]) -> tuple[T, ...]:
        """The values of rows. A row that makes none was not written by this program. Raises OmrError."""
        try:
            return tuple(map(make, rows))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise _damaged(self._path) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The one door: all or nothing, one writer at a time, on the disk when it is left."""
        until = monotonic() + PATIENCE
        with self._line.turn(until) as has_come:
            if not has_come:
                raise _busy()
            with self._alone(until) as db:
                yield db

    @contextmanager
    def _alone(self, until: float) -> Iterator[sqlite3.Connection]:
        try:
            self._wait_at_most(until - monotonic())
            self._db.execute("BEGIN IMMEDIATE")
            self._wait_at_most(PATIENCE)
            try:
                yield self._db
            except BaseException:
                # On a full disk SQLite has taken everything back itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.IntegrityError:
            raise  # a rule of the ledger was broken: a bug, or a row that a trigger refuses
        except sqlite3.DatabaseError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise _in_words(error, self._path) from error

    def _wait_at_most(self, seconds: float) -> None:
        """Have SQLite wait for other processes no longer than that, from now on."""
        self._db.execute(f"PRAGMA busy_timeout = {max(round(1000 * seconds), 0)}")

    def _prepare(self) -> None:
        if not self._is_fixed:
            self._keep_a_journal()
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA trusted_schema = OFF")
        if self._step() < len(STEPS):
            self._migrate()
        elif self._step() > len(STEPS):
            raise OmrError(
                _("this election was made by a newer version of the program"), _("install the newer version")
            )
        # Not before: a step that makes a table anew drops one that others name, and looks after them itself.
        self._db.execute("PRAGMA foreign_keys = ON")

    def _keep_a_journal(self) -> None:
        """Write-ahead logging, a property of the file.

        Turning it on needs the file alone, and SQLite does not wait for that: who opens a new file at the
        same moment is told at once that it is busy.
        """
        until = monotonic() + PATIENCE
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > until:
                    raise
                sleep(_MOMENT)
            else:
                return

    def _migrate(self) -> None:
        with self._writing() as db:
            for number, statements in enumerate(STEPS[self._step() :], start=self._step() + 1):
                for statement in statements:
                    if callable(statement):
                        statement(db, self.hidden)
                    else:
                        db.execute(statement)
                # user_version stands in the file's first page: it lands with the step or not at all.
                db.execute(f"PRAGMA user_version = {number}")

    def _step(self) -> int:
        (number,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(number)


def _line_of(path: Path) -> _Line:
    return _LINES.setdefault(os.path.realpath(path), _Line())


def _create(path: Path) -> None:
    """Make the file private from its first moment; SQLite gives its side files the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
    path.chmod(PRIVATE_FILE)


def _is_fixed(path: Path) -> bool:
    """Whether the file is there, and we may not write it and beside it: as on an archive's disk.

    Others may, where it is a share or somebody else's folder: `_fixed` looks for signs of them.
    """
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def _fixed(path: Path) -> str:
    """The address of a file that nobody changes meanwhile. SQLite then needs no file beside it, and no lock.

    It does not look at what is beside it either: rows that wait in the log would be missing, and of what a
    killed writer began its journal would not be asked to take it back. Whoever has the file open has log and
    index beside it. One who opens it after this was asked is not seen.

    Raises:
        OmrError: somebody is at work on it, or it was not closed.
    """
    journal, *others = (path.with_name(f"{path.name}-{end}") for end in ("journal", "wal", "shm"))
    if any(each.exists() for each in others) or (journal.exists() and journal.stat().st_size):
        raise OmrError(
            _("{path} can only be read, and is in use or was not closed").format(path=path),
            _("close the program that uses it, or copy the folder to a disk that can be written to"),
        )
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _in_words(error: sqlite3.DatabaseError, path: Path) -> OmrError:
    # What exactly went wrong stands in the higher bits.
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return _damaged(path)
        case sqlite3.SQLITE_FULL:
            return disk_full()
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN if has_no_room(path.parent):
            return disk_full()
        case sqlite3.SQLITE_READONLY:
            return only_read(path)
        case sqlite3.SQLITE_BUSY:
            return _busy()
        case _:
            return OmrError(
                _("the election's database cannot be used: {reason}").format(reason=error),
                _("check the disk and your rights on the folder, then try again"),
            )


def _busy() -> OmrError:
    return OmrError(
        _("for a minute others were writing into the election, and no turn came"),
        _("try again; if it comes again, close the other programs that have the election open"),
    )


def _damaged(path: Path) -> OmrError:
    return OmrError(
        _("{path} is damaged, or not a database of this program").format(path=path),
        _("put back the copy of the folder, or move the file away and scan again"),
    )
