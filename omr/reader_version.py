"""Which program read a page: its version, and a digest of everything that decides how it reads.

Readings of one page by two versions may differ without anybody having touched them. So each reading carries
this, and `omr verify` tells a page that another version read from one that was tampered with.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

import cv2
import numpy as np

from omr import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

#: Folders of `omr` that cannot change how a page is read. Too much in the digest does no harm: two versions
#: that read alike are never asked about.
_APART = frozenset({"web", "report", "locale", "sample", "__pycache__"})


@cache
def reader_version() -> str:
    """Version of the program with twelve digits of its reader's digest: `0.1.0-1f2e3d4c5b6a`."""
    libraries = (cv2.__version__, np.__version__, version("zxing-cpp"), version("simplejpeg"))
    digest = sha256(" ".join(libraries).encode())
    for package in ("layouts", "omr"):
        for name, path in sorted(_sources(files(package), package)):
            digest.update(name.encode() + b"\n" + path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:12]}"


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        if each.is_dir() and each.name not in _APART:
            yield from _sources(each, f"{name}/{each.name}")
        elif each.name.endswith((".py", ".toml")):
            yield f"{name}/{each.name}", each
