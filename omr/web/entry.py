"""What stands before every page: a valid cookie, its language, and for forms their secret word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from omr.errors import OmrError
from omr.web.desk import Desk
from omr.web.hall import Hall
from omr.web.visit import HOURS, Keys, Visit
from omr.words import _, later, set_language

#: Most files and fields of one form: a batch of single-page JPEGs of a large box.
MOST_FILES: Final = 2000
MOST_FIELDS: Final = 200

#: Longest text of one field, bytes: a list of 200 people is 30 kB.
MOST_TEXT: Final = 1024 * 1024


#: What somebody does who stands before the door.
HOW_IN: Final = later(
    "the address that the program shows when it starts lets one browser in; for another press"
    " “One more screen” on a screen that is in, or press Ctrl-C where the program runs and start omr serve"
    " again: what was recorded is kept"
)


class NotLetInError(OmrError):
    """A browser without a visit of ours, or a form that is not of its visit."""


class NobodySitsError(OmrError):
    """What carries a member's name was asked for, and nobody is logged in. `back` leads here again."""

    def __init__(self, back: str) -> None:
        super().__init__(_("log in first"))
        self.back = back


async def guard(request: Request) -> AsyncIterator[None]:
    """Run before every page and form, without exception.

    Raises:
        NotLetInError: no valid cookie, or a form without its secret word.
    """
    keys: Keys = request.app.state.keys
    visit = keys.unpack(request.cookies.get(keys.cookie, ""))
    set_language(visit.language if visit else request.app.state.language)
    if visit is None:
        raise NotLetInError(
            _("this browser has not been let in"),
            _(HOW_IN),
        )
    request.state.visit = visit
    if request.method in {"GET", "HEAD"}:
        yield
        return
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT)
    try:
        if not keys.is_csrf(visit, text(form, "csrf")):
            raise NotLetInError(
                _("the form is not from this visit; nothing was done"), _("go back, load the page again")
            )
        request.state.form = form
        yield
    finally:
        await form.close()


def _visit(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit


def _form(request: Request) -> FormData:
    form: FormData = request.state.form
    return form


def _hall(request: Request) -> Hall:
    hall: Hall = request.app.state.hall
    return hall


def _desk(request: Request, name: str) -> Desk:
    try:
        return _hall(request).desk(name)
    except KeyError as fault:
        raise NotFoundError(_("there is no election “{name}” here").format(name=name)) from fault


class NotFoundError(OmrError):
    """There is no such page."""


TheVisit = Annotated[Visit, Depends(_visit)]
TheForm = Annotated[FormData, Depends(_form)]
TheHall = Annotated[Hall, Depends(_hall)]
TheDesk = Annotated[Desk, Depends(_desk)]


def sitting(request: Request, desk: Desk) -> str:
    """Who sits at this browser in the election of the address; '' if nobody."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None:
        return ""
    known: str | None = getattr(request.state, "sitting", None)
    if known is None:
        known = desk.who_sits(visit.seats.get(request.path_params["name"], ""))
        request.state.sitting = known
    return known


def guard_member(request: Request, name: str, desk: TheDesk) -> str:
    """Who sits at this browser. Raises NobodySitsError."""
    known = sitting(request, desk)
    if not known:
        # A form is not sent again after the login: it leads back to the page it stood on.
        step = request.url.path.split("/")[3]
        here = request.url.path if request.method == "GET" else f"/e/{name}/{step}"
        raise NobodySitsError(here)
    return known


def guard_hand(request: Request, name: str, desk: TheDesk) -> str:
    """As `guard_member`, once a member was entered; before that anybody who was let in, ''."""
    return guard_member(request, name, desk) if sitting(request, desk) or desk.members() else ""


TheMember = Annotated[str, Depends(guard_member)]
TheHand = Annotated[str, Depends(guard_hand)]


def text(form: FormData, key: str) -> str:
    """A text of a form; '' where it is not there or is a file."""
    value = form.get(key)
    return value.strip() if isinstance(value, str) else ""


def is_count(text: str) -> bool:
    """Whether a text is a whole number of bearable size: `²` is a digit to Python, 5,000 nines a number."""
    return text.isascii() and text.isdigit() and len(text) <= 9


def uploads(form: FormData, *keys: str) -> list[UploadFile]:
    """The files of a form; an input left empty sends one without a name."""
    return [
        each for key in keys for each in form.getlist(key) if isinstance(each, UploadFile) and each.filename
    ]


def go(url: str) -> RedirectResponse:
    """To another page, as after every form, so that loading it again sends nothing twice."""
    return RedirectResponse(url, status_code=303)


def with_visit(request: Request, response: Response, visit: Visit) -> Response:
    """The answer, with the cookie of a visit."""
    response.set_cookie(
        request.app.state.keys.cookie,
        request.app.state.keys.pack(visit),
        max_age=HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=request.app.state.secure,
    )
    return response


def is_local(url: str) -> bool:
    """Whether an address to go back to is a page of ours."""
    return url.startswith("/") and not url.startswith("//") and "\\" not in url


def context_of(request: Request) -> dict[str, Any]:
    """What every template gets of the visit; nothing where there is none."""
    visit: Visit | None = getattr(request.state, "visit", None)
    csrf = request.app.state.keys.csrf(visit) if visit else ""
    return {"visit": visit, "csrf": csrf, "here": request.url.path}
