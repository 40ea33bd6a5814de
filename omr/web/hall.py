"""The elections that one server shows: one folder, or those that lie side by side in it."""

from __future__ import annotations

import re
import threading
import unicodedata
from typing import TYPE_CHECKING, Final

from omr.election import Folder
from omr.errors import UsageError
from omr.web.desk import Desk
from omr.words import _

if TYPE_CHECKING:
    from pathlib import Path

#: The server's own secret, beside the elections.
SECRET: Final = ".omr-web-key"  # noqa: S105 - the name of its file


class Hall:
    """Elections by the names of their folders. A name from outside is looked up, never made a path of.

    Args:
        root: an election's folder: that one alone is shown; any other folder: the elections in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.single = Folder(root).election_toml.exists()
        self._desks: dict[str, Desk] = {}
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Every election's name, in order."""
        if self.single:
            return (self.root.resolve().name,)
        found = (path for path in self.root.iterdir() if Folder(path).election_toml.is_file())
        return tuple(sorted(path.name for path in found))

    def desk(self, name: str) -> Desk:
        """The desk of one election. Raises KeyError where there is none of that name."""
        if name not in self.names():
            raise KeyError(name)
        with self._lock:
            if name not in self._desks:
                self._desks[name] = Desk(Folder(self.root if self.single else self.root / name))
            return self._desks[name]

    def new_folder(self, title: str) -> Folder:
        """A folder for a new election, named after what people call it.

        Raises:
            UsageError: there is one of that name, or nothing of the title makes a name.
        """
        name = slug(title)
        if not name:
            raise UsageError(_("give the election a short name"))
        folder = Folder(self.root / name)
        if self.single or folder.root.exists():
            raise UsageError(
                _("there is an election “{name}” already").format(name=name), _("choose another name")
            )
        return folder

    def resume(self) -> None:
        """Go on with every scan that was running when the server stopped."""
        for name in self.names():
            self.desk(name).scanner.resume()

    def close(self) -> None:
        """Stop every scan; what was read is kept."""
        for desk in self._desks.values():
            desk.scanner.close()


def slug(title: str) -> str:
    """A folder's name from what people write: lower case letters, digits and `-`.

    >>> slug("Ban Chấp hành, đợt 1/2023")
    'ban-chap-hanh-dot-1-2023'
    """
    plain = unicodedata.normalize("NFD", title.casefold().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "-", "".join(p for p in plain if not unicodedata.combining(p)))[:60].strip(
        "-"
    )
