"""Deciding in all the ways people do: keys alone, without scripts, two at once, and across a restart."""

from __future__ import annotations

import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ballots import answers
from conftest import MEMBERS
from playwright.sync_api import expect
from serving import csrf, log_in, post, served
from walking import asked, decide_all, enter, gone, press, sit_down

from omr.decisions import UNDO
from omr.election import Folder
from omr.store import Store
from omr.web.routes import review
from omr.web.scanner import Scanner

ONE, OTHER = MEMBERS


def decisions(folder):
    with Store(folder.database) as store:
        return store.adjudications()


def test_the_keyboard_alone_is_enough(window, server, desk, counted):
    """Tab, type and Enter to log in; keys to answer, pass over, and take back; no mouse."""
    folder, box = counted
    truth = answers(desk, box)
    page = window()
    enter(page, server)
    page.goto(f"{server.url}/e/bch/review")
    page.locator("input[name=who]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(ONE[1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/**")
    page.wait_for_load_state()
    first = asked(page)
    page.keyboard.press("Space")
    gone(page, first)
    second = asked(page)
    press(page, truth[second])
    gone(page, second)
    page.keyboard.press("z")
    page.locator(f"#question[data-key='{second}']").wait_for()
    assert [each.choice for each in decisions(folder)] == [truth[second], UNDO]
    assert decide_all(page, truth) == len(truth)
    assert len(decisions(folder)) == len(truth) + 2


def test_a_key_typed_into_the_reason_answers_nothing(window, server, counted):
    """`x` in the reason is a letter, not a crossed-out name; the reason is kept with the decision."""
    folder, _box = counted
    page = window()
    enter(page, server)
    sit_down(page, server.url, *ONE)
    key = asked(page)
    page.locator("#why").fill("")
    page.locator("#why").press_sequentially("xem 1 s")
    assert asked(page) == key
    page.locator(".answer").first.click()
    gone(page, key)
    assert [each.why for each in decisions(folder)] == ["xem 1 s"]


@pytest.fixture
def gated(monkeypatch):
    """A server that waits before it keeps a word: (told that it has come, told to go on)."""
    reached, gate = threading.Event(), threading.Event()
    record = review._record

    def slow(*what):
        reached.set()
        assert gate.wait(30)
        record(*what)

    monkeypatch.setattr(review, "_record", slow)
    yield reached, gate
    gate.set()


def test_the_next_question_stands_before_the_answer_is_kept(window, server, counted, gated):
    """It was fetched ahead; what is pressed meanwhile waits until the word before it is kept."""
    folder, _box = counted
    reached, gate = gated
    page, first = at_a_row(window, server)
    page.keyboard.press("1")
    gone(page, first)
    second = asked(page)
    page.locator("#crop[href^='blob:']").wait_for()
    assert reached.wait(30)
    page.keyboard.press("2")
    assert asked(page) == second
    assert decisions(folder) == ()
    gate.set()
    gone(page, second)
    page.locator("body:not(.sending)").wait_for()
    sheets = [f"{each.sheet}/row/{each.number}" for each in decisions(folder)]
    assert sheets == [first, second]
    # What is taken back is the last word, also on a page that was fetched before it was given.
    page.keyboard.press("z")
    page.locator(f"#question[data-key='{second}']").wait_for()
    assert decisions(folder)[-1].undoes == decisions(folder)[1].seq


def test_a_first_answer_is_taken_back_while_it_is_on_its_way(window, server, counted, gated):
    """The question shown meanwhile was fetched when there was nothing to take back: the key waits."""
    folder, _box = counted
    reached, gate = gated
    page, first = at_a_row(window, server)
    page.keyboard.press("1")
    gone(page, first)
    assert reached.wait(30)
    page.keyboard.press("z")
    gate.set()
    page.locator(f"#question[data-key='{first}']").wait_for()
    assert [each.choice == UNDO for each in decisions(folder)] == [False, True]


def at_a_row(window, server):
    """A member's page at the first question about a row, with the next one fetched; and that question."""
    page = window()
    enter(page, server)
    sit_down(page, server.url, *ONE)
    key = on_a_row(page)
    page.wait_for_function("() => ahead !== null")
    return page, key


def on_a_row(page):
    """Pass over the questions about whole sheets."""
    while "/row/" not in (key := asked(page)):
        page.keyboard.press("Space")
        gone(page, key)
    return key


def test_an_answer_that_got_lost_goes_back_to_its_question(window, server, counted):
    """Where the server does not answer, the page does not go on as if it had."""
    folder, _box = counted
    page, key = at_a_row(window, server)
    page.route("**/decide", lambda route: route.abort())
    page.keyboard.press("1")
    expect(page.get_by_role("alert")).to_contain_text("không trả lời")
    assert asked(page) == key
    assert page.url.endswith(key)
    page.unroute("**/decide")
    page.keyboard.press("1")
    gone(page, key)
    page.locator("body:not(.sending)").wait_for()
    assert len(decisions(folder)) == 1


def test_after_the_last_answer_nothing_is_called_lost(window, server, desk, counted):
    """Slowly enough that every next page is fetched ahead: the last one leads to no question any more."""
    folder, box = counted
    truth = answers(desk, box)
    page = window()
    enter(page, server)
    sit_down(page, server.url, *ONE)
    while (key := asked(page)) is not None:
        page.wait_for_function("() => !busy && (ahead !== null || !document.getElementById('next'))")
        press(page, truth[key])
        gone(page, key)
        page.locator("body:not(.sending)").wait_for()
    expect(page.get_by_role("heading", name="Đồng chí đã trả lời hết")).to_be_visible()
    assert page.get_by_role("alert").count() == 0
    assert page.url.endswith("/review")
    assert len(decisions(folder)) == len(truth)


def test_a_reason_that_asks_ends_with_its_question_mark(server, desk, counted):
    _folder, box = counted
    with server.client() as client:
        log_in(client, "bch", *ONE)
        told = [client.get(f"/e/bch/review/{key}").text for key in answers(desk, box)]
    reasons = [each for page in told for each in re.findall(r'<p class="reason">(.*?)</p>', page)]
    assert any(each.endswith("?") for each in reasons)
    assert [each for each in reasons if not re.search(r"[^.?!…][.?!…]$", each)] == []


def test_it_works_without_scripts(window, server, desk, counted):
    """Every answer is a button of a form; the page is slower, and complete."""
    folder, box = counted
    truth = answers(desk, box)
    for name, pin in MEMBERS:
        page = window(java_script_enabled=False)
        enter(page, server)
        sit_down(page, server.url, name, pin)
        while (key := asked(page)) is not None:
            expect(page.locator("svg.crop image, img.seal, .pan img").first).to_be_attached()
            page.locator(f".answer[value^='{truth[key]}@']").click()
            page.wait_for_load_state()
    assert desk.count().open_items == ()
    assert len(decisions(folder)) == 2 * len(truth)


def test_a_stale_page_says_so_and_records_nothing(window, server, desk, counted):
    """One member at two screens: what was answered at the first is refused at the second, in words."""
    folder, box = counted
    truth = answers(desk, box)
    screens = [window(), window()]
    for page in screens:
        enter(page, server)
        sit_down(page, server.url, *ONE)
    key = asked(screens[0])
    assert asked(screens[1]) == key
    press(screens[0], truth[key])
    gone(screens[0], key)
    press(screens[1], truth[key])
    expect(screens[1].get_by_role("alert")).to_contain_text("chưa được ghi")
    assert len(decisions(folder)) == 1


def test_two_members_at_once_lose_nothing_and_double_nothing(server, desk, counted):
    """Both answer everything, each from three threads: each question has one word of each member."""
    folder, box = counted
    truth = answers(desk, box)
    with ThreadPoolExecutor(6) as pool:
        codes = [
            code for each in pool.map(answer_all, *zip(*rush(server, truth), strict=True)) for code in each
        ]
    words = [(each.sheet, each.question, each.number, each.by) for each in decisions(folder)]
    assert len(words) == len(set(words)) == 2 * len(truth)
    assert desk.count().open_items == ()
    # Of three tries of one member at one question one is recorded, and two are told that they came late.
    assert sorted(codes) == [200] * len(words) + [409] * (2 * len(words))


def rush(server, truth):
    gate = threading.Barrier(6)
    return [(server, who, truth, gate) for who in MEMBERS for _screen in range(3)]


def answer_all(server, who, truth, gate):
    with server.client() as client:
        assert log_in(client, "bch", *who).status_code == 200
        word = csrf(client)
        gate.wait(30)
        return [
            client.post(
                "/e/bch/review/decide", data={"csrf": word, "key": key, "answer": f"{answer}@1"}
            ).status_code
            for key, answer in truth.items()
        ]


def test_one_members_doubt_about_a_read_row_waits_for_the_other(server, desk, counted):
    """`s` at a sound ballot is a question for the second member, and keeps the result a draft."""
    _folder, box = counted
    truth = answers(desk, box)
    row = next(key for key in truth if "/row/" in key)
    with server.client() as client:
        log_in(client, "bch", *ONE)
        sent = {"csrf": csrf(client), "key": row, "answer": "invalid@1"}
        assert client.post("/e/bch/review/decide", data=sent).status_code == 200
        ballot = row.split("/", maxsplit=1)[0]
        # The member who said so is not asked about its rows any more; the other is asked about both.
        assert ballot not in client.get("/e/bch/review").url.path
        log_in(client, "bch", *OTHER)
        assert client.get(f"/e/bch/review/{ballot}/validity/-").text.count('name="answer"') == 3
        client.post("/e/bch/review/decide", data=sent | {"csrf": csrf(client)})
    assert not any(item.ballot == ballot for item in desk.count().open_items)


def test_a_restart_in_the_middle_of_a_scan_goes_on(window, election):
    """The server ends while pages are read; the next reads the rest, each page once; the browser stays."""
    folder, box = election
    page = window()
    with served(folder.root) as server:
        enter(page, server)
        with server.client() as client:
            files = [("files", (f"{at}.jpg", filled.jpeg)) for at, filled in enumerate(box)]
            stopped_early(server, client, files)
        port = server.port
    with Store(folder.database) as store:
        before = len(store.pages())
    assert before < len(box)
    with served(folder.root, port=port) as server:
        server.hall.desk("bch").scanner.wait()
        page.goto(f"{server.url}/e/bch/")
        expect(page.get_by_role("link", name="Quét (xong) đã quét 6 trang")).to_be_visible()
        count = server.hall.desk("bch").count()
    assert sorted(each.page.source for each in count.box.pages) == sorted(filled.name for filled in box)


def stopped_early(server, client, files):
    """Send a batch and end the reading before its last page is stored."""
    scanner = server.hall.desk("bch").scanner
    follow = scanner._follow

    def ending(start):
        told = follow(start)

        def then(step):
            if step.done:
                scanner._stop.set()
            told(step)

        return then

    scanner._follow = ending
    sent = client.post("/e/bch/scan/upload", data={"csrf": csrf(client)}, files=files)
    assert sent.status_code == 200
    scanner.wait()


def test_a_scan_that_people_stopped_is_gone_on_with(election):
    """Stop keeps what was read and waits, also across a restart; going on reads the rest."""
    folder, box = election
    with served(folder.root) as server, server.client() as client:
        stopped_early(server, client, [("files", (f"{at}.jpg", each.jpeg)) for at, each in enumerate(box)])
        client.post("/e/bch/scan/stop", data={"csrf": csrf(client)})
        # The page offers to go on at once, not only after a restart.
        assert client.get("/e/bch/scan/progress").json()["state"] == "stopped"
    with served(folder.root) as server, server.client() as client:
        assert client.get("/e/bch/scan/progress").json()["state"] == "stopped"
        client.post("/e/bch/scan/go-on", data={"csrf": csrf(client)})
        server.hall.desk("bch").scanner.wait()
        assert client.get("/e/bch/scan/progress").json()["state"] == "idle"
        assert len(server.hall.desk("bch").count().box.pages) == len(box)


def test_all_that_comes_into_a_watched_folder_is_one_run_of_the_scanner(election, tmp_path):
    """Deliveries of a watched folder share one batch, also across a restart; watched anew it is another."""
    folder, box = election
    place = tmp_path / "may-quet"
    (place / "sang").mkdir(parents=True)
    files = [place / "sang" / "001.jpg", place / "001.jpg", place / "002.jpg"]
    for path, filled in zip(files, box, strict=False):
        path.write_bytes(filled.jpeg)
    first, second, third = (Scanner(folder) for _ in range(3))
    for scanner, path in zip((first, second, third), files, strict=True):
        if scanner is not second:
            scanner.watch(str(place))
            scanner._end_watch()
        scanner._deliver([path])
        scanner.wait()
    with Store(folder.database) as store:
        batches = {page.source: page.batch for page in store.pages()}
    assert set(batches) == {"sang/001.jpg", "001.jpg", "002.jpg"}
    assert batches["sang/001.jpg"] == batches["001.jpg"] != batches["002.jpg"]


def test_a_file_that_could_not_be_read_is_answered_for_in_step_three(server, desk, counted):
    """It makes the result a draft until two members say what it is; a word can be taken back."""
    folder, _box = counted
    with server.client() as client:
        log_in(client, "bch", *ONE)
        assert desk.counted().problems == ()
        post(client, "/e/bch/scan/upload", files=[("files", ("hong <1>.pdf", b"%PDF-1.4 nothing"))])
        desk.scanner.wait()
        (problem,) = desk.counted().problems
        shown = client.get("/e/bch/scan").text
        assert "hong &lt;1&gt;.pdf" in shown
        assert f'name="file" value="{problem.name}"' in shown
        # Neither the review nor the steps say that all is well.
        assert "có thể chốt" not in shown
        assert "1 tệp chưa đọc được" in client.get("/e/bch/result").text
        for wrong in ({"file": "khac.pdf", "choice": "foreign"}, {"file": problem.name, "choice": "ballot"}):
            assert post(client, "/e/bch/scan/file", **wrong).status_code == 422
        word = {"file": problem.name, "choice": "foreign"}
        assert f"{ONE[0]} đã xác nhận, chờ" in post(client, "/e/bch/scan/file", **word).text
        assert post(client, "/e/bch/scan/file", **word).status_code == 422
        assert len(desk.counted().problems) == 1
        log_in(client, "bch", *OTHER)
        said = post(client, "/e/bch/scan/file", **word).text
        assert f"người xác nhận: {ONE[0]}, {OTHER[0]}" in said
        assert desk.counted().problems == ()
        assert "tệp chưa đọc được" not in said
        post(client, "/e/bch/scan/file", **(word | {"choice": "undo"}))
        assert [each.name for each in desk.counted().problems] == [problem.name]
        with Store(folder.database) as store:
            assert [(each.by, each.stands) for each in store.set_aside(2)] == [((ONE[0],), False)]


def test_what_is_plainly_no_scan_in_a_folder_stays_out(election):
    """Windows leaves Thumbs.db in every folder with pictures; a file chosen by itself is always looked at."""
    folder, box = election
    with served(folder.root) as server, server.client() as client:
        sent = ("quet/1.jpg", box[0].jpeg), ("quet/Thumbs.db", b"x"), ("quet/desktop.ini", b"x")
        post(client, "/e/bch/scan/upload", files=[("folder", each) for each in sent])
        desk = server.hall.desk("bch")
        desk.scanner.wait()
        assert desk.counted().problems == ()
        assert len(desk.count().box.pages) == 1


def test_what_is_no_number_is_refused_in_words(server, counted):
    """`²` is a digit to Python and no number."""
    folder, _box = counted
    with server.client() as client:
        log_in(client, "bch", *ONE)
        for key, answer in (("x/row/²", "high@1"), ("x/row/1", "high@²")):
            assert post(client, "/e/bch/review/decide", key=key, answer=answer).status_code == 400
    assert decisions(folder) == ()


def test_an_address_that_names_nothing_is_no_page(server, desk, counted):
    """404 with the ordinary page; a question that was settled is said to be so."""
    ballot = desk.count().box.ballots[0].id
    with server.client() as client:
        log_in(client, "bch", *ONE)
        for place in ("review/xyz/row/3", f"review/{ballot}/row/999", f"review/{ballot}/nothing/1",
                      "result/rows?person=1&kind=nothing", "result/rows?person=999&kind=high",
                      "pictures/xyz/page.jpg"):  # fmt: skip
            answer = client.get(f"/e/bch/{place}")
            assert answer.status_code == 404, place
            assert "<main" in answer.text
        assert client.get(f"/e/bch/review/{ballot}/row/1").status_code == 200


def test_pages_read_on_the_command_line_are_shown_and_each_number_has_its_unit(server, desk, counted):
    """Step 3 shows what is in, to members; there and in step 5 it is told questions from rows."""
    pages, questions = desk.count().box.pages, len(desk.count().open_items)
    with server.client() as client:
        assert "thumb.jpg" not in client.get("/e/bch/scan").text
        log_in(client, "bch", *ONE)
        scan_page = client.get("/e/bch/scan").text
        assert scan_page.count("thumb.jpg") == len(pages)
        assert "Mục chờ quyết định" in scan_page
        result = client.get("/e/bch/result").text
        assert f"{desk.counted().result.open_rows} dòng chờ quyết định" in result
        assert f"Ở bước 4 là {questions} mục" in result


def test_a_watched_folder_is_read_when_it_is_quiet(election, tmp_path):
    """Files that come into the scanner's folder are taken without anybody's doing."""
    folder, box = election
    scanner_folder = tmp_path / "may-quet"
    scanner_folder.mkdir()
    came = threading.Event()
    with served(folder.root) as server, server.client() as client:
        desk = server.hall.desk("bch")
        for wrong in ("/", str(folder.root.parent), str(folder.root / "pages")):
            assert post(client, "/e/bch/scan/watch", folder=wrong).status_code == 422
        add = desk.scanner.add
        desk.scanner.add = lambda paths, **run: (add(paths, **run), came.set())
        sent = client.post("/e/bch/scan/watch", data={"csrf": csrf(client), "folder": str(scanner_folder)})
        assert str(scanner_folder) in sent.text
        whole = tmp_path / "whole.jpg"
        whole.write_bytes(box[0].jpeg)
        shutil.move(whole, scanner_folder / "001.jpg")
        assert came.wait(30)
        desk.scanner.wait()
        assert [each.page.source for each in desk.count().box.pages] == ["001.jpg"]
        assert (
            "Folder" not in client.post("/e/bch/scan/watch", data={"csrf": csrf(client), "folder": ""}).text
        )
    assert Folder(folder.root).database.exists()
