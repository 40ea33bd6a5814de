"""What the command line shows: one plain line, every code in words."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from layouts.model import Choice
from omr.cli_verify import _how_often
from omr.evidence import CellSeen, Flag, Mark, PageSeen, PageState, Reason, RowSeen
from omr.reasons import COUNTS_DIFFER, REASON_NAMES, STATE_NAMES, reason_in_words
from omr.rules import RowReading
from omr.screen import (
    check_mark,
    one_line,
    show_consequences,
    show_page,
    show_questions,
    show_tally,
    show_waiting,
    tally_table,
)
from omr.standing import SeenBallot, stand
from omr.tally import Day, Listed, tally


def shown(write, width=110):
    out = io.StringIO()
    write(Console(file=out, width=width, force_terminal=False))
    return out.getvalue()


@pytest.mark.parametrize(
    ("message", "advice", "line"),
    [
        ("no such file", "check the path", "No such file. Check the path."),
        ("stopped", "", "Stopped."),
        ("two\nlines", "", "Two lines."),
        ("people.csv:3: wrong", "mend it.", "people.csv:3: wrong. Mend it."),
        ("lost", "omr init DIR", "Lost. omr init DIR."),
    ],
)
def test_an_error_is_sentences_on_one_line(message, advice, line):
    assert one_line(message, advice) == line


@pytest.mark.parametrize("typed", ["phieu bau.pdf", "./phieu bau.pdf", "--out=phieu bau.pdf"])
def test_a_path_that_was_typed_is_left_as_it_is(typed):
    """Phieu bau.pdf is another file; and a word of ours that only begins like a path gets its capital."""
    assert one_line("phieu bau.pdf: empty", "mend it", [typed]) == "phieu bau.pdf: empty. Mend it."
    assert one_line("bchx is full", "", ["bch"]) == "Bchx is full."


def test_every_code_has_its_words():
    """A new reason, flag or state cannot be forgotten."""
    assert set(REASON_NAMES) == {*Reason, *Flag, COUNTS_DIFFER}
    assert set(STATE_NAMES) == set(PageState)
    assert reason_in_words("seal_missing") == "không có dấu treo"
    assert reason_in_words("of_a_newer_program") == "of_a_newer_program"


def result(lows):
    people = [Listed(1, "Lê [b]Mẫu[/]", "x")]
    texts = ["low"] * lows + ["high"] * (3 - lows)
    ballots = stand([SeenBallot(str(i), (RowReading(1, t),)) for i, t in enumerate(texts)], [1])
    return tally(people, ["high", "low"], ballots, Day())


def test_the_table_shows_names_as_they_are_and_shares_with_a_comma():
    choices = (Choice("high", "Cao"), Choice("low", "Thấp"))
    text = shown(lambda console: console.print(tally_table(result(1), choices)))
    assert "Lê [b]Mẫu[/]" in text
    assert "33,33" in text
    assert "66,67" in text
    assert "Tỷ lệ % tính trên tổng số phiếu thu về." in text


LONG = "Công Tằng Tôn Nữ Thị Diễm Hương Xuân Nguyệt Huế"
LEVELS = (Choice("high", "Tín nhiệm cao"), Choice("medium", "Tín nhiệm"), Choice("low", "Tín nhiệm thấp"))


def long_result(*, waiting):
    """1000 ballots: everybody high for the first, 127 high, 873 low for the second, one row open."""
    people = [Listed(21, LONG, "x"), Listed(22, "Lê Thử", "x")]
    ballots = [
        SeenBallot(
            str(i),
            (RowReading(21, "high"), RowReading(22, "high" if i < 127 else "low")),
        )
        for i in range(1000)
    ]
    if waiting:
        ballots.append(SeenBallot("x", (RowReading(21, "unsure"), RowReading(22, "blank"))))
    return tally(people, [each.id for each in LEVELS], stand(ballots, [21, 22]), Day())


@pytest.mark.parametrize("width", [40, 60, 80, 110, 200])
@pytest.mark.parametrize("waiting", [True, False], ids=["draft", "final"])
def test_no_number_of_the_table_is_cut_however_narrow_the_terminal(width, *, waiting):
    """A long name goes on in the next line; every number stands whole, every level keeps its name."""
    result = long_result(waiting=waiting)
    text = shown(lambda console: show_tally(console, result, LEVELS), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    found = re.findall(r"\d+(?:,\d\d)?", text.replace("III.6", ""))
    wanted = ["21", "22", "1000", "1000"]
    shares = ["99,90", "12,69", "87,21"] if waiting else ["100,00", "12,70", "87,30"]
    for number in (*wanted, *shares, "127", "873"):
        assert found.count(number) >= wanted.count(number), number
    words = text.split()
    assert {*LONG.split(), "cao", "thấp", "nhiệm"} <= set(words) | {each.strip(":") for each in words}
    assert ("B" in words) == (not waiting)


def test_a_draft_concludes_nothing_and_names_nobody():
    """Rows are open: who would be touched by III.6 is not said, as in the browser."""
    result = long_result(waiting=True)
    assert result.people[1].consequence == "B"
    text = shown(lambda console: show_consequences(console, result))
    assert text.strip() == "Chưa kết luận: kết quả còn là bản nháp."


@pytest.mark.parametrize(("lows", "letter"), [(1, ""), (2, "B"), (3, "B")])
def test_consequences_are_said_in_words_for_those_they_touch(lows, letter):
    """III.6, under a heading that says of what paper it is."""
    text = shown(lambda console: show_consequences(console, result(lows)))
    assert ("miễn nhiệm" in text) == (letter == "B")
    assert ("Hệ quả theo mục III.6 của Kế hoạch" in text) == bool(letter)
    table = shown(lambda console: console.print(tally_table(result(lows), LEVELS[::2])))
    assert "Hệ quả (mục III.6)" in table


def test_a_check_that_was_not_made_is_not_passed_off_as_held():
    assert len({check_mark(holds) for holds in (None, True, False)}) == 3


@pytest.mark.parametrize(("rows", "questions", "said"), [(64, 37, True), (5, 5, False), (0, 2, False)])
def test_more_rows_than_questions_are_explained(*, rows, questions, said):
    counted = SimpleNamespace(
        result=SimpleNamespace(open_rows=rows), now=SimpleNamespace(open_items=(None,) * questions)
    )
    text = shown(lambda console: show_questions(console, counted))
    assert text.startswith("64 dòng chờ quyết định nằm trong 37 mục: một mục về cả tờ") == said
    assert bool(text) == said


def test_a_file_changed_twice_is_named_once():
    edits = ("election.toml", "people.csv", "election.toml")
    assert list(_how_often(edits)) == ["election.toml (2 lần)", "people.csv"]


def test_a_page_is_shown_row_by_row():
    cells = (CellSeen("high", Mark.EMPTY), CellSeen("low", Mark.UNSURE, Reason.FAINT_MARK))
    seen = PageSeen(PageState.READ, 1, (RowSeen(7, cells),), (Flag.SEAL_MISSING,))
    text = shown(lambda console: show_page(console, seen))
    assert ". ?" in text
    assert "quá mờ" in text
    assert "không có dấu" in text


def test_a_page_is_shown_in_the_words_of_the_ballot():
    """`high` and `unsure` are the program's own."""
    cells = tuple(
        CellSeen(each.id, mark) for each, mark in zip(LEVELS, (Mark.MARKED, *[Mark.EMPTY] * 2), strict=True)
    )
    unsure = (CellSeen("high", Mark.UNSURE, Reason.FAINT_MARK),)
    seen = PageSeen(PageState.READ, 1, (RowSeen(7, cells), RowSeen(8, unsure)))
    text = shown(lambda console: show_page(console, seen, LEVELS))
    assert "Tín nhiệm cao" in text
    assert "chờ người quyết định" in text
    assert not {"high", "unsure"} & set(text.split())


def test_what_waits_is_cut_short_with_the_way_to_all_of_it():
    """A screen holds about twenty lines; the others are no secret of programs that read JSON."""
    items = [SimpleNamespace(ballot=f"b{n:03}", number=n, reasons=("faint_mark",)) for n in range(1, 26)]
    counted = SimpleNamespace(now=SimpleNamespace(open_items=items))
    some = shown(lambda console: show_waiting(console, counted, Path("bch"), 20))
    assert "b020" in some
    assert "b021" not in some
    assert "… và 5 việc nữa. Xem tất cả: omr status bch --all" in some
    all_of_it = shown(lambda console: show_waiting(console, counted, Path("bch")))
    assert "b025" in all_of_it
    assert "--all" not in all_of_it
