"""A file is either the old one or the new one, never half of either: written beside, synced, renamed."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkstemp
from time import time
from typing import TYPE_CHECKING, Any, Final

from omr.errors import OmrError
from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Owner only: the record of a ballot is Mật.
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

#: Beginning of the name of a file that is being written. `generate.files` uses the same.
PART: Final = ".part-"

#: What `mkstemp` and `mkdtemp` draw for a name.
_DRAWN: Final = re.compile("[a-z0-9_]{8}")

#: Age from which a half-written file belongs to nobody any more, seconds: writing one takes seconds at most.
ABANDONED: Final = 600.0

#: The time that all kept pictures and scans bear, seconds: 2 January 1980, the first day that every archive
#: format can say in every time zone.
NO_TIME: Final = 315_619_200

#: Bytes that a ledger needs beside itself to be opened at all: its index of what is new takes 32 KiB.
NO_ROOM: Final = 64 << 10

#: Most bytes of a file of settings, people or places: ten times that of the longest ballot.
SMALL: Final = 10_000_000


@contextmanager
def replacing(path: Path, named: Callable[[], None] | None = None) -> Iterator[Path]:
    """Give a path beside `path` to write to; on success it takes the name, on failure nothing changes.

    The suffix is kept, because some writers choose the format by it. `named` is called when the file has its
    name, before the disk is asked to keep that. What a killed writer of the same file left goes, wherever
    that is: outside an election's folder nobody else looks for it.

    Raises:
        OmrError: the disk can only be read.
    """
    sweep_named(path.parent, path.stem[:40], path.suffix)
    beside = _made_beside(path)
    try:
        yield beside
        sync(beside)
        beside.replace(path)
        if named is not None:
            named()
        sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _made_beside(path: Path) -> Path:
    try:
        handle, name = mkstemp(dir=path.parent, prefix=f"{PART}{path.stem[:40]}-", suffix=path.suffix)
    except OSError as fault:
        if fault.errno == errno.EROFS:
            raise _write_protected(path) from fault
        fault.filename = str(path)  # not the name that was drawn, which says nothing to anybody
        raise
    os.close(handle)
    return Path(name)


def read_small(path: Path, most: int = SMALL) -> bytes:
    """The bytes of a file that people write or that we wrote for them, no more of them than it may have.

    Raises:
        OmrError: it is no file, or has more bytes than `most`.
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise OmrError(_("{path} is no file").format(path=path), _("put the file itself in its place"))
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OmrError(
            _("{path} is larger than {size} MB: it cannot be what it should be").format(
                path=path, size=most // 1_000_000
            ),
            _("put back the copy of the folder, or make the file anew"),
        )
    return data


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def save_whole(path: Path, save: Callable[[BytesIO], object]) -> None:
    """Write what a library saves by itself: into memory first, then in one go.

    On a full disk an archive that is written piece by piece stays open, and complains when it is forgotten.
    """
    memory = BytesIO()
    save(memory)
    path.write_bytes(memory.getvalue())


def disk_full() -> OmrError:
    """What to say where there is no room."""
    return OmrError(_("the disk is full"), _("make room, then do the same again"))


#: What the system says, in our words; of what is not here the system's own words are shown.
_WHYS: Final = {
    errno.ENOENT: later("there is no such file or folder"),
    errno.EACCES: later("there is no right to do so"),
    errno.EPERM: later("there is no right to do so"),
    errno.EISDIR: later("this is a folder"),
    errno.ENOTDIR: later("a part of the path is no folder"),
    errno.EEXIST: later("it is there already"),
    errno.ENOSPC: later("the disk is full"),
    errno.EDQUOT: later("the disk is full"),
    errno.EROFS: later("the disk can only be read"),
    errno.EIO: later("the disk or the drive fails"),
    errno.EBUSY: later("another program is using it"),
    errno.ENAMETOOLONG: later("the name is too long"),
    errno.EMFILE: later("too many files are open"),
    errno.ELOOP: later("links lead in a circle"),
    errno.ENOMEM: later("too little memory is free"),
    errno.EAGAIN: later("the system starts no more programs"),
    errno.ECONNREFUSED: later("nobody answers there"),
    errno.ECONNRESET: later("the connection broke off"),
    errno.EPIPE: later("the connection broke off"),
    errno.ETIMEDOUT: later("nobody answers there"),
}


def why(fault: OSError) -> str:
    """What the system says went wrong, in words.

    >>> why(OSError(errno.ECHILD, "No child processes"))
    'No child processes'
    """
    known = _WHYS.get(fault.errno or 0)
    return _(known) if known else str(fault.strerror or fault)


def refused(fault: OSError | MemoryError) -> OmrError:
    """What the system refused, where nobody nearer to it has said so; never a bug of the program."""
    if is_disk_full(fault):
        return disk_full()
    if isinstance(fault, MemoryError) or fault.errno == errno.ENOMEM:
        return OmrError(_("too little memory is free"), _("close other programs, then do the same again"))
    if fault.filename and fault.errno == errno.EROFS:
        return _write_protected(fault.filename)
    if fault.filename:
        return OmrError(
            _("{path} cannot be used: {why}").format(path=fault.filename, why=why(fault)),
            _("check the disk and your rights on the folder, then try again"),
        )
    return OmrError(
        _("the system refused: {why}").format(why=why(fault)),
        _("try again; if it comes again, start the computer anew"),
    )


def _write_protected(path: Path | str) -> OmrError:
    """What to say of an output, or of a file of the election, on a disk that can only be read."""
    return OmrError(
        _("{path} cannot be written: its disk can only be read").format(path=path),
        _("choose another place with --out; or if it belongs to the election, copy the folder first"),
    )


def only_read(path: Path | str) -> OmrError:
    """What to say where something has to be written to a ledger, or a folder, that can only be read."""
    return OmrError(
        _("{path} can only be read").format(path=path),
        _("copy the folder to a disk that can be written to, and give that copy"),
    )


def is_disk_full(fault: BaseException) -> bool:
    """Whether this is what the system says of a full disk, or of somebody's share of it."""
    return isinstance(fault, OSError) and fault.errno in {errno.ENOSPC, errno.EDQUOT}


def has_no_room(folder: Path) -> bool:
    """Whether next to nothing more fits where a folder lies: SQLite calls that an error of the disk."""
    return shutil.disk_usage(folder).free < NO_ROOM


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can enter; one that stands already is closed to others.

    A new one is on the disk for good: what is kept in it later would be lost with its name.
    """
    new = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(PRIVATE_FOLDER)
    for each in new:
        sync(each.parent)


def forget_when(*paths: Path) -> None:
    """Files written one after the other would tell by their times in which order, and when, sheets came."""
    for path in paths:
        os.utime(path, (NO_TIME, NO_TIME))


def sweep(root: Path) -> None:
    """Remove what killed processes left half written, in a folder and all below it."""
    _remove_abandoned(root.rglob(f"{PART}*"))


def sweep_named(folder: Path, name: str, suffix: str = "") -> None:
    """Remove what killed processes left half written of one file or folder, and of no other.

    Args:
        folder: where it was to lie.
        name: as `mkstemp` or `mkdtemp` was given it, between PART and a hyphen.
        suffix: as they were given it.
    """
    _remove_abandoned(_half_written(folder, f"{PART}{name}-", suffix))


def _half_written(folder: Path, before: str, suffix: str) -> Iterator[Path]:
    """What bears a drawn name between `before` and `suffix`; nothing where the folder cannot be looked into.

    No glob: it would compile a pattern for every picture, which takes longer than to hash it.
    """
    try:
        beside = list(folder.iterdir())
    except OSError:
        return
    for path in beside:
        name = path.name
        drawn = name.startswith(before) and name.endswith(suffix)
        if drawn and _DRAWN.fullmatch(name, len(before), len(name) - len(suffix)):
            yield path


def _remove_abandoned(paths: Iterable[Path]) -> None:
    """A favour to whoever comes after: what is not ours to remove, or just went, is passed over."""
    for path in paths:
        try:
            if time() - _touched(path) > ABANDONED:
                rmtree(path) if _is_real_folder(path) else path.unlink()
        except OSError:
            continue


def _touched(path: Path) -> float:
    """When a file, or anything in a folder, was written last, seconds. A link is judged, not its target.

    A folder's own time stands still while files come into folders in it. A picture that bears no time any
    more and is about to get its name is judged by when that was done to it.
    """
    inside: Iterable[Path] = path.rglob("*") if _is_real_folder(path) else ()
    times = (each.lstat() for each in (path, *inside))
    return max(float(each.st_ctime if each.st_mtime == NO_TIME else each.st_mtime) for each in times)


def _is_real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def sync(path: Path) -> None:
    """Have the disk keep a file's content, or the names in a folder.

    Windows cannot open a folder: there the file system keeps names in its journal.
    """
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
