"""Worker processes that may die: what they were doing is done again, one task at a time.

So a page that brings a decoder down, or takes all memory, costs itself and nothing else.

Each process has a line of its own, and nobody else holds its end: whenever it is killed, also in the middle
of a message or before it has read its first, the line ends and says so. (The executor of the standard
library shares its queues, and waits for ever for a process that is killed while it is being started.)
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, Final, Generic, Self, TypeVar

from omr.errors import OmrError
from omr.limits import limit_memory
from omr.pages import use_one_thread
from omr.words import Language, _, language, set_language

T = TypeVar("T")
R = TypeVar("R")

#: Windows cannot wait for more processes at once.
MOST_JOBS: Final = 61

#: Chunks handed out per worker: one in work, one to go on with.
_AHEAD: Final = 2

#: Processes that may die in a row before they have begun: one can be killed by chance, three cannot.
_FALSE_STARTS: Final = 3

#: What a process says once it is ready to work.
_READY: Final = "ready"


class Pool(Generic[T, R]):
    """Does a function on chunks of tasks in `jobs` processes.

    Args:
        work: picklable; given tasks, gives their results in order. Sent to each process once.
        jobs: number of processes, 1 or more.
    """

    def __init__(self, work: Callable[[Sequence[T]], list[R]], jobs: int) -> None:
        self._work = work
        self._jobs = max(1, min(jobs, MOST_JOBS))

    def run(self, chunks: Sequence[Sequence[T]]) -> Iterator[list[tuple[T, R | None]]]:
        """Results as they come, each with its task; None where the process died of the task.

        What a process was at when it died is done again once nobody else is at work, task by task: a task
        whose process dies again is the one.

        Raises:
            OmrError: processes cannot be started at all.
            Exception: whatever `work` raises.
        """
        waiting, suspects = deque(chunks), deque[T]()
        with _Crew[T, R](self._work, min(self._jobs, len(waiting))) as crew:
            while waiting or suspects or crew.is_busy:
                if suspects and not crew.is_busy:
                    yield [crew.try_alone(suspects.popleft())]
                    continue
                if not suspects:
                    crew.hand_out(waiting)
                done, died = crew.hear(waiting)
                suspects.extend(died)
                if done:
                    yield done


class Lone(Generic[T, R]):
    """One process that is kept and asked one thing at a time, by whichever thread; it may die of a question.

    Args:
        work: as in Pool.
    """

    def __init__(self, work: Callable[[Sequence[T]], list[R]]) -> None:
        self._work = work
        self._crew: _Crew[T, R] | None = None
        self._one_at_a_time = threading.Lock()

    def ask(self, task: T) -> R | None:
        """The answer; None where the process died of it. The next question is asked of a new one.

        Raises:
            OmrError: no process can be started.
        """
        with self._one_at_a_time:
            if self._crew is None:
                self._crew = _Crew[T, R](self._work, 1).__enter__()
            return self._crew.try_alone(task)[1]


class _Crew(Generic[T, R]):
    """Processes that know their work. One that died is replaced when there is something for it to do."""

    def __init__(self, work: Callable[[Sequence[T]], list[R]], jobs: int) -> None:
        self._work = pickle.dumps(work)
        self._jobs = jobs
        self._hands: list[_Hand[T, R]] = []
        self._false_starts = 0

    def __enter__(self) -> Self:
        # Where the program ends while nobody has closed this (Ctrl-C between two results), multiprocessing
        # would wait for processes that wait for work.
        atexit.register(self.__exit__)
        self._start(self._jobs)
        return self

    def __exit__(self, *_about: object) -> None:
        atexit.unregister(self.__exit__)
        for hand in self._hands:
            hand.line.close()  # a process that cannot answer any more ends after what it is at
        for hand in self._hands:
            hand.process.join()

    @property
    def is_busy(self) -> bool:
        """Whether somebody has something to do."""
        return any(hand.given for hand in self._hands)

    def hand_out(self, waiting: deque[Sequence[T]]) -> None:
        """Give everybody enough to do, from the front of what waits."""
        if waiting:
            self._start(min(self._jobs - len(self._hands), len(waiting)))
        while waiting and len((free := min(self._hands, key=lambda hand: len(hand.given))).given) < _AHEAD:
            free.give(waiting.popleft())

    def try_alone(self, task: T) -> tuple[T, R | None]:
        """A task with its result, or with None where its process died of it."""
        waiting: deque[Sequence[T]] = deque([[task]])
        while True:
            self.hand_out(waiting)
            done, died = self.hear(waiting)
            if done or died:
                return done[0] if done else (task, None)

    def hear(self, waiting: deque[Sequence[T]]) -> tuple[list[tuple[T, R | None]], list[T]]:
        """Wait until somebody has something to say.

        Returns:
            tasks with their results, and the tasks that a process was at when it died. What it had not
            begun goes back to the front of `waiting`.

        Raises:
            OmrError: one process after the other dies before it has begun.
            Exception: whatever the work raised.
        """
        done: list[tuple[T, R | None]] = []
        died: list[T] = []
        said = wait([hand.line for hand in self._hands])
        for hand in [each for each in self._hands if each.line in said]:
            match hand.answer():
                case None:
                    died += self._bury(hand, waiting)
                case Exception() as fault:
                    raise fault
                case list() as results:
                    done += zip(hand.given.popleft(), results, strict=True)
                case _ready:
                    hand.is_ready, self._false_starts = True, 0
        return done, died

    def _start(self, number: int) -> None:
        """Start all, then tell each its work: they come up side by side."""
        new: list[_Hand[T, R]] = []
        try:
            for _each in range(number):
                new.append(_Hand())  # noqa: PERF401 - those that started must be known where one does not
        except OSError as error:
            raise _cannot_start() from error
        finally:
            self._hands += new
        for hand in new:
            hand.tell(self._work)

    def _bury(self, hand: _Hand[T, R], waiting: deque[Sequence[T]]) -> Sequence[T]:
        """A process has died: the tasks that it was at."""
        self._hands.remove(hand)
        hand.line.close()
        hand.process.join()
        if not hand.is_ready:
            self._false_starts += 1
            if self._false_starts >= _FALSE_STARTS:
                raise _cannot_start()
        at_work = hand.given.popleft() if hand.is_ready and hand.given else ()
        waiting.extendleft(reversed(hand.given))
        return at_work


class _Hand(Generic[T, R]):
    """A freshly started process (no inherited threads, the same on every system) and the line to it.

    Attributes:
        given: what it has been told to do and has not answered yet, in order.
        is_ready: whether it has understood its work.

    Raises:
        OSError: the system starts no more processes.
    """

    def __init__(self) -> None:
        context = get_context("spawn")
        self.line, theirs = context.Pipe()
        self.given: deque[Sequence[T]] = deque()
        self.is_ready = False
        # What is said while it is started must fit the system's own buffer: nobody hears there that it died.
        self.process = context.Process(target=_attend, args=(theirs, language()))
        with _ctrl_c_held_back():
            self.process.start()
        theirs.close()

    def tell(self, work: bytes) -> None:
        """What it is to do with what it is given. That it died is heard where answers are waited for."""
        with suppress(OSError):
            self.line.send_bytes(work)

    def give(self, chunk: Sequence[T]) -> None:
        """Something to do."""
        self.given.append(chunk)
        with suppress(OSError):
            self.line.send(chunk)

    def answer(self) -> Any:
        """What it has to say; None where it died."""
        try:
            return self.line.recv()
        except (EOFError, OSError):
            return None


def _cannot_start() -> OmrError:
    return OmrError(
        _("the reading processes cannot be started"),
        _("close other programs to free memory, or read with fewer processes: --jobs 1"),
    )


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Processes started meanwhile never feel Ctrl-C, not even before they can say so; this one does after."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _attend(line: Connection, speak: Language) -> None:
    """A worker process: understand the work, then do it on what comes, until the line ends."""
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    set_language(speak)
    use_one_thread()
    limit_memory()
    _be_silent()
    with suppress(EOFError, OSError):
        work = _understood(line.recv_bytes())
        line.send(_READY)
        while True:
            line.send(_done(work, line.recv()))


def _understood(work: bytes) -> Callable[[Sequence[Any]], list[Any]]:
    """What the parent pickled; a process that cannot make it out ends, and the parent says what to do."""
    try:
        understood: Callable[[Sequence[Any]], list[Any]] = pickle.loads(work)  # noqa: S301 - our own parent's
    except Exception:  # noqa: BLE001 - for want of memory, of a module, of whatever it needs
        sys.exit(1)
    return understood


def _done(work: Callable[[Sequence[Any]], list[Any]], chunk: Sequence[Any]) -> list[Any] | Exception:
    try:
        return work(chunk)
    except Exception as fault:  # noqa: BLE001 - raised again in the parent
        return fault


def _be_silent() -> None:
    """Decoders of damaged pictures write to the terminal, over the bar that moves there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _die_with_parent() -> None:
    """A worker whose parent was killed would finish what it is at for nobody."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
