"""The count: exact shares, consequences, sums, and when a result is final."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omr.evidence import Flag, Reason
from omr.rules import BallotState, RowReading
from omr.standing import SeenBallot, stand
from omr.tally import Day, Listed, consequence, tally

CHOICES = ("high", "medium", "low")
PEOPLE = (Listed(1, "A", "a"), Listed(2, "B", "b"))
NUMBERS = [1, 2]
READINGS = (*CHOICES, "blank", "overvote", "struck", "unsure")


def ballot(name, *texts, **more):
    rows = tuple(
        RowReading(n, text, Reason.FAINT_MARK if text == "unsure" else None)
        for n, text in enumerate(texts, 1)
    )
    return SeenBallot(name, rows, **more)


def count(*ballots, day=None, base="collected", **rules):
    return tally(PEOPLE, CHOICES, stand(ballots, NUMBERS, **rules), day or Day(), base)


def test_votes_and_invalid_ballots_are_counted_per_person():
    """III.3: for each person the valid, the invalid, and each level."""
    result = count(ballot("b", "high", "blank"), ballot("a", "low", "high"), ballot("c", "high", "struck"))
    first, second = result.people
    assert (dict(first.votes), first.valid, first.invalid) == ({"high": 2, "medium": 0, "low": 1}, 3, 0)
    assert (second.valid, second.invalid, dict(second.reasons)) == (1, 2, {"blank": 1, "struck": 1})
    assert (result.collected, result.final) == (3, True)


def test_shares_are_of_all_ballots_collected_invalid_ones_included():
    """III.3: "tỉ lệ phần trăm trên tổng số phiếu thu về"."""
    result = count(ballot("a", "high", "high"), ballot("b", "blank", "high"), ballot("c", "blank", "low"))
    assert result.share(result.people[0].votes["high"]) == Fraction(1, 3)


def test_a_council_session_may_take_shares_of_all_delegates():
    """Nghị quyết 96/2023/QH15: of the total number of delegates."""
    result = count(
        ballot("a", "low", "low"), ballot("b", "low", "high"), day=Day(summoned=4), base="delegates"
    )
    assert (result.base_count, result.share(1)) == (4, Fraction(1, 4))
    assert result.people[0].consequence == ""


def test_without_the_number_of_delegates_their_share_is_not_known():
    result = count(ballot("a", "high", "high"), base="delegates")
    assert (result.share(1), result.final) == (None, False)


@pytest.mark.parametrize(
    ("low", "whole", "follows"),
    [
        (0, 0, ""),
        (15, 30, ""),
        (16, 30, "A"),
        (19, 30, "A"),
        (20, 30, "B"),
        (30, 30, "B"),
        (1, 2, ""),
        (2, 3, "B"),
    ],
)
def test_consequences_are_compared_as_fractions(low, whole, follows):
    """III.6: more than 50 % but less than 2/3: A; from 2/3: B; exactly one half: none."""
    assert consequence(low, whole) == follows


@given(st.integers(1, 10_000), st.data())
def test_consequences_are_never_rounded(whole, data):
    """III.6 against whole numbers: 2 low > whole, 3 low >= 2 whole."""
    low = data.draw(st.integers(0, whole))
    expected = "B" if 3 * low >= 2 * whole else "A" if 2 * low > whole else ""
    assert consequence(low, whole) == expected


ballots = st.lists(
    st.builds(
        lambda name, one, two, flags, state: ballot(name, one, two, flags=flags, decided_ballot=state),
        st.uuids().map(str),
        st.sampled_from(READINGS),
        st.sampled_from(READINGS),
        st.lists(st.sampled_from(Flag), max_size=2).map(tuple),
        st.sampled_from([None, BallotState.SOUND, BallotState.INVALID]),
    ),
    max_size=8,
)


@settings(deadline=None)  # pandas is as slow as the machine is busy
@given(ballots, st.sampled_from(["row", "ballot"]))
def test_levels_and_invalid_add_up_to_the_collected_always(given_ballots, scope):
    """Law, point 9: high + medium + low + invalid (+ open, in a draft) = collected."""
    result = count(*given_ballots, scope=scope)
    for each in result.people:
        assert sum(each.votes.values()) + each.invalid + each.open == len(given_ballots)
        assert sum(each.reasons.values()) == each.invalid
    assert result.adds_up
    assert result.final == (bool(given_ballots) and not any(each.open for each in result.people))


@settings(deadline=None)
@given(ballots)
def test_the_order_of_scanning_says_nothing(given_ballots):
    """Secrecy: ballots stand in the order of their random ids, whatever order they came in."""
    assert stand(given_ballots, NUMBERS) == stand(list(reversed(given_ballots)), NUMBERS) or len(
        {b.id for b in given_ballots}
    ) < len(given_ballots)


def test_a_ballot_not_issued_is_invalid_for_everybody_and_still_collected():
    """III.3 and law, point 1."""
    forged = ballot("f", "high", "high", flags=(Flag.CODE_FORGED,), decided_ballot=BallotState.INVALID)
    result = count(ballot("a", "high", "low"), forged)
    assert result.collected == 2
    assert [(p.votes["high"], p.invalid, dict(p.reasons)) for p in result.people] == [
        (1, 1, {"code_forged": 1}),
        (0, 1, {"code_forged": 1}),
    ]


def test_a_suspect_ballot_makes_a_draft():
    result = count(ballot("a", "high", "low"), ballot("s", "high", "high", flags=(Flag.SEAL_MISSING,)))
    assert (result.open_rows, result.open_ballots, result.final) == (2, 1, False)


def test_a_row_never_seen_is_open_not_forgotten():
    """A ballot whose second page is missing has a row for everybody."""
    result = count(ballot("a", "high"))
    assert [each.open for each in result.people] == [0, 1]


def test_a_spoiled_row_spoils_the_ballot_under_that_rule():
    """`[rules] scope = "ballot"`."""
    result = count(ballot("a", "high", "blank"), scope="ballot")
    assert [(p.invalid, dict(p.reasons)) for p in result.people] == [(1, {"spoiled_row": 1})] * 2


def check(result, code):
    return next(each.holds for each in result.checks if each.code == code)


ONE = (ballot("a", "high", "low"),)


@pytest.mark.parametrize(
    ("code", "day", "holds"),
    [
        ("collected", Day(), None),
        ("collected", Day(issued=1), True),
        ("collected", Day(issued=0), False),
        ("printed", Day(printed=1), True),
        ("printed", Day(printed=0), False),
        ("printed", Day(printed=1, issued=2), False),
        ("issued", Day(issued=3, present=3), True),
        ("issued", Day(issued=3, present=5, present_at_vote=2), False),
        ("present", Day(summoned=3, present=4), False),
        ("present", Day(summoned=3, present=2, present_at_vote=3), False),
        ("quorum", Day(summoned=30, present=20), True),
        ("quorum", Day(summoned=30, present=25, present_at_vote=19), False),
        ("quorum", Day(summoned=31, present=20), False),
        ("quorum", Day(present=20), None),
    ],
)
def test_a_check_holds_fails_or_could_not_be_made(code, day, holds):
    """Law, points 8 and 9; II.1: at least 2/3 of those summoned."""
    result = count(*ONE, day=day)
    assert check(result, code) is holds
    if holds is False:
        assert not result.adds_up
        assert not result.final


@pytest.mark.parametrize("day", [Day(unread=1), Day(counts_missing=1)])
def test_work_that_is_left_makes_a_draft(day):
    result = count(*ONE, day=day)
    assert result.adds_up
    assert not result.final


def test_an_empty_box_is_no_result():
    result = count()
    assert not result.final
    assert result.people[0].votes == {"high": 0, "medium": 0, "low": 0}


def test_a_two_level_ballot_has_its_own_choices_and_no_consequence():
    """III.6 speaks of "tín nhiệm thấp" only."""
    rows = (RowReading(1, "no_confidence"),)
    result = tally((PEOPLE[0],), ("confidence", "no_confidence"), stand([SeenBallot("a", rows)], [1]), Day())
    assert dict(result.people[0].votes) == {"confidence": 0, "no_confidence": 1}
    assert result.people[0].consequence == ""
