"""The law, clause by clause. Every case names its clause of the plan (Kế hoạch 140-KH/HU)."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr import rules
from omr.evidence import CellSeen, Flag, Mark, Name, NameSeen, Reason, RowSeen
from omr.rules import (
    BallotState,
    RowReading,
    final_row,
    final_rows,
    judge_ballot,
    judge_row,
)

CHOICES = ("high", "medium", "low")
EMPTY, MARKED, UNSURE = Mark.EMPTY, Mark.MARKED, Mark.UNSURE


def row(marks, *, scribbled="", name=Name.CLEAN, reason=None, cell_reason=None):
    """A row from a picture of it: `X` marked, `.` empty, `?` unsure; `scribbled` names places with S."""
    states = {"X": MARKED, ".": EMPTY, "?": UNSURE}
    dense = scribbled.ljust(len(marks), ".")
    cells = tuple(
        CellSeen(choice, states[mark], cell_reason if mark == "?" else None, scribbled=dense[i] == "S")
        for i, (choice, mark) in enumerate(zip(CHOICES, marks, strict=True))
    )
    return RowSeen(7, cells, NameSeen(name), reason)


@pytest.mark.parametrize(
    ("clause", "seen", "reading", "reason"),
    [
        ("III.3: one box marked", row("X.."), "high", None),
        ("III.3: one box marked", row(".X."), "medium", None),
        ("III.3: one box marked", row("..X"), "low", None),
        ("III.3: một ô, đánh dấu đặc (filled) is a plain mark", row(".X.", scribbled=".S."), "medium", None),
        ("III.3: không đánh dấu vào ô nào", row("..."), "blank", Reason.NO_MARK),
        ("III.3: đánh dấu vào hai ô", row("XX."), "overvote", Reason.TWO_MARKS),
        ("III.3: đánh dấu vào hai ô", row("X.X"), "overvote", Reason.TWO_MARKS),
        ("III.3: đánh dấu vào ba ô", row("XXX"), "overvote", Reason.TWO_MARKS),
        ("III.3: gạch xóa họ và tên", row("...", name=Name.STRUCK), "struck", Reason.NAME_STRUCK),
        (
            "III.3: gạch xóa họ và tên, though a box is marked",
            row("X..", name=Name.STRUCK),
            "struck",
            Reason.NAME_STRUCK,
        ),
        (
            "III.3: gạch xóa họ và tên, though two are",
            row("XX.", name=Name.STRUCK),
            "struck",
            Reason.NAME_STRUCK,
        ),
        ("III.3 in doubt: name touched", row("X..", name=Name.TOUCHED), "unsure", Reason.NAME_TOUCHED),
        ("law 5: a scribbled box beside a mark", row("XX.", scribbled="S.."), "unsure", Reason.CORRECTION),
        (
            "law 5: two dense boxes: one may be filled",
            row("XX.", scribbled="SS."),
            "unsure",
            Reason.CORRECTION,
        ),
        (
            "III.3 in doubt: a faint mark",
            row("?..", cell_reason=Reason.FAINT_MARK),
            "unsure",
            Reason.FAINT_MARK,
        ),
        (
            "III.3 in doubt: a dot beside a mark",
            row("X?.", cell_reason=Reason.SMALL_MARK),
            "unsure",
            Reason.SMALL_MARK,
        ),
        (
            "III.3 in doubt: ink between boxes",
            row("X..", reason=Reason.STRAY_MARK),
            "unsure",
            Reason.STRAY_MARK,
        ),
        (
            "print in doubt, before anything else",
            row("X..", name=Name.STRUCK, reason=Reason.UNCLEAR_PRINT),
            "unsure",
            Reason.UNCLEAR_PRINT,
        ),
        ("picture in doubt, before anything else", row("X..", reason=Reason.STREAK), "unsure", Reason.STREAK),
    ],
)
def test_a_row_is_judged_by_its_clause(clause, seen, reading, reason):
    assert judge_row(seen) == RowReading(7, reading, reason), clause


def test_the_two_level_ballot_needs_no_other_law():
    """A layout with two choices is judged by the same clauses (III.3)."""
    cells = (CellSeen("confidence", EMPTY), CellSeen("no_confidence", MARKED))
    assert judge_row(RowSeen(1, cells)).reading == "no_confidence"


def test_an_unsure_cell_without_a_reason_still_says_one():
    """Nothing is flagged without a reason code."""
    assert judge_row(row("?..")).reason is Reason.FAINT_MARK


marks = st.sampled_from([EMPTY, UNSURE, MARKED])
cells = st.tuples(*(st.builds(CellSeen, st.just(c), marks, scribbled=st.booleans()) for c in CHOICES))
names = st.builds(NameSeen, st.sampled_from(Name))
rows = st.builds(RowSeen, st.just(1), cells, names, st.sampled_from([None, *Reason]))


def more_ink(mark):
    """The states a cell may take when ink is added to it."""
    return [
        m
        for m in (EMPTY, UNSURE, MARKED)
        if (EMPTY, UNSURE, MARKED).index(m) >= (EMPTY, UNSURE, MARKED).index(mark)
    ]


@given(rows, st.data())
def test_more_ink_never_takes_a_mark_away(seen, data):
    """Adding ink to the boxes never turns one choice into another, nor anything into a blank row."""
    more = tuple(
        CellSeen(c.choice, data.draw(st.sampled_from(more_ink(c.mark))), scribbled=c.scribbled)
        for c in seen.cells
    )
    before, after = judge_row(seen).reading, judge_row(RowSeen(1, more, seen.name, seen.reason)).reading
    if before in CHOICES:
        assert after in {before, "overvote", "unsure"}
    if before != "blank":
        assert after != "blank"


@given(rows)
def test_every_row_has_a_reading_and_doubt_a_reason(seen):
    """A row is a choice without a reason, or one of four states with one."""
    found = judge_row(seen)
    assert (found.reason is None) == (found.reading in CHOICES)
    assert found.reading in {*CHOICES, "blank", "overvote", "struck", "unsure"}


SEAL_FLAGS = (Flag.SEAL_MISSING, Flag.SEAL_NOT_RED, Flag.SEAL_FAINT)


@pytest.mark.parametrize(
    ("seal", "doubted"),
    [("red", set(SEAL_FLAGS)), ("any", {Flag.SEAL_MISSING}), ("ignore", set())],
)
def test_the_seal_counts_as_the_board_says(seal, doubted):
    """III.3, "phiếu không do ban kiểm phiếu phát ra": `[rules] seal` says what the seal must be."""
    suspects = {flag for flag in SEAL_FLAGS if judge_ballot([flag], seal=seal).state is BallotState.SUSPECT}
    assert suspects == doubted


@pytest.mark.parametrize("flag", [f for f in Flag if f.name.startswith("CODE_")])
def test_a_code_that_is_not_ours_makes_a_ballot_suspect_under_every_rule(flag):
    """III.3: a missing or forged code is evidence that the board did not issue the ballot."""
    for seal, write_in in product(("red", "any", "ignore"), ("ignore", "invalid")):
        assert judge_ballot([flag], seal=seal, write_in=write_in).state is BallotState.SUSPECT


def test_a_grey_scan_is_not_held_against_each_sheet():
    """Without colour red cannot be told: said once for the batch, the ballots stand."""
    assert judge_ballot([Flag.SEAL_UNSEEN]).state is BallotState.SOUND


def test_a_written_in_name_is_void_and_the_rest_stands():
    """III.3: "phần ghi thêm là không hợp lệ; các trường hợp trong danh sách còn lại … hợp lệ"."""
    assert judge_ballot([Flag.WRITE_IN]).state is BallotState.SOUND


def test_under_the_rule_of_2014_a_person_confirms_the_written_in_name():
    """write_in = "invalid": the machine does not throw the ballot out by itself."""
    assert judge_ballot([Flag.WRITE_IN], write_in="invalid").state is BallotState.SUSPECT


def test_an_incomplete_ballot_is_open_whatever_else_it_is():
    """A ballot with a page missing is put right before it is judged."""
    found = judge_ballot([Flag.SEAL_MISSING, Flag.PAGE_MISSING])
    assert (found.state, found.flags) == (BallotState.OPEN, (Flag.PAGE_MISSING,))


@given(st.lists(st.sampled_from(Flag)))
def test_the_machine_never_throws_a_ballot_out(flags):
    """Law, point 1: the machine says suspect; a person confirms."""
    assert judge_ballot(flags, write_in="invalid").state is not BallotState.INVALID


def readings(*texts):
    return [RowReading(i, text) for i, text in enumerate(texts, start=1)]


def test_a_row_is_open_until_people_decide():
    assert final_row(RowReading(1, "unsure")) == ""
    assert final_row(RowReading(1, "unsure"), "low") == "low"


def test_what_people_decide_stands_over_the_reading():
    assert final_row(RowReading(1, "high"), "struck") == "struck"


def test_a_spoiled_row_is_invalid_for_that_person_only():
    """III.3 by the row (default)."""
    found = final_rows(readings("high", "blank", "low"), {}, BallotState.SOUND)
    assert found == {1: "high", 2: "blank", 3: "low"}


def test_a_spoiled_row_spoils_the_ballot_where_the_board_reads_the_plan_so():
    """III.3 by the ballot: `[rules] scope = "ballot"`."""
    found = final_rows(readings("high", "blank", "unsure"), {}, BallotState.SOUND, "ballot")
    assert set(found.values()) == {"invalid"}


def test_an_open_row_does_not_spoil_the_ballot():
    """Under scope = "ballot" too, what is open is open."""
    found = final_rows(readings("high", "unsure"), {}, BallotState.SOUND, "ballot")
    assert found == {1: "high", 2: ""}


@pytest.mark.parametrize("state", [BallotState.OPEN, BallotState.SUSPECT])
def test_nothing_of_a_ballot_in_doubt_counts_yet(state):
    assert set(final_rows(readings("high", "blank"), {2: "low"}, state).values()) == {""}


def test_every_row_of_an_invalid_ballot_is_invalid():
    """III.3: a ballot that the board did not issue is invalid as a whole."""
    assert set(final_rows(readings("high", "unsure"), {2: "low"}, BallotState.INVALID).values()) == {
        "invalid"
    }


def test_the_law_sees_no_pixels_and_no_disk():
    """rules imports nothing but the evidence it judges."""
    tree = ast.parse(Path(rules.__file__).read_text(encoding="utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    imported |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert imported <= {"__future__", "dataclasses", "enum", "typing", "collections.abc", "omr.evidence"}
