"""A watched folder: a file that grows while the program is killed, and a page on which a worker hangs."""

from __future__ import annotations

import ctypes
import os
import shutil
from dataclasses import replace
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import omr.scan as scanning
from omr.evidence import PageState
from omr.read import Paper, read_page
from omr.store import Store
from scripts.chaos.day import facts_of, judge
from scripts.chaos.finding import Finding
from scripts.chaos.processes import finish, kill_group, start
from scripts.chaos.together import IDLE, one_after_the_other

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from omr.evidence import PageSeen
    from omr.pages import Scan
    from scripts.chaos.day import Day

#: Seconds within which the program is killed after the first half of the file has come: it has seen it grow,
#: or has taken the half for a file that is cut short.
MOMENTS: Final = (1.0, 8.0)

#: Longest that a page may take where one hangs, seconds, instead of 20.
SHORT: Final = 4.0


def kill_while_growing(day: Day, times: int, dice: Random, scratch: Path) -> Finding:
    """The PDF comes in two halves; in between, the program that watches the folder is killed."""
    found = Finding("watched file grows, SIGKILL")
    expected = one_after_the_other(day, [day.scans], scratch)
    for at in range(times):
        folder, inbox = day.fresh(scratch / f"box-{at}"), scratch / f"inbox-{at}"
        inbox.mkdir()
        data = day.scans[0].read_bytes()
        watch = ("scan", folder.root, inbox, "--jobs", "2", "--watch", "--idle", str(IDLE))
        process = start(*watch)
        with (inbox / day.scans[0].name).open("wb") as file:
            file.write(data[: dice.randrange(1, len(data))])
            file.flush()
            sleep(dice.uniform(*MOMENTS))
            kill_group(process)
            process.communicate()
            process = start(*watch)
            sleep(dice.uniform(*MOMENTS))
            file.seek(0)
            file.write(data)
        done = finish(process)
        notes = () if done.code == 0 else (f"exit code {done.code}: {done.said[-300:]}",)
        one = judge(found.fault, expected, folder, replace(day, scans=()))
        found += replace(one, notes=(*one.notes, *notes)).judged()
        shutil.rmtree(folder.root)
    return found


def hang(day: Day, scratch: Path) -> Finding:
    """One page never comes back from its decoder: that page is unreadable, the others are read."""
    fault = "a worker hangs"
    folder = day.fresh(scratch / "hung")
    reader = partial(_read_or_hang, paper=Paper.load(folder))
    with patch.object(scanning, "PAGE_SECONDS", SHORT):
        outcome = scanning.scan(folder, day.scans, jobs=2, reader=reader)
    with Store(folder.database) as store:
        states = [page.state for page in store.pages()]
    unread = states.count(PageState.UNREADABLE)
    one = judge(fault, facts_of(folder), folder, day)
    lost = len(day.scans) - len(states)
    wrong = () if unread == len(outcome.failed) == 1 else (f"{unread} pages unreadable",)
    return replace(one, pages_lost=one.pages_lost + lost, notes=(*one.notes, *wrong)).judged()


def _read_or_hang(page: Scan, paper: Paper) -> PageSeen:
    """Hang on the letter, the one page of the day that is no ballot."""
    seen = read_page(page, paper=paper)
    if seen.state is PageState.FOREIGN:
        # As a decoder in C that never comes back, the interpreter's lock in its hands.
        ctypes.PyDLL(None).sleep(10 * round(SHORT))
        os._exit(1)
    return seen
