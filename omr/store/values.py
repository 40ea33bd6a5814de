"""What the ledger keeps, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import TypeAdapter

from omr.evidence import Flag, PageSeen, PageState
from omr.rules import RowReading

_SEEN = TypeAdapter(PageSeen)


class Question(StrEnum):
    """What a person is asked."""

    ROW = "row"  # what one person's row says
    VALIDITY = "validity"  # whether the board issued this ballot
    SHEET = "sheet"  # what a sheet is: a ballot, another scan of one, something foreign


class Likeness(StrEnum):
    """Whether two pages are scans of one sheet, by their handwriting. DIFFERENT is not kept."""

    SAME = "same"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class NewSource:
    """A file about to be read. `pages`: how many it holds."""

    sha256: str
    name: str
    pages: int


@dataclass(frozen=True, slots=True)
class NewPage:
    """One page as a worker hands it over; its files are on the disk for good.

    Attributes:
        id: random hex, its own.
        sheet: random hex: the id of the ballot this page begins, if it begins one.
        source: id of its file in the ledger.
        page_in_source: from 1.
        sha256: of its pixels, hex; empty if it has none.
        seen: what was seen on it, without its trace: see `pack_seen`.
        original: where its picture is kept, below the folder of originals; empty if it has none.
        problem: why it could not be read, in words; empty if it could.
        reader: version of the program that read it (`omr.reader_version`); empty where nobody says.
        strip: older programs kept a picture of its table under this name; part of what the chain says.
    """

    id: str
    sheet: str
    source: int
    page_in_source: int
    sha256: str
    state: PageState
    page: int | None
    flags: tuple[Flag, ...]
    seen: str
    trace: bytes
    readings: tuple[RowReading, ...]
    original: str
    problem: str
    reader: str = ""
    strip: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One stored page, in the order of its batch. Fields as in NewPage; `source` is the file's name.

    `sha256` of a page without pixels is that of its file with its place: a copy of the file is known again.
    """

    id: str
    sheet: str
    batch: int
    source: str
    page_in_source: int
    sha256: str
    state: PageState
    page: int | None
    flags: tuple[Flag, ...]
    has_ink: bool
    original: str
    strip: str
    problem: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Two pages whose handwriting may be one sheet's; `one` < `other` as text."""

    one: str
    other: str
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read, or not to its end.

    Attributes:
        unread: pages of it that were announced and are not stored; 0 where it could not be opened at all.
    """

    name: str
    message: str
    advice: str
    unread: int = 0


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that could not be read, of which people said that it holds no ballot.

    Attributes:
        by: who said so and did not take it back.
        stands: whether that is enough of them.
    """

    name: str
    message: str
    by: tuple[str, ...]
    stands: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """How a page lay in its scan.

    Attributes:
        dpi: resolution along the paper, from the fiducials.
        residual_mm: worst printed rule against its place.
    """

    dpi: float
    residual_mm: float


@dataclass(frozen=True, slots=True)
class Adjudication:
    """One decision of one person. Never changed; taken back by another that names it in `undoes`.

    Attributes:
        seq: order in which decisions were made, from 1.
        sheet: the ballot, by the id under which it was decided.
        number: the person's row; None for a decision about the whole sheet.
        choice: a choice's id, `blank` `overvote` `struck`; `valid` `invalid`; `ballot` `other` `same`
            `foreign` `rescanned`; `undo`.
        by: who.
        why: in their words, may be empty.
        at: when, ISO 8601 in UTC.
        turn: 1 for the first time people were asked; one more each time they are asked anew.
        agreed: decided by the board together: stands by itself.
        undoes: the decision that this one takes back.
    """

    seq: int
    sheet: str
    question: Question
    number: int | None
    choice: str
    by: str
    why: str
    at: str
    turn: int = 1
    agreed: bool = False
    undoes: int | None = None


class ActKind(StrEnum):
    """What the board does about an election as a whole."""

    UNLOCK = "unlock"  # the list may be changed although ballots were printed
    CLOSE = "close"  # one member signs the result; closed when enough have signed the same
    REOPEN = "reopen"  # a closed election is worked on again


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one member. Never changed.

    Attributes:
        seq: order, from 1.
        about: what it was said of: the hash of the result, the number of prints.
        why, at: as in Adjudication.
    """

    seq: int
    kind: ActKind
    by: str
    why: str
    at: str
    about: str


class MemberKind(StrEnum):
    """What one line about a member says."""

    ENTER = "enter"  # may decide from here on
    PIN = "pin"  # has a new PIN
    REMOVE = "remove"  # is no member; nothing had been decided yet
    LEAVE = "leave"  # decides no more; what they decided stays


@dataclass(frozen=True, slots=True)
class Member:
    """One line about a member of the board who decides on the screen; the last of a name stands.

    Attributes:
        pin: an argon2id hash; empty where they left.
        by: who wrote the line. at: when, ISO 8601 in UTC.
        confirmed: the second member, whose PIN confirmed it; empty where none was asked for.
        seq: order of the lines, from 1.
    """

    name: str
    pin: str
    by: str
    at: str
    kind: MemberKind = MemberKind.ENTER
    confirmed: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong PINs of one member in a row; `at`: of the last, seconds since 1970."""

    wrong: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done on the screen that is no decision: files sent, a print, a change of the words.

    Attributes:
        by: the member; empty before the first was entered.
        about: how many files, ballots; never a name of a file.
        on_day: ISO 8601, without a time: a sheet that was sent alone would be tied to it.
    """

    kind: str
    by: str
    about: str
    on_day: str


def pack_seen(seen: PageSeen) -> str:
    """What was seen, as JSON, without its trace, which is kept as the bytes that it is.

    Floats must be finite.
    """
    packed = _SEEN.dump_json(seen, exclude={"trace"}, exclude_defaults=True)
    return packed.decode("utf-8")


def unpack_seen(text: str, trace: bytes = b"") -> PageSeen:
    """The value that `pack_seen` was given."""
    return replace(_SEEN.validate_json(text), trace=trace)
