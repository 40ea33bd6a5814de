"""The app put together: pages, what guards them, and what happens when something goes wrong."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from omr.errors import OmrError, StaleError
from omr.files import refused
from omr.web.doorman import MOST_BYTES, Doorman, TooLargeError
from omr.web.entry import NobodySitsError, NotFoundError, NotLetInError, go, guard
from omr.web.hall import SECRET, Hall
from omr.web.render import page
from omr.web.routes import counts, home, members, pictures, prepare, printing, result, review, scans
from omr.web.said import joined, sentence
from omr.web.visit import Keys, Tokens, load_secret
from omr.words import Language, _, set_language

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

#: What is answered to what went wrong.
_STATUS: Final = ((NotLetInError, 403), (NotFoundError, 404), (StaleError, 409))


def create_app(
    root: Path,
    tokens: Tokens,
    *,
    language: Language = "vi",
    secure: bool = False,
) -> FastAPI:
    """The app for the elections of one folder.

    Args:
        root: an election's folder, or one with elections in it.
        tokens: the one-time words that let browsers in.
        language: spoken to a browser that has not chosen.
        secure: served over TLS, so that cookies go nowhere else.
    """
    hall = Hall(root)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        set_language(language)
        hall.resume()
        yield
        hall.close()

    # Nothing describes the pages to strangers: no schema, no console.
    app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.hall, app.state.tokens = hall, tokens
    app.state.keys = Keys(load_secret(root / SECRET))
    app.state.language, app.state.secure = language, secure
    app.include_router(home.door)
    for routes in (home, members, prepare, printing, scans, review, counts, result, pictures):
        app.include_router(routes.router, dependencies=[Depends(guard)])
    app.mount("/static", StaticFiles(directory=str(files("omr.web") / "static")))
    _answer_faults(app)
    return app


def with_doorman(app: ASGIApp, hosts: frozenset[str], most_bytes: int = MOST_BYTES) -> Doorman:
    """The app behind its door."""
    return Doorman(app, hosts, most_bytes)


def _answer_faults(app: FastAPI) -> None:
    app.add_exception_handler(OmrError, _said)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(RequestValidationError, _nowhere)
    app.add_exception_handler(TooLargeError, _too_large)
    app.add_exception_handler(OSError, _refused)
    app.add_exception_handler(MemoryError, _refused)
    app.add_exception_handler(Exception, _bug)


async def _said(request: Request, fault: Exception) -> Response:
    """A mistake that a person can mend, in words."""
    assert isinstance(fault, OmrError)
    if isinstance(fault, NobodySitsError):
        return go(f"/e/{request.path_params['name']}/members?back={fault.back}")
    status = next((status for kind, status in _STATUS if isinstance(fault, kind)), 400)
    outside = isinstance(fault, NotLetInError) and getattr(request.state, "visit", None) is None
    return page(request, "fault.html", status=status, said=sentence(fault), outside=outside)


async def _unknown(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    known = {404: _("there is no such page"), 400: _("the form is too long, or did not arrive whole")}
    message = known.get(fault.status_code, str(fault.detail))
    return page(request, "fault.html", status=fault.status_code, said=joined(message))


async def _nowhere(request: Request, _fault: Exception) -> Response:
    """A word where an address has a number: there is no such page."""
    return page(request, "fault.html", status=404, said=joined(_("there is no such page")))


async def _too_large(_request: Request, _fault: Exception) -> Response:
    return PlainTextResponse("413 too large\n", status_code=413)


async def _refused(request: Request, fault: Exception) -> Response:
    """What the system refused, where nobody nearer to it has said so: a full disk, no memory."""
    assert isinstance(fault, (OSError, MemoryError))
    said = refused(fault)
    return page(request, "fault.html", status=503, said=joined(said.message, said.advice))


async def _bug(request: Request, fault: Exception) -> Response:
    """Anything else is a bug: people get one line here, whoever started the program gets the traceback."""
    message = _("the program failed: {why}").format(why=type(fault).__name__)
    advice = _("what was recorded is kept; go back and load the page again")
    return page(request, "fault.html", status=500, said=joined(message, advice))
