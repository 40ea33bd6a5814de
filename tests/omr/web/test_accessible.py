"""axe-core finds no serious fault on any page, and the projector's type is large."""

from __future__ import annotations

from pathlib import Path

import pytest
from ballots import answers
from conftest import MEMBERS
from walking import enter, sit_down

AXE = Path.home() / ".cache/omr-tests/node_modules/axe-core/axe.min.js"
RUN = "() => axe.run({resultTypes: ['violations']}).then(found => found.violations)"

PAGES = (
    "/new", "/e/bch/prepare", "/e/bch/print", "/e/bch/scan", "/e/bch/review", "/e/bch/review/list",
    "/e/bch/result", "/e/bch/result/projector", "/e/bch/result/rows?person=1&kind=high", "/e/bch/members",
    "/e/bch/result/counts", "/nowhere",
)  # fmt: skip


@pytest.fixture(scope="session")
def axe():
    if not AXE.exists():
        pytest.fail("these tests need axe-core: npm install --prefix ~/.cache/omr-tests axe-core@4")
    return AXE.read_text(encoding="utf-8")


def faults(page):
    return [
        (each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"])
        for each in page.evaluate(RUN)
        if each["impact"] in {"serious", "critical"}
    ]


def test_no_page_has_a_serious_fault(window, server, desk, counted, axe):
    """At the size of a desk's screen, and of a phone's."""
    _folder, box = counted
    page = window(bypass_csp=True)
    enter(page, server)
    sit_down(page, server.url, *MEMBERS[0])
    kinds = {key.split("/")[1]: key for key in answers(desk, box)}
    found = {}
    for address in (*PAGES, *(f"/e/bch/review/{key}" for key in kinds.values())):
        page.goto(server.url + address)
        page.evaluate(axe)
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            found[address, width] = faults(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_no_page_is_wider_than_a_phone(window, server):
    """Only the table of the result is scrolled sideways, inside its own frame."""
    page = window()
    page.set_viewport_size({"width": 390, "height": 844})
    enter(page, server)
    sit_down(page, server.url, *MEMBERS[0])
    for address in PAGES:
        if address.endswith("projector"):
            continue
        page.goto(server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_the_projector_is_readable_from_five_metres(window, server):
    """Counts stand at least 30 px high on 768 lines: 1/25 of the picture's height, as slides have it."""
    page = window()
    enter(page, server)
    page.goto(f"{server.url}/e/bch/result/projector")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.votes')].map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 30
    assert page.locator("img, svg, form").count() == 0


def test_a_crop_is_at_least_twice_its_size(window, server, desk, counted):
    """96 px an inch is life size on the screen: 3.78 px/mm, and the crop of a row has twice that."""
    _folder, box = counted
    page = window()
    enter(page, server)
    sit_down(page, server.url, *MEMBERS[0])
    row = next(key for key in answers(desk, box) if "/row/" in key)
    page.goto(f"{server.url}/e/bch/review/{row}")
    crop = page.locator("svg.crop")
    width_mm = float(crop.get_attribute("viewBox").split()[2])
    assert crop.bounding_box()["width"] / width_mm >= 2 * 96 / 25.4
