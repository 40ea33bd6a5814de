"""A disk that fills up: every command on a small file system without room, and once more with room."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from omr.closing import close, digest, standing_closing
from omr.counting import count_folder
from omr.election import Folder
from omr.errors import OmrError
from omr.export import as_json
from omr.files import disk_full, is_disk_full
from omr.review import resolve
from omr.scan import scan
from omr.store import Store
from scripts.chaos.browser import MEMBERS, Browser, enter_members, is_done, serve
from scripts.chaos.day import COPIES, facts_of, half_files, judge
from scripts.chaos.finding import Finding
from scripts.chaos.processes import Done, kill_group, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import httpx

    from scripts.chaos.day import Day, Facts

#: Size of the small file system, MiB: an election of a few pages, three times over.
SIZE: Final = 48

#: Room that is left, KiB: none; what the ledger's index takes; a page's picture or two.
ROOM: Final = (0, 40, 400)

#: What a person is told.
CLEAR: Final = re.compile(r"disk is full|No space left on device")

#: What nobody should be told: that the program is at fault.
UNCLEAR: Final = re.compile(r"Traceback|this is a bug|Internal Server Error", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stage:
    """One command of the day.

    Attributes:
        name: of the command.
        arguments: of it, for an election's folder.
        begins: what must have been done before.
    """

    name: str
    arguments: Callable[[Folder], Sequence[str | Path]]
    begins: Callable[[Folder], None]


def can_mount(scratch: Path) -> bool:
    """Whether this process may mount a file system."""
    try:
        with small_disk(scratch / "try", 1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def small_disk(place: Path, mebibytes: int = SIZE) -> Iterator[Path]:
    """A small file system in memory, for a while."""
    place.mkdir(exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={mebibytes}m", "omr-chaos", str(place)]
    subprocess.run(["mount", *options], check=True, stderr=subprocess.DEVNULL)  # noqa: S603, S607 - the system's
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)  # noqa: S603, S607 - the system's own


@contextmanager
def nearly_full(disk: Path, room: int) -> Iterator[None]:
    """Leave so many KiB free, for a while."""
    ballast = disk / "ballast"
    about = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, about.f_bavail * about.f_frsize - 1024 * room))
    try:
        yield
    finally:
        ballast.unlink()


def fill_disk(day: Day, rooms: Sequence[int], scratch: Path) -> list[Finding]:
    """Every stage at every fill."""
    expected = facts_of(_read(day, scratch / "expected"))
    found = [_fill_stage(stage, day, expected, rooms, scratch) for stage in _stages(day)]
    closing = _fill_closing(day, expected, rooms, scratch)
    return [*found, closing, _fill_web(day, expected, rooms, scratch)]


def _read(day: Day, root: Path) -> Folder:
    folder = day.fresh(root)
    scan(folder, day.scans, jobs=2)
    return folder


def _stages(day: Day) -> tuple[Stage, ...]:
    def nothing(_folder: Folder) -> None: ...

    def printed(folder: Folder) -> None:
        shutil.copytree(day.printed, folder.root)

    def read(folder: Folder) -> None:
        _read(day, folder.root)

    def decision(folder: Folder) -> list[str | Path]:
        item = next(each for each in count_folder(folder).now.open_items if each.number is not None)
        where = (folder.root, item.ballot, str(item.number), "blank")
        return ["resolve", *where, "--by", MEMBERS[0][0], "--why", "full"]

    return (
        Stage("init", lambda folder: ["init", folder.root, "--venue", "BCH"], nothing),
        Stage("print", lambda folder: ["print", folder.root, "--copies", str(COPIES)], printed),
        Stage("scan", lambda folder: ["scan", folder.root, *day.scans, "--jobs", "2"], printed),
        Stage("resolve", decision, read),
        Stage(
            "report", lambda folder: ["report", folder.root, "--draft", "--out", folder.root / "out"], read
        ),
        Stage(
            "export",
            lambda folder: ["export", folder.root, "--format", "csv", "--out", folder.root / "votes.csv"],
            read,
        ),
    )


def _fill_stage(stage: Stage, day: Day, expected: Facts, rooms: Sequence[int], scratch: Path) -> Finding:
    found = Finding(f"disk full: omr {stage.name}")
    for room in rooms:
        with small_disk(scratch / "disk") as disk:
            folder = Folder(disk / "election")
            stage.begins(folder)
            arguments = stage.arguments(folder)
            with nearly_full(disk, room):
                full = run(*arguments)
            after = run(*arguments)
            one = _judged(found.fault, stage, day, expected, folder)
        if full.code == 0:
            continue  # that much room is enough: no fault was injected
        notes = (*_unclear(full, room), *_not_done(after, room))
        found += replace(one, notes=(*one.notes, *notes)).judged()
    return found


def _fill_closing(day: Day, expected: Facts, rooms: Sequence[int], scratch: Path) -> Finding:
    """The last signature, and the published file, on the full disk; both again with room, then verified."""
    found = Finding("disk full: closing, omr publish")
    for room in rooms:
        with small_disk(scratch / "disk") as disk:
            folder = _read(day, disk / "election")
            _settle(folder)
            _sign(folder, MEMBERS[0][0])
            publishing = ("publish", folder.root)
            with nearly_full(disk, room):
                notes = list(_signed_or_clear(folder, room))
                full = run(*publishing)
            notes += [] if _is_closed(folder) else list(_signed_or_clear(folder, room, must=True))
            after = (run(*publishing), run("verify", folder.root))
            pages = facts_of(folder).pages
            half = tuple(half_files(folder))
        if full.code == 0:
            continue
        if "not closed" not in full.said:  # what was not signed is rightly not published
            notes += _unclear(full, room)
        notes += [*(note for each in after for note in _not_done(each, room))]
        found += Finding(
            found.fault,
            1,
            pages_lost=(expected.pages - pages).total(),
            half_files=len(half),
            notes=(*notes, *half),
        ).judged()
    return found


def _settle(folder: Folder) -> None:
    """The board decides together all that is open."""
    with Store(folder.database) as store:
        while items := count_folder(folder).now.open_items:
            item = items[0]
            now = count_folder(folder).now
            resolve(store, now, item.ballot, item.number, item.choices[0], by=MEMBERS[0][0], agreed=True)


def _sign(folder: Folder, member: str) -> None:
    """One of two members signs the result."""
    result = as_json(count_folder(folder).result)
    with Store(folder.database) as store:
        close(folder, store, result, member, 2, shown=digest(result))


def _signed_or_clear(folder: Folder, room: int, *, must: bool = False) -> Iterator[str]:
    """The second member signs; what is wrong where that cannot be, in words that are not clear."""
    try:
        _sign(folder, MEMBERS[1][0])
    except (OmrError, OSError) as error:
        if must or not (is_disk_full(error) or error.args == disk_full().args):
            yield f"closing, {room} KiB free: {error}"


def _is_closed(folder: Folder) -> bool:
    with Store(folder.database) as store:
        return standing_closing(store.acts(), 2).closed


def _unclear(full: Done, room: int) -> Iterator[str]:
    last = full.said.strip().splitlines()[-1:] or [""]
    if not full.code or full.code < 0 or not CLEAR.search(full.said) or UNCLEAR.search(full.said):
        yield f"{room} KiB free: exit code {full.code}: {last[0][:300]}"


def _not_done(after: Done, room: int) -> Iterator[str]:
    if after.code != 0:
        yield f"with room again after {room} KiB: exit code {after.code}: {after.said.strip()[-300:]}"


def _judged(fault: str, stage: Stage, day: Day, expected: Facts, folder: Folder) -> Finding:
    """What is there after the same command with room."""
    if stage.name in {"init", "print"}:
        half = tuple(half_files(folder))
        return Finding(fault, 1, half_files=len(half), notes=half)
    if stage.name != "resolve":
        return judge(fault, expected, folder, day)
    with Store(folder.database) as store:
        made = len(store.adjudications())
    half = tuple(half_files(folder))
    lost, doubled = max(0, 1 - made), max(0, made - 1)
    pages = facts_of(folder).pages
    return Finding(
        fault,
        1,
        pages_lost=(expected.pages - pages).total(),
        pages_doubled=(pages - expected.pages).total(),
        decisions_lost=lost,
        decisions_doubled=doubled,
        half_files=len(half),
        notes=half,
    )


def _fill_web(day: Day, expected: Facts, rooms: Sequence[int], scratch: Path) -> Finding:
    """An upload and a decision in the browser on the full disk, and both again with room."""
    found = Finding("disk full: web app")
    for room in rooms:
        with small_disk(scratch / "disk") as disk:
            folder = _read(day, disk / "election")
            enter_members(folder)
            server = serve(folder)
            browser = Browser(server.address, folder.root.name)
            browser.log_in(*MEMBERS[0])
            asked, scans = browser.question(), {"again.jpg": day.scans[0].read_bytes() + b"full"}
            with nearly_full(disk, room):
                full = (browser.decide(asked, "full"), browser.upload(scans))
            after = (browser.decide(browser.question(), "room"), browser.upload(scans))
            browser.close()
            kill_group(server.process)
            server.process.communicate()
            found += _web_judged(found.fault, folder, expected, full, after, room)
    return found


def _web_judged(  # noqa: PLR0913, PLR0917 - what was answered, and what is there
    fault: str,
    folder: Folder,
    expected: Facts,
    full: tuple[httpx.Response, httpx.Response],
    after: tuple[httpx.Response, httpx.Response],
    room: int,
) -> Finding:
    with Store(folder.database) as store:
        whys = [each.why for each in store.adjudications()]
    answered = [is_done(answer) for answer in full]
    notes = [
        f"{room} KiB free: {answer.request.url.path}: {answer.status_code} {_told(answer)[:200]}"
        for answer in full
        if not is_done(answer) and (not CLEAR.search(_told(answer)) or UNCLEAR.search(answer.text))
    ]
    notes += [
        f"with room again: {each.status_code} {_told(each)[:200]}" for each in after if not is_done(each)
    ]
    half = tuple(half_files(folder))
    pages = facts_of(folder).pages
    return Finding(
        fault,
        answered.count(False),
        pages_lost=(expected.pages - pages).total(),
        decisions_lost=int(answered[0]) - whys.count("full") if answered[0] else 0,
        decisions_doubled=len(whys) - len(set(whys)),
        half_files=len(half),
        notes=(*notes, *half),
    ).judged()


def _told(answer: httpx.Response) -> str:
    """The words of an answer's page."""
    text = re.sub(r"<[^>]+>", " ", answer.text)
    return re.sub(r"\s+", " ", text).strip()
