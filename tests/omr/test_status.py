"""What is in, what is flagged, what does not add up."""

from __future__ import annotations

import json

import pytest

from omr.evidence import Flag, PageState
from omr.rules import BallotState, RowReading
from omr.standing import stand
from omr.status import read_status
from omr.store import Store
from tests.omr.test_review import HIGH, UNSURE, Election


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
    assert [each["code"] for each in seen["problems"]] == ["page_not_read"]
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
