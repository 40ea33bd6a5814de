"""The papers: Phụ lục 05 word for word, drafts marked on every page, live formulas, nothing half written."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

import docx
import openpyxl
import pypdfium2
import pytest
from openpyxl.worksheet.properties import PageSetupProperties

from generate.fonts import LAST_RESORT, find_family
from layouts.content import Person
from layouts.model import BallotLayout, Choice
from omr.election import Election, Session
from omr.errors import DoesNotAddUp, NotFinal, OmrError
from omr.report.sheet import keep_together, set_widths
from omr.report.wording import word
from omr.report.write import write_report
from omr.rules import RowReading
from omr.standing import SeenBallot, stand
from omr.tally import Day, Listed, tally
from scripts.draw_papers import CHOICES, SESSION

LAYOUT = BallotLayout("ABCDEFGH", "phu_luc_04", CHOICES, ())
FONTS = find_family(LAST_RESORT)
NOTHING_ENTERED = Session()
POSITION = "Ủy viên Ban Thường vụ Huyện ủy, Trưởng Ban Tuyên giáo, Giám đốc Trung tâm Chính trị huyện"


def people(count):
    return tuple(Listed(n, f"Nguyễn Văn Ví Dụ {n}", POSITION) for n in range(1, count + 1))


def result(count=3, *, unsure=False, day=None):
    """Three ballots: everybody has one of each level, so every share is a third."""
    listed = people(count)
    texts = ("high", "medium", "unsure" if unsure else "low")
    ballots = [SeenBallot(text, tuple(RowReading(p.number, text) for p in listed)) for text in texts]
    standing = stand(ballots, [p.number for p in listed])
    return tally(listed, [c.id for c in CHOICES], standing, day or Day(summoned=4, issued=3))


def election(session=NOTHING_ENTERED):
    return Election(
        id="ABCDEFGH",
        year=2023,
        meeting="Hội nghị Ban Chấp hành Đảng bộ huyện",
        agency="HUYỆN ỦY MẪU",
        place="Mẫu",
        date=date(2023, 12, 15),
        voters="các đồng chí ủy viên",
        subjects="Bí thư",
        session=session,
        people=(Person(1, "Nguyễn Văn Ví Dụ 1"),),
    )


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """A draft for 60 people with long positions, on several pages."""
    out = tmp_path_factory.mktemp("papers")
    write_report(out, election(), result(60, unsure=True), LAYOUT, FONTS, draft=True)
    return out


def pdf_pages(path):
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_the_report_is_worded_as_phu_luc_05():
    told = word(election(SESSION), result(), CHOICES)
    assert told.title == ("BÁO CÁO", "KẾT QUẢ PHIẾU TÍN NHIỆM")
    assert told.place_and_day == "Mẫu, ngày 15 tháng 12 năm 2023"
    assert told.opening == (
        "Thực hiện nhiệm vụ do Hội nghị giao, từ 08 giờ 05 phút đến 09 giờ 30 phút, ngày 15/12/2023 tại "
        "Hội trường Huyện ủy, Ban Kiểm phiếu gồm 3 đồng chí, do đồng chí Nguyễn Văn Trưởng làm Trưởng Ban đã "
        "tiến hành kiểm phiếu tín nhiệm của các đồng chí ủy viên đối với Bí thư; kết quả cụ thể như sau:"
    )
    assert told.counts_head == "1. Tổng số đại biểu: 48 đồng chí."
    assert told.counts == (
        "- Số có mặt dự hội nghị (kỳ họp): 47 đồng chí.",
        "- Số vắng mặt từ đầu hội nghị (kỳ họp) đến trước thời điểm bỏ phiếu: 1 đồng chí.",
        "- Số có mặt tại thời điểm bỏ phiếu: 46 đồng chí.",
        "- Số phiếu phát ra: 46 phiếu.",
        "- Số phiếu thu về: 3 phiếu.",
    )
    assert told.columns == ("STT", "Họ và tên", "Chức vụ, đơn vị công tác", "Số phiếu hợp lệ")
    assert told.note == "Ghi chú: Tỷ lệ % tính trên tổng số phiếu thu về."
    assert told.signature == ("T/M BAN KIỂM PHIẾU", "(Ký, ghi rõ họ tên)")


def test_what_nobody_entered_stays_open_in_the_report():
    told = word(election(), result(), CHOICES)
    assert told.counts_head == "1. Tổng số đại biểu: … đồng chí."
    assert "từ … giờ … phút" in told.opening


def test_a_draft_says_so_on_every_page_and_why(papers):
    """Law, point 9: "BẢN NHÁP on every page"."""
    pages = pdf_pages(papers / "phu-luc-05.pdf")
    assert len(pages) > 3
    assert all("BẢN NHÁP" in page for page in pages)
    assert "60 dòng chờ quyết định" in pages[-1]
    document = docx.Document(str(papers / "phu-luc-05.docx"))
    section = document.sections[0]
    assert section.first_page_header.paragraphs[0].text == "BẢN NHÁP"
    assert section.header.paragraphs[0].text.endswith("BẢN NHÁP")
    sheet = openpyxl.load_workbook(papers / "phu-luc-05.xlsx").active
    assert sheet.oddHeader.center.text == "BẢN NHÁP"
    assert sheet.HeaderFooter.differentFirst
    assert [cell.value for row in sheet.iter_rows() for cell in row].count("BẢN NHÁP") == 1


def test_the_table_head_is_repeated_on_every_page(papers):
    pages = pdf_pages(papers / "phu-luc-05.pdf")
    with_rows = [page for page in pages if "Nguyễn Văn" in page]
    assert all("Mức độ tín nhiệm" in page for page in with_rows)
    document = docx.Document(str(papers / "phu-luc-05.docx"))
    heads = [row for row in document.tables[1].rows if row._tr.xpath("./w:trPr/w:tblHeader")]
    assert len(heads) == 3


def test_everybody_stands_in_every_paper(papers):
    text = " ".join(" ".join(pdf_pages(papers / "phu-luc-05.pdf")).split())
    table = docx.Document(str(papers / "phu-luc-05.docx")).tables[1]
    lines = (papers / "results.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.cells[0].text for row in table.rows[3:]] == [str(n) for n in range(1, 61)]
    assert len(lines) == 61
    assert len(re.findall(r"Ví Dụ \d+", text)) == 60


def test_a_final_report_is_no_draft(tmp_path):
    made = write_report(tmp_path / "new", election(SESSION), result(), LAYOUT, FONTS)
    assert [path.name for path in made][:5] == [
        "phu-luc-05.pdf",
        "phu-luc-05.docx",
        "phu-luc-05.xlsx",
        "results.csv",
        "chart.png",
    ]
    text = "".join(pdf_pages(tmp_path / "new" / "phu-luc-05.pdf"))
    assert "NHÁP" not in text
    assert "Nguyễn Văn Trưởng" in text
    assert text.count("33,33") == 9


def test_the_same_result_gives_the_same_pdf(tmp_path):
    for name in ("one", "two"):
        write_report(tmp_path / name, election(), result(), LAYOUT, FONTS, only={"phu-luc-05.pdf"})
    assert (tmp_path / "one/phu-luc-05.pdf").read_bytes() == (tmp_path / "two/phu-luc-05.pdf").read_bytes()


def test_the_workbook_recalculates_what_we_say(tmp_path):
    """Live formulas: valid is the sum of the levels, a share is rounded half up in whole hundredths."""
    write_report(tmp_path, election(), result(2), LAYOUT, FONTS, only={"phu-luc-05.xlsx"})
    sheet = openpyxl.load_workbook(tmp_path / "phu-luc-05.xlsx").active
    row = next(r for r in sheet.iter_rows() if r[1].value == "Nguyễn Văn Ví Dụ 1")
    line, base = row[0].row, next(r for r in sheet.iter_rows() if r[3].value == 3)[3].coordinate
    assert row[3].value == f"=E{line}+G{line}+I{line}"
    absolute = "$" + base[0] + "$" + base[1:]
    assert row[5].value == f'=IF({absolute}>0,ROUND(E{line}*10000/{absolute},0)/100,"")'
    assert [row[at].value for at in (4, 6, 8)] == [1, 1, 1]


def test_the_number_that_shares_are_taken_of_stands_beside_its_name(tmp_path):
    write_report(tmp_path, election(), result(2), LAYOUT, FONTS, only={"phu-luc-05.xlsx"})
    sheet = openpyxl.load_workbook(tmp_path / "phu-luc-05.xlsx").active
    (row,) = [row[0].row for row in sheet.iter_rows() if row[0].value == "Số phiếu thu về:"]
    assert sheet.cell(row, 4).value == 3
    assert {str(each) for each in sheet.merged_cells.ranges} >= {f"A{row}:C{row}", f"D{row}:J{row}"}


def test_nobody_signs_a_page_of_the_workbook_without_people(tmp_path, papers):
    """A short table is set on one page; of a long one the last two people go with the signature."""
    write_report(tmp_path, election(SESSION), result(3), LAYOUT, FONTS, only={"phu-luc-05.xlsx"})
    short = openpyxl.load_workbook(tmp_path / "phu-luc-05.xlsx").active
    assert short.page_setup.fitToHeight == 1
    assert not short.row_breaks.brk
    sheet = openpyxl.load_workbook(papers / "phu-luc-05.xlsx").active
    (row,) = [row[1].row for row in sheet.iter_rows() if row[1].value == "Nguyễn Văn Ví Dụ 59"]
    assert [each.id for each in sheet.row_breaks.brk] in ([row - 1], [])
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.scale <= 100


def test_rows_that_would_be_parted_begin_a_page():
    """40 rows of 16 points are more than one page; the last ten stay together."""
    sheet = openpyxl.Workbook().active
    set_widths(sheet, [20] * 7)
    for row in range(1, 61):
        sheet.row_dimensions[row].height = 16
    pages = [keep_together_from(sheet, first) for first in (31, 46)]
    assert pages == [[30], []]


def keep_together_from(sheet, first):
    sheet.row_breaks.brk.clear()
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    keep_together(sheet, first, 60)
    return [each.id for each in sheet.row_breaks.brk]


def test_a_name_is_never_a_formula(tmp_path):
    """A spreadsheet would run a name that begins with "="."""
    listed = (Listed(1, "=1+1", "+x"),)
    standing = stand([SeenBallot("a", (RowReading(1, "high"),))], [1])
    count = tally(listed, [c.id for c in CHOICES], standing, Day())
    write_report(tmp_path, election(), count, LAYOUT, FONTS)
    sheet = openpyxl.load_workbook(tmp_path / "phu-luc-05.xlsx").active
    (cell,) = [c for r in sheet.iter_rows() for c in r if c.value == "=1+1"]
    assert cell.data_type == "s"


def test_markup_in_a_name_is_only_letters(tmp_path):
    listed = (Listed(1, "Lê <b>Mẫu</b> & [red]Con[/]", "x"),)
    standing = stand([SeenBallot("a", (RowReading(1, "high"),))], [1])
    write_report(tmp_path, election(), tally(listed, [c.id for c in CHOICES], standing, Day()), LAYOUT, FONTS)
    assert "<b>Mẫu</b>" in " ".join("".join(pdf_pages(tmp_path / "phu-luc-05.pdf")).split())


@pytest.mark.parametrize(
    ("count", "kind"), [(result(unsure=True), NotFinal), (result(day=Day(issued=2)), DoesNotAddUp)]
)
def test_what_is_not_final_is_not_written(tmp_path, count, kind):
    with pytest.raises(kind):
        write_report(tmp_path / "out", election(), count, LAYOUT, FONTS)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OmrError) as caught:
        write_report(tmp_path / "file", election(), result(), LAYOUT, FONTS)
    assert "--out" in caught.value.advice


def test_shares_of_delegates_name_their_base():
    """The base is named wherever a share is shown."""
    listed = people(1)
    standing = stand([SeenBallot("a", (RowReading(1, "high"),))], [1])
    count = tally(listed, [c.id for c in CHOICES], standing, Day(summoned=4), "delegates")
    told = word(election(), count, CHOICES)
    assert told.note == "Ghi chú: Tỷ lệ % tính trên tổng số đại biểu."
    assert told.lines[0].shares[0] == Fraction(1, 4)


def test_a_two_level_report_has_two_levels(tmp_path):
    """`bo_phieu`: the table has as many columns as the ballot has choices."""
    choices = (Choice("confidence", "Tín nhiệm"), Choice("no_confidence", "Không tín nhiệm"))
    standing = stand([SeenBallot("a", (RowReading(1, "no_confidence"),))], [1])
    count = tally(people(1), [c.id for c in choices], standing, Day())
    write_report(tmp_path, election(), count, BallotLayout("A", "bo_phieu", choices, ()), FONTS)
    table = docx.Document(str(tmp_path / "phu-luc-05.docx")).tables[1]
    assert [cell.text for cell in table.rows[3].cells][3:] == ["1", "0", "0,00", "1", "100,00"]
