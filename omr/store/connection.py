"""The file itself: opened, brought up to date, and written through one door. With its tables, speaks SQL."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from omr.errors import OmrError
from omr.files import PRIVATE_FILE, disk_full, has_no_room, only_read, private_folder
from omr.store.schema import STEPS
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

T = TypeVar("T")

#: By the file's path. SQLite wakes nobody: who waits looks again after a pause, and who comes just then is
#: first. Of twenty threads that wrote as fast as they could for 40 s one waited 6 s for writes of a few
#: milliseconds; in line it is under 1 s. Slower writes would have had some wait for longer than PATIENCE.
_LINES: Final[dict[str, threading.Lock]] = {}

#: How long a writer waits for another process to finish writing, seconds. A commit takes milliseconds.
PATIENCE: Final = 60.0

#: Between two tries where SQLite itself does not wait, seconds.
_MOMENT: Final = 0.01


class Connection:
    """One open SQLite file.

    Args:
        path: of the file; it is made, in a private folder, if it is not there. None: in memory, for a while.
            On a disk that can only be read it is looked at as it is, and nothing beside it is touched.

    Raises:
        OmrError: the file is not a database of ours, or of a newer program; or it can only be read and has
            not been brought up to date.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path or Path(":memory:")
        self._line = _line_of(self._path) if path is not None else threading.Lock()
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
        with _in_line(self._line), self._alone() as db:
            yield db

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
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

    def _prepare(self) -> None:
        if not self._is_fixed:
            self._keep_a_journal()
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA trusted_schema = OFF")
        if self._step() < len(STEPS):
            self._migrate()
        elif self._step() > len(STEPS):
            raise OmrError(
                _("this election was made by a newer version of the program"), _("install the newer version")
            )

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
                        statement(db)
                    else:
                        db.execute(statement)
                # user_version stands in the file's first page: it lands with the step or not at all.
                db.execute(f"PRAGMA user_version = {number}")

    def _step(self) -> int:
        (number,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(number)


def _line_of(path: Path) -> threading.Lock:
    """Where the threads of this process that write into a file wait for each other."""
    return _LINES.setdefault(os.path.realpath(path), threading.Lock())


@contextmanager
def _in_line(line: threading.Lock) -> Iterator[None]:
    """Wait for one's turn. Who does not get it waits with the other processes, and is told there."""
    has_turn = line.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if has_turn:
            line.release()


def _create(path: Path) -> None:
    """Make the file private from its first moment; SQLite gives its side files the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
    path.chmod(PRIVATE_FILE)


def _is_fixed(path: Path) -> bool:
    """Whether the file is there, and neither it nor anything beside it can be written: an archive's disk."""
    return path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def _fixed(path: Path) -> str:
    """The address of a file that nobody changes meanwhile. SQLite then needs no file beside it, and no lock.

    Raises:
        OmrError: rows wait in the log beside it, where SQLite would not look for them.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise only_read(path)
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
            return OmrError(
                _("another program has held the election for a minute"), _("close it, then try again")
            )
        case _:
            return OmrError(
                _("the election's database cannot be used: {reason}").format(reason=error),
                _("check the disk and your rights on the folder, then try again"),
            )


def _damaged(path: Path) -> OmrError:
    return OmrError(
        _("{path} is damaged, or not a database of this program").format(path=path),
        _("put back the copy of the folder, or move the file away and scan again"),
    )
