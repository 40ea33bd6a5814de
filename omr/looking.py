"""`omr look`: one page, read again while somebody watches, step by step as pictures in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from omr.election import refuse_no_election
from omr.errors import UsageError
from omr.files import private_folder, replacing
from omr.look import Sketchbook
from omr.pages import Scan, Source, list_sources, load_page
from omr.read import Paper, read_page
from omr.store import Store
from omr.words import _

if TYPE_CHECKING:
    from omr.election import Folder
    from omr.evidence import PageSeen
    from omr.look import Picture
    from omr.store import Page


def look_at(folder: Folder, name: str, out: Path | None = None) -> tuple[PageSeen, tuple[Path, ...]]:
    """Read a page again and keep a picture of every step.

    Args:
        folder: of the election.
        name: a page of the election as `omr status --json` names it (id, sheet, or file:page), or the
            path of a picture.
        out: where the pictures go; a folder `look/…` of the election if None.

    Raises:
        OmrError: there is no such page, or no picture of it.
    """
    refuse_no_election(folder)
    path, label = _picture(folder, name)
    scan = _load(path)
    book = Sketchbook()
    seen = read_page(scan, Paper.load(folder), book)
    target = out or folder.root / "look" / label
    private_folder(target)
    return seen, tuple(_draw(target / f"{step}.png", picture) for step, picture in book.pictures)


def find_page(folder: Folder, name: str) -> Page | None:
    """The stored page of that name; None where there is none."""
    with Store(folder.database) as store:
        pages = [page for count in store.counts() for page in store.pages(count)]
    wanted = name.strip()
    return next((page for page in pages if wanted in names(page)), None)


def names(page: Page) -> frozenset[str]:
    """What a page may be called."""
    return frozenset({page.id, page.sheet, f"{page.source}:{page.page_in_source}"})


def _picture(folder: Folder, name: str) -> tuple[Path, str]:
    """Where the picture of a page is, and what to call it."""
    page = find_page(folder, name)
    if page is not None and page.original:
        return folder.originals_dir / page.original, page.id
    if page is None and Path(name).is_file():
        return Path(name), Path(name).stem
    if page is not None:
        raise UsageError(
            _("there is no picture of page {name}: {problem}").format(name=name, problem=page.problem),
            _("scan the sheet again"),
        )
    raise UsageError(
        _("there is no page {name} in this election").format(name=name),
        _("omr status --json names the pages; a path of a picture is taken too"),
    )


def _load(path: Path) -> Scan:
    listed = list_sources([path])[0]
    page = load_page(listed, 0) if isinstance(listed, Source) else listed
    if isinstance(page, Scan):
        return page
    why = getattr(page, "message", _("it is no picture"))
    raise UsageError(_("{path} cannot be read: {why}").format(path=path, why=why))


def _draw(path: Path, picture: Picture) -> Path:
    """Write one picture; colours are BGR in the readers' frame."""
    with replacing(path) as beside:
        Image.fromarray(picture[..., ::-1] if picture.ndim == 3 else picture).save(beside, "PNG")
    return path
