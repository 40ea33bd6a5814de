"""Pictures of pages, kept by their content. A file is on the disk for good before anything speaks of it."""

from __future__ import annotations

import os
from hashlib import sha256
from secrets import token_hex
from time import time
from typing import TYPE_CHECKING, Final

from omr.files import PRIVATE_FILE, PRIVATE_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

#: Ending of a file that is being written.
PART: Final = ".part"

#: Age from which a half-written file belongs to nobody any more, seconds: writing one takes well under one.
ABANDONED: Final = 600.0


def keep_by_content(folder: Path, data: bytes, suffix: str) -> str:
    """Keep bytes under their own SHA-256 and say where, below `folder`. The same bytes are kept once."""
    digest = sha256(data).hexdigest()
    name = f"{digest[:2]}/{digest}{suffix}"
    path = folder / name
    # A file has its final name only once it is whole and synced, so what is there need not be read.
    if not path.exists():
        _write(path, data)
    return name


def keep_as(folder: Path, data: bytes, name: str) -> str:
    """Keep bytes under a name of the caller's, new or again."""
    _write(folder / name, data)
    return name


def sweep(folder: Path) -> None:
    """Remove what killed processes left half written."""
    for path in folder.rglob(f"*{PART}"):
        try:
            if time() - path.stat().st_mtime > ABANDONED:
                path.unlink()
        except FileNotFoundError:
            continue  # another process was quicker


def _write(path: Path, data: bytes) -> None:
    """Beside, synced, renamed, and the name synced too."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    beside = path.with_name(f".{token_hex(6)}{PART}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; the file system keeps names in its journal
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
