"""The page's QR code: what it says, signed with the election's key.

    TN1/<election>/<page>/<pages>/<fingerprint>[/<sheet>]/<tag>

All in QR's alphanumeric set, so that it takes few modules. The tag is HMAC-SHA256 over everything before
it, cut to 80 bits: with the key unknown, 2^79 ballots would have to be printed for an even chance.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from layouts.files import to_json
from layouts.model import BallotLayout

_FORMAT = "TN1"
_TAG_BYTES = 10  # 80 bits: 16 letters of base32
_FINGERPRINT_LETTERS = (
    6  # 30 bits: told apart are the few layouts one board prints, by chance and not by design
)
_BODY = re.compile(
    rf"(?P<body>{_FORMAT}/(?P<election>[A-Z0-9-]{{1,12}})/(?P<page>[1-9][0-9]{{0,2}})/(?P<pages>[1-9][0-9]{{0,2}})"
    rf"/(?P<fingerprint>[A-Z2-7]{{{_FINGERPRINT_LETTERS}}})(?:/(?P<sheet>[A-Z0-9]{{1,16}}))?)",
    re.ASCII,
)
_PAYLOAD = re.compile(rf"{_BODY.pattern}/(?P<tag>[A-Z2-7]{{16}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a code says of its page. Only where `genuine` did the holder of the key say it."""

    election: str
    page: int
    pages: int
    fingerprint: str
    sheet: str
    genuine: bool


def make_payload(  # noqa: PLR0913, PLR0917 - one argument a field of the code
    key: bytes, election: str, page: int, pages: int, fingerprint: str, sheet: str = ""
) -> str:
    """The text of one page's code.

    Args:
        key: the election's secret, at least 16 bytes.
        election: 1 to 12 of A-Z, 0-9 and "-".
        page: counted from 1, up to `pages` (at most 999).
        pages: how many sides one ballot has.
        fingerprint: of the layout, from `fingerprint`.
        sheet: random token of the sheet, 1 to 16 of A-Z and 0-9; empty (the default) names no sheet.

    Raises:
        ValueError: a field cannot be written in a code.

    >>> make_payload(bytes(16), "DEMO2023", 1, 2, "ABCDEF")
    'TN1/DEMO2023/1/2/ABCDEF/CVAFNLFN7IVBHUGO'
    """
    if len(key) < 16:
        raise ValueError("the election's key must have at least 16 bytes")
    body = "/".join([_FORMAT, election, str(page), str(pages), fingerprint, *([sheet] if sheet else [])])
    if not _BODY.fullmatch(body) or page > pages:
        raise ValueError(f"cannot be written in a code: {body}")
    return f"{body}/{_tag(key, body)}"


def read_payload(text: str, key: bytes) -> Claim | None:
    """What a code says, and whether it was made with `key`; None if it is not one of our codes."""
    found = _PAYLOAD.fullmatch(text)
    if found is None:
        return None
    return Claim(
        election=found["election"],
        page=int(found["page"]),
        pages=int(found["pages"]),
        fingerprint=found["fingerprint"],
        sheet=found["sheet"] or "",
        genuine=hmac.compare_digest(_tag(key, found["body"]), found["tag"]),
    )


def fingerprint(layout: BallotLayout) -> str:
    """Six letters that change with anything printed on the ballot (its code apart)."""
    digest = hashlib.sha256(to_json(layout).encode()).digest()
    return base64.b32encode(digest).decode("ascii")[:_FINGERPRINT_LETTERS]


def _tag(key: bytes, body: str) -> str:
    digest = hmac.digest(key, body.encode("ascii"), "sha256")
    return base64.b32encode(digest[:_TAG_BYTES]).decode("ascii")
