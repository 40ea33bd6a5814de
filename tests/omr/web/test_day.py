"""The whole day in a browser: from a pasted list to the downloaded report, whose numbers are the truth."""

from __future__ import annotations

import csv
import io
import json

import pypdfium2
from ballots import PEOPLE, answers, expected, fill
from conftest import MEMBERS
from playwright.sync_api import expect
from serving import served
from walking import asked, decide_all, enter, gone, press, sit_down

from omr.election import Folder

LEVELS = ("high", "medium", "low")


def test_the_whole_day(window, tmp_path):
    """New election, list, PDF, scans, two members and one disagreement, closing, report: the truth."""
    with served(tmp_path) as server:
        page = window()
        enter(page, server)
        make_election(page)
        print_and_check(page)
        folder = Folder(tmp_path / "bch")
        box = fill(folder)
        enter_members(page, server.url)
        scan_box(page, server.url, box)
        decide_together(page, server, box)
        close(page, server.url)
        read_the_papers(page, server.url, folder, box)


def make_election(page):
    page.get_by_role("link", name="Cuộc lấy phiếu mới").click()
    page.get_by_label("Tên ngắn").fill("BCH")
    page.get_by_label("Danh sách, dán từ Excel").fill("1\tNguyễn Văn Thử\t\n2\tTrần Thị Ví Dụ\tPhó")
    page.get_by_label("Nơi lấy phiếu", exact=True).select_option("BCH")
    page.get_by_role("button", name="Tạo cuộc lấy phiếu").click()
    # What is wrong is said at the field, with its line; nothing that was typed is lost.
    expect(page.locator("#w-list")).to_contain_text("Dòng 1: cột “chức vụ” để trống")
    expect(page.get_by_label("Tên ngắn")).to_have_value("BCH")
    page.get_by_label("Danh sách, dán từ Excel").fill("\n".join("\t".join(person) for person in PEOPLE))
    page.get_by_label("Cơ quan, đơn vị").fill("HUYỆN ỦY MẪU")
    page.get_by_label("Ngày lấy phiếu").fill("31/2/2023")
    page.get_by_role("button", name="Tạo cuộc lấy phiếu").click()
    expect(page.locator("#w-date")).to_have_text("Không có ngày “31/2/2023”. Ghi như 15/12/2023.")
    page.get_by_label("Ngày lấy phiếu").fill("15/12/2023")
    page.get_by_role("button", name="Tạo cuộc lấy phiếu").click()
    page.get_by_label("Số phiếu phát ra").fill("sáu")
    save(page)
    expect(page.locator("[data-fault='session.issued']")).to_contain_text("số nguyên")
    for label, number in (("triệu tập", "8"), ("Có mặt khi bỏ phiếu", "5"), ("Số phiếu phát ra", "6")):
        page.get_by_label(label).fill(number)
    # Below two thirds no vote may be held: said while it is typed, and still after it was saved.
    expect(page.locator("[data-doubt='session.present_at_vote']")).to_contain_text("chưa đủ 2/3")
    save(page)
    expect(page.locator("[data-doubt='session.present_at_vote']")).to_contain_text("chưa đủ 2/3")
    page.get_by_label("Có mặt khi bỏ phiếu").fill("7")
    page.get_by_label("Vắng mặt").fill("1")
    save(page)
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu.")
    expect(page.get_by_label("Số phiếu phát ra")).to_have_value("6")
    expect(page.get_by_label("Có mặt dự hội nghị")).to_have_value("7")


def save(page):
    with page.expect_navigation():
        page.get_by_role("button", name="Lưu tất cả").click()


def print_and_check(page):
    preview_follows_typing(page)
    page.get_by_role("link", name="In phiếu chưa in").click()
    expect(page.get_by_label("Số phiếu")).to_have_value("6")
    page.get_by_role("button", name="Tạo tệp PDF").click()
    link = page.get_by_role("link", name="Phiếu", exact=True)
    answer = page.request.get(page.url.replace("/print", "/print/") + "ballots.pdf")
    expect(link).to_be_visible()
    document = pypdfium2.PdfDocument(answer.body())
    try:
        assert len(document) == 6
        text = document[5].get_textpage().get_text_range()
    finally:
        document.close()
    assert "PHIẾU TÍN NHIỆM" in text
    assert all(name in text for name, _position in PEOPLE)


def preview_follows_typing(page):
    before = page.locator("#preview img").first.get_attribute("src")
    page.get_by_label("Cơ quan, đơn vị").fill("HUYỆN ỦY VÍ DỤ")
    expect(page.locator("#preview img").first).not_to_have_attribute("src", before)
    save(page)
    expect(page.get_by_label("Cơ quan, đơn vị")).to_have_value("HUYỆN ỦY VÍ DỤ")


def enter_members(page, url):
    page.goto(f"{url}/e/bch/members")
    for at, (name, pin) in enumerate(MEMBERS):
        if at:
            sit_down(page, url, *MEMBERS[0])
            page.goto(f"{url}/e/bch/members")
        page.locator("#new-who").fill(name)
        page.locator("#new-pin").fill(pin)
        page.locator("#new-again").fill(pin)
        if at:
            page.locator("#new-own").fill(MEMBERS[0][1])
        page.locator("form[action$='/add'] button").click()
        expect(page.get_by_label(name)).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("Đã thêm")


def scan_box(page, url, box):
    page.goto(f"{url}/e/bch/scan")
    files = [
        {"name": f"quet-{at}.jpg", "mimeType": "image/jpeg", "buffer": filled.jpeg}
        for at, filled in enumerate(box, start=1)
    ]
    page.locator("#files").set_input_files(files)
    page.get_by_role("button", name="Đọc phiếu").click()
    expect(page.locator("#thumbs li")).to_have_count(len(box), timeout=60_000)
    page.locator("#progress[data-state=idle]").wait_for(timeout=60_000)
    expect(page.locator("[data-sum=read]")).to_have_text("6")
    expect(page.locator("[data-sum=collected]")).to_have_text("6")
    expect(page.locator(".balance .tick")).to_be_visible()


def decide_together(page, server, box):
    """Both members decide alone; over one row they differ, and it comes back to both, named."""
    url, desk = server.url, server.hall.desk("bch")
    truth = answers(desk, box)
    assert len(truth) >= 3
    wrong = next(key for key in truth if "/row/" in key)
    sit_down(page, url, *MEMBERS[0])
    assert decide_all(page, truth | {wrong: next(x for x in LEVELS if x != truth[wrong])}) == len(truth)
    expect(page.get_by_role("heading", name="Đồng chí đã trả lời hết")).to_be_visible()
    sit_down(page, url, *MEMBERS[1])
    while (key := asked(page)) is not None:
        # The second member sees nothing of what the first chose.
        if page.locator(".dispute").count():
            break
        assert MEMBERS[0][0] not in page.locator("#question").inner_text()
        press(page, truth[key])
        gone(page, key)
    assert asked(page) == wrong
    for name, _pin in MEMBERS:
        expect(page.locator(".dispute")).to_contain_text(name)
    press(page, truth[wrong])
    gone(page, wrong)
    sit_down(page, url, *MEMBERS[0])
    assert asked(page) == wrong
    # The second has answered anew: the first is still told why it is asked again.
    for name, _pin in MEMBERS:
        expect(page.locator(".dispute")).to_contain_text(name)
    press(page, truth[wrong])
    gone(page, wrong)
    expect(page.get_by_role("heading", name="Không còn mục chờ quyết định")).to_be_visible()


def close(page, url):
    """One signature is not enough; two are."""
    page.goto(f"{url}/e/bch/result")
    # What would be dots in the papers is named, with the way to its field.
    page.locator(".blanks").get_by_role("link", name="Thành viên Ban Kiểm phiếu").click()
    expect(page.get_by_label("Thành viên Ban Kiểm phiếu")).to_have_value("\n".join(n for n, _pin in MEMBERS))
    save(page)
    page.goto(f"{url}/e/bch/result")
    expect(page.locator(".blanks")).not_to_contain_text("Thành viên Ban Kiểm phiếu")
    page.get_by_role("button", name="Ký chốt kết quả").click()
    expect(page.locator(".stamp.closed")).to_have_count(0)
    sign(page)
    expect(page.get_by_text(f"Đã ký: {MEMBERS[0][0]}.")).to_be_visible()
    expect(page.locator(".stamp.closed")).to_have_count(0)
    sign(page)
    expect(page.get_by_role("alert")).to_contain_text("đã ký rồi")
    sit_down(page, url, *MEMBERS[1])
    page.goto(f"{url}/e/bch/result")
    sign(page)
    expect(page.locator(".stamp.closed")).to_have_text("ĐÃ CHỐT")


def sign(page):
    page.get_by_label("Đã đối chiếu, số liệu đúng").check()
    page.get_by_role("button", name="Ký chốt kết quả").click()


def read_the_papers(page, url, folder, box):
    """The report that is downloaded, the table on the screen and the closed result all say the truth."""
    true = expected(box)
    answer = page.request.get(f"{url}/e/bch/result/papers/results.csv")
    rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))
    assert {int(row["number"]): {c: int(row[c]) for c in LEVELS} for row in rows} == {
        number: {c: counts[c] for c in LEVELS} for number, counts in true.items()
    }
    shown = page.locator("table.result tbody tr")
    for at, counts in enumerate(true.values()):
        votes = [int(text) for text in shown.nth(at).locator(".votes").all_inner_texts()]
        assert votes == [counts[c] for c in LEVELS]
    closed = json.loads((folder.root / "result.json").read_text(encoding="utf-8"))
    assert closed["sha256"] == page.locator("#hash").inner_text()
    assert closed["signed_by"] == [name for name, _pin in MEMBERS]
    assert {p["number"]: {c: p[c] for c in (*LEVELS, "invalid")} for p in closed["people"]} == true
    pdf = page.request.get(f"{url}/e/bch/result/papers/phu-luc-05.pdf").body()
    assert pdf.startswith(b"%PDF-")
    # Every paper that is offered can be fetched, and is what its name says; all lie in the folder as well.
    offered = [each.get_attribute("href") for each in page.locator("#papers td a").all()]
    assert len(offered) >= 14
    begins = {"pdf": b"%PDF-", "docx": b"PK", "xlsx": b"PK", "png": b"\x89PNG", "csv": b"\xef\xbb\xbf"}
    for address in [each for each in offered if "ban-" not in each or "ban-3" in each]:
        assert page.request.get(url + address).body().startswith(begins[address.rpartition(".")[2]]), address
        assert (folder.root / address.rpartition("/")[2]).exists()
    expect(page.locator("#papers")).to_contain_text(str(folder.root))
