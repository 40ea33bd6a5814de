"""The samples, from print to result: nothing silently wrong, little asked, and the truth at the end."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from contextlib import redirect_stdout
from fractions import Fraction
from io import StringIO

import docx
import openpyxl
import pypdfium2
import pytest

from generate.fonts import LAST_RESORT, find_family
from omr.cli import run
from omr.counting import count_folder
from omr.demo import SAMPLE, lay_out_sample, sample
from omr.election import Folder
from omr.printing import print_ballots
from omr.rules import UNSURE
from omr.scan import scan
from omr.status import status

#: `[rules] reviewers`: the board decides together in these tests.
BOARD = "Ban Kiểm phiếu"


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Day:
    """One sample, printed and scanned, and the truth about it."""

    def __init__(self, name, root):
        self.folder = Folder(root / name)
        with sample(name) as given:
            self.truth = table(given / "truth.csv")
            self.sheets = table(given / "truth-sheets.csv")
            self.exit_code = self.print_and_scan(given)

    def print_and_scan(self, given):
        lay_out_sample(given, self.folder)
        print_ballots(self.folder, 46, find_family(LAST_RESORT))
        return scan(self.folder, [given / "scans"], jobs=2).exit_code

    def place(self, row):
        return row["source"].rsplit("/", 1)[-1], int(row["page_in_source"])

    def pages(self):
        """Every scanned page of the status, by file and page."""
        pages = status(count_folder(self.folder).now)["pages"]
        return {(p["source"].rsplit("/", 1)[-1], p["page_in_source"]): p for p in pages}

    def rows(self):
        """(truth, ballot id, standing row) of every row of every ballot."""
        pages = self.pages()
        ballots = {b.id: {r.number: r for r in b.rows} for b in count_folder(self.folder).ballots}
        for true in self.truth:
            ballot = pages[self.place(true)]["ballot"]
            yield true, ballot, ballots[ballot][int(true["number"])]


class DemoDay(Day):
    """The sample of `omr demo`, which prints and scans it; what it said, and what waited when it ended."""

    def print_and_scan(self, _given):
        with redirect_stdout(StringIO()) as said:
            exit_code = run(["demo", str(self.folder.root)])
        self.said = said.getvalue()
        self.waiting = count_folder(self.folder).now.open_items
        return exit_code


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return DemoDay(SAMPLE, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def long_ballots(tmp_path_factory):
    return Day("nhieu-trang", tmp_path_factory.mktemp("day"))


@pytest.fixture(params=["demo", "long_ballots"], ids=[SAMPLE, "nhieu-trang"])
def day(request):
    return request.getfixturevalue(request.param)


def test_every_page_of_the_batch_is_what_it_is(day):
    """Pages in = read + blank + duplicate + foreign + unreadable, each page in the right one."""
    assert day.exit_code == 0
    pages = day.pages()
    expected = {day.place(true): true["state"] for true in day.sheets}
    assert {place: page["state"] for place, page in pages.items()} == expected


def test_no_row_is_silently_wrong(day):
    """A row is read as the truth says, or flagged with a reason."""
    for true, ballot, row in day.rows():
        if row.reading == UNSURE:
            assert row.reason, (ballot, row.number)
        else:
            assert row.reading in {true["truth"], true["decided"]}, (true, row)


def test_plainly_marked_rows_are_hardly_ever_asked_about(day):
    """At most 5 % of the plainly marked rows are flagged."""
    plain = [row.reading == UNSURE for true, _ballot, row in day.rows() if true["plain"] == "1"]
    assert len(plain) > 100
    assert sum(plain) <= 0.05 * len(plain)


def test_a_sheet_that_the_board_did_not_issue_is_suspect(day):
    """No seal, or a black one: people are asked about the whole ballot."""
    asked = {(i.ballot, i.question.value) for i in count_folder(day.folder).now.open_items}
    for true in day.sheets:
        if true["decided"] == "invalid":
            assert (day.pages()[day.place(true)]["ballot"], "validity") in asked


def test_decided_by_people_the_result_is_the_truth(day, tmp_path, capsys):
    """Counts, shares and invalid counts equal those of the truth; every paper has the same sums."""
    decide(day)
    capsys.readouterr()
    assert run(["tally", str(day.folder.root), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["final"] is True
    expected = count_truth(day)
    for person in result["people"]:
        votes = {choice: person[choice] for choice in result["choices"]}
        assert votes | {"invalid": person["invalid"]} == expected[person["number"]]
        for choice, share in person["shares"].items():
            exact = Fraction(votes[choice], result["collected"])
            assert Fraction(share["numerator"], share["denominator"]) == exact
    assert run(["report", str(day.folder.root), "--out", str(tmp_path)]) == 0
    compare_papers(tmp_path, result)


def decide(day):
    """Answer every open question as the truth says, on the command line."""
    root, pages = str(day.folder.root), day.pages()
    sheet = {pages[day.place(t)]["ballot"]: t["decided"] for t in day.sheets if t["decided"]}
    decided = {(ballot, int(true["number"])): true["decided"] for true, ballot, _row in day.rows()}
    for item in count_folder(day.folder).now.open_items:
        answer = decided[item.ballot, item.number] if item.number else sheet[item.ballot]
        row = str(item.number or "-")
        assert (
            run(["resolve", root, item.ballot, row, answer, "--by", BOARD, "--why", "như trong truth.csv"])
            == 0
        )
    assert count_folder(day.folder).now.open_items == ()


def count_truth(day):
    """Person number -> each choice and the invalid, from the samples' own truth."""
    invalid = {true["sheet"] for true in day.sheets if true["decided"] == "invalid"}
    counts = defaultdict(Counter)
    for true in day.truth:
        kind = true["decided"] if true["decided"] in {"high", "medium", "low"} else "invalid"
        counts[int(true["number"])]["invalid" if true["sheet"] in invalid else kind] += 1
    return {
        n: {kind: count[kind] for kind in ("high", "medium", "low", "invalid")} for n, count in counts.items()
    }


def compare_papers(folder, result):
    """results.csv, the DOCX, the XLSX and the PDF say what the tally says."""
    rows = [[p["number"], p["valid"], p["high"], p["medium"], p["low"]] for p in result["people"]]
    keys = ("number", "valid", "high", "medium", "low")
    assert [[int(r[k]) for k in keys] for r in table(folder / "results.csv")] == rows
    assert docx_rows(folder / "phu-luc-05.docx") == rows
    assert xlsx_rows(folder / "phu-luc-05.xlsx") == [[r[0], *r[2:]] for r in rows]
    text = pdf_text(folder / "phu-luc-05.pdf")
    assert "BẢN NHÁP" not in text
    shares = [s["percent"].replace(".", ",") for p in result["people"] for s in p["shares"].values()]
    assert sorted(re.findall(r"\b\d+,\d\d\b", text)) == sorted(shares)


def docx_rows(path):
    cells = [[cell.text for cell in row.cells] for row in docx.Document(str(path)).tables[1].rows[3:]]
    return [[int(row[at]) for at in (0, 3, 4, 6, 8)] for row in cells]


def xlsx_rows(path):
    sheet = openpyxl.load_workbook(path).active
    start = next(row[0].row for row in sheet.iter_rows() if row[0].value == "STT") + 3
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=start) if isinstance(row[0].value, int)]
    return [[row[at] for at in (0, 4, 6, 8)] for row in rows]


def pdf_text(path):
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_the_demo_runs_in_half_a_minute_and_says_what_to_open(demo):
    """`omr demo`: exit 0, the files to open, and the rows that wait for people."""
    assert demo.exit_code == 0
    seconds = re.search(r"([\d.]+) giây", demo.said)
    assert seconds is not None
    assert float(seconds[1]) < 30
    root = demo.folder.root
    for name in ("ballots.pdf", "phu-luc-05.pdf", "phu-luc-05.docx", "phu-luc-05.xlsx", "chart.png"):
        assert (root / name).stat().st_size > 1000
        assert str(root / name) in demo.said
    assert demo.waiting
    for item in demo.waiting:
        assert item.ballot in demo.said
    assert "BẢN NHÁP" in pdf_text(root / "phu-luc-05.pdf")
