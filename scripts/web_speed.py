"""How fast the review is on a large box: 500 ballots of 55 rows, one row in fifty doubtful.

    python -m scripts.web_speed [BALLOTS]

The pages are real pictures (one scanned sample), the readings are made up; what is timed is what a member
waits for: the list of questions, and from the key to the next crop painted, in a headless Chromium. Once for
somebody who looks at each row (the next one has been fetched ahead), once for keys pressed without looking.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import sync_playwright

from omr.election import Folder
from omr.evidence import PageSeen, PageState, Reason
from omr.members import enrol
from omr.prepare import Wish, prepare
from omr.printing import print_ballots
from omr.roster import Entry, write_roster
from omr.rules import UNSURE, RowReading
from omr.store import NewPage, NewSource, Store, keep_by_content, pack_seen
from scripts.make_screens import CHROMIUM, FLAGS, SIZE, log_in, served
from scripts.simulate import OFFICE, PagePlan, any_hand, load_strokes, printed_page, scan_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from layouts.model import BallotLayout

PEOPLE, DOUBTFUL, DECIDED = 55, 0.02, 60

#: In the page: from a key to another question's crop, decoded and painted.
WATCH = """() => {
  window.painted = () => new Promise((done) => {
    const last = document.querySelector("#question").dataset.key;
    let since = 0;
    addEventListener("keydown", (event) => { since = event.timeStamp; }, { once: true, capture: true });
    const look = async () => {
      const question = document.querySelector("#question"), crop = document.querySelector("#crop");
      if (!question || !crop || question.dataset.key === last) return;
      watcher.disconnect();
      await crop.decode();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - since)));
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { childList: true, subtree: true });
  });
}"""

#: Who decides here. Nobody bears this name.
MEMBER = ("Nguyễn Văn Kiểm", "2468")


def main(arguments: list[str]) -> int:
    """Make the box, open its review, decide some rows, and print what was measured."""
    ballots = int(arguments[0]) if arguments else 500
    with tempfile.TemporaryDirectory() as scratch:
        folder = Folder(Path(scratch) / "lon")
        layout = _printed(folder)
        _fill(folder, layout, ballots)
        _measure(folder, ballots)
    return 0


def _printed(folder: Folder) -> BallotLayout:
    with tempfile.TemporaryDirectory() as scratch:
        roster = Path(scratch) / "roster.csv"
        names = (Entry(n + 1, n, f"Người Thử Thứ {n}", "Chức vụ thử") for n in range(1, PEOPLE + 1))
        write_roster(roster, names)
        prepare(folder, Wish(), roster)
    return print_ballots(folder, 1).layout


def _fill(folder: Folder, layout: BallotLayout, ballots: int) -> None:
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
        (source,) = store.add_batch(1, [NewSource("a" * 64, "lon.pdf", ballots * len(layout.pages))])
        store.add_pages(
            _page(layout, at, source, originals, places, rng) for at in range(ballots * len(layout.pages))
        )
        enrol(store, *MEMBER)


def _page(  # noqa: PLR0913, PLR0917 - what a record is made of
    layout: BallotLayout,
    at: int,
    source: int,
    originals: dict[int, str],
    places: dict[int, tuple[float, ...]],
    rng: np.random.Generator,
) -> NewPage:
    page = layout.pages[at % len(layout.pages)]
    doubts = rng.random(len(page.rows)) < DOUBTFUL
    readings = tuple(
        RowReading(row.number, UNSURE, Reason.FAINT_MARK) if doubt else RowReading(row.number, "high")
        for row, doubt in zip(page.rows, doubts, strict=True)
    )
    seen = PageSeen(PageState.READ, page.page, paper_to_scan=places[page.page])
    return NewPage(
        id=rng.bytes(8).hex(),
        sheet=rng.bytes(5).hex(),
        source=source,
        page_in_source=at + 1,
        sha256=f"{at:064x}",
        state=PageState.READ,
        page=page.page,
        flags=(),
        seen=pack_seen(seen),
        trace=b"x",
        readings=readings,
        original=originals[page.page],
        strip="",
        problem="",
    )


def _measure(folder: Folder, ballots: int) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport=SIZE)
        page.goto(served(folder.root))
        root = page.url.split("/e/", maxsplit=1)[0] + "/e/" + folder.root.name
        log_in(page, root, *MEMBER)
        opened = []
        for _again in range(5):
            start = perf_counter()
            page.goto(f"{root}/review/list")
            opened.append(perf_counter() - start)
        page.goto(f"{root}/review")
        page.evaluate(WATCH)
        looked, rushed = (_decide(page, look=look) for look in (True, False))
        browser.close()
    print(f"{ballots} ballots x {PEOPLE} rows")
    print(f"list of questions opened: median {median(opened):.2f} s, worst {max(opened):.2f} s")
    for what, waited in (("each row looked at", looked), ("without looking", rushed)):
        late = quantiles(waited, n=20)[-1]
        print(f"key to next crop, {what}: median {median(waited):.0f} ms, 95 % {late:.0f} ms")


def _decide(page: Page, *, look: bool) -> list[float]:
    """Answer questions; ms from each key to the next crop painted."""
    waited = []
    for _row in range(DECIDED):
        if look:
            page.wait_for_function("() => ahead !== null")
        page.evaluate("() => { window.waited = window.painted(); }")
        page.keyboard.press("1")
        waited.append(float(page.evaluate("waited")))
    return waited


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
