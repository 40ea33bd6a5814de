"""Step 3: files in, pages read, and the sheets reconciled."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from omr.errors import OmrError, UsageError
from omr.files import PART, PRIVATE_FILE, forget_when, private_folder, sync, why
from omr.pages import natural_key
from omr.pages.sources import is_no_scan
from omr.recorded import changes_of
from omr.review import resolve_file
from omr.status import reconcile, status
from omr.web.desk import Desk
from omr.web.entry import TheDesk, TheForm, TheHand, TheMember, go, sitting, text, uploads
from omr.web.render import page
from omr.web.said import joined, sentence
from omr.web.scanner import SHOWN, Running
from omr.words import _, ngettext, number

if TYPE_CHECKING:
    from omr.store import Page, Problem, SetAside

router = APIRouter(prefix="/e/{name}/scan")

#: Bytes copied at once from an upload to the disk.
_CHUNK: Final = 1 << 20


@router.get("")
def show(request: Request, desk: TheDesk) -> Response:
    """What came in, how far the reading is, and the sums."""
    return _page(request, desk)


def _page(request: Request, desk: Desk, fault: str = "", status_code: int = 200) -> Response:
    state: dict[str, Any] | None = None
    unread: tuple[Problem, ...] = ()
    if desk.is_printed:
        counted = desk.counted()
        unread = tuple(each for each in counted.problems if not each.unread)
        issued, edits = counted.election.session.issued, changes_of(desk.folder)
        state = status(counted.now, counted.problems, issued, counted.printed, edits)
    running = desk.scanner.running
    return page(
        request,
        "scan.html",
        desk,
        status=status_code,
        state=state,
        unread=unread,
        set_aside=_spoken_of(desk, unread) if state else {},
        names=desk.scanner.names,
        running=running,
        said=_said(running),
        watched=desk.scanner.watched,
        fault=fault,
        second=_second(desk) if state else None,
        pages=_pages(request, desk) if state else (),
        waits=_waiting_pages(desk) if state else frozenset(),
    )


def _pages(request: Request, desk: Desk) -> tuple[Page, ...]:
    """Pages for members to see where this server has read none itself: after `omr scan`, or a restart."""
    return tuple(each.page for each in desk.count().box.pages[:SHOWN]) if sitting(request, desk) else ()


def _spoken_of(desk: Desk, unread: tuple[Problem, ...]) -> dict[str, SetAside]:
    """What was said of files that could not be read, as far as it still matters."""
    names = {each.name for each in unread}
    return {each.name: each for each in desk.set_aside() if each.stands or each.name in names}


def _second(desk: Desk) -> dict[str, int | None] | None:
    """The sums of the second count; None where the rules ask for none and there is none."""
    now = desk.count()
    if now.second is not None:
        return reconcile(now.second)
    return dict.fromkeys(("pages", "read", "collected"), 0) if now.rules.counts > 1 else None


def _waiting_pages(desk: Desk) -> frozenset[str]:
    """Pages of ballots about which something is still asked."""
    now = desk.count()
    open_ballots = {item.ballot for item in now.open_items}
    return frozenset(page.id for each in now.box.ballots if each.id in open_ballots for page in each.pages)


@router.post("/upload")
def upload(request: Request, desk: TheDesk, hand: TheHand, form: TheForm, name: str) -> Response:
    """One batch: its files in the order that their names say, kept under the hash of their bytes."""
    # Of a whole folder, what is plainly no scan stays out: Thumbs.db would be a file that cannot be read.
    sent = [each for each in uploads(form, "folder") if not is_no_scan(each.filename or "")]
    files = sorted([*uploads(form, "files"), *sent], key=lambda each: natural_key(each.filename or ""))
    try:
        if not files:
            raise UsageError(_("choose the files of scans first"))
        desk.note("upload", hand, str(len(files)))
        kept = [_keep(desk.scanner.incoming, each) for each in files]
        names = [_spoken(each.filename or "") for each in files]
        desk.scanner.add(kept, names, count=2 if text(form, "count") == "2" else 1)
    except OmrError as fault:
        return _page(request, desk, sentence(fault), 422)
    return go(f"/e/{name}/scan")


def _keep(folder: Path, file: UploadFile) -> Path:
    """Write an upload beside, synced, then under its own hash. Raises OmrError."""
    private_folder(folder)
    beside = folder / f"{PART}{token_hex(8)}"
    try:
        digest = _copy(file.file, beside)
        path = folder / digest
        beside.replace(path)
        forget_when(folder)
        sync(folder)
    except OSError as fault:
        raise OmrError(
            _("the file could not be kept: {why}").format(why=why(fault)),
            _("make room on the disk"),
        ) from fault
    finally:
        beside.unlink(missing_ok=True)
    return path


def _copy(source: BinaryIO, path: Path) -> str:
    """Copy to a new private file, without a time, on the disk for good; gives the SHA-256 of its bytes."""
    digest = sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    with os.fdopen(handle, "wb") as out:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        forget_when(path)
        os.fsync(out.fileno())
    return digest.hexdigest()


def _spoken(given: str) -> str:
    """The name by which people know a file, for messages: never a path."""
    return given.replace("\\", "/").rsplit("/", 1)[-1][:120]


@router.post("/stop")
def stop(desk: TheDesk, hand: TheHand, name: str) -> Response:
    """Stop; what was read is kept."""
    desk.note("stop", hand)
    desk.scanner.stop()
    return go(f"/e/{name}/scan")


@router.post("/go-on")
def go_on(desk: TheDesk, hand: TheHand, name: str) -> Response:
    """Read what is left."""
    desk.note("go-on", hand)
    desk.scanner.go_on()
    return go(f"/e/{name}/scan")


@router.post("/watch")
def watch(request: Request, desk: TheDesk, hand: TheHand, form: TheForm, name: str) -> Response:
    """Watch the scanner's own folder; an empty path ends it."""
    folder = text(form, "folder")
    try:
        desk.scanner.watch(folder)
        desk.note("watch" if folder else "unwatch", hand)
    except OmrError as fault:
        return _page(request, desk, sentence(fault), 422)
    return go(f"/e/{name}/scan")


@router.post("/file")
def answer_file(request: Request, desk: TheDesk, member: TheMember, form: TheForm, name: str) -> Response:
    """A member says that a file that could not be read holds no ballot, or takes that back."""
    file, choice = text(form, "file"), text(form, "choice")
    try:
        now = desk.count()
        with desk.store() as store:
            if not store.is_broken(file):
                raise UsageError(_("there is no such file here"), _("load the page again"))
            resolve_file(store, now, file, choice, by=member, why=text(form, "why")[:1000], agreed=False)
    except OmrError as fault:
        return _page(request, desk, sentence(fault), 422)
    return go(f"/e/{name}/scan#unread")


@router.get("/progress")
def progress(request: Request, desk: TheDesk) -> Response:
    """How far the reading is, for the page that shows it; which pages came in is for the board alone."""
    running = desk.scanner.running
    sums = reconcile(desk.count(), desk.election().session.issued)
    thumbs = running.thumbs if sitting(request, desk) else ()
    return JSONResponse(
        {
            "state": running.state,
            "done": running.done,
            "total": running.total,
            "said": _said(running),
            "note": _("reading {done}/{total}").format(done=running.done, total=running.total),
            "thumbs": [
                {"page": each.page, "flagged": each.flagged, "picture": each.has_picture} for each in thumbs
            ],
            "sums": {key: number(value) for key, value in sums.items() if value is not None},
        }
    )


def _said(running: Running) -> str:
    """How far it is, in a sentence."""
    match running.state:
        case "running" | "stopping":
            parts = [
                _("{done} of {total} pages").format(done=number(running.done), total=number(running.total))
            ]
            if running.pace:
                parts.append(_("{pace} pages/s").format(pace=number(round(running.pace, 1))))
            if running.flagged:
                parts.append(
                    ngettext("{n} page flagged", "{n} pages flagged", running.flagged).format(
                        n=running.flagged
                    )
                )
            if running.waiting > 1:
                parts.append(_("batches waiting: {n}").format(n=running.waiting - 1))
            return " · ".join(parts)
        case "stopped":
            return joined(_("stopped; what was read is kept"))
        case "failed":
            return joined(_("the reading broke off; what was read is kept"))
        case _idle if running.total:
            return joined(_("all that was sent has been read"))
        case _idle:
            return joined(_("nothing is being read"))
