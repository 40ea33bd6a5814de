"""A scan with its moving bar, and at its end the reconciliation and what waits for people."""

from __future__ import annotations

from collections import Counter
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
from omr.errors import DoesNotAddUp, OmrError, UsageError
from omr.evidence import PageState
from omr.flagged import is_flagged
from omr.reasons import STATE_NAMES, reason_in_words
from omr.scan import open_batch, scan
from omr.watching import arrivals
from omr.words import _, ngettext, number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from rich.progress import TaskID

    from omr.election import Folder
    from omr.questions import Count
    from omr.scan import Hands, ScanOutcome
    from omr.scan import Progress as Step
    from omr.store import Page


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: processes (all processors if None), which count of the box, or on whose machines."""

    jobs: int | None = None
    count: int = 1
    hands: Hands | None = None


def scan_and_show(folder: Folder, paths: Iterable[Path], how: Reading = Reading()) -> int:
    """Scan, show how it goes and what came of it; gives the exit code.

    Raises:
        OmrError: the election is not ready, or cannot be written to; or not one page could be read.
        DoesNotAddUp: more ballots are in than there can be.
    """
    outcome = scan_with_bar(folder, paths, how)
    if outcome.broken and not outcome.stored:
        return outcome.exit_code  # nothing is new: a table after the error would hide it
    _show_sums(folder, how.count, {each.name for each in outcome.sources})
    return outcome.exit_code


def watch_and_show(folder: Folder, paths: Sequence[Path], how: Reading, idle: float | None = None) -> int:
    """Read files as they come into a folder, as one run of the scanner; Ctrl-C ends it.

    Args:
        folder: of the election.
        paths: the folder to be watched, one.
        how: to read.
        idle: end when nothing has come for so many seconds; never if None.

    Raises:
        OmrError: there is no such folder, or the election is not ready; or not one page could be read.
        KeyboardInterrupt: in the middle of reading; while waiting it is the end that was wanted.
    """
    place = _watched(folder, paths)
    bad: frozenset[str] = frozenset()
    taken: set[str] = set()
    batch, reading = None, False
    try:
        screen.err().print(
            _("Waiting for files in {folder}; Ctrl-C ends it.").format(folder=screen.plain(place))
        )
        with closing(arrivals(place, idle=idle)) as coming:
            for files in coming:
                reading = True
                batch = batch or open_batch(folder, how.count)
                outcome = scan_with_bar(folder, files, how, batch=batch, below=place)
                bad = _still_bad(bad, outcome)
                taken |= {each.name for each in outcome.sources}
                reading = False
    except KeyboardInterrupt:
        if reading:
            raise
    _show_sums(folder, how.count, taken)
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


def _show_sums(folder: Folder, count: int, names: Collection[str]) -> None:
    """What came of it; after a second count, what it says of the first. `names`: of the files just read."""
    counted = count_folder(folder)
    if count > 1 and counted.now.comparison is not None:
        show_comparison(screen.out(), counted.now.comparison, counted.result, counted.layout.choices)
    else:
        screen.show_status(screen.out(), counted, folder.root)
    # First: of sheets that could not be read the numbers add up by chance at most.
    _refuse_where_nothing_was_read(folder, counted.now if count == 1 else counted.now.second, names)
    if not counted.result.adds_up:
        raise DoesNotAddUp(
            _("the numbers do not add up: {reasons}").format(reasons="; ".join(counted.result.failed)),
            _("check the numbers in election.toml and recount the box"),
        )


def _refuse_where_nothing_was_read(folder: Folder, now: Count | None, names: Collection[str]) -> None:
    """Flagged ballots are normal; a stack of which not one could be read is another election's, or print's.

    It looks like success in the table: all pages are in, and each waits for people.
    """
    pages = [each.page for each in now.box.pages if each.page.source in names] if now else []
    if not pages or any(page.state is PageState.READ for page in pages):
        return
    why = Counter(_why_not_read(page) for page in pages).most_common(1)[0][0]
    raise OmrError(
        _("none of these pages could be read as a ballot: {count}, mostly because: {reason}").format(
            count=number(len(pages)), reason=why
        ),
        _(
            "see whether they are ballots of this election, and of its last print; "
            "omr look {folder} PAGE shows what was seen on one of them"
        ).format(folder=folder.root),
    )


def _why_not_read(page: Page) -> str:
    """The first thing that was found wrong with it, else what it is."""
    return reason_in_words(page.flags[0].value) if page.flags else _(STATE_NAMES[page.state])


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
