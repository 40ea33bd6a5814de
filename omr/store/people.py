"""What people did: decisions, acts about the election as a whole, and the members who may decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omr.store.chain import add_row
from omr.store.connection import Connection
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
            seq = add_row(
                db,
                "adjudications",
                sheet=new.sheet,
                question=new.question.value,
                number=new.number,
                choice=new.choice,
                by=new.by,
                why=new.why,
                at=new.at,
                turn=new.turn,
                agreed=int(new.agreed),
                undoes=new.undoes,
            )
        return next(each for each in self.adjudications() if each.seq == seq)

    def add_act(self, make: Callable[[tuple[Act, ...]], Act]) -> Act:
        """Add one act about the election as a whole. `make` is given all so far, as in `add_adjudication`."""
        with self._writing() as db:
            new = make(self.acts())
            about = {"by": new.by, "why": new.why, "at": new.at, "about": new.about}
            seq = add_row(db, "acts", kind=new.kind.value, **about)
        return next(each for each in self.acts() if each.seq == seq)

    def add_member(self, make: Callable[[tuple[Member, ...]], Member]) -> None:
        """Enter a member, or a new PIN of one. `make` is given all members as they stand."""
        with self._writing() as db:
            new = make(self.members())
            add_row(db, "members", name=new.name, pin=new.pin, by=new.by, at=new.at)

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
