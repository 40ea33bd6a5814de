"""The faults by name, and how many of each there are in a long and in a quick run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.chaos.day import small_day
from scripts.chaos.kill_scan import Target, kill_scans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from random import Random

    from scripts.chaos.finding import Finding


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many faults of a kind.

    Attributes:
        scans: scans killed whole; parents and workers alone a quarter of that each.
    """

    scans: int


Long: Final = Sizes(scans=200)
Quick: Final = Sizes(scans=4)


def scan_killed(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """SIGKILL of `omr scan`: all of it, its parent, one of its workers."""
    day = small_day(scratch / "day")
    part = max(1, sizes.scans // 4)
    kills = {Target.GROUP: sizes.scans, Target.PARENT: part, Target.WORKER: part}
    return [kill_scans(day, target, most, dice, scratch) for target, most in kills.items()]


FAULTS: Final[Mapping[str, Callable[[Path, Random, Sizes], list[Finding]]]] = {
    "scan": scan_killed,
}
