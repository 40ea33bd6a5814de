"""Members of the board who work on the screen: a name and a PIN, kept as an argon2id hash."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from omr.decisions import same_member
from omr.errors import UsageError
from omr.store.values import Member
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omr.store.database import Store

#: Digits of a PIN. Six would be safer against guessing, four is what people keep in mind; guessing needs
#: the session of this machine, and wrong PINs are slowed down.
LEAST_DIGITS: Final = 4
MOST_DIGITS: Final = 12

#: RFC 9106's second recommended setting (64 MiB, 3 passes): about 50 ms on an office PC.
_HASHER: Final = PasswordHasher()


def enrol(store: Store, name: str, pin: str, by: str = "") -> Member:
    """Enter a new member.

    Args:
        store: the election's.
        name: as it will stand beside decisions.
        pin: 4 to 12 digits.
        by: who enters it; the member themselves where nobody was there before.

    Raises:
        UsageError: the name is empty or taken, or the PIN is no such number.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not plain or len(plain) > 100:
        raise UsageError(_("write the full name of the member"))
    if not (LEAST_DIGITS <= len(pin) <= MOST_DIGITS and pin.isascii() and pin.isdigit()):
        raise UsageError(_("a PIN has {least} to {most} digits").format(least=LEAST_DIGITS, most=MOST_DIGITS))
    new = Member(plain, _HASHER.hash(pin), by or plain, datetime.now(UTC).isoformat(timespec="seconds"))

    def make(members: tuple[Member, ...]) -> Member:
        if find(members, plain):
            raise UsageError(_("{name} is entered already").format(name=plain))
        alike = next((each.name for each in members if _letters(each.name) == _letters(plain)), None)
        if alike is not None:
            raise UsageError(
                _("{name} looks like {other}").format(name=plain, other=alike),
                _("if they are two people, add to the name what tells them apart, such as the position"),
            )
        return new

    store.add_member(make)
    return new


def _letters(name: str) -> str:
    """The bare letters: accents, signs and spaces make no second member out of one person."""
    plain = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(each for each in plain if each.isalnum())


def find(members: Sequence[Member], name: str) -> Member | None:
    """The member of that name, however it is typed."""
    return next((each for each in members if same_member(each.name, name)), None)


def knows_pin(member: Member, pin: str) -> bool:
    """Whether this is the member's PIN."""
    try:
        return _HASHER.verify(member.pin, pin)
    except VerificationError:
        return False
