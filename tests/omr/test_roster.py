"""people.csv: every step of reading it, and the row named where it goes wrong."""

from __future__ import annotations

import unicodedata

import pytest

from omr.errors import ElectionError
from omr.roster import COLUMNS, Entry, at_venue, read_roster, refuse_same_number, write_roster

HEAD = "stt,ho_ten,chuc_vu,noi_lay_phieu,ghi_chu\n"
GOOD = HEAD + '1,Lê Văn Mẫu,"Phó Bí thư, Chủ tịch",BCH;HDND,\n2,Trần Thị Thử,Chánh Văn phòng,HDND,\n'


@pytest.fixture
def roster(tmp_path):
    def write(content, encoding="utf-8"):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def test_a_roster_as_in_phu_luc_01_is_read(roster):
    first, second = read_roster(roster(GOOD))
    assert first == Entry(2, 1, "Lê Văn Mẫu", "Phó Bí thư, Chủ tịch", ("BCH", "HDND"))
    assert (second.line, second.venues) == (3, ("HDND",))


@pytest.mark.parametrize("content", [GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD + "\n,,,,\n"])
def test_what_spreadsheets_add_makes_no_difference(roster, content):
    """Line ends of Windows, a byte order mark, empty rows at the end."""
    assert read_roster(roster(content)) == read_roster(roster(GOOD))


@pytest.mark.parametrize("between", [";", "\t"])
def test_columns_may_be_divided_by_semicolons_or_tabs(roster, between):
    """A Vietnamese Excel writes `;` between columns, and then quotes the venues."""
    rows = [
        list(COLUMNS),
        ["1", "Lê Văn Mẫu", "Chủ tịch", '"BCH;HDND"', ""],
    ]
    (entry,) = read_roster(roster("\n".join(between.join(row) for row in rows)))
    assert entry.venues == ("BCH", "HDND")


def test_accents_typed_apart_are_the_same_name(roster):
    decomposed = unicodedata.normalize("NFD", GOOD)
    assert decomposed != GOOD
    assert read_roster(roster(decomposed)) == read_roster(roster(GOOD))


def test_who_is_not_voted_on_stays_in_the_roster_but_not_on_the_ballot(roster):
    """Phụ lục 01, rows 22 to 24: "Không lấy phiếu (Lý do bổ nhiệm năm 2023)"."""
    entries = read_roster(
        roster(GOOD + "3,Bùi Ví Dụ,Trưởng phòng,,Không lấy phiếu (Lý do bổ nhiệm năm 2023)\n")
    )
    assert [entry.voted_on for entry in entries] == [True, True, False]
    assert [entry.name for entry in at_venue(entries, "")] == ["Lê Văn Mẫu", "Trần Thị Thử"]


def test_a_venue_has_its_own_numbers(roster):
    """With a venue rows are numbered 1..n; without one the roster's numbers stay."""
    entries = read_roster(roster(HEAD + "5,A B,x,BCH,\n9,C D,y,HDND,\n"))
    assert [(e.number, e.name) for e in at_venue(entries, "HDND")] == [(1, "C D")]
    assert [e.number for e in at_venue(entries, "")] == [5, 9]


@pytest.mark.parametrize(
    "head",
    [
        "STT,Họ và tên,Chức vụ,Nơi lấy phiếu,Ghi chú",
        'Số TT,HỌ VÀ TÊN,"Chức vụ, đơn vị",NƠI LẤY PHIẾU,GHI CHÚ',
        "stt,ho va ten,chuc vu,noi lay phieu,ghi chu",
        "TT,Ho Ten,Chuc danh,Noi_lay_phieu,Ghi_chu",
        unicodedata.normalize("NFD", "Số thứ tự,Họ tên:,Chức vụ,Nơi lấy phiếu,Ghi chú"),
    ],
)
def test_the_headings_of_phu_luc_01_are_the_columns(roster, head):
    """As offices write them: with or without accents, in capitals, with the unit."""
    assert read_roster(roster(GOOD.replace(HEAD, head + "\n"))) == read_roster(roster(GOOD))


def test_a_number_given_twice_is_refused_with_both_rows(roster):
    """Numbering them anew would hide which row was meant."""
    entries = read_roster(roster(HEAD + "1,A B,x,,\n1,C D,y,,\n"))
    with pytest.raises(ElectionError, match="1 của C D trùng với A B ở dòng 2") as caught:
        refuse_same_number(entries, at_venue(entries, ""), "people.csv")
    assert caught.value.line == 3


def test_numbers_of_another_place_or_of_nobody_voted_on_may_repeat(roster):
    """Two lists put together each begin at 1; at one venue each number must be one person's."""
    text = "1,A B,x,BCH,\n1,C D,y,HDND,\n1,E F,z,,Không lấy phiếu\n,G H,z,BCH,\n,I K,z,BCH,\n"
    entries = read_roster(roster(HEAD + text))
    for venue in ("BCH", "HDND"):
        refuse_same_number(entries, at_venue(entries, venue), "people.csv")


def test_what_is_written_is_read_back(roster, tmp_path):
    entries = read_roster(roster(GOOD))
    write_roster(tmp_path / "copy.csv", entries)
    assert read_roster(tmp_path / "copy.csv") == entries


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", None, "trống"),
        ("stt,ten\n1,A\n", 1, "ho_ten"),
        (HEAD + "1,,x,,\n", 2, "ho_ten"),
        (HEAD + "1,A B,,,\n", 2, "chuc_vu"),
        (HEAD + "một,A B,x,,\n", 2, "một"),
        (HEAD + "0,A B,x,,\n", 2, "“0”"),
        (HEAD + "1,A B,x,BCH;HDND;HNCB,\n", 2, "II.1"),
        (HEAD + "1,A B,x,,\n2,C D,y,,\n3,a b,X,,\n", 4, "2"),
        (HEAD + '1,"A B,x,,\n', 2, "cột"),
        (HEAD + "1,A B,Chủ tịch, Bí thư,,\n", 2, "cột"),
        (HEAD + "1,A B,Chủ tịch, Bí thư,BCH\n", 2, "BÍ THƯ"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_line(roster, content, line, said):
    with pytest.raises(ElectionError) as caught:
        read_roster(roster(content))
    assert caught.value.line == line
    assert said in caught.value.message
    assert caught.value.advice


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1258"])
def test_another_encoding_is_named_and_what_to_do(roster, encoding):
    text = HEAD + "1,Lê Văn Mẫu,Bí thư,,\n"
    content = unicodedata.normalize("NFD", text) if encoding == "cp1258" else text
    with pytest.raises(ElectionError, match="UTF-8") as caught:
        read_roster(roster(content.encode(encoding, errors="ignore")))
    assert "CSV UTF-8" in caught.value.advice


def test_a_missing_file_is_said_in_words(tmp_path):
    with pytest.raises(ElectionError, match=r"people\.csv"):
        read_roster(tmp_path / "people.csv")
