"""One small election, made once and copied for every fault; and all that can be said of its result."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from generate.fonts import LAST_RESORT, find_family
from omr.counting import count_folder
from omr.demo import lay_out_sample, sample
from omr.election import Folder
from omr.errors import OmrError
from omr.export import as_csv, as_json
from omr.files import ABANDONED, PART
from omr.printing import print_ballots
from omr.scan import scan
from omr.status import status
from omr.store import Store
from scripts.chaos.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from omr.scan import Read
    from omr.task import Task, Worker

#: Copies printed: more than any box here holds, so that the sums of the day add up.
COPIES: Final = 60

#: Single pages of the first sample: a letter, and ballots of which three raise questions.
PAGES: Final = tuple(f"scan-{number:03d}.jpg" for number in range(31, 38))

#: A file and a page in it, from 1.
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Day:
    """An election whose ballots are printed, and scans of it. The folder is copied, never used."""

    printed: Path
    scans: tuple[Path, ...]

    def fresh(self, root: Path) -> Folder:
        """A copy of the election, nothing read yet."""
        shutil.copytree(self.printed, root)
        return Folder(root)


@dataclass(frozen=True, slots=True)
class Facts:
    """The result without its random ids: two runs of the same box must agree in all of it."""

    pages: Counter[Place]
    said: Mapping[str, Any]


def small_day(root: Path) -> Day:
    """Seven single pages of the first sample, and one of them once more: a sheet scanned twice."""
    with sample("ban-chap-hanh") as given:
        printed = _printed(given, root / "printed")
        scans = root / "scans"
        scans.mkdir()
        for name in PAGES:
            shutil.copyfile(given / "scans" / "jpeg" / name, scans / name)
    again = scans / "scan-099.jpg"
    again.write_bytes(other_bytes((scans / PAGES[2]).read_bytes(), "again"))
    return Day(printed, (*(scans / name for name in PAGES), again))


def paged_day(root: Path) -> Day:
    """The second sample: one PDF, six ballots of three pages and an empty back."""
    with sample("nhieu-trang") as given:
        printed = _printed(given, root / "printed")
        pdf = root / "nhieu-trang.pdf"
        shutil.copyfile(given / "scans" / pdf.name, pdf)
    return Day(printed, (pdf,))


def _printed(given: Path, root: Path) -> Path:
    root.parent.mkdir(parents=True, exist_ok=True)
    lay_out_sample(given, Folder(root))
    print_ballots(Folder(root), COPIES, find_family(LAST_RESORT))
    return root


def other_bytes(jpeg: bytes, word: str) -> bytes:
    """The same picture as another file: what follows a JPEG's end is not looked at."""
    return jpeg + word.encode("ascii")


def facts_of(folder: Folder) -> Facts:
    """All that the program says of an election, ballots and pages named by their place. Raises OmrError."""
    counted = count_folder(folder)
    told = status(counted.now, counted.problems, counted.election.session.issued, counted.printed)
    places = {each["id"]: (each["source"], each["page_in_source"]) for each in told["pages"]}
    homes = _homes(told["pages"])
    rows = list(csv.DictReader(io.StringIO(as_csv(counted.ballots, counted.layout))))
    said = {
        "pages": sorted(_without_ids(each, places, homes) for each in told["pages"]),
        "open": sorted(json.dumps(each | {"ballot": homes[each["ballot"]]}) for each in told["open"]),
        "problems": sorted(each["text"] for each in told["problems"]),
        "sums": told["reconciliation"] | told["ballots"],
        "votes": sorted(json.dumps(row | {"ballot": homes[row["ballot"]]}) for row in rows),
        "tally": as_json(counted.result),
    }
    return Facts(Counter(places.values()), said)


def _homes(pages: list[dict[str, Any]]) -> dict[str, Place]:
    """Ballot id -> the first place of its pages."""
    homes: dict[str, Place] = {}
    for each in pages:
        place = (each["source"], each["page_in_source"])
        if each["ballot"]:
            homes[each["ballot"]] = min(homes.get(each["ballot"], place), place)
    return homes


def _without_ids(page: dict[str, Any], places: Mapping[str, Place], homes: Mapping[str, Place]) -> str:
    named = page | {"same_as": places.get(page["same_as"] or ""), "ballot": homes.get(page["ballot"] or "")}
    return json.dumps({key: value for key, value in named.items() if key not in {"id", "sheet"}})


def judge(fault: str, expected: Facts, folder: Folder, day: Day, injected: int = 1) -> Finding:
    """Look at an election after its faults: what is lost, doubled, half or different."""
    try:
        tidy(folder, day)
        now = facts_of(folder)
    except (OmrError, sqlite3.DatabaseError) as error:
        return unusable(fault, error, injected)
    differing = [key for key in expected.said if expected.said[key] != now.said[key]]
    half = tuple(half_files(folder))
    return Finding(
        fault,
        injected,
        pages_lost=(expected.pages - now.pages).total(),
        pages_doubled=(now.pages - expected.pages).total(),
        half_files=len(half),
        equal=not differing,
        notes=(*(f"differs: {_first(expected, now, key)}" for key in differing), *half),
    ).judged()


def unusable(fault: str, error: Exception, injected: int = 1) -> Finding:
    """An election that cannot even be opened."""
    return Finding(fault, injected, equal=False, notes=(f"{type(error).__name__}: {error}",))


def _first(expected: Facts, now: Facts, key: str) -> str:
    """Where two results first differ, in a line."""
    one, other = expected.said[key], now.said[key]
    if not isinstance(one, list):
        return f"{key}: {json.dumps(one)[:300]} | {json.dumps(other)[:300]}"
    lost, new = [x for x in one if x not in other], [x for x in other if x not in one]
    return f"{key}: {len(lost)} gone, {len(new)} new; {str(lost[:1])[:300]} | {str(new[:1])[:300]}"


def tidy(folder: Folder, day: Day) -> None:
    """Let ten minutes pass, as the clock of the files has it, and give the same command once more."""
    for left in folder.root.rglob(f"{PART}*"):
        for path in (left, *left.rglob("*")):  # a folder is as young as its newest file
            about = path.stat()
            os.utime(path, (about.st_atime, about.st_mtime - ABANDONED - 1))
    scan(folder, day.scans, hands=Here())


@dataclass(frozen=True, slots=True)
class Here:
    """This process reads, without others: they take a second to start."""

    jobs: int = 1

    def run(self, worker: Worker, chunks: Sequence[Sequence[Task]]) -> Read:
        """Read them all. Without a limit to their time, whose end would be this process's."""
        unlimited = replace(worker, seconds=None)
        for chunk in chunks:
            yield list(zip(chunk, unlimited(chunk), strict=True))


def half_files(folder: Folder) -> Iterator[str]:
    """Files that are not whole, each with what is wrong with it."""
    for path in sorted(each for each in folder.root.rglob("*") if each.is_file()):
        name = path.relative_to(folder.root).as_posix()
        if path.name.startswith(".part"):
            yield f"left over: {name}"
        elif path.parent.parent == folder.originals_dir:
            if sha256(path.read_bytes()).hexdigest() != path.stem:
                yield f"not its own content: {name}"
        elif path.suffix == ".json" and not _is_json(path):
            yield f"cut off: {name}"
    yield from _unkept(folder)


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def _unkept(folder: Folder) -> Iterator[str]:
    """Faults of the ledger, and pictures of which it speaks that are not there."""
    if not folder.database.exists():
        return
    with sqlite3.connect(folder.database) as db:
        ((said,),) = db.execute("PRAGMA integrity_check").fetchall()
    db.close()
    with Store(folder.database) as store:
        originals = [page.original for count in store.counts() for page in store.pages(count)]
    if said != "ok":
        yield f"ledger: {said}"
    for original in filter(None, originals):
        if not (folder.originals_dir / original).is_file():
            yield f"in the ledger and not on the disk: {original}"
