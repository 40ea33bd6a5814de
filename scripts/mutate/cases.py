"""Cases: made, given to processes with limits, counted. Imported by name, so that those processes find it."""

from __future__ import annotations

import tempfile
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final

from omr.election import Folder
from omr.limits import PAGE_SECONDS, time_limit
from omr.pool import Pool
from scripts.mutate.mutators import NUMBERS, mutate
from scripts.mutate.readers import SEEDS_OF, Desk, change_cell, read
from scripts.mutate.seeds import make_seeds

#: Cases handed to a process at once.
CHUNK: Final = 25

#: Share of files by kind: pages come from strangers' machines, so they get the most.
WEIGHTS: Final = {"pdf": 4, "tiff": 3, "jpeg": 3, "png": 3}

#: Values put into cells of the database.
CELLS: Final = (
    None,
    "",
    "x",
    "[]",
    "{}",
    '["?"]',
    -1,
    *NUMBERS[:-2],
    2**62,
    0.5,
    b"\xff\0",
    "\u202e",
    "9" * 400,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One mutated file, told by its kind, the seed of the run and its number."""

    kind: str
    seed: int
    number: int

    @property
    def dice(self) -> Random:
        """The same dice every time."""
        return Random(f"{self.seed}/{self.kind}/{self.number}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. `crash`: the end of the traceback, or ''."""

    taken: bool
    seconds: float
    mebibytes: int
    crash: str = ""


@dataclass(slots=True)
class Row:
    """A line of the table. `ended`: the process was, at a limit or by a decoder: that page is refused."""

    files: int = 0
    read: int = 0
    refused: int = 0
    ended: int = 0
    crashed: int = 0
    mebibytes: int = 0
    seconds: float = 0.0
    crashes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads cases in a process of its own. Picklable."""

    root: Path

    def __call__(self, cases: Sequence[Case]) -> list[Outcome]:
        """What became of each."""
        with tempfile.TemporaryDirectory(dir=self.root) as work:
            desk = Desk(Folder(self.root / "election"), Path(work))
            return [_tried(case, make(case, desk), desk) for case in cases]


def make(case: Case, desk: Desk) -> bytes:
    """The mutated file of a case."""
    files = sorted((desk.given.root.parent / "seeds" / SEEDS_OF.get(case.kind, case.kind)).iterdir())
    dice = case.dice
    data, other = (dice.choice(files).read_bytes() for _file in range(2))
    if case.kind == "omr.sqlite" and dice.random() < 0.5:
        return change_cell(data, desk, dice.randrange(10_000), dice.choice(CELLS))
    return mutate(case.kind, data, other, dice)


def _tried(case: Case, data: bytes, desk: Desk) -> Outcome:
    _forget_peak()
    start, crash, taken = perf_counter(), "", False
    try:
        with time_limit(PAGE_SECONDS):
            taken = read(case.kind, data, desk)
    except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
        crash = "".join(traceback.format_exc().splitlines(keepends=True)[-8:])
    return Outcome(taken, perf_counter() - start, _peak(), crash)


def _forget_peak() -> None:
    """Linux counts the highest memory anew from here (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """Most memory of this process since, MiB."""
    (line,) = (s for s in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in s)
    return int(line.split()[1]) // 1024


def cases_of(kinds: Sequence[str], files: int, seed: int) -> list[Case]:
    """That many cases, shared out among the kinds by weight, each kind's numbers from 0."""
    total = sum(WEIGHTS.get(kind, 1) for kind in kinds)
    return [
        Case(kind, seed, number)
        for kind in kinds
        for number in range(max(1, round(files * WEIGHTS.get(kind, 1) / total)))
    ]


def run(root: Path, cases: Sequence[Case], jobs: int) -> dict[str, Row]:
    """Make the seeds, then try all cases; a row a kind."""
    make_seeds(root)
    chunks = [cases[at : at + CHUNK] for at in range(0, len(cases), CHUNK)]
    rows: dict[str, Row] = defaultdict(Row)
    for done in Pool(Reader(root), jobs).run(chunks):
        for case, outcome in done:
            _count(rows[case.kind], case, outcome)
    return rows


def _count(row: Row, case: Case, outcome: Outcome | None) -> None:
    row.files += 1
    if outcome is None:
        row.ended += 1
        row.crashes.append(f"{case}: its process was ended")
        return
    row.mebibytes = max(row.mebibytes, outcome.mebibytes)
    row.seconds = max(row.seconds, outcome.seconds)
    if outcome.crash:
        row.crashed += 1
        row.crashes.append(f"{case}:\n{outcome.crash}")
    elif outcome.taken:
        row.read += 1
    else:
        row.refused += 1


def table(rows: dict[str, Row]) -> str:
    """The table, a line a reader."""
    lines = [
        "| reader | files | read | refused | ended | crashed | worst memory, MiB | worst time, s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, row in rows.items():
        counts = (row.files, row.read, row.refused, row.ended, row.crashed, row.mebibytes)
        lines.append(f"| {kind} | {' | '.join(map(str, counts))} | {row.seconds:.1f} |")
    return "\n".join(lines)


def shown(crashes: Iterable[str], most: int) -> Iterable[str]:
    """The crashes, each kind of them once with how often it came."""
    kinds = Counter(crash.rstrip().rpartition("\n")[2][:90] for crash in crashes)
    for crash in crashes:
        last = crash.rstrip().rpartition("\n")[2][:90]
        if last in kinds and most > 0:
            most -= 1
            yield f"{kinds.pop(last)} x {crash}"
