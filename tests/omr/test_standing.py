"""What a ballot counts as: readings, decisions and the law, put together."""

from __future__ import annotations

from omr.evidence import Flag, Reason
from omr.rules import BallotState, RowReading
from omr.standing import SeenBallot, StandingRow, stand

FAINT = RowReading(1, "unsure", Reason.FAINT_MARK)


def only(ballot, numbers=(1,), **rules):
    (found,) = stand([ballot], numbers, **rules)
    return found


def test_an_open_row_keeps_its_reason():
    assert only(SeenBallot("a", (FAINT,))).rows == (StandingRow(1, "unsure", "", "faint_mark"),)


def test_a_decided_row_keeps_what_the_machine_said():
    """The export shows both: the machine's reading, and what people made of it."""
    found = only(SeenBallot("a", (FAINT,), decided_rows={1: "low"}))
    assert found.rows == (StandingRow(1, "unsure", "low", "faint_mark"),)
    assert not found.open


def test_a_suspect_ballot_gives_its_flag_as_the_reason():
    found = only(SeenBallot("a", (RowReading(1, "high"),), (Flag.SEAL_MISSING,)))
    assert (found.state, found.open) == (BallotState.SUSPECT, True)
    assert found.rows[0].reason == "seal_missing"


def test_people_confirm_or_clear_a_suspect_ballot():
    """Law, point 1: the machine says suspect; a person confirms."""
    row = (RowReading(1, "high"),)
    cleared = SeenBallot("a", row, (Flag.SEAL_MISSING,), decided_ballot=BallotState.SOUND)
    confirmed = SeenBallot("a", row, (Flag.SEAL_MISSING,), decided_ballot=BallotState.INVALID)
    assert only(cleared).rows[0].final == "high"
    assert only(confirmed).rows[0].final == "invalid"


def test_a_person_whose_page_was_not_seen_is_open():
    found = only(SeenBallot("a", (RowReading(1, "high"),)), (1, 2))
    assert found.rows[1] == StandingRow(2, "unsure", "", "")


def test_every_ballot_has_a_row_for_everybody_in_the_order_of_the_list():
    rows = (RowReading(3, "low"), RowReading(1, "high"), RowReading(2, "medium"))
    assert [r.number for r in only(SeenBallot("a", rows), (1, 2, 3)).rows] == [1, 2, 3]


def test_the_rules_of_the_election_are_asked():
    ballot = SeenBallot("a", (RowReading(1, "high"),), (Flag.SEAL_NOT_RED,))
    assert only(ballot, seal="red").open
    assert not only(ballot, seal="any").open
