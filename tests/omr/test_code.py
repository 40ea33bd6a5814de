"""The page's code: ours, forged, of another election or page, or not to be read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.codes import fingerprint, make_payload
from omr.code import read_code
from omr.evidence import Flag, PageState
from scripts.trial import ELECTION, KEY
from tests.omr.conftest import bounded

OTHER_KEY = bytes(reversed(range(32)))


@pytest.fixture(scope="session")
def pages(desk):
    return len(desk.ballot.layout.pages)


@pytest.fixture(scope="session")
def digest(desk):
    return fingerprint(desk.ballot.layout)


def read(pad, picture):
    return read_code(picture, pad.to_px, pad.page.code_mm, KEY)


def code_px(pad):
    return tuple(round(side * 8) for side in pad.page.code_mm.as_tuple())


def test_our_code_is_genuine(pad, digest, pages):
    """It says election, page, pages and layout, and that our key made it."""
    claim = read(pad, pad.blank)
    assert claim is not None
    assert (claim.election, claim.page, claim.pages, claim.fingerprint) == (ELECTION, 1, pages, digest)
    assert claim.genuine


@given(
    st.floats(0, 25), st.floats(0, 0.25), st.integers(40, 255), st.tuples(st.floats(-2, 2), st.floats(-2, 2))
)
@bounded(15)
def test_a_pale_rough_or_moved_code_is_read(pad, noise, blur_mm, paper, off_mm):
    """Noise, blur, pale print and a place 2 mm off do not lose it."""
    soft = cv2.GaussianBlur(pad.blank, (0, 0), max(blur_mm * 8, 0.1)).astype(np.float64)
    pale = 255 - (255 - soft) * paper / 255
    rough = pale + np.random.default_rng(1).normal(0, noise * paper / 255, pale.shape)
    off = pad.to_px @ np.array([[1, 0, off_mm[0]], [0, 1, off_mm[1]], [0, 0, 1.0]])
    claim = read_code(np.clip(rough, 0, 255).astype(np.uint8), off, pad.page.code_mm, KEY)
    assert claim is not None
    assert claim.genuine


def test_a_forged_code_is_flagged(pad, desk, printed_with, digest, pages):
    """A code made with another key says what ours says, and is not ours."""
    seen = desk.read_picture(printed_with(make_payload(OTHER_KEY, ELECTION, 1, pages, digest)))
    assert seen.state is PageState.READ
    assert Flag.CODE_FORGED in seen.flags


def test_a_ballot_of_another_election_is_foreign(desk, printed_with, digest, pages):
    """Last year's ballot in the box: set aside, nothing on it read."""
    seen = desk.read_picture(printed_with(make_payload(KEY, "OTHER777", 1, pages, digest)))
    assert (seen.state, seen.flags, seen.rows) == (PageState.FOREIGN, (Flag.CODE_OTHER_ELECTION,), ())


def test_a_code_of_another_page_is_flagged(desk, printed_with, digest):
    """The print is page 1 whatever the code says: read as page 1, and somebody looks."""
    seen = desk.read_picture(printed_with(make_payload(KEY, ELECTION, 2, 2, digest)))
    assert seen.state is PageState.READ
    assert seen.page == 1
    assert Flag.CODE_OTHER_PAGE in seen.flags


def test_a_code_of_another_list_is_not_read(desk, printed_with, pages):
    """The same election printed from another list: rows may stand for other people."""
    seen = desk.read_picture(printed_with(make_payload(KEY, ELECTION, 1, pages, "AAAAAA")))
    assert (seen.state, seen.flags, seen.rows) == (PageState.UNREADABLE, (Flag.CODE_OTHER_LAYOUT,), ())


@pytest.mark.parametrize("part", ["all", "half", "corner"])
def test_a_code_that_is_missing_or_torn_is_flagged_and_the_page_read(pad, desk, part):
    """An unreadable code does not lose the page."""
    torn = pad.blank.copy()
    x0, y0, x1, y1 = code_px(pad)
    x0 = {"all": x0, "half": (x0 + x1) // 2, "corner": x0}[part]
    y1 = (y0 + y1) // 2 if part == "corner" else y1
    torn[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4] = 255
    seen = desk.read_picture(torn)
    assert (seen.state, seen.page) == (PageState.READ, 1)
    assert Flag.CODE_MISSING in seen.flags


def test_a_code_of_somebody_else_is_no_code_of_ours(pad, desk, printed_with):
    """Any QR code with other words in it is as good as none."""
    seen = desk.read_picture(printed_with("HTTPS://EXAMPLE.ORG/1"))
    assert seen.state is PageState.READ
    assert Flag.CODE_MISSING in seen.flags


def test_a_tick_on_the_code_does_not_lose_it(pad, ballpoint):
    """The code corrects some damage by itself."""
    x, y = pad.page.code_mm.center
    marked = pad.drawn((ballpoint, [(x - 4, y), (x - 1, y + 3), (x + 5, y - 5)]))
    claim = read(pad, marked)
    assert claim is not None
    assert claim.genuine
