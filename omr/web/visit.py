"""One browser: a signed cookie names its seats; who sits there stands in each election's ledger."""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer

from omr.files import PRIVATE_FILE
from omr.words import Language, as_language

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Begin of the cookie's name.
COOKIE: Final = "omr"

#: A day of counting ends; a browser left open does not stay a key for ever.
HOURS: Final = 16

#: How far in the future a cookie may have been made. A clock that is wrong by a time zone or a day is put
#: right in the middle of the count; a cookie made while it was years ahead would be good for years.
AHEAD: Final = timedelta(days=1)

_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser that came in with a token.

    Attributes:
        id: random; new at every login.
        language: spoken to it.
        seats: the seats taken at it, by the folder name of the election. Who sits there, and whether the
            seat still holds, stands in the election's ledger.
    """

    id: str
    language: Language
    seats: Mapping[str, str] = field(default_factory=dict)

    def spoken(self, language: Language) -> Visit:
        """The same browser, spoken to in another language."""
        return replace(self, language=language)

    def seated(self, election: str, seat: str) -> Visit:
        """The browser after somebody sat down at it, or, with '', left."""
        others = {key: taken for key, taken in self.seats.items() if key != election}
        return Visit(secrets.token_urlsafe(), self.language, others | ({election: seat} if seat else {}))


class Keys:
    """What cookies and forms are signed with.

    Args:
        secret: kept in a private file beside the elections, so that a restart leaves browsers where they are.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        #: Cookies know no ports: two servers of one machine must not take each other's.
        self.cookie = f"{COOKIE}-{hmac.new(secret, b'cookie', sha256).hexdigest()[:8]}"
        self._cookies = URLSafeTimedSerializer(secret, salt="visit")

    def pack(self, visit: Visit) -> str:
        """The cookie of a visit."""
        return str(self._cookies.dumps(asdict(visit)))

    def unpack(self, cookie: str) -> Visit | None:
        """The visit of a cookie; None where it is not ours or too old.

        One of the next day is good: a clock that was set back throws nobody out in the middle of the count.
        """
        data: dict[str, Any]
        try:
            data, made = self._cookies.loads(cookie, return_timestamp=True)
        except BadData:
            return None
        if not -AHEAD <= datetime.now(UTC) - made <= timedelta(hours=HOURS):
            return None
        # A cookie of an older version has no seats: it lets in, and nobody sits there.
        return Visit(data["id"], as_language(data["language"]), data.get("seats", {}))

    def csrf(self, visit: Visit) -> str:
        """What every form of a visit carries, and no other page can know."""
        return hmac.new(self._secret, b"csrf:" + visit.id.encode(), sha256).hexdigest()

    def is_csrf(self, visit: Visit, text: str) -> bool:
        """Whether a form comes from a page of this visit."""
        return hmac.compare_digest(self.csrf(visit).encode(), text.encode())


class Tokens:
    """One-time words in addresses, each of which lets one browser in."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def issue(self) -> str:
        """A new one."""
        token = secrets.token_urlsafe()
        self._open.add(token)
        return token

    def use(self, token: str) -> bool:
        """Whether it was open; it is not any more."""
        known = next(
            (each for each in self._open if hmac.compare_digest(each.encode(), token.encode())), None
        )
        if known is None:
            return False
        self._open.discard(known)
        return True


def new_visit(language: Language) -> Visit:
    """A browser nobody sits at yet."""
    return Visit(secrets.token_urlsafe(), language)


def load_secret(path: Path) -> bytes:
    """The server's secret; made, private from its first moment, if it is not there or is damaged."""
    try:
        kept = path.read_bytes()
    except OSError:
        kept = b""
    if len(kept) == _BYTES:
        return kept
    fresh = secrets.token_bytes(_BYTES)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(fresh)
    return fresh
