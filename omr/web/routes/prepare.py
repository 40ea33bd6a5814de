"""Step 1: what stands on the ballot, who is on it, the numbers of the day; the ballot as it will print."""

from __future__ import annotations

import io
import secrets
import threading
from collections import OrderedDict
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from omr.closing import unlock
from omr.editing import FieldsError, change_people, change_settings, changed, is_locked, refuse_change
from omr.election import Election, Settings, load_election, load_settings, people_of
from omr.errors import OmrError
from omr.figures import contradictions
from omr.intake import doubts
from omr.printed import prints
from omr.printing import draw_pages
from omr.roster import Entry, read_roster
from omr.venues import VENUES
from omr.web.desk import Desk
from omr.web.entry import NotFoundError, TheDesk, TheForm, TheHand, TheMember, go, text, uploads
from omr.web.fields import DAY, FIELDS, REASONS, WORDS, shown, taken
from omr.web.listing import ListError, checked, refused
from omr.web.render import page
from omr.web.routes import home
from omr.web.said import of_list, sentence
from omr.words import _

router = APIRouter(prefix="/e/{name}")

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
def show(request: Request, desk: TheDesk, saved: str = "") -> Response:
    """The form as it is saved."""
    return _page(request, desk, saved=bool(saved))


def _page(  # noqa: PLR0913 - what was typed and what is wrong with it
    request: Request,
    desk: Desk,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    *,
    saved: bool = False,
    status: int = 200,
) -> Response:
    settings = load_settings(desk.folder.election_toml)
    entries = read_roster(desk.folder.people_csv)
    values = {key: shown(settings, key) for key, _label, _kind in FIELDS}
    values |= {"list": _as_pasted(entries), "session.board": values["session.board"] or _members(desk)}
    wrong, pages = refused(entries, settings) | (faults or {}), 0
    try:
        pages = len(_preview(desk, load_election(desk.folder)))
    except OmrError as fault:
        wrong = {"list": of_list(fault)} | wrong
    return page(
        request,
        "prepare.html",
        desk,
        status=status,
        words=WORDS,
        day_fields=DAY,
        reasons=REASONS,
        values=values | (typed or {}),
        faults=wrong,
        contradictions=contradictions(settings),
        doubts=doubts(entries, settings.year),
        board_saved=bool(settings.session.board),
        saved=saved,
        venues=VENUES,
        locked=is_locked(desk.folder),
        preview=[f"/e/{request.path_params['name']}/preview/{n}.png" for n in range(1, pages + 1)],
    )


def _members(desk: Desk) -> str:
    """Who was entered on the screen: the board's members, until somebody writes others."""
    if not desk.folder.database.exists() or desk.is_closed:
        return ""
    return "\n".join(each.name for each in desk.members())


def _as_pasted(entries: tuple[Entry, ...]) -> str:
    """The list as it would be pasted back."""
    rows = ((str(e.number or ""), e.name, e.position, ";".join(e.venues), e.note) for e in entries)
    return "\n".join("\t".join(row).rstrip() for row in rows)


@router.post("/prepare")
def save(request: Request, desk: TheDesk, hand: TheHand, form: TheForm, name: str) -> Response:
    """All that was typed, or nothing: the list, what stands on the ballot, the numbers of the day."""
    typed = {key: text(form, key) for key, _label, _kind in FIELDS if key in form}
    shown_again = typed | ({"list": text(form, "list")} if "list" in form else {})
    try:
        for kind in _save(desk, form, typed):
            desk.note(kind, hand)
    except FieldsError as fault:
        return _page(request, desk, shown_again, fault.faults, status=422)
    except ListError as fault:
        return _page(request, desk, shown_again, {"list": fault.message}, status=422)
    except OmrError as fault:
        return _page(request, desk, shown_again, {"form": sentence(fault)}, status=409)
    return go(f"/e/{name}/prepare?saved=1")


def _save(desk: Desk, form: TheForm, typed: dict[str, str]) -> list[str]:
    """Check everything, then write; gives what was changed, in the words of the trail."""
    refuse_change(desk.folder)
    before, locked = load_settings(desk.folder.election_toml), is_locked(desk.folder)
    values = taken(typed, before, locked=locked)
    after = changed(before, values)
    entries = _new_list(desk, form, before, after, locked=locked)
    if entries is not None:
        change_people(desk.folder, entries, after.venue)
    change_settings(desk.folder, values)
    kinds = (("words", WORDS), ("day", (*DAY, *REASONS)))
    done = [kind for kind, keys in kinds if any(shown(before, key) != shown(after, key) for key, *_ in keys)]
    return done + ["people"] * (entries is not None)


def _new_list(
    desk: Desk, form: TheForm, before: Settings, after: Settings, *, locked: bool
) -> tuple[Entry, ...] | None:
    """The list to be written; None where the one that is saved stays. Raises ListError."""
    saved = read_roster(desk.folder.people_csv)
    moved = before.venue != after.venue and not locked
    pasted = text(form, "list").replace("\r\n", "\n")
    if not uploads(form, "file") and ("list" not in form or pasted == _as_pasted(saved).strip()):
        return checked(saved, after) if moved else None
    return checked(home.entries_of(form), after)


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
    """The ballot with what is typed: addresses of its pages, and what is wrong at which field."""
    typed = {key: text(form, key) for key, _label, _kind in FIELDS if key in form}
    before, locked = load_settings(desk.folder.election_toml), is_locked(desk.folder)
    told: dict[str, Any] = {"faults": {}, "contradictions": {}}
    try:
        settings = changed(before, taken(typed, before, locked=locked))
        told["contradictions"] = contradictions(settings)
        if not locked:
            entries = checked(home.entries_of(form), settings) if "list" in form else None
            people = desk.election().people if entries is None else people_of(entries, settings.venue)
            told["pages"] = _addresses(name, _draw(desk, Election(**dict(settings), people=people)))
    except FieldsError as fault:
        told["faults"] = fault.faults
    except OmrError as fault:
        told["faults"] = {"list": fault.message if isinstance(fault, ListError) else of_list(fault)}
    return JSONResponse(told)


def _addresses(name: str, pages: tuple[bytes, ...]) -> list[str]:
    """Keep drawn pages for a moment; gives where they are found."""
    token = secrets.token_urlsafe(8)
    with _previews_lock:
        _previews[token] = pages
        while len(_previews) > _KEPT:
            _previews.popitem(last=False)
    return [f"/e/{name}/preview/{token}/{n}.png" for n in range(1, len(pages) + 1)]


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
    for picture in draw_pages(desk.folder, election):
        out = io.BytesIO()
        picture.save(out, "PNG")
        found.append(out.getvalue())
    return tuple(found)


def _png(pages: tuple[bytes, ...], number: int) -> Response:
    if not 1 <= number <= len(pages):
        raise NotFoundError(_("there is no such page"))
    return Response(pages[number - 1], media_type="image/png")
