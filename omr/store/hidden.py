"""What the ledger says of places, so that nobody reads it without the election's key.

The key lies in a file of its own beside the database, so the database alone leads from no ballot to its place
in the scan. Two ways: a token stands for something that is only ever looked up, and whoever has the key finds
out what it stands for by trying what there is; a veil is taken off again.
"""

from __future__ import annotations

import hmac
import json
from functools import cached_property
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

if TYPE_CHECKING:
    from collections.abc import Callable

#: What the key of this module is derived for: the election's own signs ballots.
_PURPOSE: Final = b"omr places of pages 1"

#: What of a page is veiled.
ORIGINAL: Final = "original"
_DECISIONS: Final = "decisions"

#: Digits of a number that is veiled: how long it is would say how large.
_DIGITS: Final = 9


class Hidden:
    """Hides values with a key that is asked for once it is needed: most of the ledger needs none.

    Args:
        election_key: gives the election's own key, 32 bytes; whatever it raises is raised here.
    """

    def __init__(self, election_key: Callable[[], bytes]) -> None:
        self._election_key = election_key

    @cached_property
    def _key(self) -> bytes:
        return hmac.digest(self._election_key(), _PURPOSE, "sha256")

    @cached_property
    def _cipher(self) -> AESSIV:
        """Deterministic (RFC 5297): a row written twice is the same row. Another key than that of tokens."""
        return AESSIV(hmac.digest(self._key, b"veil", "sha512"))

    def token(self, kind: str, *parts: str | int | None) -> str:
        """What stands for these parts, 64 hex digits; others for each kind, or one would lead to another."""
        return hmac.digest(self._key, _spelt(kind, *parts), "sha256").hex()

    def veil(self, text: str, kind: str, page: str) -> str:
        """A text of a page as hex digits; bound to its page, so that no two can be compared. '' stays ''."""
        return self._cipher.encrypt(text.encode(), [_spelt(kind, page)]).hex() if text else ""

    def unveil(self, text: str, kind: str, page: str) -> str:
        """The text that was veiled. Raises ValueError where it was another one, or with another key."""
        try:
            return self._cipher.decrypt(bytes.fromhex(text), [_spelt(kind, page)]).decode() if text else ""
        except InvalidTag as error:
            raise ValueError(text) from error


def place_token(hidden: Hidden, source: int, page_in_source: int) -> str:
    """What stands in a page's row for its place."""
    return hidden.token("place", source, page_in_source)


def veil_decisions(hidden: Hidden, page: str, decisions: int) -> str:
    """What stands beside a page for the last decision before it was compared."""
    return hidden.veil(f"{decisions:0{_DIGITS}}", _DECISIONS, page)


def unveil_decisions(hidden: Hidden, page: str, veiled: str) -> int:
    """The decision that stands there. Raises ValueError."""
    return int(hidden.unveil(veiled, _DECISIONS, page))


def _spelt(*parts: str | int | None) -> bytes:
    """One spelling for each list of parts, and for no other."""
    return json.dumps(parts).encode("ascii")
