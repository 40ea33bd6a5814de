"""Who sits at this browser: members of the board log in by name and PIN."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from omr.errors import OmrError, UsageError
from omr.members import enrol, find, knows_pin
from omr.web.desk import Desk
from omr.web.entry import NotLetInError, TheDesk, TheForm, TheVisit, go, is_local, text, with_visit
from omr.web.render import page
from omr.words import _

router = APIRouter(prefix="/e/{name}/members")

#: Wrong PINs of one member in a row after which the next is not looked at for a while, and that while,
#: seconds: 10,000 PINs then take two days and a half, while somebody who mistyped waits one minute.
TRIES: Final = 3
PAUSE: Final = 60.0


class _Misses:
    """Wrong PINs in a row, by election and member; kept as long as the server runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._missed: dict[tuple[str, str], tuple[int, float]] = {}

    def take(self, who: tuple[str, str]) -> None:
        """One more try, counted as wrong before it is looked at: many at once are no way around.

        Raises:
            UsageError: a member's PIN is not looked at for a while.
        """
        with self._lock:
            count, since = self._missed.get(who, (0, 0.0))
            if count >= TRIES and monotonic() - since < PAUSE:
                raise UsageError(_("too many wrong PINs: wait a minute"))
            self._missed[who] = (count + 1, monotonic())

    def forget(self, who: tuple[str, str]) -> None:
        """The last try was right."""
        with self._lock:
            self._missed.pop(who, None)


_misses = _Misses()


@router.get("")
def show(request: Request, desk: TheDesk, back: str = "") -> Response:
    """The members, and the form to log in."""
    return _page(request, desk, back)


def _page(request: Request, desk: Desk, back: str, fault: str = "", status: int = 200) -> Response:
    where = back if is_local(back) else ""
    return page(request, "members.html", desk, status=status, members=desk.members(), back=where, fault=fault)


@router.post("/enter")
def log_in(request: Request, desk: TheDesk, visit: TheVisit, form: TheForm, name: str) -> Response:
    """Somebody sits down at this browser."""
    back, wanted = text(form, "back"), text(form, "who")
    try:
        who = _known(desk, wanted, text(form, "pin"))
    except OmrError as fault:
        return _page(request, desk, back, fault.message, 403)
    return with_visit(
        request, go(back if is_local(back) and back else f"/e/{name}/review"), visit.seated(name, who)
    )


def _known(desk: Desk, wanted: str, pin: str) -> str:
    """The member whose PIN this is. Raises UsageError."""
    member = find(desk.members(), wanted)
    if member is None:
        raise UsageError(_("choose your name"))
    who = (str(desk.folder.root), member.name)
    _misses.take(who)
    if not knows_pin(member, pin):
        raise UsageError(_("the PIN is not right"))
    _misses.forget(who)
    return member.name


@router.post("/leave")
def log_out(request: Request, visit: TheVisit, name: str) -> Response:
    """Nobody sits at this browser any more."""
    return with_visit(request, go(f"/e/{name}/members"), visit.seated(name, None))


@router.post("/add")
def add(request: Request, desk: TheDesk, visit: TheVisit, form: TheForm, name: str) -> Response:
    """A new member. After the first, only members enter others."""
    by = visit.members.get(name, "")
    try:
        with desk.store() as store:
            if store.members() and find(store.members(), by) is None:
                raise NotLetInError(_("log in first: members enter further members"))
            if text(form, "pin") != text(form, "again"):
                raise UsageError(_("the two PINs differ: type the same one twice"))
            enrol(store, text(form, "who"), text(form, "pin"), by)
    except OmrError as fault:
        return _page(request, desk, text(form, "back"), fault.message, 422)
    return go(f"/e/{name}/members")
