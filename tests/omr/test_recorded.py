"""Files that the result rests on: recorded once for each change, and a change is named by its line."""

from __future__ import annotations

import pytest

from omr.cli import run
from omr.editing import accept_changes, change_settings
from omr.election import Folder
from omr.errors import UsageError
from omr.prepare import Wish, prepare
from omr.recorded import Change, changes, record_files, recorded
from omr.store import Store


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path / "bch")
    prepare(folder, Wish(venue="BCH", session={"summoned": 48, "present": 47, "issued": 46}))
    with Store(folder.database) as store:
        assert record_files(folder, store)
    return folder


def entries(folder):
    with Store(folder.database) as store:
        return store.chain("settings")


def edit(path, before, after):
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_files_are_recorded_once_for_each_change(folder):
    """Nothing new is no entry; a change is one, with that file only."""
    with Store(folder.database) as store:
        assert not record_files(folder, store)
        edit(folder.election_toml, "issued = 46", "issued = 45")
        assert record_files(folder, store)
    first, second = entries(folder)
    assert set(first.said["files"]) == {"election.toml", "people.csv", "key", "signing-key.pub"}
    assert set(second.said["files"]) == {"election.toml"}
    assert recorded((first, second))["election.toml"].entry == second.seq


def test_the_keys_themselves_are_not_in_the_chain(folder):
    """Of the keys there are digests: the chain lets nobody make ballots or sign."""
    said = entries(folder)[0].payload
    assert folder.key_file.read_text().strip() not in said
    assert folder.signing_key.read_text().strip() not in said


def test_a_change_by_hand_is_named_by_its_line(folder):
    assert changes(folder, entries(folder)) == ()
    edit(folder.election_toml, "issued = 46", "issued = 45")
    (change,) = changes(folder, entries(folder))
    line = folder.election_toml.read_text("utf-8").splitlines().index("issued = 45") + 1
    assert change == Change("election.toml", 1, line, "issued = 46", "issued = 45")


@pytest.mark.parametrize("name", ["people.csv", "key"])
def test_a_file_that_is_gone_is_a_change(folder, name):
    (folder.root / name).unlink()
    assert [change.name for change in changes(folder, entries(folder))] == [name]


def test_a_change_in_the_web_app_is_recorded(folder):
    change_settings(folder, {"session.issued": 44})
    assert changes(folder, entries(folder)) == ()
    assert len(entries(folder)) == 2


def test_a_change_by_hand_is_not_taken_in_with_one_of_the_web_app(folder):
    """Whoever changes a number on the screen has not said that the list was meant to be another one."""
    edit(folder.people_csv, "stt,", "STT,")
    change_settings(folder, {"session.issued": 44})
    assert [change.name for change in changes(folder, entries(folder))] == ["people.csv"]
    edit(folder.election_toml, "issued = 44", "issued = 43")
    change_settings(folder, {"session.present": 44})
    assert [c.name for c in changes(folder, entries(folder))] == ["election.toml", "people.csv"]


def test_who_changed_a_file_by_hand_can_say_so(folder):
    """Name and reason are kept; without them, or without a change, nothing is recorded."""
    edit(folder.election_toml, "issued = 46", "issued = 45")
    for by, why in (("", "đếm lại"), ("Bà A", " ")):
        with pytest.raises(UsageError):
            accept_changes(folder, by, why)
    accept_changes(folder, "Bà A", "đếm lại")
    edit(folder.election_toml, "issued = 45", "issued = 44")
    assert run(["accept", str(folder.root), "--by", "Bà A", "--why", "đếm lại"]) == 0
    said = entries(folder)[-1].said
    assert (said["by"], said["why"]) == ("Bà A", "đếm lại")
    with pytest.raises(UsageError):
        accept_changes(folder, "Bà A", "đếm lại")
