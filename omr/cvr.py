"""Reads cast vote records (NIST SP 1500-103, version 1.0) back into ballots, to count them again.

Takes what `omr export --format cvr-json` writes, and reports of other programs that say the same: one
retention contest a person, one selection a level. Whoever counts from the file gets the same tally.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from layouts.model import Choice
from omr.errors import OmrError
from omr.evidence import Flag
from omr.export import NOTES, POSITION_CODE
from omr.files import why
from omr.rules import BLANK, INVALID, OPEN, OVERVOTE, STRUCK, BallotState
from omr.standing import StandingBallot, StandingRow
from omr.tally import Day, Listed, tally
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from omr.tally import Base, Tally

#: The only version there is a schema for.
VERSION: Final = "1.0.0"


@dataclass(frozen=True, slots=True)
class Records:
    """A report of cast vote records.

    Attributes:
        choices: the levels, in their order.
        day: the numbers of the day, as far as the report's notes say them.
    """

    meeting: str
    people: tuple[Listed, ...]
    choices: tuple[Choice, ...]
    ballots: tuple[StandingBallot, ...]
    day: Day
    base: Base

    def count(self) -> Tally:
        """The tally of the records."""
        return tally(self.people, [choice.id for choice in self.choices], self.ballots, self.day, self.base)


def read_records(path: Path) -> Records:
    """Read a report.

    Raises:
        OmrError: the file cannot be read, or is not such a report.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be read: {why}").format(path=path, why=why(fault)),
            _("check that the file is there and may be read"),
        ) from fault
    except (ValueError, RecursionError) as fault:
        raise _not_ours(path) from fault
    try:
        return _records(report)
    except (LookupError, TypeError, ValueError, AttributeError) as fault:
        raise _not_ours(path) from fault


def _not_ours(path: Path) -> OmrError:
    return OmrError(
        _("{path} is no report of cast vote records (NIST SP 1500-103, version 1.0) of one venue").format(
            path=path
        ),
        _("make one: omr export DIR --format cvr-json --out FILE"),
    )


def _records(report: Mapping[str, Any]) -> Records:
    if report["Version"] != VERSION:
        raise ValueError(report["Version"])
    (election,) = report["Election"]
    contests = {contest["@id"]: contest for contest in election["Contest"]}
    positions = {each["@id"]: _position(each) for each in election["Candidate"]}
    people = {
        at: Listed(_number(at, place), contest["Name"], positions.get(contest.get("CandidateId", ""), ""))
        for place, (at, contest) in enumerate(contests.items(), start=1)
    }
    first, *_rest = contests
    choices = tuple(
        Choice(choice["@id"].removeprefix(f"{first}-"), choice["Selection"])
        for choice in contests[first]["ContestSelection"]
    )
    ballots = tuple(_ballot(record, people) for record in report.get("CVR", ()))
    day, base = _day(report.get("Notes", ""))
    return Records(election.get("Name", ""), tuple(people.values()), choices, ballots, day, base)


def _number(contest: str, place: int) -> int:
    """The person's number on the paper, which stands in the contest's id; else its place in the list."""
    digits = contest.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdigit() else place


def _position(candidate: Mapping[str, Any]) -> str:
    codes = (code for code in candidate.get("Code", ()) if code.get("OtherType") == POSITION_CODE)
    return next((str(code["Value"]) for code in codes), "")


def _day(notes: str) -> tuple[Day, Base]:
    """The numbers of the day; see `omr.export`."""
    said = dict(part.split("=", 1) for part in notes.split("; ") if "=" in part)
    summoned, present, present_at_vote, issued = (_count(said.get(name, "")) for name in NOTES)
    base: Base = "delegates" if said.get("base") == "delegates" else "collected"
    return Day(summoned, present, present_at_vote, issued), base


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _ballot(record: Mapping[str, Any], people: Mapping[str, Listed]) -> StandingBallot:
    """The record as it stands now: its current snapshot."""
    snapshot, *_older = (s for s in record["CVRSnapshot"] if s["@id"] == record["CurrentSnapshotId"])
    rows = tuple(
        StandingRow(people[contest["ContestId"]].number, "", _final(contest))
        for contest in snapshot["CVRContest"]
    )
    thrown_out = snapshot.get("OtherStatus", "").split(",") if "other" in snapshot.get("Status", ()) else []
    flags = tuple(Flag(text) for text in thrown_out if text in set(Flag))
    state = BallotState.INVALID if thrown_out else BallotState.SOUND
    return StandingBallot(record["UniqueId"], state, flags, rows)


def _final(contest: Mapping[str, Any]) -> str:
    """What the row counts as: a level's id, why it is invalid, or open."""
    selections = [each for each in contest.get("CVRContestSelection", ()) if each.get("TotalNumberVotes")]
    if len(selections) == 1:
        (selection,) = selections
        return str(selection["ContestSelectionId"].removeprefix(f"{contest['ContestId']}-"))
    status = contest.get("Status", ())
    if "other" in status:
        return STRUCK if contest["OtherStatus"] == "name_struck" else OPEN
    for name, final in (("not-indicated", BLANK), ("overvoted", OVERVOTE), ("invalidated-rules", INVALID)):
        if name in status:
            return final
    raise ValueError(contest["ContestId"])
