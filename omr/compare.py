"""Two independent counts of one box, sheet against sheet. Pure.

Sheets carry no number: one is found in the other count by its handwriting (`omr.likeness`). Sheets without
ink cannot be told apart; they are compared by their number alone.

A decision is about the sheet of paper, not about one scan of it. It is recorded of the sheet of the first
count, whose result is the result, and stands in the second count

- where the machine left the question open there; or
- where it was made after both scans had been compared: whoever decided could see both.

A row that the second count reads otherwise than the first is asked, even where people had decided it before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from omr.rules import INCOMPLETE, OPEN, UNSURE, BallotState, judge_ballot
from omr.standing import SeenBallot, StandingBallot, stand
from omr.store.values import Likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from omr.evidence import Flag
    from omr.rules import Scope, SealRule, WriteInRule
    from omr.store.values import Alike

#: A sheet is likelier the other's the more pages say so; a page that says it surely outweighs all that doubt.
_WEIGHT: Final = {Likeness.SAME: 1000, Likeness.MAYBE: 1}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One ballot as one count has it.

    Attributes:
        seen: the machine's readings and the decisions that stand in this count.
        pages: ids of its pages. pictures: SHA-256 of their pixels.
        inked: whether any page bears handwriting.
        vouched: people said that it is a ballot of its own.
        decided_at: row, or None for the ballot's validity -> the earliest decision that what stands rests on.
        compared_after: the last decision made before its pages were compared with all others.
    """

    seen: SeenBallot
    pages: frozenset[str]
    pictures: frozenset[str] = frozenset()
    inked: bool = True
    vouched: bool = False
    decided_at: Mapping[int | None, int] = field(default_factory=dict)
    compared_after: int = 0


@dataclass(frozen=True, slots=True)
class Law:
    """Under which rules both counts stand: `[rules]` of election.toml, and the list's numbers."""

    numbers: tuple[int, ...]
    seal: SealRule = "red"
    write_in: WriteInRule = "ignore"
    scope: Scope = "row"

    def stand(self, ballots: Iterable[SeenBallot]) -> tuple[StandingBallot, ...]:
        """What the ballots count as."""
        return stand(ballots, self.numbers, seal=self.seal, write_in=self.write_in, scope=self.scope)

    def doubts(self, ballot: SeenBallot) -> frozenset[Flag]:
        """What makes the machine doubt that the board issued it."""
        return frozenset(judge_ballot(ballot.flags, seal=self.seal, write_in=self.write_in).flags)


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of a sheet: what it counts as in each count; '' where it is open there."""

    number: int
    one: str
    two: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A sheet found in both counts.

    Attributes:
        one, two: its ids in the first and the second count.
        states: what the ballot is worth as a whole in each.
        rows: the rows that are not the same in both.
    """

    one: str
    two: str
    states: tuple[BallotState, BallotState]
    rows: tuple[Difference, ...]

    @property
    def whole_differs(self) -> bool:
        """Whether it is worth something else as a whole; then its rows are no question of their own."""
        return self.states[0] is not self.states[1]

    @property
    def agrees(self) -> bool:
        """Whether both counts have the same of it, with nothing open."""
        return not self.rows and not self.whole_differs and self.states[0] in _SETTLED

    @property
    def read_otherwise(self) -> bool:
        """Whether the counts have something else of it; what is open in both is only not decided yet."""
        return self.whole_differs or any(row.one != row.two for row in self.rows)

    @property
    def contested_rows(self) -> frozenset[int]:
        """Rows that the first count has settled and the second has otherwise, or open."""
        if self.whole_differs:
            return frozenset()
        return frozenset(row.number for row in self.rows if row.one != OPEN)

    @property
    def contested(self) -> bool:
        """Whether the first count settled what it is worth, and the second has it otherwise or in doubt."""
        return self.whole_differs and self.states[0] in _SETTLED and self.states[1] is not BallotState.OPEN


_SETTLED: Final = frozenset({BallotState.SOUND, BallotState.INVALID})


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two counts of one box say of each other.

    Attributes:
        pairs: sheets found in both, by the id in the first count.
        only_one, only_two: ids of sheets with handwriting that were found in one count only.
        vouched: those of them that people said are ballots all the same.
        without_ink: ballots without handwriting in each count: compared by number only.
        collected: ballots of each count.
        votes: person's number -> how often each final value stands in each count.
        unread: sheets of each count of which nobody has said yet what they are.
        same_pictures: ballots of the second count whose very pictures are in the first: nobody scanned
            these again.
    """

    pairs: tuple[Pair, ...]
    only_one: tuple[str, ...]
    only_two: tuple[str, ...]
    vouched: frozenset[str]
    without_ink: tuple[int, int]
    collected: tuple[int, int]
    votes: Mapping[int, tuple[Counter[str], Counter[str]]]
    unread: tuple[int, int] = (0, 0)
    same_pictures: int = 0

    @property
    def differing(self) -> tuple[Pair, ...]:
        """Sheets that are not settled alike in both counts."""
        return tuple(pair for pair in self.pairs if not pair.agrees)

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Sheets in one count only that nobody has vouched for."""
        return tuple(each for each in (*self.only_one, *self.only_two) if each not in self.vouched)

    @property
    def numbers_agree(self) -> bool:
        """Whether both counts have as many ballots, and the same result for everybody."""
        return self.collected[0] == self.collected[1] and all(a == b for a, b in self.votes.values())

    @property
    def agreed(self) -> bool:
        """Whether the second count confirms the first: every sheet, every row, every sum."""
        return (
            not self.differing
            and not self.unmatched
            and not any(self.unread)
            and not self.same_pictures
            and bool(self.collected[0])
            and self.numbers_agree
        )

    def pair_of(self, name: str) -> Pair | None:
        """The sheet by its id in either count."""
        return next((pair for pair in self.pairs if name in {pair.one, pair.two}), None)


def compare(
    one: Sequence[Sheet],
    two: Sequence[Sheet],
    alike: Iterable[Alike],
    law: Law,
    unread: tuple[int, int] = (0, 0),
) -> Comparison:
    """Compare two counts.

    Args:
        one: the ballots collected in the first.
        two: the ballots collected in the second.
        alike: pages of one count and the other that may be one sheet's.
        law: the rules under which both stand.
        unread: sheets of each count of which nobody has said yet what they are.
    """
    matched = _matched(one, two, alike)
    carried = tuple(_carried(matched.get(sheet.seen.id), sheet, law) for sheet in two)
    first = {ballot.id: ballot for ballot in law.stand(sheet.seen for sheet in one)}
    second = {ballot.id: ballot for ballot in law.stand(sheet.seen for sheet in carried)}
    pairs = [_pair(first[sheet.seen.id], second[name]) for name, sheet in matched.items()]
    found = {sheet.seen.id for sheet in matched.values()}
    pictures = frozenset[str]().union(*(sheet.pictures for sheet in one))
    return Comparison(
        pairs=tuple(sorted(pairs, key=lambda pair: pair.one)),
        only_one=_left(one, found),
        only_two=_left(two, matched.keys()),
        vouched=frozenset(sheet.seen.id for sheet in (*one, *two) if sheet.vouched),
        without_ink=(_inkless(one), _inkless(two)),
        collected=(len(one), len(two)),
        votes=_votes(law.numbers, first.values(), second.values()),
        unread=unread,
        same_pictures=sum(not pictures.isdisjoint(sheet.pictures) for sheet in two),
    )


def _matched(one: Sequence[Sheet], two: Sequence[Sheet], alike: Iterable[Alike]) -> dict[str, Sheet]:
    """Sheets of the second count, by id, with the sheet of the first that they are: the likeliest first.

    Where two sheets could be either's (little ink, in the same places), those read alike belong together:
    if they are read alike, it makes no difference which is which.
    """
    home_one = {page: sheet for sheet in one for page in sheet.pages}
    home_two = {page: sheet for sheet in two for page in sheet.pages}
    weights: dict[tuple[str, str], int] = defaultdict(int)
    for pair in alike:
        for a, b in ((pair.one, pair.other), (pair.other, pair.one)):
            if a in home_one and b in home_two:
                weights[home_one[a].seen.id, home_two[b].seen.id] += _WEIGHT[pair.likeness]
    by_id = {sheet.seen.id: sheet for sheet in (*one, *two)}
    ranked = sorted(weights, key=lambda ids: (-weights[ids], -_read_alike(by_id, ids), ids))
    found: dict[str, Sheet] = {}
    gone: set[str] = set()
    for a, b in ranked:
        if a not in gone and b not in found:
            found[b] = by_id[a]
            gone.add(a)
    return found


def _read_alike(by_id: Mapping[str, Sheet], ids: tuple[str, str]) -> int:
    """Rows that the machine read alike."""
    a, b = ({row.number: row.reading for row in by_id[each].seen.readings} for each in ids)
    return sum(a[number] == b.get(number) for number in a)


def _carried(one: Sheet | None, two: Sheet, law: Law) -> Sheet:
    """The sheet of the second count, with the decisions about its paper that stand in it too."""
    if one is None:
        return two
    after = max(one.compared_after, two.compared_after)
    new = {row for row, seq in one.decided_at.items() if seq > after}
    unsure = {row.number for row in two.seen.readings if row.reading == UNSURE}
    rows = {n: choice for n, choice in one.seen.decided_rows.items() if n in new or n in unsure}
    own = {n: choice for n, choice in two.seen.decided_rows.items() if n not in new}
    whole = _whole(one.seen, two.seen, law, known=None in new)
    return replace(two, seen=replace(two.seen, decided_rows={**rows, **own}, decided_ballot=whole))


def _whole(one: SeenBallot, two: SeenBallot, law: Law, *, known: bool) -> BallotState | None:
    """What people said of the ballot as a whole, as far as it stands in the second count.

    Args:
        one: the ballot in the first count.
        two: the ballot in the second count.
        law: the rules under which both stand.
        known: both scans were there when it was said.
    """
    doubts = law.doubts(two)
    whole = INCOMPLETE.isdisjoint(two.flags)  # a ballot that lacks a page there is not made sound from here
    answered = bool(doubts) and doubts <= law.doubts(one) and two.decided_ballot is None
    return one.decided_ballot if whole and one.decided_ballot and (known or answered) else two.decided_ballot


def _pair(one: StandingBallot, two: StandingBallot) -> Pair:
    other = {row.number: row.final for row in two.rows}
    rows = (Difference(row.number, row.final, other[row.number]) for row in one.rows)
    differing = tuple(row for row in rows if row.one != row.two or row.one == OPEN)
    return Pair(one.id, two.id, (one.state, two.state), differing)


def _left(sheets: Sequence[Sheet], found: Iterable[str]) -> tuple[str, ...]:
    known = frozenset(found)
    return tuple(sorted(sheet.seen.id for sheet in sheets if sheet.inked and sheet.seen.id not in known))


def _inkless(sheets: Sequence[Sheet]) -> int:
    return sum(not sheet.inked for sheet in sheets)


def _votes(
    numbers: Sequence[int], one: Iterable[StandingBallot], two: Iterable[StandingBallot]
) -> dict[int, tuple[Counter[str], Counter[str]]]:
    found = {number: (Counter[str](), Counter[str]()) for number in numbers}
    for side, ballots in enumerate((one, two)):
        for ballot in ballots:
            for row in ballot.rows:
                found[row.number][side][row.final] += 1
    return found
