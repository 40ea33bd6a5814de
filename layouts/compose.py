"""Content + spec -> where everything is on every page of the ballot."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from layouts.content import Content, Person
from layouts.errors import LayoutError, Problem, UnknownLetterError
from layouts.foot import last_row_limit, notes, page_number, place_signature, row_limit, signature_lines
from layouts.head import first_head, running_head
from layouts.model import BallotLayout, Fiducial, PageLayout, Point
from layouts.paginate import Room, paginate
from layouts.spec import BallotSpec, Density, Sheet
from layouts.table import Head, RowText, head_text, missing_letter, place_table, row_text
from layouts.typeset import Block, TextMeasure, WordTooWideError

#: Rows keep this distance from the seal's square, mm (DESIGN.md): a seal is stamped by hand.
SEAL_CLEARANCE_MM = 5.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Plan:
    """A ballot in one density: its parts before they are placed, and how many rows each page takes."""

    density: Density
    first: Block
    running: Block
    notes: Block
    signature: Block
    head: Head
    rows: tuple[RowText, ...]
    counts: tuple[int, ...]


def compose(spec: BallotSpec, content: Content, measure: TextMeasure) -> BallotLayout:
    """Lay out the ballot: the roomiest of the spec's densities that needs the fewest pages.

    Raises:
        LayoutError: the content makes no ballot; it names the line of the roster where there is one.
    """
    _check(spec, content)
    plan = min(_plans(spec, content, measure), key=lambda plan: len(plan.counts))
    pages = tuple(_place_pages(spec, plan))
    return _rounded(BallotLayout(content.election, spec.name, spec.choices, pages))


def _check(spec: BallotSpec, content: Content) -> None:
    limit = spec.limits.people
    if not content.people:
        raise LayoutError(Problem.NO_PEOPLE)
    if len(content.people) > limit:
        raise LayoutError(Problem.TOO_MANY_PEOPLE, count=len(content.people), limit=limit)
    seen: dict[int, Person] = {}
    for person in content.people:
        _check_person(spec, person)
        first = seen.setdefault(person.number, person)
        if first is not person:
            raise LayoutError(
                Problem.NUMBER_TWICE,
                source=person.source,
                number=person.number,
                first=first.name,
                name=person.name,
            )


def _check_person(spec: BallotSpec, person: Person) -> None:
    if person.number < 1:
        raise LayoutError(Problem.NUMBER_NOT_POSITIVE, source=person.source, number=person.number)
    if not person.name.strip():
        raise LayoutError(Problem.NO_NAME, source=person.source, number=person.number)
    limits = spec.limits
    for text, limit in ((person.name, limits.name_chars), (person.position, limits.position_chars)):
        if len(text) > limit:
            raise LayoutError(
                Problem.TEXT_TOO_LONG, source=person.source, start=text[:20], length=len(text), limit=limit
            )


def _plans(spec: BallotSpec, content: Content, measure: TextMeasure) -> list[_Plan]:
    """A plan for each density that can hold the content, roomiest first; at least one."""
    plans, failure = [], None
    for density in spec.density:
        try:
            plans.append(_plan(spec, content, density, measure))
        except LayoutError as error:
            failure = error
    if not plans and failure:
        raise failure
    return plans


def _plan(spec: BallotSpec, content: Content, density: Density, measure: TextMeasure) -> _Plan:
    rows = tuple(row_text(person, spec, density, measure) for person in content.people)
    with _wording():
        head = head_text(spec, density, measure)
        first = first_head(spec, content, density, measure)
        running = running_head(spec, content, density, measure)
        beside_code = notes(spec, density, measure)
        signature = signature_lines(spec, density, measure)
    counts = _counts(spec, density, (first.bottom, running.bottom), head, rows)
    return _Plan(density, first, running, beside_code, signature, head, rows, counts)


@contextmanager
def _wording() -> Iterator[None]:
    """What cannot be set outside the rows, as an error for people."""
    try:
        yield
    except UnknownLetterError as error:
        raise missing_letter(error) from error
    except WordTooWideError as error:
        raise LayoutError(Problem.WORDING_TOO_WIDE, word=error.word) from error


def _counts(
    spec: BallotSpec, density: Density, tops: tuple[float, float], head: Head, rows: tuple[RowText, ...]
) -> tuple[int, ...]:
    whole, last = row_limit(spec), last_row_limit(spec, density)
    first_top = _first_rows_top(spec, tops[0], head)
    later_top = tops[1] + head.height
    room = Room(whole - first_top, last - first_top, whole - later_top, last - later_top)
    counts = paginate([row.height for row in rows], room)
    if counts is None:
        tallest = max(rows, key=lambda row: row.height)
        if tallest.height <= room.last:
            raise LayoutError(Problem.HEAD_TOO_TALL)
        raise LayoutError(Problem.ROW_TOO_TALL, name=tallest.name)
    return counts


def _first_rows_top(spec: BallotSpec, head_bottom: float, head: Head) -> float:
    return max(head_bottom + head.height, spec.sheet.seal.y1 + SEAL_CLEARANCE_MM)


def _place_pages(spec: BallotSpec, plan: _Plan) -> Iterator[PageLayout]:
    done = 0
    for page, count in enumerate(plan.counts, start=1):
        yield _place_page(spec, plan, page, plan.rows[done : done + count])
        done += count


def _place_page(spec: BallotSpec, plan: _Plan, page: int, rows: tuple[RowText, ...]) -> PageLayout:
    pages, density = len(plan.counts), plan.density
    above = plan.first if page == 1 else plan.running
    top = _first_rows_top(spec, above.bottom, plan.head) - plan.head.height if page == 1 else above.bottom
    table = place_table(spec, density, plan.head, rows, top)
    signature = place_signature(spec, density, plan.signature, table.box.y1) if page == pages else None
    parts = [
        above,
        table.block,
        *([plan.notes] if page == 1 else []),
        page_number(spec, density, page, pages),
    ]
    parts += [signature.block] if signature else []
    return PageLayout(
        page=page,
        size_mm=spec.sheet.size_mm,
        fiducials=fiducials(spec.sheet),
        code_mm=spec.sheet.code,
        seal_mm=spec.sheet.seal if page == 1 else None,
        signature_mm=signature.box if signature else None,
        write_in_mm=signature.write_in if signature else None,
        table_mm=table.box,
        rows=table.rows,
        rules=tuple(rule for part in parts for rule in part.rules),
        texts=tuple(text for part in parts for text in part.texts),
    )


def fiducials(sheet: Sheet) -> tuple[Fiducial, ...]:
    """The four corner marks: 0 top left, 1 top right, 2 bottom right, 3 bottom left."""
    (width, height), edge, side = sheet.size_mm, sheet.edge_mm, sheet.fiducial_mm
    right, low = width - edge - side, height - edge - side
    starts = ((edge, edge), (right, edge), (right, low), (edge, low))
    return tuple(Fiducial(number, _corners(*start, side)) for number, start in enumerate(starts))


def _corners(x: float, y: float, side: float) -> tuple[Point, Point, Point, Point]:
    return (x, y), (x + side, y), (x + side, y + side), (x, y + side)


def _rounded(value: _T) -> _T:
    """The same value with every length cut to a micrometre, so that layout.json is short and stable."""
    if isinstance(value, float):
        return cast("_T", round(value, 3))
    if isinstance(value, tuple):
        return cast("_T", tuple(_rounded(item) for item in value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [item.name for item in dataclasses.fields(value)]
        return cast(
            "_T", dataclasses.replace(value, **{name: _rounded(getattr(value, name)) for name in names})
        )
    return value
