"""`omr print`: what is written, what is noted, and when a changed list is refused."""

from __future__ import annotations

import shutil

import pypdfium2
import pytest
from PIL import Image, ImageChops

from generate.fonts import FORCE, LAST_RESORT, find_families, find_family
from layouts.codes import fingerprint, read_payload
from omr.cli import run
from omr.demo import sample
from omr.editing import accept_changes
from omr.election import Folder, load_election, load_key, load_settings
from omr.errors import OmrError, OtherBallotError
from omr.evidence import PageState
from omr.prepare import Wish, prepare
from omr.printed import copies_printed, load_layout, prints
from omr.printing import draw_pages, payloads, print_ballots
from omr.recorded import changes_of
from omr.store import NewPage, NewSource, Store


@pytest.fixture
def folder(tmp_path):
    new = Folder(tmp_path / "vote")
    prepare(new, Wish(venue="BCH"))
    return new


def change_the_list(folder):
    text = folder.people_csv.read_text(encoding="utf-8")
    folder.people_csv.write_text(text.replace("Lê Văn Mẫu", "Lê Văn Khác"), encoding="utf-8")


def change_the_year(folder):
    text = folder.election_toml.read_text(encoding="utf-8")
    year = load_settings(folder.election_toml).year
    folder.election_toml.write_text(text.replace(f"year = {year}", "year = 2099"), encoding="utf-8")


def files_of(folder):
    """Everything in the folder but the ledger, which is opened to be looked into."""
    paths = (path for path in folder.root.rglob("*") if path.is_file() and "sqlite" not in path.name)
    return {path.relative_to(folder.root): path.read_bytes() for path in paths}


def lose_the_blanks(folder):
    shutil.rmtree(folder.blank_dir)


def scan_one_page(folder):
    """Enter a page in the ledger, as a scan does."""
    with Store(folder.database) as store:
        (source,) = store.add_batch(1, [NewSource("0" * 64, "a.pdf", 1)])
        rest = (source, 1, "1" * 64, PageState.BLANK, None, (), "{}", b"", (), "", "", "")
        store.add_pages([NewPage("aa" * 8, "bb" * 5, *rest)])


def test_as_many_ballots_as_said_are_printed_and_noted(folder):
    print_ballots(folder, 3)
    done = print_ballots(folder, 4)
    document = pypdfium2.PdfDocument(folder.ballots_pdf)
    pages = len(document)
    document.close()
    assert pages == 4
    assert not done.changed
    assert [each.copies for each in prints(folder)] == [3, 4]
    assert copies_printed(folder, load_layout(folder)) == done.total == 7


def test_a_second_print_says_how_many_there_are_now_and_what_counts(folder, capsys):
    """Whoever prints twice, by a slip or for a spoiled stack, must not take the sum for the issued."""
    assert run(["print", str(folder.root), "--copies", "3"]) == 0
    assert "Cộng các lần in" not in capsys.readouterr().out
    assert run(["print", str(folder.root), "--copies", "3"]) == 0
    (line,) = (each for each in capsys.readouterr().out.splitlines() if "Cộng các lần in" in each)
    assert "đã in 6 phiếu" in line
    assert "issued" in line


def test_a_year_that_is_not_that_of_the_day_is_said(folder, capsys):
    """The year stands on the ballot by itself: changing the day in election.toml leaves it."""
    assert run(["print", str(folder.root), "--copies", "1"]) == 0
    assert "thuộc năm" not in capsys.readouterr().err
    text = folder.election_toml.read_text(encoding="utf-8")
    year = load_settings(folder.election_toml).year
    folder.election_toml.write_text(text.replace("# date =", "date = 2023-12-15"), encoding="utf-8")
    assert run(["print", str(folder.root), "--copies", "1", "--anew"]) == 0
    assert f"phiếu ghi năm {year}, nhưng ngày lấy phiếu thuộc năm 2023" in capsys.readouterr().err.casefold()


def test_every_copy_carries_the_same_code_signed_with_the_elections_key(folder):
    """Secrecy: the code names the election and the page, never the sheet."""
    layout, key = print_ballots(folder, 1).layout, load_key(folder)
    payload = payloads(layout, key)
    assert payload(1, 1) == payload(999, 1)
    claim = read_payload(payload(1, 1), key)
    assert claim is not None
    assert (claim.election, claim.page, claim.sheet, claim.genuine) == (layout.election, 1, "", True)


def test_a_board_may_have_a_token_on_each_sheet(folder):
    """`[identity] per_sheet`: both pages of one sheet have the same token, two sheets differ."""
    layout, key = print_ballots(folder, 1).layout, load_key(folder)
    payload = payloads(layout, key, per_sheet=True)
    first, again, second = (read_payload(payload(copy, 1), key) for copy in (1, 1, 2))
    assert first == again
    assert first.sheet != second.sheet


@pytest.mark.parametrize(
    ("change", "named"), [(change_the_list, "số thứ tự 3 là “Lê Văn Khác"), (change_the_year, "2099")]
)
def test_other_ballots_than_before_are_refused_with_what_differs(folder, change, named):
    """They would void those printed before: nothing is written before somebody says that this is meant."""
    print_ballots(folder, 3)
    change(folder)
    before = files_of(folder)
    with pytest.raises(OtherBallotError) as caught:
        print_ballots(folder, 5)
    assert named in caught.value.message
    assert "phông" not in caught.value.message
    assert "--anew" in caught.value.advice
    assert files_of(folder) == before


def test_other_ballots_are_printed_on_purpose_and_the_former_layout_is_kept(folder, capsys):
    former = print_ballots(folder, 3).layout
    before = files_of(folder)
    change_the_list(folder)
    assert run(["print", str(folder.root), "--copies", "5"]) == 1
    assert run(["print", str(folder.root), "--copies", "5", "--anew"]) == 0
    kept = folder.former_dir(fingerprint(former))
    said = capsys.readouterr().out
    assert "Hủy các phiếu đã in trước đây" in said
    assert "Lê Văn Khác" in said
    assert kept.name in said
    assert copies_printed(folder, load_layout(folder)) == 5
    assert load_layout(Folder(kept)) == former
    for path in (folder.layout_json, folder.blank_dir / "page-1.png"):
        name = path.relative_to(folder.root)
        assert (kept / name).read_bytes() == before[name] != path.read_bytes()


def test_a_print_anew_that_was_cut_off_keeps_the_former_blank_pages(folder, monkeypatch):
    """The new ones lay beside the former layout when it was given again."""
    former = print_ballots(folder, 3).layout
    blank = (folder.blank_dir / "page-1.png").read_bytes()
    change_the_list(folder)
    with monkeypatch.context() as patched:
        patched.setattr("omr.printing.write_ballots", lambda *_any: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            print_ballots(folder, 3, anew=True)
    done = print_ballots(folder, 3, anew=True)
    assert done.kept == folder.former_dir(fingerprint(former))
    assert (done.kept / "blank" / "page-1.png").read_bytes() == blank
    assert done.changed


def test_the_preview_of_printed_ballots_is_what_was_printed(folder):
    """Set in their font, where this computer has a better one, too."""
    *_better, last = find_families()
    print_ballots(folder, 1, last)
    drawn = draw_pages(folder, load_election(folder), shrink=1)
    for page, picture in zip(load_layout(folder).pages, drawn, strict=True):
        with Image.open(folder.blank_dir / f"page-{page.page}.png") as blank:
            assert ImageChops.difference(picture, blank).getbbox() is None


def test_blanks_that_were_lost_are_drawn_anew_the_same(folder, capsys):
    print_ballots(folder, 3)
    before = files_of(folder)
    lose_the_blanks(folder)
    assert run(["print", str(folder.root), "--copies", "3"]) == 0
    assert "Hủy" not in capsys.readouterr().out
    now = files_of(folder)
    may_change = {folder.ballots_pdf.name, folder.test_print_pdf.name, folder.prints_json.name}
    assert {str(name) for name in now if now[name] != before.get(name)} <= may_change


def families():
    found = tuple(find_families())
    if len(found) < 2:
        pytest.skip("this machine has one font only")
    return found


def test_ballots_of_a_machine_with_another_font_are_printed_again_in_theirs(folder):
    """Its best font is one that this machine has, too: the sample's, which every installation brings."""
    assert families()[0].name != LAST_RESORT
    layout = print_ballots(folder, 3, find_family(LAST_RESORT)).layout
    lose_the_blanks(folder)
    done = print_ballots(folder, 3)
    assert not done.changed
    assert done.layout == load_layout(folder) == layout


@pytest.mark.parametrize("name", ["ban-chap-hanh", "nhieu-trang"])
def test_a_sample_laid_out_by_hand_is_printed_as_it_was(name, tmp_path):
    """As samples/README.md says: its scans fit no other layout, whatever fonts this machine has."""
    with sample(name) as given:
        shutil.copytree(given, tmp_path / name, ignore=shutil.ignore_patterns("scans"))
    copy = Folder(tmp_path / name)
    before = copy.layout_json.read_bytes()
    assert not print_ballots(copy, 1).changed
    assert copy.layout_json.read_bytes() == before
    assert (copy.blank_dir / "page-1.png").exists()


def test_ballots_in_a_font_that_is_not_here_are_left_as_they_are(folder, monkeypatch):
    """A board moved to another machine and lost the blank pages: mending must not void its ballots."""
    print_ballots(folder, 3, families()[0])
    lose_the_blanks(folder)
    before = files_of(folder)
    monkeypatch.setenv(FORCE, LAST_RESORT)
    with pytest.raises(OtherBallotError) as caught:
        print_ballots(folder, 3)
    assert "phông" in caught.value.message
    assert LAST_RESORT in caught.value.message
    assert "election.toml" not in caught.value.advice
    assert files_of(folder) == before


def test_a_lost_layout_voids_no_ballots_either(folder):
    """The record of prints still says which layout it was."""
    print_ballots(folder, 3)
    folder.layout_json.unlink()
    assert not print_ballots(folder, 2).changed
    folder.layout_json.unlink()
    change_the_list(folder)
    with pytest.raises(OtherBallotError, match=r"layout\.json"):
        print_ballots(folder, 2)
    assert print_ballots(folder, 2, anew=True).kept is None


def test_a_change_by_hand_is_not_taken_in_by_the_next_print(folder, capsys):
    """It is named in a line and left to omr accept; what the print itself writes is recorded."""
    print_ballots(folder, 3)
    change_the_list(folder)
    assert run(["print", str(folder.root), "--copies", "5", "--anew"]) == 0
    warned = capsys.readouterr().err
    assert "Lưu ý: people.csv" in warned
    assert "omr accept" in warned
    assert [change.name for change in changes_of(folder)] == ["people.csv"]
    accept_changes(folder, "Bà A", "viết đúng tên")
    assert changes_of(folder) == ()
    assert run(["print", str(folder.root), "--copies", "5"]) == 0
    assert "people.csv" not in capsys.readouterr().err


def test_a_list_changed_after_scanning_is_refused_and_nothing_written(folder):
    """Ballots in the box could no longer be read."""
    print_ballots(folder, 3)
    scan_one_page(folder)
    change_the_list(folder)
    before = files_of(folder)
    with pytest.raises(OmrError) as caught:
        print_ballots(folder, 3, anew=True)
    assert "Lê Văn Khác" in caught.value.message
    assert "people.csv" in caught.value.advice
    assert files_of(folder) == before


def test_more_of_the_same_ballots_may_be_printed_after_scanning(folder):
    print_ballots(folder, 3)
    scan_one_page(folder)
    assert not print_ballots(folder, 2).changed


def test_a_name_that_cannot_fit_is_refused_with_its_line(folder):
    text = folder.people_csv.read_text(encoding="utf-8")
    folder.people_csv.write_text(text.replace("Lê Văn Mẫu", "A" * 400), encoding="utf-8")
    with pytest.raises(OmrError, match=r"people\.csv, dòng 4"):
        print_ballots(folder, 1)
    assert not folder.layout_json.exists()


@pytest.mark.parametrize("text", ["", "[]", '{"version": 99}', "not json"])
def test_a_damaged_layout_is_said_in_words(folder, text):
    folder.layout_json.write_text(text, encoding="utf-8")
    with pytest.raises(OmrError):
        load_layout(folder)


def test_a_damaged_record_of_prints_is_said_in_words(folder):
    folder.prints_json.write_text('[{"copies": 3}]', encoding="utf-8")
    with pytest.raises(OmrError, match=r"prints\.json"):
        prints(folder)
