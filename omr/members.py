"""Members of the board who work on the screen: a name and a PIN, kept as an argon2id hash.

Nobody becomes two members: names that differ in accents or titles alone are refused, and once members have
decided something, another one is entered, or taken off the list, with the PINs of two. PINs are slow to
guess: wrong ones are counted in the election's ledger, before they are looked at.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from omr.decisions import same_member
from omr.errors import UsageError
from omr.store.values import Member, MemberKind, Tries
from omr.words import _, moment, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from omr.election import Session
    from omr.store.database import Store

#: Digits of a PIN. Six would be safer against guessing, four is what people keep in mind; guessing needs
#: the session of this machine, and wrong PINs are slowed down.
LEAST_DIGITS: Final = 4
MOST_DIGITS: Final = 12

#: Wrong PINs of one member in a row that cost nothing; then a pause, seconds, that doubles with each further
#: one up to the longest. Four digits are 10,000 PINs: in a day of 16 hours about 70 of them are looked at.
TRIES: Final = 3
PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 900.0

#: A day of counting ends: a browser left open does not stay somebody's seat for ever, seconds.
SEAT: Final = 16 * 3600.0

#: RFC 9106's second recommended setting (64 MiB, 3 passes): about 50 ms on an office PC.
_HASHER: Final = PasswordHasher()

#: One PIN is looked at at a time: many at once are no way around the count, and take no more memory than one.
_LOOKING: Final = threading.Lock()

#: Words before a name that make nobody another person, without accents.
_TITLES: Final = re.compile(
    r"^(?:(?:dong chi|d\s*/\s*c|dc|ong|ba|anh|chi|co|chu|ths|ts|bs|ks|gs|pgs)[\s.:]+)+(?=.)"
)


@dataclass(frozen=True, slots=True)
class Entered:
    """What the board shall know of a member: who entered them when, and who took them off the list.

    Attributes:
        by, at, confirmed: of the line that entered them last. at: ISO 8601 in UTC.
        left: the line that ended it; None where they are a member now.
    """

    name: str
    by: str
    at: str
    confirmed: str
    left: Member | None = None

    @property
    def was_removed(self) -> bool:
        """Whether they went before anything was decided, as one mistyped."""
        return self.left is not None and self.left.kind is MemberKind.REMOVE


# --- the list ---------------------------------------------------------------------------------------------


def roll(lines: Sequence[Member]) -> tuple[Entered, ...]:
    """Everybody who ever was entered, in order of entering."""
    found: dict[str, Entered] = {}
    for line in lines:
        match line.kind:
            case MemberKind.ENTER:
                found[line.name] = Entered(line.name, line.by, line.at, line.confirmed)
            case MemberKind.REMOVE | MemberKind.LEAVE:
                was = found[line.name]
                found[line.name] = Entered(was.name, was.by, was.at, was.confirmed, line)
            case MemberKind.PIN:
                continue
    return tuple(found.values())


def needs_two(lines: Sequence[Member], *, decided: bool) -> bool:
    """Whether the list is changed with the PINs of two: several were entered, and something is decided.

    One alone could otherwise become two late in the day. Who sits alone from the start could have entered
    another before deciding anything, too: there the names and times in the minutes are what tells.
    """
    return decided and sum(not each.was_removed for each in roll(lines)) > 1


def enrol(  # noqa: PLR0913 - who enters whom, and how far that can be checked
    store: Store,
    name: str,
    pin: str,
    by: str = "",
    confirmed: str = "",
    *,
    others: Collection[str] = (),
    owner: bool = False,
) -> Member:
    """Enter a new member, or one anew who left.

    Args:
        store: the election's.
        name: as it will stand beside decisions.
        pin: 4 to 12 digits.
        by: the member who enters them; the member themselves where nobody was there before.
        confirmed: the second member, needed once something is decided.
        others: PINs that are somebody's, as far as they were just typed.
        owner: whoever keeps the folder does it, on the command line, where no member is there to do it.

    Raises:
        UsageError: the name is empty, taken or too much like another; the PIN is no such number, or
            another's; or not everybody who must be there is.
    """
    plain = _name(name)
    _check_pin(pin)
    new = _line(plain, _HASHER.hash(pin), by or plain, MemberKind.ENTER, confirmed)

    def make(lines: tuple[Member, ...], decided: bool) -> Member:
        if not owner:
            _check_hands(lines, by, confirmed, decided=decided)
        _check_name(lines, plain)
        if any(secrets.compare_digest(pin, other) for other in others):
            raise UsageError(_("this PIN is another member's: each member chooses their own"))
        return new

    return store.add_member(make)


def take_off(store: Store, name: str, by: str, confirmed: str = "", *, owner: bool = False) -> Member:
    """Take a member off the list: they decide no more; what they decided stays.

    Args:
        store: the election's.
        name: of the member.
        by: the member who does it.
        confirmed: the second member, needed once something is decided; it may be the one who goes.
        owner: as in `enrol`.

    Raises:
        UsageError: there is no such member, or not everybody who must be there is.
    """

    def make(lines: tuple[Member, ...], decided: bool) -> Member:
        if not owner:
            _check_hands(lines, by, confirmed, decided=decided)
        goes = find(_active(lines), name)
        if goes is None:
            raise UsageError(_("choose your name"))
        return _line(goes.name, "", by, MemberKind.LEAVE if decided else MemberKind.REMOVE, confirmed)

    return store.add_member(make)


def change_pin(store: Store, name: str, pin: str, by: str = "") -> Member:
    """Give a member another PIN; every seat of theirs ends.

    Raises:
        UsageError: the PIN is no such number, or they are no member.
    """
    _check_pin(pin)
    kept = _HASHER.hash(pin)

    def make(lines: tuple[Member, ...], _decided: bool) -> Member:
        member = find(_active(lines), name)
        if member is None:
            raise UsageError(_("choose your name"))
        return _line(member.name, kept, by or member.name, MemberKind.PIN)

    return store.add_member(make)


def find(members: Sequence[Member], name: str) -> Member | None:
    """The member of that name, however it is typed."""
    return next((each for each in members if same_member(each.name, name)), None)


def _active(lines: Sequence[Member]) -> tuple[Member, ...]:
    standing = {each.name: each for each in lines}
    return tuple(each for each in standing.values() if each.kind in {MemberKind.ENTER, MemberKind.PIN})


def _check_hands(lines: Sequence[Member], by: str, confirmed: str, *, decided: bool) -> None:
    """Who changes the list is a member, and so is who confirms it. Raises UsageError."""
    members = _active(lines)
    if needs_two(lines, decided=decided):
        second = find(members, confirmed)
        if find(members, by) is None or second is None or same_member(second.name, by):
            raise UsageError(
                _("something has been decided already: the list of members is changed with the PINs of two"),
                _("a second member chooses their name and types their PIN; or: omr member DIR NAME --by WHO"),
            )
    elif members and find(members, by) is None:
        raise UsageError(_("log in first: members enter further members"))


def _check_name(lines: Sequence[Member], name: str) -> None:
    """No second member out of one person. Raises UsageError."""
    if find(_active(lines), name):
        raise UsageError(_("{name} is entered already").format(name=name))
    for each in roll(lines):
        if not each.was_removed and not same_member(each.name, name) and letters(each.name) == letters(name):
            raise UsageError(
                _("{name} looks like {other}").format(name=name, other=each.name),
                _("if they are two people, add to the name what tells them apart, such as the position"),
            )


def _name(text: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if not letters(plain) or len(plain) > 100 or not plain.isprintable():
        raise UsageError(_("write the full name of the member"))
    return plain


def letters(name: str) -> str:
    """The bare letters: accents, titles, signs and spaces make no second member out of one person.

    >>> letters("Đ/c Nguyễn  Văn Đạt.") == letters("nguyen van dat")
    True
    """
    plain = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
    bare = "".join(each for each in plain if not unicodedata.combining(each)).strip()
    return "".join(each for each in _TITLES.sub("", bare) if each.isalnum())


def _line(name: str, pin: str, by: str, kind: MemberKind, confirmed: str = "") -> Member:
    return Member(name, pin, by, datetime.now(UTC).isoformat(timespec="seconds"), kind, confirmed)


def off_the_list(names: Sequence[str], session: Session) -> tuple[str, ...]:
    """Those of some members' names that are not on the list of the board; none where no list was entered."""
    board = (*session.board, *((session.head,) if session.head else ()))
    return tuple(name for name in names if board and not any(same_member(name, each) for each in board))


def member_sentences(lines: Sequence[Member]) -> tuple[str, ...]:
    """Who was entered by whom and when, a sentence each.

    Whoever went before anything was decided was mistyped, and is left out.
    """
    return tuple(map(_told, filter(lambda each: not each.was_removed, roll(lines))))


def minutes_sentences(lines: Sequence[Member]) -> tuple[str, ...]:
    """The same under a heading of their own; nothing where nobody was entered."""
    said = member_sentences(lines)
    return (_("Members who decided on the screen:"), *(f"- {each}" for each in said)) if said else ()


def _told(each: Entered) -> str:
    by, when = _hands(each.by, each.confirmed), moment(each.at)
    if each.by == each.name:
        said = _("{name}: entered themselves at {when}").format(name=each.name, when=when)
    else:
        said = _("{name}: entered by {by} at {when}").format(name=each.name, by=by, when=when)
    if each.left is None:
        return f"{said}."
    by, when = _hands(each.left.by, each.left.confirmed), moment(each.left.at)
    return _("{said}; taken off the list by {by} at {when}.").format(said=said, by=by, when=when)


def _hands(by: str, confirmed: str) -> str:
    return _("{one} and {other}").format(one=by, other=confirmed) if confirmed else by


# --- PINs -------------------------------------------------------------------------------------------------


def _check_pin(pin: str) -> None:
    if not (LEAST_DIGITS <= len(pin) <= MOST_DIGITS and pin.isascii() and pin.isdigit()):
        raise UsageError(_("a PIN has {least} to {most} digits").format(least=LEAST_DIGITS, most=MOST_DIGITS))


def prove(store: Store, name: str, pin: str, clock: Callable[[], float] = time.time) -> Member:
    """The member whose PIN this is. A try is counted as wrong before it is looked at.

    Args:
        store: the election's.
        name: whose PIN it shall be.
        pin: as typed.
        clock: seconds since 1970.

    Raises:
        UsageError: nobody bears the name, the PIN is wrong, or it is not looked at for a while.
    """
    member = find(store.members(), name)
    if member is None:
        raise UsageError(_("choose your name"))
    with _LOOKING:
        store.change_tries(member.name, lambda tries: _one_more(tries, clock()))
        if not knows_pin(member, pin):
            raise UsageError(_("the PIN of {name} is not right").format(name=member.name))
        store.change_tries(member.name, lambda _tries: Tries())
    return member


def _one_more(tries: Tries, now: float) -> Tries:
    left = tries.at + pause(tries.wrong) - now
    # A clock that was set back is not waited for.
    if left > 0 and tries.at <= now:
        raise UsageError(_("too many wrong PINs: wait {time}, then try again").format(time=_in_words(left)))
    return Tries(tries.wrong + 1, now)


def pause(wrong: int) -> float:
    """How long no PIN is looked at after so many wrong ones in a row, seconds; never for good.

    >>> [pause(wrong) for wrong in (0, 2, 3, 4, 5, 100)]
    [0.0, 0.0, 60.0, 120.0, 240.0, 900.0]
    """
    return 0.0 if wrong < TRIES else min(PAUSE * 2.0 ** min(wrong - TRIES, 10), LONGEST_PAUSE)


def _in_words(seconds: float) -> str:
    if seconds <= PAUSE:
        whole = max(round(seconds), 1)
        return ngettext("{n} second", "{n} seconds", whole).format(n=whole)
    minutes = -int(-seconds // 60)
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)


def knows_pin(member: Member, pin: str) -> bool:
    """Whether this is the member's PIN."""
    try:
        return _HASHER.verify(member.pin, pin)
    except VerificationError:
        return False


# --- seats ------------------------------------------------------------------------------------------------


def sit_down(store: Store, name: str) -> str:
    """Seat a member at a browser; gives the word by which it is known there."""
    seat, now = secrets.token_urlsafe(), time.time()
    store.sit(_seat(seat), name, now, now - SEAT)
    return seat


def who_sits(store: Store, seat: str) -> str:
    """The member who sits there; '' once they stood up, left, have a new PIN, or the day is over."""
    return store.who_sits(_seat(seat), time.time() - SEAT) or ""


def stand_up(store: Store, seat: str) -> None:
    """The seat is nobody's any more, whatever cookie is shown."""
    store.stand_up(_seat(seat))


def _seat(seat: str) -> str:
    """What the ledger knows of a seat: who reads it there cannot take it."""
    return sha256(seat.encode()).hexdigest()
