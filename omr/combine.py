"""Many elections side by side, joined by person and never added up (plan, III.6; II.1).

"Đối với người được lấy phiếu tín nhiệm ở 02 nơi thì việc đánh giá tín nhiệm đối với cán bộ sẽ do cấp có thẩm
quyền quyết định trên cơ sở xem xét tổng thể kết quả phiếu tín nhiệm ở từng nơi."

Who is one person is not guessed: the same name with the same position at the same place (địa danh) is; the
same name otherwise is a question, and people answer it in a CSV. One election is held at a time.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omr.errors import OmrError
from omr.roster import MOST_VENUES
from omr.words import _, percent_hundredths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from fractions import Fraction
    from pathlib import Path

    from omr.election import Election
    from omr.tally import Tally

#: Columns of the file in which people say who is one person.
ASKED: Final = ("name", "person", "position", "place", "venue", "folder", "same_as")


@dataclass(frozen=True, slots=True)
class Result:
    """One person's result at one venue.

    Attributes:
        folder: name of the election's folder. election: its id.
        choices: ids of the levels; `labels`, `votes`, `shares` in the same order.
        issued, delegates: None where nobody entered them.
        final: False for a draft.
    """

    folder: str
    election: str
    venue: str
    meeting: str
    place: str
    on: date | None
    number: int
    name: str
    position: str
    issued: int | None
    delegates: int | None
    collected: int
    valid: int
    invalid: int
    open: int
    base: str
    choices: tuple[str, ...]
    labels: tuple[str, ...]
    votes: tuple[int, ...]
    shares: tuple[Fraction | None, ...]
    consequence: str
    final: bool

    @property
    def who(self) -> tuple[str, str, str]:
        """What makes two rows one person without a question: name, position, place."""
        return _folded(self.name), _folded(self.position), _folded(self.place)


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person with the results of every venue, side by side."""

    id: int
    name: str
    results: tuple[Result, ...]

    @property
    def too_many(self) -> bool:
        """II.1: at most two venues for one person."""
        return len(self.results) > MOST_VENUES


@dataclass(frozen=True, slots=True)
class Joined:
    """Everybody, and the persons of equal name of whom nobody has said whether they are one."""

    people: tuple[Somebody, ...]
    asked: tuple[tuple[Somebody, ...], ...]


def results_of(folder: str, election: Election, result: Tally, labels: Mapping[str, str]) -> Iterator[Result]:
    """The lines of one election."""
    for each in result.people:
        votes = tuple(each.votes[choice] for choice in result.choices)
        yield Result(
            folder=folder,
            election=election.id,
            venue=election.venue,
            meeting=election.meeting,
            place=election.place,
            on=election.date,
            number=each.person.number,
            name=each.person.name,
            position=each.person.position,
            issued=result.day.issued,
            delegates=result.day.summoned,
            collected=result.collected,
            valid=each.valid,
            invalid=each.invalid,
            open=each.open,
            base=result.base,
            choices=result.choices,
            labels=tuple(labels[choice] for choice in result.choices),
            votes=votes,
            shares=tuple(result.share(count) for count in votes),
            consequence=each.consequence,
            final=result.final,
        )


def join(results: Iterable[Result], same: Mapping[tuple[str, str], str] | None = None) -> Joined:
    """Put the results of each person side by side.

    Args:
        results: of all elections.
        same: people's answers: (folder, name and position folded) -> the group they belong to, within a name.
    """
    by_name: dict[str, dict[tuple[str, ...], list[Result]]] = defaultdict(dict)
    for each in results:
        group = (same or {}).get(asked_key(each))
        key = ("said", group) if group else each.who
        by_name[_folded(each.name)].setdefault(key, []).append(each)
    people: list[Somebody] = []
    asked: list[tuple[Somebody, ...]] = []
    for groups in by_name.values():
        found = []
        for rows in _apart(groups):
            found.append(
                Somebody(
                    len(people) + 1, rows[0].name, tuple(sorted(rows, key=lambda r: (r.venue, r.folder)))
                )
            )
            people.append(found[-1])
        if len(found) > 1 and not all(_answered(each, same or {}) for each in found):
            asked.append(tuple(found))
    return Joined(tuple(people), tuple(asked))


def _apart(groups: Mapping[tuple[str, ...], list[Result]]) -> Iterator[list[Result]]:
    """The groups of one name; a group with two rows of one election holds two persons, never one."""
    for rows in groups.values():
        if len({row.election for row in rows}) == len(rows):
            yield rows
        else:
            yield from ([row] for row in rows)


def _answered(somebody: Somebody, same: Mapping[tuple[str, str], str]) -> bool:
    return all(asked_key(row) in same for row in somebody.results)


def asked_key(row: Result) -> tuple[str, str]:
    """Which row an answer is about."""
    return row.folder, f"{_folded(row.name)}|{_folded(row.position)}"


def questions_csv(joined: Joined) -> str:
    """The questions as a CSV: rows of equal name; whoever is one person gets the same word in `same_as`."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(ASKED)
    for group in joined.asked:
        for somebody in group:
            for row in somebody.results:
                table.writerow((row.name, somebody.id, row.position, row.place, row.venue, row.folder, ""))
    return out.getvalue()


def read_answers(path: Path) -> dict[tuple[str, str], str]:
    """People's answers: rows of one name with the same word in `same_as` are one person, others are not.

    Raises:
        OmrError: the file cannot be read or lacks a column.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise OmrError(
            _("the answers about equal names cannot be read: {path}").format(path=path),
            _("give the file same-names.csv that omr combine wrote, saved as CSV UTF-8"),
        ) from fault
    if rows and not {"name", "position", "folder", "same_as"} <= set(rows[0]):
        raise OmrError(
            _("the answers about equal names lack a column: {path}").format(path=path),
            _("give the file same-names.csv that omr combine wrote, saved as CSV UTF-8"),
        )
    return {
        (row["folder"], f"{_folded(row['name'])}|{_folded(row['position'])}"): (row["same_as"] or "").strip()
        for row in rows
        if (row["same_as"] or "").strip()
    }


def refuse_same_election(seen: Mapping[str, str], election: str, folder: str) -> None:
    """An election that is there twice would stand beside itself. Raises OmrError."""
    if election in seen:
        raise OmrError(
            _("{folder} and {other} hold the same election ({id})").format(
                folder=folder, other=seen[election], id=election
            ),
            _("leave one of them out"),
        )


def percent_text(share: Fraction | None) -> str:
    """A share for other programs: decimal point, two decimals, empty where not known."""
    return "" if share is None else "{}.{:02d}".format(*divmod(percent_hundredths(share), 100))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def tidy_columns() -> Sequence[str]:
    """Columns of combined.csv and combined.parquet: one line a person, venue and level."""
    return (
        "folder", "election", "venue", "meeting", "place", "date", "number", "name", "position", "issued",
        "delegates", "collected", "valid", "invalid", "open", "base", "choice", "label", "votes", "percent",
        "consequence", "final",
    )  # fmt: skip


def tidy(row: Result) -> Iterator[dict[str, object]]:
    """The lines of one result, one a level."""
    shared = {
        "folder": row.folder, "election": row.election, "venue": row.venue, "meeting": row.meeting,
        "place": row.place, "date": row.on.isoformat() if row.on else "", "number": row.number,
        "name": row.name, "position": row.position, "issued": row.issued, "delegates": row.delegates,
        "collected": row.collected, "valid": row.valid, "invalid": row.invalid, "open": row.open,
        "base": row.base,
    }  # fmt: skip
    for choice, label, votes, share in zip(row.choices, row.labels, row.votes, row.shares, strict=True):
        last = {"consequence": row.consequence, "final": row.final}
        yield {
            **shared,
            "choice": choice,
            "label": label,
            "votes": votes,
            "percent": percent_text(share),
            **last,
        }
