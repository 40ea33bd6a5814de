"""The folder sealed for the archive: everything in it, for nobody without the key, and back again."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pyrage
import pytest

from omr import archive, cli
from omr.archive import Keys, Passphrase, seal, unseal
from omr.election import Folder
from omr.errors import OmrError
from omr.files import PART
from omr.store import NewSource, Store

WORDS = "năm từ không ai đoán được"


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("OMR_LANG", "en")


@pytest.fixture
def folder(tmp_path) -> Folder:
    """An election with a ledger and pictures of pages; what the archive is told is not theirs to open."""
    folder = Folder(tmp_path / "bch-2023")
    (folder.originals_dir / "ab").mkdir(parents=True)
    (folder.originals_dir / "ab" / "1.png").write_bytes(os.urandom(300_000))
    (folder.originals_dir / "ab" / "empty.png").write_bytes(b"")
    folder.election_toml.write_text("version = 1\n", encoding="utf-8")
    folder.key_file.write_text("the-key-of-this-election\n", encoding="ascii")
    with Store(folder.database) as store:
        store.add_batch(1, [NewSource("a" * 64, "a.pdf", 3)])
    return folder


@pytest.fixture
def keys() -> Keys:
    identity = pyrage.x25519.Identity.generate()
    return Keys((identity.to_public(),), (identity,))


def contents(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("omr.sqlite"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def refusal(act) -> str:
    with pytest.raises(OmrError) as refused:
        act()
    return refused.value.message


def test_what_was_sealed_comes_back_as_it_was(folder, keys, tmp_path):
    """Every file and the ledger; the folder itself is left as it is."""
    before = contents(folder.root)
    packed = seal(folder, tmp_path / "a.age", keys)
    assert contents(folder.root) == before
    opened = unseal(tmp_path / "a.age", tmp_path / "back", Keys(identities=keys.identities))
    assert contents(tmp_path / "back") == before
    assert opened == packed
    with Store(tmp_path / "back" / "omr.sqlite") as store:
        assert [each.name for each in store.problems()] == ["a.pdf"]


def test_nobody_else_can_read_the_file_or_the_folder(folder, keys, tmp_path):
    """Nothing of the folder stands in the file, and what is opened is its owner's alone."""
    seal(folder, tmp_path / "a.age", keys)
    data = (tmp_path / "a.age").read_bytes()
    assert data.startswith(b"age-encryption.org/v1")
    assert b"the-key-of" not in data
    assert b"election.toml" not in data
    unseal(tmp_path / "a.age", tmp_path / "back", keys)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "back").rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "back").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "back" / "pages" / "ab").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a.age").stat().st_mode) == 0o600


def test_any_age_program_opens_it_and_no_time_is_in_it(folder, keys, tmp_path):
    """The format is age around tar: names, sizes and content; not who scanned when."""
    seal(folder, tmp_path / "a.age", keys)
    plain = pyrage.decrypt((tmp_path / "a.age").read_bytes(), list(keys.identities))
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        members = tar.getmembers()
    assert {"election.toml", "key", "omr.sqlite", "pages/ab/1.png"} <= {each.name for each in members}
    assert {(each.mtime, each.uid, each.uname) for each in members} == {(0, 0, "")}


def test_a_key_that_is_not_its_own_opens_nothing(folder, keys, tmp_path):
    seal(folder, tmp_path / "a.age", keys)
    assert "no key opens" in refusal(lambda: unseal(tmp_path / "a.age", tmp_path / "no", Keys()))
    assert left_in(tmp_path) == {"a.age", "bch-2023"}


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "gone"])
def test_a_damaged_file_leaves_no_half_folder(folder, keys, tmp_path, damage):
    path = tmp_path / "a.age"
    seal(folder, path, keys)
    data = path.read_bytes()
    path.write_bytes(
        {"cut": data[:-1000], "flipped": data[:200_000] + b"x" + data[200_001:]}.get(damage, b"")
    )
    if damage == "gone":
        path.unlink()
    assert refusal(lambda: unseal(path, tmp_path / "no", keys))
    assert left_in(tmp_path) <= {"a.age", "bch-2023"}


def left_in(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()}


def tar_of(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.size, member.linkname = kind, 1 if kind == tarfile.REGTYPE else 0, "/etc/passwd"
        tar.addfile(member, io.BytesIO(b"x"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../out", tarfile.REGTYPE),
        ("/out", tarfile.REGTYPE),
        ("a/../../out", tarfile.REGTYPE),
        ("C:out", tarfile.REGTYPE),
        ("a\\..\\out", tarfile.REGTYPE),
        ("link", tarfile.SYMTYPE),
        ("link", tarfile.LNKTYPE),
        ("pipe", tarfile.FIFOTYPE),
    ],
)
def test_nothing_is_written_beside_the_new_folder(keys, tmp_path, name, kind):
    """A file that somebody else made may name any place; only plain files below the folder are taken."""
    (tmp_path / "a.age").write_bytes(pyrage.encrypt(tar_of(name, kind), list(keys.recipients)))
    assert "no place" in refusal(lambda: unseal(tmp_path / "a.age", tmp_path / "in" / "back", keys))
    assert left_in(tmp_path) == {"a.age", "in"}
    assert left_in(tmp_path / "in") == set()


def test_ballots_that_a_killed_unseal_left_in_the_open_go_with_the_next(folder, keys, tmp_path):
    """So does the copy of the ledger that a killed seal left in the folder; one that is being made stays."""
    names = (f"{PART}back-aaaaaaaa", f"{PART}back-bbbbbbbb", f"{folder.root.name}/{PART}seal-1")
    left = [tmp_path / name for name in names]
    for path in left:
        path.mkdir()
        (path / "omr.sqlite").write_bytes(b"votes")
    for path in (left[0], left[2]):
        os.utime(path / "omr.sqlite", (1, 1))
        os.utime(path, (1, 1))
    seal(folder, tmp_path / "a.age", keys)
    unseal(tmp_path / "a.age", tmp_path / "back", keys)
    assert [path.exists() for path in left] == [False, True, False]


def test_a_second_unseal_takes_nothing_from_the_first(folder, keys, tmp_path, monkeypatch):
    """Of a large archive the first may be at work for longer than half-written things are left alone."""
    seal(folder, tmp_path / "a.age", keys)
    before, real = contents(folder.root), archive._take_out

    def slowly(beside, member, data):
        real(beside, member, data)
        os.utime(beside, (1, 1))  # what comes into folders in it does not move its time
        archive.sweep_named(tmp_path, "back")  # what a second one does first

    monkeypatch.setattr(archive, "_take_out", slowly)
    unseal(tmp_path / "a.age", tmp_path / "back", keys)
    assert contents(tmp_path / "back") == before


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_folder_from_which_something_went_is_not_called_whole(folder, keys, tmp_path, monkeypatch, harm):
    """Whatever the reason is: a part of an election under its name would be taken for all of it."""
    seal(folder, tmp_path / "a.age", keys)
    real, taken = archive._take_out, []

    def harmed(beside, member, data):
        real(beside, member, data)
        if not taken and harm == "gone":
            (beside / member.name).unlink()
        elif not taken:
            os.truncate(beside / member.name, 1)
        taken.append(member)

    monkeypatch.setattr(archive, "_take_out", harmed)
    assert "not all there" in refusal(lambda: unseal(tmp_path / "a.age", tmp_path / "back", keys))
    assert left_in(tmp_path) == {"a.age", folder.root.name}


def test_a_file_that_is_being_checked_is_nobodys_leftover(folder, keys, tmp_path, monkeypatch):
    """Reading a large file back takes longer than half-written things are left alone."""
    out, real = tmp_path / "a.age", archive.sha256_of

    def slowly(data):
        archive.sweep_named(tmp_path, "a", ".age")  # what a second one does first
        digest = real(data)
        for path in tmp_path.glob(f"{PART}a-*"):
            os.utime(path, (1, 1))
        return digest

    monkeypatch.setattr(archive, "sha256_of", slowly)
    seal(folder, out, keys)
    assert out.exists()


def test_no_journal_of_another_state_is_packed_with_the_copy_of_the_ledger(folder, keys, tmp_path):
    """SQLite would play it back into the copy when it is opened."""
    folder.database.with_name("omr.sqlite-journal").write_bytes(b"")
    seal(folder, tmp_path / "a.age", keys)
    unseal(tmp_path / "a.age", tmp_path / "back", keys)
    assert not (tmp_path / "back" / "omr.sqlite-journal").exists()


def test_what_is_there_is_never_written_over(folder, keys, tmp_path):
    (tmp_path / "a.age").write_bytes(b"older")
    assert "there already" in refusal(lambda: seal(folder, tmp_path / "a.age", keys))
    assert (tmp_path / "a.age").read_bytes() == b"older"
    assert "there already" in refusal(lambda: unseal(tmp_path / "a.age", folder.root, keys))
    assert "must not lie" in refusal(lambda: seal(folder, folder.root / "b.age", keys))
    assert "not an election" in refusal(lambda: seal(Folder(tmp_path / "none"), tmp_path / "b.age", keys))


def test_a_disk_that_writes_something_else_is_noticed(folder, keys, tmp_path, monkeypatch):
    """What was written is opened again and compared before it gets its name."""
    real = archive._add

    def lossy(tar, path, name):
        size, _digest = real(tar, path, name)
        return size, "0" * 64

    monkeypatch.setattr(archive, "_add", lossy)
    assert "cannot be opened again" in refusal(lambda: seal(folder, tmp_path / "a.age", keys))
    assert left_in(tmp_path) == {"bch-2023"}
    assert not list(folder.root.glob(f"{PART}*"))


def test_a_folder_too_large_for_a_passphrase_says_to_take_a_key(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_IN_MEMORY", 1000)
    assert "with a passphrase" in refusal(lambda: seal(folder, tmp_path / "a.age", Passphrase(WORDS)))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told by /proc")
def test_with_a_key_a_large_folder_passes_through_little_memory(folder, tmp_path):
    """Four hundred megabytes are sealed and checked in a tenth of that."""
    with (folder.originals_dir / "large.png").open("wb") as file:
        file.truncate(400_000_000)
    program = (
        "import sys; from pathlib import Path\n"
        "from omr.archive import Keys, seal; from omr.election import Folder\n"
        "def highest(): return int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
        "before = highest(); seal(Folder(Path(sys.argv[1])), Path(sys.argv[2]), Keys())\n"
        "print(highest() - before)"
    )
    command = [sys.executable, "-c", program, str(folder.root), str(tmp_path / "a.age")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert int(done.stdout) < 40_000, f"{done.stdout} KiB more"


# --- the commands -------------------------------------------------------------------------------------


def test_scripts_hand_a_passphrase_over_in_a_file(folder, tmp_path, capsys):
    """Sealed and checked with it; a wrong one is one line. No option takes the words themselves."""
    words, sealed = tmp_path / "words", tmp_path / "a.age"
    words.write_text(f"{WORDS}\n", encoding="utf-8")
    seal_it = ["seal", str(folder.root), "--out", str(sealed), "--passphrase-file", str(words)]
    assert cli.run(seal_it) == 0
    assert sealed.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    words.write_text("these are not the words\n", encoding="utf-8")
    assert cli.run(["unseal", str(sealed), str(tmp_path / "no"), "--passphrase-file", str(words)]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "passphrase is wrong" in line
    assert not (tmp_path / "no").exists()


def test_a_passphrase_that_is_too_short_is_refused(folder, tmp_path, capsys):
    words = tmp_path / "words"
    words.write_text("short\n", encoding="utf-8")
    out = str(tmp_path / "a.age")
    assert cli.run(["seal", str(folder.root), "--out", out, "--passphrase-file", str(words)]) == 2
    assert "shorter than 12" in capsys.readouterr().err


def test_the_passphrase_is_typed_twice_where_nobody_sees_it(folder, tmp_path, monkeypatch, capsys):
    asked = []

    def typed(question, **how):
        asked.append((question, how["hide_input"]))
        return WORDS if len(asked) < 2 else "something else"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", typed)
    assert cli.run(["seal", str(folder.root), "--out", str(tmp_path / "a.age")]) == 2
    assert [hidden for _question, hidden in asked] == [True, True]
    assert "differ" in capsys.readouterr().err
    assert not (tmp_path / "a.age").exists()


def test_a_new_key_locks_the_folder_and_opens_it_again(folder, tmp_path):
    """The key file is private; with it, and with nothing else, the file opens."""
    key, sealed, back = (str(tmp_path / name) for name in ("archive.key", "a.age", "back"))
    assert cli.run(["seal", str(folder.root), "--out", sealed, "--new-key", key]) == 0
    assert stat.S_IMODE(Path(key).stat().st_mode) == 0o600
    assert cli.run(["unseal", sealed, back, "--identity", key]) == 0
    assert contents(Path(back)) == contents(folder.root)
    assert cli.run(["seal", str(folder.root), "--out", f"{sealed}2", "--recipient", "age1x"]) == 2


def test_a_folder_that_is_not_there_is_said_and_no_key_is_left(folder, tmp_path, capsys):
    """A mistyped place is one line; the key that was made for nothing is gone, so the same words go on."""
    key = tmp_path / "archive.key"
    words = ["seal", str(folder.root), "--out", str(tmp_path / "nope" / "a.age"), "--new-key", str(key)]
    assert cli.run(words) == 1
    assert "There is no folder" in capsys.readouterr().err
    assert not key.exists()
