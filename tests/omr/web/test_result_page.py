"""The page of the result and the projector: names however long, and what must be seen before anybody signs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import MEMBERS
from walking import enter, sit_down

#: A name of ten syllables, as there are; and one without a space where it could be broken.
LONG = "Công Tằng Tôn Nữ Thị Diễm Hương Xuân Nguyệt Huế"
NAMES = (LONG, LONG.upper(), f"{LONG} Nguyễn Phúc Ưng Quỳnh Hường", "Trần Thị Ví Dụ")


@pytest.fixture
def big(desk, monkeypatch):
    """The result as if 500 ballots had been collected, on people with long names."""
    counted = desk.counted()
    people = tuple(
        replace(
            each,
            person=replace(each.person, name=name),
            votes=dict.fromkeys(each.votes, 500),
            invalid=500,
            open=500,
            consequence="B",
        )
        for each, name in zip(counted.result.people, NAMES, strict=True)
    )
    shown = replace(counted, result=replace(counted.result, people=people, collected=500))
    monkeypatch.setattr(desk, "counted", lambda: shown)


@pytest.mark.parametrize("width", [1366, 1280, 1024])
@pytest.mark.usefixtures("big")
def test_no_number_is_off_the_projector_however_long_the_names(window, server, width):
    """The table is no wider than the window, and no cell narrower than what stands in it."""
    page = window()
    page.set_viewport_size({"width": width, "height": 768})
    enter(page, server)
    page.goto(f"{server.url}/e/bch/result/projector")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    table = page.locator("table.result").bounding_box()
    assert table["x"] + table["width"] <= width
    cut = "[...document.querySelectorAll('.result td, .result th')].filter(e => e.scrollWidth > e.offsetWidth)"
    assert page.evaluate(f"{cut}.map(e => e.innerText)") == []


@pytest.mark.usefixtures("big")
def test_the_chart_shows_whole_names(window, server):
    """Every line of a name begins inside the drawing, and no two lines lie on each other."""
    page = window()
    enter(page, server)
    sit_down(page, server.url, *MEMBERS[0])
    page.goto(f"{server.url}/e/bch/result")
    boxes = page.evaluate(
        "[...document.querySelectorAll('.chart .name')].map(e => [e.textContent, e.getBBox().x, e.getBBox().y])"
    )
    assert " ".join(line for line, _x, _y in boxes) == " ".join(
        f"{at}. {name}" for at, name in enumerate(NAMES, start=1)
    )
    assert min(x for _line, x, _y in boxes) >= 0
    tops = [y for _line, _x, y in boxes]
    assert min(b - a for a, b in zip(tops, tops[1:], strict=False)) >= 18
    drawn = page.evaluate("document.querySelector('.chart').viewBox.baseVal.height")
    assert max(tops) + 19 <= drawn
