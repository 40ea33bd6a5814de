"""Cast vote records read back: whoever counts from the file gets the same tally."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.content import Person
from layouts.model import BallotLayout, Box, Cell, Choice, PageLayout, Row
from omr.cli import run
from omr.cvr import read_records
from omr.election import Election, Rules, Session
from omr.errors import OmrError
from omr.evidence import Flag, Reason
from omr.export import as_cvr, as_json
from omr.rules import BallotState, RowReading
from omr.standing import SeenBallot, stand
from omr.tally import Day, Listed, tally

SCHEMA = json.loads(
    (Path(__file__).parent / "nist/NIST_V0_cast_vote_records.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
BOX = Box(0, 0, 1, 1)
CHOICES = (Choice("high", "Tín nhiệm cao"), Choice("medium", "Tín nhiệm"), Choice("low", "Tín nhiệm thấp"))
PEOPLE = (Listed(1, "Lê Văn Mẫu", "Bí thư, Chủ tịch"), Listed(2, "Lê Văn Mẫu", "Phó Bí thư"))
ROWS = tuple(
    Row(p.number, p.name, p.position, BOX, BOX, tuple(Cell(c.id, BOX) for c in CHOICES)) for p in PEOPLE
)
LAYOUT = BallotLayout(
    "ABCDEFGH",
    "phu_luc_04",
    CHOICES,
    (PageLayout(1, (210, 297), (), BOX, None, None, None, BOX, ROWS, (), ()),),
)
NOW = datetime(2023, 12, 15, 8, 30, tzinfo=UTC)
READINGS = ("high", "medium", "low", "blank", "overvote", "struck", "unsure")

readings = st.sampled_from(READINGS)
boxes = st.lists(
    st.builds(
        lambda name, one, two, flags, state: SeenBallot(
            name.hex,
            tuple(
                RowReading(n, text, Reason.FAINT_MARK if text == "unsure" else None)
                for n, text in ((1, one), (2, two))
            ),
            tuple(flags),
            decided_ballot=state,
        ),
        st.uuids(),
        readings,
        readings,
        st.lists(st.sampled_from([Flag.SEAL_MISSING, Flag.CODE_FORGED, Flag.WRITE_IN]), max_size=2),
        st.sampled_from([None, BallotState.SOUND, BallotState.INVALID]),
    ),
    max_size=8,
    unique_by=lambda ballot: ballot.id,
)


def report(ballots, base="collected"):
    election = Election(
        id="ABCDEFGH",
        year=2023,
        meeting="Hội nghị",
        people=(Person(1, "x"),),
        session=Session(summoned=12, present=10, issued=9),
        rules=Rules(base=base),
    )
    return as_cvr(ballots, LAYOUT, election, NOW)


@settings(deadline=None)  # it writes a file and validates it: as slow as the disk
@given(boxes, st.sampled_from(["row", "ballot"]), st.sampled_from(["collected", "delegates"]))
def test_the_same_tally_comes_back_from_the_file(tmp_path_factory, box, scope, base):
    """Counts, shares, reasons and what is open, whatever is in the box; valid by NIST's schema each time."""
    ballots = stand(box, [1, 2], scope=scope)
    written = report(ballots, base)
    VALIDATOR.validate(written)
    path = tmp_path_factory.mktemp("cvr") / "votes.json"
    path.write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
    day = Day(summoned=12, present=10, issued=9)
    before = as_json(tally(PEOPLE, [c.id for c in CHOICES], ballots, day, base))
    assert as_json(read_records(path).count()) == before


def test_the_standards_validator_sees_a_fault():
    """The schema is not vacuous: a record without its snapshot is refused."""
    written = report(stand([SeenBallot("a", (RowReading(1, "high"), RowReading(2, "low")))], [1, 2]))
    del written["CVR"][0]["CurrentSnapshotId"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate(written)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"Version": "2.0.0"}', '{"Version": "1.0.0", "Election": []}', "không"]
)
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "votes.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OmrError, match="SP 1500-103"):
        read_records(path)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(OmrError, match="nowhere"):
        read_records(tmp_path / "nowhere.json")


def test_the_command_counts_a_report(tmp_path, capsys):
    path = tmp_path / "votes.json"
    box = [SeenBallot("a", (RowReading(1, "high"), RowReading(2, "low")))]
    path.write_text(json.dumps(report(stand(box, [1, 2]))), encoding="utf-8")
    assert run(["import-cvr", str(path), "--json"]) == 0
    people = json.loads(capsys.readouterr().out)["people"]
    assert [(p["high"], p["low"], p["position"]) for p in people] == [
        (1, 0, "Bí thư, Chủ tịch"),
        (0, 1, "Phó Bí thư"),
    ]
    assert run(["import-cvr", str(path)]) == 0
    assert "Lê Văn Mẫu" in capsys.readouterr().out
