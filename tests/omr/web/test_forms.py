"""What is typed: taken whole or not at all, each fault at its field in plain words, nothing lost."""

from __future__ import annotations

import errno
import re
from unittest import mock

import pytest
from ballots import PEOPLE
from conftest import MEMBERS
from serving import log_in, post, served

from omr.election import load_election, load_settings
from omr.files import PART

LIST = "\n".join("\t".join(person) for person in PEOPLE)
NEW = {"title": "HĐND 2023", "venue": "HDND", "list": LIST, "place": "Mẫu", "date": "15/12/2023"}


def told(page):
    """What is said beside the fields, by their keys."""
    found = re.findall(r'data-(?:fault|doubt)="([^"]+)">([^<]+)<', page)
    return dict(found)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"date": "31/2/2023"}, {"date": "Không có ngày “31/2/2023”. Ghi như 15/12/2023."}),
        ({"venue": ""}, {"venue": "Chọn nơi lấy phiếu."}),
        ({"list": ""}, {"list": "Danh sách trống: dán danh sách, hoặc chọn tệp."}),
        ({"list": "1\tA B\t"}, {"list": "Dòng 1: cột “chức vụ” để trống. Ghi vào, hoặc xóa dòng."}),
        ({"list": "1\tA\tB\tBCH"}, {"list": "không có ai lấy phiếu tại HDND"}),
        (
            {"list": "1\tA\tB\tHDND\tChờ nghỉ hưu"},
            {"list": "Dòng 1: không lấy phiếu đối với A"},
        ),
        ({"list": '1\tA\t"' + "x" * 200_000}, {"list": "không tách được"}),
        ({"title": "?"}, {"title": "Đặt tên ngắn"}),
        ({"date": "1/13/2023", "venue": "", "list": ""}, {"venue": "Chọn", "list": "Danh sách trống"}),
    ],
)
def test_a_fault_of_a_new_election_stands_at_its_field(tmp_path, wrong, said):
    """No command, no file name, and nothing is made."""
    with served(tmp_path) as server, server.client() as client:
        answer = post(client, "/new", **NEW | wrong)
        assert answer.status_code == 422
        found = told(answer.text)
        assert set(found) == set(said)
        assert all(text.casefold() in found[key].casefold() for key, text in said.items()), found
        assert not re.search(r"--|\.csv|omr |chuc_vu|ho_ten", " ".join(found.values()))
        assert sorted(path.name for path in tmp_path.iterdir()) == [".omr-web-key"]


def test_the_venue_brings_its_words_and_can_be_changed_later(tmp_path):
    """Words that nobody changed follow; what somebody wrote stays; the list is that of the new place."""
    with served(tmp_path) as server, server.client() as client:
        made = post(client, "/new", **NEW)
        assert made.url.path == "/e/hdnd-2023/prepare"
        desk = server.hall.desk("hdnd-2023")
        before = load_election(desk.folder)
        assert (before.venue, before.meeting) == ("HDND", "Kỳ họp Hội đồng nhân dân huyện")
        typed = {
            "venue": "BCH",
            "meeting": before.meeting,
            "voters": "các đồng chí dự họp",
            "agency": before.agency,
        }
        refused = post(client, "/e/hdnd-2023/prepare", **typed)
        assert "không có ai lấy phiếu tại BCH" in told(refused.text)["list"]
        assert load_election(desk.folder) == before
        typed["list"] = LIST
        assert "Đã lưu." in post(client, "/e/hdnd-2023/prepare", **typed).text
        after = load_election(desk.folder)
        assert (after.venue, after.meeting) == ("BCH", "Hội nghị Ban Chấp hành Đảng bộ huyện")
        assert (after.agency, after.voters) == ("HUYỆN ỦY", "các đồng chí dự họp")
        assert len(after.people) == len(PEOPLE)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "ổ đĩa"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "ổ đĩa"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "bộ nhớ"),
        (OSError(errno.ENFILE, "Too many open files in system"), "hệ thống"),
        (MemoryError(), "bộ nhớ"),
    ],
)
def test_what_the_system_refuses_is_no_bug_and_changes_nothing(server, counted, monkeypatch, fault, said):
    """503 and a sentence: nobody's mistake, and nothing is half saved. The same again goes through."""
    folder, _box = counted
    before = {path: path.read_bytes() for path in folder.root.glob("*.toml")}
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        with monkeypatch.context() as patch:
            patch.setattr("omr.files.os.fsync", mock.Mock(side_effect=fault))
            refused = post(client, "/e/bch/prepare", **{"session.issued": "6"})
        assert (refused.status_code, said in refused.text.lower()) == (503, True)
        assert {path: path.read_bytes() for path in folder.root.glob("*.toml")} == before
        assert not [path for path in folder.root.rglob("*") if path.name.startswith(PART)]
        assert post(client, "/e/bch/prepare", **{"session.issued": "6"}).status_code == 200


def test_the_form_of_step_one_is_saved_whole_or_not_at_all(server, counted):
    """One wrong field keeps all others as they were saved, and shown as they were typed."""
    folder, _box = counted
    before = load_settings(folder.election_toml)
    typed = {
        "session.board": " Nguyễn Văn Kiểm\n\nTrần Thị  Đếm ",
        "session.counted_on": "16/12/2023",
        "session.head": "Nguyễn Văn Kiểm",
        "session.issued": "sáu",
    }
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        refused = post(client, "/e/bch/prepare", **typed)
        assert refused.status_code == 422
        assert told(refused.text) == {"session.issued": "Ghi một số nguyên, ví dụ 45."}
        assert 'value="16/12/2023"' in refused.text
        assert load_settings(folder.election_toml) == before
        post(client, "/e/bch/prepare", **typed | {"session.issued": "6"})
        after = load_settings(folder.election_toml).session
        assert after.board == ("Nguyễn Văn Kiểm", "Trần Thị Đếm")
        assert f"{after.counted_on}" == "2023-12-16"


def test_the_second_count_is_scanned_and_compared_on_the_page(server, desk, counted):
    """Counted twice: until the second count is in, and while it differs, the page and the steps say so."""
    _folder, box = counted
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        assert "kiểm một lần" in client.get("/e/bch/result/counts").text
        post(client, "/e/bch/prepare", **{"rules.counts": "2"})
        assert "Chưa có lần kiểm thứ hai" in client.get("/e/bch/result/counts").text
        assert 'name="count"' in client.get("/e/bch/scan").text
        files = [("files", (f"{at}.jpg", each.jpeg + b"\n")) for at, each in enumerate(box[:-1])]
        post(client, "/e/bch/scan/upload", files=files, count="2")
        desk.scanner.wait()
        assert len(desk.count().box.pages) == len(box)
        page = client.get("/e/bch/result/counts").text
        compared = desk.count().comparison
        assert compared.collected == (6, 5)
        assert page.count("KHÔNG KHỚP") + page.count("KHÁC") >= 1
        # The sheet that was left out stands there, and its persons' numbers do not agree.
        assert page.count("không tìm thấy") == len(compared.only_one) == 1
        assert len(re.findall(r"<strong class=\"cross\">", page)) >= len(PEOPLE)


def test_a_list_changed_outside_is_said_where_ballots_are_printed_read_and_counted(server, counted):
    """Whoever prints again or announces must know it; what it was and is stands there."""
    folder, _box = counted
    listed = folder.people_csv.read_text(encoding="utf-8")
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        steps = [f"/e/bch/{step}" for step in ("print", "scan", "result")]
        assert not any("không còn như khi ghi nhận" in client.get(step).text for step in steps)
        folder.people_csv.write_text(listed.replace(PEOPLE[0][1], "Người Khác"), encoding="utf-8")
        assert all("không còn như khi ghi nhận" in client.get(step).text for step in steps)


def test_other_ballots_than_before_are_printed_only_after_a_tick(election):
    """Step 2: unlocked in step 1 or changed outside, a print that voids the one before it is asked back."""
    folder, _box = election
    text = folder.people_csv.read_text(encoding="utf-8")
    folder.people_csv.write_text(text.replace("Văn", "Đức"), encoding="utf-8")
    before = folder.layout_json.read_bytes()
    with served(folder.root) as server, server.client() as client:
        assert 'name="anew"' not in client.get("/e/bch/print").text
        asked = post(client, "/e/bch/print", copies="8")
        assert asked.status_code == 422
        assert 'name="anew"' in asked.text
        assert "Đức" in asked.text
        assert "--anew" not in asked.text
        assert folder.layout_json.read_bytes() == before
        assert post(client, "/e/bch/print", copies="8", anew="1").status_code == 200
        assert folder.layout_json.read_bytes() != before
        assert "phải hủy" in client.get("/e/bch/print").text


def test_after_a_second_print_it_is_said_how_many_there_are_and_what_counts(server, counted):
    """Step 2: the sum of all prints of the list is not the number handed out, which is entered in step 1."""
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        assert "Đã in tất cả" not in client.get("/e/bch/print").text
        assert post(client, "/e/bch/print", copies="8").status_code == 200
        shown = client.get("/e/bch/print").text
        assert "Đã in tất cả 16 phiếu theo danh sách này" in shown
        assert 'href="/e/bch/prepare#f-session.issued"' in shown


def test_a_year_that_is_not_that_of_the_day_is_said_at_its_field(server, counted):
    folder, _box = counted
    text = folder.election_toml.read_text(encoding="utf-8")
    folder.election_toml.write_text(text.replace("year = 2023", "year = 2024"), encoding="utf-8")
    with server.client() as client:
        log_in(client, "bch", *MEMBERS[0])
        shown = client.get("/e/bch/prepare").text
        assert 'data-doubt="year">Ngày lấy phiếu thuộc năm 2023.' in shown


def test_a_list_that_gives_a_number_twice_is_refused_with_both_rows(server):
    pasted = "STT\tHọ và tên\tChức vụ\n1\tA B\tx\n2\tC D\ty\n2\tE F\tz"
    with server.client() as client:
        said = told(post(client, "/new", **NEW | {"list": pasted}).text)
        assert said["list"].startswith("Dòng 4: số thứ tự (stt) 2 của E F trùng với C D ở dòng 3.")
