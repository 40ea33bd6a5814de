"""Many browsers decide at once: nothing is lost, nothing is doubled, and how long each decision took.

    python -m scripts.web_load [--rows 5000] [--browsers 20]

A box is made up in which every row waits for people (`[rules] reviewers` = 2), and served in a process of its
own. Each browser is a client with its own cookie and secret word, at which a member of its own sits. Half of
the browsers share the rows from the front, half from the back, so that each row gets a word from either half;
a tenth of the rows is answered by one more, who may come too late and is told so (409).

Afterwards the ledger is read: each row has exactly two words, of different members; as many words stand there
as were acknowledged; no row is open. The exit code is 1 where this fails.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from threading import Barrier
from time import perf_counter
from typing import TYPE_CHECKING, Final

import httpx

from omr.decisions import same_member
from omr.election import Folder, load_settings
from omr.members import enrol
from omr.printed import load_layout
from omr.questions import count_now
from omr.store import Adjudication, Store
from omr.web.asked import key_of
from omr.web.serve import serve
from scripts.made_up import make_election

if TYPE_CHECKING:
    from collections.abc import Sequence

PEOPLE, PIN = 50, "2468"

#: What is answered to a decision: recorded and on to the next, or too late.
RECORDED: Final = frozenset({200, 303})
LATE: Final = 409

_FAULT: Final = re.compile(r'class="fault"[^>]*>([^<]+)')
_WORD: Final = re.compile(r'name="csrf" value="(\w+)"')


@dataclass(frozen=True, slots=True)
class Rush:
    """What one browser was answered: statuses, seconds from sending to the answer, words of a fault."""

    statuses: tuple[int, ...]
    seconds: tuple[float, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in the ledger afterwards.

    Attributes:
        recorded: words in it. doubled: rows with another number of words than two, or two of one member.
        open: questions of these that still wait for people.
    """

    recorded: int
    doubled: int
    open: int


def member(at: int) -> str:
    """Who sits at a browser. Nobody bears these names."""
    return f"Thành Viên Thứ {at + 1}"


def enrol_all(store: Store, browsers: int) -> None:
    """A member for each browser, entered by the first."""
    for at in range(browsers):
        enrol(store, member(at), PIN, by=member(0) if at else "")


def rush(address: str, doors: Sequence[str], keys: Sequence[str]) -> tuple[Rush, ...]:
    """Every browser decides every row as fast as it is answered.

    Args:
        address: of the review, without a slash at its end.
        doors: one-time addresses, one a browser.
        keys: addresses of the questions below the review.
    """
    gate = Barrier(len(doors))
    with ThreadPoolExecutor(len(doors)) as pool:
        each = [pool.submit(_decide, address, door, at, keys, gate) for at, door in enumerate(doors)]
        return tuple(found.result() for found in each)


def _decide(address: str, door: str, at: int, keys: Sequence[str], gate: Barrier) -> Rush:
    """One browser. The first half of them begins in front, the second at the end."""
    statuses, seconds, others = [], [], []
    root = address.rsplit("/", 1)[0]
    with httpx.Client(timeout=600) as client:
        client.get(door)
        who = {"csrf": _word(client, root), "who": member(at), "pin": PIN}
        client.post(f"{root}/members/enter", data=who)
        word = _word(client, root)
        gate.wait()
        for key in _share(keys, at, gate.parties):
            start = perf_counter()
            answer = client.post(
                f"{address}/decide",
                data={"csrf": word, "key": key, "answer": "high@1"},
                headers={"x-at-once": "1"},
            )
            seconds.append(perf_counter() - start)
            statuses.append(answer.status_code)
            if answer.status_code not in RECORDED | {LATE}:
                others += _FAULT.findall(answer.text)
    return Rush(tuple(statuses), tuple(seconds), tuple(others))


def _share(keys: Sequence[str], at: int, browsers: int) -> list[str]:
    """The rows of one browser: every n-th from its own place on, and a tenth of its neighbour's once more."""
    half = max(browsers // 2, 1)
    place = at % half
    own, neighbours = list(keys[place::half]), list(keys[(place + 1) % half :: half])
    mixed = own + neighbours[:: 10 if half > 1 else len(keys)]
    return mixed if at < half else mixed[::-1]


def _word(client: httpx.Client, root: str) -> str:
    found = _WORD.search(client.get(f"{root}/members").text)
    assert found is not None
    return found[1]


def found_in(folder: Folder, keys: Sequence[str]) -> Found:
    """What stands in the ledger now, of these questions."""
    with Store(folder.database) as store:
        now = count_now(store, load_layout(folder), load_settings(folder.election_toml).rules)
    words: dict[tuple[str, int | None], list[Adjudication]] = {}
    for each in now.adjudications:
        words.setdefault((each.sheet, each.number), []).append(each)
    doubled = sum(len(said) != 2 or same_member(said[0].by, said[1].by) for said in words.values())
    waiting = set(keys).intersection(map(key_of, now.open_items))
    return Found(len(now.adjudications), doubled, len(waiting))


# --- by itself --------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Make the box, let everybody at it, and print what came of it."""
    parser = argparse.ArgumentParser(description="many browsers decide at once")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--browsers", type=int, default=20)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Folder(Path(scratch) / "bch")
        people = min(PEOPLE, wanted.rows)
        keys = make_election(folder, people, -(-wanted.rows // people), doubtful=1.0)[: wanted.rows]
        with Store(folder.database) as store:
            enrol_all(store, wanted.browsers)
        start = perf_counter()
        rushes = _served(folder, keys, wanted.browsers)
        return _report(rushes, found_in(folder, keys), len(keys), perf_counter() - start)


def _served(folder: Folder, keys: Sequence[str], browsers: int) -> tuple[Rush, ...]:
    """Let browsers at a server in a process of its own, as it is on the day."""
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    server = spawning.Process(target=_serve, args=(folder.root, there), daemon=True)
    server.start()
    try:
        door: str = here.recv()
        address = door.split("/open", maxsplit=1)[0]
        return rush(f"{address}/e/bch/review", _doors(address, door, browsers), keys)
    finally:
        server.terminate()
        server.join()


def _serve(root: Path, told: multiprocessing.connection.Connection) -> None:
    serve(root, port=0, ready=told.send)


def _doors(address: str, door: str, browsers: int) -> list[str]:
    """One-time addresses for so many browsers, given out by the first."""
    with httpx.Client(follow_redirects=True, timeout=60) as first:
        first.get(door)
        word = _WORD.search(first.get(f"{address}/new").text)
        assert word is not None
        pages = [first.post(f"{address}/invite", data={"csrf": word[1]}).text for _each in range(browsers)]
    return [re.findall(r"http://[^\"<\s]+/open\?token=[\w-]+", page)[0] for page in pages]


def _report(rushes: Sequence[Rush], found: Found, rows: int, seconds: float) -> int:
    answers = Counter(status for each in rushes for status in each.statuses)
    waited = sorted(1000 * second for each in rushes for second in each.seconds)
    recorded = sum(answers[status] for status in RECORDED)
    other = answers.total() - recorded - answers[LATE]
    print(f"{len(rushes)} browsers, {rows} rows, {seconds:.0f} s")
    print(f"answers: {recorded} recorded, {answers[LATE]} told that they came late, {other} others")
    print(
        f"ledger: {found.recorded} words, lost {recorded - found.recorded}, rows not with two of two: ",
        end="",
    )
    print(f"{found.doubled}, open {found.open}")
    print(f"decision to answer: median {median(waited):.0f} ms, 95 % {quantiles(waited, n=20)[-1]:.0f} ms")
    for said, count in Counter(said for each in rushes for said in each.others).items():
        print(f"{count} times: {said}")
    whole = recorded == found.recorded == 2 * rows and not (other or found.doubled or found.open)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
