"""What strangers hand in: broken, lying and poisonous files cost themselves and nothing else."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from generate.fonts import LAST_RESORT, find_family
from omr.cvr import read_records
from omr.demo import lay_out_sample, sample
from omr.election import Folder, load_election, load_settings
from omr.errors import MOST_LETTERS, ElectionError, OmrError
from omr.evidence import PageState
from omr.intake import read_people, read_workbook
from omr.limits import PAGE_SECONDS
from omr.pages import BrokenPage, BrokenSource, count_pages, list_sources, load_page
from omr.pages import sources as sources_module
from omr.pool import Pool
from omr.printed import load_layout, prints
from omr.printing import lay_out, print_ballots
from omr.roster import read_roster
from omr.scan import scan
from omr.store import Store
from omr.survey import count_apart
from omr.words import printable
from scripts.mutate.cases import cases_of, run
from scripts.mutate.poison import SCANS, strange_things, workbook
from scripts.mutate.readers import READERS

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="limits and pipes are Linux's")

GOOD = ("scan-032.jpg", "scan-033.jpg", "scan-034.jpg")


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("OMR_LANG", "en")


@pytest.fixture(scope="module")
def election(tmp_path_factory) -> Folder:
    """The sample, printed; nothing scanned."""
    folder = Folder(tmp_path_factory.mktemp("election"))
    with sample() as given:
        lay_out_sample(given, folder)
        print_ballots(folder, 1, find_family(LAST_RESORT))
        shutil.copytree(given / "scans" / "jpeg", folder.root / "given")
    return folder


@linux_only
def test_mutated_files_never_bring_a_reader_down(tmp_path):
    """Every door, files broken at random: each is read or refused in a line, below 1 GiB and 20 s."""
    rows = run(tmp_path, cases_of(list(READERS), 110, seed=20231215), jobs=2)
    assert [crash for row in rows.values() for crash in row.crashes] == []
    assert set(rows) == set(READERS)
    assert sum(row.files for row in rows.values()) >= 100
    assert all(row.read + row.refused == row.files for row in rows.values())
    assert sum(row.read for row in rows.values()) > 25
    assert max(row.mebibytes for row in rows.values()) < 1024
    assert max(row.seconds for row in rows.values()) < PAGE_SECONDS


# --- a folder of scans --------------------------------------------------------------------------------


@linux_only
def test_poison_among_good_scans_costs_itself(election, tmp_path):
    """Bombs, lies about sizes, circles, pipes, devices and odd names: the good pages beside them are read."""
    for name in GOOD:
        shutil.copyfile(election.root / "given" / name, tmp_path / name)
    for name, make in SCANS.items():
        (tmp_path / name).write_bytes(make())
    strange_things(tmp_path)
    outcome = scan(election, [tmp_path], jobs=2)
    with Store(election.database) as store:
        states = {(page.source, page.page_in_source): page.state for page in store.pages()}
    read = {source for (source, _page), state in states.items() if state is PageState.READ}
    assert read == set(GOOD)
    assert outcome.exit_code == 1
    seen = {source for source, _page in states} | {each.name for each in outcome.broken}
    assert set(SCANS) <= seen
    refused = {each.name: each.message for each in outcome.broken}
    assert "device" in refused["pipe.pdf"]
    assert "device" in refused["zero.pdf"]
    assert {"circle.jpg", "gone.jpg"} <= set(refused)
    assert {"a\\u000ab.jpg", "\\u202egpj.exe.jpg", "\\udcff\\udcfe.jpg"} <= seen
    assert all(name.isprintable() for name in seen)


@linux_only
def test_a_file_that_cannot_be_counted_costs_itself(tmp_path, monkeypatch):
    """A file may claim any number of pages; what brings the counting process down is that file's fault."""
    claims = tmp_path / "many.pdf"
    claims.write_bytes(SCANS["tree-in-a-circle.pdf"]())
    assert count_apart(claims, sources_module.Kind.PDF) == 4
    monkeypatch.setattr(sources_module, "MOST_PAGES", 3)
    (refused,) = list_sources([claims], count=count_pages)
    assert isinstance(refused, BrokenSource)
    assert "4" in refused.message


def swallow(sizes):
    return [held(size) for size in sizes]


def held(size):
    try:
        return len(bytearray(size))
    except MemoryError:
        return 0


@linux_only
def test_a_process_that_reads_gets_no_more_than_a_page_may_take():
    """Two hundred megabytes are a large page; two thousand are a bomb, and an error, not a full machine."""
    (results,) = Pool(swallow, 1).run([[200_000_000, 2_000_000_000]])
    assert [held for _size, held in results] == [200_000_000, 0]


def test_what_does_not_show_is_shown_by_its_number():
    """No name may move the cursor, break the line or turn the direction of writing."""
    assert printable("a\x1b[2Jb\n\u202ec\udcff") == "a\\u001b[2Jb\\u000a\\u202ec\\udcff"
    assert printable("Nguyễn Văn Thử (Bí thư)") == "Nguyễn Văn Thử (Bí thư)"


def test_a_message_is_one_short_line_whatever_it_quotes():
    said = OmrError("wrong:\n" + "x" * 5000 + "\x1b[2J", "do\nthis")
    assert len(said.message) <= MOST_LETTERS + 1
    assert said.message.isprintable()
    assert said.advice == "do this"


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000), (5_000, 60)])
def test_a_picture_that_is_a_thread_is_no_page(tmp_path, size):
    """The reader halves large pages until they are small; a thread would be halved to nothing."""
    Image.new("L", size).save(tmp_path / "a.png")
    (source,) = list_sources([tmp_path / "a.png"])
    page = load_page(source, 0)
    assert isinstance(page, BrokenPage)
    assert f"{size[0]} x {size[1]}" in page.message


# --- the election's own files -------------------------------------------------------------------------


@pytest.fixture
def copied(election, tmp_path) -> Folder:
    for name in ("election.toml", "people.csv", "layout.json", "prints.json", "key"):
        shutil.copyfile(election.root / name, tmp_path / name)
    return Folder(tmp_path)


def refusal(act) -> str:
    with pytest.raises(OmrError) as refused:
        act()
    return refused.value.message


def test_settings_nested_without_end_are_refused(copied):
    copied.election_toml.write_text("a = " + "[" * 10_000 + "]" * 10_000, encoding="utf-8")
    assert "brackets" in refusal(lambda: load_settings(copied.election_toml))


def test_a_layout_nested_without_end_is_refused(copied):
    copied.layout_json.write_text("[" * 100_000 + "]" * 100_000, encoding="utf-8")
    assert "layout" in refusal(lambda: load_layout(copied))


def test_a_layout_that_is_no_text_is_refused(copied):
    copied.layout_json.write_bytes(b"\xff\xfe{}")
    assert "layout" in refusal(lambda: load_layout(copied))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"page": 1', '"page": "1"'),
        ('"page": 1', '"page": 2'),
        ('"number": 2', '"number": 1'),
        ('"number": 2', '"number": 2.5'),
        ('"choice": "low"', '"choice": "high"'),
        ('"id": 3', '"id": 2'),
        ("297", "297000"),
        ('"id": "high"', '"id": null'),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(copied, old, new):
    """What no ballot of ours says is a damaged file, not a page to be read by."""
    text = copied.layout_json.read_text(encoding="utf-8")
    assert old in text
    copied.layout_json.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert "layout" in refusal(lambda: load_layout(copied))


@pytest.mark.parametrize("edge", [0, 1, 2, 3], ids=["left", "upper", "right", "lower"])
def test_a_layout_whose_boxes_are_no_table_is_refused(copied, edge):
    """Rows that stand under each other, and boxes beside each other: all that pictures are cut by."""
    document = json.loads(copied.layout_json.read_text(encoding="utf-8"))
    document["pages"][0]["rows"][1]["cells"][1]["box_mm"][edge] += 1.0
    copied.layout_json.write_text(json.dumps(document), encoding="utf-8")
    assert "layout" in refusal(lambda: load_layout(copied))


def test_records_of_prints_of_another_kind_are_refused(copied):
    copied.prints_json.write_text('[{"fingerprint": "A", "copies": "many", "on": ""}]', encoding="utf-8")
    assert "printed" in refusal(lambda: prints(copied))


@pytest.mark.parametrize("name", ["election.toml", "people.csv", "layout.json"])
def test_a_file_larger_than_any_election_is_not_read_into_memory(copied, name):
    with (copied.root / name).open("wb") as file:
        file.truncate(100_000_000)
    read = {"election.toml": load_election, "people.csv": load_election, "layout.json": load_layout}[name]
    assert "larger than 10 MB" in refusal(lambda: read(copied))


@linux_only
def test_a_device_in_place_of_a_list_is_refused():
    assert "no file" in refusal(lambda: read_roster(Path("/dev/zero")))


def test_a_line_without_end_is_no_list():
    with pytest.raises(ElectionError):
        read_people("stt,ho_ten,chuc_vu\n1," + "x" * 1_000_000 + ",y", "pasted")


@pytest.mark.parametrize("layout", ["/dev/zero", "\\u0000"])
def test_a_kind_of_ballot_that_is_no_file_is_unknown(copied, layout):
    """`layout` may name a TOML file: not a device, nor something that no path can be."""
    text = copied.election_toml.read_text(encoding="utf-8")
    named = text.replace('layout = "phu_luc_04"', f'layout = "{layout}"')
    copied.election_toml.write_text(named, encoding="utf-8")
    assert "kind" in refusal(lambda: lay_out(load_election(copied), find_family(LAST_RESORT)))


# --- what other programs hand in ----------------------------------------------------------------------


def test_a_workbook_that_unpacks_without_end_is_refused():
    """Sixty megabytes of cells in sixty kilobytes."""
    bomb = workbook(b'<row r="1"><c r="A1"><v>1</v></c></row>' * 1_600_000)
    assert len(bomb) < 1_000_000
    assert "workbook" in refusal(lambda: read_workbook(bomb, "a.xlsx"))


def test_a_workbook_whose_xml_is_anything_is_refused():
    """openpyxl makes Python objects of whatever the XML says."""
    assert "workbook" in refusal(lambda: read_workbook(workbook(b'<row r="x"><c r="?"/></row>'), "a.xlsx"))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"Version": "1.0.0", "Election": [{"Contest": [], "Candidate": []}]}',
        (
            '{"Version": "1.0.0", "Election": [{"Contest": [{"@id": "1", "Name": "A", "ContestSelection":[]}]'
            ', "Candidate": []}], "CVR": [{"CurrentSnapshotId": "x", "CVRSnapshot": []}]}'
        ),
    ],
)
def test_records_that_are_none_are_refused(tmp_path, text):
    path = tmp_path / "cvr.json"
    path.write_text(text, encoding="utf-8")
    assert "cast vote records" in refusal(lambda: read_records(path))


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("pages", "state", "?"),
        ("pages", "flags", "{"),
        ("readings", "reason", "?"),
        ("pages", "flags", '["?"]'),
        ("sources", "pages", 2**62),  # places that nobody would ever have tried
    ],
)
def test_a_ledger_with_words_that_are_not_ours_is_damaged(election, tmp_path, table, column, value):
    """What stands in the database and was not written by us is said to be damage, not shown as a bug."""
    import sqlite3  # noqa: PLC0415 - the ledger is opened behind the program's back here only

    given = election.root / "given" / GOOD[0]
    scan(election, [given], jobs=1)
    path = tmp_path / "omr.sqlite"
    with Store(election.database) as store:
        store._db.execute("VACUUM INTO ?", (str(path),))
    shutil.copyfile(election.key_file, tmp_path / "key")  # a missing key is called damaged, too
    db = sqlite3.connect(path)
    for (trigger,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        db.execute(f'DROP TRIGGER "{trigger}"')
    db.execute(f"UPDATE {table} SET {column} = ?", (value,))
    db.commit()
    db.close()
    with Store(path) as store:
        assert "damaged" in refusal(lambda: (store.pages(), store.readings()))


def test_a_ledger_whose_tables_have_names_that_are_no_text_is_damaged(tmp_path):
    """SQLite's own complaint then cannot be read as text: people hear of the damage all the same."""
    path = tmp_path / "omr.sqlite"
    with Store(path):
        pass
    data = path.read_bytes().replace(b"pages_update_refused", b"pages_upd\xa0te_refused")
    one = b"te_refused BEFORE UPDATE ON pages\n"
    path.write_bytes(data.replace(one, one.replace(b"BEFORE", b"BEFOR!")))
    assert "damaged" in refusal(lambda: Store(path))
