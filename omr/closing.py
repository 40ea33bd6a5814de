"""Closing ("chốt"): members sign the result; when enough have signed the same one, nothing may change.

Reopening is one more act, so it leaves a trace. What is signed is the SHA-256 of the result as
`omr tally --json` writes it, in a fixed spelling: whoever has the numbers can work it out again. With the
last signature the election's key signs a statement of it and of the chain (`omr.statement`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from omr.decisions import same_member
from omr.errors import NotFinal, OmrError, StaleError, UsageError
from omr.recorded import in_words, record_new, what_to_do
from omr.signing import make_key
from omr.statement import Proof, Statement, proof_of, signed_statement, write_statement
from omr.store.database import Store
from omr.store.values import Act, ActKind
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omr.election import Folder
    from omr.store.people import Signer

#: Texts of the result that depend on the language spoken, and so are not signed.
_SPOKEN = ("draft_reasons", "text")


@dataclass(frozen=True, slots=True)
class Closing:
    """How far the closing is.

    Attributes:
        about: the hash that was signed; empty where nobody has signed since the last reopening.
        by: who has signed it, in order. at: when the last of them did.
        closed: whether enough have.
    """

    about: str = ""
    by: tuple[str, ...] = ()
    at: str = ""
    closed: bool = False


def standing_closing(acts: Sequence[Act], signers: int) -> Closing:
    """What the acts amount to: the last hash signed since the last reopening, and by whom.

    Args:
        acts: all of them, in order.
        signers: how many members must sign the same result.
    """
    since = [each for each in acts if each.kind is not ActKind.UNLOCK]
    reopened = max((at for at, each in enumerate(since, 1) if each.kind is ActKind.REOPEN), default=0)
    signed = since[reopened:]
    if not signed:
        return Closing()
    about = signed[-1].about
    same = [each for each in signed if each.about == about]
    by: list[str] = []
    for each in same:
        if not any(same_member(each.by, name) for name in by):
            by.append(each.by)
    return Closing(about, tuple(by), same[-1].at, closed=len(by) >= signers)


def proof(folder: Folder, signers: int) -> Proof:
    """The figures a board writes into its minutes: of the closing once it is closed, else as things stand."""
    with Store(folder.database) as store:
        return proof_of(folder, store, closed=standing_closing(store.acts(), signers).closed)


def refuse_if_closed(acts: Sequence[Act], signers: int) -> None:
    """Nothing is added to a closed election.

    Raises:
        OmrError: it is closed.
    """
    if standing_closing(acts, signers).closed:
        raise OmrError(
            _("the election is closed: its result was signed"),
            _("reopen it first, on the page of the result; that leaves a trace"),
        )


def digest(result: Mapping[str, Any]) -> str:
    """SHA-256 of a result, hex.

    >>> digest({"collected": 45, "draft_reasons": ["…"]}) == digest({"draft_reasons": [], "collected": 45})
    True
    """
    text = json.dumps(_bare(result), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _bare(value: Any) -> Any:
    """The value without what depends on the language."""
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if key not in _SPOKEN}
    return [_bare(each) for each in value] if isinstance(value, list) else value


def close(  # noqa: PLR0913 - who signs what, and what they saw
    folder: Folder, store: Store, result: Mapping[str, Any], by: str, signers: int, *, shown: str
) -> Closing:
    """One member signs the result; with enough of them it is closed and the statement signed with the key.

    The statement goes into the chain in the transaction of the last signature, then into the folder.

    Args:
        folder: of the election; those of its files that are new are recorded first.
        store: its ledger.
        result: as `omr tally --json` has it.
        by: the member.
        signers: how many must sign.
        shown: the hash that stood on the page the member saw.

    Raises:
        OmrError: what `sign` raises; the signing key is missing; or a file was changed by hand and nobody
            has said that it was meant. Then nobody has signed.
    """
    make_key(folder.signing_key, folder.public_key)
    for change in record_new(folder, store):
        raise OmrError(in_words(change), what_to_do())

    def vouch(acts: tuple[Act, ...], entries: int, last: str) -> Mapping[str, Any] | None:
        now = standing_closing(acts, signers)
        if not now.closed:
            return None
        return signed_statement(folder, Statement(now.about, entries, last, now.at, now.by))

    about = digest(result)
    closing = sign(store, about, by, signers, final=bool(result["final"]), shown=shown, vouch=vouch)
    if closing.closed:
        write_statement(folder, store)
    return closing


def sign(  # noqa: PLR0913 - who signs what, and what they saw
    store: Store,
    about: str,
    by: str,
    signers: int,
    *,
    final: bool,
    shown: str,
    vouch: Signer = lambda *_now: None,
) -> Closing:
    """Record that a member signs a result; gives how far the closing is.

    Args:
        store: the election's.
        about: hash of the result as it is now.
        by: the member.
        signers: how many must sign.
        final: whether nothing is open and nothing contradicts.
        shown: the hash that stood on the page the member saw.
        vouch: makes the statement that is chained with this signature: see `Store.add_act`.

    Raises:
        NotFinal: the result is a draft.
        StaleError: the result is another one than the member saw.
        UsageError: this member has signed it already.
    """
    if not final:
        raise NotFinal(_("a draft cannot be closed"), _("decide what is open first"))
    if about != shown:
        raise StaleError(_("the result has changed since the page was shown"), _("look at it again"))

    def make(acts: tuple[Act, ...]) -> Act:
        refuse_if_closed(acts, signers)
        now = standing_closing(acts, signers)
        if now.about == about and any(same_member(name, by) for name in now.by):
            raise UsageError(
                _("{name} has signed already").format(name=by), _("another member must sign too")
            )
        return _act(ActKind.CLOSE, by, "", about)

    store.add_act(make, vouch)
    return standing_closing(store.acts(), signers)


def reopen(store: Store, by: str, why: str, signers: int) -> None:
    """Work on a closed election again.

    Raises:
        UsageError: it is not closed, or no reason was given.
    """
    if not why.strip():
        raise UsageError(_("say why it is reopened"), _("the reason is kept with your name"))

    def make(acts: tuple[Act, ...]) -> Act:
        now = standing_closing(acts, signers)
        if not now.closed:
            raise UsageError(_("the election is not closed"))
        return _act(ActKind.REOPEN, by, why.strip(), now.about)

    store.add_act(make)


def unlock(store: Store, by: str, why: str, prints: int) -> None:
    """Let the list be changed although ballots were printed.

    Raises:
        UsageError: no reason was given.
    """
    if not why.strip():
        raise UsageError(_("say why the list is unlocked"), _("the reason is kept with your name"))
    store.add_act(lambda _acts: _act(ActKind.UNLOCK, by, why.strip(), str(prints)))


def is_unlocked(acts: Sequence[Act], prints: int) -> bool:
    """Whether the list was unlocked since the last print."""
    return any(each.kind is ActKind.UNLOCK and each.about == str(prints) for each in acts)


def _act(kind: ActKind, by: str, why: str, about: str) -> Act:
    return Act(0, kind, by, why, datetime.now(UTC).isoformat(timespec="seconds"), about)
