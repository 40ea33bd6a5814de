"""What a paper of the board consists of, before anybody draws it: head, blocks of text, tables, signatures.

`paper_docx` and `paper_pdf` draw the same `Paper`, so that the editable and the printed form say the same.
Sizes are points, widths mm. Typography as of Nghị định 30/2020/NĐ-CP, phụ lục I.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

Align = Literal["left", "center", "right", "justify"]

#: Margins of an administrative paper, mm (Nghị định 30/2020/NĐ-CP, phụ lục I: 30–35, 15–20, 20–25, 20–25).
LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 30.0, 15.0, 20.0, 20.0

#: A4, mm.
SHORT_MM, LONG_MM = 210.0, 297.0

#: Size of running text, points (the same decree: 13 or 14).
TEXT_PT: Final = 13.0

#: First line of a paragraph, mm (the same decree: 1 cm or 1.27 cm).
INDENT_MM: Final = 10.0

#: Free height under "(Đóng dấu treo)", mm: the hanging seal of a district is 36 mm wide and lies half over
#: the agency's name.
SEAL_MM: Final = 14.0


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `keep` holds it on the page of what follows; `after` is the space below, points."""

    text: str
    bold: bool = False
    italic: bool = False
    align: Align = "left"
    size: float = TEXT_PT
    indent: bool = False
    keep: bool = False
    after: float = 3.5
    underline: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Free height, mm."""

    height: float


@dataclass(frozen=True, slots=True)
class HeadCell:
    """A cell of a table's head: where it begins, how many rows and columns it covers."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    italic: bool = False
    bold: bool = True


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table; its head is repeated on every page and no row is split.

    Attributes:
        head: cells of the head, together `head_rows` high.
        rows: texts, one a column.
        widths: mm, one a column.
        aligns: one a column.
        size: of the rows' text, points; the head is one point smaller.
    """

    head: tuple[HeadCell, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    aligns: tuple[Align, ...]
    size: float = 11.0

    @property
    def head_rows(self) -> int:
        """How many rows the head has."""
        return max(cell.row + cell.rows for cell in self.head)


@dataclass(frozen=True, slots=True)
class Signature:
    """One who signs: office, what is signed how, name."""

    office: str
    hint: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """Up to two who sign, left and right; an office may be empty."""

    left: Signature
    right: Signature


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a page of its own."""


Block = Text | Gap | Grid | Signatures | NewPage


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper.

    Attributes:
        title: for the file's properties.
        left: lines of the head at the left, centred (agency). right: the same at the right.
        seal: leave room for the hanging seal under the left head.
        stamp: MẬT, boxed under the left head and at the top of later pages; empty for none.
        copy: "Bản số 1/3", beside the stamp; empty for none.
        draft: BẢN NHÁP on every page; empty for none.
        landscape: the long side lies down.
    """

    title: str
    author: str
    left: tuple[Text, ...]
    right: tuple[Text, ...]
    body: tuple[Block, ...] = field(default_factory=tuple)
    seal: bool = False
    stamp: str = ""
    copy: str = ""
    draft: str = ""
    landscape: bool = False

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the paper."""
        return (LONG_MM, SHORT_MM) if self.landscape else (SHORT_MM, LONG_MM)

    @property
    def text_mm(self) -> float:
        """Width of the text."""
        return self.size_mm[0] - LEFT_MM - RIGHT_MM


def aligned(columns: int, left: tuple[int, ...] = (1, 2)) -> tuple[Align, ...]:
    """Columns of a table: these at the left, the others in the middle."""
    begin: Align = "left"
    middle: Align = "center"
    return tuple(begin if column in left else middle for column in range(columns))


def keep_signatures(body: tuple[Block, ...]) -> tuple[Block, ...]:
    """The same blocks, with the lines above every signature held to it: nobody signs an empty page."""
    kept: list[Block] = []
    for block in reversed(body):
        follows = kept[-1] if kept else None
        held = isinstance(follows, Signatures) or (isinstance(follows, Text) and follows.keep)
        kept.append(replace(block, keep=True) if isinstance(block, Text) and held else block)
    return tuple(reversed(kept))


def centered(text: str, **looks: bool) -> Text:
    """A line of a head."""
    return Text(text, align="center", after=0, **looks)
