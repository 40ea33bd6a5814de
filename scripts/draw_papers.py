"""Make docs/papers/*.png: the first page of each paper, of an invented result.

    python -m scripts.draw_papers [FOLDER]

Nothing is scanned: the votes are dealt out here.
"""

from __future__ import annotations

import sys
from datetime import date, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pypdfium2

from generate.fonts import LAST_RESORT, find_family
from layouts.content import Person
from layouts.model import BallotLayout, Choice
from omr.election import Election, Session
from omr.report.write import write_report
from omr.rules import RowReading
from omr.standing import SeenBallot, stand
from omr.tally import Day, Listed, tally
from omr.venues import EXAMPLE_PEOPLE, VENUES

OUT: Final = Path(__file__).resolve().parents[1] / "docs" / "papers"
CHOICES: Final = (
    Choice("high", "Tín nhiệm cao"),
    Choice("medium", "Tín nhiệm"),
    Choice("low", "Tín nhiệm thấp"),
)
PAPERS: Final = ("phu-luc-05", "bien-ban-kiem-phieu", "tong-hop-iii-3", "danh-sach-iii-6-mat", "cong-khai")

#: Ballots of the invented box, and who of the list has more than a half of low ones.
BALLOTS: Final = 45
DOUBTED: Final = 4

#: The numbers and names of an invented day, with nothing left open.
SESSION: Final = Session(
    summoned=48,
    present=47,
    absent=1,
    present_at_vote=46,
    issued=46,
    begins=time(8, 5),
    ends=time(9, 30),
    counted_at="Hội trường Huyện ủy",
    assigned_by="Hội nghị",
    board=("Nguyễn Văn Trưởng", "Trần Thị Phó", "Lê Văn Viên"),
    head="Nguyễn Văn Trưởng",
)

#: Pixels a point: 72 dots an inch, enough to recognise a paper on a page of the guide.
SCALE: Final = 1.0


def main(arguments: list[str]) -> int:
    """Draw the papers into a folder."""
    out = Path(arguments[0]) if arguments else OUT
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        _write(Path(folder))
        for name in PAPERS:
            _draw(Path(folder) / f"{name}.pdf", out / f"{name}.png")
    return 0


def _write(folder: Path) -> None:
    people = tuple(Listed(n, *each) for n, each in enumerate(EXAMPLE_PEOPLE, start=1))
    ballots = [
        SeenBallot(f"{place:032x}", tuple(RowReading(p.number, _vote(place, p.number)) for p in people))
        for place in range(BALLOTS)
    ]
    standing = stand(ballots, [person.number for person in people])
    day = Day(summoned=48, present=47, present_at_vote=46, issued=46)
    result = tally(people, [choice.id for choice in CHOICES], standing, day)
    layout = BallotLayout("ABCDEFGH", "phu_luc_04", CHOICES, ())
    write_report(folder, _election(people), result, layout, find_family(LAST_RESORT))


def _vote(ballot: int, person: int) -> str:
    if person == DOUBTED:
        return "low" if ballot % 9 < 5 else "medium"
    if (ballot, person) == (0, 1):
        return "blank"
    return ("high", "high", "high", "medium", "low")[(ballot + person) % 5]


def _election(people: tuple[Listed, ...]) -> Election:
    venue = VENUES["BCH"]
    return Election(
        id="ABCDEFGH",
        venue="BCH",
        year=2023,
        meeting=venue.meeting,
        agency="HUYỆN ỦY MẪU",
        superior="TỈNH ỦY VÍ DỤ",
        place="Mẫu",
        date=date(2023, 12, 15),
        voters=venue.voters,
        subjects=venue.subjects,
        session=SESSION,
        people=tuple(Person(each.number, each.name, each.position) for each in people),
    )


def _draw(pdf: Path, png: Path) -> None:
    document = pypdfium2.PdfDocument(pdf)
    try:
        document[0].render(scale=SCALE).to_pil().convert("L").save(png, optimize=True)
    finally:
        document.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
