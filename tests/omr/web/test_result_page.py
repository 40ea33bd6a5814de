"""The page of the result and the projector: long names, and what must be seen before anybody signs."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from ballots import answers
from conftest import MEMBERS
from serving import log_in, pdf_text, post
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
    cells = "[...document.querySelectorAll('.result td, .result th')]"
    cut = f"{cells}.filter(e => e.scrollWidth > e.offsetWidth).map(e => e.innerText)"
    assert page.evaluate(cut) == []


def test_eleven_people_stand_on_a_low_projector(window, server, desk, monkeypatch):
    """A committee's result is shown without anybody having to scroll before the hall."""
    counted = desk.counted()
    people = (counted.result.people * 11)[:11]
    shown = replace(counted, result=replace(counted.result, people=people))
    monkeypatch.setattr(desk, "counted", lambda: shown)
    page = window()
    enter(page, server)
    page.goto(f"{server.url}/e/bch/result/projector")
    rows = page.locator("table.result tbody tr")
    assert rows.count() == 11
    last = rows.last.bounding_box()
    assert last["y"] + last["height"] <= 768


@pytest.mark.usefixtures("big")
def test_the_chart_shows_whole_names(window, server):
    """Every line of a name begins inside the drawing, and no two lines lie on each other."""
    page = window()
    enter(page, server)
    sit_down(page, server.url, *MEMBERS[0])
    page.goto(f"{server.url}/e/bch/result")
    boxes = page.evaluate(
        "[...document.querySelectorAll('.chart .name')].map(e => [e.textContent, e.getBBox()])"
        ".map(([line, box]) => [line, box.x, box.y])"
    )
    assert " ".join(line for line, _x, _y in boxes) == " ".join(
        f"{at}. {name}" for at, name in enumerate(NAMES, start=1)
    )
    assert min(x for _line, x, _y in boxes) >= 0
    tops = [y for _line, _x, y in boxes]
    assert min(b - a for a, b in pairwise(tops)) >= 18
    drawn = page.evaluate("document.querySelector('.chart').viewBox.baseVal.height")
    assert max(tops) + 19 <= drawn


def decide(server, desk, box):
    """Both members answer everything truly."""
    truth = answers(desk, box)
    for who in MEMBERS:
        with server.client() as client:
            log_in(client, "bch", *who)
            for key, answer in truth.items():
                sent = post(client, "/e/bch/review/decide", key=key, answer=f"{answer}@1")
                assert sent.status_code == 200


def signing_form(client):
    """What stands from the heading of the closing to its button, as a person reads it."""
    told = html.unescape(client.get("/e/bch/result").text)
    return told.partition("<h2>Chốt kết quả</h2>")[2].partition("</form>")[0]


def test_before_signing_it_is_said_what_was_not_collected(server, desk, counted):
    """Lawful, and what a forgotten half of the pile looks like."""
    _folder, box = counted
    decide(server, desk, box)
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        form = signing_form(client)
        assert "Ký chốt kết quả" in form
        assert "chưa thu về" not in form
        post(client, "/e/bch/prepare", **{"session.issued": "7"})
        form = signing_form(client)
        assert "Ký chốt kết quả" in form
        assert "Còn 1 phiếu phát ra chưa thu về" in form


def test_a_second_count_that_nobody_asked_for_and_that_differs_is_said_before_signing(server, desk, counted):
    """With `[rules] counts = 1` it makes no draft; the form and the steps say it all the same."""
    _folder, box = counted
    decide(server, desk, box)
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        assert "có thể chốt" in client.get("/e/bch/result").text
        post(client, "/e/bch/prepare", **{"rules.counts": "2"})
        files = [("files", (f"{at}.jpg", each.jpeg + b"\n")) for at, each in enumerate(box[:-1])]
        post(client, "/e/bch/scan/upload", files=files, count="2")
        desk.scanner.wait()
        post(client, "/e/bch/prepare", **{"rules.counts": "1"})
        compared = desk.count().comparison
        sheets = len(compared.differing) + len(compared.unmatched)
        assert sheets
        form = signing_form(client)
        assert "Ký chốt kết quả" in form
        assert f"Lần kiểm thứ hai không khớp: {sheets} phiếu" in form
        assert 'href="/e/bch/result/counts"' in form
        shown = client.get("/e/bch/scan").text
        assert "hai lần kiểm không khớp" in shown
        assert "có thể chốt" not in shown
        fourth = re.search(r'<li class="(\w+)"><a href="/e/bch/review">(.*?)</a>', shown, re.DOTALL)
        assert fourth[1] == "now"
        assert "hai lần kiểm không khớp" in fourth[2]
        assert 'href="/e/bch/result/counts"' in client.get("/e/bch/review").text
        minutes = client.get("/e/bch/result/board-papers/bien-ban-kiem-phieu.pdf").content
        assert f"chỉ có trong một lần kiểm: {sheets})" in pdf_text(minutes)


@pytest.mark.usefixtures("big")
def test_a_draft_names_nobody_for_a_consequence(server):
    """While rows wait nobody stands there with A or B beside the name, neither on the projector."""
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        for page in ("result", "result/projector"):
            shown = client.get(f"/e/bch/{page}").text
            assert "Chưa kết luận" in shown or page != "result"
            assert 'class="consequence"' not in shown
            assert 'class="consequences"' not in shown


def test_the_hall_is_not_shown_what_follows_for_whom(server, desk, monkeypatch):
    """III.6 is for the authority: the board reads it in words on its page, the projector shows numbers."""
    counted = desk.counted()
    people = (replace(counted.result.people[0], consequence="A"), *counted.result.people[1:])
    final = replace(counted.result, people=people, checks=(), open_rows=0, open_ballots=0)
    monkeypatch.setattr(type(final), "draft_reasons", ())
    monkeypatch.setattr(desk, "counted", lambda: replace(counted, result=final))
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        assert "trên 50% tín nhiệm thấp" in client.get("/e/bch/result").text
        hall = client.get("/e/bch/result/projector").text
        assert people[0].person.name in hall
        assert "consequence" not in hall
        assert "50%" not in hall


def behind(client, person, kind):
    """The lines of the table behind a number: ballot -> all that stands in its line."""
    told = html.unescape(client.get(f"/e/bch/result/rows?person={person}&kind={kind}").text)
    found = re.findall(r"<tr><th scope=\"row\"><code>(\w+)</code>(.*?)</tr>", told, re.DOTALL)
    assert len(found) == len(dict(found))
    return dict(found)


def test_every_number_names_the_ballots_that_made_it(server, desk, counted):
    """Each person, each kind: as many ballots as the number says, by random ids, each with its picture."""
    _folder, box = counted
    decide(server, desk, box)
    now = desk.counted()
    sources = {each.page.source for each in now.now.box.pages}
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        for each in now.result.people:
            numbers = {**each.votes, "invalid": each.invalid}
            for kind, ballots in numbers.items():
                lines = behind(client, each.person.number, kind)
                assert len(lines) == ballots
                assert list(lines) == sorted(lines)
                for line in lines.values():
                    pictures = re.findall(r"/e/bch/pictures/\w+/(?:row-\d+|page)\.jpg", line)
                    assert len(pictures) == 2
                    assert all(client.get(picture).status_code == 200 for picture in pictures)
                    assert not any(source in line for source in sources)
                    assert not re.search(r"\d\d:\d\d|\d{4}-\d\d-\d\d", line)
            assert sum(numbers.values()) == now.result.collected


def test_a_line_behind_a_number_says_what_was_read_and_decided_and_why(server, desk, counted):
    """Words, not codes: the machine's reading, the decision with who, and why a ballot is invalid."""
    _folder, box = counted
    decide(server, desk, box)
    who = ", ".join(name for name, _pin in MEMBERS)
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        lines = behind(client, 3, "invalid").values()
        assert any("không có dấu treo" in each and f"Không do Ban Kiểm phiếu phát ra ({who})" in each
                   and "Tín nhiệm<" in each for each in lines)  # fmt: skip
        assert any("không đánh dấu vào ô nào" in each for each in lines)
        lines = behind(client, 2, "low").values()
        assert any(f"Tín nhiệm thấp ({who})" in each and "đã bị gạch bỏ" in each for each in lines)


def test_a_line_that_waits_leads_to_its_question_and_tells_no_answer(server, desk, counted):
    """One member has answered: who is said, what is not, until the other has answered too."""
    _folder, box = counted
    key, answer = next((key, one) for key, one in answers(desk, box).items() if key.endswith("/row/1"))
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        post(client, "/e/bch/review/decide", key=key, answer=f"{answer}@1")
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[1])
        line = behind(client, 1, "open")[key.split("/")[0]]
        assert f'href="/e/bch/review/{key}"' in line
        said = re.search(r'data-head="Người quyết định">(.*?)</td>', line)[1]
        assert said == f'<span class="said">đã trả lời: {MEMBERS[0][0]}</span>'
