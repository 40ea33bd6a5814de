"""The signed statement of a closed result: these numbers, resting on this chain, signed by these members.

It stands in the chain, in `signed-result.json` of the folder, in the published bundle, and, as two short
figures, in the minutes: the chain's last hash and the fingerprint of the key.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from omr.files import write_json
from omr.signing import fingerprint, is_signed, public_key, sign
from omr.store.chain import SIGNED, canonical
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.election import Folder
    from omr.store.database import Store

#: What a signature under a statement is for.
PURPOSE: Final = "closed result 1"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed.

    Attributes:
        result: SHA-256 of the result, hex: `omr.closing.digest`.
        entries: how many entries the chain had; hash: that of the last of them, the last signature's.
        closed_at: ISO 8601 in UTC.
        members: who signed, in order.
    """

    result: str
    entries: int
    hash: str
    closed_at: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a board can write into its minutes.

    Attributes:
        entries: of the chain, or up to the closing where the result is closed.
        hash: of the last of them.
        fingerprint: of the public key; '' where the folder has none yet.
        signed: whether a closed result was signed, and these are its figures.
    """

    entries: int
    hash: str
    fingerprint: str
    signed: bool


def signed_statement(folder: Folder, statement: Statement) -> dict[str, Any]:
    """The statement with its signature and the key that checks it. Raises OmrError without the key."""
    said = {**asdict(statement), "members": list(statement.members)}
    signature, key = sign(folder.signing_key, PURPOSE, canonical(said))
    return {"statement": said, "signature": signature, "public_key": key}


def read_statement(signed: Mapping[str, Any]) -> Statement | None:
    """The statement, where its signature is good under the key that it names; else None."""
    try:
        said, key = signed["statement"], signed["public_key"]
        good = is_signed(key, PURPOSE, canonical(said), signed["signature"])
        statement = Statement(**{**said, "members": tuple(said["members"])})
    except (KeyError, TypeError, AttributeError):
        return None
    return statement if good else None


def last_signed(store: Store) -> dict[str, Any] | None:
    """The last statement of the chain with its signature; None where nothing was signed."""
    entries = store.chain(SIGNED)
    return entries[-1].said if entries else None


def write_statement(folder: Folder, store: Store) -> None:
    """Write the last statement into the folder."""
    signed = last_signed(store)
    if signed is not None:
        write_json(folder.signed_json, signed)


def proof_of(folder: Folder, store: Store, *, closed: bool) -> Proof:
    """The figures for the minutes: of the closing where the result is closed, else of the chain as it is."""
    key = fingerprint(public_key(folder.public_key))
    signed = last_signed(store) if closed else None
    statement = read_statement(signed) if signed else None
    if statement is None:
        return Proof(*store.chain_head(), key, signed=False)
    return Proof(statement.entries, statement.hash, key, signed=True)


def proof_lines(proof: Proof) -> tuple[str, ...]:
    """The figures as sentences of the minutes."""
    chain = _("Check figure of the record ({entries} entries): {hash}.")
    lines = (chain.format(entries=proof.entries, hash=proof.hash),)
    if not proof.fingerprint:
        return lines
    return (*lines, _("Fingerprint of the signing key: {fingerprint}.").format(fingerprint=proof.fingerprint))
