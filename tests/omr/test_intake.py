"""A list is taken as people have it: pasted from Excel, as CSV, as a workbook."""

from __future__ import annotations

import io
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from omr.errors import ElectionError
from omr.intake import MOST_SENT, doubts, placed, read_file, read_people, read_workbook

WANTED = [(1, "Nguyễn Văn A", "Bí thư", ("BCH",)), (2, "Trần Thị B", "Phó Bí thư, Chủ tịch", ())]


def told(entries):
    return [(e.number, e.name, e.position, e.venues) for e in entries]


@pytest.mark.parametrize(
    "text",
    [
        "1\tNguyễn Văn A\tBí thư\tBCH\n2\tTrần Thị B\tPhó Bí thư, Chủ tịch",
        "1.\tNguyễn Văn A\tBí thư\tBCH\r\n\r\n2.\tTrần Thị B\tPhó Bí thư, Chủ tịch\r\n",
        ("STT\tHọ và tên\tChức vụ, đơn vị\tNơi lấy phiếu\n"
        "1\tNguyễn Văn A\tBí thư\tbch\n2\tTrần Thị B\tPhó Bí thư, Chủ tịch"),
        ("DANH SÁCH\t\t\nTT\tCHỨC VỤ\tHỌ TÊN\tNƠI LẤY PHIẾU\n"
        "1\tBí thư\tNguyễn  Văn A\tBCH\n2\tPhó Bí thư, Chủ tịch\tTrần Thị B"),
        'stt,ho_ten,chuc_vu,noi_lay_phieu\n1,Nguyễn Văn A,Bí thư,BCH\n2,Trần Thị B,"Phó Bí thư, Chủ tịch",',
        "\ufeff1;Nguyễn Văn A;Bí thư;BCH\n2;Trần Thị B;Phó Bí thư, Chủ tịch",
    ],
)  # fmt: skip
def test_columns_are_found_however_the_list_was_pasted(text):
    assert told(read_people(text, "danh sách")) == WANTED


def test_a_list_without_numbers_begins_with_the_name():
    assert told(read_people("Nguyễn Văn A\tBí thư\nTrần B\tPhó", "danh sách")) == [
        (None, "Nguyễn Văn A", "Bí thư", ()),
        (None, "Trần B", "Phó", ()),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1\tA B\tC\n2\tD E\t", 2),
        ("STT\tHọ tên\tChức vụ\n1\tA B\tC\n\n2\t\tX", 4),
        ("1\tA B\tC\tBCH;HDND;HNCB", 1),
        ("1\tA B\tC\n2\tA B\tC", 2),
    ],
)
def test_what_is_wrong_is_said_with_the_line_as_pasted(text, line):
    with pytest.raises(ElectionError, match=rf"danh sách:{line}: "):
        read_people(text, "danh sách")


def workbook(*rows):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_from_its_first_sheet():
    data = workbook(
        ["STT", "Họ và tên", "Chức vụ", "Nơi lấy phiếu"],
        [1, "Nguyễn Văn A", "Bí thư", "BCH"],
        [2.0, "Trần Thị B", "Phó Bí thư, Chủ tịch", None],
    )
    assert told(read_workbook(data, "tệp")) == WANTED


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"a,b\n1,2", workbook()[:500]])
def test_what_is_no_workbook_is_refused_in_words(data):
    with pytest.raises(ElectionError, match="tệp"):
        read_workbook(data, "tệp")


def test_somebody_whom_the_plan_leaves_out_is_pointed_at():
    """Plan, II.1: nobody appointed this year or about to retire."""
    head = "STT\tHọ tên\tChức vụ\tGhi chú\n"
    text = f"{head}1\tA\tX\tBổ nhiệm tháng 3/2023\n2\tB\tY\tBổ nhiệm năm 2021\n3\tC\tZ\tchờ nghỉ hưu"
    assert [doubt.entry.name for doubt in doubts(read_people(text, "danh sách"), 2023)] == ["A", "C"]


@pytest.mark.parametrize("sheet", [b" " * 60_000_000, b"<worksheet><broken"])
def test_a_workbook_that_unpacks_to_a_flood_or_is_damaged_is_refused_in_words(sheet):
    """Some kB can hold a gigabyte, and a damaged sheet is no fault of the program."""
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    packed = io.BytesIO()
    with ZipFile(book) as whole, ZipFile(packed, "w", ZIP_DEFLATED) as changed:
        for name in whole.namelist():
            changed.writestr(name, sheet if name.endswith("sheet1.xml") else whole.read(name))
    with pytest.raises(ElectionError, match="Excel"):
        read_workbook(packed.getvalue(), "danh sách")


def test_of_a_large_file_no_more_is_read_than_a_list_may_have():
    """Five megabytes; a list of a thousand people has less than one."""
    source = io.BytesIO(b"1\tNg\tB\n" + bytes(2 * MOST_SENT))
    with pytest.raises(ElectionError, match="5 MB"):
        read_file(source, "tệp")
    assert source.tell() <= MOST_SENT + 1
    with pytest.raises(ElectionError, match="UTF-8"):
        read_file(io.BytesIO("1\tĐỗ\tBí thư".encode("utf-16")), "tệp")
    assert told(read_file(io.BytesIO("1\tĐỗ Văn\tBí thư".encode()), "tệp"))[0][1] == "Đỗ Văn"


def test_a_list_that_names_no_place_is_that_of_the_election():
    """One that names places is filtered; who is listed as not voted on stays out."""
    bare = read_people("1\tA B\tC\n2\tD E\tF\t\tKhông lấy phiếu (nghỉ hưu)", "danh sách")
    assert [(e.name, e.venues) for e in placed(bare, "BCH")] == [("A B", ("BCH",))]
    mixed = read_people("1\tA B\tC\tBCH\n2\tD E\tF\tHDND\n3\tG H\tI", "danh sách")
    assert [e.name for e in placed(mixed, "BCH")] == ["A B"]
    assert [e.name for e in placed(mixed, "")] == ["A B", "D E", "G H"]
