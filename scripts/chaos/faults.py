"""The faults by name, and how many of each there are in a long and in a quick run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.chaos.day import paged_day, small_day
from scripts.chaos.finding import Finding
from scripts.chaos.full_disk import ROOM, can_mount, fill_disk
from scripts.chaos.inbox import hang, kill_while_growing
from scripts.chaos.kill_scan import Target, kill_scans
from scripts.chaos.kill_serve import kill_server
from scripts.chaos.power import can_trace, fail_power
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
        moments: at which the power fails, of a scan and of a server.
        servers: servers killed.
        inboxes: times that a file grows in a watched folder while the program is killed.
        crowds: times that four scan at once.
        watched: whether four folders are watched at once, which takes a minute.
    """

    scans: int
    rooms: tuple[int, ...]
    moments: int
    servers: int
    inboxes: int
    crowds: int
    watched: bool


Long: Final = Sizes(scans=200, rooms=ROOM, moments=30, servers=100, inboxes=6, crowds=6, watched=True)
Quick: Final = Sizes(scans=3, rooms=(40,), moments=3, servers=2, inboxes=0, crowds=1, watched=False)


def scan_killed(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """SIGKILL of `omr scan`: all of it, its parent, one of its workers."""
    day = small_day(scratch / "day")
    part = max(1, sizes.scans // 4)
    kills = {Target.GROUP: sizes.scans, Target.PARENT: part, Target.WORKER: part}
    return kill_scans(day, kills, dice, scratch)


def server_killed(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """SIGKILL of `omr serve` during uploads and decisions."""
    return [kill_server(small_day(scratch / "day"), sizes.servers, dice, scratch)]


def disk_full(scratch: Path, _dice: Random, sizes: Sizes) -> list[Finding]:
    """A full disk at every stage."""
    if not can_mount(scratch):
        return [Finding("disk full", notes=("a small file system cannot be mounted here: run it as root",))]
    return fill_disk(small_day(scratch / "day"), sizes.rooms, scratch)


def power_fails(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """The power fails."""
    if not can_trace():
        return [Finding("power fails", notes=("strace is not here, or may not watch: install strace",))]
    return fail_power(small_day(scratch / "day"), sizes.moments, dice, scratch)


def watched(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """A file that grows while the program is killed, and a worker that hangs."""
    found = [hang(small_day(scratch / "day"), scratch)]
    if sizes.inboxes:
        found.append(kill_while_growing(paged_day(scratch / "paged"), sizes.inboxes, dice, scratch))
    return found


def several(scratch: Path, dice: Random, sizes: Sizes) -> list[Finding]:
    """Four scanners at once."""
    found = scan_together(sizes.crowds, dice, scratch)
    return [*found, watch_together(dice, scratch)] if sizes.watched else found


FAULTS: Final[Mapping[str, Callable[[Path, Random, Sizes], list[Finding]]]] = {
    "scan": scan_killed,
    "serve": server_killed,
    "full": disk_full,
    "power": power_fails,
    "watch": watched,
    "several": several,
}
