"""The numbers of the day: what follows is filled in, what contradicts is said at its field."""

from __future__ import annotations

import pytest

from omr.election import Settings
from omr.figures import contradictions, filled


def settings(quorum="", **session):
    return Settings(id="ABCDEFGH", year=2023, session=session, overrides={"quorum": quorum})


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ({"summoned": "48", "absent": "1", "present": ""}, {"present": "47"}),
        ({"summoned": "48", "present": "47", "absent": ""}, {"absent": "1"}),
        ({"summoned": "48", "present": "", "absent": ""}, {"present": "", "absent": ""}),
        ({"summoned": "48", "present": "40", "absent": "2"}, {"present": "40", "absent": "2"}),
        ({"summoned": "8", "absent": "9", "present": ""}, {"present": ""}),
        ({"summoned": "tám", "absent": "1", "present": ""}, {"present": ""}),
        ({"summoned": "8", "absent": "1"}, {}),
    ],
)
def test_the_number_that_follows_from_two_others_is_filled_in(typed, wanted):
    """Only where it was left empty, and only where its field was shown."""
    found = filled({f"session.{key}": value for key, value in typed.items()})
    assert found == {f"session.{key}": value for key, value in (typed | wanted).items()}


@pytest.mark.parametrize(
    ("session", "at"),
    [
        ({"summoned": 48, "present": 47, "absent": 1, "present_at_vote": 46, "issued": 46}, set()),
        ({}, set()),
        ({"present": 47}, set()),
        ({"summoned": 8, "present": 70}, {"session.present"}),
        ({"summoned": 8, "present": 7, "present_at_vote": 70}, {"session.present_at_vote"}),
        ({"summoned": 8, "present": 7, "present_at_vote": 8}, {"session.present_at_vote"}),
        ({"present_at_vote": 7, "issued": 8}, {"session.issued"}),
        ({"present": 7, "issued": 8}, {"session.issued"}),
        ({"summoned": 8, "present": 7, "absent": 3}, {"session.absent"}),
        ({"begins": "10:00", "ends": "9:30"}, {"session.ends"}),
    ],
)
def test_numbers_that_cannot_be_are_said_at_their_field(session, at):
    assert set(contradictions(settings(**session))) == at


@pytest.mark.parametrize(
    ("session", "at"),
    [
        ({"summoned": 30, "present": 20}, ""),
        ({"summoned": 31, "present": 20}, "session.present"),
        ({"summoned": 31, "present": 25, "present_at_vote": 20}, "session.present_at_vote"),
    ],
)
def test_below_two_thirds_no_vote_may_be_held_unless_the_board_says_why(session, at):
    """Plan, II.1: exactly two thirds are enough."""
    found = contradictions(settings(**session))
    assert set(found) == ({at} if at else set())
    assert all("2/3" in text for text in found.values())
    assert contradictions(settings(quorum="Ban Thường vụ cho tiến hành", **session)) == {}


@pytest.mark.parametrize(("day", "at"), [("15/12/2023", set()), ("", set()), ("15/12/2024", {"year"})])
def test_the_year_on_the_ballot_is_that_of_the_day(day, at):
    assert set(contradictions(Settings(id="ABCDEFGH", year=2023, date=day or None))) == at
