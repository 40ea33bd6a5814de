"""The folder of an election as one encrypted file for the archive, and the way back. Nothing is deleted.

The file is a tar in the age format (age-encryption.org/v1), so that any age program opens it in ten years'
time: locked to the public key of whoever keeps the archive, or by a passphrase. With a key, folders of any
size pass through a pipe; for passphrases pyrage offers none, so with one all of it is held in memory.
"""

from __future__ import annotations

import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from shutil import copyfileobj, rmtree
from tempfile import mkdtemp
from typing import IO, Final, Protocol

import pyrage
from pyrage.x25519 import Identity, Recipient

from omr.election import Folder, refuse_no_election
from omr.errors import OmrError, UsageError
from omr.files import PART, PRIVATE_FILE, private_folder, replacing, sweep, sweep_named, why
from omr.store import Store
from omr.words import _

#: Shortest passphrase, letters: at a thousand guesses a second (scrypt, 2^20) twelve random small letters
#: last three million years; a person's own words should be longer.
SHORTEST: Final = 12

#: Most bytes of a folder that are sealed with a passphrase: they are held in memory three times.
MOST_IN_MEMORY: Final = 1_000_000_000

#: Bytes that are read at a time.
_PIECE: Final = 1 << 20

#: Side files of the database: what they hold is in the copy that is packed.
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")


class Lock(Protocol):
    """How the file is encrypted. `open_` undoes what `close` did, for the check."""

    def close(self, plain: IO[bytes], sealed: IO[bytes]) -> None:
        """Encrypt all that is read from `plain`."""

    def open_(self, sealed: IO[bytes], plain: IO[bytes]) -> None:
        """Decrypt. Raises OmrError where this is not the key, or the file is damaged."""


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Words that people know."""

    words: str

    def close(self, plain: IO[bytes], sealed: IO[bytes]) -> None:
        """Encrypt, in memory."""
        sealed.write(pyrage.passphrase.encrypt(plain.read(), self.words))

    def open_(self, sealed: IO[bytes], plain: IO[bytes]) -> None:
        """Decrypt, in memory."""
        try:
            plain.write(pyrage.passphrase.decrypt(sealed.read(), self.words))
        except pyrage.DecryptError as fault:
            raise OmrError(
                _("the passphrase is wrong, or the file is damaged or locked by a key"),
                _("type it again; a file that is locked by a key opens with --identity"),
            ) from fault


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys, any of whose private halves opens the file; and private ones to open it with.

    A file is written for one more key that this object alone knows and forgets: with it the file that was
    written can be opened once, to check it, without anybody's private key.
    """

    recipients: tuple[Recipient, ...] = ()
    identities: tuple[Identity, ...] = ()
    _own: Identity = field(default_factory=Identity.generate, repr=False)

    def close(self, plain: IO[bytes], sealed: IO[bytes]) -> None:
        """Encrypt, as it comes."""
        pyrage.encrypt_io(plain, sealed, [*self.recipients, self._own.to_public()])

    def open_(self, sealed: IO[bytes], plain: IO[bytes]) -> None:
        """Decrypt, as it comes."""
        try:
            pyrage.decrypt_io(sealed, plain, [*self.identities, self._own])
        except (pyrage.DecryptError, OSError) as fault:
            raise OmrError(
                _("no key opens the file, or it is damaged"),
                _("give the private key that belongs to it; a passphrase is asked for without --identity"),
            ) from fault


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was packed: files and bytes of them."""

    files: int
    size: int


def recipient(text: str) -> Recipient:
    """A public key, `age1…`. Raises UsageError."""
    try:
        return Recipient.from_str(text.strip())
    except pyrage.RecipientError as fault:
        raise UsageError(
            _("“{text}” is no public key").format(text=text), _("a public key begins with age1")
        ) from fault


def identities(text: str) -> tuple[Identity, ...]:
    """The private keys in the text of a key file as age-keygen writes it. Raises UsageError."""
    lines = (line.strip() for line in text.splitlines())
    try:
        found = tuple(Identity.from_str(line) for line in lines if line and not line.startswith("#"))
    except pyrage.IdentityError as fault:
        raise _no_identity() from fault
    if not found:
        raise _no_identity()
    return found


def _no_identity() -> UsageError:
    return UsageError(
        _("there is no private key in the file"), _("a private key begins with AGE-SECRET-KEY-1")
    )


def new_identity() -> tuple[str, str]:
    """A new key: the text of its file, and its public half."""
    new = Identity.generate()
    public = str(new.to_public())
    return f"# public key: {public}\n{new}\n", public


def refuse_weak(words: str) -> None:
    """A passphrase that would be guessed. Raises UsageError."""
    if len(words) < SHORTEST:
        raise UsageError(
            _("the passphrase is shorter than {count} letters").format(count=SHORTEST),
            _("take four or five words that nobody would guess"),
        )


def seal(folder: Folder, out: Path, lock: Lock) -> Sealed:
    """Pack the folder into one encrypted file, and open that again to see that everything is in it.

    Raises:
        OmrError: there is no election; the file is there already, lies in the folder, or cannot be checked.
    """
    refuse_no_election(folder)
    _refuse_place(folder, out, lock)
    with _ledger_copy(folder) as ledger, replacing(out) as beside:
        packed = _packed(folder, ledger, beside, lock)
        _refuse_different(beside, lock, packed)
    return Sealed(len(packed), sum(size for size, _digest in packed.values()))


def unseal(sealed: Path, folder: Path, lock: Lock) -> Sealed:
    """Open a sealed file into a new folder, private to its owner; on failure nothing is left of it.

    Folders above it that are not there yet are made, as this system makes new folders, and stay.

    Raises:
        OmrError: the folder is there already, the key is not this file's, or what is in it has no place
            below the folder; or some of it went away again before all was there.
    """
    if folder.exists() or folder.is_symlink():
        raise OmrError(
            _("{folder} is there already; nothing was changed").format(folder=folder),
            _("choose a folder that is not there yet"),
        )
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    sweep_named(parent, folder.name)  # of one that was killed: ballots, in the open
    beside = Path(mkdtemp(dir=parent, prefix=f"{PART}{folder.name}-"))
    sizes: dict[str, int] = {}

    def take(member: tarfile.TarInfo, data: IO[bytes]) -> None:
        _take_out(beside, member, data)
        sizes[member.name] = member.size

    try:
        _for_each(sealed, lock, take)
        _refuse_partial(beside, sizes)
        beside.rename(folder)
    except BaseException:
        rmtree(beside, ignore_errors=True)
        raise
    return Sealed(len(sizes), sum(sizes.values()))


def _refuse_partial(folder: Path, sizes: Mapping[str, int]) -> None:
    """Whatever was taken out must still be there: another program may have cleaned up meanwhile."""
    found = ((_place_in(folder, name), size) for name, size in sizes.items())
    if not all(path.is_file() and path.stat().st_size == size for path, size in found):
        raise OmrError(
            _("what was taken out is not all there any more; nothing was kept"),
            _("check that no other program works on the same folder, then try again"),
        )


def _refuse_place(folder: Folder, out: Path, lock: Lock) -> None:
    if out.exists():
        raise OmrError(
            _("{path} is there already; nothing was changed").format(path=out), _("choose another name")
        )
    if not out.absolute().parent.is_dir():
        raise OmrError(_("there is no folder {path}").format(path=out.absolute().parent), _("check the path"))
    if folder.root.resolve() in out.resolve().parents:
        raise UsageError(
            _("the sealed file must not lie in the folder that it holds"), _("choose another place")
        )
    size = sum(path.stat().st_size for path in _files(folder.root))
    if isinstance(lock, Passphrase) and size > MOST_IN_MEMORY:
        raise UsageError(
            _("the folder has {size} MB; with a passphrase at most {most} MB are sealed").format(
                size=size // 1_000_000, most=MOST_IN_MEMORY // 1_000_000
            ),
            _("seal it with a key: --new-key FILE, or --recipient age1…"),
        )


@contextmanager
def _ledger_copy(folder: Folder) -> Iterator[Path | None]:
    """The database as it stands at one moment, whoever works on it meanwhile; None where there is none."""
    if not folder.database.exists():
        yield None
        return
    sweep(folder.root)
    beside = Path(mkdtemp(dir=folder.root, prefix=f"{PART}seal-"))
    try:
        with Store(folder.database) as store:
            store.copy_to(beside / folder.database.name)
        yield beside / folder.database.name
    finally:
        rmtree(beside, ignore_errors=True)


def _files(root: Path) -> Iterator[Path]:
    """The regular files of a folder, in a fixed order; what a program has half written is none of it."""
    for place, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and not path.is_symlink() and not name.startswith("."):
                yield path


#: Size and SHA-256 of the files that were packed, by their names in the archive.
_Contents = dict[str, tuple[int, str]]


def _packed(folder: Folder, ledger: Path | None, out: Path, lock: Lock) -> _Contents:
    contents: _Contents = {}

    def pack(pipe: IO[bytes]) -> None:
        with tarfile.open(fileobj=pipe, mode="w|") as tar:
            for path in _files(folder.root):
                os.utime(out)  # with a passphrase nothing is written to it before the end
                name = path.relative_to(folder.root).as_posix()
                if path == folder.database:
                    assert ledger is not None
                    contents[name] = _add(tar, ledger, name)
                elif not name.endswith(tuple(folder.database.name + end for end in _SIDE_FILES)):
                    contents[name] = _add(tar, path, name)

    with out.open("wb") as sealed, _through_a_pipe(pack) as plain:
        lock.close(plain, sealed)
    return contents


def _add(tar: tarfile.TarFile, path: Path, name: str) -> tuple[int, str]:
    """Add a file under its name alone: no time and no owner goes into the archive."""
    member = tarfile.TarInfo(name)
    with path.open("rb") as file:
        member.size, member.mode = os.fstat(file.fileno()).st_size, PRIVATE_FILE
        digest = sha256_of(file)
        file.seek(0)
        tar.addfile(member, file)
    return member.size, digest


def _refuse_different(sealed: Path, lock: Lock, packed: _Contents) -> None:
    found: _Contents = {}

    def compare(member: tarfile.TarInfo, data: IO[bytes]) -> None:
        os.utime(sealed)  # reading takes long, and what is not written to for long is taken for abandoned
        found[member.name] = (member.size, sha256_of(data))

    _for_each(sealed, lock, compare)
    if found != packed:
        raise OmrError(
            _("what was written cannot be opened again as it was; nothing was kept"),
            _("check the disk, then try again"),
        )


def sha256_of(data: IO[bytes]) -> str:
    """SHA-256 of what a stream still holds, hex."""
    digest = sha256()
    while piece := data.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _for_each(sealed: Path, lock: Lock, take: Callable[[tarfile.TarInfo, IO[bytes]], None]) -> None:
    """Hand over every file in a sealed file, to be read before the next. Raises OmrError."""
    try:
        with sealed.open("rb") as file, _through_a_pipe(lambda pipe: lock.open_(file, pipe)) as plain:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                for member in tar:
                    _refuse_slip(member)
                    data = tar.extractfile(member)
                    assert data is not None  # only a plain file comes through
                    take(member, data)
            while plain.read(_PIECE):
                pass  # to the end, where the last piece is checked
    except tarfile.TarError as fault:
        raise OmrError(
            _("{path} holds no election").format(path=sealed), _("give the file that omr seal wrote")
        ) from fault
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be read: {why}").format(path=sealed, why=why(fault)),
            _("check that the file is there and may be read"),
        ) from fault


def _refuse_slip(member: tarfile.TarInfo) -> None:
    """Only plain files, only below the folder: not `../x`, `/x`, `C:x`, links, devices."""
    parts = PurePosixPath(member.name).parts
    strange = any(part == ".." or "\\" in part or ":" in part for part in parts)
    if not member.isreg() or member.issparse() or not parts or member.name.startswith("/") or strange:
        raise OmrError(
            _("“{name}” in the file has no place in the folder; nothing was kept").format(name=member.name),
            _("this file was not made by omr seal: do not open it"),
        )


def _take_out(folder: Path, member: tarfile.TarInfo, data: IO[bytes]) -> None:
    path = _place_in(folder, member.name)
    for parent in reversed(path.relative_to(folder).parents[:-1]):
        private_folder(folder / parent)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        copyfileobj(data, file)
        file.flush()
        os.fsync(file.fileno())


def _place_in(folder: Path, name: str) -> Path:
    return folder.joinpath(*PurePosixPath(name).parts)


@contextmanager
def _through_a_pipe(write: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """What `write` writes in a thread of its own, to be read here as it comes. Raises what `write` raised."""
    reading, writing = os.pipe()
    faults: list[BaseException] = []
    source, sink = os.fdopen(reading, "rb"), os.fdopen(writing, "wb")
    thread = threading.Thread(target=_written, args=(write, sink, faults), daemon=True)
    thread.start()
    try:
        yield source
    except (tarfile.TarError, OSError, EOFError):
        source.close()
        thread.join()
        if faults and isinstance(faults[0], OmrError):
            raise faults[0] from None
        raise
    finally:
        source.close()
        thread.join()
    if faults:
        raise faults[0]


def _written(write: Callable[[IO[bytes]], None], sink: IO[bytes], faults: list[BaseException]) -> None:
    try:
        with sink:
            write(sink)
    except BaseException as fault:  # noqa: BLE001 - raised again by who reads
        faults.append(fault)
