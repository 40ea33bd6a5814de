"""results.csv: one line a person, for spreadsheets and other programs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from omr.words import percent_hundredths

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from omr.tally import Tally


def write_csv(path: Path, result: Tally) -> None:
    """Write the result; UTF-8 with the mark that spreadsheets want, decimal points, counts as they are."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    shares = [f"{choice}_percent" for choice in result.choices]
    table.writerow(
        [
            "number",
            "name",
            "position",
            "collected",
            "valid",
            "invalid",
            "open",
            *result.choices,
            *shares,
            "base",
        ]
    )
    for each in result.people:
        votes = [each.votes[choice] for choice in result.choices]
        table.writerow(
            [
                each.person.number,
                each.person.name,
                each.person.position,
                result.collected,
                each.valid,
                each.invalid,
                each.open,
                *votes,
                *(_percent(result.share(count)) for count in votes),
                result.base,
            ]
        )
    path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")


def _percent(share: Fraction | None) -> str:
    if share is None:
        return ""
    return "{}.{:02d}".format(*divmod(percent_hundredths(share), 100))
