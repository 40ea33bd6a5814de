"""What people did: decisions, acts about the election as a whole, and the members who may decide."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from omr.store.chain import SIGNED, add_row, append, head
from omr.store.connection import Connection
from omr.store.values import Act, ActKind, Adjudication, Deed, Member, MemberKind, Question, Tries

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    #: See `PeopleTables.add_act`.
    Signer = Callable[[tuple[Act, ...], int, str], Mapping[str, Any] | None]


class PeopleTables(Connection):
    """Decisions, acts and members; added to, never changed."""

    def add_adjudication(
        self,
        make: Callable[[tuple[Adjudication, ...]], Adjudication],
        sheets: Collection[str] | None = None,
    ) -> Adjudication:
        """Add one decision about a sheet.

        Args:
            make: given all decisions so far, in order, makes the new one; runs while nobody else can
                write, so that two people at once see each other. Its `seq` is replaced by the real one.
            sheets: the decisions on these are all that `make` has to know; every one if None.
        """
        with self._writing() as db:
            new = make(self.adjudications() if sheets is None else self._about(sheets))
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
        assert seq is not None
        return replace(new, seq=seq)

    def add_act(self, make: Callable[[tuple[Act, ...]], Act], sign: Signer = lambda *_now: None) -> Act:
        """Add one act about the election as a whole.

        Args:
            make: given all acts so far, makes the new one, as in `add_adjudication`.
            sign: given all acts with the new one, and number and hash of the last entry, may give a signed
                statement, which is chained in the same transaction.
        """
        with self._writing() as db:
            new = make(self.acts())
            about = {"by": new.by, "why": new.why, "at": new.at, "about": new.about}
            seq = add_row(db, "acts", kind=new.kind.value, **about)
            signed = sign(self.acts(), *head(db))
            if signed is not None:
                append(db, SIGNED, signed)
        return next(each for each in self.acts() if each.seq == seq)

    def add_member(self, make: Callable[[tuple[Member, ...], bool], Member]) -> Member:
        """Add one line about a member.

        Args:
            make: given all lines so far and whether anything has been decided yet, as in `add_adjudication`.
        """
        with self._writing() as db:
            new = make(self.member_lines(), self.is_decided())
            about = {"name": new.name, "pin": new.pin, "by": new.by, "at": new.at}
            seq = add_row(db, "members", **about, kind=new.kind.value, confirmed=new.confirmed)
        assert seq is not None
        return replace(new, seq=seq)

    def is_decided(self) -> bool:
        """Whether a member has decided, signed, or spoken about a file, taken back or not."""
        ((found,),) = self._all(
            "SELECT EXISTS (SELECT 1 FROM adjudications WHERE by IN (SELECT name FROM members))"
            " OR EXISTS (SELECT 1 FROM words_on_files WHERE by IN (SELECT name FROM members))"
            " OR EXISTS (SELECT 1 FROM acts WHERE kind <> 'unlock')"
        )
        return bool(found)

    def change_tries(self, member: str, change: Callable[[Tries], Tries]) -> None:
        """Count the wrong PINs of a member anew, while nobody else can; what `change` raises goes on up."""
        with self._writing() as db:
            row = db.execute("SELECT wrong, at FROM pin_tries WHERE member = ?", (member,)).fetchone()
            new = change(Tries(*row) if row else Tries())
            db.execute("INSERT OR REPLACE INTO pin_tries VALUES (?, ?, ?)", (member, new.wrong, new.at))

    def sit(self, seat: str, member: str, at: float, since: float) -> None:
        """Seat a member at a browser; forget seats taken before `since` (both seconds since 1970)."""
        with self._writing() as db:
            db.execute("DELETE FROM seats WHERE at < ?", (since,))
            db.execute(
                "INSERT INTO seats (seat, member, at) SELECT ?, max(seq), ? FROM members WHERE name = ?",
                (seat, at, member),
            )

    def stand_up(self, seat: str) -> None:
        """Nobody sits there any more."""
        with self._writing() as db:
            db.execute("DELETE FROM seats WHERE seat = ?", (seat,))

    def who_sits(self, seat: str, since: float) -> str | None:
        """The member of a seat taken since then, unless they left or have a new PIN by now."""
        rows = self._all(
            "SELECT m.name FROM seats s JOIN members m ON m.seq = s.member"
            " WHERE s.seat = ? AND s.at >= ? AND m.kind IN ('enter', 'pin')"
            " AND m.seq = (SELECT max(seq) FROM members WHERE name = m.name)",
            (seat, since),
        )
        return next((str(name) for (name,) in rows), None)

    def add_deed(self, deed: Deed) -> None:
        """Keep in mind who did something on the screen."""
        with self._writing() as db:
            add_row(db, "trail", kind=deed.kind, by=deed.by, about=deed.about, on_day=deed.on_day)

    def trail(self) -> tuple[Deed, ...]:
        """What was done on the screen, in order."""
        return tuple(
            Deed(*row) for row in self._all("SELECT kind, by, about, on_day FROM trail ORDER BY seq")
        )

    def adjudications(self, after: int = 0) -> tuple[Adjudication, ...]:
        """Every decision in order, those taken back included; those after one of them, by its `seq`."""
        rows = self._all(
            "SELECT seq, sheet, question, number, choice, by, why, at, turn, agreed, undoes"
            " FROM adjudications WHERE seq > ? ORDER BY seq",
            (after,),
        )
        return self._made(_adjudication, rows)

    def _about(self, sheets: Collection[str]) -> tuple[Adjudication, ...]:
        """Every decision on some sheets."""
        rows = self._all(
            "SELECT seq, sheet, question, number, choice, by, why, at, turn, agreed, undoes"
            " FROM adjudications WHERE sheet IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (json.dumps(sorted(sheets)),),
        )
        return self._made(_adjudication, rows)

    def acts(self) -> tuple[Act, ...]:
        """Every act about the election as a whole, in order."""
        rows = self._all("SELECT seq, kind, by, why, at, about FROM acts ORDER BY seq")
        return self._made(lambda row: Act(row[0], ActKind(row[1]), *row[2:]), rows)

    def members(self) -> tuple[Member, ...]:
        """Who may decide now, in the order in which they were first entered."""
        standing = {each.name: each for each in self.member_lines()}
        return tuple(each for each in standing.values() if each.kind in {MemberKind.ENTER, MemberKind.PIN})

    def member_lines(self) -> tuple[Member, ...]:
        """Every line about members, in order, those who left included."""
        rows = self._all("SELECT name, pin, by, at, kind, confirmed, seq FROM members ORDER BY seq")
        return tuple(
            Member(name, pin, by, at, MemberKind(kind), *rest) for name, pin, by, at, kind, *rest in rows
        )


def _adjudication(row: tuple[Any, ...]) -> Adjudication:
    seq, sheet, question, number, choice, by, why, at, turn, agreed, undoes = row
    about = (seq, sheet, Question(question), number, choice)
    return Adjudication(*about, by, why, at, turn, bool(agreed), undoes)
