"""Who sits at this browser: members of the board log in by name and PIN, and keep the list of themselves."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from omr.errors import OmrError, UsageError
from omr.members import (
    change_pin,
    enrol,
    needs_two,
    off_the_list,
    prove,
    roll,
    sit_down,
    stand_up,
    take_off,
)
from omr.store import Store
from omr.web.desk import Desk
from omr.web.entry import (
    NotLetInError,
    TheDesk,
    TheForm,
    TheMember,
    TheVisit,
    go,
    is_local,
    sitting,
    text,
    with_visit,
)
from omr.web.render import page
from omr.words import _, later

router = APIRouter(prefix="/e/{name}/members")

#: What is said after something was done.
DONE: Final = {
    "entered": later("The member is entered. They log in with their name and PIN."),
    "pin": later("The new PIN counts from now on; all other screens of this member are logged out."),
    "removed": later("They are no member any more. What they decided stays."),
}

#: Fields that are shown again beside what is wrong: names, never a PIN.
TYPED: Final = ("who", "name", "goes", "second")

#: What is called how in the list of what was done on the screen.
DEEDS: Final = {
    "words": later("words on the ballot changed"),
    "day": later("numbers of the day entered"),
    "people": later("list of people changed"),
    "print": later("ballots printed"),
    "upload": later("files sent"),
    "stop": later("reading stopped"),
    "go-on": later("reading gone on with"),
    "watch": later("scanner's folder watched"),
    "unwatch": later("scanner's folder watched no longer"),
}


@router.get("")
def show(request: Request, desk: TheDesk, back: str = "", done: str = "") -> Response:
    """The members, and the form to log in."""
    return _page(request, desk, back, done=done)


def _page(  # noqa: PLR0913, PLR0917 - what was typed, and what is said of it
    request: Request,
    desk: Desk,
    back: str,
    fault: OmrError | None = None,
    status: int = 200,
    done: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    with desk.store() as store:
        lines, members, trail = store.member_lines(), store.members(), store.trail()
        two = needs_two(lines, decided=store.is_decided())
    election = desk.election()
    return page(
        request,
        "members.html",
        desk,
        status=status,
        members=members,
        roll=roll(lines),
        trail=trail,
        deeds=DEEDS,
        two=two,
        needed=election.rules.reviewers,
        off_the_list=off_the_list([each.name for each in members], election.session),
        back=back if is_local(back) else "",
        fault=fault,
        done=_(DONE[done]) if done in DONE else "",
        typed=dict.fromkeys(TYPED, "") | (typed or {}),
    )


def _again(request: Request, desk: Desk, form: TheForm, fault: OmrError, status: int) -> Response:
    """The page once more, with what is wrong; names stay, PINs do not."""
    typed: dict[str, str] = {key: text(form, key) for key in TYPED}
    return _page(request, desk, text(form, "back"), fault, status, typed=typed)


@router.post("/enter")
def log_in(request: Request, desk: TheDesk, visit: TheVisit, form: TheForm, name: str) -> Response:
    """Somebody sits down at this browser; whoever sat there has left it."""
    back = text(form, "back")
    try:
        with desk.store() as store:
            member = prove(store, text(form, "who"), text(form, "pin"))
            stand_up(store, visit.seats.get(name, ""))
            seat = sit_down(store, member.name)
    except OmrError as fault:
        return _again(request, desk, form, fault, 403)
    answer = go(back if is_local(back) and back else f"/e/{name}/review")
    return with_visit(request, answer, visit.seated(name, seat))


@router.post("/leave")
def log_out(request: Request, desk: TheDesk, visit: TheVisit, name: str) -> Response:
    """Nobody sits at this browser any more, whatever copy of its cookie there is."""
    with desk.store() as store:
        stand_up(store, visit.seats.get(name, ""))
    return with_visit(request, go(f"/e/{name}/members"), visit.seated(name, ""))


@router.post("/add")
def add(request: Request, desk: TheDesk, form: TheForm, name: str) -> Response:
    """A new member. After the first, members enter others with their own PIN; later with that of two."""
    by = sitting(request, desk)
    try:
        with desk.store() as store:
            if store.members() and not by:
                raise NotLetInError(_("log in first: members enter further members"))
            _check_same(form)
            second = _hands(store, form, by)
            pins = {text(form, key) for key in ("own", "second-pin")} - {""}
            enrol(store, text(form, "name"), text(form, "pin"), by, second, others=pins)
    except OmrError as fault:
        return _again(request, desk, form, fault, 422)
    return go(f"/e/{name}/members?done=entered")


@router.post("/remove")
def remove(request: Request, desk: TheDesk, form: TheForm, member: TheMember, name: str) -> Response:
    """Take a member off the list, who was mistyped or has left the board."""
    try:
        with desk.store() as store:
            second = _hands(store, form, member)
            take_off(store, text(form, "goes"), member, second)
    except OmrError as fault:
        return _again(request, desk, form, fault, 422)
    return go(f"/e/{name}/members?done=removed")


@router.post("/pin")
def new_pin(  # noqa: PLR0913, PLR0917 - who changes what at which browser
    request: Request, desk: TheDesk, visit: TheVisit, form: TheForm, member: TheMember, name: str
) -> Response:
    """Another PIN for the member who sits here. Their other screens are logged out."""
    try:
        with desk.store() as store:
            _check_same(form)
            prove(store, member, text(form, "own"))
            change_pin(store, member, text(form, "pin"))
            seat = sit_down(store, member)
    except OmrError as fault:
        return _again(request, desk, form, fault, 422)
    return with_visit(request, go(f"/e/{name}/members?done=pin"), visit.seated(name, seat))


def _check_same(form: TheForm) -> None:
    if text(form, "pin") != text(form, "again"):
        raise UsageError(_("the two PINs differ: type the same one twice"))


def _hands(store: Store, form: Any, by: str) -> str:
    """Look at the PINs of those who change the list; gives the second's name, '' where none is named.

    An open screen is not enough: nobody is entered in the name of a member who went out for a moment.

    Raises:
        UsageError: a PIN is wrong.
    """
    if by:
        prove(store, by, text(form, "own"))
    second = text(form, "second")
    return prove(store, second, text(form, "second-pin")).name if second else ""
