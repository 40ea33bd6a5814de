"""Make samples/: two small elections, printed, filled in by many hands, and scanned.

    python -m scripts.make_samples [FOLDER]

The same code and fonts give the same files. The seeds, people and marks are in `sample_plans`; the
printed page is that of `omr print` in DejaVu Serif, which every machine has.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path

import numpy as np
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from generate.ballots import has_empty_back, write_ballots
from generate.fonts import LAST_RESORT, FontFamily, find_family
from layouts.files import to_json
from layouts.model import BallotLayout, PageLayout
from omr.election import Folder, Session, Settings, load_election, load_key
from omr.files import write_text
from omr.prepare import as_toml
from omr.printing import lay_out, payloads
from omr.roster import Entry, write_roster
from omr.venues import BASIS, VENUES
from scripts.sample_files import BatchPage, row_table, sheet_table, write_scans, write_table
from scripts.sample_plans import NOT_ISSUED, SAMPLES, Oddity, SamplePlan, Scan, row_plans
from scripts.simulate import (
    OFFICE,
    Hand,
    Image,
    MarkedPage,
    PagePlan,
    Pass,
    RowPlan,
    ScannedPage,
    SealKind,
    Setting,
    Strokes,
    any_hand,
    blank_back,
    load_strokes,
    mark_page,
    pick,
    printed_page,
    scan,
    scan_marked,
)
from scripts.simulate.scan_damage import jpeg_bytes
from scripts.simulate.sheet import upside_down

ROOT = Path(__file__).resolve().parents[1] / "samples"

#: An office scanner set to "document, small file": white paper nearly white, about 200 kB a page at 200 dpi.
DOCUMENT = replace(
    OFFICE, jpeg=(32, 40), noise=(0.3, 0.9), blur_mm=(0.05, 0.07), upside_down=0.0, contrast=(1.04, 1.1)
)

#: The Counting Board of the samples, plainly invented; its head first.
BOARD = ("Hồ Thị Kiểm", "Đỗ Văn Phiếu", "Bùi Thị Giám Sát")

#: px/mm at which pages are marked, before they are scanned at 7.87.
SCALE = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Printed:
    """What came out of the printer."""

    layout: BallotLayout
    images: Mapping[int, Image]


def main(arguments: list[str]) -> int:
    """Write all samples under the folder named, or under samples/."""
    root = Path(arguments[0]) if arguments else ROOT
    strokes, family = load_strokes(), find_family(LAST_RESORT)
    for plan in SAMPLES:
        make(plan, root / plan.folder, strokes, family)
        size = sum(path.stat().st_size for path in (root / plan.folder).rglob("*") if path.is_file())
        print(f"{root / plan.folder}: {size / 1e6:.1f} MB")
    return 0


def make(plan: SamplePlan, folder: Path, strokes: Strokes, family: FontFamily) -> None:
    """Write one sample election: what `omr init` writes, the scans, and the truth about them."""
    election = prepare(plan, Folder(folder))
    printed = print_pages(election, family)
    write_text(election.layout_json, to_json(printed.layout))
    batch = tuple(scan_batch(plan, printed, strokes, family))
    write_scans(plan, folder / "scans", batch)
    write_table(folder / "truth.csv", row_table(plan, batch))
    write_table(folder / "truth-sheets.csv", sheet_table(plan, batch))


def prepare(plan: SamplePlan, folder: Folder) -> Folder:
    """election.toml, people.csv and the key. The key is public: it signs nothing but samples."""
    folder.root.mkdir(parents=True, exist_ok=True)
    write_text(folder.election_toml, as_toml(settings(plan)))
    people = (Entry(n + 1, n, *person, venues=("BCH",)) for n, person in enumerate(plan.people, start=1))
    write_roster(folder.people_csv, people)
    write_text(
        folder.key_file, hashlib.sha256(f"public key of the sample {plan.folder}".encode()).hexdigest() + "\n"
    )
    return folder


def settings(plan: SamplePlan) -> Settings:
    """The election as a board would enter it."""
    venue = VENUES["BCH"]
    return Settings(
        id=("MAU" + plan.folder.upper().replace("-", ""))[:8],
        venue="BCH",
        meeting=venue.meeting,
        agency="HUYỆN ỦY MẪU",
        place="Mẫu",
        date=date(2023, 12, 15),
        voters=venue.voters,
        subjects=venue.subjects,
        year=2023,
        basis=BASIS,
        session=Session(
            summoned=plan.ballots + 3,
            present=plan.ballots + 2,
            absent=1,
            present_at_vote=plan.ballots + 1,
            issued=plan.ballots + 1,
            begins=time(10, 15),
            ends=time(11, 0),
            counted_at="Hội trường Huyện ủy Mẫu",
            assigned_by=venue.meeting,
            board=BOARD,
            head=BOARD[0],
        ),
    )


def print_pages(folder: Folder, family: FontFamily) -> Printed:
    """Print one ballot of the election, as `omr print` does, and look at its pages."""
    election, key = load_election(folder), load_key(folder)
    layout = lay_out(election, family)
    with tempfile.TemporaryDirectory() as scratch:
        pdf = Path(scratch) / f"{election.id}.pdf"
        write_ballots(pdf, layout, payloads(layout, key), 1, family)
        images = {page.page: printed_page(pdf, index, SCALE) for index, page in enumerate(layout.pages)}
    return Printed(layout, images)


def scan_batch(
    plan: SamplePlan, printed: Printed, strokes: Strokes, family: FontFamily
) -> Iterator[BatchPage]:
    """Every page of the batch in scanning order."""
    rng = np.random.default_rng(plan.seed)
    rows = row_plans(plan, rng)
    writers = rng.permutation(strokes.writers("x"))
    kept: dict[int, tuple[MarkedPage, ...]] = {}
    for ballot in range(1, plan.ballots + 1):
        hand = any_hand(strokes, rng, plan.pen(ballot, rng), str(writers[ballot % len(writers)]))
        kept[ballot] = tuple(_marked(plan, printed, ballot, rows[ballot], hand, rng))
        yield from _scanned(plan, printed, ballot, kept[ballot], rng)
        for odd in plan.oddities:
            if odd.after == ballot:
                yield _odd_page(plan, odd, printed, kept.get(odd.of, ()), family, rng)


def _marked(  # noqa: PLR0913, PLR0917 - a ballot, its plan, its hand
    plan: SamplePlan,
    printed: Printed,
    ballot: int,
    rows: Sequence[RowPlan],
    hand: Hand,
    rng: np.random.Generator,
) -> Iterator[MarkedPage]:
    """The pages of one ballot after the pen. What is added at the end stands on the last page."""
    for page in printed.layout.pages:
        numbers = {row.number for row in page.rows}
        last = page is printed.layout.pages[-1]
        todo = PagePlan(
            rows=tuple(row for row in rows if row.number in numbers),
            extras=plan.extras.get(ballot, ()) if last else (),
            seal=plan.seals.get(ballot, SealKind.RED) if page.seal_mm else SealKind.NONE,
        )
        yield mark_page(page, printed.images[page.page], todo, hand, rng)


def _scanned(
    plan: SamplePlan, printed: Printed, ballot: int, marked: Sequence[MarkedPage], rng: np.random.Generator
) -> Iterator[BatchPage]:
    """Every side of one ballot's sheets, in the order in which a scanner of both sides saw them."""
    how = plan.scans.get(ballot, Scan.PLAIN)
    sides: list[tuple[PageLayout, MarkedPage] | None] = list(zip(printed.layout.pages, marked, strict=True))
    if has_empty_back(printed.layout):
        sides.append(None)
    for side in reversed(sides) if how is Scan.BACK_FIRST else sides:
        happens = _flipped(pick(scanner(plan), rng), how)
        if side is None:
            yield _blank_page(ballot, happens, marked[-1], rng)
        else:
            scanned = scan_marked(side[0], side[1], happens, SCALE, rng)
            yield _page_of(plan, ballot, scanned, how, has_seal=side[0].seal_mm is not None)


def _blank_page(ballot: int, happens: Pass, front: MarkedPage, rng: np.random.Generator) -> BatchPage:
    back = blank_back(SCALE, happens, rng, front=front.image)
    return BatchPage(jpeg_bytes(back, happens.jpeg or 60), "blank", ballot, notes="back")


def scanner(plan: SamplePlan) -> Setting:
    """The scanner that a sample's batch went through."""
    return replace(DOCUMENT, dpi=(plan.dpi,))


def _flipped(happens: Pass, how: Scan) -> Pass:
    return upside_down(happens) if how is Scan.UPSIDE_DOWN else happens


def _page_of(plan: SamplePlan, ballot: int, scanned: ScannedPage, how: Scan, *, has_seal: bool) -> BatchPage:
    kind = plan.seals.get(ballot, SealKind.RED)
    notes = [extra.value for extra in scanned.extras] + ([] if how is Scan.PLAIN else [how.value])
    return BatchPage(
        jpeg=scanned.jpeg(),
        state="read",
        sheet=ballot,
        page=scanned.page,
        seal=kind.value if has_seal else "",
        decided="invalid" if kind in NOT_ISSUED else "valid",
        notes=" ".join(notes),
        rows=scanned.rows,
    )


def _odd_page(  # noqa: PLR0913, PLR0917 - a page, its plan, what it is made of
    plan: SamplePlan,
    odd: Oddity,
    printed: Printed,
    marked: Sequence[MarkedPage],
    family: FontFamily,
    rng: np.random.Generator,
) -> BatchPage:
    happens = pick(scanner(plan), rng)
    match odd.state:
        case "duplicate":
            again = replace(happens, rotation_deg=1.0, noise=1.2)
            scanned = scan_marked(printed.layout.pages[0], marked[0], again, SCALE, rng)
            return BatchPage(scanned.jpeg(), odd.state, odd.of, scanned.page, notes="scanned_again")
        case "blank":
            return _blank_page(odd.of, happens, marked[-1], rng)
        case _:
            letter, _where = scan(foreign_page(family), happens, SCALE, rng)
            return BatchPage(jpeg_bytes(letter, happens.jpeg or 60), odd.state, notes="letter")


def foreign_page(family: FontFamily) -> Image:
    """A page that is no ballot: an invitation that was left in the box."""
    lines = (
        "GIẤY MỜI",
        "Kính mời đồng chí đến dự Hội nghị Ban Chấp hành Đảng bộ huyện Mẫu.",
        "Thời gian: 8 giờ 00, ngày 15 tháng 12 năm 2023.",
        "Địa điểm: Hội trường Huyện ủy Mẫu.",
        "Đề nghị đồng chí đến dự đúng giờ và mang theo tài liệu đã gửi.",
    )
    font = family.fonts["regular"]
    pdfmetrics.registerFont(font)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "letter.pdf"
        canvas = Canvas(str(path), pagesize=(595.3, 841.9), invariant=1)
        canvas.setFont(font.fontName, 13)
        for index, line in enumerate(lines):
            canvas.drawString(85, 740 - 28 * index, line)
        canvas.save()
        return printed_page(path, 0, SCALE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
