"""The program as people start it, in a session of its own, so that it can be ended in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[2]

#: Longest that one command may take, seconds: ten times what the slowest takes on a busy machine. One that
#: takes longer hangs.
PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended. `code` is negative where a signal ended it, None where it hung."""

    code: int | None
    said: str


def command(*arguments: str | Path) -> list[str]:
    """`omr …` of this source tree."""
    return [sys.executable, "-m", "omr", "--lang", "en", *map(str, arguments)]


def start(*arguments: str | Path, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start `omr …` in a session of its own; `before` is a program to run it under."""
    return subprocess.Popen(  # noqa: S603 - ourselves
        [*before, *command(*arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONFAULTHANDLER": "1"},  # SIGABRT then shows where each thread is
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> Done:
    """Wait for the end; what hangs is killed, and says where it hung."""
    try:
        said, _none = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        ends_within(process, 5)
        kill_group(process)
        said, _none = process.communicate()
        return Done(None, said)
    return Done(process.returncode, said)


def run(*arguments: str | Path, before: Sequence[str] = ()) -> Done:
    """Run `omr …` to its end."""
    return finish(start(*arguments, before=before))


def ends_within(process: subprocess.Popen[str], seconds: float) -> bool:
    """Whether it ends by itself in that time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def kill_group(process: subprocess.Popen[str]) -> None:
    """SIGKILL for it and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)


def workers_of(pid: int) -> list[int]:
    """The reading processes that a process started, whichever of its threads did, as far as they live."""
    listed = (_text(path) for path in Path(f"/proc/{pid}/task").glob("*/children"))
    children = [int(each) for text in listed for each in text.split()]
    return [each for each in children if "spawn_main" in _text(Path(f"/proc/{each}/cmdline"))]


def _text(path: Path) -> str:
    """What stands in a file of /proc; nothing where the process is gone."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
