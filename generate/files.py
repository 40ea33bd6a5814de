"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

#: Beginning of the name of a file that is being written; `omr.files` sweeps up after killed processes.
PART: Final = ".part-"


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path`: beside it first, then renamed, so that nobody ever sees half a file.

    Raises:
        OSError: the folder is missing or cannot be written to, or the disk is full.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{PART}{path.stem[:40]}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _sync_names(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _sync_names(folder: Path) -> None:
    """Have the disk keep the names in a folder. Windows cannot open one: its file system keeps them."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
