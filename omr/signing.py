"""The election's signing key: Ed25519 (RFC 8032), one pair a folder.

Whoever has the private key can sign in the board's name; it stays in the folder, readable by its owner only.
The public key is known to others by its fingerprint, which is short enough to be read aloud and printed.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from omr.errors import OmrError
from omr.files import write_text
from omr.words import _

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of the key's digest in a fingerprint: 80 bits; finding another key with it takes 2^80 tries.
FINGERPRINT_BYTES: Final = 10

#: Letters of a fingerprint that stand together.
_GROUP: Final = 4


def make_key(private: Path, public: Path) -> None:
    """Make a pair, unless one is there. A private key alone gets its public one back.

    A public key alone stays: the private one may be on its way back from a copy, and a new pair would make
    what was signed before look forged.
    """
    if not private.exists() and not public.exists():
        write_text(private, Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
    if private.exists() and not public.exists():
        write_text(public, _load(private).public_key().public_bytes_raw().hex() + "\n")


def public_key(path: Path) -> str:
    """The public key, 64 hex digits; '' where there is none that can be read."""
    try:
        text = path.read_text(encoding="ascii").strip().lower()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except (OSError, ValueError):
        return ""
    return text


def sign(private: Path, purpose: str, message: str) -> tuple[str, str]:
    """Sign a message; gives the signature and the public key that checks it, both in hex.

    Args:
        private: file of the key.
        purpose: what the message is, a word; a signature for one purpose is none for another.
        message: any text.

    Raises:
        OmrError: the key is missing or damaged.
    """
    key = _load(private)
    return key.sign(_signed(purpose, message)).hex(), key.public_key().public_bytes_raw().hex()


def is_signed(public: str, purpose: str, message: str, signature: str) -> bool:
    """Whether the owner of that public key signed this message for this purpose."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes_of(public))
        key.verify(_bytes_of(signature), _signed(purpose, message))
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes_of(digits: str) -> bytes:
    """What hex digits stand for, as this program writes them: one spelling each. Raises ValueError."""
    data = bytes.fromhex(digits)
    if data.hex() != digits:
        raise ValueError(digits)
    return data


def fingerprint(public: str) -> str:
    """The public key in short, as people compare it: `ABCD-EFGH-IJKL-MNOP`; '' where there is none.

    >>> fingerprint("00" * 32)
    'MZUH-VLPY-MK6X-O3EP'
    """
    if not public:
        return ""
    text = b32encode(sha256(bytes.fromhex(public)).digest()[:FINGERPRINT_BYTES]).decode("ascii")
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def same_fingerprint(one: str, other: str) -> bool:
    """Whether two fingerprints are one, however they are typed.

    >>> same_fingerprint("abcd efgh", "ABCD-EFGH")
    True
    """
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return "".join(each for each in text.upper() if each.isalnum())


def _signed(purpose: str, message: str) -> bytes:
    return f"omr {purpose}\n{message}".encode()


def _load(private: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private.read_text(encoding="ascii")))
    except (OSError, ValueError) as fault:
        raise OmrError(
            _("the election's signing key is missing or damaged: {path}").format(path=private),
            _("put back the file from your copy of the folder; without it the result cannot be signed"),
        ) from fault
