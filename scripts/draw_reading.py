"""Draws the pictures of docs/reading.md and fills in its tables, from the cases that the tests use.

    python -m scripts.draw_reading [--check]

Every case is printed, marked, damaged and read as in tests/omr; the tables say what the reader said. Numbers
come from the code's own constants. `--check` writes nothing: it reads every case again and compares all that
the tables say; exit code 1 if the document is not up to date.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import Image as Pillow

from layouts.model import Box
from omr import (
    below,
    code,
    doubts,
    fiducials,
    fit,
    folds,
    grid,
    ink,
    read,
    register,
    seal,
    shades,
    streaks,
    trace,
)
from omr.marks import Thresholds
from omr.register import straighten
from omr.rules import UNSURE, RowReading, judge_row
from omr.seal import SealSeen
from scripts.reading_cases import (
    DAMAGES,
    EXTRAS,
    GOOD,
    MARKS,
    PENS,
    PEOPLE,
    PLAIN_PLAN,
    SEALS,
    Case,
    ExtraCase,
    of_damage,
    of_extra,
    of_kinds,
    of_pen,
    of_seal,
    read_case,
)
from scripts.simulate import EXPECTED, Extra, Image, Kind, RowTruth, ScannedPage, SealKind, px_per_mm
from scripts.tables import table
from scripts.trial import as_scan, ballot_of

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "reading.md"
PICTURES = DOCUMENT.parent / "reading"

#: px/mm of the pictures of a row and of a whole page, and px across the part of a page that a damage touches.
ROW_SCALE, PAGE_SCALE, PART_WIDTH = 3.4, 0.62, 180
#: Colours of a picture's palette: what a crop of a scan needs to look like one.
COLOURS = 8
#: Paper where the ink's colour is shown: its noise would take most of a palette.
WHITE = np.uint8(238)

#: Parts of the scan in which a damage is best seen, mm: pixels, boxes, whatever it touches.
PIXELS, BOXES = Box(152, 136, 174, 151), Box(133, 124, 190, 162)
#: What a damage is shown by; all others show the whole page.
PARTS: Mapping[str, Box] = {
    "150_dpi": PIXELS,
    "300_dpi": PIXELS,
    "600_dpi": PIXELS,
    "one_bit": PIXELS,
    "dithered": PIXELS,
    "jpeg_30": PIXELS,
    "grey": BOXES,
    "fold_through_boxes": Box(133, 165, 190, 203),
    "streak_through_boxes": BOXES,
    "bleed_through": BOXES,
    "bleed_through_heavily": BOXES,
    "coffee": Box(125, 150, 196, 197),
    "specks": Box(76, 124, 133, 162),
    "staple": Box(2, 2, 59, 40),
    "punch_holes": Box(0, 90, 57, 128),
}

#: Words for what a row may be read as, and the Vietnamese for the board.
WORDS: Mapping[str, str] = {
    "choice": "the choice",
    "blank": "blank (không đánh dấu ô nào)",
    "overvote": "two or three marks (đánh dấu hai hoặc ba ô)",
    "struck": "struck (họ tên bị gạch xóa)",
    "unsure": "asked (chờ quyết định)",
}

#: What is seen of a seal, as the page says it.
SEAL_WORDS: Mapping[SealSeen, str] = {
    SealSeen.RED: "nothing: it is sealed",
    SealSeen.FAINT: "`seal_faint`",
    SealSeen.OTHER_INK: "`seal_not_red`",
    SealSeen.NONE: "`seal_missing`",
}

#: Where a seal is shown, mm; over the table's edge it lies lower.
AT_SEAL, AT_EDGE = Box(12.0, 6.0, 80.0, 70.0), Box(12.0, 76.0, 80.0, 140.0)

#: What is shown of the table's lower edge, mm above and below it: there most extras are written.
BELOW_TABLE = (-12.0, 16.0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table, its picture drawn only where it is to be kept.

    Attributes:
        coloured: it is the colour that is shown, which a small palette of a grey page has no room for.
    """

    name: str
    picture: Callable[[], Image]
    cells: tuple[str, ...]
    coloured: bool = False


def _table(head: Sequence[str], lines: Iterable[Line], *, keep: bool) -> str:
    """The lines as a table with their pictures in front, which are written if they are to be kept."""
    rows = [(_link(line.name), *line.cells) for line in lines if not keep or _save(line)]
    return table(("picture", *head), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and fill in, or check."""
    parser = argparse.ArgumentParser(prog="python -m scripts.draw_reading", description="Draw docs/reading.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; say which tables are not what the code says"
    )
    if parser.parse_args(arguments).check:
        old = stale(DOCUMENT.read_text(encoding="utf-8"), BLOCKS)
        print(
            f"docs/reading.md is not up to date: {', '.join(old)}" if old else "docs/reading.md is up to date"
        )
        return int(bool(old))
    PICTURES.mkdir(parents=True, exist_ok=True)
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, made in BLOCKS.items():
        text = filled(text, name, made(keep=True))
    DOCUMENT.write_text(text, encoding="utf-8")
    size = sum(path.stat().st_size for path in PICTURES.glob("*.png"))
    print(f"{len(list(PICTURES.glob('*.png')))} pictures, {size / 1000:.0f} kB")
    return 0


def filled(text: str, name: str, content: str) -> str:
    """The text with the block of that name (between its two comments) replaced.

    >>> print(filled("a <!-- x --> old <!-- /x --> b", "x", "new"))
    a <!-- x -->
    new
    <!-- /x --> b
    """
    block = re.compile(rf"(<!-- {name} -->).*?(<!-- /{name} -->)", re.DOTALL)
    if not block.search(text):
        raise ValueError(f"docs/reading.md has no block {name}")
    return block.sub(lambda found: f"{found[1]}\n{content}\n{found[2]}", text)


def documented(text: str) -> dict[str, tuple[str, ...]]:
    """What the document's tables say beside each picture, by its name.

    >>> documented("| ![seal red](reading/seal-red.png) | a red seal | nothing |")
    {'seal-red': ('a red seal', 'nothing')}
    """
    lines = (re.match(r"\| !\[.*?\]\(reading/([\w-]+)\.png\) *\|(.*)\|$", line) for line in text.splitlines())
    return {found[1]: tuple(cell.strip() for cell in found[2].split("|")) for found in lines if found}


def stale(text: str, names: Iterable[str]) -> list[str]:
    """Which of those blocks of the document are not what the code says, and whether a picture is missing."""
    shown = set(re.findall(r"\(reading/([\w.-]+\.png)\)", text))
    drawn = {path.name for path in PICTURES.glob("*.png")}
    old = [name for name in names if filled(text, name, BLOCKS[name](keep=False)) != text]
    return old if shown == drawn else [*old, "pictures"]


def _upright(case: Case, region: Box, scale: float) -> Image:
    """A part of the paper, straightened as the reader does, BGR."""
    assert case.seen.paper_to_scan is not None
    matrix = np.array(case.seen.paper_to_scan).reshape(3, 3)
    fine = straighten(case.scanned.image, matrix, region.as_tuple(), 2 * scale)
    return np.asarray(cv2.resize(fine, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _link(name: str) -> str:
    """A picture in Markdown."""
    return f"![{name.replace('-', ' ')}](reading/{name}.png)"


def _save(line: Line) -> bool:
    """Write a line's picture with a small palette."""
    picture = line.picture()
    if line.coloured:
        picture = np.where(picture.min(axis=2, keepdims=True) > WHITE, WHITE, picture)
    rgb = Pillow.fromarray(np.ascontiguousarray(picture[..., ::-1]))
    method = Pillow.Quantize.FASTOCTREE if line.coloured else Pillow.Quantize.MEDIANCUT
    small = rgb.quantize(COLOURS, method=method, dither=Pillow.Dither.NONE)
    data = io.BytesIO()
    small.save(data, "PNG", optimize=True)
    return (PICTURES / f"{line.name}.png").write_bytes(data.getvalue()) > 0


def _strip(page: Case, number: int) -> Callable[[], Image]:
    """Draws a row."""
    row = next(r for r in ballot_of(PEOPLE).layout.pages[0].rows if r.number == number)
    strip = Box(20.0, row.name_mm.y0 - 1.5, 202.0, row.name_mm.y1 + 1.5)
    return partial(_upright, page, strip, ROW_SCALE)


def marks(*, keep: bool) -> str:
    """The table of everything people do in a row."""
    return _table(("what somebody does", "the reading may be", "here", "why"), _mark_lines(), keep=keep)


def _mark_lines() -> Iterator[Line]:
    pages = of_kinds()
    for kind, case in MARKS.items():
        page, true = _page_with(pages, kind)
        cells = (case.what, _may(case.may), _here(page.row(true.number)), case.why)
        yield Line(f"mark-{_dashed(kind)}", _strip(page, true.number), cells)


def pens(*, keep: bool) -> str:
    """The table of everything people write with."""
    return _table(("what somebody writes with", "the reading may be", "here", "why"), _pen_lines(), keep=keep)


def _pen_lines() -> Iterator[Line]:
    for name, case in PENS.items():
        page = of_pen(name)
        number = _telling_row(page)
        cells = (case.what, _may(case.may), _here(page.row(number)), case.why)
        yield Line(f"pen-{name}", _strip(page, number), cells, coloured=True)


def _telling_row(page: Case) -> int:
    """The first row with a mark that people are asked about, or the first of all."""
    marked = [plan.number for plan in PLAIN_PLAN.rows if MARKS[plan.kind].may == {"choice"}]
    return next((number for number in marked if page.row(number).reading == UNSURE), marked[0])


def extras(*, keep: bool) -> str:
    """The table of everything people write apart from marks."""
    head = ("what somebody writes", "what must be said", "here", "why")
    return _table(head, _extra_lines(), keep=keep)


def _extra_lines() -> Iterator[Line]:
    for extra, case in EXTRAS.items():
        page = of_extra(extra)
        cells = (case.what, _must(case), _said(page), case.why)
        yield Line(
            f"extra-{_dashed(extra)}",
            partial(_upright, page, _written_at(page), ROW_SCALE),
            cells,
            coloured=True,
        )


def _written_at(page: Case) -> Box:
    """The part of the page that shows what was written: rows that are asked about, or under the table."""
    layout = ballot_of(PEOPLE).layout.pages[0]
    if Extra.WRITE_IN_BETWEEN in page.scanned.extras:
        rows = [row.name_mm for row in layout.rows if page.row(row.number).reading == UNSURE]
        return Box(20.0, rows[0].y0 - 1.5, 202.0, rows[-1].y1 + 1.5)
    if Extra.SIGNATURE in page.scanned.extras and layout.signature_mm is not None:
        return Box(20.0, layout.signature_mm.y0, 202.0, layout.signature_mm.y1)
    above, below = BELOW_TABLE
    return Box(20.0, layout.table_mm.y1 + above, 202.0, layout.table_mm.y1 + below)


def _must(case: ExtraCase) -> str:
    flags = "".join(f"; of the page: `{flag}`" for flag in case.flags)
    return f"all rows{f', up to {case.asked} asked about' if case.asked else ''}{flags}"


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _page_with(pages: Sequence[Case], kind: Kind) -> tuple[Case, RowTruth]:
    """The first row of that kind, and its page; a plain one only where no neighbour runs into it."""
    found = ((page, row) for page in pages for row in page.scanned.rows if row.kind is kind)
    return next((page, row) for page, row in found if row.plain or not EXPECTED[kind].plain)


def _may(may: frozenset[str]) -> str:
    return ", or ".join(words for key, words in WORDS.items() if key in may)


def _here(reading: RowReading) -> str:
    return f"{reading.reading}, `{reading.reason.value}`" if reading.reason else reading.reading


def damages(*, keep: bool) -> str:
    """The table of everything that happens to a sheet."""
    return _table(("what happened", "what was read", "why"), _damage_lines(), keep=keep)


def _damage_lines() -> Iterator[Line]:
    return map(damage_line, DAMAGES)


def damage_line(name: str) -> Line:
    """What the table says of a damage."""
    damage, page, part = DAMAGES[name], of_damage(name), PARTS.get(name)
    picture = partial(_shrunk, page.scanned) if part is None else partial(_part, page.scanned, part)
    return Line(f"page-{_dashed(name)}", picture, (damage.what, _said(page), damage.why))


def _said(case: Case) -> str:
    """What became of the page and of its rows, in a line."""
    readings = [judge_row(row) for row in case.seen.rows]
    asked = [f"{reading.number} (`{reading.reason}`)" for reading in readings if reading.reading == "unsure"]
    rows = f"all rows; asked: {', '.join(asked)}" if asked else "all rows"
    flags = "".join(f"; of the page: `{flag}`" for flag in case.seen.flags)
    return f"{rows if readings else f'nothing: {case.seen.state}'}{flags}"


def _shrunk(scanned: ScannedPage) -> Image:
    factor = PAGE_SCALE / px_per_mm(scanned.happens.dpi)
    framed = cv2.copyMakeBorder(scanned.image, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=(150, 150, 150))
    return np.asarray(cv2.resize(framed, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _part(scanned: ScannedPage, part: Box) -> Image:
    """A part of a scan as it is, pixels shown as they are where they are large."""
    scale = px_per_mm(scanned.happens.dpi)
    x0, y0, x1, y1 = (round(side * scale) for side in part.as_tuple())
    factor = PART_WIDTH / (x1 - x0)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    return np.asarray(
        cv2.resize(scanned.image[y0:y1, x0:x1], None, fx=factor, fy=factor, interpolation=how), np.uint8
    )


def seals(*, keep: bool) -> str:
    """The table of seals."""
    head = ("what it is", "what may be said of the page", "here", "why")
    return _table(head, _seal_lines(), keep=keep)


def _seal_lines() -> Iterator[Line]:
    for kind, case in SEALS.items():
        page = of_seal(kind)
        around = AT_EDGE if kind is SealKind.OVER_TABLE else AT_SEAL
        may = ", or ".join(words for seen, words in SEAL_WORDS.items() if seen in case.may)
        here = ", ".join(f"`{flag}`" for flag in page.seen.flags) or SEAL_WORDS[SealSeen.RED]
        cells = (case.what, may, here, case.why)
        yield Line(f"seal-{_dashed(kind)}", partial(_upright, page, around, 1.6), cells, coloured=True)


def steps(*, keep: bool) -> str:
    """What `omr look` shows of one page, small."""
    from omr.look import Sketchbook  # noqa: PLC0415 - only here

    ballot, book = ballot_of(PEOPLE), Sketchbook()
    happens = replace(GOOD, rotation_deg=4.0, roomy=True)
    read.read_page(as_scan(read_case(PLAIN_PLAN, happens).scanned), ballot.paper, book)
    lines = [Line(f"look-{name}", partial(_small, picture), ()) for name, picture in book.pictures]
    shown = [(f"`{line.name[5:]}.png`", _link(line.name)) for line in lines if not keep or _save(line)]
    return table(("step", "picture"), shown)


def _small(picture: Image) -> Image:
    colour = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    factor = min(330 / colour.shape[1], 280 / colour.shape[0])
    return np.asarray(cv2.resize(colour, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def numbers(*, keep: bool) -> str:  # noqa: ARG001 - no pictures
    """The numbers that the reader goes by, from the code itself."""
    limits = Thresholds()
    names = limits.names
    rows = (
        (
            "first threshold: firm stroke below which nobody looks",
            f"{limits.doubtful_mm} mm",
            "`marks.Thresholds`",
        ),
        (
            "second threshold: firm stroke from which nobody argues",
            f"{limits.marked_mm} mm",
            "`marks.Thresholds`",
        ),
        ("smallest extent of a plain mark", f"{limits.extent_mm} mm", "`marks.Thresholds`"),
        ("pale stroke from which somebody looks", f"{limits.pale_mm} mm", "`marks.Thresholds`"),
        (
            "darkness of pale ink, as a share of this scan's printed black",
            f"{limits.pale:.0%}",
            "`marks.Thresholds`",
        ),
        ("darkness of firm ink, likewise", f"{limits.firm:.0%}", "`marks.Thresholds`"),
        (
            "the same in spreads of the paper's noise, whichever is more",
            f"{limits.pale_sigma} and {limits.firm_sigma}",
            "`marks.Thresholds`",
        ),
        ("share of a stroke that its own box must hold", f"{limits.belongs.home:.0%}", "`marks.Thresholds`"),
        ("stroke from elsewhere in the middle of a box", f"{limits.intruding_mm} mm", "`marks.Thresholds`"),
        ("gaps between a name's letters darkened: touched, from", f"{names.gaps:.1%}", "`names.NameLimits`"),
        (
            "let pass if as even as the positions' gaps, times",
            f"{names.uneven}",
            "`names.NameLimits`",
        ),
        (
            "darkest line through a name, where strokes are easily lost: asked, from",
            f"{doubts.LINE:.0%}",
            "`doubts.LINE`",
        ),
        ("but touched all the same from that darkness times", f"{names.filled}", "`names.NameLimits`"),
        (
            "one piece over half of a name: touched, from",
            f"{names.through_mm} mm",
            "`names.NameLimits`",
        ),
        (
            "darkness of a mark in a scan without greys: dithered, by a threshold, in pieces: asked, under",
            f"{doubts.PALE_DITHERED:.0%}, {doubts.PALE_THRESHOLDED:.0%}, {doubts.PALE_IN_PIECES:.0%}",
            "`doubts`",
        ),
        ("a mark is crumbs if its largest piece is under", f"{limits.crumbs:.0%}", "`marks.Thresholds`"),
        ("a pale one", f"{limits.crumbs_of_pale:.0%}", "`marks.Thresholds`"),
        (
            "a line as high as its box is a streak, up to",
            f"{limits.narrow_mm} mm",
            "`marks.Thresholds`",
        ),
        ("of two marks, a pen this wide is asked about", f"{limits.wide_mm} mm", "`marks.Thresholds`"),
        ("share of a name's width crossed: struck, from", f"{names.struck:.0%}", "`names.NameLimits`"),
        ("a printed rule is sought this far from its place", f"{grid.REACH_MM} mm", "`grid.REACH_MM`"),
        ("a straightened rule may lie off by", f"{grid.PART_OFF_MM} mm", "`grid.PART_OFF_MM`"),
        ("a mark's corner may lie off by", f"{register.WORST_CORNER_MM} mm", "`register.WORST_CORNER_MM`"),
        (
            "a rule may bend away from its neighbours by",
            f"{fit.WORST_RESIDUAL_MM} mm",
            "`fit.WORST_RESIDUAL_MM`",
        ),
        ("rule stretches that must be seen", f"{fit.RULES_SEEN:.0%}", "`fit.RULES_SEEN`"),
        (
            "how much more of the printed letters than of the gaps between them must be dark",
            f"{fit.PRINT_SEEN:.0%}",
            "`fit.PRINT_SEEN`",
        ),
        (
            "the same for a single row, as a share of the page's",
            f"{doubts.ROW_PRINT_SEEN:.0%}",
            "`doubts.ROW_PRINT_SEEN`",
        ),
        (
            "the same for a name alone; and of each edge of a box must be seen",
            f"{doubts.NAME_PRINT_SEEN:.0%}, {doubts.EDGE_SEEN:.0%}",
            "`doubts`",
        ),
        (
            "the paper of a name or a box is darker than on both sides of it: shaded, asked, from",
            f"{shades.SHADED:.0%}",
            "`shades.SHADED`",
        ),
        ("print is thickened before it is taken away by", f"{ink.THICKEN_MM} mm", "`ink.THICKEN_MM`"),
        ("a streak darkens this much of the picture's height", f"{streaks.COVERED:.0%}", "`streaks.COVERED`"),
        (
            "a fold darkens this much of the paper's width or height",
            f"{folds.COVERED:.0%}",
            "`folds.COVERED`",
        ),
        ("writing under the table, from", f"{below.WRITTEN_MM2} mm²", "`below.WRITTEN_MM2`"),
        ("ink of a whole seal, from", f"{seal.WHOLE_MM2:.0f} mm²", "`seal.WHOLE_MM2`"),
        ("redder than paper: red, pale red", f"{seal.RED:.1%}, {seal.PALE_RED:.1%}", "`seal`"),
        ("the code's place is searched with room of", f"{code.MARGIN_MM} mm", "`code.MARGIN_MM`"),
        ("marks are sought on a picture with a long side of", f"{fiducials.SEARCH_SIDE} px", "`fiducials`"),
        (
            "ink of two scans of one sheet that agrees: all of it, the same; what meets, maybe",
            f"{trace.SAME:.0%}, {trace.MAYBE:.0%}",
            "`trace`",
        ),
        ("ink that agrees lies within", f"{trace.NEAR_PX / trace.PX_PER_MM} mm", "`trace.NEAR_PX`"),
        ("ink that meets at all lies within", f"{trace.MEETS_PX / trace.PX_PER_MM} mm", "`trace.MEETS_PX`"),
    )
    return table(("what", "number", "where it stands, with its reason"), rows)


class Block(Protocol):
    """Makes a block of the document; keeps its pictures or draws none."""

    def __call__(self, *, keep: bool) -> str:
        """The block's text; with `keep` its pictures are written."""


#: The blocks of the document and what fills them.
BLOCKS: Mapping[str, Block] = {
    "numbers": numbers,
    "marks": marks,
    "pens": pens,
    "extras": extras,
    "damages": damages,
    "seals": seals,
    "steps": steps,
}

if __name__ == "__main__":
    sys.exit(main())
