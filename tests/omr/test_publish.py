"""The published result: checked on a computer that has nothing else, refused where anything was changed."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from hashlib import sha256

import pypdfium2
import pytest

from omr.bundle import (
    MANIFEST,
    PAPERS,
    PUBLIC_KEY,
    PURPOSE,
    RESULT,
    STATEMENT,
    as_file,
    bundle,
    write_bundle,
)
from omr.cli import run
from omr.closing import reopen
from omr.election import Folder
from omr.errors import Differs, DoesNotAddUp, NotFinal, OmrError
from omr.signing import make_key, sign
from omr.store import Store
from omr.store.chain import canonical
from omr.verify import published as published_module
from omr.verify.published import verify_published
from tests.omr.ledger import make_election
from tests.omr.tampering import sign_by_two

PEOPLE = (("Lê Mẫu", "Bí thư"), ("Trần Thị Thử", "Phó Bí thư"))
BALLOTS = (("high", "low"), ("high", "low"), ("medium", "blank"))


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    folder = make_election(
        tmp_path_factory.mktemp("closed") / "bch", PEOPLE, BALLOTS,
        session={"summoned": 4, "present": 4, "present_at_vote": 4, "issued": 4},
    )  # fmt: skip
    with Store(folder.database) as store:
        sign_by_two(folder, store)
    return folder


@pytest.fixture(scope="module")
def given(closed):
    return bundle(closed)


@pytest.fixture
def folder(closed, tmp_path):
    shutil.copytree(closed.root, tmp_path / "bch")
    return Folder(tmp_path / "bch")


def contents(data):
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def plain(name, data):
    """What a file says, unpacked."""
    if name.endswith((".docx", ".xlsx")):
        return b"".join(contents(data).values())
    if name.endswith(".pdf"):
        with pypdfium2.PdfDocument(data) as document:
            return "".join(page.get_textpage().get_text_range() for page in document).encode()
    return data


def written(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def changed(given, tmp_path, change):
    """The bundle with some of its files changed, and nothing signed anew."""
    files = contents(given)
    change(files)
    return written(tmp_path / "x.zip", files)


def resigned(given, tmp_path, change, folder):
    """The same, with the manifest made and signed anew by whoever has the key."""
    files = contents(given)
    change(files)
    said = json.loads(files.pop(MANIFEST))["manifest"]
    said["files"] = {name: sha256(data).hexdigest() for name, data in files.items()}
    signature, key = sign(folder.signing_key, PURPOSE, canonical(said))
    manifest = {"manifest": said, "signature": signature, "public_key": key}
    return written(tmp_path / "x.zip", files | {MANIFEST: as_file(manifest)})


def edited(name, change):
    def edit(files):
        value = json.loads(files[name])
        change(value)
        files[name] = json.dumps(value, ensure_ascii=False).encode()

    return edit


def said(path, **more):
    with pytest.raises(Differs) as found:
        verify_published(path, **more)
    assert found.value.exit_code == 5
    return found.value.message


def test_another_computer_checks_it_without_the_folder(given, closed, tmp_path, capsys):
    """All it needs is the file, and the fingerprint from the minutes."""
    path = tmp_path / "ket-qua.zip"
    path.write_bytes(given)
    found = verify_published(path)
    assert (found.files, found.people, found.collected, found.compared) == (len(PAPERS) + 4, 2, 3, False)
    assert verify_published(path, found.fingerprint.lower(), found.statement.hash).compared
    assert run(["verify", str(path), "--key", found.fingerprint]) == 0
    assert found.statement.hash in capsys.readouterr().out.replace("\n", "")


def test_the_command_writes_it_and_checks_it(folder, capsys):
    assert run(["publish", str(folder.root)]) == 0
    assert "Mã nhận dạng khóa ký" in capsys.readouterr().out
    assert verify_published(folder.bundle_zip)
    assert not list(folder.root.glob(".*"))


def test_nothing_in_it_says_more_than_the_totals(given, closed):
    """Secrecy: no ballot, no page, no file of scans, no time of a file; and nothing that is Mật."""
    files = contents(given)
    assert set(files) == {MANIFEST, RESULT, STATEMENT, PUBLIC_KEY, *PAPERS}
    with Store(closed.database) as store:
        ids = [text for page in store.pages() for text in (page.id, page.sheet, page.source)]
    for name, data in files.items():
        assert not [text for text in ids if text.encode() in plain(name, data)], name
    assert b"consequence" not in files[RESULT]
    assert closed.signing_key.read_bytes().strip() not in b"".join(files.values())
    with zipfile.ZipFile(io.BytesIO(given)) as packed:
        assert {entry.date_time[0] for entry in packed.infolist()} == {1980}


def test_only_a_closed_result_is_published(folder):
    with Store(folder.database) as store:
        reopen(store, "Bà A", "đếm lại", 2)
    with pytest.raises(NotFinal):
        bundle(folder)


def test_a_result_that_is_not_the_signed_one_is_not_published(folder):
    text = folder.election_toml.read_text("utf-8")
    folder.election_toml.write_text(text.replace("issued = 4", "issued = 3"), "utf-8")
    with pytest.raises(Differs, match="đã ký"):
        write_bundle(folder, folder.bundle_zip)
    assert not folder.bundle_zip.exists()


@pytest.mark.parametrize("name", [RESULT, "results.csv", "phu-luc-05.pdf", "cong-khai.docx", STATEMENT])
def test_a_changed_file_is_named(given, tmp_path, name):
    def change(files):
        files[name] = files[name][:-1] + b"!"

    assert name in said(changed(given, tmp_path, change))


def test_a_file_taken_out_or_put_in_is_named(given, tmp_path):
    assert "chart.png" in said(changed(given, tmp_path, lambda files: files.pop("chart.png")))
    assert "more.csv" in said(changed(given, tmp_path, lambda files: files.update({"more.csv": b"x"})))


def test_a_changed_manifest_has_no_good_signature(given, tmp_path):
    change = edited(MANIFEST, lambda value: value["manifest"].update(election="OTHER"))
    assert "chữ ký" in said(changed(given, tmp_path, change))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"version": 1', b'"version": 2,\n  "version": 1', 1),
        lambda text: text.replace(b'"manifest": {', b'"more": "",\n "manifest": {', 1),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b'"signature": "', b'"signature": " ', 1),
    ],
)
def test_a_manifest_is_written_in_one_way(given, tmp_path, change):
    """What means the same to this program may tell another reader something else: a name given twice."""
    spoilt = changed(given, tmp_path, lambda files: files.update({MANIFEST: change(files[MANIFEST])}))
    assert MANIFEST in said(spoilt) or "chữ ký" in said(spoilt)


def test_a_stranger_who_signs_it_anew_has_another_fingerprint(given, tmp_path):
    """Every signature is good, the result is the signed one: the minutes tell the key."""
    stranger = Folder(tmp_path)
    make_key(stranger.signing_key, stranger.public_key)
    right = verify_published(changed(given, tmp_path, lambda _files: None)).fingerprint

    def change(files):
        files[PUBLIC_KEY] = stranger.public_key.read_bytes()

    path = resigned(given, tmp_path, change, stranger)
    assert right in said(path, written_key=right)
    assert "chốt" in said(path)


def test_a_result_other_than_the_signed_one_is_told(given, tmp_path, closed):
    """Signed anew with the board's own key: the closing's statement is of another result."""

    def change(value):
        value["people"][0].update(high=3, medium=0)

    assert "kết quả đã ký" in said(resigned(given, tmp_path, edited(RESULT, change), closed))


def test_the_check_figure_of_the_minutes_is_compared(given, tmp_path):
    path = changed(given, tmp_path, lambda _files: None)
    assert "mã kiểm tra" in said(path, written_hash="00" * 32)


def test_a_table_with_other_numbers_is_told(given, tmp_path, closed):
    def change(files):
        files["results.csv"] = files["results.csv"].replace(b"\n1,", b"\n7,")

    assert "results.csv" in said(resigned(given, tmp_path, change, closed))


@pytest.fixture
def resign(given, tmp_path, closed, monkeypatch):
    """Signs anything anew, and the closing is taken to be of it."""
    right = json.loads(contents(given)[STATEMENT])["statement"]["result"]
    monkeypatch.setattr(published_module, "digest", lambda _result: right)
    return lambda change: resigned(given, tmp_path, change, closed)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda value: value["people"][1].update(invalid=2), "Trần Thị Thử"),
        (lambda value: value["people"][0].update(high=1), "Lê Mẫu: tổng các mức"),
        (lambda value: value["people"][0]["shares"]["high"].update(percent="99.00"), "Lê Mẫu"),
        (lambda value: value.update(issued=2), "phát ra"),
    ],
)
def test_sums_that_do_not_hold_are_told_even_where_they_were_signed(resign, change, named):
    """high + medium + low + invalid = collected, each share of its votes, no more collected than issued."""
    with pytest.raises(DoesNotAddUp, match=named):
        verify_published(resign(edited(RESULT, change)))


def zip_of(tmp_path, names, size=1):
    return written(tmp_path / "x.zip", dict.fromkeys(names, b"0" * size))


@pytest.mark.parametrize(
    "name",
    ["../result.json", "/etc/passwd", "a/b.json", "..\\x.json", "C:\\x.json", ".x.json", "x", "é.csv"],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    """Nothing is ever unpacked; such a file is refused all the same."""
    with pytest.raises(OmrError, match="không do chương trình này ghi"):
        verify_published(zip_of(tmp_path, [name]))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["x.zip"]


def test_a_bomb_is_refused_before_it_is_read(tmp_path):
    """Too many files, too large a file, one that claims to be small, one name twice."""
    with pytest.raises(OmrError, match="quá lớn"):
        verify_published(zip_of(tmp_path, ["a.json"], 25_000_000))
    with pytest.raises(OmrError, match="không do chương trình này ghi"):
        verify_published(zip_of(tmp_path, [f"a{at}.json" for at in range(40)]))
    path = zip_of(tmp_path, ["a.json"], 25_000_000)
    data = path.read_bytes()
    path.write_bytes(data.replace((25_000_000).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    with pytest.raises(OmrError):
        verify_published(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip at all" * 9, b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_bundle_is_a_line(tmp_path, data):
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(OmrError) as refused:
        verify_published(path)
    assert refused.value.exit_code == 1
    assert refused.value.advice


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"people": 3}', "[" * 9999, '{"collected": "x", "people": []}']
)
def test_nonsense_that_was_signed_is_a_line_too(given, tmp_path, closed, text):
    def change(files):
        files[RESULT] = text.encode()

    with pytest.raises(OmrError):
        verify_published(resigned(given, tmp_path, change, closed))
