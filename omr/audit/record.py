"""The record of an audit. Rounds are added, never changed."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from omr.audit.claims import Claim, Side

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
