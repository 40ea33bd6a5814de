"""A kind of ballot as data: fixed wording, choices and measures, read from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from layouts.errors import LayoutError, Problem
from layouts.model import Align, Box, Choice

Span = tuple[float, float]
ColumnId = Literal["number", "name", "position"]

#: A misspelt key is an error, not a silent default.
_CLOSED = ConfigDict(extra="forbid", strict=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A text column of the table; its width is between the centre lines of its rules, mm."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    id: ColumnId
    head: str
    width_mm: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Marks:
    """The mark columns: the head over all of them, and the width of each, mm."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    head: str
    width_mm: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where things stand on the paper, mm. Boxes are (x0, y0, x1, y1), spans (x0, x1)."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    size_mm: Span
    text_mm: tuple[float, float, float, float]
    fiducial_mm: float
    edge_mm: float
    seal_mm: tuple[float, float, float, float]
    code_mm: tuple[float, float, float, float]
    agency_mm: Span
    date_mm: Span
    title_mm: Span
    signature_mm: Span
    rule_mm: float
    mark_min_mm: Span

    @property
    def text(self) -> Box:
        """The box that holds everything but the fiducials."""
        return Box(*self.text_mm)

    @property
    def seal(self) -> Box:
        """The square kept free for the hanging seal."""
        return Box(*self.seal_mm)

    @property
    def code(self) -> Box:
        """The QR code's square with its quiet zone."""
        return Box(*self.code_mm)


@dataclass(frozen=True, slots=True)
class Words:
    """The printed sentences; {names} are filled from the content."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    date: str
    dots: str
    seal: str
    title: str
    voters: str
    subjects: str
    year: str
    basis: str
    request: str
    signature: str
    signature_note: str
    notes_head: str
    notes: tuple[str, ...]
    running: str
    continued: str
    page: str


@dataclass(frozen=True, slots=True)
class Density:
    """One way of setting the page: type sizes in points, distances in mm.

    `leading` is the distance of baselines in type sizes; `pad_mm` the white over and under a row's text;
    `gap_mm` the white between the parts of the page; `signature_mm` the height kept for the signature.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    name: str
    body_pt: float
    title_pt: float
    table_pt: float
    head_pt: float
    note_pt: float
    leading: float
    pad_mm: float
    gap_mm: float
    signature_mm: float


@dataclass(frozen=True, slots=True)
class Limits:
    """More than this is taken for a mistake in the list."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    people: int
    name_chars: int
    position_chars: int


@dataclass(frozen=True, slots=True)
class Result:
    """What the result rules must know of the choices: the one whose share has consequences (III.6)."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    low: str


@dataclass(frozen=True, slots=True)
class BallotSpec:
    """A kind of ballot. `name` is the TOML file's name without its ending."""

    __pydantic_config__: ClassVar[ConfigDict] = _CLOSED
    agency_mark: Literal["star", "rule"]
    result: Result
    choices: tuple[Choice, ...]
    sheet: Sheet
    columns: tuple[Column, ...]
    marks: Marks
    limits: Limits
    words: Words
    density: tuple[Density, ...]
    name: str = field(default="")

    @property
    def low(self) -> str:
        """Id of the choice whose share has consequences."""
        return self.result.low


def known_specs() -> tuple[str, ...]:
    """Names of the ballot kinds that come with the program, sorted."""
    files = resources.files("layouts").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def load_spec(name_or_path: str | Path) -> BallotSpec:
    """The ballot kind of that name, or from that TOML file.

    Raises:
        LayoutError: SPEC_UNKNOWN or SPEC_INVALID, naming the key that is wrong.

    >>> [choice.id for choice in load_spec("phu_luc_04").choices]
    ['high', 'medium', 'low']
    """
    name = str(name_or_path)
    if name in known_specs():
        return _parse(name, (resources.files("layouts") / f"{name}.toml").read_text("utf-8"))
    try:
        text = Path(name).read_text("utf-8") if Path(name).is_file() else None
    except (OSError, ValueError) as error:  # ValueError: no UTF-8, or no path at all
        raise LayoutError(Problem.SPEC_UNKNOWN, spec=name, known=", ".join(known_specs())) from error
    if text is None:
        raise LayoutError(Problem.SPEC_UNKNOWN, spec=name, known=", ".join(known_specs()))
    return _parse(name, text)


@cache
def _parse(name: str, text: str) -> BallotSpec:
    try:
        spec = TypeAdapter(BallotSpec).validate_python({**tomllib.loads(text), "name": name})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LayoutError(Problem.SPEC_INVALID, spec=name, where="TOML", why=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LayoutError(Problem.SPEC_INVALID, spec=name, where=where, why=first["msg"]) from error
    _check(spec)
    _check_words(spec)
    return spec


def _check(spec: BallotSpec) -> None:
    """Refuse what the types allow and no ballot can be made of."""
    ids = [choice.id for choice in spec.choices]
    wanted = spec.sheet.text.width
    width = sum(column.width_mm for column in spec.columns) + spec.marks.width_mm * len(ids)
    faults = (
        ("choices", "at least two with different ids are needed", len(set(ids)) < max(2, len(ids))),
        ("result.low", f"is none of {', '.join(ids)}", spec.low not in ids),
        ("columns", "must be number, name, position", _ids(spec) != ["number", "name", "position"]),
        ("columns", f"are {width:g} mm wide together instead of {wanted:g}", abs(width - wanted) > 1e-6),
        ("marks.width_mm", "is under sheet.mark_min_mm", spec.marks.width_mm < spec.sheet.mark_min_mm[0]),
        ("density", "at least one is needed", not spec.density),
    )
    for where, why, wrong in faults:
        if wrong:
            raise LayoutError(Problem.SPEC_INVALID, spec=spec.name, where=where, why=why)


#: The {names} that each sentence may use.
_FIELDS: dict[str, dict[str, str]] = {
    "date": {"place": "", "day": "", "month": "", "year": ""},
    "voters": {"voters": ""},
    "subjects": {"subjects": ""},
    "year": {"year": ""},
    "running": {"title": ""},
    "continued": {"next": ""},
    "page": {"page": "", "pages": ""},
}


def _check_words(spec: BallotSpec) -> None:
    """Refuse a sentence with a {name} that nothing fills."""
    for sentence, fields in _FIELDS.items():
        try:
            getattr(spec.words, sentence).format(**fields)
        except (KeyError, IndexError, ValueError) as error:
            known = ", ".join(f"{{{name}}}" for name in fields)
            raise LayoutError(
                Problem.SPEC_INVALID, spec=spec.name, where=f"words.{sentence}", why=f"it may name {known}"
            ) from error


def _ids(spec: BallotSpec) -> list[str]:
    return [column.id for column in spec.columns]
