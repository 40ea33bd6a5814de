"""The whole day without a mouse: every control is reached by Tab, shows its focus, and works by key."""

from __future__ import annotations

import threading

from ballots import BOX, PEOPLE, answers, fill
from conftest import MEMBERS
from playwright.sync_api import expect
from serving import served
from walking import decide_all, enter

from omr.election import Folder

#: More stops than any of these pages has: a control that is not met by then is out of the Tab order.
MOST_STOPS = 80

#: The ring of what has the focus is drawn on it, or, where it is itself not seen, on its label.
RINGED = """
at => [at, ...(at.classList.contains("unseen") ? at.labels : [])].some(each => {
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return style.clipPath === "none" && ring && inside && box.width > 4 && box.height > 4;
})
"""


def test_the_day_needs_no_mouse(window, tmp_path):
    """Steps 1 to 5 by Tab, typing, Space and Enter alone, from the first page to a downloaded paper."""
    with served(tmp_path) as server:
        page = window()
        enter(page, server)
        make_election(page)
        enter_numbers(page)
        print_ballots(page)
        box = fill(Folder(tmp_path / "bch"), BOX[:2])
        desk = server.hall.desk("bch")
        scan_with_a_pause(page, desk.scanner, box)
        enter_board(page)
        for member in MEMBERS:
            log_in(page, *member)
            decide_all(page, answers(desk, box))
        sign(page)
        log_in(page, *MEMBERS[0])
        sign(page)
        expect(page.locator(".stamp.closed")).to_have_text("ĐÃ CHỐT")
        fetch_a_paper(page)


def make_election(page):
    """The form of a new election, its list pasted as text is typed, sent by Enter in its last field."""
    follow(page, page.get_by_role("link", name="Cuộc lấy phiếu mới"))
    write(page, page.get_by_label("Tên ngắn"), "BCH")
    tab_to(page, page.get_by_label("Nơi lấy phiếu", exact=True))
    page.keyboard.type("BCH")
    tab_to(page, page.get_by_label("Danh sách, dán từ Excel"))
    page.keyboard.insert_text("\n".join("\t".join(person) for person in PEOPLE))
    write(page, page.get_by_label("Cơ quan, đơn vị"), "HUYỆN ỦY MẪU")
    write(page, page.get_by_label("Ngày lấy phiếu"), "15/12/2023")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Chuẩn bị phiếu")).to_be_visible()


def enter_numbers(page):
    for label, number in (
        ("triệu tập", "8"),
        ("Có mặt dự hội nghị", "7"),
        ("Vắng mặt", "1"),
        ("Có mặt khi bỏ phiếu", "7"),
        ("Số phiếu phát ra", "2"),
    ):
        write(page, page.get_by_label(label), number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu.")
    expect(page.get_by_label("Số phiếu phát ra")).to_have_value("2")


def print_ballots(page):
    follow(page, page.get_by_role("link", name="In phiếu chưa in"))
    tab_to(page, page.get_by_label("Số phiếu"))
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Phiếu", exact=True))


def scan_with_a_pause(page, scanner, box):
    """Files are chosen by Enter on the file control; the reading is stopped after a page and gone on with."""
    reading_on = hold_after_a_page(scanner)
    follow(page, page.locator(".steps a[href$='/scan']"))
    tab_to(page, page.locator("#files"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(
        [
            {"name": f"quet-{at}.jpg", "mimeType": "image/jpeg", "buffer": filled.jpeg}
            for at, filled in enumerate(box, start=1)
        ]
    )
    follow(page, page.get_by_role("button", name="Đọc phiếu"))
    stop = page.get_by_role("button", name="Dừng", exact=True)
    expect(stop).to_be_visible()
    follow(page, stop)
    reading_on.set()
    go_on = page.get_by_role("button", name="Tiếp tục", exact=True)
    expect(go_on).to_be_visible()
    follow(page, go_on)
    page.locator("#progress[data-state=idle]").wait_for()
    expect(page.locator("[data-sum=read]")).to_have_text("2")


def hold_after_a_page(scanner):
    """Hold the reading after its first page, so that it can be stopped there, until the event is set."""
    reading_on, follow_reading = threading.Event(), scanner._follow

    def holding(start):
        told = follow_reading(start)

        def then(step):
            if step.done:
                assert reading_on.wait(30)
            told(step)

        return then

    scanner._follow = holding
    return reading_on


def enter_board(page):
    """The first member enters themselves, logs in, and enters the other."""
    follow(page, page.get_by_role("link", name="Đăng nhập").first)
    for at, (name, pin) in enumerate(MEMBERS):
        if at:
            log_in(page, *MEMBERS[0])
            page.goto(page.url.split("/e/")[0] + "/e/bch/members")
        write(page, page.locator("#new-who"), name)
        write(page, page.locator("#new-pin"), pin)
        write(page, page.locator("#new-again"), pin)
        if at:
            write(page, page.locator("#new-own"), MEMBERS[0][1])
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_label(name)).to_be_visible()


def log_in(page, name, pin):
    """On the page of the members, from wherever the browser is."""
    change = page.locator(".tools form[action$='/leave'] button")
    if change.count():
        follow(page, change)
    choose(page, page.get_by_label(name, exact=True))
    write(page, page.locator("#pin"), pin)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".who")).to_have_text(name)


def choose(page, radio):
    """Take one of a group: Tab stops at the group once, the arrows go through it."""
    name = radio.get_attribute("name")
    tab_until(page, lambda: page.evaluate("name => document.activeElement.name === name", name))
    page.keyboard.press("Space")
    while not radio.is_checked():
        page.keyboard.press("ArrowDown")
    assert radio.evaluate(RINGED)


def sign(page):
    """Step 5: the tick that the numbers were compared, then the button."""
    follow(page, page.locator(".steps a[href$='/result']"))
    tab_to(page, page.get_by_label("Đã đối chiếu, số liệu đúng"))
    page.keyboard.press("Space")
    follow(page, page.get_by_role("button", name="Ký chốt kết quả"))


def fetch_a_paper(page):
    tab_to(page, page.locator("#papers a[href$='/phu-luc-05.pdf']"))
    with page.expect_download() as fetched:
        page.keyboard.press("Enter")
    assert fetched.value.path().read_bytes().startswith(b"%PDF-")


def follow(page, control):
    """Go to a link or button by Tab and press it; another page comes."""
    tab_to(page, control)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page, field, text):
    tab_to(page, field)
    page.keyboard.type(text)


def tab_to(page, control):
    """Press Tab until a control has the focus, and see that it shows it."""
    expect(control).to_have_count(1)
    page.wait_for_load_state()
    tab_until(page, lambda: control.evaluate("at => at === document.activeElement"))
    assert control.evaluate(RINGED), f"no focus to be seen: {control}"


def tab_until(page, is_there):
    for _stop in range(MOST_STOPS):
        if is_there():
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never came there")
