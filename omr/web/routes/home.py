"""The way in, the list of elections, a new one, and the language."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from omr.editing import FieldsError
from omr.election import Folder, load_election
from omr.errors import OmrError
from omr.intake import read_people, read_workbook
from omr.prepare import Wish, prepare
from omr.roster import Entry, write_roster
from omr.venues import VENUES
from omr.web.entry import NotLetInError, TheForm, TheHall, TheVisit, go, is_local, text, uploads, with_visit
from omr.web.render import page
from omr.web.visit import new_visit
from omr.words import _, as_language

#: What stands before the guard: it lets people in.
door = APIRouter()
router = APIRouter()

#: Fields of a new election, besides its list.
FIELDS: Final = ("title", "venue", "layout", "agency", "place", "date")


@door.get("/open")
def let_in(request: Request, token: str = "") -> Response:
    """A one-time word becomes a cookie."""
    if not request.app.state.tokens.use(token):
        raise NotLetInError(
            _("this address has been used, or was never given out"),
            _("stop the program and start it again: it shows a new address; or ask for one on an open page"),
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
    try:
        entries = people_of(form)
    except OmrError as fault:
        return _again(request, values, {"list": _line(fault)})
    try:
        folder = hall.new_folder(values["title"])
        _prepare(folder, values, entries)
    except FieldsError as fault:
        return _again(request, values, fault.faults)
    except OmrError as fault:
        return _again(request, values, {"title": _line(fault)})
    return go(f"/e/{folder.root.name}/prepare")


def _prepare(folder: Folder, values: dict[str, str], entries: tuple[Entry, ...]) -> None:
    wish = Wish(
        venue=values["venue"],
        layout=values["layout"] or "phu_luc_04",
        agency=values["agency"],
        place=values["place"],
        date=values["date"],
    )
    with TemporaryDirectory() as scratch:
        roster = Path(scratch) / "people.csv"
        write_roster(roster, entries)
        prepare(folder, wish, roster)


def people_of(form: TheForm) -> tuple[Entry, ...]:
    """The list of a form: a file if one was chosen, else what was pasted. Raises OmrError."""
    for file in uploads(form, "file"):
        data = file.file.read()
        if data[:2] == b"PK":
            return read_workbook(data, _("the file"))
        try:
            return read_people(data.decode("utf-8-sig"), _("the file"))
        except UnicodeDecodeError as fault:
            raise OmrError(
                _("the file is not UTF-8 text (it may be {encoding})").format(
                    encoding="windows-1258 / UTF-16"
                ),
                _("in Excel choose Save as, CSV UTF-8"),
            ) from fault
    return read_people(text(form, "list"), _("the list"))


def _again(request: Request, values: dict[str, str], faults: dict[str, str]) -> Response:
    return page(request, "new.html", status=422, venues=VENUES, values=values, faults=faults)


def _line(fault: OmrError) -> str:
    return f"{fault.message}: {fault.advice}" if fault.advice else fault.message


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
