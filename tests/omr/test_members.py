"""Members: one name once, nobody twice, a PIN of digits kept as argon2id, wrong ones counted first."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from omr import members as rules
from omr.cli import run
from omr.election import Folder, Session
from omr.errors import UsageError
from omr.members import (
    change_pin,
    enrol,
    find,
    knows_pin,
    letters,
    member_sentences,
    minutes_sentences,
    off_the_list,
    prove,
    roll,
    sit_down,
    stand_up,
    take_off,
    who_sits,
)
from omr.prepare import Wish, prepare
from omr.store import Act, ActKind, Deed, Store

A, B, C = "Nguyễn Văn A", "Trần Thị B", "Lê Văn C"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The same hash with little work: what is tested here is not how long it takes."""
    monkeypatch.setattr(rules, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "omr.sqlite") as store:
        yield store


@pytest.fixture
def board(store):
    """Two members, nothing decided."""
    enrol(store, A, "2468")
    enrol(store, B, "1357", by=A)
    return store


def decide(store):
    store.add_act(lambda _acts: Act(0, ActKind.CLOSE, A, "", "2023-12-15T08:00:00+00:00", "hash"))


def names(store):
    return [each.name for each in store.members()]


def test_a_member_is_known_by_name_and_pin(store):
    enrol(store, "  Nguyễn  Văn A ", "2468")
    member = find(store.members(), "nguyễn văn a")
    assert member.name == "Nguyễn Văn A"
    assert knows_pin(member, "2468")
    assert not knows_pin(member, "2469")


def test_the_pin_stands_nowhere_in_the_file(store, tmp_path, monkeypatch):
    monkeypatch.undo()
    enrol(store, "Nguyễn Văn A", "8642975310")
    assert store.members()[0].pin.startswith("$argon2id$v=19$m=65536,t=3,")
    for path in tmp_path.iterdir():
        assert b"8642975310" not in path.read_bytes()


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "１２３４", "12 34"])
def test_a_pin_is_four_to_twelve_digits(store, pin):
    with pytest.raises(UsageError, match="4 đến 12"):
        enrol(store, "A", pin)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "...", "A\x00B", "A\u202eB"])
def test_a_name_is_a_name(store, name):
    with pytest.raises(UsageError, match="họ và tên"):
        enrol(store, name, "1234")


def test_a_name_is_entered_once(store):
    enrol(store, A, "1234")
    with pytest.raises(UsageError, match="đã có"):
        enrol(store, A.upper(), "5678", by=A)
    assert knows_pin(store.members()[0], "1234")


@pytest.mark.parametrize(
    "name",
    ["nguyen van a", "NGUYÊN VĂN Á", "Nguyễn Văn A.", "NguyễnVăn  A", "Ông Nguyễn Văn A", "Đ/c Nguyễn Văn A",
     "đ/c. Ông Nguyễn Văn A", "Đồng chí Nguyễn Văn A", "Ｎguyễn Văn A"],
)  # fmt: skip
def test_one_person_is_not_entered_as_two(store, name):
    """Accents, đ, dots, spaces, titles and wide letters make no second member, who could sign beside."""
    enrol(store, A, "1234")
    with pytest.raises(UsageError, match="trùng tên"):
        enrol(store, name, "5678", by=A)
    assert letters("Bà Bình") == letters("Binh") != letters("Bà")


def test_only_members_enter_and_take_off_members(board):
    for by in ("", C):
        with pytest.raises(UsageError, match="đăng nhập trước"):
            enrol(board, C, "9999", by=by)
        with pytest.raises(UsageError, match="đăng nhập trước"):
            take_off(board, A, by)
    assert names(board) == [A, B]


def test_a_new_member_does_not_share_the_pin_of_who_enters_them(store):
    """Of the PINs typed at the screen none may be the new one; others' are not told: that helps guessing."""
    enrol(store, A, "2468")
    with pytest.raises(UsageError, match="của thành viên khác"):
        enrol(store, B, "2468", by=A, others=["2468"])
    assert names(store) == [A]


def test_once_something_is_decided_the_list_needs_two(board):
    """The second is another member; whoever was to be entered or taken off may not stand in for them."""
    decide(board)
    for confirmed in ("", A, C):
        with pytest.raises(UsageError, match="hai thành viên"):
            enrol(board, C, "9999", by=A, confirmed=confirmed)
        with pytest.raises(UsageError, match="hai thành viên"):
            take_off(board, B, A, confirmed)
    enrol(board, C, "9999", by=A, confirmed=B)
    assert [(each.by, each.confirmed) for each in roll(board.member_lines())] == [(A, ""), (A, ""), (A, B)]
    take_off(board, C, A, confirmed=C)
    assert names(board) == [A, B]


def test_who_is_left_alone_enters_nobody(board):
    """One who stays behind makes no second member of themselves; the folder's keeper can, by name."""
    decide(board)
    take_off(board, B, A, confirmed=B)
    with pytest.raises(UsageError, match="hai thành viên"):
        take_off(board, A, A)
    with pytest.raises(UsageError, match="hai thành viên"):
        enrol(board, C, "9999", by=A)
    enrol(board, C, "9999", by="Phạm Giữ Máy (omr member)", owner=True)
    assert names(board) == [A, C]
    assert roll(board.member_lines())[-1].by == "Phạm Giữ Máy (omr member)"


def test_who_decided_alone_so_far_may_enter_the_second(store):
    """The first may begin before the second comes; that they were entered late stands in the list."""
    enrol(store, A, "2468")
    decide(store)
    enrol(store, B, "1357", by=A)
    assert names(store) == [A, B]


def test_who_was_taken_off_stays_in_the_trace_and_may_come_back(board):
    """Before anything was decided they were mistyped; afterwards they were members, and are named."""
    take_off(board, B, A)
    assert [each.was_removed for each in roll(board.member_lines())] == [False, True]
    enrol(board, "TRAN THI B", "1357", by=A)  # the one mistyped is in nobody's way
    enrol(board, C, "9999", by=A)
    decide(board)
    take_off(board, C, A, confirmed=C)
    with pytest.raises(UsageError, match="trùng tên"):
        enrol(board, "Le Van C", "9999", by=A, confirmed="TRAN THI B")
    enrol(board, C, "8888", by=A, confirmed="TRAN THI B")
    (back,) = [each for each in roll(board.member_lines()) if each.name == C]
    assert (back.left, back.confirmed) == (None, "TRAN THI B")
    assert knows_pin(find(board.members(), C), "8888")
    assert len(board.member_lines()) == 7


def test_who_decides_and_is_not_on_the_list_of_the_board_is_named():
    """However the name is typed; and nobody, where no list was entered."""
    board = Session(board=("Hồ Thị Kiểm",), head="Đỗ Văn Phiếu")
    assert off_the_list(["hồ thị  kiểm", "Đỗ Văn Phiếu", "Bùi Lạ"], board) == ("Bùi Lạ",)
    assert off_the_list(["Bùi Lạ"], Session()) == ()


def test_the_minutes_say_who_was_entered_by_whom(board):
    """With the second who confirmed, and who was taken off; whoever was mistyped at first is left out."""
    enrol(board, "Lê Văn Gõ Nhầm", "9999", by=A)
    take_off(board, "Lê Văn Gõ Nhầm", A)
    decide(board)
    enrol(board, C, "9999", by=A, confirmed=B)
    take_off(board, B, A, confirmed=C)
    own, by_one, by_two = member_sentences(board.member_lines())
    assert re.fullmatch(rf"{A}: tự đăng ký lúc \d+:\d\d, \d\d/\d\d/\d{{4}}\.", own)
    assert by_one.startswith(f"{B}: do {A} đăng ký lúc ")
    assert f"; do {A} và {C} đưa ra khỏi danh sách lúc " in by_one
    assert by_two.startswith(f"{C}: do {A} và {B} đăng ký lúc ")
    assert minutes_sentences(board.member_lines())[1:] == tuple(f"- {each}" for each in (own, by_one, by_two))
    assert minutes_sentences(()) == ()


# --- PINs -------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


def test_wrong_pins_cost_a_pause_that_grows_and_ends(board):
    """Three are free; then 1, 2, 4 … minutes, never more than 15. The right one clears the count."""
    clock, waits = Clock(), []
    for _wrong in range(8):
        with pytest.raises(UsageError, match=f"{A} không đúng"):
            prove(board, A, "0000", clock)
        waited = 0
        while True:
            try:
                rules._one_more(_tries(board, A), clock.now + waited)
            except UsageError:
                waited += 60
            else:
                break
        waits.append(waited // 60)
        clock.now += waited
    assert waits == [0, 0, 1, 2, 4, 8, 15, 15]
    assert prove(board, A, "2468", clock).name == A
    for _wrong in range(3):
        with pytest.raises(UsageError, match="không đúng"):
            prove(board, A, "0000", clock)


def _tries(store, name):
    found = []
    store.change_tries(name, lambda tries: found.append(tries) or tries)
    return found[0]


def test_during_the_pause_not_even_the_right_pin_is_looked_at(board, monkeypatch):
    """The message says how long; another member is not kept waiting."""
    clock = Clock()
    for _wrong in range(4):
        with pytest.raises(UsageError):
            prove(board, A, "0000", clock)
        clock.now += 60
    clock.now -= 30
    monkeypatch.setattr(rules, "knows_pin", lambda *_: pytest.fail("looked at"))
    with pytest.raises(UsageError, match="chờ 2 phút"):
        prove(board, A, "2468", clock)
    clock.now += 60
    with pytest.raises(UsageError, match="chờ 30 giây"):
        prove(board, A, "2468", clock)
    monkeypatch.undo()
    assert prove(board, B, "1357", clock).name == B


def test_guessing_goes_through_no_more_than_one_pin_in_a_hundred_a_day():
    """16 hours of trying as soon as it is allowed, against 10,000 PINs."""
    at, wrong = 0.0, 0
    while (at := at + rules.pause(wrong)) < 16 * 3600:
        wrong += 1
    assert wrong < 100


def test_a_clock_that_was_set_back_locks_nobody_out(board):
    clock = Clock()
    for _wrong in range(3):
        with pytest.raises(UsageError):
            prove(board, A, "0000", clock)
    clock.now -= 86_400
    assert prove(board, A, "2468", clock).name == A


def test_wrong_pins_are_remembered_over_a_restart(board, tmp_path):
    for _wrong in range(3):
        with pytest.raises(UsageError):
            prove(board, A, "0000")
    with Store(tmp_path / "omr.sqlite") as later, pytest.raises(UsageError, match="chờ"):
        prove(later, A, "2468")


def test_of_forty_wrong_pins_at_once_three_are_looked_at(board, tmp_path, monkeypatch):
    """They are counted before they are looked at, one after the other."""
    looked, known = [], rules.knows_pin
    monkeypatch.setattr(rules, "knows_pin", lambda member, pin: looked.append(pin) or known(member, pin))

    def guess(at):
        with Store(tmp_path / "omr.sqlite") as own, pytest.raises(UsageError):
            prove(own, A, f"{at:04}")

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(guess, range(40)))
    assert len(looked) == rules.TRIES


#: Guesses the same PINs as others do, and says what it was told.
GUESSES = """
import sys
from pathlib import Path
from omr.errors import UsageError
from omr.members import prove
from omr.store import Store
from omr.words import set_language
set_language("en")
with Store(Path(sys.argv[1])) as store:
    for at in range(5):
        try:
            prove(store, sys.argv[2], f"{at:04}")
        except UsageError as fault:
            print("looked" if "wait" not in fault.message else "paused")
"""


def test_wrong_pins_are_counted_over_all_programs_that_serve_an_election(board, tmp_path):
    """A second omr serve of the same folder is no second set of tries."""
    command = [sys.executable, "-c", GUESSES, str(tmp_path / "omr.sqlite"), A]
    at_once = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _each in range(4)]
    told = Counter(word for each in at_once for word in each.communicate(timeout=60)[0].split())
    assert told == {"looked": rules.TRIES, "paused": 20 - rules.TRIES}


def test_many_right_pins_at_once_are_all_right(board, tmp_path, monkeypatch):
    """Who knows the PIN is not slowed down by more screens of their own: PINs are looked at one by one."""
    looking, most, known = [], [], rules.knows_pin

    def look(member, pin):
        looking.append(pin)
        most.append(len(looking))
        found = known(member, pin)
        looking.pop()
        return found

    monkeypatch.setattr(rules, "_HASHER", PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1))
    change_pin(board, A, "2468")
    monkeypatch.setattr(rules, "knows_pin", look)

    def enter(_at):
        with Store(tmp_path / "omr.sqlite") as own:
            return prove(own, A, "2468").name

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(enter, range(8))) == {A}
    assert most == [1] * 8


# --- seats ------------------------------------------------------------------------------------------------


def test_a_seat_ends_when_it_is_left_and_no_other_does(board):
    one, other = sit_down(board, A), sit_down(board, A)
    assert who_sits(board, one) == who_sits(board, other) == A
    stand_up(board, one)
    assert (who_sits(board, one), who_sits(board, other), who_sits(board, "")) == ("", A, "")


def test_a_seat_cannot_be_read_out_of_the_ledger(board, tmp_path):
    seat = sit_down(board, A)
    assert all(seat.encode() not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("end", [lambda store: change_pin(store, A, "8888"), lambda s: take_off(s, A, B)])
def test_a_new_pin_and_leaving_the_board_end_every_seat(board, end):
    seat, of_another = sit_down(board, A), sit_down(board, B)
    end(board)
    assert (who_sits(board, seat), who_sits(board, of_another)) == ("", B)


def test_a_seat_ends_with_the_day(board, monkeypatch):
    seat = sit_down(board, A)
    monkeypatch.setattr(rules, "SEAT", -1.0)
    assert who_sits(board, seat) == ""


def test_a_new_pin_takes_the_place_of_the_old(board):
    change_pin(board, A, "8888")
    assert prove(board, A, "8888").name == A
    with pytest.raises(UsageError, match="không đúng"):
        prove(board, A, "2468")
    assert [each.by for each in roll(board.member_lines())] == [A, A]


@pytest.mark.parametrize("table", ["members", "acts", "trail"])
def test_what_people_did_is_only_added_to(store, tmp_path, table):
    enrol(store, "A", "1234")
    store.add_deed(Deed("upload", "A", "3", "2023-12-15"))
    with sqlite3.connect(tmp_path / "omr.sqlite") as raw:
        raw.execute("INSERT INTO acts (kind, by, why, at, about) VALUES ('close', 'A', '', 'x', 'y')")
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET by = 'B'"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                raw.execute(change)
    raw.close()


# --- by whoever keeps the folder ---------------------------------------------------------------------------


def omr(monkeypatch, *arguments, typed=""):
    """Run a command with a PIN typed; gives its exit code."""

    def prompt(_text, *, hide_input, confirmation_prompt):
        assert hide_input
        assert confirmation_prompt
        return typed

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    return run(["member", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path):
    prepare(Folder(tmp_path / "bch"), Wish())
    return tmp_path / "bch"


def test_whoever_keeps_the_folder_helps_where_no_two_members_can(folder, monkeypatch, capsys):
    """A forgotten PIN, somebody ill: done without a PIN, by name, and the list says so."""
    with Store(folder / "omr.sqlite") as store:
        enrol(store, A, "2468")
        enrol(store, B, "1357", by=A)
        decide(store)
    keeper = ("--by", "Phạm Giữ Máy")
    assert omr(monkeypatch, folder, A, *keeper, "--new-pin", typed="8888") == 0
    assert omr(monkeypatch, folder, B, *keeper, "--off") == 0
    assert omr(monkeypatch, folder, C, *keeper, typed="9999") == 0
    capsys.readouterr()
    assert omr(monkeypatch, folder) == 0
    shown = capsys.readouterr().out
    assert "Phạm Giữ Máy (omr" in shown
    with Store(folder / "omr.sqlite") as store:
        assert names(store) == [A, C]
        assert prove(store, A, "8888").name == A
        assert [each.by for each in roll(store.member_lines())] == [A, A, "Phạm Giữ Máy (omr member)"]


def test_a_change_on_the_command_line_names_who_makes_it(folder, monkeypatch, capsys):
    assert omr(monkeypatch, folder, A, typed="9999") == 2
    assert "ghi tên người thực hiện" in capsys.readouterr().err
    assert omr(monkeypatch, folder / "nowhere", A) == 1
