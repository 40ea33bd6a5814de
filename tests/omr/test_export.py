"""Exports: the contract's columns, NIST's schema, and nothing that could betray a voter."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from layouts.content import Person
from layouts.model import BallotLayout, Box, Cell, Choice, PageLayout, Row
from omr.election import Election
from omr.evidence import Flag, Reason
from omr.export import as_csv, as_cvr, as_json
from omr.rules import BallotState, RowReading
from omr.standing import SeenBallot, stand
from omr.tally import Day, Listed, tally

CHOICES = (Choice("high", "Tín nhiệm cao"), Choice("medium", "Tín nhiệm"), Choice("low", "Tín nhiệm thấp"))
NAMES = {1: "Lê Văn Mẫu", 2: "Trần Thị Thử"}
BOX = Box(0, 0, 1, 1)
SCHEMA = Path(__file__).parent / "nist" / "NIST_V0_cast_vote_records.json"


def page(number, person):
    cells = tuple(Cell(choice.id, BOX) for choice in CHOICES)
    row = Row(person, NAMES[person], "Chức vụ", BOX, BOX, cells)
    return PageLayout(number, (210, 297), (), BOX, None, None, None, BOX, (row,), (), ())


LAYOUT = BallotLayout("ABCDEFGH", "phu_luc_04", CHOICES, (page(1, 1), page(2, 2)))
ELECTION = Election(id="ABCDEFGH", year=2023, meeting="Hội nghị", people=(Person(1, "Lê Văn Mẫu"),))
NOW = datetime(2023, 12, 15, 8, 30, tzinfo=UTC)


def ballots():
    unsure = RowReading(2, "unsure", Reason.FAINT_MARK)
    return stand(
        [
            SeenBallot("ff", (RowReading(1, "high"), unsure)),
            SeenBallot("aa", (RowReading(1, "blank", Reason.NO_MARK), unsure), decided_rows={2: "low"}),
            SeenBallot(
                "cc",
                (RowReading(1, "high"), RowReading(2, "overvote", Reason.TWO_MARKS)),
                (Flag.SEAL_MISSING,),
                decided_ballot=BallotState.INVALID,
            ),
        ],
        [1, 2],
    )


def test_the_csv_is_the_contract():
    """`reading` is the machine's, `final` is after people, empty while open; by random ballot id."""
    assert as_csv(ballots(), LAYOUT).splitlines() == [
        "ballot,page,number,name,reading,final,reason",
        "aa,1,1,Lê Văn Mẫu,blank,blank,no_mark",
        "aa,2,2,Trần Thị Thử,unsure,low,faint_mark",
        "cc,1,1,Lê Văn Mẫu,high,invalid,seal_missing",
        "cc,2,2,Trần Thị Thử,overvote,invalid,two_marks",
        "ff,1,1,Lê Văn Mẫu,high,high,",
        "ff,2,2,Trần Thị Thử,unsure,,faint_mark",
    ]


def contests(cvr):
    (snapshot,) = cvr["CVRSnapshot"]
    return {c["ContestId"]: c for c in snapshot["CVRContest"]}


def test_each_ballot_is_one_cast_vote_record():
    first, invalid, opened = as_cvr(ballots(), LAYOUT, ELECTION, NOW)["CVR"]
    assert [c["UniqueId"] for c in (first, invalid, opened)] == ["aa", "cc", "ff"]
    assert contests(first)["contest-1"]["Status"] == ["not-indicated"]
    (selection,) = contests(first)["contest-2"]["CVRContestSelection"]
    assert selection["ContestSelectionId"] == "contest-2-low"
    assert first["CVRSnapshot"][0]["Type"] == "modified"
    assert {c["Status"][0] for c in contests(invalid).values()} == {"invalidated-rules"}
    assert opened["CVRSnapshot"][0]["Status"] == ["needs-adjudication"]


def references(value, key="@id"):
    """Every id that a report defines, or every one that it points to."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key or (key == "ref" and re.search(r"Ids?$", name) and name != "UniqueId"):
                yield from inner if isinstance(inner, list) else [inner]
            else:
                yield from references(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner, key)


def test_every_reference_of_a_report_points_somewhere_and_ids_are_unique():
    report = as_cvr(ballots(), LAYOUT, ELECTION, NOW)
    defined = list(references(report))
    assert len(defined) == len(set(defined))
    assert set(references(report, "ref")) <= set(defined)


def test_the_records_are_valid_by_the_standards_schema():
    """NIST SP 1500-103, version 1.0, its JSON schema (draft 4)."""
    standard = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    report = as_cvr(ballots(), LAYOUT, ELECTION, NOW)
    standard.validate(report)
    report["CVR"][0]["CVRSnapshot"][0]["Type"] = "guessed"
    assert not standard.is_valid(report)


@given(st.permutations(ballots()))
def test_no_export_tells_the_order_of_scanning(shuffled):
    """Secrecy: whatever order ballots come in, the files are the same."""
    assert as_csv(shuffled, LAYOUT) == as_csv(ballots(), LAYOUT)
    assert as_cvr(shuffled, LAYOUT, ELECTION, NOW) == as_cvr(ballots(), LAYOUT, ELECTION, NOW)


def test_the_tally_for_other_programs_is_exact():
    people = [Listed(n, name, "Chức vụ") for n, name in NAMES.items()]
    result = as_json(tally(people, ["high", "medium", "low"], ballots(), Day(summoned=4), "delegates"))
    first = result["people"][0]
    assert (result["collected"], result["base"], result["base_count"], result["final"]) == (
        3,
        "delegates",
        4,
        False,
    )
    assert (first["high"], first["valid"], first["invalid"], first["open"]) == (1, 1, 2, 0)
    assert first["shares"]["high"] == {"numerator": 1, "denominator": 4, "percent": "25.00"}
    assert first["shares_of_collected"]["high"] == {"numerator": 1, "denominator": 3, "percent": "33.33"}
    assert json.loads(json.dumps(result)) == result


def test_a_name_with_a_comma_stays_one_cell():
    layout = BallotLayout("A", "x", CHOICES, (page(1, 1),))
    changed = Row(1, 'Lê, "Mẫu"', "", BOX, BOX, layout.pages[0].rows[0].cells)
    pages = (PageLayout(1, (210, 297), (), BOX, None, None, None, BOX, (changed,), (), ()),)
    text = as_csv(
        stand([SeenBallot("a", (RowReading(1, "high"),))], [1]), BallotLayout("A", "x", CHOICES, pages)
    )
    assert next(csv.DictReader(io.StringIO(text)))["name"] == 'Lê, "Mẫu"'
