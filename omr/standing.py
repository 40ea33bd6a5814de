"""What every ballot counts as now: readings, people's decisions and the law, put together. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from omr.rules import OPEN, UNSURE, BallotState, RowReading, final_rows, judge_ballot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from omr.evidence import Flag
    from omr.rules import Scope, SealRule, WriteInRule

#: Nobody decided anything.
NOTHING: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SeenBallot:
    """A ballot as the machine read it, with what people decided about it.

    Attributes:
        id: random; says nothing of the order of scanning.
        readings: the machine's, of every page seen.
        flags: of the ballot and all its pages.
        decided_rows: people's decisions that stand, by person number: a choice or a kind of invalid row.
        decided_ballot: SOUND or INVALID where people decided about the ballot as a whole, else None.
    """

    id: str
    readings: tuple[RowReading, ...]
    flags: tuple[Flag, ...] = ()
    decided_rows: Mapping[int, str] = field(default_factory=lambda: NOTHING)
    decided_ballot: BallotState | None = None


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One person on one ballot: the machine's reading and what it counts as ('' while open)."""

    number: int
    reading: str
    final: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StandingBallot:
    """One ballot of the box, with a row for every person of the list."""

    id: str
    state: BallotState
    flags: tuple[Flag, ...]
    rows: tuple[StandingRow, ...]

    @property
    def open(self) -> bool:
        """Whether people have still to decide something about it."""
        return any(row.final == OPEN for row in self.rows)


def stand(
    ballots: Iterable[SeenBallot],
    numbers: Iterable[int],
    *,
    seal: SealRule = "red",
    write_in: WriteInRule = "ignore",
    scope: Scope = "row",
) -> tuple[StandingBallot, ...]:
    """What each ballot counts as, in the order of their random ids.

    Args:
        ballots: as read, in any order.
        numbers: every person of the list; one who is not on the pages seen stays open.
        seal: `[rules] seal` of election.toml.
        write_in: `[rules] write_in`.
        scope: `[rules] scope`.
    """
    everybody = tuple(numbers)
    return tuple(
        _stand(ballot, everybody, seal, write_in, scope) for ballot in sorted(ballots, key=lambda b: b.id)
    )


def _stand(
    ballot: SeenBallot, numbers: tuple[int, ...], seal: SealRule, write_in: WriteInRule, scope: Scope
) -> StandingBallot:
    machine = judge_ballot(ballot.flags, seal=seal, write_in=write_in)
    state = ballot.decided_ballot or machine.state
    seen = {row.number: row for row in ballot.readings}
    readings = tuple(seen.get(number, RowReading(number, UNSURE)) for number in numbers)
    final = final_rows(readings, ballot.decided_rows, state, scope)
    whole = machine.flags[0].value if machine.flags else ""
    return StandingBallot(
        ballot.id,
        state,
        machine.flags,
        tuple(
            StandingRow(row.number, row.reading, final[row.number], row.reason.value if row.reason else whole)
            for row in readings
        ),
    )
