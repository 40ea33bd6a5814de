"""How often a hand audit confirms a wrong outcome, and how many ballots it takes if the outcome is right.

    python -m scripts.audit_simulation [--audits 10000] [--seed DIGITS] [--risk 5%]

Every audit is the program's own: the draw from a seed, the rounds, the test, the plan for the next round.
Only the people are simulated: they read every ballot rightly. Four tables: wrong outcomes, one ballot beyond
the line, the worst there are; wrong shares, one ballot beyond what `--within` allows; right outcomes by
margin; whole elections of 20 people. The same arguments give the same numbers. The tables of docs/audit.md
are made without any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from omr.audit.claims import claims_of
from omr.audit.draw import draw
from omr.audit.record import INVALID, Record, Stated, Taken
from omr.audit.state import next_round, person_risk, reported_of
from omr.tally import LOW, Day, Listed, PersonTally, Tally, consequence
from scripts.tables import table, upper_bound

BOXES: Final = (45, 100, 200, 500)
OTHER: Final = "high"

#: How far a share may be off where shares are audited (`--within`).
WITHIN: Final = Fraction(1, 10)

#: Low shares of 20 people as a box may have them: most far below the half, one close to it, one above it.
SESSION: Final = (0, 0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 10, 12, 15, 20, 35, 62)


@dataclass(frozen=True, slots=True)
class Told:
    """How one audit ended: ballots drawn, rounds, people confirmed by the ballots drawn."""

    drawn: int
    rounds: int
    confirmed: tuple[int, ...]


def main(arguments: list[str]) -> int:
    """Print the four tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--audits", type=int, default=10_000)
    parser.add_argument("--seed", default="27182818284590452353")
    parser.add_argument("--risk", default="5%")
    given = parser.parse_args(arguments)
    limit = Fraction(given.risk.removesuffix("%")) / 100
    print(f"Wrong outcomes, risk limit {given.risk}, {given.audits} audits each\n")
    print(_wrong_table(given.audits, given.seed, limit))
    print(f"\nWrong shares, --within {WITHIN * 100} %, {given.audits} audits each\n")
    print(_shares_table(given.audits, given.seed, limit))
    print(f"\nRight outcomes, {given.audits} audits each\n")
    print(_right_table(given.audits, given.seed, limit))
    print(f"\nWhole elections of {len(SESSION)} people, {given.audits // 10} audits each\n")
    print(_session_table(given.audits // 10, given.seed, limit))
    return 0


def _wrong_table(audits: int, seed: str, limit: Fraction) -> str:
    head = ("ballots", "low reported", "low in truth", "confirmed", "share", "95 % bound", "mean drawn")
    return table(head, _wrong_rows(audits, seed, limit))


def _wrong_rows(audits: int, seed: str, limit: Fraction) -> Iterator[tuple[object, ...]]:
    """The result says no consequence, or that of 2/3; the box has one ballot too many, or too few, for it."""
    for box in BOXES:
        half, most = box // 2, -(-2 * box // 3)
        for reported, true in (
            (0, half + 1),
            (box // 10, half + 1),
            (box // 4, half + 1),
            (9 * box // 10, most - 1),
        ):
            told = list(_audits(audits, seed, limit, box, [reported], [true]))
            yield (box, reported, true, *_passed(told))


def _passed(told: Sequence[Told]) -> tuple[object, ...]:
    """How many audits of something wrong confirmed it, and how many ballots they took."""
    audits, passed = len(told), sum(bool(each.confirmed) for each in told)
    mean = sum(each.drawn for each in told) / audits
    return (
        passed,
        f"{100 * passed / audits:.2f} %",
        f"{100 * upper_bound(passed, audits):.2f} %",
        f"{mean:.1f}",
    )


def _shares_table(audits: int, seed: str, limit: Fraction) -> str:
    head = ("ballots", "low reported", "low in truth", "confirmed", "share", "95 % bound", "mean drawn")
    return table(head, _share_rows(audits, seed, limit))


def _share_rows(audits: int, seed: str, limit: Fraction) -> Iterator[tuple[object, ...]]:
    """The person is on the right side of every line; the share is one ballot too far from the reported."""
    for box in BOXES:
        far = box * WITHIN.numerator // WITHIN.denominator
        tenth, quarter = box // 10, box // 4
        for reported, true in ((0, far + 1), (tenth, tenth + far + 1), (quarter, quarter - far - 1)):
            told = list(_audits(audits, seed, limit, box, [reported], [true], WITHIN))
            yield (box, reported, true, *_passed(told))


def _right_table(audits: int, seed: str, limit: Fraction) -> str:
    head = ("ballots", "low", "mean drawn", "9 of 10 at most", "1 round", "count all")
    return table(head, _right_rows(audits, seed, limit))


def _right_rows(audits: int, seed: str, limit: Fraction) -> Iterator[tuple[object, ...]]:
    for box in BOXES:
        for percent in (0, 10, 20, 30, 40, 60, 80, 100):
            low = box * percent // 100
            told = list(_audits(audits, seed, limit, box, [low], [low]))
            drawn = sorted(each.drawn for each in told)
            first = sum(each.rounds == 1 and bool(each.confirmed) for each in told)
            rest = sum(not each.confirmed for each in told)
            yield (
                box, f"{low} ({percent} %)", f"{sum(drawn) / audits:.1f}", drawn[9 * audits // 10],
                f"{100 * first / audits:.0f} %", f"{100 * rest / audits:.0f} %",
            )  # fmt: skip


def _session_table(audits: int, seed: str, limit: Fraction) -> str:
    head = ("ballots", "mean drawn", "mean rounds", "people confirmed", "people counted in full")
    return table(head, _session_rows(audits, seed, limit))


def _session_rows(audits: int, seed: str, limit: Fraction) -> Iterator[tuple[object, ...]]:
    for box in BOXES:
        lows = [box * percent // 100 for percent in SESSION]
        told = list(_audits(audits, seed, limit, box, lows, lows))
        mean, rounds, done = (
            sum(values) / audits
            for values in zip(*((e.drawn, e.rounds, len(e.confirmed)) for e in told), strict=True)
        )
        yield (box, f"{mean:.1f}", f"{rounds:.1f}", f"{done:.1f}", f"{len(lows) - done:.1f}")


def _audits(  # noqa: PLR0913, PLR0917 - how many of what: what is said and what is true
    audits: int,
    seed: str,
    limit: Fraction,
    box: int,
    reported: Sequence[int],
    true: Sequence[int],
    within: Fraction | None = None,
) -> Iterator[Told]:
    """So many audits of a box, each with a seed of its own."""
    begun = _record(limit, box, reported, within)
    for turn in range(audits):
        yield _audit(begun.model_copy(update={"seed": f"{seed}{turn}"}), true)


def _record(limit: Fraction, box: int, lows: Sequence[int], within: Fraction | None) -> Record:
    people = tuple(
        PersonTally(
            Listed(n, str(n), ""), {OTHER: box - low, LOW: low}, 0, {}, 0, consequence=consequence(low, box)
        )
        for n, low in enumerate(lows, start=1)
    )
    result = Tally((OTHER, LOW), people, box, Day(), "collected", (), 0, 0)
    stated = tuple(
        Stated(number=c.number, choice=c.choice, side=c.side, ballots=c.ballots, reported=c.reported)
        for c in claims_of(result, within)
    )
    return Record(
        risk=str(limit), seed="0", box=box, choices=result.choices, claims=stated, began="",
        reported={each.person.number: reported_of(each) for each in people},
    )  # fmt: skip


def _audit(record: Record, lows: Sequence[int]) -> Told:
    """One audit to its end. Ballots lie in the stack at random as to the draw: the first so many are low."""
    while (more := next_round(record)) is not None:
        before = record.rounds[-1].drawn if record.rounds else 0
        places = draw(record.seed, record.box, more.drawn)[before:]
        found = {number: _seen(places, lows[number - 1]) for number in more.people}
        taken = more.model_copy(update={"taken": Taken(found=found, by="", at="")})
        record = record.model_copy(update={"rounds": (*record.rounds, taken)})
    confirmed = tuple(n for n in record.reported if person_risk(record, n) <= record.limit)
    return Told(record.rounds[-1].drawn if record.rounds else 0, len(record.rounds), confirmed)


def _seen(places: Sequence[int], lows: int) -> dict[str, int]:
    low = sum(place <= lows for place in places)
    return {OTHER: len(places) - low, LOW: low, INVALID: 0}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
