"""Worker processes: whoever is killed, and whenever, the others and the work go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic, sleep

import pytest

from omr.errors import OmrError
from omr.pool import Pool
from scripts.chaos.processes import workers_of

#: Killed by this task, always; and by this one, once.
FATAL, ONCE = 7, 8


class Doubling:
    """Doubles numbers; carries more than the system's buffer between two processes holds."""

    def __init__(self, marks):
        self.marks = marks
        self.ballast = bytes(1 << 20)

    def __call__(self, tasks):
        for task in tasks:
            if task == FATAL or (task == ONCE and not self.marks.exists()):
                self.marks.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return [2 * task for task in tasks]


def results(pool, chunks):
    return sorted(
        (pair for pairs in pool.run(chunks) for pair in pairs), key=lambda pair: (pair[0], str(pair[1]))
    )


def test_a_process_killed_while_it_is_started_is_replaced(tmp_path):
    """It has not read its work yet, and the system's buffer does not hold that: nobody waits for ever."""
    found, known = [], set(workers_of(os.getpid()))
    pool = Pool(Doubling(tmp_path / "marks"), 1)
    thread = threading.Thread(target=lambda: found.extend(results(pool, [[1], [2]])), daemon=True)
    thread.start()
    end = monotonic() + 20
    while not (new := set(workers_of(os.getpid())) - known) and monotonic() < end:
        sleep(0.001)
    for pid in new:
        os.kill(pid, signal.SIGKILL)
    thread.join(30)
    assert found == [(1, 2), (2, 4)]


def test_a_task_that_kills_its_process_twice_is_the_one(tmp_path):
    """Only what its process was at is tried again; what kills once has had bad luck."""
    chunks = [[1, 2], [3, FATAL], [ONCE, 4], [5, 6]]
    wanted = [(n, None if n == FATAL else 2 * n) for n in (1, 2, 3, 4, 5, 6, FATAL, ONCE)]
    assert results(Pool(Doubling(tmp_path / "marks"), 2), chunks) == wanted


class Refusing(Doubling):
    """Cannot be made out by the process that gets it."""

    def __reduce__(self):
        return os._exit, (3,)


def test_processes_that_die_before_they_begin_are_an_error(tmp_path):
    """One after the other: it is not the tasks, and says what to do."""
    with pytest.raises(OmrError) as refused:
        list(Pool(Refusing(tmp_path / "marks"), 2).run([[1], [2]]))
    assert refused.value.advice


def failing(tasks):
    raise ValueError(f"bad {tasks[0]}")


def test_what_the_work_raises_is_raised_here():
    """A fault of the program is no death."""
    with pytest.raises(ValueError, match="bad 1"):
        list(Pool(failing, 1).run([[1]]))


def test_a_program_ends_that_dropped_its_pool_in_the_middle(tmp_path):
    """As at Ctrl-C: the exception that ends the program holds the pool, and nobody closes it."""
    program = tmp_path / "program.py"
    program.write_text(
        "from omr.pool import Pool\n"
        "if __name__ == '__main__':\n"
        "    half = Pool(sorted, 2).run([[1], [2], [3], [4], [5], [6]])\n"
        "    print(next(half))\n"
        "    raise KeyboardInterrupt\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, program],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stdout.startswith(b"[(")
    assert b"KeyboardInterrupt" in ended.stderr
