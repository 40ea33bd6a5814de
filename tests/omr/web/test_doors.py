"""Who gets in, and what is refused: tokens, hosts, forms, sizes and names."""

from __future__ import annotations

import asyncio
import io
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace

import httpx
import pytest
from ballots import answers
from conftest import MEMBERS
from serving import csrf, log_in, post, served

from omr.files import NO_TIME
from omr.verify.published import verify_published
from omr.web import visit
from omr.web.doorman import HEADERS, Doorman
from omr.web.hall import SECRET
from omr.web.routes import scans
from omr.web.visit import HOURS, Keys, load_secret, new_visit

PAGES = (
    "/", "/new", "/e/bch/", "/e/bch/prepare", "/e/bch/print", "/e/bch/scan", "/e/bch/review", "/e/bch/result",
    "/e/bch/members", "/e/bch/scan/progress", "/e/bch/result/papers/results.csv", "/e/bch/print/ballots.pdf",
    "/e/bch/result/rows?person=1&kind=high", "/e/bch/preview/1.png", "/e/bch/result/counts",
    "/e/bch/result/board-papers/bien-ban-kiem-phieu.pdf", "/e/bch/result/ket-qua.zip",
)  # fmt: skip
FORMS = (
    "/new", "/language", "/invite", "/e/bch/members/enter", "/e/bch/members/add", "/e/bch/prepare",
    "/e/bch/print", "/e/bch/scan/upload", "/e/bch/scan/stop",
    "/e/bch/scan/go-on", "/e/bch/scan/watch", "/e/bch/review/decide", "/e/bch/review/undo",
    "/e/bch/result/close", "/e/bch/result/reopen", "/e/bch/preview", "/e/bch/members/leave",
    "/e/bch/prepare/unlock", "/e/bch/scan/file", "/e/bch/members/remove", "/e/bch/members/pin",
)  # fmt: skip


def routes(server, method):
    paths = server.app.openapi()["paths"]
    return {path.replace("{name}", "bch") for path, methods in paths.items() if method in methods}


def test_the_lists_above_name_every_form_there_is(server):
    """A form that is added without standing in the list would not be tested."""
    assert routes(server, "post") == set(FORMS)


def test_nobody_gets_in_without_a_token(server):
    with server.client(inside=False) as client:
        for page in PAGES:
            answer = client.get(page)
            assert answer.status_code == 403, page
            assert "chưa được phép vào" in answer.text
            assert "Nguyễn" not in answer.text


def test_a_token_works_once_and_becomes_a_strict_cookie(server):
    door = server.door()
    with httpx.Client() as client:
        first = client.get(door)
        assert first.status_code == 303
        cookie = first.headers["set-cookie"]
        assert re.search(r"HttpOnly", cookie)
        assert re.search(r"SameSite=strict", cookie, re.IGNORECASE)
        assert httpx.get(door).status_code == 403


def test_before_the_door_it_is_said_how_to_get_in(server):
    """No button leads out of a used address or a lost visit; who is in already is led to the pages."""
    door = server.door()
    with server.client() as inside, httpx.Client(base_url=server.url) as outside:
        assert inside.get(door).status_code == 200
        for told in (outside.get(door), outside.get("/e/bch/result")):
            assert told.status_code == 403
            assert "Thêm màn hình" in told.text
            assert "chạy lại omr serve" in told.text
            assert "Về trang đầu" not in told.text
        again = inside.get(door)
        assert again.status_code == 403
        assert "Về trang đầu" in again.text


def test_a_wrong_token_lets_nobody_in(server):
    for token in ("", "wrong", "' OR 1=1", "ă" * 50):
        with server.client(inside=False) as client:
            answer = client.get("/open", params={"token": token})
            assert answer.status_code == 403
            assert not client.cookies


def test_a_foreign_host_is_turned_away(server):
    """A page that points its own name at this machine reads nothing, cookie or not."""
    with server.client() as client:
        for host in ("evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:80", ""):
            assert client.get("/", headers={"host": host}).status_code in {400, 421}, host


def test_a_form_without_its_secret_word_does_nothing(server, counted):
    folder, _box = counted
    before = {path: path.stat().st_mtime_ns for path in folder.root.glob("*.[tcj]*")}
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        for form, word in product(FORMS, ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "ữ"})):
            answer = client.post(form, data=word)
            assert answer.status_code == 403, form
            assert "chưa được thực hiện" in answer.text
    assert {path: path.stat().st_mtime_ns for path in folder.root.glob("*.[tcj]*")} == before


def test_the_word_of_another_visit_is_no_good(server):
    with server.client() as one, server.client() as other:
        word = csrf(one)
        assert other.post("/invite", data={"csrf": word}).status_code == 403
        assert one.post("/invite", data={"csrf": word}).status_code == 200


def test_two_servers_of_one_machine_do_not_throw_each_other_out(server, tmp_path):
    """Cookies know no ports: each server's has a name of its own."""
    with served(tmp_path) as other, server.client() as client:
        assert client.get(other.door()).status_code == 200
        assert client.get("/e/bch/scan").status_code == 200
        assert client.get(f"{other.url}/").status_code == 200


def test_a_forged_cookie_is_no_good(server, tmp_path):
    keys = Keys(load_secret(tmp_path / "other"))
    with server.client(inside=False) as client:
        client.cookies.set(server.app.state.keys.cookie, keys.pack(new_visit("vi").seated("bch", "seat")))
        assert client.get("/e/bch/result").status_code == 403


def test_every_answer_forbids_what_is_from_elsewhere_and_is_kept_by_nobody(server):
    with server.client() as client:
        for address in (*PAGES, "/static/app.js", "/nowhere", "/e/nowhere/", "/static/../app.py"):
            answer = client.get(address)
            for name, value in HEADERS:
                assert answer.headers[name.decode()] == value.decode(), address
            text = answer.text if "html" in answer.headers.get("content-type", "") else ""
            assert not re.search(r"https?://(?!127\.0\.0\.1)", text), address
            assert not re.search(r"<script(?! src=\"/static/)|\son\w+=|style=", text), address


NAMES = (
    "../../evil.jpg", "/etc/passwd", "C:\\Windows\\x.jpg", "..\\..\\x.jpg", "a\x00b.jpg", ".", "con",
    "x" * 5000,
    "<script>alert(1)</script>.jpg", "phiếu số 1.jpg",
)  # fmt: skip


def test_a_file_is_kept_under_its_hash_whatever_its_name(election):
    """A name from outside is never a path, and never markup."""
    folder, _box = election
    with served(folder.root) as server, server.client() as client:
        outside = set(folder.root.parent.iterdir())
        word = csrf(client)
        for name in NAMES:
            sent = [("files", (name, f"no scan: {name}".encode()))]
            assert client.post("/e/bch/scan/upload", data={"csrf": word}, files=sent).status_code in {
                200,
                400,
            }
        server.hall.desk("bch").scanner.wait()
        kept = list((folder.root / "incoming").glob("*"))
        assert len(kept) >= len(NAMES) - 1
        assert all(re.fullmatch(r"[0-9a-f]{64}", path.name) for path in kept)
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)
        assert set(folder.root.parent.iterdir()) == outside
        assert "<script>alert" not in client.get("/e/bch/scan").text


def test_what_was_sent_bears_no_time(election):
    """A sheet that was sent alone would be tied to a moment by the time of its file."""
    folder, box = election
    with served(folder.root) as server, server.client() as client:
        sent = [("files", (filled.name, filled.jpeg)) for filled in box[:2]]
        assert post(client, "/e/bch/scan/upload", files=sent).status_code == 200
        server.hall.desk("bch").scanner.wait()
    kept = list((folder.root / "incoming").iterdir())
    assert len(kept) == 2
    assert {path.stat().st_mtime for path in (*kept, kept[0].parent)} == {NO_TIME}


def test_what_was_sent_goes_to_the_disk_without_its_time(tmp_path, monkeypatch):
    """Set after that, a power cut would leave the time beside the name."""
    times = []
    monkeypatch.setattr("os.fsync", lambda handle: times.append(os.fstat(handle).st_mtime))
    scans._copy(io.BytesIO(b"page"), tmp_path / "a")
    assert times == [NO_TIME]


@pytest.mark.parametrize(
    ("hours", "let_in"),
    [(0, True), (HOURS - 1, True), (HOURS + 1, False), (-1, True), (-23, True), (-25, False)],
)
def test_a_cookie_lasts_a_day_of_counting_and_outlives_a_clock_that_was_set_back(monkeypatch, hours, let_in):
    """A time server, a wrong zone: nobody is thrown out by it; yet no cookie is good for years."""
    keys, now = Keys(b"k" * 32), datetime.now(UTC)
    cookie = keys.pack(new_visit("vi"))
    clock = SimpleNamespace(now=lambda _zone: now + timedelta(hours=hours))
    monkeypatch.setattr(visit, "datetime", clock)
    assert (keys.unpack(cookie) is not None) is let_in


def test_a_request_that_is_too_long_is_refused(election):
    folder, _box = election
    with served(folder.root, most_bytes=100_000) as server, server.client() as client:
        data, files = {"csrf": csrf(client)}, [("files", ("a.jpg", b"0" * 200_000))]
        try:
            status = client.post("/e/bch/scan/upload", data=data, files=files).status_code
        except httpx.TransportError:
            status = 413  # refused by its stated length, before it was sent to the end
        assert status == 413
        chunked = client.post(
            "/invite", content=iter([b"0" * 60_000] * 4), headers={"content-type": "text/plain"}
        )
        assert chunked.status_code in {403, 413}
        assert not (folder.root / "incoming").exists()


def test_a_stated_length_is_refused_however_many_digits_it_has():
    """5,000 nines are no number that Python reads; the door says what it says to any that is too long."""
    told = []

    async def send(message):
        told.append(message)

    door = Doorman(None, frozenset({"x"}))
    headers = [(b"host", b"x"), (b"content-length", b"9" * 5000)]
    # In a thread of its own: where a browser test ran before, a loop runs in this one.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, door({"type": "http", "headers": headers}, None, send)).result()
    assert told[0]["status"] == 413


ADDRESSES = (
    "/e/../bch/", "/e/%2e%2e/prepare", "/e/bch%2f..%2fbch/prepare", "/e/BCH/prepare",
    "/e/bch/pictures/..%2fkey/page.jpg", "/e/bch/result/papers/..%2f..%2fkey", "/e/bch/result/papers/key",
    "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/election.py",
)  # fmt: skip


def test_a_name_in_an_address_is_never_a_path(server):
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        for address in ADDRESSES:
            answer = httpx.get(f"{server.url}{address}", cookies=dict(client.cookies))
            assert answer.status_code == 404, address


def test_going_back_leads_to_pages_of_ours_only(server):
    with server.client() as client:
        for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            sent = client.post(
                "/language",
                data={"csrf": csrf(client), "language": "vi", "back": back},
                follow_redirects=False,
            )
            assert sent.headers["location"] == "/"
            assert "evil" not in client.get("/e/bch/members", params={"back": back}).text


def test_deciding_and_closing_need_a_member(server, counted):
    """A browser in which nobody is logged in is led to the members, and nothing is recorded."""
    with server.client() as client:
        for address in ("/e/bch/review", "/e/bch/review/list", "/e/bch/result/rows?person=1&kind=high"):
            assert client.get(address).url.path == "/e/bch/members"
        for form in (
            "review/decide",
            "review/undo",
            "result/close",
            "result/reopen",
            "prepare/unlock",
            "scan/file",
        ):
            led = post(client, f"/e/bch/{form}").url
            assert led.path == "/e/bch/members"
            assert led.params["back"] == f"/e/bch/{form.split('/')[0]}"


def test_pictures_of_votes_are_for_members_alone(server, desk):
    """A browser that was let in for the projector sees no ballot."""
    page = desk.count().box.pages[0].page.id
    with server.client() as client:
        addresses = [f"/e/bch/pictures/{page}/{each}.jpg" for each in ("row-1", "page", "seal", "thumb")]
        assert {client.get(each).url.path for each in addresses} == {"/e/bch/members"}
        log_in(client, "bch", *MEMBERS[0])
        assert {client.get(each).headers["content-type"] for each in addresses} == {"image/jpeg"}


def test_the_servers_secret_is_private(counted, server):
    folder, _box = counted
    assert stat.S_IMODE((folder.root / SECRET).stat().st_mode) == 0o600


def test_the_language_is_each_visits_own(server):
    """One browser in English leaves the other in Vietnamese."""
    with server.client() as one, server.client() as other:
        post(one, "/language", language="en", back="/e/bch/scan")
        assert "Scan the box" in one.get("/e/bch/scan").text
        assert "Quét phiếu thu về" in other.get("/e/bch/scan").text


def test_a_closed_election_takes_nothing_in(server, counted, desk):
    """After two signatures: no scan, no decision, no change; reopening says who and why."""
    folder, box = counted
    with server.client() as client:
        for who in MEMBERS:
            log_in(client, "bch", *who)
            for key, answer in answers(desk, box).items():
                post(client, "/e/bch/review/decide", key=key, answer=f"{answer}@1")
        shown = re.search(r'name="hash" value="(\w+)"', client.get("/e/bch/result").text)[1]
        assert post(client, "/e/bch/result/close", hash="0" * 64, confirmed="1").status_code == 409
        for who in MEMBERS:
            log_in(client, "bch", *who)
            assert "chưa ký gì" in post(client, "/e/bch/result/close", hash=shown).text.casefold()
            post(client, "/e/bch/result/close", hash=shown, confirmed="1")
        assert "ĐÃ CHỐT" in client.get("/e/bch/result").text
        assert (folder.root / "phu-luc-05.docx").exists()
        published = folder.root.parent / "ket-qua.zip"
        published.write_bytes(client.get("/e/bch/result/ket-qua.zip").content)
        found = verify_published(published)
        assert found.collected == len(box)
        assert found.fingerprint in client.get("/e/bch/result").text
        upload = post(client, "/e/bch/scan/upload", files=[("files", ("a.jpg", box[0].jpeg))])
        changed = post(client, "/e/bch/prepare", **{"session.issued": "7"})
        for refused in (upload, changed):
            assert "đã chốt" in refused.text
        for step in ("prepare", "print", "scan", "review"):
            still = client.get(f"/e/bch/{step}").text
            assert "chỉ để xem" in still, step
            assert f'action="/e/bch/{step}' not in still.replace('/e/bch/prepare" enctype', ""), step
        main = client.get("/e/bch/prepare").text.partition("<main")[2].partition("</main")[0]
        assert "<button" not in main
        assert "Hãy ghi lý do" in post(client, "/e/bch/result/reopen", why=" ").text
        reopened = post(client, "/e/bch/result/reopen", why="đếm lại hòm phiếu")
        assert "đếm lại hòm phiếu" in reopened.text
        assert "ĐÃ CHỐT" not in reopened.text
        assert "chưa chốt" in client.get("/e/bch/result/ket-qua.zip").text


def test_after_printing_the_list_is_locked_until_it_is_unlocked_on_purpose(server, counted):
    folder, _box = counted
    before = folder.people_csv.read_bytes()
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        refused = post(client, "/e/bch/prepare", list="1\tNgười Khác\tChức vụ")
        assert "Phiếu đã in" in refused.text
        assert folder.people_csv.read_bytes() == before
        assert "Phiếu đã in" in post(client, "/e/bch/prepare", agency="KHÁC").text
        post(client, "/e/bch/prepare/unlock", why="in lại phiếu")
        post(client, "/e/bch/prepare", list="1\tNgười Khác\tChức vụ")
        assert "Người Khác" in folder.people_csv.read_text(encoding="utf-8")
        # Ballots printed before lie in the box: a new print is still refused.
        assert post(client, "/e/bch/print", copies="5").status_code == 422
