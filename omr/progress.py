"""A scan with its moving bar, and at its end the reconciliation and what waits for people."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from omr import screen
from omr.compared import show_comparison
from omr.counting import count_folder
from omr.editing import refuse_change
from omr.election import refuse_no_election
from omr.errors import DoesNotAddUp, UsageError
from omr.flagged import is_flagged
from omr.scan import open_batch, scan
from omr.watching import arrivals
from omr.words import _, ngettext, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from rich.progress import TaskID

    from omr.election import Folder
    from omr.scan import Hands, ScanOutcome
    from omr.scan import Progress as Step


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: processes (all processors if None), which count of the box, or on whose machines."""

    jobs: int | None = None
    count: int = 1
    hands: Hands | None = None


def scan_and_show(folder: Folder, paths: Iterable[Path], how: Reading = Reading()) -> int:
    """Scan, show how it goes and what came of it; gives the exit code.

    Raises:
        OmrError: the election is not ready, or cannot be written to.
        DoesNotAddUp: more ballots are in than there can be.
    """
    outcome = scan_with_bar(folder, paths, how)
    _show_sums(folder, how.count)
    return outcome.exit_code


def watch_and_show(folder: Folder, paths: Sequence[Path], how: Reading, idle: float | None = None) -> int:
    """Read files as they come into a folder, as one run of the scanner; Ctrl-C ends it.

    Args:
        folder: of the election.
        paths: the folder to be watched, one.
        how: to read.
        idle: end when nothing has come for so many seconds; never if None.

    Raises:
        OmrError: there is no such folder, or the election is not ready.
        KeyboardInterrupt: in the middle of reading; while waiting it is the end that was wanted.
    """
    place = _watched(folder, paths)
    bad: frozenset[str] = frozenset()
    batch, reading = None, False
    try:
        screen.err().print(
            _("Waiting for files in {folder}; Ctrl-C ends it.").format(folder=screen.plain(place))
        )
        with closing(arrivals(place, idle=idle)) as coming:
            for files in coming:
                reading = True
                batch = batch or open_batch(folder, how.count)
                bad = _still_bad(bad, scan_with_bar(folder, files, how, batch=batch, below=place))
                reading = False
    except KeyboardInterrupt:
        if reading:
            raise
    _show_sums(folder, how.count)
    return 1 if bad else 0


def _still_bad(before: frozenset[str], outcome: ScanOutcome) -> frozenset[str]:
    """Files that could not be read; one that was taken half written may have been read whole since."""
    read = {each.name for each in outcome.sources}
    broken = {each.name for each in outcome.broken}
    return (before - read) | broken | {name for name, _page, _why in outcome.failed}


def _watched(folder: Folder, paths: Sequence[Path]) -> Path:
    if len(paths) != 1 or not paths[0].is_dir():
        raise UsageError(_("--watch needs one folder"), _("give the folder that the scanner writes to"))
    place, root = paths[0].resolve(), folder.root.resolve()
    if root in {place, *place.parents} or place in root.parents:
        raise UsageError(
            _("the scanner's folder and the election's must lie apart, not one in the other"),
            _("choose another"),
        )
    refuse_no_election(folder)  # now, not when the first file comes
    refuse_change(folder)
    return place


def _show_sums(folder: Folder, count: int) -> None:
    """What came of it; after a second count, what it says of the first."""
    counted = count_folder(folder)
    if count > 1 and counted.now.comparison is not None:
        show_comparison(screen.out(), counted.now.comparison, counted.result, counted.layout.choices)
    else:
        screen.show_status(screen.out(), counted)
    if not counted.result.adds_up:
        raise DoesNotAddUp(
            _("the numbers do not add up: {reasons}").format(reasons="; ".join(counted.result.failed)),
            _("check the numbers in election.toml and recount the box"),
        )


def scan_with_bar(
    folder: Folder,
    paths: Iterable[Path],
    how: Reading = Reading(),
    *,
    batch: int | None = None,
    below: Path | None = None,
) -> ScanOutcome:
    """Scan with a moving bar; name what could not be read. `batch` and `below` are as in `scan`."""
    refuse_no_election(folder)  # without a bar that never moves
    refuse_change(folder)
    with _bar() as bar:
        task = bar.add_task(_("reading"), total=None, flagged="", speed="")
        outcome = scan(
            folder,
            paths,
            jobs=how.jobs,
            count=how.count,
            hands=how.hands,
            progress=_follow(bar, task),
            batch=batch,
            below=below,
        )
    screen.show_outcome(outcome)
    return outcome


def _bar() -> Progress:
    """A bar that moves by page; only this process moves it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TextColumn("[yellow]{task.fields[flagged]}[/]"),
        TimeRemainingColumn(),
        console=screen.err(),
    )


def _follow(bar: Progress, task: TaskID) -> Callable[[Step], None]:
    """Move the bar by what was stored: pages, pages a second, and how many of them are flagged."""
    start, flagged = monotonic(), 0

    def follow(step: Step) -> None:
        nonlocal flagged
        flagged += sum(map(is_flagged, step.pages))
        pace = step.done / max(monotonic() - start, 0.001)
        bar.update(
            task,
            total=step.total,
            completed=step.done,
            speed=_("{pace} pages/s").format(pace=number(round(pace, 1))),
            flagged=ngettext("{n} page flagged", "{n} pages flagged", flagged).format(n=flagged),
        )

    return follow
