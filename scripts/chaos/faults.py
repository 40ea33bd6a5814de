"""The faults by name, and how many of each there are in a long and in a quick run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.chaos.day import small_day
from scripts.chaos.finding import Finding
from scripts.chaos.full_disk import ROOM, can_mount, fill_disk
from scripts.chaos.kill_scan import Target, kill_scans
from scripts.chaos.kill_serve import kill_server
from scripts.chaos.together import scan_together, watch_together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from random import Random


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many faults of a kind.

    Attributes:
        scans: scans killed whole; parents and workers alone a quarter of that each.
        rooms: KiB that are left on a full disk, one after the other.
        servers: servers killed.
        crowds: times that four scan at once.
        watched: whether four folders are watched at once, which takes a minute.
    """

    scans: int
    rooms: tuple[int, ...]
    servers: int
    crowds: int
    watched: bool


Long: Final = Sizes(scans=200, rooms=ROOM, servers=100, crowds=20, watched=True)
Quick: Final = Sizes(scans=4, rooms=(0, 120), servers=3, crowds=1, watched=False)


def scan_killed(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """SIGKILL of `omr scan`: all of it, its parent, one of its workers."""
    day = small_day(scratch / "day")
    part = max(1, sizes.scans // 4)
    kills = {Target.GROUP: sizes.scans, Target.PARENT: part, Target.WORKER: part}
    return [kill_scans(day, target, most, dice, scratch) for target, most in kills.items()]


def server_killed(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """SIGKILL of `omr serve` during uploads and decisions."""
    return [kill_server(small_day(scratch / "day"), sizes.servers, dice, scratch)]


def disk_full(scratch: Path, _dice: Random, sizes: Sizes) -> list[Finding]:
    """A full disk at every stage."""
    if not can_mount(scratch):
        return [Finding("disk full", notes=("a small file system cannot be mounted here: run it as root",))]
    return fill_disk(small_day(scratch / "day"), sizes.rooms, scratch)


def several(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """Four scanners at once."""
    found = scan_together(sizes.crowds, dice, scratch)
    return [*found, watch_together(dice, scratch)] if sizes.watched else found


FAULTS: Final[Mapping[str, Callable[[Path, Random, Sizes], list[Finding]]]] = {
    "scan": scan_killed,
    "serve": server_killed,
    "full": disk_full,
    "several": several,
}
