"""Step 1: what stands on the ballot, who is on it, the numbers of the day; the ballot as it will print."""

from __future__ import annotations

import io
import secrets
import threading
from collections import OrderedDict
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from omr.closing import unlock
from omr.editing import FieldsError, change_people, change_settings, changed, is_locked
from omr.election import Election, load_election, load_key, load_settings, people_of
from omr.errors import OmrError
from omr.intake import doubts
from omr.printed import prints
from omr.printing import draw_pages
from omr.roster import Entry, read_roster
from omr.venues import VENUES
from omr.web.desk import Desk
from omr.web.entry import NotFoundError, TheDesk, TheForm, TheHand, TheMember, go, text
from omr.web.render import page
from omr.web.routes import home
from omr.words import _, later

router = APIRouter(prefix="/e/{name}")

#: Fields that stand on the ballot: key, label, kind.
WORDS: Final = (
    ("agency", later("Agency, unit"), "text"),
    ("superior", later("Agency above it (may stay empty)"), "text"),
    ("meeting", later("Name of the session"), "text"),
    ("place", later("Place name before the date"), "text"),
    ("date", later("Day of the vote"), "day"),
    ("year", later("Year"), "number"),
    ("voters", later("(1) Who votes"), "text"),
    ("subjects", later("(2) Whose confidence is voted on"), "text"),
    ("basis", later("The paragraph above the table"), "long"),
)

#: Fields of the day that are entered late and stand in the report only.
DAY: Final = (
    ("session.summoned", later("Delegates summoned"), "number"),
    ("session.present", later("Present at the session"), "number"),
    ("session.absent", later("Absent until before the vote"), "number"),
    ("session.present_at_vote", later("Present at the time of the vote"), "number"),
    ("session.issued", later("Ballots handed out"), "number"),
    ("session.begins", later("Count begins at (8:30)"), "text"),
    ("session.ends", later("Count ends at"), "text"),
    ("session.counted_at", later("Place of the count"), "text"),
    ("session.assigned_by", later("Task given by"), "text"),
    ("session.head", later("Head of the counting board"), "text"),
)

#: Previews of unsaved words that are kept for the page that asked for them.
_KEPT: Final = 12
_previews: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()
_previews_lock = threading.Lock()


@router.get("/")
def begin(desk: TheDesk, name: str) -> Response:
    """Where the day is: a page opened anew comes back to the step at hand."""
    if not desk.is_printed:
        return go(f"/e/{name}/prepare")
    count = desk.count()
    if not count.box.pages:
        return go(f"/e/{name}/scan")
    return go(f"/e/{name}/review" if count.open_items else f"/e/{name}/result")


@router.get("/prepare")
def show(request: Request, desk: TheDesk) -> Response:
    """The forms as they are saved."""
    return _page(request, desk)


def _page(  # noqa: PLR0913, PLR0917 - what was typed and what is wrong with it
    request: Request,
    desk: Desk,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    listed: str | None = None,
    status: int = 200,
) -> Response:
    settings = load_settings(desk.folder.election_toml)
    entries = read_roster(desk.folder.people_csv)
    saved = {key: _shown(settings, key) for key, _label, _kind in (*WORDS, *DAY)}
    wrong, pages = faults or {}, 0
    try:
        pages = len(_preview(desk, load_election(desk.folder)))
    except OmrError as fault:
        wrong = {"list": fault.message} | wrong
    return page(
        request,
        "prepare.html",
        desk,
        status=status,
        words=WORDS,
        day_fields=DAY,
        values=saved | (typed or {}),
        faults=wrong,
        entries=entries,
        listed=_as_pasted(entries) if listed is None else listed,
        doubts=doubts(entries, settings.year),
        venues=VENUES,
        locked=is_locked(desk.folder),
        prints=prints(desk.folder),
        preview=[f"/e/{request.path_params['name']}/preview/{n}.png" for n in range(1, pages + 1)],
    )


def _shown(settings: object, key: str) -> str:
    value = settings
    for part in key.split("."):
        value = getattr(value, part)
    if hasattr(value, "strftime"):
        return f"{value:%d/%m/%Y}" if key == "date" else f"{value:%H:%M}"
    return "" if value is None else str(value)


def _as_pasted(entries: tuple[Entry, ...]) -> str:
    """The list as it would be pasted back."""
    rows = ((str(e.number or ""), e.name, e.position, ";".join(e.venues), e.note) for e in entries)
    return "\n".join("\t".join(row).rstrip() for row in rows)


@router.post("/prepare/words")
def save_words(request: Request, desk: TheDesk, hand: TheHand, form: TheForm, name: str) -> Response:
    """What stands on the ballot."""
    return _save(request, desk, hand, form, f"/e/{name}/prepare", tuple(key for key, _l, _k in WORDS))


@router.post("/prepare/day")
def save_day(request: Request, desk: TheDesk, hand: TheHand, form: TheForm, name: str) -> Response:
    """The numbers of the day."""
    return _save(request, desk, hand, form, f"/e/{name}/prepare#day", tuple(key for key, _l, _k in DAY))


def _save(  # noqa: PLR0913, PLR0917 - who saves what, and where they go on
    request: Request, desk: Desk, hand: str, form: TheForm, after: str, keys: tuple[str, ...]
) -> Response:
    typed = {key: text(form, key) for key in keys if key in form}
    try:
        change_settings(desk.folder, typed)
    except FieldsError as fault:
        return _page(request, desk, typed, fault.faults, status=422)
    except OmrError as fault:
        return _page(request, desk, typed, {keys[0]: f"{fault.message}: {fault.advice}"}, status=409)
    desk.note("words" if keys[0] == WORDS[0][0] else "day", hand)
    return go(after)


@router.post("/prepare/people")
def save_people(request: Request, desk: TheDesk, hand: TheHand, form: TheForm, name: str) -> Response:
    """Who is on the ballot."""
    try:
        change_people(desk.folder, home.people_of(form), text(form, "venue"))
    except OmrError as fault:
        wrong = {"list": f"{fault.message}: {fault.advice}" if fault.advice else fault.message}
        return _page(request, desk, faults=wrong, listed=text(form, "list"), status=422)
    desk.note("people", hand)
    return go(f"/e/{name}/prepare#list")


@router.post("/prepare/unlock")
def allow_changes(desk: TheDesk, form: TheForm, member: TheMember, name: str) -> Response:
    """On purpose, by name and with a reason: ballots printed before will not be read."""
    with desk.store() as store:
        unlock(store, member, text(form, "why"), len(prints(desk.folder)))
    return go(f"/e/{name}/prepare")


@router.get("/preview/{number}.png")
def preview(desk: TheDesk, number: int) -> Response:
    """One page of the ballot as it is saved."""
    return _png(_preview(desk, load_election(desk.folder)), number)


@router.post("/preview")
def preview_unsaved(desk: TheDesk, form: TheForm, name: str) -> Response:
    """The ballot with what is typed: addresses of its pages, or what is wrong at which field."""
    typed = {key: text(form, key) for key, _label, _kind in WORDS if key in form}
    try:
        settings = changed(load_settings(desk.folder.election_toml), typed)
        people = people_of(home.people_of(form), "") if "list" in form else desk.election().people
        pages = _draw(desk, Election(**dict(settings), people=people))
    except FieldsError as fault:
        return JSONResponse({"faults": fault.faults})
    except OmrError as fault:
        return JSONResponse({"faults": {"list": fault.message}})
    token = secrets.token_urlsafe(8)
    with _previews_lock:
        _previews[token] = pages
        while len(_previews) > _KEPT:
            _previews.popitem(last=False)
    return JSONResponse(
        {"faults": {}, "pages": [f"/e/{name}/preview/{token}/{n}.png" for n in range(1, len(pages) + 1)]}
    )


@router.get("/preview/{token}/{number}.png")
def preview_typed(token: str, number: int) -> Response:
    """One page of the ballot as it was typed a moment ago."""
    with _previews_lock:
        pages = _previews.get(token, ())
    return _png(pages, number)


def _preview(desk: Desk, election: Election) -> tuple[bytes, ...]:
    """The pages as saved; drawn once for the same words."""
    key = f"{desk.folder.root}:{hash(election)}"
    with _previews_lock:
        known = _previews.get(key)
    if known is None:
        known = _draw(desk, election)
        with _previews_lock:
            _previews[key] = known
    return known


def _draw(desk: Desk, election: Election) -> tuple[bytes, ...]:
    found = []
    for picture in draw_pages(election, load_key(desk.folder)):
        out = io.BytesIO()
        picture.save(out, "PNG")
        found.append(out.getvalue())
    return tuple(found)


def _png(pages: tuple[bytes, ...], number: int) -> Response:
    if not 1 <= number <= len(pages):
        raise NotFoundError(_("there is no such page"))
    return Response(pages[number - 1], media_type="image/png")
