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

from playwright.sync_api import sync_playwright

from omr.election import Folder
from omr.members import enrol
from omr.store import Store
from scripts.made_up import make_election
from scripts.make_screens import CHROMIUM, FLAGS, SIZE, log_in, served

if TYPE_CHECKING:
    from playwright.sync_api import Page


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
        make_election(folder, PEOPLE, ballots, DOUBTFUL)
        with Store(folder.database) as store:
            enrol(store, *MEMBER)
        _measure(folder, ballots)
    return 0


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
