"""One election's folder: read, checked, and every mistake named with its line."""

from __future__ import annotations

import datetime as dt
import re
import stat

import pytest
from openpyxl import Workbook

from layouts.head import basis_words
from layouts.spec import load_spec
from omr.election import Folder, Rules, line_of, load_election, load_key, load_settings
from omr.errors import ElectionError, OmrError, UsageError
from omr.prepare import ALPHABET, COMMENTS, Wish, as_toml, prepare
from omr.printing import content_of
from omr.roster import read_roster
from omr.venues import VENUES

ROSTER = (
    "stt,ho_ten,chuc_vu,noi_lay_phieu,ghi_chu\n"
    "1,Lê Văn Mẫu,Bí thư,BCH,\n"
    "2,Trần Thị Thử,Chủ tịch,BCH;HDND,\n"
    "3,Bùi Ví Dụ,Trưởng phòng,HDND,\n"
    "4,Vũ Thử Nghiệm,Trưởng phòng,,Không lấy phiếu (Lý do bổ nhiệm năm 2023)\n"
)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path, roster):
    new = Folder(tmp_path / "vote")
    prepare(new, Wish(venue="BCH", date="15/12/2023", session={"summoned": 45, "begins": "8:30"}), roster)
    return new


def rewrite(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_new_election_has_the_venues_words_and_its_people(folder):
    """II.3: at the BCH session the committee's members vote on the standing committee."""
    election = load_election(folder)
    assert election.voters == VENUES["BCH"].voters
    assert election.date == dt.date(2023, 12, 15)
    assert (election.year, election.session.summoned) == (2023, 45)
    assert [(p.number, p.name) for p in election.people] == [(1, "Lê Văn Mẫu"), (2, "Trần Thị Thử")]
    assert election.people[1].source == "people.csv, dòng 3"
    assert election.rules == Rules()


def test_who_is_left_out_is_said(tmp_path, roster):
    made = prepare(Folder(tmp_path / "hdnd"), Wish(venue="HDND"), roster)
    assert [(e.number, e.name) for e in made.listed] == [(1, "Trần Thị Thử"), (2, "Bùi Ví Dụ")]
    assert [e.name for e in made.left_out] == ["Lê Văn Mẫu", "Vũ Thử Nghiệm"]


def test_an_example_list_is_written_without_a_roster(tmp_path):
    made = prepare(Folder(tmp_path / "vote"), Wish())
    assert [entry.number for entry in made.listed] == [1, 2, 3, 4, 5]
    assert load_election(Folder(tmp_path / "vote")).agency == "TÊN CƠ QUAN, ĐƠN VỊ"


def test_the_file_says_the_same_when_read_back(folder):
    settings = load_settings(folder.election_toml)
    assert as_toml(settings) == folder.election_toml.read_text(encoding="utf-8")


def test_every_key_is_explained_and_no_other(folder):
    settings = load_settings(folder.election_toml).model_dump(exclude={"version"})
    keys = {k for k, v in settings.items() if not isinstance(v, dict)}
    keys |= {f"{k}.{inner}" for k, v in settings.items() if isinstance(v, dict) for inner in v}
    assert keys == set(COMMENTS)


def test_ids_and_keys_are_random_and_private(folder, tmp_path):
    other = Folder(tmp_path / "other")
    prepare(other, Wish())
    one, two = load_settings(folder.election_toml).id, load_settings(other.election_toml).id
    assert one != two
    assert set(one + two) <= set(ALPHABET)
    assert load_key(folder) != load_key(other)
    assert len(load_key(folder)) == 32
    assert stat.S_IMODE(folder.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700


def test_an_election_is_never_overwritten(folder):
    before = {path.name: path.read_bytes() for path in folder.root.iterdir()}
    with pytest.raises(OmrError, match=r"election\.toml"):
        prepare(folder, Wish())
    assert {path.name: path.read_bytes() for path in folder.root.iterdir()} == before


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(date="31/02/2023"), "--date"),
        (Wish(session={"summoned": -1}), "--summoned"),
        (Wish(year=20233), "--year"),
        (Wish(venue="NOWHERE"), "NOWHERE"),
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused_and_nothing_made(tmp_path, roster, wish, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        prepare(Folder(tmp_path / "vote"), wish, roster)
    assert not (tmp_path / "vote").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('seal = "red"', 'seal = "blue"', "rules.seal"),
        ("summoned = 45", 'summoned = "nhiều"', "session.summoned"),
        ("summoned = 45", "summoned = -1", "session.summoned"),
        ("reviewers = 2", "reviewers = 0", "rules.reviewers"),
        ("per_sheet = false", 'per_sheet = "có"', "identity.per_sheet"),
        ("place =", "plase =", "plase"),
        ("[rules]", "[rule]", "rule"),
        ("year = 2023", 'year = "năm nay"', "year"),
        ("date = 2023-12-15", 'date = "hôm nay"', "date"),
        ("begins = 08:30:00", 'begins = "sáng"', "session.begins"),
        ("board = []", 'board = "một"', "session.board"),
        ("year = 2023", "year =", "TOML"),
    ],
)
def test_a_mistake_in_election_toml_is_named_with_its_line(folder, old, new, said):
    rewrite(folder.election_toml, old, new)
    lines = folder.election_toml.read_text(encoding="utf-8").splitlines()
    with pytest.raises(ElectionError) as caught:
        load_election(folder)
    assert said in caught.value.message
    assert caught.value.message.startswith("election.toml:")
    assert (
        caught.value.line
        == lines.index(new if new in lines else next(x for x in lines if x.startswith(new))) + 1
    )
    assert caught.value.advice


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("scope", "'row', 'ballot'"),
        ("write_in", "'ignore', 'invalid'"),
        ("base", "'collected', 'delegates'"),
        ("seal", "'red', 'any', 'ignore'"),
    ],
)
def test_what_may_stand_there_is_listed_without_a_foreign_word(folder, key, allowed):
    """Every choice of [rules]: the list of what is possible has no English “or” in it."""
    text = re.sub(rf'(?m)^{key} = ".*?"', f'{key} = "blue"', folder.election_toml.read_text(encoding="utf-8"))
    folder.election_toml.write_text(text, encoding="utf-8")
    with pytest.raises(ElectionError) as fault:
        load_settings(folder.election_toml)
    assert fault.value.message.endswith(f"rules.{key} phải là một trong: {allowed}")


def test_a_missing_key_is_named(folder):
    rewrite(folder.election_toml, "year = 2023", "")
    with pytest.raises(ElectionError, match="year"):
        load_election(folder)


def test_lines_inside_a_long_text_are_not_taken_for_keys():
    text = 'basis = """\nyear = 1\n[rules]\n"""\nyear = 2\n[rules]\nseal = "x"\n'
    assert line_of(text, ("year",)) == 5
    assert line_of(text, ("rules",)) == 6
    assert line_of(text, ("rules", "seal")) == 7
    assert line_of(text, ("rules", "scope")) == 6
    assert line_of(text, ("agency",)) is None


def test_people_write_dates_and_times_their_way(folder):
    rewrite(folder.election_toml, "date = 2023-12-15", 'date = "5/12/2023"')
    rewrite(folder.election_toml, "begins = 08:30:00", 'begins = "8h05"')
    election = load_election(folder)
    assert election.date == dt.date(2023, 12, 5)
    assert election.session.begins == dt.time(8, 5)


def test_a_folder_without_an_election_says_how_to_make_one(tmp_path):
    with pytest.raises(OmrError) as caught:
        load_election(Folder(tmp_path))
    assert "omr init" in caught.value.advice


def test_a_person_of_another_venue_is_refused_with_the_line(folder):
    with folder.people_csv.open("a", encoding="utf-8") as file:
        file.write("3,Bùi Ví Dụ,Trưởng phòng,HDND,\n")
    with pytest.raises(ElectionError, match="HDND") as caught:
        load_election(folder)
    assert caught.value.line == 4


@pytest.mark.parametrize("row", ["2,Bùi Ví Dụ,Trưởng phòng,BCH,\n", ",Bùi Ví Dụ,Trưởng phòng,BCH,\n"])
def test_a_number_that_is_missing_or_given_twice_is_refused(folder, row):
    with folder.people_csv.open("a", encoding="utf-8") as file:
        file.write(row)
    with pytest.raises(ElectionError, match="Bùi Ví Dụ") as caught:
        load_election(folder)
    assert caught.value.line == 4


def test_a_list_without_numbers_is_numbered(folder):
    folder.people_csv.write_text("ho_ten,chuc_vu\nA B,x\nC D,y\n", encoding="utf-8")
    assert [p.number for p in load_election(folder).people] == [1, 2]


@pytest.mark.parametrize("text", ["", "00", "không phải hex"])
def test_a_damaged_key_is_said_and_how_to_get_it_back(folder, text):
    folder.key_file.write_text(text, encoding="utf-8")
    with pytest.raises(OmrError) as caught:
        load_key(folder)
    assert caught.value.advice


def test_the_plans_own_roster_gives_its_three_venues(tmp_path):
    """Phụ lục 01: 11 people at the BCH session, 18 at the council's, 10 at the officials' meeting."""
    rows = read_roster_of_the_plan(tmp_path)
    sizes = {}
    for venue in VENUES:
        made = prepare(Folder(tmp_path / venue), Wish(venue=venue), rows)
        sizes[venue] = len(made.listed)
    expected = {v: sum(v in e.venues for e in read_roster(rows)) for v in VENUES}
    assert sizes == expected


def read_roster_of_the_plan(tmp_path):
    """A roster shaped as Phụ lục 01: venues joined by `;`, the last rows not voted on."""
    venues = ["BCH"] * 3 + ["BCH;HDND"] * 8 + ["HDND;HNCB"] * 10
    rows = [f"{n},Người Thử {n},Chức vụ {n},{venue}," for n, venue in enumerate(venues, start=1)]
    rows += [f"{n},Người Thử {n},Chức vụ {n},,Không lấy phiếu" for n in (22, 23, 24)]
    path = tmp_path / "plan.csv"
    path.write_text("stt,ho_ten,chuc_vu,noi_lay_phieu,ghi_chu\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_an_init_that_was_cut_off_goes_on(tmp_path):
    """Killed, or without room: election.toml comes last, and the key that was made stays."""
    whole = Folder(tmp_path / "vote")
    prepare(whole, Wish())
    key = whole.key_file.read_bytes()
    whole.election_toml.unlink()
    prepare(whole, Wish())
    assert whole.key_file.read_bytes() == key
    assert load_election(whole).people


def test_a_list_that_somebody_wrote_is_not_replaced(tmp_path):
    """Neither beside a key nor alone."""
    folder = Folder(tmp_path / "vote")
    prepare(folder, Wish())
    folder.election_toml.unlink()
    folder.people_csv.write_text("stt,ho_ten\n1,Người Khác\n", encoding="utf-8")
    with pytest.raises(OmrError):
        prepare(folder, Wish())
    folder.key_file.unlink()
    with pytest.raises(OmrError):
        prepare(folder, Wish())
    assert "Người Khác" in folder.people_csv.read_text(encoding="utf-8")


def test_a_number_that_the_roster_gives_twice_is_not_given_anew_in_silence(tmp_path):
    """The ballot is numbered from 1; whose number was meant must be asked before."""
    roster = tmp_path / "roster.csv"
    roster.write_text("stt,ho_ten,chuc_vu\n1,A B,x\n2,C D,y\n2,E F,z\n", encoding="utf-8")
    with pytest.raises(ElectionError, match=r"roster\.csv:4: .*2 của E F trùng với C D ở dòng 3"):
        prepare(Folder(tmp_path / "vote"), Wish(), roster)
    assert not (tmp_path / "vote").exists()


def test_a_workbook_headed_as_phu_luc_01_is_a_roster(tmp_path):
    """With the title above the table, as it is sent round."""
    book = Workbook()
    for row in (
        ["PHỤ LỤC 01"],
        ["STT", "Họ và tên", "Chức vụ", "Nơi lấy phiếu", "Ghi chú"],
        [1, "Lê Văn Mẫu", "Phó Bí thư", "BCH;HDND", None],
        [2, "Trần Thị Thử", "Chánh Văn phòng", "HDND", None],
    ):
        book.active.append(row)
    book.save(tmp_path / "phu-luc-01.xlsx")
    made = prepare(Folder(tmp_path / "vote"), Wish(venue="BCH"), tmp_path / "phu-luc-01.xlsx")
    assert [(each.number, each.name) for each in made.listed] == [(1, "Lê Văn Mẫu")]
    assert [each.name for each in made.left_out] == ["Trần Thị Thử"]


@pytest.mark.parametrize("day", ["15/12/2023", "2023-12-15", " 5/1/2023 "])
def test_the_year_on_the_ballot_is_that_of_the_day(tmp_path, day):
    """As people or TOML write a day: "Năm 2023" must not become the year in which it is prepared."""
    prepare(Folder(tmp_path / "vote"), Wish(date=day.strip()))
    settings = load_settings(Folder(tmp_path / "vote").election_toml)
    assert (settings.year, settings.date.year) == (2023, 2023)


@pytest.mark.parametrize(("layout", "quoted"), [("phu_luc_04", "140-KH/HU"), ("bo_phieu", "96/2023/QH15")])
def test_a_ballot_quotes_what_its_own_kind_rests_on(tmp_path, layout, quoted):
    """The plan's paragraph asks to *lấy phiếu*; a *bỏ phiếu tín nhiệm* rests on the resolution."""
    folder = Folder(tmp_path / "vote")
    prepare(folder, Wish(layout=layout))
    assert quoted in basis_words(load_spec(layout), content_of(load_election(folder)))
