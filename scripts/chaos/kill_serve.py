"""`omr serve` killed at random moments while two members decide and one of them sends scans."""

from __future__ import annotations

import shutil
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

import httpx

from omr.scan import scan
from omr.store import Store
from scripts.chaos.browser import MEMBERS, Browser, enter_members, is_done, serve, served
from scripts.chaos.day import facts_of, judge, other_bytes
from scripts.chaos.finding import Finding
from scripts.chaos.processes import kill_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from random import Random

    from omr.election import Folder
    from omr.store import Adjudication
    from scripts.chaos.day import Day

#: Seconds after the server has come up within which it is killed: uploads, decisions and the reading of
#: what was sent all lie within.
MOMENTS: Final = (0.05, 2.5)

#: Scans sent while a server lives, at most; each starts the reading processes, which take a second.
SENT: Final = 2

#: Longest time for reading what was sent, seconds a file.
READING: Final = 15.0


@dataclass(slots=True)
class Said:
    """What was asked of the server, and what it acknowledged.

    Attributes:
        words: the reason given with each decision, which no other has -> acknowledged.
        undone: number of each decision that was taken back -> acknowledged.
        files: SHA-256 of each scan -> acknowledged.
    """

    words: dict[str, bool] = field(default_factory=dict)
    undone: dict[str, bool] = field(default_factory=dict)
    files: dict[str, bool] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, asked: dict[str, bool], key: str, answer: httpx.Response) -> None:
        """Keep what came of one request. A server's own fault is never an answer."""
        asked[key] = is_done(answer)
        if answer.is_server_error:
            self.notes.append(f"{answer.request.url.path}: {answer.status_code}")


def kill_server(day: Day, kills: int, dice: Random, scratch: Path) -> Finding:
    """Kill so many servers of one election; what they acknowledged must be there at the end, once."""
    folder = day.fresh(scratch / "served")
    scan(folder, day.scans, jobs=2)
    enter_members(folder)
    said, port, number = Said(), _free_port(), count(1)
    browsers: list[Browser] = []
    for _kill in range(kills):
        _serve_and_kill(folder, day, port, browsers, said, number, dice)
    for browser in browsers:
        browser.close()
    notes = _read_to_the_end(folder, said)
    return _judged(day, folder, said, kills, notes, scratch)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _serve_and_kill(  # noqa: PLR0913, PLR0917 - one life of a server
    folder: Folder,
    day: Day,
    port: int,
    browsers: list[Browser],
    said: Said,
    number: Iterator[int],
    dice: Random,
) -> None:
    server = serve(folder, port)
    if not browsers:
        browsers.append(Browser(server.address, folder.root.name))
        browsers.append(Browser(browsers[0].invite(), folder.root.name))
        for browser, member in zip(browsers, MEMBERS, strict=True):
            browser.log_in(*member)
    sends = [_other_scan(day, dice, next(number)) for _each in range(dice.randint(0, SENT))]
    jobs = [
        threading.Thread(target=_decide, args=(browsers[0], said, number)),
        threading.Thread(target=_decide, args=(browsers[1], said, number)),
        threading.Thread(target=_send, args=(browsers[0], said, sends)),
    ]
    for job in jobs:
        job.start()
    sleep(dice.uniform(*MOMENTS))
    kill_group(server.process)
    server.process.communicate()
    for job in jobs:
        job.join()


def _other_scan(day: Day, dice: Random, number: int) -> bytes:
    """A scan that was never sent: the picture of another, in a file of its own."""
    return other_bytes(dice.choice(day.scans).read_bytes(), f"sent {number}")


def _decide(browser: Browser, said: Said, number: Iterator[int]) -> None:
    """Decide, take it back, decide anew, until the server is gone."""
    try:
        while True:
            asked = browser.question()
            if asked.answers:
                why = f"word {next(number)}"
                said.words[why] = False
                said.note(said.words, why, browser.decide(asked, why))
            last = browser.question().last
            if last:
                said.undone.setdefault(last, False)
                said.note(said.undone, last, browser.take_back(last))
    except httpx.TransportError:
        return


def _send(browser: Browser, said: Said, sends: list[bytes]) -> None:
    try:
        for data in sends:
            name = sha256(data).hexdigest()
            said.files[name] = False
            said.note(said.files, name, browser.upload({"scan.jpg": data}))
    except httpx.TransportError:
        return


def _read_to_the_end(folder: Folder, said: Said) -> tuple[str, ...]:
    """Start the server once more and let it read all that it was sent."""
    end = monotonic() + READING * (len(said.files) + 2)
    with served(folder) as server:
        browser = Browser(server.address, folder.root.name)
        while (state := browser.reading()) == "running" and monotonic() < end:
            sleep(0.2)
        browser.close()
    return () if state == "idle" else (f"the reading is {state}",)


def _judged(  # noqa: PLR0913, PLR0917 - an election, and what is known of it
    day: Day, folder: Folder, said: Said, kills: int, notes: tuple[str, ...], scratch: Path
) -> Finding:
    """Compare with the same scans and the same decisions in an election to which nothing happened."""
    with Store(folder.database) as store:
        decisions = store.adjudications()
        pages = store.pages()
    sent = [folder.root / "incoming" / name for name in dict.fromkeys(page.source for page in pages)]
    calm = replace(day, scans=(*day.scans, *(path for path in sent if path.is_file())))
    expected = day.fresh(scratch / "calm")
    scan(expected, calm.scans, jobs=2)
    _decide_again(folder, expected, decisions)
    found = judge("serve: SIGKILL", facts_of(expected), folder, calm, kills)
    shutil.rmtree(expected.root)
    words = Counter(each.why for each in decisions if each.undoes is None)
    undone = Counter(str(each.undoes) for each in decisions if each.undoes is not None)
    kept = Counter(page.source for page in pages)
    more = (_lost(said.files, kept), _doubled(said.files, kept))
    done = sum(said.words.values()) + sum(said.undone.values())
    return replace(
        found,
        fault=f"serve: SIGKILL ({done} decisions, {sum(said.files.values())} uploads acknowledged)",
        pages_lost=found.pages_lost + more[0],
        pages_doubled=found.pages_doubled + more[1],
        decisions_lost=_lost(said.words, words) + _lost(said.undone, undone),
        decisions_doubled=_doubled(said.words, words) + _doubled(said.undone, undone),
        notes=(*found.notes, *notes, *said.notes),
    ).judged()


def _lost(asked: Mapping[str, bool], kept: Mapping[str, int]) -> int:
    """What was acknowledged and is not there."""
    return sum(done and not kept.get(key) for key, done in asked.items())


def _doubled(asked: Mapping[str, bool], kept: Mapping[str, int]) -> int:
    """What was asked for once and is there more often."""
    return sum(max(0, kept.get(key, 0) - 1) for key in asked)


def _decide_again(folder: Folder, other: Folder, decisions: tuple[Adjudication, ...]) -> None:
    """Enter the same decisions in another election of the same scans, whose sheets have other ids."""
    with Store(folder.database) as one, Store(other.database) as two:
        places = {page.sheet: (page.source, page.page_in_source) for page in one.pages()}
        sheets = {(page.source, page.page_in_source): page.sheet for page in two.pages()}
        for each in decisions:
            same = replace(each, sheet=sheets[places[each.sheet]])
            two.add_adjudication(lambda _all, same=same: same)  # type: ignore[misc]
