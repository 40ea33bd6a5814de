"""`omr scan` killed at random moments, whole or in part, and the same command given again."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Final

from scripts.chaos.day import facts_of, judge
from scripts.chaos.finding import Finding
from scripts.chaos.processes import PATIENCE, ends_within, finish, kill_group, run, start, workers_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

    from omr.election import Folder
    from scripts.chaos.day import Day, Facts

#: How often a run that was killed is followed by one that is killed too.
AGAIN: Final = 0.6

#: How often it is looked whether a worker is there, seconds.
SOON: Final = 0.01


class Target(StrEnum):
    """Who is killed."""

    GROUP = "all processes"
    PARENT = "the parent alone"
    WORKER = "a worker alone"


def kill_scans(day: Day, kills: Mapping[Target, int], dice: Random, scratch: Path) -> list[Finding]:
    """Kill so many scans in each way; box after box, each read to its end in between."""
    expected, seconds = undisturbed(day, scratch)
    return [
        _kill_scans(day, target, most, expected, seconds, dice, scratch) for target, most in kills.items()
    ]


def _kill_scans(  # noqa: PLR0913, PLR0917 - one way, and what is known of the day
    day: Day, target: Target, kills: int, expected: Facts, seconds: float, dice: Random, scratch: Path
) -> Finding:
    found = Finding(f"scan: SIGKILL, {target.value}")
    deadline = monotonic() + PATIENCE + 10 * seconds * kills
    while found.injected < kills and monotonic() < deadline:
        folder = day.fresh(scratch / "box")
        injected, trouble = _read_with_kills(folder, day, target, kills - found.injected, seconds, dice)
        one = judge(found.fault, expected, folder, day, injected)
        found += replace(one, notes=(*one.notes, *trouble)).judged()
        shutil.rmtree(folder.root)
    return found


def undisturbed(day: Day, scratch: Path) -> tuple[Facts, float]:
    """What comes out where nothing happens, and how many seconds it takes."""
    folder = day.fresh(scratch / "undisturbed")
    began = monotonic()
    run("scan", folder.root, *day.scans, "--jobs", "2")
    seconds = monotonic() - began
    facts = facts_of(folder)
    shutil.rmtree(folder.root)
    return facts, seconds


def _read_with_kills(  # noqa: PLR0913, PLR0917 - a box, and how it is treated
    folder: Folder, day: Day, target: Target, most: int, seconds: float, dice: Random
) -> tuple[int, tuple[str, ...]]:
    """Read a box to its end; gives how often it was killed, and what else went wrong."""
    injected, again = 0, True
    while True:
        process = start("scan", folder.root, *day.scans, "--jobs", "2")
        killed = 0
        if again and injected < most and not ends_within(process, dice.uniform(0, seconds)):
            killed = _kill(process, target, dice)
            injected, again = injected + killed, dice.random() < AGAIN
        done = finish(process)
        if done.code == 0:
            return injected, ()
        if done.code is None or not killed:
            return injected, (f"exit code {done.code}: {done.said[-300:]}",)


def _kill(process: subprocess.Popen[str], target: Target, dice: Random) -> int:
    """Kill what is meant; gives 1, or 0 where there is nothing of the kind at this moment."""
    if process.poll() is not None:
        return 0
    match target:
        case Target.GROUP:
            kill_group(process)
        case Target.PARENT:
            process.kill()
        case Target.WORKER:
            while not (workers := workers_of(process.pid)) and not ends_within(process, SOON):
                pass  # they are not there yet: the first one is killed as it is started
            if not workers:
                return 0
            try:
                os.kill(dice.choice(workers), signal.SIGKILL)
            except ProcessLookupError:
                return 0
    return 1
