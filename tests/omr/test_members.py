"""Members: one name once, a PIN of digits, kept as argon2id and never as it is."""

from __future__ import annotations

import sqlite3

import pytest

from omr.errors import UsageError
from omr.members import enrol, find, knows_pin
from omr.store import Store


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "omr.sqlite") as store:
        yield store


def test_a_member_is_known_by_name_and_pin(store):
    enrol(store, "  Nguyễn  Văn A ", "2468")
    member = find(store.members(), "nguyễn văn a")
    assert member.name == "Nguyễn Văn A"
    assert knows_pin(member, "2468")
    assert not knows_pin(member, "2469")


def test_the_pin_stands_nowhere_in_the_file(store, tmp_path):
    enrol(store, "Nguyễn Văn A", "8642975310")
    assert store.members()[0].pin.startswith("$argon2id$")
    for path in tmp_path.iterdir():
        assert b"8642975310" not in path.read_bytes()


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "１２３４", "12 34"])
def test_a_pin_is_four_to_twelve_digits(store, pin):
    with pytest.raises(UsageError, match="4 đến 12"):
        enrol(store, "A", pin)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_name_is_a_name(store, name):
    with pytest.raises(UsageError):
        enrol(store, name, "1234")


def test_a_name_is_entered_once(store):
    enrol(store, "Nguyễn Văn A", "1234")
    with pytest.raises(UsageError, match="đã có"):
        enrol(store, "nguyễn văn a", "5678")
    assert knows_pin(store.members()[0], "1234")


@pytest.mark.parametrize("table", ["members", "acts"])
def test_what_people_did_is_only_added_to(store, tmp_path, table):
    enrol(store, "A", "1234")
    with sqlite3.connect(tmp_path / "omr.sqlite") as raw:
        raw.execute("INSERT INTO acts (kind, by, why, at, about) VALUES ('close', 'A', '', 'x', 'y')")
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET by = 'B'"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                raw.execute(change)
    raw.close()
