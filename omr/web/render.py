"""Templates, and what each of them may say without being told."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from omr.errors import OmrError
from omr.reasons import reason_in_words
from omr.report.wording import shown
from omr.web.entry import context_of, sitting
from omr.web.said import joined
from omr.web.steps import steps
from omr.words import _, day, language, moment, ngettext, number

if TYPE_CHECKING:
    from fastapi import Request

    from omr.web.desk import Desk


@cache
def templates() -> Environment:
    """The environment of all templates: everything put into a page is escaped."""
    found = Environment(
        loader=PackageLoader("omr.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(_=_, ngettext=ngettext, number=number, percent=shown)
    found.globals.update(day=day, moment=moment, language=language, joined=joined)
    found.filters["reason"] = reason_in_words
    return found


def page(
    request: Request, template: str, desk: Desk | None = None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page. With a desk, the steps of its election stand above it."""
    base: dict[str, Any] = context_of(request) | {
        "desk": desk,
        "steps": (),
        "election_name": "",
        "member": "",
        "locked_out": False,
        "closed": False,
    }
    if desk is not None:
        name = request.path_params["name"]
        member = sitting(request, desk)
        base |= {
            "steps": steps(desk),
            "election_name": _name(desk) or name,
            "closed": desk.is_closed,
            "root": f"/e/{name}",
            "member": member,
            "locked_out": bool(not member and desk.members()),
        }
    return HTMLResponse(templates().get_template(template).render(base | values), status_code=status)


def _name(desk: Desk) -> str:
    """What the election is, for the head of every page: its session and day."""
    try:
        election = desk.election()
    except OmrError:
        return ""
    return " · ".join(
        part for part in (election.meeting, day(election.date) if election.date else "") if part
    )
