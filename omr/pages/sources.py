"""Which files hold scans, in the order people expect, with their page counts; and the door to their pages."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from omr.files import why
from omr.limits import MOST_PAGES
from omr.pages.pdf import count_pdf, load_pdf
from omr.pages.picture import decode_picture, not_a_picture, too_large
from omr.pages.tiff import count_tiff, load_tiff
from omr.pages.values import BrokenPage, BrokenPictureError, BrokenSource, Kind, Scan, Skipped, Source
from omr.words import _, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Listed = Source | BrokenSource | Skipped

#: Why a file is not read, and what to do about it.
Refusal = tuple[str, str]

#: Says how many pages a file holds, or why it cannot be said.
Counter = Callable[[Path, Kind], int | Refusal]

#: Endings of files that scanners, cameras and offices leave beside scans. Anything else in a folder that
#: we cannot read is reported as broken: it might be a ballot.
_NOT_SCANS: Final = frozenset(
    {".txt", ".csv", ".log", ".ini", ".db", ".lnk", ".url", ".xml", ".json", ".md", ".html", ".htm"}
    | {".doc", ".docx", ".xls", ".xlsx", ".toml", ".sqlite", ".tmp", ".part"}
)
_NUMBERS: Final = re.compile(r"(\d+)")


def count_pages(path: Path, kind: Kind) -> int | Refusal:
    """How many pages a file holds. Never raises for what is in the file."""
    try:
        pages = _count(path, kind)
        return pages if pages <= MOST_PAGES else _too_many(pages)
    except BrokenPictureError as broken:
        return broken.message, broken.advice
    except MemoryError:
        refusal = too_large()
        return refusal.message, refusal.advice
    except OSError as error:
        return _unreadable(error)


def _too_many(pages: int) -> Refusal:
    why = _("the file claims {pages} pages").format(pages=pages)
    return why, _("scan into several files, each of at most {most} pages").format(most=MOST_PAGES)


def list_sources(
    paths: Iterable[Path], below: Path | None = None, count: Counter = count_pages
) -> tuple[Listed, ...]:
    """Every file of scans below the paths, each once, in the order given, folders in natural order.

    Args:
        paths: files, and folders that are searched to the bottom.
        below: a folder that all paths are files in; they get the names that listing it would give them.
        count: counts the pages of a file; in another process, where a file may bring its reader down.
    """
    listed: dict[str, Listed] = {}
    for path in paths:
        found = _listed(Path(path), count) if below is None else (_named(Path(path), below, count),)
        for one in found:
            # Path.resolve raises where links run in a circle; realpath leaves them as they are.
            listed.setdefault(os.path.realpath(one.path), one)
    return tuple(listed.values())


def load_page(source: Source, index: int, *, checked: bool = True) -> Scan | BrokenPage:
    """Page `index` (from 0) of a file. Never raises for what is in the file.

    `checked`: a picture is refused here if its bytes are not those that were named. Who hashes them anyway
    can do that elsewhere, beside the reading, and give `changed_page` then.
    """
    try:
        return _loaded(source, index, checked=checked)
    except BrokenPictureError as broken:
        return BrokenPage(source.name, index, broken.message, broken.advice)
    except MemoryError:
        refusal = too_large()
        return BrokenPage(source.name, index, refusal.message, refusal.advice)
    except OSError as error:
        return BrokenPage(source.name, index, *_unreadable(error))


def changed_page(source: Source, index: int) -> BrokenPage:
    """The page of a file whose bytes are not those that were named."""
    changed = _changed()
    return BrokenPage(source.name, index, changed.message, changed.advice)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order as people count: page 2 before page 10.

    >>> sorted(["p10.jpg", "p2.jpg", "P1.jpg"], key=natural_key)
    ['P1.jpg', 'p2.jpg', 'p10.jpg']
    """
    parts = _NUMBERS.split(name.casefold())
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part)


def _loaded(source: Source, index: int, *, checked: bool) -> Scan:
    match source.kind:
        case Kind.PDF:
            return _of_same_file(source, lambda: load_pdf(source.path, source.sha256, index))
        case Kind.TIFF:
            return _of_same_file(source, lambda: load_tiff(source.path, index))
        case Kind.PICTURE:
            # The very bytes that are decoded: a bad stick gives others at a second reading.
            data = source.path.read_bytes()
            if checked and sha256(data).hexdigest() != source.sha256:
                raise _changed()
            return decode_picture(data)
        case _:
            assert_never(source.kind)


def _of_same_file(source: Source, load: Callable[[], Scan]) -> Scan:
    """A page of the bytes that were named, never of others under their hash. Raises BrokenPictureError."""
    _refuse_changed(source)
    page = load()
    _refuse_changed(source)
    return page


def _refuse_changed(source: Source) -> None:
    if not _is_same(source):
        raise _changed()


def _listed(path: Path, count: Counter) -> Iterator[Listed]:
    if path.is_dir():
        found = tuple(_in_folder(path, count))
        yield from found or (_broken(path, path.name, _("there are no scans in this folder"), ""),)
    elif os.path.lexists(path):
        yield _opened(path, path.name, count)
    else:
        yield _broken(path, str(path), _("there is no such file or folder"), _("check the path"))


def _named(path: Path, below: Path, count: Counter) -> Listed:
    name = path.relative_to(below).as_posix()
    return Skipped(path, printable(name)) if is_no_scan(name) else _opened(path, name, count)


def _in_folder(folder: Path, count: Counter) -> Iterator[Listed]:
    unreadable: list[OSError] = []
    files = [
        Path(place, name)
        for place, _folders, names in os.walk(folder, onerror=unreadable.append)
        for name in names
    ]
    named = {path: path.relative_to(folder).as_posix() for path in files}
    for path in sorted(files, key=lambda path: [natural_key(part) for part in named[path].split("/")]):
        name = named[path]
        yield Skipped(path, printable(name)) if is_no_scan(name) else _opened(path, name, count)
    for error in unreadable:
        yield _broken(Path(error.filename), str(error.filename), *_unreadable(error))


def is_no_scan(name: str) -> bool:
    """Whether a file of a folder is plainly no scan (Thumbs.db, a text, a hidden file). `name`: with `/`."""
    hidden = any(part.startswith((".", "~$")) for part in name.split("/"))
    return hidden or Path(name).suffix.lower() in _NOT_SCANS


def _opened(path: Path, name: str, count: Counter) -> Source | BrokenSource:
    try:
        _refuse_no_file(path)
        stamp = _stamp(path)
        with path.open("rb") as file:
            kind = _kind(file.read(1024), path)
            file.seek(0)
            digest = file_digest(file, "sha256").hexdigest()
        pages = count(path, kind)
        if not isinstance(pages, int):
            return _broken(path, name, *pages)
        # Counting takes seconds where its process is started first: a file may have become whole meanwhile,
        # and would stand in the ledger once under the part's hash and once under its own.
        source = Source(path, printable(name), digest, pages, kind, stamp)
        _refuse_changed(source)
    except BrokenPictureError as broken:
        return _broken(path, name, broken.message, broken.advice)
    except OSError as error:
        return _broken(path, name, *_unreadable(error))
    return source


def _is_same(source: Source) -> bool:
    """Whether the file holds the bytes still that were named. Raises OSError.

    Told by its size, times and number on the disk; where these are others (a file that was only touched, or
    that another machine sees) by the bytes themselves.
    """
    stamp = _stamp(source.path)
    return stamp == source.stamp or _digest(source.path, stamp) == source.sha256


@lru_cache(maxsize=1)
def _digest(path: Path, stamp: tuple[int, ...]) -> str:  # noqa: ARG001 - a key: other bytes
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _stamp(path: Path) -> tuple[int, ...]:
    about = path.stat()
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


def _changed() -> BrokenPictureError:
    return BrokenPictureError(_("the file was changed while it was being read"), _("run the scan again"))


def _refuse_no_file(path: Path) -> None:
    """A pipe would be waited for, a device read for ever. Raises BrokenPictureError, or OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise BrokenPictureError(
            _("this is no file but a pipe, a socket or a device"), _("copy the scans into files")
        )


def _count(path: Path, kind: Kind) -> int:
    match kind:
        case Kind.PDF:
            return count_pdf(path)
        case Kind.TIFF:
            return count_tiff(path)
        case Kind.PICTURE:
            return 1
        case _:
            assert_never(kind)


def _kind(head: bytes, path: Path) -> Kind:
    """What the first bytes say. Raises BrokenPictureError where they say nothing we know."""
    if not head:
        raise BrokenPictureError(_("the file is empty"), _("copy the file again, or scan again"))
    if b"%PDF-" in head:
        return Kind.PDF
    if head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return Kind.TIFF
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    if head[:3] == b"\xff\xd8\xff" or head[:8] == b"\x89PNG\r\n\x1a\n" or is_webp:
        return Kind.PICTURE
    if path.suffix.lower() in {".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".webp"}:
        raise BrokenPictureError(
            _("the file is not what its name says: no {kind} is in it").format(kind=path.suffix.lower()),
            _("scan again, to PDF, TIFF, JPEG or PNG"),
        )
    raise not_a_picture() if not path.suffix else _unsupported(path.suffix)


def _unsupported(suffix: str) -> BrokenPictureError:
    return BrokenPictureError(
        _("files of this kind ({kind}) cannot be read").format(kind=suffix.lower()),
        _("scan to PDF, TIFF, JPEG or PNG"),
    )


def _unreadable(error: OSError) -> tuple[str, str]:
    if isinstance(error, PermissionError):
        return _("you may not read this file"), _("ask its owner for permission, or copy it")
    return (
        _("the file cannot be read: {reason}").format(reason=why(error)),
        _("check that the disk or stick is still there"),
    )


def _broken(path: Path, name: str, message: str, advice: str) -> BrokenSource:
    return BrokenSource(path, printable(name), message, advice)
