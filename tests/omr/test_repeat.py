"""What a typed decision did is said in words: whom it touched, from what to what, and what others said."""

from __future__ import annotations

import pytest

from omr.cli_choice import choice_meant, meant, word_on_file
from omr.cli_repeat import of_row, of_sheet, row_now
from omr.errors import UsageError
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


LEVELS = {"high": "Tín nhiệm cao", "medium": "Tín nhiệm", "low": "Tín nhiệm thấp"}
OF_A_VOTE = {"yes": "Tín nhiệm", "no": "Không tín nhiệm", "blank": "Không đánh dấu ô nào"}


@pytest.mark.parametrize(
    ("names", "typed", "choice"),
    [
        (LEVELS, "Cao", "high"),
        (LEVELS, " TÍN  NHIỆM ", "medium"),
        (LEVELS, "tin nhiem thap", "low"),
        (LEVELS, "nhiệm", None),
        (LEVELS, "ca", None),
        (LEVELS, "-", None),
        (OF_A_VOTE, "tín nhiệm", "yes"),
        (OF_A_VOTE, "không tín nhiệm", "no"),
        (OF_A_VOTE, "không", None),
        (OF_A_VOTE, "NO", "no"),
    ],
)
def test_a_choice_may_be_typed_in_the_ballots_own_words(names, typed, choice):
    """Whole words that only one choice has: what might be two is refused, never guessed."""
    assert meant(names, typed) == choice


def test_what_cannot_be_decided_is_answered_with_ids_and_their_names(election):
    with pytest.raises(UsageError) as refused:
        choice_meant(election.now, 2, "khá")
    assert "high (Cao); medium (Vừa); low (Thấp); blank (" in refused.value.advice
    assert "undo (rút lại" in refused.value.advice
    assert choice_meant(election.now, 2, "vừa") == "medium"
    assert choice_meant(election.now, None, "Không phải phiếu") == "foreign"


def test_of_a_file_the_word_is_taken_too_and_anything_else_is_left_to_be_refused(election):
    assert word_on_file(election.now, "không phải phiếu") == "foreign"
    assert word_on_file(election.now, "cao") == "cao"
