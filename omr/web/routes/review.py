"""Step 4: one question at a time, each answered by as many members as the rules ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.background import BackgroundTask

from omr.decisions import UNDO, last_live
from omr.errors import OmrError, StaleError, UsageError
from omr.review import resolve
from omr.store import Question
from omr.web.asked import answer_name, ask, find, following, key_of, queue
from omr.web.desk import Desk, place_of
from omr.web.entry import NotFoundError, TheDesk, TheForm, TheMember, go, is_count, text
from omr.web.render import page
from omr.words import _, number

if TYPE_CHECKING:
    from omr.questions import Count, OpenItem

router = APIRouter(prefix="/e/{name}/review")

#: Said by the page's script: it shows the answer in place, and fetches the next pictures by itself.
AT_ONCE = "x-at-once"

#: Questions on one page of the list; a screen shows about twenty.
LISTED = 200


@router.get("")
def begin(request: Request, desk: TheDesk, member: TheMember, name: str) -> Response:
    """The first question of this member, or that there is none."""
    mine = queue(desk.count().open_items, member)
    if mine:
        return go(f"/e/{name}/review/{key_of(mine[0])}")
    return _nothing(request, desk, member)


@router.get("/list")
def show_list(request: Request, desk: TheDesk, member: TheMember, start: int = 0) -> Response:
    """Everything that is open."""
    now = desk.count()
    mine = {key_of(item) for item in queue(now.open_items, member)}
    shown = now.open_items[max(start, 0) : max(start, 0) + LISTED]
    lines = [(key_of(item), item, _person(now, item), key_of(item) in mine) for item in shown]
    return page(
        request, "list.html", desk, lines=lines, total=len(now.open_items), start=max(start, 0), most=LISTED
    )


@router.get("/{ballot}/{question}/{row}")
def show(  # noqa: PLR0913, PLR0917 - the parts of an address
    request: Request, desk: TheDesk, member: TheMember, ballot: str, question: str, row: str
) -> Response:
    """One question."""
    return _page(request, desk, member, f"{ballot}/{question}/{row}")


def _page(  # noqa: PLR0913, PLR0917 - the question, and what is said of it
    request: Request, desk: Desk, member: str, key: str, said: str = "", status: int = 200
) -> Response:
    now = desk.count()
    mine = queue(now.open_items, member)
    item = find(mine, key)
    if item is None:
        _refuse_unknown(now, key)
        other = find(now.open_items, key)
        told = (
            _("you have answered this; it waits for another member")
            if other
            else _("this question is settled")
        )
        return _other(request, desk, member, mine, said or told, status)
    after = following(mine, item)
    seen = desk.seen(item.page) if item.page else None
    response = page(
        request,
        "review.html",
        desk,
        status=status,
        here=f"/e/{request.path_params['name']}/review/{key}",
        asked=ask(now, item, seen),
        left=len(mine),
        elsewhere=len(now.open_items) - len(mine),
        after=key_of(after) if after else "",
        last=_last(now, member),
        said=said,
    )
    if AT_ONCE not in request.headers:
        response.background = BackgroundTask(_draw_ahead, desk, after)
    return response


def _refuse_unknown(now: Count, key: str) -> None:
    """Raises NotFoundError where the address names no ballot, question or row of this election."""
    ballot, question, row = key.split("/")
    rows = {"-", *(str(each.number) for each_page in now.layout.pages for each in each_page.rows)}
    known = any(ballot == each.id or ballot in each.names for each in now.box.ballots)
    if not known or question not in set(Question) or row not in rows:
        raise NotFoundError(_("there is no such page"))


def _other(  # noqa: PLR0913, PLR0917 - what is left, and what is said
    request: Request, desk: Desk, member: str, mine: tuple[OpenItem, ...], said: str, status: int
) -> Response:
    """What was asked for is open no more: say so, and go on."""
    if not mine:
        return _nothing(request, desk, member, said, status)
    return page(request, "settled.html", desk, status=status, said=said, after=key_of(mine[0]))


def _nothing(request: Request, desk: Desk, member: str, said: str = "", status: int = 200) -> Response:
    now = desk.count()
    return page(
        request,
        "nothing.html",
        desk,
        status=status,
        waiting=len(now.open_items),
        read=len(now.box.pages),
        unread=sum(not each.unread for each in desk.counted().problems),
        differ=now.differs,
        last=_last(now, member),
        said=said,
    )


def _draw_ahead(desk: Desk, item: OpenItem | None) -> None:
    """Have the pictures of the next question ready before somebody asks for them."""
    if item is None or item.page is None:
        return
    try:
        if item.number is not None:
            desk.row_picture(item.page, item.number)
        desk.page_picture(item.page)
    except (OmrError, KeyError):
        return  # it is said where the question itself is shown


@router.post("/decide")
def decide(request: Request, desk: TheDesk, member: TheMember, form: TheForm, name: str) -> Response:
    """Record one member's word, and go on to their next question."""
    key = text(form, "key")
    before = find(desk.count().open_items, key)
    try:
        _record(desk, member, key, text(form, "answer"), text(form, "why"))
    except StaleError as fault:
        return _at(f"/e/{name}/review/{key}", _page(request, desk, member, key, fault.message, 409))
    mine = queue(desk.count().open_items, member)
    after = following(mine, before) if before else None
    address = f"/e/{name}/review/{key_of(after)}" if after else f"/e/{name}/review"
    if after is None or AT_ONCE not in request.headers:
        return go(address)
    # A script asks for the next question in the same breath: one trip instead of two.
    return _at(address, _page(request, desk, member, key_of(after)))


def _at(address: str, response: Response) -> Response:
    """The answer to a form that is shown in place, with the address under which it is found again."""
    response.headers["x-here"] = address
    return response


def _record(desk: Desk, member: str, key: str, answer: str, why: str) -> None:
    """An answer names its choice, and the turn it was given in; the address the ballot and the row."""
    ballot, _question, row = (*key.split("/"), "", "")[:3]
    choice, _at, turn = answer.partition("@")
    if not is_count(turn) or not (row == "-" or is_count(row)):
        raise UsageError(_("nothing was chosen"), _("press one of the buttons"))
    now = desk.count()
    of_row = row != "-" and choice in now.choices(Question.ROW)
    with desk.store() as store:
        resolve(
            store,
            now,
            ballot,
            int(row) if of_row else None,
            choice,
            by=member,
            why=why[:1000],
            agreed=False,
            turn=int(turn),
        )


@router.post("/undo")
def undo(desk: TheDesk, member: TheMember, form: TheForm, name: str) -> Response:
    """Take back this member's last word; it is kept, and so is the taking back."""
    now = desk.count()
    last = last_live(now.adjudications, member)
    if last is None or str(last.seq) != text(form, "seq"):
        raise StaleError(_("your last decision is another one by now"), _("load the page again"))
    with desk.store() as store:
        resolve(store, now, last.sheet, last.number, UNDO, by=member, agreed=False, question=last.question)
    return _back_to(desk, name, last.sheet, last.question, last.number)


def _back_to(desk: Desk, name: str, sheet: str, question: Question, row: int | None) -> Response:
    ballot = next((each for each in desk.count().box.ballots if sheet in each.names), None)
    here = f"{ballot.id if ballot else sheet}/{question.value}/{'-' if row is None else row}"
    return go(f"/e/{name}/review/{here}")


def _last(now: Count, member: str) -> tuple[int, str] | None:
    """This member's last word, to be taken back: its number, and what it was in words."""
    last = last_live(now.adjudications, member)
    if last is None:
        return None
    who = _("the whole sheet") if last.number is None else place_of(now.layout, last.number)[1].name
    return last.seq, f"{who}: {answer_name(now.layout, last.choice)}"


def _person(now: Count, item: OpenItem) -> str:
    if item.number is None:
        return _("the whole sheet")
    row = place_of(now.layout, item.number)[1]
    return f"{number(row.number)}. {row.name}"
