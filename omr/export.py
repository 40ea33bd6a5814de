"""What other programs read: the tally as JSON, the votes as CSV, the cast vote records as NIST's JSON.

The ballot is secret: ballots come in the order of their random ids, and nothing says when, from which file
or after which other ballot one was read.
"""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from omr.rules import BLANK, INVALID, OPEN, OVERVOTE, STRUCK, BallotState
from omr.words import percent_hundredths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from layouts.model import BallotLayout
    from omr.election import Election
    from omr.standing import StandingBallot, StandingRow
    from omr.tally import Base, PersonTally, Tally

#: Numbers of the day that a report of cast vote records carries in its notes.
NOTES: Final = ("summoned", "present", "present_at_vote", "issued")

#: Name of the code that carries a person's position; the standard has no field for it.
POSITION_CODE: Final = "position"

#: Columns of `omr export --format csv`, a contract with other programs.
COLUMNS: Final = ("ballot", "page", "number", "name", "reading", "final", "reason")


def as_csv(ballots: Sequence[StandingBallot], layout: BallotLayout) -> str:
    """One line a ballot and person, by random ballot id, then number; `final` is empty while open."""
    place = {row.number: (page.page, row.name) for page in layout.pages for row in page.rows}
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for ballot in sorted(ballots, key=lambda each: each.id):
        for row in sorted(ballot.rows, key=lambda each: each.number):
            page, name = place[row.number]
            table.writerow((ballot.id, page, row.number, name, row.reading, row.final, row.reason))
    return out.getvalue()


def as_json(result: Tally) -> dict[str, Any]:
    """The result for other programs: whole numbers, and shares as numerator and denominator."""
    return {
        "version": 1,
        "collected": result.collected,
        "issued": result.day.issued,
        "delegates": result.day.summoned,
        "base": result.base,
        "base_count": result.base_count,
        "choices": list(result.choices),
        "final": result.final,
        "adds_up": result.adds_up,
        "open": {"rows": result.open_rows, "ballots": result.open_ballots, "pages": result.day.unread},
        "draft_reasons": list(result.draft_reasons),
        "checks": [
            {"check": c.code, "text": c.text, "holds": c.holds, "waived": c.waived} for c in result.checks
        ],
        "people": [_person_json(result, each) for each in result.people],
    }


def _person_json(result: Tally, each: PersonTally) -> dict[str, Any]:
    return {
        "number": each.person.number,
        "name": each.person.name,
        "position": each.person.position,
        **each.votes,
        "valid": each.valid,
        "invalid": each.invalid,
        "invalid_reasons": dict(each.reasons),
        "open": each.open,
        "shares": _shares_json(result, each, result.base),
        "shares_of_collected": _shares_json(result, each, "collected"),
        "shares_of_delegates": _shares_json(result, each, "delegates"),
        "consequence": each.consequence or None,
    }


def _shares_json(result: Tally, each: PersonTally, base: Base) -> dict[str, Any] | None:
    """Shares of one base by choice; None while the base is not known."""
    whole = result.whole(base)
    if not whole:
        return None
    return {
        choice: {
            "numerator": votes,
            "denominator": whole,
            "percent": "{}.{:02d}".format(*divmod(percent_hundredths(Fraction(votes, whole)), 100)),
        }
        for choice, votes in each.votes.items()
    }


def as_cvr(
    ballots: Sequence[StandingBallot], layout: BallotLayout, election: Election, generated: datetime
) -> dict[str, Any]:
    """Cast vote records of NIST SP 1500-103, version 1.0: a person is a contest, a level a selection.

    Args:
        ballots: as they stand; written in the order of their random ids.
        layout: names the persons and the choices.
        election: for its names.
        generated: when this report is made; the standard asks for it. It says nothing of any vote.
    """
    rows = [row for page in layout.pages for row in page.rows]
    choices = [(choice.id, choice.label) for choice in layout.choices]
    return {
        "@type": "CVR.CastVoteRecordReport",
        "Version": "1.0.0",
        "GeneratedDate": generated.isoformat(timespec="seconds"),
        "Notes": _notes(election),
        "ReportGeneratingDeviceIds": ["device"],
        "ReportingDevice": [{"@id": "device", "@type": "CVR.ReportingDevice", "Application": "omr"}],
        "ReportType": ["adjudicated"],
        "GpUnit": [
            {"@id": "venue", "@type": "CVR.GpUnit", "Type": "polling-place", "Name": election.meeting}
        ],
        "Election": [
            {
                "@id": f"election-{election.id}",
                "@type": "CVR.Election",
                "ElectionScopeId": "venue",
                "Name": election.meeting,
                "Candidate": [
                    {
                        "@id": f"person-{row.number}",
                        "@type": "CVR.Candidate",
                        "Name": row.name,
                        "Code": [_position_code(row.position)],
                    }
                    for row in rows
                ],
                "Contest": [_contest(row.number, row.name, choices) for row in rows],
            }
        ],
        "CVR": [_cvr(ballot, election.id, choices) for ballot in sorted(ballots, key=lambda b: b.id)],
    }


def _notes(election: Election) -> str:
    """The numbers of the day, for which the standard has no field: `summoned=48; issued=46; …`."""
    session = election.session
    known = [f"{name}={getattr(session, name)}" for name in NOTES if getattr(session, name) is not None]
    return "; ".join([*known, f"base={election.rules.base}"])


def _position_code(position: str) -> dict[str, Any]:
    return {"@type": "CVR.Code", "Type": "other", "OtherType": POSITION_CODE, "Value": position}


def _contest(number: int, name: str, choices: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "@id": f"contest-{number}",
        "@type": "CVR.RetentionContest",
        "Name": name,
        "CandidateId": f"person-{number}",
        "VoteVariation": "plurality",
        "ContestSelection": [
            {"@id": f"contest-{number}-{choice}", "@type": "CVR.BallotMeasureSelection", "Selection": label}
            for choice, label in choices
        ],
    }


def _cvr(ballot: StandingBallot, election: str, choices: Sequence[tuple[str, str]]) -> dict[str, Any]:
    changed = any(row.final != row.reading for row in ballot.rows)
    order = {choice: place for place, (choice, _label) in enumerate(choices)}
    snapshot: dict[str, Any] = {
        "@id": f"ballot-{ballot.id}-now",
        "@type": "CVR.CVRSnapshot",
        "Type": "modified" if changed and not ballot.open else "interpreted",
        "CVRContest": [_cvr_contest(row, order) for row in ballot.rows],
    }
    if ballot.open:
        snapshot["Status"] = ["needs-adjudication"]
    elif ballot.state is BallotState.INVALID:
        why = ",".join(flag.value for flag in ballot.flags)
        snapshot |= {"Status": ["other"], "OtherStatus": why or INVALID}
    return {
        "@type": "CVR.CVR",
        "ElectionId": f"election-{election}",
        "UniqueId": ballot.id,
        "CurrentSnapshotId": snapshot["@id"],
        "CVRSnapshot": [snapshot],
    }


def _cvr_contest(row: StandingRow, order: Mapping[str, int]) -> dict[str, Any]:
    contest: dict[str, Any] = {"@type": "CVR.CVRContest", "ContestId": f"contest-{row.number}"}
    if row.final in order:
        return {**contest, "CVRContestSelection": [_selection(row, order)], "Selections": 1}
    return {**contest, "Selections": 0, **INVALID_CONTEST.get(row.final, NOT_VALID)}


def _selection(row: StandingRow, order: Mapping[str, int]) -> dict[str, Any]:
    return {
        "@type": "CVR.CVRContestSelection",
        "ContestSelectionId": f"contest-{row.number}-{row.final}",
        "OptionPosition": order[row.final],
        "TotalNumberVotes": 1,
        "SelectionPosition": [{"@type": "CVR.SelectionPosition", "HasIndication": "yes", "NumberVotes": 1}],
    }


#: How a row that is no vote is said in the standard's words (ContestStatus).
INVALID_CONTEST: Final[dict[str, dict[str, Any]]] = {
    BLANK: {"Status": ["not-indicated"], "Undervotes": 1},
    OVERVOTE: {"Status": ["overvoted"], "Overvotes": 1},
    STRUCK: {"Status": ["other"], "OtherStatus": "name_struck"},
    OPEN: {"Status": ["other"], "OtherStatus": "open"},
}
NOT_VALID: Final[dict[str, Any]] = {"Status": ["invalidated-rules"]}
