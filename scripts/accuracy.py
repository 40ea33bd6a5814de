"""Measure the reader: ballots as people fill them in, by hands that nothing was tuned on.

    python -m scripts.accuracy --rows 100000 --seed 1 [--settings office,poor,hostile] [--jobs 2]
                               [--strokes ../shared/marks/strokes.json] [--half measuring] [--out FOLDER]

For each setting: rows, silently wrong with the 95 % upper bound, plain rows flagged, struck names read as a
vote, names written in and missed, pages not registered; a table by kind of mark and one of truth against
reading. `--out` keeps the scans of pages with a row that was read silently wrong. The same arguments give
the same numbers, whatever `--jobs`. Tuning uses `--half tuning`: its writers and its seeds are others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from layouts.model import PageLayout
from scripts.simulate import (
    SETTINGS,
    Depth,
    Extra,
    Kind,
    PagePlan,
    Part,
    RowPlan,
    ScannedPage,
    SealKind,
    Strokes,
    any_hand,
    any_pen,
    load_strokes,
    scan_of,
)
from scripts.simulate.kinds import EXPECTED, UNMARKED, Outcome
from scripts.simulate.strokes import SELECTION
from scripts.tables import by_kind, confusion, table, upper_bound
from scripts.trial import Ballot, PageResult, RowResult, Verdict, ballot_of, read_scan

#: How many people are on the trial ballots, and how often each is used.
PEOPLE = {11: 0.4, 17: 0.2, 40: 0.25, 120: 0.15}

#: Shares of hands by the mark they make throughout. X is what the ballot asks for.
HABITS = {
    Kind.PLAIN_X: 0.72,
    Kind.TICK: 0.10,
    Kind.VEE: 0.03,
    Kind.CIRCLE: 0.05,
    Kind.SLASH: 0.03,
    Kind.PLUS: 0.03,
    Kind.ASTERISK: 0.01,
    Kind.FILLED: 0.03,
}

#: Share of rows in which something else than the habit happens, evenly over all kinds: far more often
#: than on real ballots, so that a hundred thousand rows hold a thousand of each.
ODD_ROWS = 0.25

#: Share of last pages with each thing written outside the rows.
EXTRAS = {
    Extra.WRITE_IN_BELOW: 0.08,
    Extra.SIGNATURE: 0.08,
    Extra.WRITE_IN_BETWEEN: 0.02,
    Extra.SIGNATURE_INTO_TABLE: 0.02,
}


@dataclass(frozen=True, slots=True)
class Task:
    """One page to be tried. Everything random on it follows from these numbers."""

    setting: str
    seed: int
    index: int
    half: Part
    strokes: Path
    out: Path | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says. Exit code 1 if a struck name was read as a vote without asking."""
    asked = _parser().parse_args(arguments)
    struck = 0
    for name in asked.settings.split(","):
        pages = tuple(measured(asked, name))
        print(report(name, pages))
        struck += _struck_as_vote([row for page in pages for row in page.rows])
    return 1 if struck else 0


def measured(asked: argparse.Namespace, setting: str) -> Iterator[PageResult]:
    """Try pages until there are as many rows as asked for."""
    rows = index = 0
    with ProcessPoolExecutor(asked.jobs, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        while rows < asked.rows:
            batch = range(index, index + 16 * asked.jobs)
            tasks = [Task(setting, asked.seed, i, asked.half, asked.strokes, asked.out) for i in batch]
            for page in pool.map(trial, tasks, chunksize=4):
                rows += len(page.rows)
                yield page
            index = batch.stop
            print(f"{setting}: {rows} rows of {index} pages", file=sys.stderr)


def trial(task: Task) -> PageResult:
    """Mark, scan and read one page."""
    scanned, ballot = scanned_of(task)
    result = read_scan(scanned, ballot)
    wrong = [row for row in result.rows if row.verdict is Verdict.WRONG]
    if task.out and (wrong or not result.read):
        task.out.mkdir(parents=True, exist_ok=True)
        what = "-".join(f"{row.truth.number}{row.truth.kind}" for row in wrong[:4]) or "unread"
        suffix = ".jpg" if scanned.happens.depth in (Depth.COLOUR, Depth.GREY) else ".png"
        cv2.imwrite(str(task.out / f"{task.setting}-{task.index:05d}-{what}{suffix}"), scanned.image)
    return result


def scanned_of(task: Task) -> tuple[ScannedPage, Ballot]:
    """Mark and scan one page of a ballot."""
    half = (Part.TUNING, Part.MEASURING).index(task.half)
    rng = np.random.default_rng((task.seed, half, tuple(SETTINGS).index(task.setting), task.index))
    ballot = ballot_of(int(rng.choice(list(PEOPLE), p=list(PEOPLE.values()))))
    page = ballot.layout.pages[int(rng.integers(len(ballot.layout.pages)))]
    hand = any_hand(_strokes(task.strokes, task.half), rng, any_pen(rng))
    plan = _planned(page, tuple(choice.id for choice in ballot.layout.choices), rng)
    return scan_of(page, ballot.images[page.page], plan, hand, SETTINGS[task.setting], rng), ballot


@lru_cache(maxsize=2)
def _strokes(path: Path, half: Part) -> Strokes:
    return load_strokes(path).only(half)


def _planned(page: PageLayout, choices: Sequence[str], rng: np.random.Generator) -> PagePlan:
    """What one person does to a page: a habit, odd rows now and then, sometimes something beside them."""
    habit = list(HABITS)[int(rng.choice(len(HABITS), p=list(HABITS.values())))]
    extras = tuple(
        extra for extra, share in EXTRAS.items() if rng.random() < share and _has_room(extra, page)
    )
    return PagePlan(
        rows=tuple(_row(row.number, habit, choices, rng) for row in page.rows),
        extras=extras,
        seal=SealKind.RED if rng.random() < 0.9 else list(SealKind)[int(rng.integers(len(SealKind)))],
    )


def _has_room(extra: Extra, page: PageLayout) -> bool:
    """People sign where the ballot asks for it, and add names where the list ends."""
    return extra is Extra.WRITE_IN_BETWEEN or (page.signature_mm is not None and page.write_in_mm is not None)


def _row(number: int, habit: Kind, choices: Sequence[str], rng: np.random.Generator) -> RowPlan:
    kind = list(Kind)[int(rng.integers(len(Kind)))] if rng.random() < ODD_ROWS else habit
    choice = choices[int(rng.integers(len(choices)))]
    return RowPlan(number, kind, None if kind in UNMARKED else choice)


def report(name: str, pages: Sequence[PageResult]) -> str:
    """The numbers of one setting as Markdown."""
    rows = [row for page in pages for row in page.rows]
    read = [row for row in rows if row.verdict is not Verdict.UNREAD]
    return "\n\n".join(
        (
            f"## {name}",
            table(("measure", "count", "of", "share", "95 % bound"), summary(pages, read)),
            by_kind(rows),
            confusion(rows),
        )
    )


def summary(
    pages: Sequence[PageResult], read: Sequence[RowResult]
) -> Iterator[tuple[str, int, int, str, str]]:
    """The lines of issue 3, "Accuracy": what was counted, of how many."""
    plain = [row for row in read if row.truth.plain and row.truth.kind is not Kind.BLANK]
    blank = [row for row in read if row.truth.plain and row.truth.kind is Kind.BLANK]
    written = [page.write_in for page in pages if page.write_in is not None]
    struck = [row for row in read if EXPECTED[row.truth.kind].silent is Outcome.STRUCK]
    yield _line("rows silently wrong", sum(row.verdict is Verdict.WRONG for row in read), len(read))
    yield _line(
        "plainly marked rows silently wrong", sum(row.verdict is Verdict.WRONG for row in plain), len(plain)
    )
    yield _line(
        "plainly marked rows flagged", sum(row.verdict is Verdict.FLAGGED for row in plain), len(plain)
    )
    yield _line("blank rows flagged", sum(row.verdict is Verdict.FLAGGED for row in blank), len(blank))
    yield _line("struck names read as a vote", _struck_as_vote(struck), len(struck))
    yield _line("names written in and missed", written.count(False), len(written))
    yield _line("pages not read", sum(not page.read for page in pages), len(pages))


def _line(what: str, count: int, of: int) -> tuple[str, int, int, str, str]:
    return what, count, of, f"{100 * count / max(of, 1):.3f} %", f"{100 * upper_bound(count, of):.4f} %"


def _struck_as_vote(rows: Sequence[RowResult]) -> int:
    struck = (row for row in rows if EXPECTED[row.truth.kind].silent is Outcome.STRUCK)
    return sum(row.verdict is Verdict.WRONG for row in struck)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.accuracy", description="Measure the reader.")
    parser.add_argument("--rows", type=int, default=2000, help="rows to try in each setting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settings", default=",".join(SETTINGS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--strokes", type=Path, default=SELECTION)
    parser.add_argument("--half", type=Part, choices=tuple(Part), default=Part.MEASURING)
    parser.add_argument("--out", type=Path, help="folder for scans that were read wrong or not at all")
    return parser


if __name__ == "__main__":
    sys.exit(main())
