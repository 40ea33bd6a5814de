"""The way in, the list of elections, a new one, and the language."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from omr.editing import at_fields
from omr.election import Folder, load_election
from omr.errors import OmrError
from omr.intake import read_file, read_people
from omr.prepare import Wish, prepare, year_of
from omr.roster import Entry, write_roster
from omr.venues import VENUES
from omr.web.entry import (
    HOW_IN,
    NotLetInError,
    TheForm,
    TheHall,
    TheVisit,
    go,
    is_local,
    text,
    uploads,
    with_visit,
)
from omr.web.listing import ListError, checked_at
from omr.web.render import page
from omr.web.said import of_list, sentence
from omr.web.visit import Keys, new_visit
from omr.words import _, as_language

#: What stands before the guard: it lets people in.
door = APIRouter()
router = APIRouter()

#: Fields of a new election, besides its list.
FIELDS: Final = ("title", "venue", "layout", "agency", "place", "date", "overrides.eligibility")

#: Chosen for a place of which the plan does not speak; an empty choice is none.
ELSEWHERE_ID: Final = "other"


@door.get("/open")
def let_in(request: Request, token: str = "") -> Response:
    """A one-time word becomes a cookie."""
    if not request.app.state.tokens.use(token):
        keys: Keys = request.app.state.keys
        request.state.visit = keys.unpack(request.cookies.get(keys.cookie, ""))
        raise NotLetInError(
            _("this address has been used, or was never given out"),
            _(HOW_IN),
        )
    return with_visit(request, go("/"), new_visit(request.app.state.language))


@router.get("/")
def home(request: Request, hall: TheHall) -> Response:
    """The elections, or the only one."""
    names = hall.names()
    if hall.single:
        return go(f"/e/{names[0]}/")
    return page(request, "home.html", elections=[(name, _title(hall, name)) for name in names])


@router.get("/new")
def new_form(request: Request) -> Response:
    """The form of a new election."""
    return page(request, "new.html", venues=VENUES, values=dict.fromkeys((*FIELDS, "list"), ""), faults={})


@router.post("/new")
def make(request: Request, hall: TheHall, form: TheForm) -> Response:
    """A new election, or the form again with what is wrong at each field."""
    values = {key: text(form, key) for key in (*FIELDS, "list")}
    folder, faults = _folder(hall, values["title"])
    if values["venue"] not in {*VENUES, ELSEWHERE_ID}:
        faults["venue"] = _("Choose where the vote is held.")
    try:
        entries = _entries(form, values)
        if folder is not None and not faults:
            _prepare(folder, values, entries)
    except ListError as fault:
        faults["list"] = fault.message
    except OmrError as fault:
        cause = fault.__cause__
        faults |= at_fields(cause) if isinstance(cause, ValidationError) else {"title": sentence(fault)}
    if faults or folder is None:
        return page(request, "new.html", status=422, venues=VENUES, values=values, faults=faults)
    return go(f"/e/{folder.root.name}/prepare")


def _folder(hall: TheHall, title: str) -> tuple[Folder | None, dict[str, str]]:
    try:
        return hall.new_folder(title), {}
    except OmrError as fault:
        return None, {"title": sentence(fault)}


def _entries(form: TheForm, values: dict[str, str]) -> tuple[Entry, ...]:
    """Who is on the ballot of a new election. Raises ListError."""
    known = year_of(values["date"]) or datetime.now().astimezone().year
    return checked_at(entries_of(form), _venue(values), known, values["overrides.eligibility"])


def _venue(values: dict[str, str]) -> str:
    return values["venue"] if values["venue"] in VENUES else ""


def _prepare(folder: Folder, values: dict[str, str], entries: tuple[Entry, ...]) -> None:
    wish = Wish(
        venue=_venue(values),
        layout=values["layout"] or "phu_luc_04",
        agency=values["agency"],
        place=values["place"],
        date=values["date"],
        overrides={"eligibility": values["overrides.eligibility"]},
    )
    with TemporaryDirectory() as scratch:
        roster = Path(scratch) / "people.csv"
        write_roster(roster, entries)
        prepare(folder, wish, roster)


def entries_of(form: TheForm) -> tuple[Entry, ...]:
    """The list of a form: a file if one was chosen, else what was pasted. Raises ListError."""
    try:
        for file in uploads(form, "file"):
            return read_file(file.file, _("the file"))
        return read_people(text(form, "list"), _("the list"))
    except OmrError as fault:
        raise ListError(of_list(fault)) from fault


def _title(hall: TheHall, name: str) -> str:
    try:
        election = load_election(hall.desk(name).folder)
    except OmrError as fault:
        return fault.message
    return f"{election.agency} — {election.meeting}"


@router.post("/language")
def speak(request: Request, visit: TheVisit, form: TheForm) -> Response:
    """Speak the other language from here on."""
    back = text(form, "back")
    return with_visit(
        request, go(back if is_local(back) else "/"), visit.spoken(as_language(text(form, "language")))
    )


@router.post("/invite")
def invite(request: Request, form: TheForm) -> Response:
    """An address that lets one more browser in."""
    back = text(form, "back")
    address = f"{request.base_url}open?token={request.app.state.tokens.issue()}"
    return page(request, "invite.html", address=address, back=back if is_local(back) else "/")
