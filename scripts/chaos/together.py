"""Four processes at once into one election: different files, the same file, and four scanners' folders."""

from __future__ import annotations

import shutil
from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING, Final

import pypdfium2

from omr.scan import Processes, scan
from scripts.chaos.day import facts_of, judge, paged_day
from scripts.chaos.finding import Finding
from scripts.chaos.processes import finish, start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from scripts.chaos.day import Day, Facts

#: Sides of one ballot of the second sample: three pages and an empty back.
SIDES: Final = 4
SCANNERS: Final = 4

#: Seconds without a file after which `omr scan --watch` ends: longer than a file must be quiet.
IDLE: Final = 12

#: Seconds between one sheet and the next in each folder: the sheet before has been taken by then.
APART: Final = 6


def scan_together(times: int, dice: Random, scratch: Path) -> list[Finding]:
    """Scans of one ballot each, all at once, and all of the same; so many times."""
    day = paged_day(scratch / "day")
    files = split(day.scans[0], scratch / "files")
    found = [Finding("4 scans at once, different files"), Finding("4 scans at once, the same file")]
    for _time in range(times):
        dice.shuffle(files)
        found[0] += _at_once(found[0].fault, day, [[each] for each in files], scratch)
        found[1] += _at_once(found[1].fault, day, [[files[0]]] * SCANNERS, scratch)
    return found


def split(pdf: Path, folder: Path) -> list[Path]:
    """One PDF a ballot, of the first four."""
    return _cut(pdf, folder, "ballot", SIDES, SCANNERS)


def _cut(pdf: Path, folder: Path, stem: str, pages: int, number: int) -> list[Path]:
    """The first pages of a PDF as files of their own, so many in each."""
    folder.mkdir()
    whole = pypdfium2.PdfDocument(pdf)
    files = [folder / f"{stem}-{at + 1}.pdf" for at in range(number)]
    for at, path in enumerate(files):
        one = pypdfium2.PdfDocument.new()
        one.import_pages(whole, list(range(pages * at, pages * (at + 1))))
        one.save(path)
        one.close()
    whole.close()
    return files


def watch_together(dice: Random, scratch: Path) -> Finding:
    """Four scanners' folders watched at once; each side comes as a file of its own, to all four in turn."""
    fault = "4 watched folders at once"
    day = paged_day(scratch / "watched-day")
    files = split(day.scans[0], scratch / "watched-files")
    sides = [_cut(each, scratch / f"sides-{at}", each.stem, 1, SIDES) for at, each in enumerate(files)]
    inboxes = [scratch / f"inbox-{at}" for at in range(SCANNERS)]
    expected = one_after_the_other(day, sides, scratch)
    folder = day.fresh(scratch / "watched")
    for inbox in inboxes:
        inbox.mkdir()
    started = [
        start("scan", folder.root, each, "--jobs", "1", "--watch", "--idle", str(IDLE)) for each in inboxes
    ]
    for side in range(SIDES):
        for at in dice.sample(range(SCANNERS), SCANNERS):
            shutil.copyfile(sides[at][side], inboxes[at] / sides[at][side].name)
        sleep(APART)
    notes = _ended(started)
    one = judge(fault, expected, folder, replace(day, scans=()), SCANNERS)
    return replace(one, notes=(*one.notes, *notes)).judged()


def _at_once(fault: str, day: Day, lists: Sequence[Sequence[Path]], scratch: Path) -> Finding:
    expected = one_after_the_other(day, lists, scratch)
    folder = day.fresh(scratch / "box")
    started = [start("scan", folder.root, *files, "--jobs", "1") for files in lists]
    notes = _ended(started)
    one = judge(fault, expected, folder, replace(day, scans=_once(lists)), len(lists))
    shutil.rmtree(folder.root)
    return replace(one, notes=(*one.notes, *notes)).judged()


def one_after_the_other(day: Day, lists: Sequence[Sequence[Path]], scratch: Path) -> Facts:
    """What comes out of the same scans in turn, each a run of the scanner of its own."""
    folder = day.fresh(scratch / "in-turn")
    for files in lists:
        scan(folder, files, hands=Processes(2))
    facts = facts_of(folder)
    shutil.rmtree(folder.root)
    return facts


def _once(lists: Sequence[Sequence[Path]]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path for files in lists for path in files))


def _ended(started: Sequence[subprocess.Popen[str]]) -> tuple[str, ...]:
    """What those say that did not end well."""
    done = [finish(each) for each in started]
    return tuple(f"exit code {each.code}: {each.said[-300:]}" for each in done if each.code != 0)
