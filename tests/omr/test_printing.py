"""`omr print`: what is written, what is noted, and when a changed list is refused."""

from __future__ import annotations

import pypdfium2
import pytest

from layouts.codes import read_payload
from omr.cli import run
from omr.editing import accept_changes
from omr.election import Folder, load_key, load_settings
from omr.errors import OmrError
from omr.evidence import PageState
from omr.prepare import Wish, prepare
from omr.printed import copies_printed, load_layout, prints
from omr.printing import payloads, print_ballots
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
    assert run(["print", str(folder.root), "--copies", "1"]) == 0
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


def test_a_list_changed_before_scanning_is_printed_anew_and_said(folder):
    print_ballots(folder, 3)
    change_the_list(folder)
    assert print_ballots(folder, 5).changed
    assert copies_printed(folder, load_layout(folder)) == 5


def test_a_change_by_hand_is_not_taken_in_by_the_next_print(folder, capsys):
    """It is named in a line and left to omr accept; what the print itself writes is recorded."""
    print_ballots(folder, 3)
    change_the_list(folder)
    assert run(["print", str(folder.root), "--copies", "5"]) == 0
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
    before = {p.name: p.read_bytes() for p in folder.root.iterdir() if p.is_file() and "sqlite" not in p.name}
    with pytest.raises(OmrError) as caught:
        print_ballots(folder, 3)
    assert "people.csv" in caught.value.advice
    for name, content in before.items():
        assert (folder.root / name).read_bytes() == content


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
