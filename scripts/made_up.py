"""A box of any size without scanning one: real pictures of one sheet, and readings made up beside them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from omr.election import load_settings
from omr.evidence import PageSeen, PageState, Reason
from omr.prepare import Wish, prepare
from omr.printing import print_ballots
from omr.questions import count_now
from omr.roster import Entry, write_roster
from omr.rules import UNSURE, RowReading
from omr.store import NewPage, NewSource, Store, keep_by_content, pack_seen
from omr.web.asked import key_of
from scripts.simulate import OFFICE, PagePlan, any_hand, load_strokes, printed_page, scan_of

if TYPE_CHECKING:
    from layouts.model import BallotLayout
    from omr.election import Folder


def make_election(
    folder: Folder, people: int, ballots: int, doubtful: float, wish: Wish | None = None
) -> tuple[str, ...]:
    """Print an election and store a box of it.

    Args:
        folder: of the new election.
        people: on the ballot.
        ballots: in the box.
        doubtful: share of rows that people must look at, 0 to 1; the others say `high`.
        wish: what is entered beside the list.

    Returns:
        The addresses of the questions that are open, below the review.
    """
    with tempfile.TemporaryDirectory() as scratch:
        roster = Path(scratch) / "roster.csv"
        names = (Entry(n + 1, n, f"Người Thử Thứ {n}", "Chức vụ thử") for n in range(1, people + 1))
        write_roster(roster, names)
        prepare(folder, wish or Wish(), roster)
    layout = print_ballots(folder, 1).layout
    _fill(folder, layout, ballots, doubtful)
    with Store(folder.database) as store:
        return tuple(
            map(key_of, count_now(store, layout, load_settings(folder.election_toml).rules).open_items)
        )


def _fill(folder: Folder, layout: BallotLayout, ballots: int, doubtful: float) -> None:
    """Store readings of every page; all copies of a page share one picture."""
    rng, strokes = np.random.default_rng(1), load_strokes()
    originals: dict[int, str] = {}
    places: dict[int, tuple[float, ...]] = {}
    for at, page in enumerate(layout.pages):
        image = printed_page(folder.ballots_pdf, at, 10.0)
        scanned = scan_of(page, image, PagePlan(), any_hand(strokes, rng), OFFICE, rng)
        originals[page.page] = keep_by_content(folder.originals_dir, scanned.jpeg(), ".jpg")
        scale = scanned.happens.dpi / 25.4
        places[page.page] = (scale, 0.0, 0.0, 0.0, scale, 0.0, 0.0, 0.0, 1.0)
    with Store(folder.database) as store:
        pages = range(ballots * len(layout.pages))
        (source,) = store.add_batch(1, [NewSource("a" * 64, "lon.pdf", len(pages))])
        store.add_pages(_page(layout, at, source, originals, places, doubtful, rng) for at in pages)


def _page(  # noqa: PLR0913, PLR0917 - what a record is made of
    layout: BallotLayout,
    at: int,
    source: int,
    originals: dict[int, str],
    places: dict[int, tuple[float, ...]],
    doubtful: float,
    rng: np.random.Generator,
) -> NewPage:
    page = layout.pages[at % len(layout.pages)]
    doubts = rng.random(len(page.rows)) < doubtful
    readings = tuple(
        RowReading(row.number, UNSURE, Reason.FAINT_MARK) if doubt else RowReading(row.number, "high")
        for row, doubt in zip(page.rows, doubts, strict=True)
    )
    return NewPage(
        id=rng.bytes(8).hex(),
        sheet=rng.bytes(5).hex(),
        source=source,
        page_in_source=at + 1,
        sha256=f"{at:064x}",
        state=PageState.READ,
        page=page.page,
        flags=(),
        seen=pack_seen(PageSeen(PageState.READ, page.page, paper_to_scan=places[page.page])),
        trace=b"x",
        readings=readings,
        original=originals[page.page],
        problem="",
    )
