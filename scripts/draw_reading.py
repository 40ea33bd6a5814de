"""Draws the pictures of docs/reading.md and fills in its tables, from the cases that the tests use.

    python -m scripts.draw_reading [--check]

Every case is printed, marked, damaged and read as in tests/omr; the tables say what the reader said. Numbers
come from the code's own constants. `--check` writes nothing; exit code 1 if the document is not up to date.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from layouts.model import Box
from omr import below, code, doubts, fiducials, fit, folds, grid, ink, read, register, seal, streaks, trace
from omr.evidence import PageSeen
from omr.marks import Thresholds
from omr.register import straighten
from omr.rules import RowReading, judge_row
from scripts.reading_cases import DAMAGES, GOOD, MARKS, PEOPLE, PLAIN_PLAN, Damage, dice, kind_plans
from scripts.simulate import (
    EXPECTED,
    Image,
    Kind,
    PagePlan,
    Part,
    RowTruth,
    ScannedPage,
    SealKind,
    any_hand,
    load_strokes,
    mark_page,
    px_per_mm,
    scan_marked,
)
from scripts.tables import table
from scripts.trial import SCALE, as_scan, ballot_of

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "reading.md"
PICTURES = DOCUMENT.parent / "reading"

#: px/mm of the pictures of a row and of a whole page, and px across the part of a page that a damage touches.
ROW_SCALE, PAGE_SCALE, PART_WIDTH = 3.4, 0.62, 180
#: Colours of a picture's palette: what a crop of a scan needs to look like one.
COLOURS = 8

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

SEALS: Mapping[SealKind, tuple[str, str]] = {
    SealKind.RED: ("a red seal", "Enough red ink, spread as wide as a stamp."),
    SealKind.BLACK: ("a black one: a photocopy", "A stamp by its spread, but no redder than the paper."),
    SealKind.FAINT: (
        "a faint one",
        "Pale red is enough to see it; to be sure takes more, so it may be flagged.",
    ),
    SealKind.PARTLY: ("partly outside its square", "It is sought far around the square."),
    SealKind.HALF: ("half of it without ink", "Half a ring is enough ink and enough spread, or nearly."),
    SealKind.NONE: ("none", "The sheet is suspect; a person confirms."),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and fill in, or check."""
    parser = argparse.ArgumentParser(prog="python -m scripts.draw_reading", description="Draw docs/reading.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; say whether the numbers are right"
    )
    if parser.parse_args(arguments).check:
        stale = not up_to_date(DOCUMENT.read_text(encoding="utf-8"))
        print("docs/reading.md is not up to date" if stale else "docs/reading.md is up to date")
        return int(stale)
    PICTURES.mkdir(parents=True, exist_ok=True)
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, made in BLOCKS.items():
        text = filled(text, name, made())
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


def up_to_date(text: str) -> bool:
    """Whether the numbers in the document are the code's, and every picture it shows is there."""
    shown = set(re.findall(r"\(reading/([\w.-]+\.png)\)", text))
    drawn = {path.name for path in PICTURES.glob("*.png")}
    return filled(text, "numbers", numbers()) == text and shown == drawn


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A scan and what was read from it."""

    scanned: ScannedPage
    seen: PageSeen

    def row(self, number: int) -> RowReading:
        """What a row was read as."""
        return judge_row(next(row for row in self.seen.rows if row.number == number))


def _case(plan: PagePlan, happens: Damage, seed: int) -> Case:
    """As the tests make it: filled in by one hand, scanned once, read."""
    ballot, rng = ballot_of(PEOPLE), dice(seed, 1)
    page = ballot.layout.pages[0]
    hand = any_hand(load_strokes().only(Part.TUNING), rng)
    marked = mark_page(page, ballot.images[1], plan, hand, rng)
    scanned = scan_marked(page, marked, happens.happens, SCALE, dice(seed, 2))
    return Case(scanned, read.read_page(as_scan(scanned), ballot.paper))


def _upright(case: Case, region: Box, scale: float) -> Image:
    """A part of the paper, straightened as the reader does, BGR."""
    assert case.seen.paper_to_scan is not None
    matrix = np.array(case.seen.paper_to_scan).reshape(3, 3)
    fine = straighten(case.scanned.image, matrix, region.as_tuple(), 2 * scale)
    return np.asarray(cv2.resize(fine, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _save(name: str, picture: Image) -> str:
    """Write a picture with a small palette; gives its Markdown."""
    rgb = Pillow.fromarray(np.ascontiguousarray(picture[..., ::-1]))
    small = rgb.quantize(COLOURS, method=Pillow.Quantize.MEDIANCUT, dither=Pillow.Dither.NONE)
    data = io.BytesIO()
    small.save(data, "PNG", optimize=True)
    (PICTURES / f"{name}.png").write_bytes(data.getvalue())
    return f"![{name.replace('-', ' ')}](reading/{name}.png)"


def marks() -> str:
    """The table of everything people do in a row."""
    lines = []
    pages = [_case(plan, Damage(GOOD, "", ""), number) for number, plan in enumerate(kind_plans())]
    for kind, case in MARKS.items():
        page, true = _page_with(pages, kind)
        row = next(r for r in ballot_of(PEOPLE).layout.pages[0].rows if r.number == true.number)
        strip = Box(20.0, row.name_mm.y0 - 1.5, 202.0, row.name_mm.y1 + 1.5)
        picture = _save(f"mark-{kind.value.replace('_', '-')}", _upright(page, strip, ROW_SCALE))
        lines.append((picture, case.what, _may(case.may), _here(page.row(true.number)), case.why))
    return table(("picture", "what somebody does", "the reading may be", "here", "why"), lines)


def _page_with(pages: Sequence[Case], kind: Kind) -> tuple[Case, RowTruth]:
    """The first row of that kind, and its page; a plain one only where no neighbour runs into it."""
    found = ((page, row) for page in pages for row in page.scanned.rows if row.kind is kind)
    return next((page, row) for page, row in found if row.plain or not EXPECTED[kind].plain)


def _may(may: frozenset[str]) -> str:
    return ", or ".join(words for key, words in WORDS.items() if key in may)


def _here(reading: RowReading) -> str:
    return f"{reading.reading}, `{reading.reason.value}`" if reading.reason else reading.reading


def damages() -> str:
    """The table of everything that happens to a sheet."""
    return table(("picture", "what happened", "what was read", "why"), _damage_rows())


def _damage_rows() -> Iterator[tuple[str, str, str, str]]:
    for name, damage in DAMAGES.items():
        case = _case(PLAIN_PLAN, damage, 1)
        part = PARTS.get(name)
        picture = _shrunk(case.scanned) if part is None else _part(case.scanned, part)
        yield _save(f"page-{name.replace('_', '-')}", picture), damage.what, _said(case), damage.why


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


def seals() -> str:
    """The table of seals."""
    lines = []
    around = Box(12.0, 6.0, 80.0, 70.0)
    for kind, (what, why) in SEALS.items():
        case = _case(PagePlan(seal=kind), Damage(GOOD, "", ""), 1)
        picture = _save(f"seal-{kind.value.replace('_', '-')}", _upright(case, around, 1.6))
        said = ", ".join(f"`{flag}`" for flag in case.seen.flags) or "nothing: it is sealed"
        lines.append((picture, what, said, why))
    return table(("picture", "what it is", "what is said of the page", "why"), lines)


def steps() -> str:
    """What `omr look` shows of one page, small."""
    from omr.look import Sketchbook  # noqa: PLC0415 - only here

    ballot, book = ballot_of(PEOPLE), Sketchbook()
    happens = replace(GOOD, rotation_deg=4.0, roomy=True)
    case = _case(PLAIN_PLAN, Damage(happens, "", ""), 1)
    read.read_page(as_scan(case.scanned), ballot.paper, book)
    shown = []
    for name, picture in book.pictures:
        colour = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        factor = min(330 / colour.shape[1], 280 / colour.shape[0])
        small = cv2.resize(colour, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        shown.append((f"`{name}.png`", _save(f"look-{name}", np.asarray(small, np.uint8))))
    return table(("step", "picture"), shown)


def numbers() -> str:
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


#: The blocks of the document and what fills them.
BLOCKS: Mapping[str, Callable[[], str]] = {
    "numbers": numbers,
    "marks": marks,
    "damages": damages,
    "seals": seals,
    "steps": steps,
}

if __name__ == "__main__":
    sys.exit(main())
