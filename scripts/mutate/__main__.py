"""The command: its arguments, and what it prints."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from omr.election import Folder
from scripts.mutate.cases import Case, cases_of, make, run, shown, table
from scripts.mutate.readers import READERS, Desk, read
from scripts.mutate.seeds import make_seeds


def main(arguments: list[str]) -> int:
    """Try them; 1 where one crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help=f"some of: {','.join(READERS)}")
    parser.add_argument("--case", type=int, help="this one alone, of the one kind named, with its traceback")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="with --case: write the mutated file here")
    given = parser.parse_args(arguments)
    kinds = given.only.split(",") if given.only else list(READERS)
    with tempfile.TemporaryDirectory(prefix="omr-mutate-") as work:
        root = Path(work)
        if given.case is not None:
            return _one(root, Case(kinds[0], given.seed, given.case), given.keep)
        rows = run(root, cases_of(kinds, given.files, given.seed), given.jobs)
    print(table(rows))
    for row in rows.values():
        print(*shown(row.crashes, most=12), sep="\n")
    return int(any(row.crashed for row in rows.values()))


def _one(root: Path, case: Case, keep: Path | None) -> int:
    make_seeds(root)
    desk = Desk(Folder(root / "election"), root / "work")
    desk.work.mkdir()
    data = make(case, desk)
    if keep:
        keep.write_bytes(data)
    print("read" if read(case.kind, data, desk) else "refused")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
