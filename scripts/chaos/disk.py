"""A disk that forgets: what the system was told to write, and what of it is there after the power failed.

The strictest reading of the rules: a file's content is kept once the file was synced, a name once its folder
was. What was not synced may be there or not, each write and each name for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(slots=True, eq=False)
class File:
    """Content as programs see it, and as the disk has it.

    Attributes:
        pending: writes since the last sync, in order: where, and what; a length alone cuts off or adds zeros.
    """

    live: bytearray = field(default_factory=bytearray)
    kept: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, at: int, data: bytes) -> None:
        """Write bytes at a place."""
        _put(self.live, at, data)
        self.pending.append((at, data))

    def resize(self, size: int) -> None:
        """Cut off, or add zeros."""
        _cut(self.live, size)
        self.pending.append((size, None))

    def sync(self) -> None:
        """Have the disk keep all of it."""
        self.kept = bytes(self.live)
        self.pending.clear()

    def after(self, is_there: Callable[[], bool]) -> bytes:
        """The content after the power failed."""
        content = bytearray(self.kept)
        for at, data in self.pending:
            if not is_there():
                continue
            if data is None:
                _cut(content, at)
            else:
                _put(content, at, data)
        return bytes(content)


@dataclass(slots=True, eq=False)
class Folder:
    """Names as programs see them, and as the disk has them; `pending` are changes since the last sync."""

    live: dict[str, File | Folder] = field(default_factory=dict)
    kept: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[tuple[str, File | Folder | None]] = field(default_factory=list)

    def name(self, name: str, thing: File | Folder | None) -> None:
        """Give a name to something, or take it away."""
        if thing is None:
            self.live.pop(name, None)
        else:
            self.live[name] = thing
        self.pending.append((name, thing))

    def sync(self) -> None:
        """Have the disk keep the names."""
        self.kept = dict(self.live)
        self.pending.clear()

    def after(self, is_there: Callable[[], bool]) -> dict[str, File | Folder]:
        """The names after the power failed."""
        names = dict(self.kept)
        for name, thing in self.pending:
            if not is_there():
                continue
            if thing is None:
                names.pop(name, None)
            else:
                names[name] = thing
        return names


def read_disk(root: Path) -> Folder:
    """A folder with all below it, kept for good."""
    found = Folder()
    for path in root.iterdir():
        if path.is_dir():
            found.live[path.name] = read_disk(path)
        else:
            data = path.read_bytes()
            found.live[path.name] = File(bytearray(data), data)
    found.sync()
    return found


def write_disk(disk: Folder, root: Path, is_there: Callable[[], bool]) -> None:
    """What is there after the power failed, as files of this machine."""
    root.mkdir()
    for name, thing in disk.after(is_there).items():
        if isinstance(thing, Folder):
            write_disk(thing, root / name, is_there)
        else:
            (root / name).write_bytes(thing.after(is_there))


def _put(content: bytearray, at: int, data: bytes) -> None:
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


def _cut(content: bytearray, size: int) -> None:
    content.extend(bytes(max(0, size - len(content))))
    del content[size:]
