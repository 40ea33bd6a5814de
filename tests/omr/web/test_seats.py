"""Who sits where, who may do what: members on their page, seats that end, hands that are named."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime

import httpx
from conftest import MEMBERS
from serving import add, csrf, log_in, pdf_text, post, served

from omr.closing import sign
from omr.store import Store
from omr.web.scanner import Thumb

ONE, OTHER = MEMBERS
THIRD = ("Lê Văn Lạ", "123456")


def names(folder):
    with Store(folder.database) as store:
        return [each.name for each in store.members()]


def sign_once(folder):
    with Store(folder.database) as store:
        sign(store, "x", ONE[0], 2, final=True, shown="x")


def test_a_seat_that_was_left_is_nobodys_whatever_cookie_is_shown(server):
    """“Đổi người” ends the seat on the server: a copy of the cookie from before seats nobody."""
    with server.client() as client:
        log_in(client, "bch", *ONE)
        kept = dict(client.cookies)
        assert httpx.get(f"{server.url}/e/bch/review/list", cookies=kept).status_code == 200
        post(client, "/e/bch/members/leave")
        led = httpx.get(f"{server.url}/e/bch/review/list", cookies=kept)
        assert (led.status_code, led.headers["location"][:14]) == (303, "/e/bch/members")
        assert ONE[0] not in client.get("/e/bch/scan").text


def test_who_sits_down_ends_the_seat_of_who_sat_there(server):
    with server.client() as client:
        log_in(client, "bch", *ONE)
        kept = dict(client.cookies)
        log_in(client, "bch", *OTHER)
        assert httpx.get(f"{server.url}/e/bch/review/list", cookies=kept).status_code == 303
        assert client.get("/e/bch/review/list").status_code == 200


def test_a_seat_outlives_a_restart(counted):
    folder, _box = counted
    with served(folder.root) as first, first.client() as client:
        log_in(client, "bch", *ONE)
        cookies, port = dict(client.cookies), first.port
    with served(folder.root, port=port) as second:
        assert httpx.get(f"{second.url}/e/bch/review/list", cookies=cookies).status_code == 200


def test_two_elections_at_once_keep_their_members_apart(server, printed, tmp_path):
    """One browser at two servers: each login holds, and leaving one leaves the other."""
    shutil.copytree(printed[0].root, tmp_path / "other" / "bch")
    with served(tmp_path / "other" / "bch") as other, server.client() as client:
        client.get(other.door())
        at_other = httpx.Client(base_url=other.url, cookies=client.cookies, follow_redirects=True, timeout=60)
        with at_other:
            add(at_other, "bch", *THIRD)
            log_in(at_other, "bch", *THIRD)
            client.cookies.update(at_other.cookies)
            log_in(client, "bch", *ONE)
            at_other.cookies.update(client.cookies)
            assert THIRD[0] in at_other.get("/e/bch/scan").text
            assert ONE[0] in client.get("/e/bch/scan").text
            post(client, "/e/bch/members/leave")
            assert ONE[0] not in client.get("/e/bch/scan").text
            assert at_other.get("/e/bch/review/list").url.path == "/e/bch/review/list"


def test_a_member_enters_another_with_their_own_pin(server, counted):
    """An open screen is not enough; the new one has a PIN of their own; the page says who entered whom."""
    folder, _box = counted
    with server.client() as client:
        assert "hãy đăng nhập trước" in add(client, "bch", *THIRD).text.lower()
        log_in(client, "bch", *ONE)
        assert "không đúng" in add(client, "bch", *THIRD, own="0000").text
        assert "thành viên khác" in add(client, "bch", THIRD[0], ONE[1], own=ONE[1]).text
        assert names(folder) == [ONE[0], OTHER[0]]
        said = add(client, "bch", *THIRD, own=ONE[1])
        assert "Đã thêm thành viên" in said.text
        assert f"<td>{THIRD[0]}</td><td>{ONE[0]}</td>" in said.text
        for same in ("LE VAN LA", "le  van la.", "Lê Vân Lạ", "Đ/c Lê Văn Lạ"):
            assert "trùng tên" in add(client, "bch", same, "654321", own=ONE[1]).text, same


def test_once_something_is_decided_two_pins_enter_a_member(server, counted):
    folder, _box = counted
    sign_once(folder)
    with server.client() as client:
        log_in(client, "bch", *ONE)
        alone = add(client, "bch", *THIRD, own=ONE[1])
        assert "mã PIN của hai thành viên" in alone.text
        # The name that was typed stays, the PINs do not.
        assert f'value="{THIRD[0]}"' in alone.text
        assert THIRD[1] not in alone.text
        for second in ((ONE[0], ONE[1]), (OTHER[0], "0000"), ("Không Ai", "0000")):
            refused = add(client, "bch", *THIRD, own=ONE[1], second=second[0], **{"second-pin": second[1]})
            assert refused.status_code == 422
        assert names(folder) == [ONE[0], OTHER[0]]
        said = add(client, "bch", *THIRD, own=ONE[1], second=OTHER[0], **{"second-pin": OTHER[1]})
        assert f"<td>{THIRD[0]}</td><td>{ONE[0]}, {OTHER[0]}</td>" in said.text
        # The page of the result and the minutes say so too.
        told = f"{THIRD[0]}: do {ONE[0]} và {OTHER[0]} đăng ký lúc"
        assert told in client.get("/e/bch/result").text
        assert told in pdf_text(client.get("/e/bch/result/board-papers/bien-ban-kiem-phieu.pdf").content)


def test_a_member_who_is_not_on_the_list_of_the_board_is_named(server, desk, monkeypatch):
    """On the page of the members, and before somebody signs; nobody is kept from deciding."""
    election = desk.election()
    listed = election.model_copy(
        update={"session": election.session.model_copy(update={"board": (ONE[0],), "head": ""})}
    )
    monkeypatch.setattr(desk, "election", lambda: listed)
    with server.client() as client:
        log_in(client, "bch", *ONE)
        shown = client.get("/e/bch/members").text
        assert f"{OTHER[0]} không có trong danh sách Ban Kiểm phiếu" in shown
        assert f"{ONE[0]} không có" not in shown
        counted = desk.counted()
        monkeypatch.setattr(type(counted.result), "draft_reasons", ())
        monkeypatch.setattr(desk, "counted", lambda: replace(counted, election=listed))
        assert f"{OTHER[0]} không có trong danh sách Ban Kiểm phiếu" in client.get("/e/bch/result").text


def test_a_member_is_taken_off_the_list_and_their_seat_ends(server, counted):
    folder, _box = counted
    sign_once(folder)
    with server.client() as client, server.client() as gone:
        log_in(gone, "bch", *OTHER)
        log_in(client, "bch", *ONE)
        wanted = {"goes": OTHER[0], "own": ONE[1], "second": OTHER[0]}
        assert "không đúng" in post(client, "/e/bch/members/remove", **wanted, **{"second-pin": "0000"}).text
        said = post(client, "/e/bch/members/remove", **wanted, **{"second-pin": OTHER[1]})
        assert "ra khỏi danh sách" in said.text
        assert names(folder) == [ONE[0]]
        assert gone.get("/e/bch/review/list").url.path == "/e/bch/members"


def test_a_new_pin_logs_the_other_screens_out(server):
    with server.client() as client, server.client() as elsewhere:
        for each in (client, elsewhere):
            log_in(each, "bch", *ONE)
        wrong = {"own": "0000", "pin": "8642", "again": "8642"}
        assert "không đúng" in post(client, "/e/bch/members/pin", **wrong).text
        assert "khác nhau" in post(client, "/e/bch/members/pin", **(wrong | {"again": "8643"})).text
        assert "đã có hiệu lực" in post(client, "/e/bch/members/pin", **(wrong | {"own": ONE[1]})).text
        assert client.get("/e/bch/review/list").url.path == "/e/bch/review/list"
        assert elsewhere.get("/e/bch/review/list").url.path == "/e/bch/members"
        assert log_in(elsewhere, "bch", ONE[0], ONE[1]).status_code == 403
        assert log_in(elsewhere, "bch", ONE[0], "8642").status_code == 200


def test_wrong_pins_make_a_member_wait_and_say_how_long(counted):
    """Also after a restart, and whichever form the PIN is typed into; other members go on."""
    folder, _box = counted
    with served(folder.root) as server, server.client() as client:
        for _try in range(3):
            refused = log_in(client, "bch", ONE[0], "0000")
            assert refused.status_code == 403
            assert f"Mã PIN của {ONE[0]} không đúng" in refused.text
            # The chosen name is still chosen.
            assert f'value="{ONE[0]}" required checked' in refused.text
    with served(folder.root) as server, server.client() as client:
        slowed = log_in(client, "bch", *ONE)
        assert slowed.status_code == 403
        assert "hãy chờ 1 phút" in slowed.text or "giây rồi nhập lại" in slowed.text
        assert log_in(client, "bch", *OTHER).status_code == 200
        second = {"second": ONE[0], "second-pin": ONE[1]}
        assert "hãy chờ" in add(client, "bch", *THIRD, own=OTHER[1], **second).text


CHANGES = {
    "prepare": {"meeting": "Hội nghị khác", "session.issued": "7"},
    "print": {"copies": "3"},
    "scan/upload": {},
    "scan/stop": {},
    "scan/go-on": {},
    "scan/watch": {"folder": ""},
}


def test_once_there_are_members_a_change_takes_one(server, counted):
    """Whoever was let in for the projector is led to the members, and nothing is changed."""
    folder, _box = counted
    before = {path: path.read_bytes() for path in folder.root.glob("*.*") if "sqlite" not in path.name}
    with server.client() as client:
        for form, fields in CHANGES.items():
            step = form.split("/")[0]
            led = post(client, f"/e/bch/{form}", **fields).url
            assert (led.path, led.params["back"]) == ("/e/bch/members", f"/e/bch/{step}"), form
            assert "hãy đăng nhập trước" in client.get(f"/e/bch/{step}").text
        assert client.get("/e/bch/print/ballots.pdf").url.path == "/e/bch/members"
    assert {path: path.read_bytes() for path in before} == before
    with Store(folder.database) as store:
        assert store.trail() == ()


def test_what_is_changed_is_kept_with_the_members_name(server, counted, desk):
    """By day: a time would tie a sheet that was sent alone to it. The page of the members shows it."""
    folder, box = counted
    with server.client() as client:
        log_in(client, "bch", *ONE)
        post(client, "/e/bch/prepare", **{"session.issued": "7"})
        post(client, "/e/bch/scan/upload", files=[("files", ("a.jpg", box[0].jpeg))])
        post(client, "/e/bch/scan/stop")
        desk.scanner.wait()
        shown = client.get("/e/bch/members").text
    with Store(folder.database) as store:
        trail = store.trail()
    assert [(each.kind, each.by, each.about) for each in trail] == [
        ("day", ONE[0], ""), ("upload", ONE[0], "1"), ("stop", ONE[0], ""),
    ]  # fmt: skip
    assert {each.on_day for each in trail} == {datetime.now().astimezone().date().isoformat()}
    assert "gửi tệp quét (1)" in shown


def test_before_the_first_member_anybody_let_in_may_prepare(election):
    folder, _box = election
    with served(folder.root) as server, server.client() as client:
        assert client.get("/e/bch/print/ballots.pdf").content.startswith(b"%PDF-")
        post(client, "/e/bch/prepare", **{"session.issued": "5"})
        with Store(folder.database) as store:
            assert [(each.kind, each.by) for each in store.trail()] == [("day", "")]
        add(client, "bch", *ONE)
        assert client.get("/e/bch/print/ballots.pdf").url.path == "/e/bch/members"


def test_the_projector_sees_the_result_and_no_page(server, desk):
    """A visit alone is shown sums and progress, but not which pages came in."""
    came = tuple(Thumb(each.page.id, False, "read", True) for each in desk.count().box.pages)  # noqa: FBT003
    desk.scanner._now = replace(desk.scanner._now, thumbs=came)
    with server.client() as client:
        assert client.get("/e/bch/result/projector").status_code == 200
        assert client.get("/e/bch/scan/progress").json()["thumbs"] == []
        shown = client.get("/e/bch/scan").text
        assert all(each.page not in shown for each in came)
        log_in(client, "bch", *ONE)
        assert len(client.get("/e/bch/scan/progress").json()["thumbs"]) == len(came)


def test_a_form_of_another_page_of_this_visit_is_no_good_after_a_login(server):
    """The secret word is new with every login: a form shown to one is not sent by the next."""
    with server.client() as client:
        log_in(client, "bch", *ONE)
        word = csrf(client)
        log_in(client, "bch", *OTHER)
        assert client.post("/e/bch/scan/stop", data={"csrf": word}).status_code == 403
