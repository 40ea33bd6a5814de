"""Deadlines: every one of the plan's, on its day, with its clause, and past ones said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from omr.calendar import DUTIES, Days, as_ics, deadlines, dossier_due

VOTE = date(2023, 12, 15)
OPENING = date(2023, 12, 13)
DAYS = Days(VOTE, OPENING)

#: Clause, days, what they are counted from: read off the plan by hand.
PLAN = {
    "BCH": {
        ("III.2.3", 20, "vote"),
        ("III.2.3", 3, "vote"),
        ("III.2.4", 10, "vote"),
        ("III.4.1", 15, "vote"),
        ("III.4.1", 10, "vote"),
    },
    "HNCB": {
        ("III.2.3", 20, "vote"),
        ("III.2.3", 3, "vote"),
        ("III.2.4", 10, "vote"),
        ("III.4.3", 15, "vote"),
        ("III.4.3", 10, "vote"),
    },
    "HDND": {
        ("III.4.2 (1)", 45, "opening"),
        ("III.4.2 (2)", 30, "opening"),
        ("III.4.2 (3)", 25, "opening"),
        ("III.4.2 (4)", 20, "opening"),
        ("III.4.2 (5)", 15, "opening"),
        ("III.4.2 (6)", 10, "vote"),
        ("III.4.2 (7)", 3, "vote"),
        ("III.2.3", 20, "vote"),
        ("III.2.3", 3, "vote"),
        ("III.2.4", 10, "vote"),
    },
}


@pytest.mark.parametrize("venue", PLAN)
def test_every_deadline_of_the_plan_is_there_and_no_other(venue):
    """III.2.3, III.2.4, III.4.1, III.4.2 (1) to (7), III.4.3."""
    found = {(duty.clause, duty.days, duty.anchor) for duty in DUTIES[venue]}
    assert found == PLAN[venue]


@pytest.mark.parametrize("venue", [*PLAN, "elsewhere"])
def test_a_deadline_is_so_many_days_before_its_day(venue):
    for each in deadlines(venue, DAYS, VOTE):
        start = VOTE if each.duty.anchor == "vote" else OPENING
        assert start - each.due == timedelta(each.duty.days)


def test_deadlines_come_in_the_order_of_their_days():
    due = [each.due for each in deadlines("HDND", DAYS, VOTE)]
    assert due == sorted(due)
    assert due[0] == date(2023, 10, 29)


def test_a_deadline_is_past_from_the_day_after():
    """On the last day itself there is still time."""
    last = date(2023, 11, 25)
    on, after = (deadlines("BCH", DAYS, last + timedelta(days)) for days in (0, 1))
    assert [each.past for each in on if each.due == last] == [False]
    assert [each.past for each in after if each.due == last] == [True]


def test_the_dossier_is_due_earlier_at_the_council():
    """III.2.3: 20 days before the vote; III.4.2 (2): 30 days before the session opens."""
    assert dossier_due("BCH", DAYS) == (date(2023, 11, 25), date(2023, 12, 12))
    assert dossier_due("HDND", DAYS) == (date(2023, 11, 13), date(2023, 12, 12))


def test_calendar_programs_read_the_same_days():
    """RFC 5545: whole days, each event with an id of its own, the vote itself last."""
    found = deadlines("BCH", DAYS, VOTE)
    text = as_ics("ABCDEFGH", "Hội nghị", found, DAYS, datetime(2023, 10, 1, tzinfo=UTC))
    events = Calendar.from_ical(text).walk("VEVENT")
    assert [event["dtstart"].dt for event in events] == [*(each.due for each in found), VOTE]
    assert all(event["dtend"].dt - event["dtstart"].dt == timedelta(1) for event in events)
    assert len({event["uid"] for event in events}) == len(events)
    assert str(events[0]["summary"]).startswith("người được lấy phiếu: gửi báo cáo")
    assert "III.2.3" in events[0]["description"]
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
