"""The power fails: what was not synced is there or not, and the program goes on with what the disk has."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from omr.election import Folder
from omr.errors import OmrError
from omr.scan import scan
from omr.store import Store
from omr.web.scanner import Scanner
from scripts.chaos import disk
from scripts.chaos.browser import MEMBERS, Browser, enter_members, is_done, serve
from scripts.chaos.day import facts_of, half_files, judge, other_bytes, tidy, unusable
from scripts.chaos.finding import Finding
from scripts.chaos.processes import PATIENCE, Done, finish, run
from scripts.chaos.traced import Replay, calls, strace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from scripts.chaos.day import Day, Facts

#: How likely what was not synced is there all the same: never, perhaps, always. In the last case it is the
#: same as a killed process.
CHANCES: Final = (0.0, 0.5)

#: What the browser does before the power fails: decisions, every third taken back; and uploads in between.
DECISIONS: Final = 6


def can_trace() -> bool:
    """Whether strace is there and may watch."""
    return shutil.which("strace") is not None and run("--version", before=strace_nowhere()).code == 0


def strace_nowhere() -> list[str]:
    """Tracing, with nothing kept."""
    return ["strace", "-f", "-qq", "-e", "trace=fsync", "-o", os.devnull]


def fail_power(day: Day, moments: int, dice: Random, scratch: Path) -> list[Finding]:
    """So many moments of one scan, and of one server with uploads and decisions."""
    return [_during_scan(day, moments, dice, scratch), _during_serve(day, moments, dice, scratch)]


# --- the scan -------------------------------------------------------------------------------------------


def _during_scan(day: Day, moments: int, dice: Random, scratch: Path) -> Finding:
    found = Finding("power fails: omr scan")
    folder, log = day.fresh(scratch / "traced"), scratch / "scan.log"
    before = disk.read_disk(folder.root)
    done = run("scan", folder.root, *day.scans, "--jobs", "2", before=strace(log))
    if done.code != 0:
        return replace(found, notes=(f"exit code {done.code}: {done.said[-300:]}",))
    expected = facts_of(folder)
    for after in _after(Replay(str(folder.root), before), log, moments, dice, scratch / "after"):
        found += judge(found.fault, expected, after.folder, day)
    return found


@dataclass(frozen=True, slots=True)
class After:
    """An election as the disk has it, and how many redirects a server had sent until then."""

    folder: Folder
    answered: int


def _after(replay: Replay, log: Path, moments: int, dice: Random, root: Path) -> Iterator[After]:
    """The election after the power failed, at so many moments of a log."""
    with log.open(encoding="ascii", errors="replace") as lines:
        total = _changes(lines, replay.root)
    chosen = sorted(dice.randrange(1, total + 1) for _moment in range(moments))
    with log.open(encoding="ascii", errors="replace") as lines:
        for call in calls(lines):
            replay.do(call)
            while chosen and replay.changes >= chosen[0]:
                chosen.pop(0)
                chance = dice.choice(CHANCES)
                disk.write_disk(replay.disk, root, partial(_is_there, chance, dice))
                yield After(Folder(root), replay.answered)
                shutil.rmtree(root)


def _is_there(chance: float, dice: Random) -> bool:
    return dice.random() < chance


def _changes(lines: Iterator[str], root: str) -> int:
    replay = Replay(root, disk.Folder())
    for call in calls(lines):
        replay.do(call)
    return replay.changes


# --- the server -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What a server had acknowledged when it had sent so many redirects: a decision's reason, or a file."""

    redirects: int
    word: str = ""
    file: str = ""


def _during_serve(day: Day, moments: int, dice: Random, scratch: Path) -> Finding:
    found = Finding("power fails: omr serve")
    folder, log = day.fresh(scratch / "traced-serve"), scratch / "serve.log"
    scan(folder, day.scans, jobs=2)
    enter_members(folder)
    before = disk.read_disk(folder.root)
    said, done = _work(day, folder, log)
    if done.code is None:
        return replace(found, notes=(f"hangs: {done.said[-300:]}",))
    expected = facts_of(folder)
    for after in _after(Replay(str(folder.root), before), log, moments, dice, scratch / "after"):
        acknowledged = [each for each in said if each.redirects <= after.answered]
        found += _judged(found.fault, expected, after.folder, acknowledged, day)
    return found


def _work(day: Day, folder: Folder, log: Path) -> tuple[list[Acknowledged], Done]:
    """Decide and send under strace; what was acknowledged, in order."""
    server = serve(folder, before=tuple(strace(log)))
    browser = Browser(server.address, folder.root.name)
    browser.log_in(*MEMBERS[0])
    said: list[Acknowledged] = []
    for number in range(DECISIONS):
        asked = browser.question()
        if is_done(browser.decide(asked, f"word {number}")):
            said.append(Acknowledged(browser.redirects, word=f"word {number}"))
        browser.take_back(browser.question().last)
        if number % 3 == 0:
            data = other_bytes(day.scans[number].read_bytes(), f"power {number}")
            if is_done(browser.upload({"scan.jpg": data})):
                said.append(Acknowledged(browser.redirects, file=sha256(data).hexdigest()))
    end = monotonic() + PATIENCE
    while browser.reading() == "running" and monotonic() < end:
        sleep(0.2)
    browser.close()
    os.killpg(server.process.pid, signal.SIGTERM)
    return said, finish(server.process)


def _judged(fault: str, expected: Facts, folder: Folder, said: list[Acknowledged], day: Day) -> Finding:
    """What the server had acknowledged must be there, once it has been started again."""
    scanner = Scanner(folder)
    try:
        scanner.resume()
        scanner.wait()
        tidy(folder, day)
    except (OmrError, sqlite3.DatabaseError) as error:
        return unusable(fault, error)
    with Store(folder.database) as store:
        words = [each.why for each in store.adjudications() if each.undoes is None]
        files = [page.source for page in store.pages()]
    now = facts_of(folder).pages
    half = tuple(half_files(folder))
    return Finding(
        fault,
        1,
        pages_lost=sum(each.file not in files for each in said if each.file),
        pages_doubled=(now - expected.pages).total(),
        decisions_lost=sum(each.word not in words for each in said if each.word),
        decisions_doubled=len(words) - len(set(words)),
        half_files=len(half),
        notes=(*half, *scanner.running.trouble),
    ).judged()
