"""A scan with its moving bar, and at its end the reconciliation and what waits for people."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from omr import screen
from omr.counting import count_folder
from omr.editing import refuse_change
from omr.errors import DoesNotAddUp
from omr.flagged import is_flagged
from omr.scan import scan
from omr.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rich.progress import TaskID

    from omr.election import Folder
    from omr.scan import Progress as Step
    from omr.scan import ScanOutcome


def scan_and_show(folder: Folder, paths: Iterable[Path], jobs: int | None = None) -> int:
    """Scan, show how it goes and what came of it; gives the exit code.

    Raises:
        OmrError: the election is not ready, or cannot be written to.
        DoesNotAddUp: more ballots are in than there can be.
    """
    outcome = scan_with_bar(folder, paths, jobs)
    counted = count_folder(folder)
    screen.show_status(screen.out(), counted)
    if not counted.result.adds_up:
        raise DoesNotAddUp(
            _("the numbers do not add up: {reasons}").format(reasons="; ".join(counted.result.failed)),
            _("check the numbers in election.toml and recount the box"),
        )
    return outcome.exit_code


def scan_with_bar(folder: Folder, paths: Iterable[Path], jobs: int | None = None) -> ScanOutcome:
    """Scan with a moving bar; name the files and pages that could not be read."""
    refuse_change(folder)
    with _bar() as bar:
        task = bar.add_task(_("reading"), total=None, flagged="", speed="")
        outcome = scan(folder, paths, jobs=jobs, progress=_follow(bar, task))
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
            speed=_("{pace:.1f} pages/s").format(pace=pace),
            flagged=ngettext("{n} page flagged", "{n} pages flagged", flagged).format(n=flagged),
        )

    return follow
