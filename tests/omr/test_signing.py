"""The signing key: made once, private, and good for what it signed and nothing else."""

from __future__ import annotations

import stat

import pytest

from omr.errors import OmrError
from omr.signing import fingerprint, is_signed, make_key, public_key, same_fingerprint, sign


@pytest.fixture
def pair(tmp_path):
    private, public = tmp_path / "signing-key", tmp_path / "signing-key.pub"
    make_key(private, public)
    return private, public


def test_a_signature_is_good_for_its_message_purpose_and_key_only(pair, tmp_path):
    signature, key = sign(pair[0], "result", "45 phiếu")
    assert key == public_key(pair[1])
    assert is_signed(key, "result", "45 phiếu", signature)
    other = tmp_path / "other"
    make_key(other, tmp_path / "other.pub")
    wrong = (
        (key, "result", "46 phiếu", signature),
        (key, "bundle", "45 phiếu", signature),
        (public_key(tmp_path / "other.pub"), "result", "45 phiếu", signature),
        (key, "result", "45 phiếu", f"{int(signature[0], 16) ^ 1:x}{signature[1:]}"),
        ("no key", "result", "45 phiếu", signature),
        (key, "result", "45 phiếu", "no signature"),
    )
    assert [is_signed(*each) for each in wrong] == [False] * 6


def test_the_private_key_is_for_its_owner_only(pair):
    assert stat.S_IMODE(pair[0].stat().st_mode) == 0o600


def test_a_pair_is_made_once(pair):
    """A key that signed something is never replaced; a lost public one comes back, a lost private one not."""
    private, public = pair
    before = private.read_text(), public.read_text()
    make_key(private, public)
    assert (private.read_text(), public.read_text()) == before
    public.unlink()
    make_key(private, public)
    assert public.read_text() == before[1]
    private.unlink()
    make_key(private, public)
    assert not private.exists()
    with pytest.raises(OmrError, match="khóa ký"):
        sign(private, "result", "")


def test_a_damaged_key_is_a_line(pair):
    pair[0].write_text("not a key")
    with pytest.raises(OmrError, match="khóa ký") as refused:
        sign(pair[0], "result", "")
    assert refused.value.advice
    pair[1].write_text("not a key")
    assert public_key(pair[1]) == ""
    assert fingerprint("") == ""


def test_a_fingerprint_is_compared_however_it_is_typed(pair):
    short = fingerprint(public_key(pair[1]))
    assert len(short) == 19
    assert same_fingerprint(short.lower().replace("-", " "), short)
    assert not same_fingerprint(short[:-1], short)
