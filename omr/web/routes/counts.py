"""The second count beside the first: for each person whether they agree, and the sheets that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from omr.compared import NAMES
from omr.rules import OPEN
from omr.web.asked import key_of
from omr.web.desk import place_of
from omr.web.entry import TheDesk, TheMember
from omr.web.render import page
from omr.words import _, number

if TYPE_CHECKING:
    from collections import Counter

    from omr.compare import Comparison, Pair
    from omr.counting import Counted
    from omr.questions import Count

router = APIRouter(prefix="/e/{name}/result")

#: Sheets on the page; more are counted.
MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One row, or a whole sheet, that the counts have otherwise; `key` leads to its open question."""

    who: str
    one: str
    two: str
    key: str


@router.get("/counts")
def show(
    request: Request,
    desk: TheDesk,
    member: TheMember,  # noqa: ARG001 - what single sheets hold is for the board alone
) -> Response:
    """Both counts."""
    if not desk.is_printed:
        return page(request, "no-result.html", desk)
    counted = desk.counted()
    compared = counted.now.comparison
    lines = () if compared is None else _lines(counted.now, compared)
    return page(
        request,
        "counts.html",
        desk,
        compared=compared,
        wanted=counted.now.rules.counts > 1,
        people=() if compared is None else _people(counted, compared),
        choices=counted.layout.choices,
        lines=lines[:MOST_SHOWN],
        more=len(lines) - MOST_SHOWN,
    )


def _people(counted: Counted, compared: Comparison) -> list[tuple[str, bool, list[tuple[int, int]]]]:
    """Each person: whether both counts agree, and every number in the first and in the second."""
    choices = counted.result.choices
    found = []
    for each in counted.result.people:
        one, two = (_numbers(side, choices) for side in compared.votes[each.person.number])
        found.append(
            (f"{each.person.number}. {each.person.name}", one == two, list(zip(one, two, strict=True)))
        )
    return found


def _numbers(side: Counter[str], choices: tuple[str, ...]) -> list[int]:
    """Votes of each choice, then invalid, then open."""
    votes = [side.get(choice, 0) for choice in choices]
    opened = side.get(OPEN, 0)
    return [*votes, sum(side.values()) - sum(votes) - opened, opened]


def _lines(now: Count, compared: Comparison) -> list[Line]:
    keys = {(item.ballot, item.number): key_of(item) for item in now.open_items}
    found = [line for pair in compared.differing for line in _lines_of(now, pair, keys)]
    found += [
        Line(_("the whole sheet"), _("there"), _("not found"), keys.get((each, None), ""))
        for each in compared.only_one
    ]
    found += [Line(_("the whole sheet"), _("not found"), _("there"), "") for _sheet in compared.only_two]
    return found


def _lines_of(now: Count, pair: Pair, keys: dict[tuple[str, int | None], str]) -> list[Line]:
    if pair.whole_differs:
        one, two = (_in_words(now, state.value) for state in pair.states)
        return [Line(_("the whole sheet"), one, two, keys.get((pair.one, None), ""))]
    return [
        Line(
            f"{number(row.number)}. {place_of(now.layout, row.number)[1].name}",
            _in_words(now, row.one),
            _in_words(now, row.two),
            keys.get((pair.one, row.number), ""),
        )
        for row in pair.rows
    ]


def _in_words(now: Count, value: str) -> str:
    levels = {choice.id: choice.label for choice in now.layout.choices}
    return levels.get(value) or (_(NAMES[value]) if value in NAMES else value)
