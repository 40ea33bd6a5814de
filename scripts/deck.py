"""The test deck: every row × every box × every kind of mark once, and ballots all blank and all marked.

    python -m scripts.deck [--people 1,3,11,17,40,120] [--layouts phu_luc_04,bo_phieu] [--setting office]
                           [--short] [--out FOLDER] [--seed 1]

Prints, marks, scans and reads them, and prints a table of what was read. Exit code 1 if a row was read
silently wrong. `--out` keeps the scans of pages with such a row.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scripts.simulate import (
    SETTINGS,
    Kind,
    PagePlan,
    Part,
    RowPlan,
    ScannedPage,
    Setting,
    Strokes,
    any_hand,
    load_strokes,
    scan_of,
)
from scripts.simulate.kinds import UNMARKED
from scripts.simulate.strokes import SELECTION
from scripts.tables import by_kind
from scripts.trial import Ballot, RowResult, Verdict, ballot_of, read_scan

#: Issue 3, "The test deck".
PEOPLE = (1, 3, 11, 17, 40, 120)
LAYOUTS = ("phu_luc_04", "bo_phieu")

#: In the short form every so many-th ballot, with those that are all blank and all marked: with 11 people all
#: kinds still stand in several rows and boxes.
SHORT = 8


@dataclass(frozen=True, slots=True)
class Card:
    """One ballot of the deck: what is to be done to each row, by number."""

    rows: tuple[RowPlan, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the deck as the command line says."""
    asked = _parser().parse_args(arguments)
    strokes = load_strokes(asked.strokes).only(Part.MEASURING)
    results: list[RowResult] = []
    for spec in asked.layouts.split(","):
        for people in asked.people.split(","):
            ballot = ballot_of(int(people), spec)
            results += run(ballot, strokes, SETTINGS[asked.setting], asked)
            print(f"{spec}, {people} people: {len(results)} rows so far", file=sys.stderr)
    print(by_kind(results))
    return 1 if any(result.verdict is Verdict.WRONG for result in results) else 0


def run(ballot: Ballot, strokes: Strokes, setting: Setting, asked: argparse.Namespace) -> list[RowResult]:
    """Mark, scan and read the whole deck of one ballot, or of the short form every SHORT-th."""
    results: list[RowResult] = []
    for scanned in scans(ballot, strokes, setting, asked.seed, step=SHORT if asked.short else 1):
        rows = read_scan(scanned, ballot).rows
        results += rows
        if asked.out and any(row.verdict is Verdict.WRONG for row in rows):
            asked.out.mkdir(parents=True, exist_ok=True)
            numbers = "-".join(str(row.truth.number) for row in rows if row.verdict is Verdict.WRONG)
            (asked.out / f"{ballot.layout.spec}-{len(results):06d}-row-{numbers}.jpg").write_bytes(
                scanned.jpeg()
            )
    return results


def scans(  # noqa: PLR0913 - all that a deck depends on
    ballot: Ballot, strokes: Strokes, setting: Setting, seed: int, step: int = 1, *, one_page: bool = False
) -> Iterator[ScannedPage]:
    """The scanned pages of the cards of every `step`-th; each card is of another hand.

    `one_page`: of every card one page, the first of the first, the second of the second and so on.
    """
    choices = tuple(choice.id for choice in ballot.layout.choices)
    numbers = tuple(row.number for page in ballot.layout.pages for row in page.rows)
    cards = tuple(deck(numbers, choices))
    for at, index in enumerate(chosen(len(cards), len(choices), step, len(numbers))):
        rng = np.random.default_rng((seed, len(numbers), index))
        hand = any_hand(strokes, rng)
        pages = ballot.layout.pages
        for page in (pages[at % len(pages)],) if one_page else pages:
            on_page = {row.number for row in page.rows}
            plan = PagePlan(tuple(row for row in cards[index].rows if row.number in on_page))
            yield scan_of(page, ballot.images[page.page], plan, hand, setting, rng)


def chosen(cards: int, choices: int, step: int, people: int) -> list[int]:
    """Which cards of a deck every `step`-th is: always one all blank and one all marked.

    With which it begins, and the box that is marked, differ from list to list.

    >>> chosen(100, 3, 40, 11), chosen(100, 3, 40, 42)
    ([11, 51, 91, 96, 99], [2, 42, 82, 96, 97])
    >>> len(chosen(100, 3, 1, 11))
    100
    """
    blank = cards - 1 - choices
    return sorted({*range(people % step, cards, step), blank, blank + 1 + people % choices})


def deck(numbers: Sequence[int], choices: Sequence[str]) -> Iterator[Card]:
    """The cards: neighbouring rows have other kinds and other boxes, so that nothing is read by habit.

    >>> cards = list(deck((1, 2), ("high", "low")))
    >>> len({(row.number, row.kind, row.choice) for card in cards for row in card.rows if row.choice})
    120
    """
    kinds = tuple(Kind)
    for shift in range(len(kinds)):
        for turn in range(len(choices)):
            yield Card(
                tuple(
                    _planned(
                        number,
                        kinds[(shift + 5 * place) % len(kinds)],
                        choices[(turn + place) % len(choices)],
                    )
                    for place, number in enumerate(numbers)
                )
            )
    yield Card(tuple(RowPlan(number, Kind.BLANK) for number in numbers))
    for choice in choices:
        yield Card(tuple(RowPlan(number, Kind.PLAIN_X, choice) for number in numbers))


def _planned(number: int, kind: Kind, choice: str) -> RowPlan:
    return RowPlan(number, kind, None if kind in UNMARKED else choice)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.deck", description="Run the test deck.")
    parser.add_argument("--people", default=",".join(map(str, PEOPLE)), help="row counts")
    parser.add_argument("--layouts", default=",".join(LAYOUTS))
    parser.add_argument("--setting", choices=tuple(SETTINGS), default="office")
    parser.add_argument(
        "--strokes", type=Path, default=SELECTION, help="stroke file; only the measuring half is used"
    )
    parser.add_argument("--short", action="store_true", help=f"only every {SHORT}th ballot")
    parser.add_argument("--out", type=Path, help="folder for scans with a row that was read silently wrong")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
