"""The record of an audit: audit/audit.json in the election's folder. Rounds are added, never changed.

Each time it is written, all of it enters the chain, too: the seed (from which, with the number of ballots,
the places drawn follow), the rounds, and the totals that people entered. `omr verify` compares the two.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from omr.audit.claims import Claim, Side
from omr.errors import OmrError
from omr.files import private_folder, write_text
from omr.store.chain import AUDIT, canonical
from omr.store.database import Store
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from omr.election import Folder
    from omr.store.chain import Entry

#: Beside the choices of the ballot: ballots that are invalid for the person.
INVALID: Final = "invalid"

#: What people found for one person: ballots by choice, and `invalid`.
Found = dict[str, int]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Taken(_Frozen):
    """What people counted: by person number, by whom, when (ISO 8601)."""

    found: dict[int, Found]
    by: str
    at: str


class Round(_Frozen):
    """One draw: `drawn` ballots since the beginning, looked at for these people; `taken` once counted."""

    drawn: int
    people: tuple[int, ...]
    taken: Taken | None = None


class Withdrawn(_Frozen):
    """A count that was taken back; it is kept. `drawn` as in its round, 0 for a count of all ballots."""

    taken: Taken
    drawn: int
    by: str
    why: str
    at: str


class Stated(_Frozen):
    """A claim, as it is kept."""

    number: int
    choice: str
    side: Side
    ballots: int
    reported: int

    def claim(self) -> Claim:
        """The claim."""
        return Claim(self.number, self.choice, self.side, self.ballots, self.reported)


class Record(_Frozen):
    """One audit.

    Attributes:
        risk: the risk limit, "1/20".
        within: how far a share may be off, "1/10"; empty where only the lines are audited.
        seed: digits of the dice.
        box: ballots collected, as the result has it. choices: ids, in the order of the layout.
        reported: the result for every person when the ballots were drawn.
        claims: what is to be confirmed.
        stack: ballots in the stack as people counted them; None before the first count.
        rounds: in order.
        full: the count of all ballots, for those people for whom it was made.
        withdrawn: counts that were taken back, with the reason.
    """

    version: Literal[1] = 1
    risk: str
    within: str = ""
    seed: str
    box: int = Field(ge=1)
    choices: tuple[str, ...]
    reported: dict[int, Found]
    claims: tuple[Stated, ...]
    began: str
    stack: int | None = None
    rounds: tuple[Round, ...] = ()
    full: tuple[Taken, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()

    @property
    def limit(self) -> Fraction:
        """The risk limit."""
        return Fraction(self.risk)

    @property
    def open_round(self) -> Round | None:
        """The round that waits for people's count."""
        return next((each for each in self.rounds if each.taken is None), None)

    @property
    def counted_in_full(self) -> dict[int, Found]:
        """What the count of all ballots found, by person number."""
        return {number: found for taken in self.full for number, found in taken.found.items()}


def read_record(folder: Folder) -> Record | None:
    """The audit of an election; None where none was begun.

    Raises:
        OmrError: the record is damaged.
    """
    path = record_path(folder)
    if not path.exists():
        return None
    try:
        return Record.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as fault:
        raise OmrError(
            _("the record of the hand audit is damaged: {path}").format(path=path),
            _("put it back from your copy of the folder; what it says cannot be made up again"),
        ) from fault


def write_record(folder: Folder, record: Record) -> None:
    """Keep the audit, whole or not at all, in its file and in the chain."""
    private_folder(folder.audit_dir)

    def make(_entries: tuple[Entry, ...]) -> dict[str, Any]:
        # Within the transaction of its entry: what cannot be written is not chained.
        write_text(record_path(folder), record.model_dump_json(indent=1) + "\n")
        return record.model_dump(mode="json")

    with Store(folder.database) as store:
        store.add_entry(AUDIT, make)


def first_unlike(folder: Folder, entries: Iterable[Entry]) -> str:
    """The first file of a hand audit that is not as the chain has it, or is not in it; '' where all are.

    An audit is known by the result that it is of and by its beginning. That of the result as it stands is
    audit.json; those of earlier results were put away under a number, in their order.
    """
    said_of = [each.said for each in entries if each.kind == AUDIT]
    last = {(said["began"], canonical(said["reported"])): said for said in said_of}
    wanted = tuple(last.values())
    paths = [folder.audit_dir / f"audit-{n}.json" for n in range(1, len(wanted))]
    paths += [record_path(folder)] if wanted else []
    for path, said in zip(paths, wanted, strict=True):
        if _said_in(path) != said:
            return path.name
    left = sorted(set(folder.audit_dir.glob("audit*.json")) - set(paths))
    return left[0].name if left else ""


def _said_in(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def put_away(folder: Folder) -> Path:
    """Keep the record of an audit of an earlier result under another name; gives its path."""
    number = len(list(folder.audit_dir.glob("audit-*.json"))) + 1
    return record_path(folder).rename(folder.audit_dir / f"audit-{number}.json")


def record_path(folder: Folder) -> Path:
    """Where the record is kept."""
    return folder.audit_dir / "audit.json"
