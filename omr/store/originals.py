"""Pictures of pages, kept by their content. A file is on the disk for good before anything speaks of it."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from omr.files import PRIVATE_FOLDER, forget_when, replacing, sync

if TYPE_CHECKING:
    from pathlib import Path


def keep_by_content(folder: Path, data: bytes, suffix: str) -> str:
    """Keep bytes under their own SHA-256 and say where, below `folder`. The same bytes are kept once.

    The file's name without its suffix is the hash, hex (`omr.task` goes by it).
    """
    digest = sha256(data).hexdigest()
    name = f"{digest[:2]}/{digest}{suffix}"
    path = folder / name
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    # A file has its final name only once it is whole, without its time, and synced: it need not be read.
    forget = partial(forget_when, path.parent)
    if path.exists():
        # Whoever made it may have been killed before the disk knew its name, or the folder's time was set.
        forget()
        sync(path.parent)
    else:
        with replacing(path, forget) as beside:
            beside.write_bytes(data)
            forget_when(beside)
    sync(folder)  # likewise of the folder that it is in
    return name
