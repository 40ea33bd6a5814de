"""`omr verify DIR`: whatever was changed behind the program's back is named, the first thing first."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256

import pytest

from omr.cli import run
from omr.closing import reopen
from omr.counting import count_folder
from omr.editing import accept_changes
from omr.election import Folder
from omr.errors import Differs, OmrError
from omr.reader_version import reader_version
from omr.statement import Statement, signed_statement
from omr.store import Store
from omr.store.chain import compared_said, page_said, said_page
from omr.verify.election import verify_election
from omr.verify.named import Named
from omr.verify.outcome import check_result
from tests.omr.tampering import attack, edit, edit_json, read_inline, rewrite, sign_by_two


@pytest.fixture
def folder(closed, tmp_path):
    shutil.copytree(closed.root, tmp_path / "bch")
    return Folder(tmp_path / "bch")


def verify(folder, **more):
    return verify_election(folder, read_inline, **more)


def said(folder, **more):
    """What is said of the first thing that differs."""
    with pytest.raises(Differs) as found:
        verify(folder, **more)
    assert found.value.exit_code == 5
    assert found.value.advice
    assert "\n" not in found.value.message
    return found.value.message


def page_of(folder, number):
    """The page of a file, all of which have one: 1 is 0.jpg."""
    with Store(folder.database) as store:
        return next(page for page in store.pages() if page.source == f"{number - 1}.jpg")


def one(folder, sql):
    with Store(folder.database) as store:
        return store._all(sql)[0]


def test_with_everything_equal_it_says_what_was_checked(folder):
    """Counts, the chain's last hash and the key's fingerprint: figures for the minutes."""
    told = []
    found = verify(folder, progress=lambda *step: told.append(step))
    with Store(folder.database) as store:
        assert (found.entries, found.hash) == store.chain_head()
    assert (found.pages, found.bare, found.ballots, found.decisions) == (3, 0, 3, 1)
    assert found.statement.members == ("Bà A", "Ông B")
    assert found.statement.result == found.result
    assert (found.readers, found.edits, found.carried) == ((reader_version(),), (), 0)
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


def test_nothing_is_written_by_looking(folder):
    before = {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}
    verify(folder)
    after = {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}
    assert {path for path in before if before[path] != after.get(path)} == set()


def test_the_command_line_says_it_in_words(folder, capsys):
    """In processes of its own, with exit code 0, and 5 where something differs."""
    assert run(["verify", str(folder.root), "--jobs", "1"]) == 0
    out = capsys.readouterr().out.replace("\n", "")
    with Store(folder.database) as store:
        assert store.chain_head()[1] in out
    attack(folder, "UPDATE adjudications SET by = 'C'")
    assert run(["verify", str(folder.root)]) == 5
    assert "quyết định số 1" in capsys.readouterr().err.replace("\n", " ").lower()


# --- cells of the database --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE readings SET reading = 'low' WHERE number = 1 AND reading = 'high'", "nội dung máy đọc"),
        ("DELETE FROM readings WHERE number = 3", "nội dung máy đọc"),
        ("UPDATE pages SET flags = '[\"seal_missing\"]'", "nội dung máy đọc"),
        ("UPDATE pages SET trace = x'00'", "nội dung máy đọc"),
        ("UPDATE pages SET place = 'ffff' WHERE id = '{page}'", "0.jpg, trang 1: nguồn gốc"),
        ("UPDATE pages SET count = 2 WHERE id = '{page}'", "0.jpg, trang 1: nguồn gốc"),
        ("UPDATE pages SET original = '{page}' WHERE id = '{page}'", "0.jpg, trang 1: nguồn gốc"),
        ("UPDATE pages SET sheet = 'ffffffffff' WHERE id = '{page}'", "0.jpg, trang 1: nguồn gốc"),
        ("UPDATE adjudications SET choice = 'high'", "quyết định số 1"),
        ("UPDATE acts SET by = 'Bà C' WHERE seq = 2", "số 2"),
        ("UPDATE acts SET about = '00' WHERE seq = 1", "số 1"),
        ("DELETE FROM adjudications", "quyết định số 1"),
        ("DELETE FROM acts WHERE seq = 2", "số 2"),
        ("UPDATE sources SET name = 'x.jpg' WHERE id = 1", "số 1"),
        ("DELETE FROM compared", "so sánh nét chữ"),
    ],
)
def test_a_changed_cell_or_a_dropped_row_is_named(folder, sql, named):
    """Readings, page identities, decisions, closings: what differs is said, and nothing of any vote."""
    attack(folder, sql.replace("{page}", page_of(folder, 1).id))
    message = said(folder)
    assert named in message
    assert "tín nhiệm" not in message


def test_places_that_were_swapped_are_named(folder):
    """Two pages of one batch, each where the other lay: tokens of real places, and not theirs."""
    pages = [page_of(folder, number).id for number in (1, 2)]
    places = [one(folder, f"SELECT place FROM pages WHERE id = '{page}'")[0] for page in pages]
    attack(
        folder,
        f"UPDATE pages SET place = 'away' WHERE id = '{pages[0]}'",
        f"UPDATE pages SET place = '{places[0]}' WHERE id = '{pages[1]}'",
        f"UPDATE pages SET place = '{places[1]}' WHERE id = '{pages[0]}'",
    )
    assert "nguồn gốc" in said(folder)


def test_a_page_that_is_taken_out_is_named(folder):
    page = page_of(folder, 2).id
    attack(
        folder,
        f"DELETE FROM readings WHERE page = '{page}'",
        f"DELETE FROM compared WHERE page = '{page}'",
        f"DELETE FROM pages WHERE id = '{page}'",
    )
    assert "1.jpg, trang 1" in said(folder)


def test_a_row_put_in_beside_the_chain_is_named(folder):
    attack(
        folder,
        "INSERT INTO adjudications SELECT 9, sheet, question, number, 'high', by, why, at, 2, 1, NULL"
        " FROM adjudications",
    )
    assert "số 9" in said(folder)


def test_a_page_put_in_beside_the_chain_is_named(folder):
    attack(
        folder,
        "INSERT INTO pages SELECT 'new', 'new', count, 'new', sha256, state, page, flags, original, strip,"
        " problem, seen, trace FROM pages LIMIT 1",
    )
    assert "một trang" in said(folder)


def test_guards_that_were_taken_off_are_missed(folder):
    attack(folder, "UPDATE acts SET by = by")
    assert verify(folder)
    with Store(folder.database) as store:
        store._db.execute("DROP TRIGGER pages_update_refused")
    assert "pages_update_refused" in said(folder)


def test_another_key_is_named_before_any_page(folder):
    """Without the key that hid them no page is known; it is the key that was changed, and no page."""
    folder.key_file.write_text("00" * 32 + "\n", "ascii")
    assert said(folder).startswith("key ")


# --- the chain --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE chained SET payload = replace(payload, 'Bà A, ông B', 'Bà A, ông C')",
        "DELETE FROM chained WHERE seq = 4",
        "UPDATE chained SET kind = 'acts' WHERE seq = 3",
        "UPDATE chained SET hash = 'ff' WHERE seq = 5",
    ],
)
def test_a_changed_chain_is_broken_where_it_was_changed(folder, sql):
    attack(folder, sql)
    assert "chuỗi ghi nhận bị đứt" in said(folder)


def test_a_chain_that_is_gone_is_missed(folder):
    with Store(folder.database) as store:
        store._db.execute("DROP TABLE chained")
    assert "chained" in said(folder)


def test_the_last_entry_is_missed(folder):
    """Cut off at the end, the chain is whole: the closing without its signature tells, or the signed file."""
    attack(folder, "DELETE FROM chained WHERE seq = (SELECT max(seq) FROM chained)")
    folder.signed_json.unlink()
    assert "không có chữ ký" in said(folder)


def closing_cut_off(folder):
    """The attacker takes out both signatures with their entries, and the signed statement."""
    (entries,) = one(folder, "SELECT max(seq) FROM chained")
    attack(folder, "DELETE FROM acts", f"DELETE FROM chained WHERE seq > {entries - 3}")


def test_a_closing_that_is_cut_off_is_told_by_the_signed_file(folder):
    closing_cut_off(folder)
    assert "bị cắt" in said(folder)


def test_a_closing_that_is_cut_off_is_told_by_the_hash_in_the_minutes(folder):
    """Where the signed file is gone too, the figure on paper is what is left, and enough."""
    (_last,) = one(folder, "SELECT hash FROM chained ORDER BY seq DESC LIMIT 1")
    assert verify(folder, written_hash=_last.upper())
    closing_cut_off(folder)
    folder.signed_json.unlink()
    (folder.root / "result.json").unlink()
    assert verify(folder).statement is None
    assert _last in said(folder, written_hash=_last)


def test_what_the_program_does_not_write_is_told(folder):
    """A chain written anew by its own rules, with an entry that is none."""
    rewrite(folder, lambda pairs: pairs.insert(4, ["settings", {"nothing": 1}]))
    assert "chương trình này không ghi" in said(folder)


# --- pictures ---------------------------------------------------------------------------------------------


def picture(folder, source=2):
    return folder.originals_dir / page_of(folder, source).original


def test_a_swapped_picture_is_named(folder):
    picture(folder, 2).write_bytes(picture(folder, 1).read_bytes())
    assert said(folder) == "1.jpg, trang 1: ảnh không phải là ảnh đã quét"


def test_a_missing_picture_is_named(folder):
    picture(folder, 3).unlink()
    assert said(folder) == "2.jpg, trang 1: thiếu ảnh"


def test_of_several_the_first_is_named(folder):
    for source in (3, 1):
        picture(folder, source).unlink()
    names = {"0.jpg, trang 1: thiếu ảnh", "2.jpg, trang 1: thiếu ảnh"}
    with Store(folder.database) as store:
        entries = store.chain("pages")
        named = Named.of(store)
    places = [named.place(page)["source"] for entry in entries for page in entry.said["pages"]]
    assert said(folder) in names
    assert said(folder).startswith(next(name for name in places if name in {"0.jpg", "2.jpg"}))


# --- an attacker who writes the whole chain anew ----------------------------------------------------------


def falsify_a_reading(folder, reader=None):
    """Flip one reading, and write a chain that vouches for it."""
    (page,) = one(folder, "SELECT page FROM readings WHERE number = 1 AND reading = 'high'")
    attack(folder, f"UPDATE readings SET reading = 'low' WHERE number = 1 AND page = '{page}'")
    with Store(folder.database) as store:
        row, hidden = store.page_row(page), store.hidden

    def change(pairs):
        for kind, payload in pairs:
            if kind == "pages":
                payload["pages"] = [
                    page_said(*row, reader or each["reader"], hidden)
                    if each["page"] == said_page(hidden, page)
                    else each
                    for each in payload["pages"]
                ]

    forge_statement(folder, change)


def forge_statement(folder, change, **more):
    """Write chain and statement anew, with the folder's own key."""

    def resign(pairs):
        change(pairs)
        pairs.pop()

    rewrite(folder, resign)
    with Store(folder.database) as store:
        entries, last = store.chain_head()
        old = {
            "result": store.acts()[-1].about,
            "closed_at": store.acts()[-1].at,
            "members": ("Bà A", "Ông B"),
        }
        signed = signed_statement(folder, Statement(**{**old, "entries": entries, "hash": last, **more}))
        store.add_entry("signed", lambda _all: signed)
    folder.signed_json.unlink()


def test_a_reading_that_the_picture_does_not_bear_out_is_named(folder):
    """Database, chain and signature agree with each other: the picture does not."""
    falsify_a_reading(folder)
    message = said(folder)
    assert "dòng 1" in message
    assert "khác với ảnh" in message


def test_another_version_that_reads_otherwise_is_told_from_tampering(folder):
    """Pictures are as they were, versions are not: no sign of tampering, and no proof either."""
    falsify_a_reading(folder, "0.0.9-000000000000")
    with pytest.raises(OmrError, match=r"0\.0\.9") as found:
        verify(folder)
    assert not isinstance(found.value, Differs)
    assert found.value.exit_code == 1
    assert "không phải là dấu hiệu" in found.value.advice


def test_another_version_that_reads_the_same_is_as_good(folder, monkeypatch):
    monkeypatch.setattr("omr.task.reader_version", lambda: "9.9.9-0")
    monkeypatch.setattr("omr.verify.pictures.reader_version", lambda: "9.9.9-0")
    assert verify(folder).readers == (reader_version(),)


def test_a_decision_dropped_from_chain_and_database_is_told_by_what_was_signed(folder):
    """The attacker has the folder, not the figures that were signed: another result than the signed one."""

    def change(pairs):
        pairs[:] = [pair for pair in pairs if pair[0] != "adjudications"]

    forge_statement(folder, change)
    attack(folder, "DELETE FROM adjudications")
    assert "kết quả đã ký" in said(folder)


def test_sheets_called_alike_that_are_not_are_told(folder):
    """Two ballots called one sheet would lose a vote."""
    pages = sorted(page_of(folder, number).id for number in (1, 2))
    with Store(folder.database) as store:
        hidden, everyone = store.hidden, store.page_ids()

    def change(pairs):
        for kind, payload in pairs:
            if kind == "compared":
                payload.update(compared_said(everyone, payload["decisions"], [(*pages, "same")], hidden))

    forge_statement(folder, change)
    attack(folder, (f"INSERT INTO alike VALUES ('{pages[0]}', '{pages[1]}', 'same')"))
    assert "nét chữ trên ảnh" in said(folder)


def test_a_ballot_or_a_result_that_comes_out_otherwise_is_named(closed):
    """Whatever the reason: what the database gives and what is counted anew are compared as a whole."""
    kept = count_folder(closed)
    first, *others = kept.ballots
    rows = (replace(first.rows[0], final="invalid"), *first.rows[1:])
    otherwise = replace(kept, ballots=(replace(first, rows=rows), *others))
    check_result(kept, kept)
    with pytest.raises(Differs, match=first.id):
        check_result(kept, otherwise)
    for anew in (
        replace(kept, ballots=(*kept.ballots, replace(first, id="another"))),
        replace(kept, result=replace(kept.result, collected=4)),
    ):
        with pytest.raises(Differs, match="khác với cơ sở dữ liệu"):
            check_result(kept, anew)


def test_a_bad_signature_is_told(folder):
    def change(pairs):
        pairs[-1][1]["statement"]["members"] = ["Bà A", "Bà C"]

    rewrite(folder, change)
    folder.signed_json.unlink()
    assert "chữ ký" in said(folder)


def test_a_key_that_is_not_the_boards_is_told_by_its_fingerprint(folder):
    found = verify(folder)
    assert verify(folder, written_key=found.fingerprint.lower())
    assert found.fingerprint in said(folder, written_key="AAAA-AAAA-AAAA-AAAA")


# --- the hand audit ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def audit_begun(closed, tmp_path_factory):
    """The closed election with a hand audit that is drawn: to be copied, never changed."""
    folder = Folder(tmp_path_factory.mktemp("audited") / "bch")
    shutil.copytree(closed.root, folder.root)
    assert run(["audit", str(folder.root), "--seed", "31415926535897932384"]) == 3
    assert verify(folder).statement is not None
    return folder


@pytest.fixture
def audited(audit_begun, tmp_path):
    shutil.copytree(audit_begun.root, tmp_path / "bch")
    return Folder(tmp_path / "bch")


def of_the_audit(change):
    return lambda folder: edit_json(folder.audit_dir / "audit.json", change)


@pytest.mark.parametrize(
    "attack_on",
    [
        of_the_audit(lambda said: said.update(seed="27182818284590452353")),
        of_the_audit(lambda said: said.update(risk="1/5")),
        of_the_audit(lambda said: said["reported"]["1"].update(low=99)),
        lambda folder: (folder.audit_dir / "audit.json").unlink(),
        lambda folder: (folder.audit_dir / "audit.json").write_text("{", "utf-8"),
        lambda folder: shutil.copy(folder.audit_dir / "audit.json", folder.audit_dir / "audit-1.json"),
    ],
)
def test_a_changed_audit_is_named(audited, attack_on):
    """Its seed, what was agreed and reported, the file taken away, another one put beside it."""
    attack_on(audited)
    assert "audit/audit" in said(audited)


def test_an_entry_that_changes_what_an_audit_had_recorded_is_named(audited):
    """Somebody changed the file, and a program that did not look recorded it: the entries differ."""
    audited.signed_json.unlink()
    path = audited.audit_dir / "audit.json"
    edit_json(path, lambda said: said.update(seed="27182818284590452353"))
    rewrite(audited, lambda pairs: pairs.append(["audit", json.loads(path.read_bytes())]))
    with Store(audited.database) as store:
        (last, _hash) = store.chain_head()
    assert f"mục {last}" in said(audited)


def test_an_audit_of_an_earlier_version_is_told_as_not_recorded(audited, closed, tmp_path, capsys):
    """The chain knows nothing of it; a file beside it of another name is none."""
    older = Folder(tmp_path / "older")
    shutil.copytree(closed.root, older.root)
    shutil.copytree(audited.audit_dir, older.audit_dir)
    (older.audit_dir / "audit-plan.json").write_text("{}", "utf-8")
    assert run(["verify", str(older.root), "--jobs", "1"]) == 0
    assert (
        "không có trong chuỗi ghi nhận nên không đối chiếu: audit.json."
        in capsys.readouterr().out.replace("\n", " ")
    )


def test_an_audit_file_behind_the_record_is_told(audited, capsys, monkeypatch):
    """Nothing differs, but who checks should know (how it comes: tests/omr/test_audit.py)."""
    assert run(["verify", str(audited.root), "--jobs", "1"]) == 0
    assert "chậm hơn" not in capsys.readouterr().out
    monkeypatch.setattr("omr.verify.election.is_behind", lambda _folder, _entries: True)
    assert run(["verify", str(audited.root), "--jobs", "1"]) == 0
    assert "chậm hơn chuỗi ghi nhận một mục" in " ".join(capsys.readouterr().out.split())


# --- files ------------------------------------------------------------------------------------------------


def test_an_edited_election_toml_is_named_with_its_line(folder):
    edit(folder.election_toml, "issued = 4", "issued = 3")
    message = said(folder)
    assert "election.toml" in message
    assert "issued = 4" in message
    assert "issued = 3" in message


def test_an_edited_list_is_named(folder):
    edit(folder.people_csv, "Nguyễn Văn Thử", "Nguyễn Văn Thứ")
    assert "people.csv" in said(folder)


def test_a_changed_layout_is_named(folder):
    edit_json(folder.layout_json, lambda value: value["pages"][0]["rows"].reverse())
    assert "layout.json" in said(folder)


def test_a_changed_blank_page_or_record_of_prints_is_named(folder):
    edit_json(folder.prints_json, lambda value: value[0].update(copies=100))
    assert "prints.json" in said(folder)
    (folder.blank_dir / "page-1.png").write_bytes(b"another")
    assert "blank/page-1.png" in said(folder)


def test_changed_files_of_the_result_are_named(folder):
    edit(folder.root / "result.json", '"collected": 3', '"collected": 4')
    assert "result.json" in said(folder)
    edit(folder.signed_json, "Bà A", "Bà C")
    assert "signed-result.json" in said(folder)


def test_a_change_that_was_recorded_is_no_difference_and_is_still_told(folder):
    """The board reopens, corrects a number by hand, says so, and closes again."""
    with Store(folder.database) as store:
        reopen(store, "Bà A", "sửa số phiếu", 2)
        edit(folder.election_toml, "issued = 4", "issued = 3")
        accept_changes(folder, "Bà A", "đếm lại số phiếu phát ra")
        sign_by_two(folder, store)
    found = verify(folder)
    assert found.edits == ("election.toml",)
    assert found.statement is not None


def test_a_change_by_hand_is_not_taken_in_by_the_next_scan(folder, closed, capsys):
    """Scan and status warn in a line, nobody can close, and verify names it, until it is accepted."""
    with Store(folder.database) as store:
        reopen(store, "Bà A", "sửa danh sách", 2)
    edit(folder.people_csv, "Nguyễn Văn Thử", "Nguyễn Văn Thứ")
    assert run(["scan", str(folder.root), str(closed.root.parent / "box")]) == 0
    warned = capsys.readouterr().err
    assert warned.count("people.csv") == 1
    assert "Lưu ý: people.csv" in warned
    assert "omr accept" in warned
    assert run(["status", str(folder.root), "--json"]) == 0
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["code"], problem["file"]) == ("file_changed", "people.csv")
    assert "people.csv" in said(folder)
    with Store(folder.database) as store, pytest.raises(OmrError, match=r"people\.csv"):
        sign_by_two(folder, store)
    accept_changes(folder, "Bà A", "viết đúng tên")
    assert verify(folder).edits == ("people.csv",)
    assert run(["status", str(folder.root)]) == 0
    assert "people.csv" not in capsys.readouterr().err


def test_a_folder_without_a_record_is_a_line(tmp_path):
    with pytest.raises(OmrError) as found:
        verify(Folder(tmp_path))
    assert found.value.advice
    assert not (tmp_path / "omr.sqlite").exists()


def test_the_names_of_pictures_are_their_content(folder):
    """What `verify` rests on: a kept file bears the SHA-256 of its bytes as its name."""
    for path in folder.originals_dir.rglob("*.*"):
        assert path.stem == sha256(path.read_bytes()).hexdigest()
