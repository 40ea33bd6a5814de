"""The samples as they lie in the project: complete, small, and still of the ballot that the code prints."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw
import pytest

from generate.fonts import LAST_RESORT, find_family
from layouts.codes import fingerprint
from layouts.files import from_json
from omr.election import Folder, load_election, load_key
from omr.printing import lay_out
from scripts.make_samples import prepare
from scripts.sample_files import pdf_of
from scripts.sample_plans import BAN_CHAP_HANH, NHIEU_TRANG, SAMPLES, row_plans
from scripts.simulate import EXPECTED, Kind, SealKind
from scripts.simulate.scan_damage import jpeg_bytes

ROOT = Path(__file__).resolve().parents[2] / "samples"

#: Issue 2, section 5.
MOST_BYTES = 16_000_000


def _table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows():
    return _table(ROOT / "ban-chap-hanh" / "truth.csv")


@pytest.fixture(scope="module")
def sheets():
    return _table(ROOT / "ban-chap-hanh" / "truth-sheets.csv")


def test_all_samples_are_under_16_megabytes():
    """They travel with the program."""
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < MOST_BYTES


@pytest.mark.parametrize("plan", SAMPLES, ids=lambda plan: plan.folder)
def test_the_samples_are_of_the_ballot_that_is_printed_today(plan):
    """Where this fails, run `python -m scripts.make_samples`."""
    folder = Folder(ROOT / plan.folder)
    layout = lay_out(load_election(folder), find_family(LAST_RESORT))
    assert fingerprint(from_json(folder.layout_json.read_text("utf-8"))) == fingerprint(layout)


@pytest.mark.parametrize("plan", SAMPLES, ids=lambda plan: plan.folder)
def test_every_page_of_the_batch_is_in_the_truth(plan):
    """Files and truth-sheets.csv name the same pages."""
    scans = ROOT / plan.folder / "scans"
    document = pypdfium2.PdfDocument(scans / f"{plan.folder}.pdf")
    there = {(f"{plan.folder}.pdf", str(index + 1)) for index in range(len(document))}
    document.close()
    there |= {(f"jpeg/{path.name}", "1") for path in (scans / "jpeg").glob("*.jpg")}
    truth = _table(ROOT / plan.folder / "truth-sheets.csv")
    assert {(page["source"], page["page_in_source"]) for page in truth} == there
    assert len(truth) == len(there)


@pytest.mark.parametrize("plan", SAMPLES, ids=lambda plan: plan.folder)
def test_every_row_of_every_ballot_is_in_the_truth_once(plan):
    """As many rows as ballots × people, none twice."""
    truth = _table(ROOT / plan.folder / "truth.csv")
    assert len({(row["sheet"], row["number"]) for row in truth}) == len(truth)
    assert len(truth) == plan.ballots * len(plan.people)


def test_the_sample_has_what_issue_2_lists(rows, sheets):
    """Many hands' X, and every oddity at least once."""
    kinds = Counter(row["kind"] for row in rows)
    wanted = {Kind.TICK, Kind.CIRCLE, Kind.FAINT, Kind.BIG, Kind.OFF_CENTRE, Kind.BLANK, Kind.TWO_MARKS}
    assert not {*wanted, Kind.CORRECTION, Kind.STRUCK_LINE} - set(kinds)
    assert kinds[Kind.PLAIN_X] > len(rows) / 2
    states = Counter(page["state"] for page in sheets)
    assert states == {"read": 45, "duplicate": 1, "blank": 1, "foreign": 1}
    notes = " ".join(page["notes"] for page in sheets).split()
    assert {"write_in_below", "signature", "upside_down"} <= set(notes)
    seals = Counter(page["seal"] for page in sheets if page["state"] == "read")
    assert seals[SealKind.NONE] == seals[SealKind.BLACK] == 1


def test_somebody_is_just_over_one_half_low(rows, sheets):
    """Person 9 has 23 of 45: consequence A, and one vote less would be none (plan, III.6)."""
    valid = {page["sheet"] for page in sheets if page["decided"] == "valid"}
    low = [row for row in rows if row["number"] == "9" and row["decided"] == "low" and row["sheet"] in valid]
    assert len(low) == 23
    assert 2 * len(low) > BAN_CHAP_HANH.ballots >= 2 * (len(low) - 1)


def test_the_truth_allows_what_people_decide(rows):
    """A row's truth is either what people decide or that the reader must ask."""
    assert all(row["truth"] in ("unsure", row["decided"]) for row in rows)
    assert all(row["truth"] == row["decided"] for row in rows if row["plain"] == "1")


def test_the_plan_deals_out_every_special_kind():
    """As many rows of each kind as the plan says, beside the hands' habits."""
    dealt = row_plans(NHIEU_TRANG, np.random.default_rng(1))
    counts = Counter(row.kind for rows in dealt.values() for row in rows)
    assert {kind: counts[kind] for kind in NHIEU_TRANG.specials} == dict(NHIEU_TRANG.specials)


def test_nobody_in_a_sample_bears_a_name_of_the_plan():
    """The plan's officials are real people: they are given no votes, not even invented ones."""
    surnames = defaultdict(set)
    for plan in SAMPLES:
        for name, _position in plan.people:
            surnames[name.split()[0]].add(name.split(maxsplit=1)[1])
    invented = {"Thử", "Dụ", "Mẫu", "Định", "Họa", "Điểm", "Nháp", "Tượng", "Thật", "Nghiệm", "Tạm"}
    assert {rest.split()[-1] for names in surnames.values() for rest in names} <= invented


def test_a_pdf_holds_the_very_bytes_of_its_jpegs():
    """As from a scanner: nothing is compressed twice, nothing is written as text."""
    jpeg = jpeg_bytes(np.random.default_rng(2).integers(0, 255, (90, 60, 3)).astype(np.uint8), 50)
    data = pdf_of([jpeg, jpeg], 200.0)
    assert jpeg in data
    assert b"ASCII85" not in data
    document = pypdfium2.PdfDocument(data)
    assert document[0].get_size() == pytest.approx((60 * 72 / 200, 90 * 72 / 200), abs=0.01)
    document.close()


def test_scans_are_colour_at_200_dpi():
    """A4 in colour, as issue 2 has it."""
    path = next((ROOT / "ban-chap-hanh" / "scans" / "jpeg").glob("*.jpg"))
    image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert image.shape == (2339, 1654, 3)


def test_a_prepared_sample_is_an_election(tmp_path):
    """What the script writes is what the program reads."""
    folder = prepare(NHIEU_TRANG, Folder(tmp_path / "new"))
    assert [person.name for person in load_election(folder).people] == [
        name for name, _ in NHIEU_TRANG.people
    ]
    assert len(load_key(folder)) == 32
    assert all(kind in EXPECTED for kind in NHIEU_TRANG.specials)
