"""What a program told the system to do with a folder, from strace, done again on a disk that forgets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from scripts.chaos.disk import File, Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

#: Calls that change files or names, or have the disk keep them; and those that answer a browser.
CALLS: Final = (
    "openat,write,pwrite64,writev,pwritev,ftruncate,fallocate,copy_file_range,sendfile,"
    "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,"
    "fsync,fdatasync,lseek,sendto,sendmsg"
)

#: Calls that give names and take them away.
_NAMES: Final = frozenset(
    ("openat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir")
)

_CALL: Final = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)(.*)$", re.DOTALL)
_BEGUN: Final = re.compile(r"^(\d+) +(.*?) *<unfinished \.\.\.>$", re.DOTALL)
_GOES_ON: Final = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$", re.DOTALL)
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_PATH: Final = re.compile(r"<((?:\\x[0-9a-f]{2})+)>")


def strace(log: Path) -> list[str]:
    """The command to run a program under: all processes, whole strings in hex, paths of what is open."""
    options = ["-f", "-qq", "-y", "-xx", "-s", "33554432", "--seccomp-bpf", "-e", f"trace={CALLS}"]
    return ["strace", *options, "-o", str(log)]


@dataclass(frozen=True, slots=True)
class Call:
    """One call that succeeded: its name, the texts and numbers given, the path of what it acts on."""

    name: str
    texts: tuple[bytes, ...]
    path: str
    flags: str
    numbers: tuple[int, ...]
    result: int


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a log, each where it ended."""
    begun: dict[str, str] = {}
    for line in lines:
        whole = line.rstrip("\n")
        if found := _BEGUN.match(whole):
            begun[found[1]] = found[2]
            continue
        if found := _GOES_ON.match(whole):
            whole = f"{found[1]} {begun.pop(found[1], '')}{found[2]}"
        if (found := _CALL.match(whole)) and int(found[4]) >= 0:
            yield _call(found)


def _call(found: re.Match[str]) -> Call:
    _pid, name, given, result, after = found.groups()
    texts = tuple(_bytes(each) for each in _TEXT.findall(given))
    paths = _PATH.findall(after if name == "openat" else given)
    bare = _TEXT.sub("", _PATH.sub("", given))
    numbers = tuple(int(each) for each in re.findall(r"(?<![\w-])\d+(?!\w)", bare.partition(",")[2]))
    return Call(name, texts, _bytes(paths[-1]).decode() if paths else "", bare, numbers, int(result))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass(slots=True)
class Replay:
    """A folder's disk as its calls are done again, one by one.

    Attributes:
        root: the folder's path in the log.
        disk: as it was before the first call.
        answered: redirects that a server has sent to browsers so far.
        changes: calls so far that changed anything below the root, or had it kept.
    """

    root: str
    disk: Folder
    answered: int = 0
    changes: int = 0
    _places: dict[str, int] = field(default_factory=dict)

    def do(self, call: Call) -> bool:
        """Do one call again; tells whether it had to do with the folder.

        Raises:
            ValueError: it is of a kind that this does not know how to do.
        """
        if call.name in {"sendto", "sendmsg"}:
            self.answered += any(text.startswith(b"HTTP/1.1 303") for text in call.texts)
            return False
        if not any(self._is_below(path) for path in _touched(call)):
            return False
        if call.name in _NAMES:
            self._do_names(call)
        else:
            self._do_content(call)
        self.changes += 1
        return True

    def _is_below(self, path: str) -> bool:
        return path == self.root or path.startswith(self.root + "/")

    def _do_content(self, call: Call) -> None:
        match call.name:
            case "write":
                self._write(call, self._places.get(call.path, 0))
            case "pwrite64":
                self._write(call, call.numbers[-1])
            case "lseek":
                self._places[call.path] = call.result
            case "ftruncate":
                self._file(call.path, lambda file: file.resize(call.numbers[0]))
            case "fallocate":
                end = call.numbers[-1] + call.numbers[-2]
                self._file(call.path, lambda file: file.resize(max(end, len(file.live))))
            case "fsync" | "fdatasync":
                if thing := self._find(call.path):
                    thing.sync()
            case _unknown:
                raise ValueError(call.name)

    def _do_names(self, call: Call) -> None:
        texts = [text.decode() for text in call.texts]
        match call.name:
            case "openat":
                self._open(call)
            case "mkdir" | "mkdirat":
                self._name(texts[-1], Folder())
            case "rename" | "renameat" | "renameat2":
                self._rename(*texts)
            case _gone:
                self._name(texts[-1], None)

    def _open(self, call: Call) -> None:
        self._places[call.path] = 0
        there = self._find(call.path)
        if there is None and "O_CREAT" in call.flags:
            self._name(call.path, File())
        elif isinstance(there, File) and "O_TRUNC" in call.flags:
            there.resize(0)

    def _write(self, call: Call, at: int) -> None:
        data = call.texts[0][: call.result]
        self._file(call.path, lambda file: file.write(at, data))
        self._places[call.path] = at + len(data)

    def _rename(self, old: str, new: str) -> None:
        self._name(new, self._find(old))
        self._name(old, None)
        self._places[new] = self._places.get(old, 0)

    def _file(self, path: str, change: Callable[[File], None]) -> None:
        thing = self._find(path)
        if isinstance(thing, File):  # what was deleted while open is nobody's any more
            change(thing)

    def _find(self, path: str) -> File | Folder | None:
        found: File | Folder | None = self.disk
        for part in PurePosixPath(path).relative_to(self.root).parts:
            found = found.live.get(part) if isinstance(found, Folder) else None
        return found

    def _name(self, path: str, thing: File | Folder | None) -> None:
        where = PurePosixPath(path)
        folder = self._find(str(where.parent))
        if isinstance(folder, Folder):
            folder.name(where.name, thing)


def _touched(call: Call) -> tuple[str, ...]:
    """Paths that a call acts on: of what is open, else those it names."""
    if call.path:
        return (call.path,)
    return tuple(text.decode(errors="replace") for text in call.texts)
