"""Pictures of kept pages: whole, small, and row by row."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from omr.web.entry import NotFoundError, TheDesk, guard_member
from omr.words import _

# Crops of votes are for the board alone.
router = APIRouter(prefix="/e/{name}/pictures", dependencies=[Depends(guard_member)])


@router.get("/{page}/row-{number}.jpg")
def row(desk: TheDesk, page: str, number: int) -> Response:
    """One row: name and boxes."""
    try:
        return _jpeg(desk.row_picture(page, number))
    except KeyError as fault:
        raise NotFoundError(_("there is no such picture")) from fault


@router.get("/{page}/page.jpg")
def whole(desk: TheDesk, page: str) -> Response:
    """The whole page."""
    try:
        return _jpeg(desk.page_picture(page))
    except KeyError as fault:
        raise NotFoundError(_("there is no such picture")) from fault


@router.get("/{page}/seal.jpg")
def seal(desk: TheDesk, page: str) -> Response:
    """Where the seal hangs."""
    try:
        return _jpeg(desk.seal_picture(page))
    except KeyError as fault:
        raise NotFoundError(_("there is no such picture")) from fault


@router.get("/{page}/thumb.jpg")
def small(desk: TheDesk, page: str) -> Response:
    """A thumbnail."""
    try:
        return _jpeg(desk.thumbnail(page))
    except KeyError as fault:
        raise NotFoundError(_("there is no such picture")) from fault


def _jpeg(data: bytes) -> Response:
    return Response(data, media_type="image/jpeg")
