"""What a ballot page looks like, in millimetres.

Frame *paper*: millimetres, origin at the top left corner of the paper, x to the right, y down.
Every value here is frozen; a layout is made once by `layouts.compose` and only read afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Align = Literal["left", "center", "right"]
Style = Literal["regular", "bold", "italic", "bold_italic"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle on the paper, mm; x0 < x1 and y0 < y1.

    >>> Box(10, 20, 26, 29).width
    16
    """

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Width, mm."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Height, mm."""
        return self.y1 - self.y0

    @property
    def center(self) -> Point:
        """Middle, mm."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def as_tuple(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1), mm."""
        return self.x0, self.y0, self.x1, self.y1

    def grown(self, mm: float) -> Box:
        """The box with every side moved outward by `mm` (inward where negative)."""
        return Box(self.x0 - mm, self.y0 - mm, self.x1 + mm, self.y1 + mm)

    def gap(self, other: Box) -> float:
        """Largest of the horizontal and vertical distances between two boxes, mm; 0 where they overlap.

        >>> Box(0, 0, 10, 10).gap(Box(15, 2, 20, 4))
        5
        """
        return max(other.x0 - self.x1, self.x0 - other.x1, other.y0 - self.y1, self.y0 - other.y1, 0)


@dataclass(frozen=True, slots=True)
class Fiducial:
    """One ArUco registration mark (dictionary DICT_4X4_50). Its id tells the corner.

    0 top left, 1 top right, 2 bottom right, 3 bottom left of the page.
    `corners_mm`: the black square's top left, top right, bottom right, bottom left (OpenCV's order).
    """

    id: int
    corners_mm: tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Cell:
    """One mark box: the space between the printed rules (their centre lines), for one choice."""

    choice: str
    box_mm: Box


@dataclass(frozen=True, slots=True)
class Row:
    """One person's row. `number` is the STT printed on the ballot."""

    number: int
    name: str
    position: str
    name_mm: Box
    position_mm: Box
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A printed straight line, horizontal or vertical: its centre line and width, mm."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float


@dataclass(frozen=True, slots=True)
class Text:
    """One printed line of text. (x, y) is the anchor on the baseline, mm; size in points.

    `spacing_mm` is added to every space: a justified line ends at the margin.
    """

    x: float
    y: float
    text: str
    size_pt: float
    style: Style = "regular"
    align: Align = "left"
    spacing_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class PageLayout:
    """One printed side. Fields are named as in layout.json."""

    page: int
    size_mm: tuple[float, float]
    fiducials: tuple[Fiducial, ...]
    code_mm: Box
    seal_mm: Box | None
    signature_mm: Box | None
    write_in_mm: Box | None
    table_mm: Box
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One mark column: its stable id (`high`) and the label printed above it (`Tín nhiệm cao`)."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class BallotLayout:
    """All pages of one ballot. `spec` names the TOML file it was made from."""

    election: str
    spec: str
    choices: tuple[Choice, ...]
    pages: tuple[PageLayout, ...]

    def page(self, number: int) -> PageLayout:
        """The page of that number, counted from 1. Raises KeyError where there is none."""
        for page in self.pages:
            if page.page == number:
                return page
        raise KeyError(number)
