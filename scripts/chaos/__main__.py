"""All faults, and the table of what they cost.

    python -m scripts.chaos [--quick] [--seed S] [--only NAME]

Exit code 1 where anything was lost, doubled, halved or came out different.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from scripts.chaos.faults import FAULTS, Long, Quick
from scripts.chaos.finding import as_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.chaos.finding import Finding


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the faults asked for, print the table, and say whether all is as it must be."""
    asked = _parser().parse_args(arguments)
    found: list[Finding] = []
    for name in asked.only or FAULTS:
        began = monotonic()
        with tempfile.TemporaryDirectory(prefix="omr-chaos-") as scratch:
            lines = FAULTS[name](Path(scratch), Random(asked.seed), Quick if asked.quick else Long)
        found += lines
        print(f"{name}: {monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        for each in lines:
            for note in each.notes:
                print(f"  {each.fault}: {note}", file=sys.stderr, flush=True)
    print(as_table(found))
    return 0 if all(each.is_good for each in found) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few faults of each kind, under two minutes")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and the choices")
    parser.add_argument("--only", action="append", choices=list(FAULTS), help="this fault; may be repeated")
    return parser


if __name__ == "__main__":
    sys.exit(main())
