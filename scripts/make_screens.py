"""Make docs/screens/*.png: the five steps of the web app on the sample, 1366 x 768, in a headless Chromium.

python -m scripts.make_screens [FOLDER]
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import ViewportSize, sync_playwright

from generate.fonts import LAST_RESORT, find_family
from omr.demo import lay_out_sample, sample
from omr.election import Folder
from omr.members import enrol
from omr.printing import print_ballots
from omr.store import Store
from omr.web.serve import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

OUT: Final = Path(__file__).resolve().parents[1] / "docs" / "screens"

#: Debian's own Chromium; a browser is never downloaded.
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=vi",
)  # fmt: skip

#: Who decides on the pictures. Nobody bears these names.
MEMBERS: Final = (("Nguyễn Văn Kiểm", "2468"), ("Trần Thị Đếm", "1357"))

#: A busy machine reads a page in seconds, ms.
PATIENCE: Final = 180_000

SIZE: Final[ViewportSize] = {"width": 1366, "height": 768}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}


def main(arguments: list[str]) -> int:
    """Go through the day and take a picture of each step."""
    out = Path(arguments[0]) if arguments else OUT
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sample() as given:
        folder = Folder(Path(scratch) / "ban-chap-hanh")
        lay_out_sample(given, folder)
        print_ballots(folder, 46, find_family(LAST_RESORT))
        with Store(folder.database) as store:
            for name, pin in MEMBERS:
                enrol(store, name, pin, by=MEMBERS[0][0])
        for path in pictures(folder, given / "scans", out):
            print(path)
    return 0


def pictures(folder: Folder, scans: Path, out: Path) -> Iterator[Path]:
    """One picture after the other, as the day goes."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS), env={**os.environ, "LANGUAGE": "vi"}
        )
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(PATIENCE)
        page.goto(served(folder.root))
        root = page.url.split("/e/", maxsplit=1)[0] + "/e/" + folder.root.name
        log_in(page, root, *MEMBERS[0])
        yield _shot(page, f"{root}/prepare", out / "1-prepare.png")
        yield _shot(page, f"{root}/print", out / "2-print.png")
        yield _scanning(page, root, scans, out)
        yield _shot(page, f"{root}/scan", out / "3-scan.png")
        yield _shot(page, f"{root}/review", out / "4-sheet.png")
        yield _shot(page, _first_row(page, root), out / "4-review.png")
        yield from _phone(page, page.url, out / "4-review-phone.png")
        _decide_all(page, root)
        yield _shot(page, f"{root}/result", out / "5-result.png")
        yield from _phone(page, page.url, out / "5-result-phone.png")
        yield _shot(page, f"{root}/result#papers", out / "5-papers.png")
        yield _shot(page, f"{root}/result/projector", out / "6-projector.png")
        yield _shot(page, f"{root}/result/rows?person=9&kind=low", out / "7-rows.png")
        browser.close()


def served(root: Path) -> str:
    """Serve in the background; gives the address that lets the browser in."""
    told: list[str] = []
    up = threading.Event()

    def ready(address: str) -> None:
        told.append(address)
        up.set()

    threading.Thread(target=serve, args=(root,), kwargs={"port": 0, "ready": ready}, daemon=True).start()
    up.wait()
    return told[0]


def _shot(page: Page, address: str, path: Path) -> Path:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    return path


def _scanning(page: Page, root: str, scans: Path, out: Path) -> Path:
    """While pages arrive; then until all are there."""
    page.goto(f"{root}/scan")
    files = sorted(path for path in scans.rglob("*") if path.is_file())
    page.set_input_files("#files", files)
    page.click("#upload button.main")
    page.locator("#thumbs img").nth(15).wait_for()
    path = out / "3-scanning.png"
    page.screenshot(path=path)
    page.wait_for_selector("#progress[data-state=idle]")
    return path


def log_in(page: Page, root: str, name: str, pin: str) -> None:
    """A member sits down."""
    page.goto(f"{root}/members")
    page.check(f"input[value='{name}']")
    page.fill("#pin", pin)
    page.click("form[action$=enter] button")
    page.wait_for_url("**/review**")
    page.wait_for_load_state()


def _first_row(page: Page, root: str) -> str:
    """The address of the first question about a row."""
    page.goto(f"{root}/review/list")
    return root.split("/e/", maxsplit=1)[0] + str(
        page.locator("tbody a[href*='/row/']").first.get_attribute("href")
    )


def _phone(page: Page, address: str, path: Path) -> Iterator[Path]:
    page.set_viewport_size(PHONE)
    yield _shot(page, address, path)
    page.set_viewport_size(SIZE)


def _decide_all(page: Page, root: str) -> None:
    """Both members give the first answer to everything: the pictures show an invented result.

    Twice around: what is decided about a sheet may raise a question about its rows.
    """
    for name, pin in MEMBERS * 2:
        log_in(page, root, name, pin)
        while page.locator("#question").count():
            key = page.get_attribute("#question", "data-key")
            page.keyboard.press("1")
            page.locator(f"#question[data-key='{key}']").wait_for(state="detached")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
