"""What hides places, and the step that hides them in a ledger of an older program."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from omr.counting import count_folder
from omr.election import Folder
from omr.errors import Differs, OmrError
from omr.status import status
from omr.store import Store
from omr.store.hidden import Hidden, unveil_decisions, veil_decisions
from omr.verify.election import verify_election
from tests.omr.old_ledger import BEFORE, age
from tests.omr.stand_in import stand_in_reader
from tests.omr.tampering import attack, read_inline
from tests.omr.test_scan import fresh, png, run, stored, tiff
from tests.omr.test_verify import forge_statement

KEY = Hidden(lambda: b"k" * 32)


@pytest.fixture
def old(closed, tmp_path, monkeypatch):
    """The closed election as an older program kept it."""
    shutil.copytree(closed.root, tmp_path / "bch")
    folder = Folder(tmp_path / "bch")
    age(folder, monkeypatch)
    with closing(sqlite3.connect(folder.database)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (BEFORE,)
        assert db.execute("SELECT count(DISTINCT source) FROM pages").fetchone() == (3,)
    return folder


def test_a_veil_comes_off_with_its_key_and_says_nothing_without():
    """Of equal texts of two pages, or of two kinds, nothing is equal; the length alone shows."""
    veiled = KEY.veil("ab/abcd.jpg", "original", "page 1")
    assert KEY.unveil(veiled, "original", "page 1") == "ab/abcd.jpg"
    others = {KEY.veil("ab/abcd.jpg", *more) for more in (("original", "page 2"), ("strip", "page 1"))}
    assert len({veiled, *others}) == 3
    assert Hidden(lambda: b"l" * 32).veil("ab/abcd.jpg", "original", "page 1") != veiled
    assert not KEY.veil("", "original", "page 1")
    assert len({len(veil_decisions(KEY, "page", n)) for n in (0, 7, 12345)}) == 1
    assert unveil_decisions(KEY, "page", veil_decisions(KEY, "page", 12345)) == 12345


def test_a_veil_of_another_page_or_one_that_was_changed_does_not_come_off():
    """It is bound to its page, and sealed: whoever changes it is told so."""
    veiled = KEY.veil("ab/abcd.jpg", "original", "page 1")
    for text, page in ((veiled, "page 2"), (f"{int(veiled[0], 16) ^ 1:x}{veiled[1:]}", "page 1")):
        with pytest.raises(ValueError, match=text):
            KEY.unveil(text, "original", page)


def test_no_two_lists_of_parts_have_one_token():
    lists = (("a", "bc"), ("ab", "c"), ("a", "b", "c"), ("abc",), ("abc", 1), ("abc", "1"), ("abc", None))
    assert len({KEY.token(*parts) for parts in lists}) == len(lists)


def test_a_ledger_without_its_key_is_a_line(tmp_path):
    """Nothing is stored, and nothing guessed: the key is asked for."""
    folder = fresh(tmp_path / "election")
    run(folder, png(tmp_path / "a.png", 10))
    key = folder.key_file.read_bytes()
    for wrong in (b"00" * 32, b"damaged"):
        folder.key_file.write_bytes(wrong)
        with pytest.raises(OmrError) as found:
            stored(folder)
        assert str(folder.key_file) in found.value.message
        assert found.value.advice
    folder.key_file.write_bytes(key)
    assert len(stored(folder)) == 1


def test_a_page_without_a_picture_is_known_again_in_a_copy_of_its_file(tmp_path):
    """By its file and place, which its row does not say."""
    folder = fresh(tmp_path / "election")
    cut = tiff(tmp_path / "a.tif", [10, 20])
    cut.write_bytes(cut.read_bytes()[:-2000])
    copy = tmp_path / "b.tif"
    shutil.copyfile(cut, copy)
    run(folder, cut, copy)
    assert [page.sha256.rpartition(":")[2] for page in stored(folder) if page.problem] == ["2", "2"]
    assert len({page.sha256 for page in stored(folder)}) == 2
    with closing(sqlite3.connect(folder.database)) as db:
        assert db.execute("SELECT count(*) FROM pages WHERE sha256 = ''").fetchone() == (2,)


# --- the step -----------------------------------------------------------------------------------------------


def told(folder):
    counted = count_folder(folder)
    return status(counted.now, counted.problems), counted.ballots, counted.result


def test_an_old_ledger_says_the_same_and_hides_its_places(old, closed):
    """Pages, ballots and result are as they were; rows bear no place; its chain, which does, stays."""
    with closing(sqlite3.connect(old.database)) as db:
        chain = db.execute("SELECT * FROM chained ORDER BY seq").fetchall()
    assert told(old) == told(closed)
    with closing(sqlite3.connect(old.database)) as db, closing(sqlite3.connect(closed.database)) as new:
        assert db.execute("SELECT * FROM chained ORDER BY seq").fetchall() == chain
        for table in ("pages", "compared", "readings", "alike", "adjudications"):
            rows = f"SELECT * FROM {table} ORDER BY 1"
            assert db.execute(rows).fetchall() == new.execute(rows).fetchall(), table
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        for table in ("pages", "compared", "readings"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                db.execute(f"DELETE FROM {table}")
    with Store(old.database) as one, Store(None) as other:
        assert one.shape() == other.shape()


def test_an_old_ledger_is_gone_on_with_and_verified(old, closed):
    """What was read is not read again; what comes after it is hidden in the chain, too."""
    forge_statement(old, lambda _pairs: None)
    found = verify_election(old, read_inline)
    assert (found.pages, found.ballots) == (3, 3)
    attack(old, "UPDATE pages SET place = 'ffff' WHERE page = 1 AND id = (SELECT min(id) FROM pages)")
    with pytest.raises(Differs, match="nguồn gốc"):
        verify_election(old, read_inline)


def test_a_scan_into_an_old_ledger_goes_on(tmp_path, monkeypatch):
    folder = fresh(tmp_path / "election")
    whole = tiff(tmp_path / "a.tif", [10, 20, 30])
    assert run(folder, whole).stored == 3
    age(folder, monkeypatch)
    with closing(sqlite3.connect(folder.database)) as db, db:
        db.execute("DROP TRIGGER pages_delete_refused")
        for table in ("readings", "compared"):
            db.execute(f"DROP TRIGGER {table}_delete_refused")
            db.execute(f"DELETE FROM {table} WHERE page = (SELECT id FROM pages WHERE page_in_source = 2)")
        db.execute("DELETE FROM pages WHERE page_in_source = 2")
    outcome = run(folder, whole, reader=stand_in_reader)
    assert (outcome.stored, outcome.known) == (1, 2)
    assert [page.page_in_source for page in stored(folder)] == [1, 2, 3]


def test_a_page_without_a_picture_of_an_old_ledger_is_known_by_its_place_and_does_not_say_it(
    tmp_path, monkeypatch
):
    folder = fresh(tmp_path / "election")
    cut = tiff(tmp_path / "a.tif", [10, 20])
    cut.write_bytes(cut.read_bytes()[:-2000])
    run(folder, cut)
    before = [page.sha256 for page in stored(folder)]
    age(folder, monkeypatch)
    assert [page.sha256 for page in stored(folder)] == before
    with closing(sqlite3.connect(folder.database)) as db:
        assert db.execute("SELECT count(*) FROM pages WHERE sha256 = ''").fetchone() == (1,)


def test_an_old_ledger_needs_its_key_once_and_stays_as_it_was_without(old):
    key = old.key_file.read_bytes()
    old.key_file.unlink()
    before = old.database.read_bytes()
    with pytest.raises(OmrError, match="khóa"):
        Store(old.database)
    assert old.database.read_bytes() == before
    old.key_file.write_bytes(key)
    with Store(old.database) as store:
        assert len(store.pages()) == 3


def test_an_old_ledger_that_can_only_be_read_is_a_line(old, monkeypatch):
    """As after every step: a copy on a disk that can be written to is opened once by the newer program."""
    with closing(sqlite3.connect(old.database)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    ask = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and ask(path, mode))
    with pytest.raises(OmrError, match="chỉ cho phép đọc") as found:
        Store(old.database)
    assert found.value.advice
