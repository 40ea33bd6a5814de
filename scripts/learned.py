"""Would a learned classifier read better than the rules? Trained on some hands, compared on others.

    pip install -e '.[learned]'
    python -m scripts.learned [--setting hostile] [--pages 700] [--seed 1] [--jobs 2]
                              [--strokes ../shared/marks/strokes.json]

Boosted trees are given all that the reader keeps of a row as evidence (its boxes, its name, its page) and
learn, on pages of the tuning writers, whether the box with most ink is the row's vote. On as many pages of
writers that they never saw, the table says for each least certainty how many rows they would read wrong
without asking, and about how many plainly marked ones they would ask; its last line says the same of the
rules (`omr.marks`, `omr.names`, `omr.doubts`, `omr.rules`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from omr.evidence import CellSeen, Mark, Name, PageSeen, RowSeen
from omr.read import read_page
from omr.rules import judge_row
from scripts.accuracy import Task, scanned_of
from scripts.simulate import SETTINGS, Kind, Part, RowTruth
from scripts.simulate.strokes import SELECTION
from scripts.tables import table
from scripts.trial import Verdict, as_scan, verdict_of

#: Least certainties of the classifier that are tried.
LEAST = (0.5, 0.9, 0.97, 0.99, 0.995, 0.998, 0.999, 0.9995)


@dataclass(frozen=True, slots=True)
class Example:
    """One row: what was seen of it, and what is right.

    Attributes:
        seen: the evidence, as numbers.
        vote: whether the box with most ink is the row's vote: the truth, or what people would decide.
        plain: whether asking about the row counts against a reader.
        rules: what became of the row by the rules.
    """

    seen: tuple[float, ...]
    vote: bool
    plain: bool
    rules: Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, compare, print the table."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - this script alone needs it

    asked = _parser().parse_args(arguments)
    taught, tried = (_examples(asked, half) for half in (Part.TUNING, Part.MEASURING))
    model = HistGradientBoostingClassifier(max_iter=200, learning_rate=0.06, random_state=0)
    model.fit(np.array([row.seen for row in taught]), [row.vote for row in taught])
    sure = model.predict_proba(np.array([row.seen for row in tried]))[:, 1]
    print(f"{asked.setting}: {len(taught)} rows learned from, {len(tried)} compared")
    print(table(("who", "read wrong", "plain rows asked about"), _lines(tried, sure)))
    return 0


def _lines(tried: Sequence[Example], sure: np.ndarray) -> Iterator[tuple[str, int, str]]:
    plain = max(sum(row.plain for row in tried), 1)
    for least in LEAST:
        said = sure >= least
        wrong = sum(bool(yes) and not row.vote for yes, row in zip(said, tried, strict=True))
        asked = sum(row.plain and not yes for yes, row in zip(said, tried, strict=True))
        yield f"trees, sure to {least:.2%}", wrong, f"{asked / plain:.2%}"
    wrong = sum(row.rules is Verdict.WRONG for row in tried)
    asked = sum(row.plain and row.rules is Verdict.FLAGGED for row in tried)
    yield "rules", wrong, f"{asked / plain:.2%}"


def _examples(asked: argparse.Namespace, half: Part) -> list[Example]:
    tasks = [Task(asked.setting, asked.seed, i, half, asked.strokes, None) for i in range(asked.pages)]
    with ProcessPoolExecutor(asked.jobs, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        return [row for page in pool.map(_page_examples, tasks, chunksize=4) for row in page]


def _page_examples(task: Task) -> list[Example]:
    scanned, ballot = scanned_of(task)
    seen = read_page(as_scan(scanned), ballot.paper)
    rows = {row.number: row for row in seen.rows}
    known = ((truth, rows[truth.number]) for truth in scanned.rows if truth.number in rows)
    return [_example(truth, row, seen) for truth, row in known]


def _example(truth: RowTruth, row: RowSeen, page: PageSeen) -> Example:
    most = max(row.cells, key=_ink)
    plain = truth.plain and truth.kind is not Kind.BLANK
    vote = verdict_of(truth, most.choice) is Verdict.RIGHT
    return Example(features(row, page), vote, plain, verdict_of(truth, judge_row(row).reading))


def features(row: RowSeen, page: PageSeen) -> tuple[float, ...]:
    """All that is kept of a row as numbers: its boxes, that with most ink first, its name, the page."""
    cells = [value for cell in sorted(row.cells, key=_ink, reverse=True) for value in _of_cell(cell)]
    name = (row.name.covered, row.name.length_mm, row.name.gaps, float(row.name.state is not Name.CLEAN))
    return (*cells, *name, float(row.reason is not None), page.dpi or 0.0, page.residual_mm or 0.0)


def _ink(cell: CellSeen) -> float:
    return cell.length_mm * cell.contrast


def _of_cell(cell: CellSeen) -> tuple[float, ...]:
    lengths = (cell.length_mm, cell.extent_mm, cell.piece_mm, cell.width_mm, cell.area_mm2)
    shares = (cell.filled, cell.contrast, cell.whole)
    return (
        *lengths,
        *shares,
        float(cell.mark is Mark.MARKED),
        float(cell.mark is Mark.UNSURE),
        float(cell.scribbled),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.learned", description="Rules or a classifier?")
    parser.add_argument("--setting", choices=tuple(SETTINGS), default="hostile")
    parser.add_argument(
        "--pages", type=int, default=700, help="pages to learn from, and as many to compare on"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--strokes", type=Path, default=SELECTION)
    return parser


if __name__ == "__main__":
    sys.exit(main())
