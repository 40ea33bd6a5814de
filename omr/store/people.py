"""What people did: decisions, acts about the election as a whole, and the members who may decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omr.store.connection import Connection, insert
from omr.store.values import Act, ActKind, Adjudication, Member, Question

if TYPE_CHECKING:
    from collections.abc import Callable


class PeopleTables(Connection):
    """Decisions, acts and members; added to, never changed."""

    def add_adjudication(self, make: Callable[[tuple[Adjudication, ...]], Adjudication]) -> Adjudication:
        """Add one decision about a sheet.

        Args:
            make: given all decisions so far, in order, makes the new one; runs while nobody else can
                write, so that two people at once see each other. Its `seq` is replaced by the real one.
        """
        with self._writing() as db:
            new = make(self.adjudications())
            values = (new.sheet, new.question.value, new.number, new.choice, new.by, new.why)
            rest = (new.at, new.turn, int(new.agreed), new.undoes)
            seq = insert(
                db,
                "INSERT INTO adjudications"
                " (sheet, question, number, choice, by, why, at, turn, agreed, undoes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values + rest,
            )
        return next(each for each in self.adjudications() if each.seq == seq)

    def add_act(self, make: Callable[[tuple[Act, ...]], Act]) -> Act:
        """Add one act about the election as a whole. `make` is given all so far, as in `add_adjudication`."""
        with self._writing() as db:
            new = make(self.acts())
            seq = insert(
                db,
                "INSERT INTO acts (kind, by, why, at, about) VALUES (?, ?, ?, ?, ?)",
                (new.kind.value, new.by, new.why, new.at, new.about),
            )
        return next(each for each in self.acts() if each.seq == seq)

    def add_member(self, make: Callable[[tuple[Member, ...]], Member]) -> None:
        """Enter a member, or a new PIN of one. `make` is given all members as they stand."""
        with self._writing() as db:
            new = make(self.members())
            insert(
                db,
                "INSERT INTO members (name, pin, by, at) VALUES (?, ?, ?, ?)",
                (new.name, new.pin, new.by, new.at),
            )

    def adjudications(self) -> tuple[Adjudication, ...]:
        """Every decision, in order, those taken back included."""
        rows = self._all(
            "SELECT seq, sheet, question, number, choice, by, why, at, turn, agreed, undoes"
            " FROM adjudications ORDER BY seq"
        )
        return tuple(map(_adjudication, rows))

    def acts(self) -> tuple[Act, ...]:
        """Every act about the election as a whole, in order."""
        rows = self._all("SELECT seq, kind, by, why, at, about FROM acts ORDER BY seq")
        return tuple(Act(seq, ActKind(kind), *rest) for seq, kind, *rest in rows)

    def members(self) -> tuple[Member, ...]:
        """The members as they stand, in the order in which they were first entered."""
        rows = self._all(
            "SELECT name, pin, by, at FROM members m"
            " WHERE seq = (SELECT max(seq) FROM members WHERE name = m.name)"
            " ORDER BY (SELECT min(seq) FROM members WHERE name = m.name)"
        )
        return tuple(Member(*row) for row in rows)


def _adjudication(row: tuple[Any, ...]) -> Adjudication:
    seq, sheet, question, number, choice, by, why, at, turn, agreed, undoes = row
    about = (seq, sheet, Question(question), number, choice)
    return Adjudication(*about, by, why, at, turn, bool(agreed), undoes)
