"""The papers of an election: one truth in every format, secrets where they belong, pages that look right."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pypdfium2
import pytest
from PIL import Image

from layouts.content import Person
from layouts.model import BallotLayout, Choice
from omr.cli import run
from omr.counting import count_folder
from omr.election import Election
from omr.evidence import Flag
from omr.papers import write_papers
from omr.report.public import left_blank
from omr.report.write import write_report
from omr.review import resolve
from omr.rules import RowReading
from omr.signing import fingerprint, public_key
from omr.standing import SeenBallot, stand
from omr.store import Store
from omr.tally import Day, Listed, tally
from omr.web.paper_list import papers as offered_on_the_screen
from tests.omr.ledger import FAMILY, make_election

CHOICES = (Choice("high", "Tín nhiệm cao"), Choice("medium", "Tín nhiệm"), Choice("low", "Tín nhiệm thấp"))
GOLDENS = Path(__file__).parent / "golden"
NAMES = ("Lê Mẫu", "Công Tằng Tôn Nữ Thị Thí Điểm Minh Họa", "Trần Thị Ví Dụ", "Nguyễn Văn Thử")
POSITIONS = (
    "Bí thư Huyện ủy",
    "Ủy viên Ban Thường vụ Huyện ủy, Trưởng Ban Tuyên giáo, Giám đốc Trung tâm Chính trị huyện",
    "HUV, Trưởng phòng Nông nghiệp và Phát triển nông thôn huyện",
)
BOARD = ("Nguyễn Văn Trưởng", "Trần Thị Phó")
SESSION = {
    "summoned": 14,
    "present": 13,
    "absent": 1,
    "present_at_vote": 13,
    "issued": 13,
    "begins": "8:05",
    "ends": "9:30",
    "counted_at": "Hội trường",
    "assigned_by": "Hội nghị",
    "board": BOARD,
    "head": BOARD[0],
}

#: Nobody votes for person 3; person 4 is just over a half low, person 2 over two thirds.
SPOILED = ("blank", "overvote", "struck")


def people(count):
    return [(f"{NAMES[n % 4]} {n + 1}", POSITIONS[n % 3]) for n in range(count)]


def ballots(count, size):
    levels = ("high", "medium", "low")
    rows = [[levels[(place + person) % 3] for person in range(size)] for place in range(count)]
    for place, row in enumerate(rows):
        row[1:4] = ["low", SPOILED[place % 3], "low" if place < 7 else "high"]
    return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def final(tmp_path_factory):
    """Twelve ballots of five people, one of them not issued by the board; everything is decided."""
    root = tmp_path_factory.mktemp("vote") / "bch"
    folder = make_election(
        root,
        people(5),
        ballots(12, 5),
        flags={11: (Flag.SEAL_MISSING,)},
        session=SESSION,
        agency="HUYỆN ỦY MẪU",
    )
    with Store(folder.database) as store:
        now = count_folder(folder).now
        resolve(store, now, f"{11:032x}", None, "invalid", by="Ban Kiểm phiếu", agreed=True)
    return folder


@pytest.fixture(scope="module")
def papers(final):
    out = final.root / "giay-to"
    write_papers(out, count_folder(final), FAMILY)
    return out


def pdf_pages(path):
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def docx_text(path):
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


# --- one truth ------------------------------------------------------------------------------------------


def truth(folder):
    """name -> valid, then ballots and share of each level, as shown."""
    result = count_folder(folder).result
    told = {}
    for each in result.people:
        shares = [f"{votes * 100 / result.collected:.2f}".replace(".", ",") for votes in each.votes.values()]
        pairs = zip(map(str, each.votes.values()), shares, strict=True)
        told[each.person.name] = (str(each.valid), *(text for pair in pairs for text in pair))
    return told


def from_docx(papers):
    table = docx.Document(str(papers / "phu-luc-05.docx")).tables[1]
    rows = [[cell.text for cell in row.cells] for row in table.rows[3:]]
    return {row[1]: tuple(row[3:]) for row in rows}


def from_pdf(papers):
    text = " ".join(" ".join(pdf_pages(papers / "phu-luc-05.pdf")).split())
    numbers = re.findall(r" (\d+) (\d+) (\d+,\d\d) (\d+) (\d+,\d\d) (\d+) (\d+,\d\d)", text)
    return dict(zip((name for name, _position in people(5)), numbers, strict=True))


def from_csv(papers):
    text = (papers / "results.csv").read_text(encoding="utf-8-sig")
    levels = ("high", "medium", "low")
    return {
        row["name"]: (
            row["valid"],
            *(part for c in levels for part in (row[c], row[f"{c}_percent"].replace(".", ","))),
        )
        for row in csv.DictReader(io.StringIO(text))
    }


def from_cvr(papers):
    out = papers / "votes.json"
    assert run(["export", str(papers.parent), "--format", "cvr-json", "--out", str(out)]) == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    told = {}
    names = {c["@id"]: c["Name"] for c in record["Election"][0]["Contest"]}
    for contest, name in names.items():
        chosen = [
            s["ContestSelectionId"].removeprefix(f"{contest}-")
            for cvr in record["CVR"]
            for c in cvr["CVRSnapshot"][0]["CVRContest"]
            if c["ContestId"] == contest
            for s in c.get("CVRContestSelection", ())
        ]
        votes = [chosen.count(level) for level in ("high", "medium", "low")]
        shares = [f"{count * 100 / len(record['CVR']):.2f}".replace(".", ",") for count in votes]
        told[name] = (
            str(len(chosen)),
            *(str(part) for pair in zip(votes, shares, strict=True) for part in pair),
        )
    return told


def recalculated_here(path, folder):
    """The workbook with our own few formulas worked out, for machines without LibreOffice."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                cell.value = work_out(sheet, cell.value)
    return sheet


def work_out(sheet, text):
    if found := re.fullmatch(r'=IF\(\$D\$(\d+)>0,ROUND\(([A-Z]+\d+)\*10000/\$D\$\1,0\)/100,""\)', text):
        return int(sheet[found[2]].value * 10_000 / sheet[f"D{found[1]}"].value + 0.5) / 100
    return sum(sheet[name].value for name in text.removeprefix("=").split("+"))


def recalculated_by_libreoffice(path, folder):
    """The workbook as LibreOffice works it out."""
    office([path], folder, "xlsx")
    return openpyxl.load_workbook(folder / path.name, data_only=True).worksheets[0]


def office(paths, folder, kind):
    """Convert files with LibreOffice, in a profile of its own."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", kind, "--outdir", str(folder)]
    command += map(str, paths)
    subprocess.run(command, check=True, capture_output=True, timeout=120)


OFFICE = shutil.which("soffice") is not None
CALCULATORS = [recalculated_here, *([recalculated_by_libreoffice] if OFFICE else [])]


@pytest.mark.parametrize("calculate", CALCULATORS)
def test_the_workbook_works_out_what_we_say(final, papers, tmp_path, calculate):
    """Live formulas whose results equal ours; .ci/run has LibreOffice work them out."""
    told = {}
    for row in calculate(papers / "phu-luc-05.xlsx", tmp_path).iter_rows(values_only=True):
        if isinstance(row[0], int):
            numbers = [f"{v:.2f}".replace(".", ",") if n % 2 else str(v) for n, v in enumerate(row[4:10])]
            told[row[1]] = (str(row[3]), *numbers)
    assert told == truth(final)


@pytest.mark.parametrize("read", [from_docx, from_pdf, from_csv, from_cvr])
def test_every_format_says_the_same(final, papers, read):
    """DOCX, PDF text, CSV and cast vote records, each read back from its file."""
    assert read(papers) == truth(final)


def test_a_third_is_shown_as_it_is(papers):
    """4 of 12 ballots: 33,33."""
    assert from_docx(papers)["Lê Mẫu 1"] == ("11", "4", "33,33", "4", "33,33", "3", "25,00")


def test_a_person_without_a_vote_has_noughts(papers):
    assert from_docx(papers)["Trần Thị Ví Dụ 3"] == ("0", "0", "0,00", "0", "0,00", "0", "0,00")


# --- what stands in which paper -------------------------------------------------------------------------


def test_the_summary_says_what_iii_3_asks_for(papers):
    """III.3: issued, collected, valid, invalid, each level and its share, for every person."""
    table = docx.Document(str(papers / "tong-hop-iii-3.docx")).tables[1]
    first = [cell.text for cell in table.rows[3].cells]
    assert first[3:7] == ["13", "12", "11", "1"]
    assert first[7:] == ["4", "33,33", "4", "33,33", "3", "25,00"]


def test_invalid_ballots_stand_in_the_annex_with_their_reasons(papers):
    text = docx_text(papers / "tong-hop-iii-3.docx")
    assert "1. Phiếu không hợp lệ toàn bộ: 1 phiếu." in text
    assert "không đánh dấu vào ô nào: 4; đánh dấu vào hai hoặc ba ô: 4" in text
    assert f"{11:032x}" in text


def test_the_minutes_are_made_in_numbered_copies_with_addressees(papers):
    """III.4.1: "lập thành 03 bản (02 bản gửi Ban Thường vụ Tỉnh ủy; 01 bản lưu tại Huyện ủy) … Mật"."""
    receivers = ("Ban Thường vụ Tỉnh ủy", "Ban Thường vụ Tỉnh ủy", "Lưu tại Huyện ủy")
    for copy, receiver in enumerate(receivers, start=1):
        text = docx_text(papers / f"bien-ban-kiem-phieu-ban-{copy}.docx")
        assert f"Bản số {copy}/3" in text
        assert f"Nơi nhận bản này: {receiver}." in text
        assert "MẬT" in text
        assert BOARD[1] in text
    assert not (papers / "bien-ban-kiem-phieu-ban-4.docx").exists()
    pages = pdf_pages(papers / "bien-ban-kiem-phieu.pdf")
    assert all("Bản số" in page and "MẬT" in page for page in pages)


def test_as_many_copies_as_election_toml_names_addressees(final, tmp_path):
    counted = count_folder(final)
    more = counted.election.papers.model_copy(update={"minutes_to": ("A", "B", "C", "D")})
    election = counted.election.model_copy(update={"papers": more})
    (last,) = write_report(
        tmp_path, election, counted.result, counted.layout, FAMILY, only={"bien-ban-kiem-phieu-ban-4.docx"}
    )
    assert "Bản số 4/4" in docx_text(last)


def test_consequences_are_in_a_paper_of_their_own_and_nowhere_else(papers):
    """III.6: 7 of 12 low is more than a half; 11 of 12 is more than two thirds."""
    document = docx.Document(str(papers / "danh-sach-iii-6-mat.docx"))
    lists = [[[cell.text for cell in row.cells] for row in table.rows[1:]] for table in document.tables[1:3]]
    assert [(row[1], row[3], row[4]) for row in lists[0]] == [("Nguyễn Văn Thử 4", "7/12", "58,33")]
    assert [(row[1], row[3]) for row in lists[1]] == [(f"{NAMES[1]} 2", "11/12")]
    assert "MẬT" in docx_text(papers / "danh-sach-iii-6-mat.docx")
    for path in sorted(papers.glob("*.docx")):
        if path.name != "danh-sach-iii-6-mat.docx":
            assert "miễn nhiệm" not in docx_text(path), path.name


def test_what_is_made_public_is_that_and_nothing_more(papers):
    """III.5: the levels; no invalid ballots, no reasons, no board, no consequences."""
    text = docx_text(papers / "cong-khai.docx") + "".join(pdf_pages(papers / "cong-khai.pdf"))
    assert "33,33" in text
    assert "Ban Chấp hành Đảng bộ huyện" in text
    for hidden in ("không hợp lệ", "hợp lệ", "MẬT", *BOARD, "miễn nhiệm", f"{11:032x}"):
        assert hidden not in text, hidden


def test_the_agency_announces_by_its_name(papers):
    assert "T/M HUYỆN ỦY MẪU" in docx_text(papers / "cong-khai.docx")


def test_dots_on_the_announcement_are_never_printed_unsaid(tmp_path, capsys):
    """A warning for what nobody entered; none where everything is there."""
    folder = make_election(tmp_path / "vote", people(1), [("high",)], place="", agency="HUYỆN ỦY MẪU")
    assert run(["report", str(folder.root), "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().err.count("ghi place vào election.toml") == 1
    assert "....." in docx_text(tmp_path / "cong-khai.docx")
    election = count_folder(folder).election
    assert left_blank(election.model_copy(update={"place": "Mẫu"})) == ()
    assert len(left_blank(election.model_copy(update={"agency": "", "date": None}))) == 3


def test_the_sums_of_a_draft_agree_visibly(tmp_path):
    """III.3: valid, invalid and what waits add up to the collected; the minutes say how much waits."""
    texts = [("high", "low"), ("unsure", "low"), ("blank", "unsure"), ("unsure", "high")]
    folder = make_election(tmp_path / "vote", people(2), texts)
    counted, names = count_folder(folder), {"tong-hop-iii-3.docx", "bien-ban-kiem-phieu-ban-1.docx"}
    summary, minutes = write_report(
        tmp_path, counted.election, counted.result, counted.layout, FAMILY, draft=True, only=names
    )
    table = docx.Document(str(summary)).tables[1]
    assert table.rows[0].cells[7].text == "Chờ quyết định"
    rows = [[cell.text for cell in row.cells] for row in table.rows[3:]]
    assert [row[4:8] for row in rows] == [["4", "1", "1", "2"], ["4", "3", "0", "1"]]
    assert "Số dòng chờ quyết định, tính theo từng người: 3." in docx_text(minutes)


def test_a_draft_is_never_made_public(tmp_path):
    """Law, point 9: what is not final is a draft, and says so."""
    folder = make_election(tmp_path / "vote", people(4), [("high", "low", "unsure", "low")])
    assert run(["report", str(folder.root), "--draft"]) == 0
    assert not (folder.root / "cong-khai.docx").exists()
    for path in folder.root.glob("*.pdf"):
        assert all("BẢN NHÁP" in page for page in pdf_pages(path)), path.name
    for path in folder.root.glob("*.docx"):
        section = docx.Document(str(path)).sections[0]
        heads = (section.first_page_header, section.header)
        assert all("BẢN NHÁP" in head.paragraphs[0].text for head in heads), path.name


def test_a_draft_names_nobody_for_a_consequence(tmp_path):
    """III.6 follows from a result; a list that was written before stays where somebody put it."""
    folder = make_election(tmp_path / "vote", people(2), [("low", "low"), ("low", "unsure")])
    mine = folder.root / "danh-sach-iii-6-mat.docx"
    mine.write_bytes(b"of the board")
    assert count_folder(folder).result.people[0].consequence == "B"
    assert run(["report", str(folder.root), "--draft"]) == 0
    assert mine.read_bytes() == b"of the board"
    assert not mine.with_suffix(".pdf").exists()
    offered = {paper.title: paper.files for paper in papers_offered(folder)}
    assert offered["Danh sách theo mục III.6"] == ()


def papers_offered(folder):
    counted = count_folder(folder)
    return offered_on_the_screen(counted.election, counted.result)


def test_minutes_say_that_a_second_count_differs_although_nobody_asked_for_one(tmp_path, monkeypatch):
    """The result rests on the first count; whoever reads the minutes must know that there was another."""
    folder = make_election(tmp_path / "vote", people(2), [("high", "low"), ("high", "high")])
    sentence = "Hòm phiếu được kiểm lần thứ hai, có kết quả khác lần thứ nhất"
    assert run(["report", str(folder.root)]) == 0
    assert sentence not in docx_text(folder.root / "bien-ban-kiem-phieu-ban-1.docx")
    monkeypatch.setattr("omr.status._unasked_sheets", lambda _now: 1)
    assert run(["report", str(folder.root)]) == 0
    assert sentence in docx_text(folder.root / "bien-ban-kiem-phieu-ban-1.docx")


def test_the_self_report_form_is_filled_with_what_is_known(papers):
    """Phụ lục 03: name, position, session; the report itself is the person's."""
    form = docx_text(papers / "ho-so/phu-luc-03-01-le-mau-1.docx")
    assert "- Tôi là: Lê Mẫu 1" in form
    assert "- Chức vụ: Bí thư Huyện ủy" in form
    assert "Tại: Hội nghị Ban Chấp hành Đảng bộ huyện" in form
    assert "3. Hạn chế và giải pháp khắc phục" in form
    assert len(list((papers / "ho-so").glob("*.docx"))) == 5


def test_the_checklist_has_the_last_days(papers):
    """Phụ lục 02 and III.2.3: 20 days and 3 days before 15/12/2023."""
    sheet = openpyxl.load_workbook(papers / "ho-so/phu-luc-02.xlsx").active
    row = next(r for r in sheet.iter_rows(min_row=7) if r[0].value == 1)
    due = [row[at].value.date() for at in (3, 6, 9)]
    assert due == [date(2023, 11, 25), date(2023, 11, 25), date(2023, 12, 12)]


def test_a_dossier_needs_the_day_of_the_vote(final, tmp_path, capsys):
    toml = final.election_toml.read_text(encoding="utf-8")
    final.election_toml.write_text(toml.replace("date = 2023-12-15", "# date ="), encoding="utf-8")
    try:
        assert run(["dossier", str(final.root), "--out", str(tmp_path)]) == 2
        assert "--date" in capsys.readouterr().err
        assert run(["dossier", str(final.root), "--out", str(tmp_path), "--date", "20/12/2023"]) == 0
    finally:
        final.election_toml.write_text(toml, encoding="utf-8")
    sheet = openpyxl.load_workbook(tmp_path / "phu-luc-02.xlsx").active
    assert sheet.cell(7, 4).value.date() == date(2023, 11, 30)


def test_the_calendar_is_listed_and_written(final, capsys):
    out = final.root / "lich.ics"
    assert run(["calendar", str(final.root), "--date", "15/12/2030", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "III.4.1" in said
    assert "đã qua" not in said
    assert run(["calendar", str(final.root)]) == 0
    assert "đã qua" in capsys.readouterr().out
    assert out.read_bytes().startswith(b"BEGIN:VCALENDAR")
    assert run(["calendar", str(final.root), "--date", "ngày mai"]) == 2
    assert run(["calendar", str(final.root), "--opens", "20/12/2023"]) == 2


# --- pages that look right ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sixty(tmp_path_factory):
    """60 people with long names and positions, on several pages."""
    listed = tuple(Listed(n, name, position) for n, (name, position) in enumerate(people(60), start=1))
    seen = [
        SeenBallot(f"{place:032x}", tuple(RowReading(n, text) for n, text in enumerate(texts, start=1)))
        for place, texts in enumerate(ballots(6, 60))
    ]
    standing = stand(seen, [each.number for each in listed])
    result = tally(listed, [choice.id for choice in CHOICES], standing, Day(issued=6))
    election = Election(
        id="ABCDEFGH",
        venue="BCH",
        year=2023,
        meeting="Hội nghị Ban Chấp hành Đảng bộ huyện",
        agency="HUYỆN ỦY MẪU",
        people=tuple(Person(each.number, each.name, each.position) for each in listed),
    )
    out = tmp_path_factory.mktemp("sixty")
    write_report(out, election, result, BallotLayout("ABCDEFGH", "phu_luc_04", CHOICES, ()), FAMILY)
    return out


LONG = ("phu-luc-05", "tong-hop-iii-3", "cong-khai")


@pytest.mark.parametrize("name", LONG)
def test_the_head_of_a_table_is_repeated_and_nobody_signs_an_empty_page(sixty, name):
    pages = pdf_pages(sixty / f"{name}.pdf")
    assert len(pages) > 3
    assert_pages(pages)


def assert_pages(pages):
    """Every page with people has the table's head; the page of the signature has more on it than that."""
    with_people = [page for page in pages if re.search(r"Lê Mẫu|Nguyễn Văn Thử", page)]
    assert all("Họ và tên" in page for page in with_people)
    signed = next(page for page in pages if "(Ký, ghi rõ họ tên)" in page)
    before, _hint, _after = signed.partition("(Ký, ghi rõ họ tên)")
    assert len(before.split()) > 8, before


@pytest.fixture(scope="module")
def in_an_office_program(sixty, tmp_path_factory):
    """The DOCX as LibreOffice sets them: it takes longer to start than to work."""
    out = tmp_path_factory.mktemp("office")
    office([sixty / f"{name}.docx" for name in LONG], out, "pdf")
    return out


@pytest.mark.parametrize("name", LONG if OFFICE else ())
def test_the_same_holds_in_an_office_program(in_an_office_program, name):
    assert_pages(pdf_pages(in_an_office_program / f"{name}.pdf"))


def test_no_share_is_broken_in_two(sixty):
    """In a wide face the table is set smaller, so that "100,00" stays one word."""
    text = "".join(pdf_pages(sixty / "phu-luc-05.pdf"))
    assert not re.search(r"\d,\d\s*\r?\n\s*\d\b", text)
    assert text.count("33,33") > 60


def picture(path, page):
    """A page as (height, width) grey levels, small: 36 dots an inch."""
    document = pypdfium2.PdfDocument(path)
    try:
        return np.asarray(document[page].render(scale=0.5, grayscale=True).to_pil().convert("L"), np.int16)
    finally:
        document.close()


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("phu-luc-05", 0),
        ("bien-ban-kiem-phieu", 0),
        ("danh-sach-iii-6-mat", 0),
        ("cong-khai", 0),
        ("tong-hop-iii-3", 0),
    ],
)
def test_the_pages_look_as_they_did_when_somebody_looked(papers, name, page):
    """Golden pictures, with room for another rasteriser; OMR_RENEW=1 draws them anew, then look at them."""
    golden = GOLDENS / f"{name}-{page + 1}.png"
    now = picture(papers / f"{name}.pdf", page)
    if os.environ.get("OMR_RENEW"):
        Image.fromarray(now.astype(np.uint8)).save(golden, optimize=True)
    then = np.asarray(Image.open(golden), np.int16)
    assert now.shape == then.shape
    assert np.abs(now - then).mean() < 1.5


def test_the_minutes_bear_the_figures_of_the_record(final, tmp_path):
    """Last hash and fingerprint stand on paper: whoever cuts off the record's end is found."""
    with Store(final.database) as store:
        _entries, last = store.chain_head()
    assert run(["report", str(final.root), "--out", str(tmp_path)]) == 0
    text = docx_text(tmp_path / "bien-ban-kiem-phieu-ban-1.docx")
    assert last in text
    assert fingerprint(public_key(final.public_key)) in text
