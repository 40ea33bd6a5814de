"""One printed ballot, filled in once, that every test of the reader scans in its own way."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

from generate.blanks import draw_blanks
from generate.fonts import LAST_RESORT, find_family
from layouts.codes import fingerprint, make_payload
from omr.election import Folder
from omr.grid import find_grid
from omr.ink import RowInk, see_ink
from omr.marks import Thresholds, see_rows
from omr.pages import Scan
from omr.paper import BLANK_PX_PER_MM
from omr.read import read_page
from scripts.reading_cases import PEOPLE, PLAIN_PLAN, Case, dice, of_damage
from scripts.simulate import MarkedPage, Part, ScannedPage, any_hand, load_strokes, mark_page, scan_marked
from scripts.simulate.pen import BLUE, Nib, Pen, draw
from scripts.trial import ELECTION, KEY, SCALE, Ballot, as_scan, ballot_of
from tests.omr.ledger import put_key
from tests.omr.tampering import make_closed

BALLPOINT = Pen(BLUE, 0.45, 0.9, Nib.BALLPOINT)


def bounded(examples: int) -> settings:
    """A property tried on so many examples, the same ones every time; a failure is told, not explained."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@pytest.fixture
def key_beside(tmp_path):
    """A ledger without an election: with the key alone, by which it hides where pages lay."""
    put_key(tmp_path)


@pytest.fixture(scope="session")
def closed(tmp_path_factory):
    """An election that was printed, filled in, read, decided and closed: to be copied, never changed."""
    folder = Folder(tmp_path_factory.mktemp("closed") / "bch")
    make_closed(folder)
    return folder


class Desk:
    """A printed ballot, somebody to fill it in, a scanner and the reader."""

    def __init__(self, ballot: Ballot) -> None:
        self.ballot = ballot
        self.page = ballot.layout.pages[0]
        self.paper = ballot.paper
        self.sheet = ballot.paper.sheets[0]
        self.print_image = ballot.images[1]
        self.strokes = load_strokes().only(Part.TUNING)

    def fill_in(self, plan, seed=1, pen=None) -> MarkedPage:
        """The first page marked by one hand."""
        rng = dice(seed, 1)
        return mark_page(self.page, self.print_image, plan, any_hand(self.strokes, rng, pen), rng)

    def scan(self, marked: MarkedPage, happens, seed=1) -> ScannedPage:
        """One scan of a marked page."""
        return scan_marked(self.page, marked, happens, SCALE, dice(seed, 2))

    def damaged(self, name: str) -> Case:
        """The plain page with a damage."""
        return of_damage(name)

    def read(self, scanned: ScannedPage):
        """The reading of a scan."""
        return read_page(as_scan(scanned), self.paper)

    def read_picture(self, picture: np.ndarray):
        """The reading of a picture, (H, W) grey or (H, W, 3) BGR, from wherever."""
        grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        return read_page(Scan(grey, None, b"", ".png", picture), self.paper)


class Pad:
    """The blank page as the reader knows it (8 px/mm), to draw on and to look at without a scanner."""

    def __init__(self, desk: Desk, blank: np.ndarray) -> None:
        self.page = desk.page
        self.sheet = desk.sheet
        self.blank = blank
        self.to_px = np.array([(BLANK_PX_PER_MM, 0, -0.5), (0, BLANK_PX_PER_MM, -0.5), (0, 0, 1.0)])

    def drawn(self, *inks) -> np.ndarray:
        """The blank page with strokes on it: (pen, stroke mm, stroke mm, …) each."""
        picture = cv2.cvtColor(self.blank, cv2.COLOR_GRAY2BGR)
        for at, (pen, *strokes) in enumerate(inks):
            draw(picture, [np.array(s, np.float64) for s in strokes], pen, BLANK_PX_PER_MM, dice(at))
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))

    def ink(self, picture: np.ndarray) -> RowInk:
        """The rows' ink of such a page."""
        grid = find_grid(picture, self.to_px, self.page)
        return see_ink(picture, self.to_px, self.page, grid, self.sheet.printed)

    def rows(self, picture: np.ndarray):
        """The rows of such a page as seen."""
        return see_rows(self.ink(picture), self.sheet.printed, self.page, Thresholds())

    def box(self, row: int, column: int):
        """The mark box of a row and column, counted from 0."""
        return self.page.rows[row].cells[column].box_mm


def cross(box, size=5.0, dx=0.0, dy=0.0):
    """The two strokes of an X about the middle of a box, mm."""
    x, y = box.center[0] + dx, box.center[1] + dy
    h = size / 2
    return [(x - h, y - h), (x + h, y + h)], [(x - h, y + h), (x + h, y - h)]


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """As in a worker of `omr scan`: one thread each, so that timings and order are the same everywhere."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk(ballot_of(PEOPLE))


@pytest.fixture(scope="session")
def printed_with(desk):
    """Makes the first page as printed (8 px/mm, grey) with that text in its code."""
    family = find_family(LAST_RESORT)

    def page(text: str) -> np.ndarray:
        return np.asarray(draw_blanks(desk.ballot.layout, lambda _copy, _page: text, family)[0])

    return page


@pytest.fixture(scope="session")
def blank(desk, printed_with) -> np.ndarray:
    """The blank page with its good code, (2376, 1680) uint8, 8 px/mm."""
    layout = desk.ballot.layout
    return printed_with(make_payload(KEY, ELECTION, 1, len(layout.pages), fingerprint(layout)))


@pytest.fixture(scope="session")
def pad(desk, blank) -> Pad:
    return Pad(desk, blank)


@pytest.fixture(scope="session")
def ballpoint() -> Pen:
    return BALLPOINT


@pytest.fixture(scope="session")
def an_x():
    """Makes the two strokes of an X: an_x(box, size, dx, dy), mm."""
    return cross


@pytest.fixture(scope="session")
def filled_in(desk) -> MarkedPage:
    """The page filled in plainly by one hand (PLAIN_PLAN)."""
    return desk.fill_in(PLAIN_PLAN)
