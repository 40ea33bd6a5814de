"""People decide: alone, together, against each other, and back again."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layouts.model import BallotLayout, Box, Cell, Choice, PageLayout, Row
from omr.closing import sign
from omr.decisions import UNDO, Agreement, last_live, next_turn, standing_decision
from omr.election import Rules
from omr.errors import OmrError, StaleError, UsageError
from omr.evidence import Flag, PageSeen, PageState, Reason
from omr.review import Count, count_now, resolve
from omr.rules import RowReading
from omr.standing import stand
from omr.status import reconcile
from omr.store import (
    Adjudication,
    Alike,
    Likeness,
    NewPage,
    NewSource,
    Question,
    Store,
    pack_seen,
)
from tests.omr.ledger import put_key

pytestmark = pytest.mark.usefixtures("key_beside")

HIGH, UNSURE = RowReading(1, "high"), RowReading(2, "unsure", Reason.FAINT_MARK)


def layout(pages: int = 1, rows_on_a_page: int = 2) -> BallotLayout:
    nowhere = Box(0, 0, 1, 1)
    cells = (Cell("high", nowhere), Cell("medium", nowhere), Cell("low", nowhere))

    def one(page: int) -> PageLayout:
        first = (page - 1) * rows_on_a_page + 1
        numbers = range(first, first + rows_on_a_page)
        rows = tuple(Row(n, f"Người {n}", "", nowhere, nowhere, cells) for n in numbers)
        return PageLayout(page, (210, 297), (), nowhere, None, None, None, nowhere, rows, (), ())

    choices = (Choice("high", "Cao"), Choice("medium", "Vừa"), Choice("low", "Thấp"))
    return BallotLayout("AAAAAAAA", "phu_luc_04", choices, tuple(map(one, range(1, pages + 1))))


@dataclass
class Election:
    """A store with pages put into it by hand."""

    store: Store
    pages: int = 1
    reviewers: int = 2
    batches: list[int] = field(default_factory=list)

    def page(
        self, name: str, *readings: RowReading, number: int | None = 1, state=PageState.READ, flags=(), **more
    ):
        """Store one page, in a batch of its own."""
        (source,) = self.store.add_batch(1, [NewSource(name, f"{name}.jpg", 1)])
        known = {"sha256": name, "trace": b"ink", "problem": ""} | more
        new = NewPage(
            id=f"page-{name}", sheet=name, source=source, page_in_source=1, state=state, page=number,
            flags=flags, seen=pack_seen(PageSeen(state)), readings=readings, original="", **known,
        )  # fmt: skip
        assert self.store.add_pages([new])

    @property
    def now(self) -> Count:
        return count_now(self.store, layout(self.pages), Rules(reviewers=self.reviewers))

    def decide(self, ballot: str, number: int | None, choice: str, by: str = "Ban", **more) -> Adjudication:
        return resolve(self.store, self.now, ballot, number, choice, by=by, **more)

    @property
    def open(self) -> list[tuple[str, str, int | None]]:
        return [(item.ballot, item.question.value, item.number) for item in self.now.open_items]

    @property
    def finals(self) -> dict[str, dict[int, str]]:
        numbers = [row.number for page in layout(self.pages).pages for row in page.rows]
        return {
            ballot.id: {row.number: row.final for row in ballot.rows}
            for ballot in stand(self.now.ballots, numbers)
        }


@pytest.fixture
def election(tmp_path):
    with Store(tmp_path / "omr.sqlite") as store:
        yield Election(store)


def said(seq: int, by: str, choice: str, turn: int = 1, **more) -> Adjudication:
    return Adjudication(seq, "b", Question.ROW, 1, choice, by, "", "2023-12-15", turn, **more)


# --- what decisions amount to ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decisions", "agreement", "choice"),
    [
        ([], Agreement.NOBODY, None),
        ([said(1, "A", "high")], Agreement.WAITING, None),
        ([said(1, "A", "high"), said(2, "B", "high")], Agreement.AGREED, "high"),
        ([said(1, "A", "high"), said(2, "B", "low")], Agreement.DISPUTED, None),
        ([said(1, "A", "high"), said(2, "A", "high")], Agreement.WAITING, None),
        ([said(1, "A", "high"), said(2, " a ", "high")], Agreement.WAITING, None),
        ([said(1, "A", "high"), said(2, "A", "low"), said(3, "B", "low")], Agreement.AGREED, "low"),
        ([said(1, "A", "high"), said(2, "B", "low"), said(3, "A", "low", 2)], Agreement.WAITING, None),
        (
            [said(1, "A", "high"), said(2, "B", "low"), said(3, "A", "low", 2), said(4, "B", "low", 2)],
            Agreement.AGREED,
            "low",
        ),
        ([said(1, "Ban", "high", agreed=True)], Agreement.AGREED, "high"),
        ([said(1, "A", "high"), said(2, "B", "high"), said(3, "A", UNDO, undoes=1)], Agreement.WAITING, None),
        ([said(1, "Ban", "high", agreed=True), said(2, "C", "low", 2)], Agreement.WAITING, None),
        (
            [said(1, "Ban", "high", agreed=True), said(2, "C", "low", 2), said(3, "C", UNDO, 2, undoes=2)],
            Agreement.AGREED,
            "high",
        ),
    ],
)
def test_what_stands_when_two_members_must_agree(decisions, agreement, choice):
    """Two different members, the same words: that stands. Differing words ask both anew; undo goes back."""
    stands = standing_decision(decisions, 2)
    assert (stands.agreement, stands.choice) == (agreement, choice)


def test_a_settled_or_disputed_question_is_asked_in_a_new_turn():
    """What two members said in one turn is never mixed with what they say in the next."""
    assert next_turn([], 2) == 1
    assert next_turn([said(1, "A", "high")], 2) == 1
    assert next_turn([said(1, "A", "high"), said(2, "B", "low")], 2) == 2
    assert next_turn([said(1, "Ban", "low", agreed=True)], 2) == 2


DIFFER = (said(1, "A", "high"), said(2, "B", "low"))


@pytest.mark.parametrize(
    ("decisions", "differed"),
    [
        ([*DIFFER], (1, 2)),
        ([*DIFFER, said(3, "B", "high", 2)], (1, 2)),
        ([*DIFFER, said(3, "B", "high", 2), said(4, "A", "high", 2)], ()),
        ([*DIFFER, said(3, "B", "high", 2), said(4, "A", "low", 2)], (3, 4)),
        # Asked anew about what was settled, nobody differed; nor where one took their word back.
        ([said(1, "A", "high"), said(2, "B", "high"), said(3, "A", "low", 2)], ()),
        ([*DIFFER, said(3, "B", UNDO, undoes=2)], ()),
        ([*DIFFER, said(3, "Ban", "low", 2, agreed=True)], ()),
    ],
)
def test_who_is_asked_again_is_told_in_what_members_differed(decisions, differed):
    """Until they agree, also once one of them has spoken anew: the other would not know why it is asked."""
    assert standing_decision(decisions, 2).differed == differed


words = st.tuples(st.sampled_from("ABC"), st.sampled_from(["high", "low"]), st.booleans())


@given(st.lists(words, max_size=8), st.integers(1, 3))
def test_nothing_stands_that_too_few_have_said(spoken, reviewers):
    """Whatever happens, a choice stands only if enough different members said just that in the last turn."""
    decisions: list[Adjudication] = []
    for by, choice, undo in spoken:
        last = last_live(decisions, by)
        if undo and last is not None:
            decisions.append(said(len(decisions) + 1, by, UNDO, last.turn, undoes=last.seq))
        else:
            decisions.append(said(len(decisions) + 1, by, choice, next_turn(decisions, reviewers)))
    stands = standing_decision(decisions, reviewers)
    if stands.agreement is Agreement.AGREED:
        behind = [each for each in decisions if each.seq in stands.seqs]
        assert len({each.by for each in behind}) >= reviewers
        assert {each.choice for each in behind} == {stands.choice}


# --- rows -----------------------------------------------------------------------------------------------


def test_an_unsure_row_waits_until_it_is_decided(election):
    """The machine's reading stays; the row counts as people say."""
    election.page("aa", HIGH, UNSURE)
    assert election.open == [("aa", "row", 2)]
    assert election.finals == {"aa": {1: "high", 2: ""}}
    made = election.decide("aa", 2, "low", why="nét mờ nhưng rõ")
    assert (made.by, made.why, made.agreed, made.turn) == ("Ban", "nét mờ nhưng rõ", True, 1)
    assert election.open == []
    assert election.finals == {"aa": {1: "high", 2: "low"}}
    assert election.store.readings()["page-aa"] == (HIGH, UNSURE)


def test_undo_is_one_more_line(election):
    """Taking a decision back leaves both in the ledger."""
    election.page("aa", HIGH, UNSURE)
    election.decide("aa", 2, "low")
    election.decide("aa", 2, UNDO, by="Bà B")
    assert election.open == [("aa", "row", 2)]
    assert [each.choice for each in election.store.adjudications()] == ["low", UNDO]
    with pytest.raises(UsageError):
        election.decide("aa", 2, UNDO)


def test_a_clean_row_may_be_overridden(election):
    """People may correct the machine; that it read otherwise stays on record."""
    election.page("aa", HIGH, RowReading(2, "low"))
    election.decide("aa", 1, "struck")
    assert election.finals["aa"][1] == "struck"
    assert election.store.readings()["page-aa"][0] == HIGH


def test_members_decide_each_for_themselves(election):
    """With two reviewers one member's word leaves the row open; a dispute comes first, with names."""
    election.page("aa", HIGH, UNSURE)
    election.page("bb", HIGH, UNSURE)
    election.decide("bb", 2, "low", by="Ông A", agreed=False)
    assert election.finals["bb"][2] == ""
    election.decide("bb", 2, "high", by="Bà B", agreed=False)
    first = election.now.open_items[0]
    assert (first.ballot, first.decision.agreement, first.decision.by) == (
        "bb",
        Agreement.DISPUTED,
        ("Ông A", "Bà B"),
    )
    election.decide("bb", 2, "low", by="Bà B", agreed=False)
    election.decide("bb", 2, "low", by="Ông A", agreed=False)
    assert election.finals["bb"][2] == "low"
    assert {each.turn for each in election.store.adjudications()} == {1, 2}


@pytest.mark.parametrize(
    ("ballot", "number", "choice", "by"),
    [
        ("zz", 2, "low", "A"),
        ("aa", 9, "low", "A"),
        ("aa", 2, "valid", "A"),
        ("aa", None, "low", "A"),
        ("aa", 2, "perhaps", "A"),
        ("aa", 2, "low", "  "),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(election, ballot, number, choice, by):
    """No such ballot, row, choice or name: a usage error with advice, and nothing is recorded."""
    election.page("aa", HIGH, UNSURE)
    with pytest.raises(UsageError) as refused:
        election.decide(ballot, number, choice, by=by)
    assert refused.value.advice
    assert refused.value.exit_code == 2
    assert election.store.adjudications() == ()


# --- whole ballots --------------------------------------------------------------------------------------


def test_a_suspect_ballot_waits_for_people_and_stays_collected(election):
    """Not issued by the board: invalid, and still collected. The machine only suspects (the law, 1)."""
    election.page("aa", HIGH, UNSURE, flags=(Flag.SEAL_MISSING,))
    assert election.open == [("aa", "validity", None), ("aa", "row", 2)]
    election.decide("aa", None, "invalid")
    assert election.open == []
    assert election.finals == {"aa": {1: "invalid", 2: "invalid"}}
    assert reconcile(election.now)["collected"] == 1
    election.decide("aa", None, UNDO)
    election.decide("aa", None, "valid")
    assert election.open == [("aa", "row", 2)]


def test_a_ballot_that_may_be_a_second_scan_is_not_counted_as_sound(election):
    """Its seal does not answer whether it is the same sheet; `same` or `other` does."""
    election.page("aa", HIGH, RowReading(2, "low"))
    election.page("bb", HIGH, RowReading(2, "low"))
    election.store.add_likenesses([], [Alike("page-aa", "page-bb", Likeness.MAYBE)])
    election.decide("bb", None, "valid")
    assert election.open == [("bb", "sheet", None)]
    assert election.now.ballots[1].decided_ballot is None
    election.decide("bb", None, "same")
    assert reconcile(election.now) == {
        "pages": 2, "read": 1, "blank": 0, "duplicate": 1, "foreign": 0, "unreadable": 0,
        "issued": None, "printed": None, "collected": 1, "open": 0,
    }  # fmt: skip
    election.decide("bb", None, UNDO)
    election.decide("bb", None, "other")
    assert reconcile(election.now)["collected"] == 2
    assert election.open == []


def test_an_unreadable_sheet_is_keyed_in_by_hand(election):
    """Once people say it is a ballot, each of its rows is asked for."""
    election.page("aa", state=PageState.UNREADABLE, number=None, flags=(Flag.POSITION_UNSURE,), trace=b"")
    assert election.open == [("aa", "sheet", None)]
    assert reconcile(election.now)["collected"] == 0
    election.decide("aa", None, "ballot")
    assert election.open == [("aa", "row", 1), ("aa", "row", 2)]
    assert election.now.open_items[0].page == "page-aa"
    election.decide("aa", 1, "high")
    election.decide("aa", 2, "overvote")
    assert election.open == []
    assert election.finals == {"aa": {1: "high", 2: "overvote"}}


def test_a_missing_page_may_be_keyed_in_or_scanned_later(tmp_path):
    """Rows of a page that was lost wait for the sheet, or for people who have it in hand."""
    with Store(tmp_path / "omr.sqlite") as store:
        election = Election(store, pages=2)
        election.page("aa", HIGH, RowReading(2, "low"))
        assert election.open == [("aa", "sheet", None)]
        assert election.now.open_items[0].reasons == ("page_missing",)
        election.decide("aa", 3, "high")
        election.decide("aa", 4, "medium")
        assert election.open == []
        assert election.finals == {"aa": {1: "high", 2: "low", 3: "high", 4: "medium"}}
        election.page("bb", RowReading(3, "low"), RowReading(4, "low"), number=2)
        assert [ballot.id for ballot in election.now.box.ballots] == ["aa"]
        # What people decided stands until they take it back.
        assert election.finals["aa"][3] == "high"
        election.decide("bb", 3, UNDO)
        assert election.finals["aa"][3] == "low"


def test_decisions_follow_a_ballot_that_is_joined(tmp_path):
    """A decision made about a lone page still stands when the page turns out to complete another ballot."""
    with Store(tmp_path / "omr.sqlite") as store:
        election = Election(store, pages=2)
        election.page("aa", HIGH, RowReading(2, "low"))
        election.page("ff", HIGH, RowReading(2, "low"))
        election.page("bb", RowReading(3, "low"), UNSURE.__class__(4, "unsure"), number=2)
        assert len(election.now.box.ballots) == 3
        election.decide("bb", 4, "medium")
        election.decide("ff", None, "foreign")
        assert election.finals == {"aa": {1: "high", 2: "low", 3: "low", 4: "medium"}}


def test_sheets_are_asked_before_rows_and_ties_in_random_order(election):
    """What says least about the voter's will comes first; nothing follows the order of the scan."""
    election.page("ff", HIGH, UNSURE)
    election.page("aa", HIGH, UNSURE)
    election.page("cc", HIGH, RowReading(2, "unsure", Reason.CORRECTION))
    election.page("ee", HIGH, RowReading(2, "low"), flags=(Flag.CODE_FORGED,))
    election.page("dd", state=PageState.UNREADABLE, flags=(Flag.FILE_BROKEN,), number=None)
    assert [ballot for ballot, *_rest in election.open] == ["dd", "ee", "cc", "aa", "ff"]


# --- what the screen needs ------------------------------------------------------------------------------


def test_a_word_about_what_the_machine_had_read_is_asked_of_the_others_too(election):
    """One member's doubt about a read row or a sound sheet is a question until others have answered it."""
    election.page("a", HIGH)
    assert election.open == []
    election.decide("a", 1, "low", by="A", agreed=False)
    election.decide("a", None, "invalid", by="A", agreed=False)
    assert election.open == [("a", "validity", None), ("a", "row", 1)]
    assert election.finals["a"][1] == "high"
    election.decide("a", None, UNDO, by="A", agreed=False)
    election.decide("a", 1, "low", by="B", agreed=False)
    assert election.open == []
    assert election.finals["a"][1] == "low"


def test_a_word_from_a_page_that_is_no_longer_true_is_refused(election):
    """The page carries its turn: settled, asked anew or answered already means that nothing is recorded."""
    election.page("a", HIGH, UNSURE)
    election.decide("a", 2, "high", by="A", agreed=False, turn=1)
    with pytest.raises(StaleError):
        election.decide("a", 2, "low", by=" a ", agreed=False, turn=1)
    with pytest.raises(StaleError):
        election.decide("a", 2, "low", by="B", agreed=False, turn=2)
    election.decide("a", 2, "low", by="B", agreed=False, turn=1)
    with pytest.raises(StaleError):
        election.decide("a", 2, "low", by="C", agreed=False, turn=1)
    assert len(election.store.adjudications()) == 2


def test_nothing_is_decided_in_a_closed_election(election):
    election.page("a", HIGH, UNSURE)
    for by in "AB":
        sign(election.store, "a" * 64, by, 2, final=True, shown="a" * 64)
    with pytest.raises(OmrError, match="đã chốt"):
        election.decide("a", 2, "high")
    assert election.store.adjudications() == ()


steps = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from([1, 2, None]),
    st.sampled_from(["high", "low", "valid", "invalid", "rescanned", "ballot", UNDO]),
    st.sampled_from("AB"),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=6))
def test_a_count_that_was_kept_is_the_count_read_anew(tmp_path_factory, taken):
    """Working out only what a decision touched gives what working out everything gives."""
    folder = tmp_path_factory.mktemp("kept")
    put_key(folder)
    with Store(folder / "omr.sqlite") as store:
        election = Election(store)
        election.page("a", HIGH, UNSURE)
        election.page("b", RowReading(1, "unsure", Reason.CORRECTION), RowReading(2, "low"))
        kept = election.now
        assert kept.open_items
        for ballot, number, choice, by in taken:
            try:
                election.decide(ballot, number, choice, by=by, agreed=False)
            except UsageError:
                continue
            fresh = election.now
            kept = kept.after(fresh.adjudications) or fresh
            assert kept.open_items == fresh.open_items
            assert kept.ballots == fresh.ballots
