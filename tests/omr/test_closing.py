"""Closing: enough different members sign the same numbers; then nothing is added until it is reopened."""

from __future__ import annotations

import json

import pytest

from omr.closing import (
    close,
    digest,
    is_unlocked,
    proof,
    refuse_if_closed,
    reopen,
    sign,
    standing_closing,
    unlock,
)
from omr.election import Folder
from omr.errors import NotFinal, OmrError, StaleError, UsageError
from omr.prepare import Wish, prepare
from omr.signing import fingerprint
from omr.statement import Proof, last_signed, read_statement
from omr.store import Store


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "omr.sqlite") as store:
        yield store


def signed(store, by, about="a" * 64, **more):
    return sign(store, about, by, 2, **({"final": True, "shown": about} | more))


def test_it_is_closed_when_two_members_have_signed_the_same(store):
    assert not signed(store, "A").closed
    refuse_if_closed(store.acts(), 2)
    closing = signed(store, "B")
    assert (closing.closed, closing.by) == (True, ("A", "B"))
    with pytest.raises(OmrError, match="đã chốt"):
        refuse_if_closed(store.acts(), 2)


def test_one_member_cannot_sign_twice_however_the_name_is_typed(store):
    signed(store, "Nguyễn A")
    with pytest.raises(UsageError):
        signed(store, "nguyễn  a")
    assert len(store.acts()) == 1


def test_signatures_under_different_numbers_do_not_add_up(store):
    """A decision between the two signatures changes the result: the first has to be given again."""
    signed(store, "A", "a" * 64)
    assert not signed(store, "B", "b" * 64).closed
    assert signed(store, "A", "b" * 64).closed


def test_a_draft_or_what_nobody_saw_is_not_signed(store):
    with pytest.raises(NotFinal):
        signed(store, "A", final=False)
    with pytest.raises(StaleError):
        signed(store, "A", shown="b" * 64)
    assert store.acts() == ()


def test_reopening_leaves_a_trace_and_starts_anew(store):
    signed(store, "A")
    with pytest.raises(UsageError):
        reopen(store, "A", "đếm lại", 2)
    signed(store, "B")
    with pytest.raises(UsageError):
        reopen(store, "A", "  ", 2)
    reopen(store, "A", "đếm lại", 2)
    assert not standing_closing(store.acts(), 2).by
    assert [(each.kind.value, each.by, each.why) for each in store.acts()][-1] == ("reopen", "A", "đếm lại")
    assert not signed(store, "A").closed


def test_nobody_signs_a_closed_election(store):
    signed(store, "A")
    signed(store, "B")
    with pytest.raises(OmrError, match="đã chốt"):
        signed(store, "C")


def test_unlocking_holds_until_the_next_print(store):
    with pytest.raises(UsageError):
        unlock(store, "A", "", 1)
    unlock(store, "A", "thiếu người", 1)
    assert is_unlocked(store.acts(), 1)
    assert not is_unlocked(store.acts(), 2)


def test_the_hash_is_of_the_numbers_not_of_the_language():
    result = {"collected": 3, "checks": [{"check": "sums", "text": "khớp", "holds": True}]}
    assert digest(result) == digest(
        {"checks": [{"check": "sums", "text": "adds up", "holds": True}], "collected": 3}
    )
    assert digest(result) != digest(result | {"collected": 4})


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path / "bch")
    prepare(folder, Wish(venue="BCH"))
    return folder


RESULT = {"final": True, "collected": 3}


def test_the_last_signature_makes_the_signed_statement(folder):
    """With enough members the key signs result and chain; the same statement lies in the folder."""
    about = digest(RESULT)
    with Store(folder.database) as store:
        assert not close(folder, store, RESULT, "A", 2, shown=about).closed
        assert last_signed(store) is None
        assert close(folder, store, RESULT, "B", 2, shown=about).closed
        signed = last_signed(store)
        last = store.chain()[-2]
    assert json.loads(folder.signed_json.read_text("utf-8")) == signed
    statement = read_statement(signed)
    assert (statement.result, statement.members) == (about, ("A", "B"))
    assert (statement.entries, statement.hash, last.kind) == (last.seq, last.hash, "acts")
    assert proof(folder, 2) == Proof(last.seq, last.hash, fingerprint(signed["public_key"]), signed=True)
    signed["statement"]["entries"] += 1
    assert read_statement(signed) is None


def test_without_its_key_a_result_is_not_closed(folder):
    """A missing key stops the last signature, which is then not recorded either."""
    about = digest(RESULT)
    with Store(folder.database) as store:
        close(folder, store, RESULT, "A", 2, shown=about)
        folder.signing_key.unlink()
        with pytest.raises(OmrError, match="khóa ký"):
            close(folder, store, RESULT, "B", 2, shown=about)
        assert len(store.acts()) == 1


def test_after_a_reopening_the_figures_are_those_of_now(folder):
    about = digest(RESULT)
    with Store(folder.database) as store:
        for by in "AB":
            close(folder, store, RESULT, by, 2, shown=about)
        reopen(store, "A", "đếm lại", 2)
        head = store.chain_head()
    now = proof(folder, 2)
    assert (now.entries, now.hash, now.signed) == (*head, False)
