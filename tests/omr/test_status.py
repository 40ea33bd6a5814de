"""What is in, what is flagged, what does not add up."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from omr.election import Rules
from omr.evidence import Flag, PageSeen, PageState
from omr.flagged import is_flagged
from omr.questions import count_now
from omr.rules import BallotState, RowReading
from omr.standing import stand
from omr.status import read_status
from omr.store import NewPage, NewSource, Store, pack_seen
from tests.omr.test_review import HIGH, UNSURE, Election, layout

pytestmark = pytest.mark.usefixtures("key_beside")


@pytest.fixture
def election(tmp_path):
    with Store(tmp_path / "omr.sqlite") as store:
        yield Election(store)


def test_status_accounts_for_every_page(election):
    """Pages in = read + blank + duplicate + foreign + unreadable, and each is listed with its ballot."""
    election.page("aa", HIGH, UNSURE)
    election.page("bb", state=PageState.BLANK, number=None)
    election.page("cc", state=PageState.FOREIGN, number=None, flags=(Flag.NOTHING_FOUND,))
    election.page(
        "dd", state=PageState.UNREADABLE, number=None, flags=(Flag.FILE_BROKEN,), problem="cut short"
    )
    election.page("ee", HIGH, UNSURE, sha256="aa")
    seen = read_status(election.store, election.now, issued=1, printed=50)
    sums = seen["reconciliation"]
    assert sums["pages"] == 5 == sum(sums[each.value] for each in PageState)
    assert all(sums[each.value] == 1 for each in PageState)
    first = seen["pages"][0]
    assert {key: first[key] for key in ("source", "page_in_source", "state", "page", "flags", "ballot")} == {
        "source": "aa.jpg", "page_in_source": 1, "state": "read", "page": 1, "flags": [], "ballot": "aa",
    }  # fmt: skip
    assert [each["ballot"] for each in seen["pages"]] == ["aa", None, None, "dd", None]
    assert [each["code"] for each in seen["problems"]] == ["page_not_read", "foreign_pages"]
    assert seen["ballots"]["collected"] == 1
    assert seen["ballots"]["unread_sheets"] == 1
    assert len(seen["open"]) == sums["open"] == 2


def test_status_says_what_does_not_add_up(election):
    """More ballots than were handed out is said; so are pages of which duplicates cannot be told."""
    for name in ("aa", "bb"):
        election.page(name, HIGH, RowReading(2, "blank"), trace=b"", flags=(Flag.SEAL_UNSEEN,))
    codes = [
        each["code"] for each in read_status(election.store, election.now, issued=1, printed=1)["problems"]
    ]
    assert codes == ["more_than_issued", "more_than_printed", "seal_unseen", "no_ink"]
    assert not read_status(election.store, election.now, issued=2, printed=2)["open"]


def test_a_suspect_ballot_is_counted_as_such(election):
    """The status counts ballots by what they are worth."""
    election.page("aa", HIGH, UNSURE, flags=(Flag.SEAL_NOT_RED,))
    election.page("bb", HIGH, RowReading(2, "low"))
    ballots = read_status(election.store, election.now)["ballots"]
    assert (ballots["sound"], ballots["suspect"], ballots["with_open_rows"]) == (1, 1, 1)
    election.decide("aa", None, "invalid")
    assert {b.state for b in stand(election.now.ballots, [1, 2])} == {BallotState.SOUND, BallotState.INVALID}


def test_status_holds_no_votes(election):
    """The list of pages is for checking a batch: no reading, decision or time stands in it."""
    election.page("aa", HIGH, UNSURE)
    election.decide("aa", 2, "medium", why="một lý do")
    text = json.dumps(read_status(election.store, election.now), ensure_ascii=False)
    for word in ('"high"', '"medium"', "một lý do", "T08"):
        assert word not in text


def test_what_is_wrong_with_a_batch_is_said_in_the_status(tmp_path):
    """Only fronts of two-page ballots came in: one clear line beside the questions."""
    with Store(tmp_path / "omr.sqlite") as store:
        election = Election(store, pages=2)
        (source,) = store.add_batch(1, [NewSource("a", "a.pdf", 3)])
        for at in range(1, 4):
            seen = pack_seen(PageSeen(PageState.READ, page=1))
            about = (f"p{at}", f"s{at}", source, at, f"x{at}", PageState.READ, 1, ())
            store.add_pages([NewPage(*about, seen, b"ink", (HIGH,), "", "", "")])
        found = read_status(store, election.now)["problems"]
    assert [each["code"] for each in found] == ["one_sided"]
    assert "mặt sau" in found[0]["text"]


def test_a_grey_batch_under_a_red_seal_is_one_line_and_no_question(election):
    """`[rules] seal = "red"`: whether the seals are red cannot be seen; no ballot is held up for it."""
    for name in ("aa", "bb", "cc"):
        election.page(name, HIGH, RowReading(2, "low"), flags=(Flag.SEAL_UNSEEN,))
    seen = read_status(election.store, election.now)
    assert [each["code"] for each in seen["problems"]] == ["seal_unseen"]
    assert (seen["ballots"]["sound"], seen["open"]) == (3, [])


def test_a_page_without_colour_is_not_shown_as_flagged():
    """The moving bar counts what people will look at; a grey batch is not 100 % of that."""
    row = RowReading(1, "high")
    about = ("p", "s", 1, 1, "x", PageState.READ, 1)
    grey = NewPage(*about, (Flag.SEAL_UNSEEN,), "", b"", (row,), "", "", "")
    assert not is_flagged(grey)
    assert is_flagged(replace(grey, flags=(Flag.SEAL_UNSEEN, Flag.WRITE_IN)))


def test_the_second_count_is_asked_for_where_the_rules_do(election):
    """`[rules] counts = 2` without one is a problem of its own."""
    election.page("aa", HIGH, RowReading(2, "low"))
    now = count_now(election.store, layout(), Rules(counts=2))
    assert [each["code"] for each in read_status(election.store, now)["problems"]] == ["count_missing"]


def test_pages_that_are_not_ours_are_named_by_file_and_page(tmp_path):
    """Another document in the scanner: its file and pages, also where they repeat, and no ballot's."""
    with Store(tmp_path / "omr.sqlite") as store:
        election = Election(store)
        election.page("aa", HIGH, RowReading(2, "low"))
        (source,) = store.add_batch(1, [NewSource("b", "cong-van.pdf", 5)])
        for at, pixels in ((1, "x"), (2, "y"), (3, "x"), (5, "z")):
            about = (f"p{at}", f"s{at}", source, at, pixels, PageState.FOREIGN, None, (Flag.NOTHING_FOUND,))
            store.add_pages([NewPage(*about, "{}", b"", (), "", "", "")])
        found = [each for each in read_status(store, election.now)["problems"] if "pages" in each]
    assert [(each["code"], each["source"], each["pages"]) for each in found] == [
        ("foreign_pages", "cong-van.pdf", [1, 2, 3, 5])
    ]
    assert found[0]["text"].startswith("cong-van.pdf, trang 1–3, 5: không phải phiếu")
