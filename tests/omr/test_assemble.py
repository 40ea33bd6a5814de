"""Pages put together to ballots, from page numbers, order and handwriting alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.assemble import Ballot, Box, assemble
from omr.evidence import Flag, PageState
from omr.segment import segment
from omr.store.values import Alike, Likeness, Page


def page(at: int, number: int | None = 1, state: PageState = PageState.READ, **more) -> Page:
    """The page at place `at` of its batch; its id and its sheet's say so."""
    known = {"batch": 1, "source": "a.pdf", "sha256": f"pixels {at}", "flags": (), "has_ink": True} | more
    return Page(
        id=f"page {at}", sheet=f"sheet {at}", page_in_source=at + 1, state=state, page=number,
        original="", strip="", problem="", **known,
    )  # fmt: skip


def batch(numbers: str, **more) -> list[Page]:
    """Pages from a picture of a batch: digits are page numbers, b blank, f foreign, u unreadable."""
    states = {"b": PageState.BLANK, "f": PageState.FOREIGN, "u": PageState.UNREADABLE}
    return [
        page(at, None, states[each], **more) if each in states else page(at, int(each), **more)
        for at, each in enumerate(numbers)
    ]


def drawn(box: Box) -> list[str]:
    """Ballots as a picture: their page numbers, ! for a missing page, + for a doubtful one, u unread."""
    return [_drawn(ballot) for ballot in box.ballots]


def _drawn(ballot: Ballot) -> str:
    numbers = "".join(str(page.page) for page in ballot.pages) if ballot.readable else "u"
    return numbers + "!" * (Flag.PAGE_MISSING in ballot.flags) + "+" * (Flag.PAGE_EXTRA in ballot.flags)


@pytest.mark.parametrize(
    ("numbers", "ballots"),
    [
        ("1212", ["12", "12"]),
        ("1221", ["12", "12"]),  # the second sheet lay the other way round
        ("2121", ["12", "12"]),  # so did the whole stack
        ("1b2fb12", ["12", "12"]),  # blank backs and foreign pages are skipped over
        ("12112", ["12+", "1!+", "12"]),
        ("1122", ["1!", "12", "2!"]),  # fronts first, then backs: nothing is guessed
        ("1", ["1!"]),
        ("", []),
        ("1u12", ["1!", "u", "12"]),
    ],
)
def test_pages_of_one_ballot_lie_together(numbers, ballots):
    """Two-page ballots are put together from neighbours, in any order; what is missing is flagged."""
    box = assemble(batch(numbers), pages_in_ballot=2)
    assert drawn(box) == ballots


def test_every_read_page_of_a_one_page_ballot_is_a_ballot():
    """One page, one ballot; blank and foreign pages are none, an unreadable one waits for people."""
    box = assemble(batch("11bfu1"))
    assert drawn(box) == ["1", "1", "u", "1"]
    assert len(box.counted) == 3


whole_batches = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=12)


@given(whole_batches, st.integers(1, 4))
def test_a_whole_batch_needs_nobody(sheets, pages_in_ballot):
    """Whatever way round sheets lie, and with blank pages between, whole ballots come out whole."""
    numbers = ""
    for turned, blank_back in sheets:
        order = range(1, pages_in_ballot + 1)
        numbers += "".join(map(str, reversed(order) if turned else order)) + "b" * blank_back
    box = assemble(batch(numbers), pages_in_ballot=pages_in_ballot)
    assert len(box.ballots) == len(sheets)
    assert all(not ballot.flags and not ballot.missing for ballot in box.ballots)


@given(st.integers(2, 10), st.integers(2, 4), st.data())
def test_one_missing_page_never_passes_in_silence(ballots, pages_in_ballot, data):
    """A page lost anywhere is flagged where it was lost, and ballots far from there are not touched."""
    order = [(at, number) for at in range(ballots) for number in range(1, pages_in_ballot + 1)]
    lost = data.draw(st.integers(0, len(order) - 1))
    hurt = order.pop(lost)[0]
    pages = [page(at, number, sha256=f"{whose}/{number}/{at}") for at, (whose, number) in enumerate(order)]
    box = assemble(pages, pages_in_ballot=pages_in_ballot)
    flagged = [ballot for ballot in box.ballots if ballot.flags]
    assert sum(Flag.PAGE_MISSING in ballot.flags for ballot in box.ballots) == 1
    mixed = [
        ballot for ballot in box.ballots if len({each.sha256.split("/")[0] for each in ballot.pages}) > 1
    ]
    assert all(ballot in flagged for ballot in mixed)
    for ballot in flagged:
        assert any(abs(int(each.sha256.split("/")[0]) - hurt) <= 1 for each in ballot.pages)


@given(st.lists(st.integers(1, 3), max_size=14), st.integers(3, 3))
def test_cutting_loses_no_page_and_doubles_none(numbers, pages_in_ballot):
    """Every page is in exactly one ballot, and no ballot has a page twice."""
    groups = segment(numbers, pages_in_ballot)
    assert [group.start for group in groups] == [0, *(g.stop for g in groups)][: len(groups)]
    assert all(one.stop == next_one.start for one, next_one in pairwise(groups))
    assert sum(group.stop - group.start for group in groups) == len(numbers)
    for group in groups:
        part = numbers[group.start : group.stop]
        assert len(set(part)) == len(part)


def test_a_lost_page_is_repaired_by_scanning_it_again():
    """A later lone page completes the one ballot that lacks it; the ballot keeps its id."""
    first = batch("1212112")
    before = assemble(first, pages_in_ballot=2)
    (hurt,) = [ballot for ballot in before.ballots if ballot.missing]
    after = assemble([*first, page(9, 2, batch=2)], pages_in_ballot=2)
    (mended,) = [ballot for ballot in after.ballots if ballot.id == hurt.id]
    assert not mended.missing
    assert Flag.PAGE_MISSING not in mended.flags
    assert [ballot.id for ballot in after.ballots] == [ballot.id for ballot in before.ballots]


def test_a_repair_that_could_be_of_two_ballots_is_left_to_people():
    """One lone page and two ballots that lack it: nothing is guessed."""
    pages = [page(0, 1), page(1, 1, batch=2), page(2, 2, batch=3)]
    box = assemble(pages, pages_in_ballot=2)
    assert drawn(box) == ["1!", "1!", "2!"]


def test_the_same_pixels_are_a_duplicate_of_the_earlier_page():
    """The very same picture is counted once, and every page is still accounted for."""
    pages = [page(0), page(1), page(2, sha256="pixels 0")]
    box = assemble(pages)
    assert [each.state for each in box.pages] == [PageState.READ, PageState.READ, PageState.DUPLICATE]
    assert box.pages[2].flags == (Flag.SAME_PIXELS,)
    assert box.pages[2].first == "page 0"
    assert len(box.ballots) == 2


def test_blank_backs_are_all_alike_and_stay_blank():
    """White pages are no duplicates of each other."""
    box = assemble([page(at, None, PageState.BLANK, sha256="white") for at in range(3)])
    assert {each.state for each in box.pages} == {PageState.BLANK}


def alike(one: int, other: int, likeness: Likeness = Likeness.SAME) -> Alike:
    first, second = sorted((f"page {one}", f"page {other}"))
    return Alike(first, second, likeness)


def test_the_same_handwriting_is_a_duplicate_whichever_way_it_was_found():
    """The earlier page of the batch stays, whatever order workers compared in."""
    pages = [page(0), page(10)]
    box = assemble(pages, [alike(10, 0)])
    assert [each.state for each in box.pages] == [PageState.READ, PageState.DUPLICATE]
    assert box.pages[1].flags == (Flag.SAME_INK,)


def test_a_doubtful_likeness_is_a_question():
    """A page that may be another scan stays a ballot, flagged, until people say `same` or `other`."""
    pages, like = [page(0), page(1)], [alike(0, 1, Likeness.MAYBE)]
    box = assemble(pages, like)
    assert Flag.MAYBE_SAME_INK in box.ballots[1].flags
    assert box.ballots[1].twins == ("page 0",)
    same = assemble(pages, like, verdicts={"sheet 1": "same"})
    assert [each.state for each in same.pages] == [PageState.READ, PageState.DUPLICATE]
    assert len(same.ballots) == 1
    other = assemble(pages, like, verdicts={"sheet 1": "other"})
    assert len(other.ballots) == 2
    assert all(not ballot.flags for ballot in other.ballots)


def test_likeness_is_not_handed_on():
    """Like a duplicate but unlike its first page: a person looks, nothing is thrown away."""
    box = assemble([page(0), page(1), page(2)], [alike(0, 1), alike(1, 2)])
    assert [each.state for each in box.pages][1:] == [PageState.DUPLICATE, PageState.READ]
    assert Flag.MAYBE_SAME_INK in box.pages[2].flags


def test_people_may_say_that_a_duplicate_is_none():
    """A page called a duplicate by the machine is a ballot again once people say so."""
    box = assemble([page(0), page(1)], [alike(0, 1)], verdicts={"sheet 1": "other"})
    assert len(box.counted) == 2


@pytest.mark.parametrize(
    ("verdict", "state", "counted"),
    [
        ("foreign", PageState.FOREIGN, 0),
        ("rescanned", PageState.UNREADABLE, 0),
        ("same", PageState.DUPLICATE, 0),
        ("ballot", PageState.UNREADABLE, 1),
    ],
)
def test_people_say_what_an_unreadable_sheet_is(verdict, state, counted):
    """Until then it waits; then it is a ballot to be keyed in, or none."""
    box = assemble(batch("u"), verdicts={"sheet 0": verdict})
    assert box.pages[0].state is state
    assert len(box.counted) == counted


@given(st.text(alphabet="12bu", max_size=12), st.data())
def test_ids_stay_when_more_pages_come(numbers, data):
    """Putting the box together again after a later batch takes no ballot's id away, unless it is joined."""
    first = batch(numbers)
    before = assemble(first, pages_in_ballot=2)
    more = data.draw(st.text(alphabet="12", max_size=3))
    later = [page(100 + at, int(each), batch=2) for at, each in enumerate(more)]
    after = assemble([*first, *later], pages_in_ballot=2)
    names = frozenset().union(*(ballot.names for ballot in after.ballots)) if after.ballots else frozenset()
    assert {ballot.id for ballot in before.ballots} <= names
    states = [each.state for each in after.pages]
    assert len(states) == len(first) + len(later)
    homes = [each.ballot for each in after.pages if each.state in {PageState.READ, PageState.UNREADABLE}]
    assert all(homes)
