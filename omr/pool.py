"""Worker processes that may die: what they were doing is done again, one task at a time.

So a page that brings a decoder down, or takes all memory, costs itself and nothing else.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import Any, Final, Generic, TypeVar

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

#: What this process does with a chunk; set once, when a worker starts.
_work: Callable[[Sequence[Any]], list[Any]] | None = None


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

        Raises:
            OmrError: processes cannot be started at all.
            Exception: whatever `work` raises.
        """
        waiting = deque(chunks)
        while waiting:
            suspects: list[Sequence[T]] = []
            yield from self._until_one_dies(waiting, suspects)
            yield from self._one_by_one(deque(task for chunk in suspects for task in chunk))

    def _until_one_dies(
        self, waiting: deque[Sequence[T]], suspects: list[Sequence[T]]
    ) -> Iterator[list[tuple[T, R | None]]]:
        """Work chunks off; where a process dies, leave what was handed out in `suspects`."""
        handed: dict[Future[list[R]], Sequence[T]] = {}
        with _Processes(self._work, min(self._jobs, len(waiting))) as processes:
            while waiting or handed:
                while waiting and len(handed) < _AHEAD * self._jobs:
                    try:
                        handed[processes.submit(_do, waiting[0])] = waiting[0]
                    except BrokenProcessPool:
                        break  # noticed while handing out: the futures already out say the same
                    waiting.popleft()
                done, _rest = wait(handed, return_when=FIRST_COMPLETED)
                whole = [future for future in done if not _died(future)]
                finished = [pair for future in whole for pair in _pairs(handed.pop(future), future.result())]
                if finished:
                    yield finished
                if len(whole) < len(done):
                    suspects += handed.values()
                    return

    def _one_by_one(self, tasks: deque[T]) -> Iterator[list[tuple[T, R | None]]]:
        """Alone in a process, a task that kills it is known."""
        while tasks:
            with _Processes(self._work, 1) as processes:
                alive = True
                while tasks and alive:
                    future: Future[list[R]] = processes.submit(_do, [tasks[0]])
                    wait([future])
                    alive = not _died(future)
                    yield [(tasks.popleft(), future.result()[0] if alive else None)]


class Lone(Generic[T, R]):
    """One process that is kept and asked one thing at a time, by whichever thread; it may die of a question.

    Args:
        work: as in Pool.
    """

    def __init__(self, work: Callable[[Sequence[T]], list[R]]) -> None:
        self._work = work
        self._process: _Processes | None = None
        self._one_at_a_time = threading.Lock()

    def ask(self, task: T) -> R | None:
        """The answer; None where the process died of it. The next question is asked of a new one.

        Raises:
            OmrError: no process can be started.
        """
        with self._one_at_a_time:
            process = self._process = self._process or _Processes(self._work, 1)
            future: Future[list[R]] = process.submit(_do, [task])
            wait([future])
            if _died(future):
                self._process = None
                return None
            return future.result()[0]


class _Processes(ProcessPoolExecutor):
    """Freshly started processes (no inherited threads, the same on every system) that know their work."""

    def __init__(self, work: Callable[..., Any], jobs: int) -> None:
        super().__init__(jobs, get_context("spawn"), _start, (work, language()))
        try:
            self.submit(os.getpid).result()
        except BrokenProcessPool as error:
            raise OmrError(
                _("the reading processes cannot be started"),
                _("close other programs to free memory, or read with fewer processes: --jobs 1"),
            ) from error

    def submit(self, do: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Hand out work; starts a process where one is wanting."""
        with _ctrl_c_held_back():
            return super().submit(do, *args, **named)

    def __exit__(self, *_about: object) -> None:
        self.shutdown(wait=True, cancel_futures=True)


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


def _start(work: Callable[..., Any], speak: Language) -> None:
    """Prepare a worker process."""
    global _work  # noqa: PLW0603 - a process has one work for life; executors offer no other place
    _work = work
    set_language(speak)
    use_one_thread()
    limit_memory()
    _be_silent()
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _be_silent() -> None:
    """Decoders of damaged pictures write to the terminal, over the bar that moves there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _die_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(chunk: Sequence[T]) -> list[Any]:
    assert _work is not None
    return _work(chunk)


def _died(future: Future[Any]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _pairs(chunk: Sequence[T], results: list[R]) -> Iterator[tuple[T, R | None]]:
    return zip(chunk, results, strict=True)
