"""Step 2: how many ballots, the PDF, the test print, and what was printed when."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from omr.editing import refuse_change
from omr.errors import OmrError, OtherBallotError, UsageError
from omr.printed import copies_of, prints
from omr.printing import print_ballots
from omr.web.desk import Desk
from omr.web.entry import NotFoundError, TheDesk, TheForm, TheHand, go, guard_hand, is_count, text
from omr.web.render import page
from omr.web.said import joined, sentence
from omr.words import _

router = APIRouter(prefix="/e/{name}/print")

#: As on the command line.
MOST_COPIES: Final = 100_000


@router.get("")
def show(request: Request, desk: TheDesk) -> Response:
    """The form, and what was printed."""
    return _page(request, desk)


def _page(  # noqa: PLR0913, PLR0917 - what a refused form is shown again with
    request: Request,
    desk: Desk,
    copies: str = "",
    fault: str = "",
    status: int = 200,
    others: bool = False,
) -> Response:
    election, done = desk.election(), prints(desk.folder)
    total = copies_of(done, done[-1].fingerprint) if done else None
    wanted = copies or str(election.session.issued or election.session.present_at_vote or "")
    return page(
        request,
        "print.html",
        desk,
        status=status,
        prints=done,
        total=total if total and total > done[-1].copies else 0,
        copies=wanted,
        fault=fault,
        others=others,
        edits=desk.edits(),
    )


@router.post("")
def make(request: Request, desk: TheDesk, hand: TheHand, form: TheForm, name: str) -> Response:
    """Write everything that is printed."""
    typed = text(form, "copies")
    try:
        refuse_change(desk.folder)
        if not (is_count(typed) and 1 <= int(typed) <= MOST_COPIES):
            raise UsageError(_("write how many ballots, from 1 to {most}").format(most=MOST_COPIES))
        print_ballots(desk.folder, int(typed), anew=bool(text(form, "anew")))
    except OtherBallotError as fault:
        # Asked back instead of advised: the way on is a tick on this page, not an option of a command.
        said = joined(fault.message, _("nothing was written"))
        return _page(request, desk, typed, said, 422, others=True)
    except OmrError as fault:
        return _page(request, desk, typed, sentence(fault), 422)
    desk.note("print", hand, str(int(typed)))
    return go(f"/e/{name}/print")


@router.get("/ballots.pdf", dependencies=[Depends(guard_hand)])
def ballots(desk: TheDesk) -> Response:
    """The ballots. Whoever has them can print genuine ones, so once there are members it takes one."""
    return _pdf(desk.folder.ballots_pdf)


@router.get("/test-print.pdf")
def test_print(desk: TheDesk) -> Response:
    """The page that shows whether the printer scales."""
    return _pdf(desk.folder.test_print_pdf)


def _pdf(path: Path) -> Response:
    if not path.is_file():
        raise NotFoundError(_("nothing was printed yet"))
    return FileResponse(path, media_type="application/pdf", content_disposition_type="inline")
