"""The plan, II.1: who is not voted on, no vote without a quorum, and reasons that are printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.cli import run
from omr.election import Folder, load_election
from omr.eligibility import barred, has_quorum
from omr.errors import ElectionError, UsageError
from omr.prepare import Wish, prepare
from omr.printing import print_ballots
from omr.report.wording import word
from omr.tally import Day, tally


@pytest.mark.parametrize(
    ("note", "excluded"),
    [
        ("", False),
        ("Đại biểu HĐND khóa XX", False),
        ("Bổ nhiệm năm 2023", True),
        ("bổ nhiệm lại tháng 3/2023", True),
        ("Điều động 01/06/2023", True),
        ("luân chuyển  năm 2023", True),
        ("được bầu tại kỳ họp tháng 7/2023", True),
        ("Bổ nhiệm năm 2021", False),
        ("Bổ nhiệm lại", True),
        ("Đã có thông báo nghỉ công tác chờ nghỉ hưu", True),
        ("Nghỉ hưu từ 01/02/2024", True),
        ("Chờ hưu", True),
    ],
)
def test_a_note_of_the_list_says_who_is_not_voted_on(note, excluded):
    """II.1: retiring; appointed, elected, appointed anew, moved or rotated in the year of the vote."""
    assert barred(note, 2023) is excluded


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_quorum_is_two_thirds_in_whole_numbers(present, summoned):
    """II.1: "ít nhất 2/3 số người được triệu tập"; never rounded."""
    assert has_quorum(present, summoned) is (3 * present >= 2 * summoned)


ROSTER = (
    "stt,ho_ten,chuc_vu,noi_lay_phieu,ghi_chu\n"
    "1,Lê Văn Mẫu,Bí thư,BCH,\n"
    "2,Trần Thị Thử,Chủ tịch,BCH,Bổ nhiệm tháng 5/2023\n"
)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


def wish(**more):
    return Wish(venue="BCH", year=2023, **more)


def test_who_is_excluded_is_refused_with_the_line_and_the_clause(tmp_path, roster):
    with pytest.raises(ElectionError, match=r"II\.1") as caught:
        prepare(Folder(tmp_path / "vote"), wish(), roster)
    assert caught.value.line == 3
    assert "Trần Thị Thử" in caught.value.message
    assert not (tmp_path / "vote").exists()


def test_a_note_that_is_entered_later_is_refused_at_the_result_too(tmp_path, roster):
    roster.write_text(ROSTER.replace("Bổ nhiệm tháng 5/2023", ""), encoding="utf-8")
    folder = Folder(tmp_path / "vote")
    prepare(folder, wish(), roster)
    people = folder.people_csv.read_text(encoding="utf-8")
    folder.people_csv.write_text(people.replace("BCH,\n2", "BCH,Chờ nghỉ hưu\n2"), encoding="utf-8")
    with pytest.raises(ElectionError, match=r"II\.1"):
        load_election(folder)


def test_a_reason_lets_the_board_go_on_and_is_printed(tmp_path, roster):
    folder = Folder(tmp_path / "vote")
    reason = "Tỉnh ủy đã đồng ý"
    prepare(folder, wish(overrides={"eligibility": reason}), roster)
    election = load_election(folder)
    assert len(election.people) == 2
    told = word(election, tally((), (), (), Day()), ())
    assert any(reason in line and "II.1" in line for line in told.remarks)


FEW = {"summoned": 30, "present": 25, "present_at_vote": 19}


def test_numbers_without_a_quorum_are_refused_where_they_are_entered(tmp_path):
    with pytest.raises(UsageError, match=r"19 .* 30 .*II\.1"):
        prepare(Folder(tmp_path / "vote"), Wish(session=FEW))
    assert not (tmp_path / "vote").exists()


def test_no_ballots_are_printed_for_a_vote_without_a_quorum(tmp_path):
    folder = Folder(tmp_path / "vote")
    prepare(folder, Wish(session={**FEW, "present_at_vote": 20}))
    toml = folder.election_toml.read_text(encoding="utf-8")
    folder.election_toml.write_text(toml.replace("present_at_vote = 20", "present_at_vote = 19"), "utf-8")
    with pytest.raises(UsageError, match=r"II\.1"):
        print_ballots(folder, 1)
    assert not folder.ballots_pdf.exists()


def test_the_result_without_a_quorum_contradicts_the_law_unless_waived():
    """Refused as what does not add up; with a reason it stands, and the reason is printed."""
    bare = tally((), (), (), Day(summoned=30, present=19))
    assert any("II.1" in text for text in bare.failed)
    waived = tally((), (), (), Day(summoned=30, present=19, quorum_waived="bão lũ"))
    assert waived.adds_up
    (check,) = [check for check in waived.checks if check.code == "quorum"]
    assert (check.holds, check.waived) == (False, "bão lũ")
    assert "bão lũ" in check.text


def test_the_command_line_takes_the_reasons(tmp_path, roster):
    root = tmp_path / "vote"
    arguments = ["init", str(root), "--people", str(roster), "--venue", "BCH", "--year", "2023"]
    numbers = ["--summoned", "30", "--present", "10"]
    assert run([*arguments, *numbers, "--override-eligibility", "Tỉnh ủy đồng ý"]) == 2
    assert run([*arguments, *numbers, "--override-quorum", "bão lũ"]) == 1
    assert run([*arguments, *numbers, "--override-eligibility", "x", "--override-quorum", "bão lũ"]) == 0
    assert load_election(Folder(root)).overrides.quorum == "bão lũ"
