"""What a typed decision did is said in words: whom it touched, from what to what, and what others said."""

from __future__ import annotations

import pytest

from omr.cli_repeat import of_row, of_sheet, row_now
from omr.rules import RowReading
from omr.store import Store
from tests.omr.test_review import HIGH, UNSURE, Election, layout

pytestmark = pytest.mark.usefixtures("key_beside")


@pytest.fixture
def election(tmp_path):
    with Store(tmp_path / "omr.sqlite") as store:
        election = Election(store)
        election.page("aa", HIGH, UNSURE)
        yield election


def repeated(election, number, choice, **more):
    before = row_now(election.now, "AA", number)
    election.decide("aa", number, choice, **more)
    return of_row(layout(), number, choice, before, row_now(election.now, "AA", number))


def test_a_decision_repeats_person_and_change(election):
    assert repeated(election, 2, "low") == ["Người số 2, Người 2: từ chưa quyết định thành Thấp"]
    assert repeated(election, 2, "struck") == ["Người số 2, Người 2: từ Thấp thành Gạch xóa họ và tên"]
    assert repeated(election, 2, "struck") == ["Người số 2, Người 2: vẫn là Gạch xóa họ và tên"]
    assert repeated(election, 2, "undo") == ["Người số 2, Người 2: vẫn là Gạch xóa họ và tên"]
    assert repeated(election, 2, "undo") == ["Người số 2, Người 2: từ Gạch xóa họ và tên thành Thấp"]


def test_a_row_that_nobody_asked_about_is_told(election):
    """A slip in the row's number changes a plain vote: the line says so."""
    assert repeated(election, 1, "low") == [
        "Người số 1, Người 1: từ Cao thành Thấp",
        "Dòng này không nằm trong mục chờ quyết định: máy đọc là Cao.",
    ]


def test_one_members_word_is_set_beside_the_others(election):
    first = repeated(election, 2, "low", by="Bà A", agreed=False)
    assert first[1:] == ["Mới có ý kiến của một người: Bà A: Thấp. Cần thêm người khác cùng ý kiến."]
    second = repeated(election, 2, "high", by="Ông B", agreed=False)
    assert second[1:] == ["Ý kiến khác nhau: Bà A: Thấp; Ông B: Cao. Mọi người được hỏi lại."]


def test_one_member_against_the_boards_decision_is_told(election):
    repeated(election, 2, "low")
    said = repeated(election, 2, "high", by="Bà A", agreed=False)
    assert said[-1] == "Khác với quyết định trước: Thấp."


def test_a_row_never_read_and_a_whole_sheet(election):
    election.page("bb", RowReading(1, "high"))
    assert row_now(election.now, "bb", 2).counts_as == ""
    assert row_now(election.now, "nowhere", 2).counts_as == ""
    assert of_sheet(layout(), "aa", "invalid") == "aa: Không do Ban Kiểm phiếu phát ra"
    assert of_sheet(layout(), "a.pdf", "undo") == "a.pdf: đã rút lại quyết định gần nhất"
