"""Two counts of one box: sheets found by their handwriting, differences asked, agreement proved."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from layouts.model import Choice
from omr.compare import Law, Sheet, compare
from omr.compared import as_json, show_comparison, show_people
from omr.election import Rules
from omr.evidence import Flag, PageSeen, PageState
from omr.questions import count_now
from omr.review import count_with, resolve
from omr.rules import BallotState, RowReading
from omr.screen import out, show_second
from omr.standing import SeenBallot
from omr.status import status, unasked_difference
from omr.store import Alike, Likeness, NewPage, NewSource, Store, pack_seen
from omr.tally import Day, Listed, tally
from tests.omr.test_review import layout

pytestmark = pytest.mark.usefixtures("key_beside")

LAW = Law((1, 2))
HIGH, LOW, BLANK = RowReading(1, "high"), RowReading(2, "low"), RowReading(2, "blank")
UNSURE = RowReading(2, "unsure")


def sheet(name: str, *rows: RowReading, flags=(), **more) -> Sheet:
    """A ballot of one page, whose page and picture bear its name."""
    known = {"pages": frozenset({f"p-{name}"}), "pictures": frozenset({name})} | more
    return Sheet(SeenBallot(name, rows or (HIGH, LOW), tuple(flags)), **known)


def same(one: str, two: str, likeness: Likeness = Likeness.SAME) -> Alike:
    return Alike(*sorted((f"p-{one}", f"p-{two}")), likeness)


def test_a_count_that_reads_every_sheet_alike_confirms_the_first():
    """Whatever the order: sheets are found by their ink, never by their place."""
    found = compare(
        [sheet("a"), sheet("b", HIGH, BLANK)],
        [sheet("y", HIGH, BLANK), sheet("x")],
        [same("a", "x"), same("b", "y")],
        LAW,
    )
    assert found.agreed
    assert [(pair.one, pair.two) for pair in found.pairs] == [("a", "x"), ("b", "y")]


def test_one_row_read_otherwise_is_told_though_the_sums_agree():
    """Two errors that cancel out in the sums are still two sheets that differ."""
    found = compare(
        [sheet("a"), sheet("b", HIGH, BLANK)],
        [sheet("x", HIGH, BLANK), sheet("y")],
        [same("a", "x"), same("b", "y")],
        LAW,
    )
    assert found.numbers_agree
    assert not found.agreed
    assert [(d.number, d.one, d.two) for pair in found.differing for d in pair.rows] == [
        (2, "low", "blank"),
        (2, "blank", "low"),
    ]


def test_a_sheet_in_one_count_only_is_named_until_people_vouch_for_it():
    found = compare([sheet("a"), sheet("b")], [sheet("x")], [same("a", "x")], LAW)
    assert (found.only_one, found.only_two, found.agreed) == (("b",), (), False)
    vouched = [sheet("a"), sheet("b", vouched=True)], [sheet("x"), sheet("y", vouched=True)]
    found = compare(*vouched, [same("a", "x")], LAW)
    assert (found.only_one, found.only_two, found.unmatched, found.agreed) == (("b",), ("y",), (), True)


def test_sheets_without_ink_are_matched_by_number_only():
    """They are alike: as many in both counts is all that can be asked."""
    inkless = [sheet(name, RowReading(1, "blank"), BLANK, inked=False) for name in "abxyz"]
    assert compare(inkless[:2], inkless[2:4], [], LAW).agreed
    found = compare(inkless[:2], inkless[2:], [], LAW)
    assert (found.agreed, found.without_ink, found.unmatched) == (False, (2, 3), ())


def test_sheets_that_could_be_either_are_paired_as_they_read():
    """Little ink in the same places: those read alike belong together, so no difference is invented."""
    doubtful = [same(one, two, Likeness.MAYBE) for one in "ab" for two in "xy"]
    one, two = [sheet("a"), sheet("b", HIGH, BLANK)], [sheet("x", HIGH, BLANK), sheet("y")]
    found = compare(one, two, doubtful, LAW)
    assert {(pair.one, pair.two) for pair in found.pairs} == {("a", "y"), ("b", "x")}
    assert found.agreed


def test_the_same_picture_twice_is_no_second_count():
    """A file given as both counts proves nothing."""
    found = compare([sheet("a")], [replace(sheet("x"), pictures=frozenset({"a"}))], [same("a", "x")], LAW)
    assert (found.same_pictures, found.agreed) == (1, False)


def test_unread_sheets_of_either_count_keep_it_open():
    assert not compare([sheet("a")], [sheet("x")], [same("a", "x")], LAW, unread=(0, 1)).agreed
    assert not compare([], [], [], LAW).agreed


def decided(one: Sheet, row: int | None, choice, seq: int) -> Sheet:
    if row is None:
        return replace(one, seen=replace(one.seen, decided_ballot=choice), decided_at={None: seq})
    return replace(one, seen=replace(one.seen, decided_rows={row: choice}), decided_at={row: seq})


def test_a_decision_stands_where_the_second_count_left_the_question_open():
    """A decision is about the paper: what was asked and answered once is not asked again."""
    one = decided(sheet("a", HIGH, UNSURE), 2, "low", seq=1)
    two = sheet("x", HIGH, UNSURE, compared_after=5)
    assert compare([one], [two], [same("a", "x")], LAW).agreed


def test_an_earlier_decision_does_not_silence_the_second_count():
    """Decided low before; the second count plainly reads blank: asked again, and settled by a later word."""
    one = decided(sheet("a", HIGH, UNSURE), 2, "low", seq=1)
    two = sheet("x", HIGH, BLANK, compared_after=5)
    (pair,) = compare([one], [two], [same("a", "x")], LAW).differing
    assert pair.contested_rows == {2}
    assert compare([decided(one, 2, "low", seq=6)], [two], [same("a", "x")], LAW).agreed


def test_a_ballot_doubted_in_the_second_count_only_is_asked_as_a_whole():
    one, two = sheet("a"), sheet("x", flags=[Flag.SEAL_MISSING], compared_after=3)
    (pair,) = compare([one], [two], [same("a", "x")], LAW).differing
    assert pair.contested
    assert not pair.contested_rows
    assert compare([decided(one, None, BallotState.SOUND, 4)], [two], [same("a", "x")], LAW).agreed


def test_an_answer_to_one_doubt_is_none_to_another():
    """Found issued although its seal was faint: that says nothing of a code that is forged."""
    flags = [Flag.SEAL_FAINT, Flag.CODE_FORGED]
    one = decided(sheet("a", flags=flags[:1]), None, BallotState.SOUND, 1)
    same_doubt, other_doubt = (sheet("x", flags=each, compared_after=5) for each in (flags[:1], flags[1:]))
    assert compare([one], [same_doubt], [same("a", "x")], LAW).agreed
    (pair,) = compare([one], [other_doubt], [same("a", "x")], LAW).differing
    assert pair.contested


def test_a_ballot_that_lacks_a_page_in_the_second_count_is_not_made_whole_from_the_first():
    one = decided(sheet("a"), None, BallotState.SOUND, 9)
    two = sheet("x", flags=[Flag.PAGE_MISSING])
    (pair,) = compare([one], [two], [same("a", "x")], LAW).differing
    assert pair.states == (BallotState.SOUND, BallotState.OPEN)
    assert not pair.contested


@dataclass
class Box:
    """A store with two counts put into it by hand."""

    store: Store
    counts: int = 2

    def page(self, name: str, count: int, *readings: RowReading) -> None:
        (source,) = self.store.add_batch(count, [NewSource(name, f"{name}.jpg", 1)])
        seen = pack_seen(PageSeen(PageState.READ, page=1))
        about = (f"p-{name}", name, source, 1, name, PageState.READ, 1, ())
        assert self.store.add_pages([NewPage(*about, seen, b"ink", readings, "", "", "")])

    def alike(self, *pairs: tuple[str, str]) -> None:
        pages = [f"p-{name}" for pair in pairs for name in pair]
        self.store.add_likenesses(pages, [same(*pair) for pair in pairs])

    @property
    def now(self):
        return count_now(self.store, layout(), Rules(counts=self.counts, reviewers=2))

    @property
    def asked(self):
        return [(item.ballot, item.number, item.reasons) for item in self.now.open_items]


@pytest.fixture
def box(tmp_path):
    with Store(tmp_path / "omr.sqlite") as store:
        yield Box(store)


def test_rows_that_differ_are_asked_and_one_decision_settles_both(box):
    """The question comes to people like any other; the first count's sheet is decided by either id."""
    box.page("a", 1, HIGH, LOW)
    box.page("x", 2, HIGH, BLANK)
    box.alike(("a", "x"))
    assert box.asked == [("a", 2, ("counts_differ",))]
    now, name = count_with(box.now, "x")
    assert name == "a"
    resolve(box.store, now, name, 2, "blank", by="Ban")
    assert box.asked == []
    assert box.now.comparison.agreed
    assert {row.number: row.final for row in LAW.stand(box.now.ballots)[0].rows} == {1: "high", 2: "blank"}


def test_a_row_decided_before_the_second_count_is_asked_anew_where_that_reads_otherwise(box):
    box.page("a", 1, HIGH, UNSURE)
    resolve(box.store, box.now, "a", 2, "low", by="Ban")
    box.page("x", 2, HIGH, BLANK)
    box.alike(("a", "x"))
    assert box.asked == [("a", 2, ("counts_differ",))]
    for member in ("Lan", "Minh"):
        assert not box.now.comparison.agreed
        resolve(box.store, box.now, "a", 2, "low", by=member, agreed=False)
    assert box.now.comparison.agreed
    kept = box.now.after(box.store.adjudications())
    assert kept is not None
    assert kept.comparison.agreed


def test_a_second_count_that_nobody_asked_for_asks_nothing(box):
    """`[rules] counts = 1`: `omr compare` shows it, the result rests on the first alone."""
    box.counts = 1
    box.page("a", 1, HIGH, LOW)
    box.page("x", 2, HIGH, BLANK)
    box.alike(("a", "x"))
    assert box.asked == []
    assert not box.now.comparison.agreed


def test_a_second_count_that_nobody_asked_for_and_that_differs_is_said(box, capsys):
    """The status and the result say so in one line, whatever `[rules] counts` is; nothing is held up."""
    box.counts = 1
    box.page("a", 1, HIGH, UNSURE)
    box.page("x", 2, HIGH, UNSURE)
    box.alike(("a", "x"))
    assert not box.now.comparison.agreed
    assert unasked_difference(box.now) == ""  # open in both: only not decided yet
    box.page("b", 1, HIGH, LOW)
    box.page("y", 2, HIGH, BLANK)
    box.page("z", 2, HIGH, LOW)
    box.alike(("b", "y"))
    line = "lần kiểm thứ hai không khớp: 2 phiếu; xem omr compare"
    found = {each["code"]: each["text"] for each in status(box.now)["problems"]}
    assert found["second_differs"] == line
    show_second(out(), box.now)
    assert line[1:] in capsys.readouterr().out
    box.counts = 2
    assert "second_differs" not in {each["code"] for each in status(box.now)["problems"]}


def test_a_sheet_of_the_second_count_alone_is_decided_there(box):
    box.page("a", 1, HIGH, LOW)
    box.page("x", 2, HIGH, LOW)
    now, name = count_with(box.now, "x")
    assert now is not box.now
    resolve(box.store, now, name, None, "foreign", by="Ban")
    resolve(box.store, box.now, "a", None, "ballot", by="Ban")
    compared = box.now.comparison
    assert (compared.collected, compared.unmatched, compared.agreed) == ((1, 0), (), False)


def test_the_result_is_final_only_when_the_second_count_confirms_it():
    """`[rules] counts = 2` is a condition of its own, and says in words what it waits for."""
    ballots = LAW.stand([SeenBallot("a", (HIGH, LOW))])
    people = [Listed(1, "A", ""), Listed(2, "B", "")]
    for day, final in ((Day(), True), (Day(counts_missing=1), False), (Day(counts_differ=True), False)):
        result = tally(people, ["high", "low"], ballots, day)
        assert result.final is final, result.draft_reasons
        assert result.adds_up


def test_the_comparison_is_shown_side_by_side(box, capsys):
    """Per person the numbers of both counts; per sheet what each has; for programs the same as JSON."""
    box.page("a", 1, HIGH, LOW)
    box.page("b", 1, HIGH, LOW)
    box.page("x", 2, HIGH, BLANK)
    box.alike(("a", "x"))
    compared = box.now.comparison
    people = [Listed(1, "A", ""), Listed(2, "B", "")]
    result = tally(people, ["high", "low"], LAW.stand(box.now.ballots), Day())
    show_comparison(out(), compared, result, layout().choices)
    said = capsys.readouterr().out
    assert "2 / 1" in said
    assert {"Cao", "Thấp"} <= set(said.split())
    assert not {"high", "low"} & set(said.split())
    assert "KHÔNG KHỚP" in said
    data = as_json(compared, result)
    rows = [{"number": 2, "values": ["low", "blank"]}]
    assert data["sheets"] == [{"ballots": ["a", "x"], "states": ["sound", "sound"], "rows": rows}]
    assert data["only_in_1"] == [{"ballot": "b", "vouched": False}]
    assert data["people"][1]["counts"] == [
        {"high": 0, "low": 2, "invalid": 0, "open": 0},
        {"high": 0, "low": 0, "invalid": 1, "open": 0},
    ]


@pytest.mark.parametrize("width", [60, 70, 80, 110])
def test_no_number_of_the_comparison_is_cut_in_a_narrow_terminal(width):
    person = Listed(1, "Công Tằng Tôn Nữ Thị Diễm Hương Xuân Nguyệt Huế", "")
    levels = (Choice("high", "Tín nhiệm cao"), Choice("medium", "Tín nhiệm"), Choice("low", "Tín nhiệm thấp"))
    result = SimpleNamespace(choices=("high", "medium", "low"), people=[SimpleNamespace(person=person)])
    votes = {1: (Counter(high=150), Counter({"high": 120, "low": 29, "": 1}))}
    narrow = io.StringIO()
    compared = SimpleNamespace(collected=(150, 149), votes=votes)
    show_people(Console(file=narrow, width=width), compared, result, levels)
    said = narrow.getvalue()
    assert "…" not in said
    for part in ("150 / 120", "0 / 29", "0 / 1", "KHÔNG KHỚP", "cao", "thấp", "quyết", *person.name.split()):
        assert part in said
