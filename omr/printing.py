"""`omr print`: ballots.pdf, layout.json, blank pages and test print, of election.toml and people.csv.

Part of the command line and the web app: with them, the only module of `omr` that imports `generate`.
"""

from __future__ import annotations

import secrets
import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from generate.ballots import write_ballots
from generate.blanks import draw_blanks, write_blanks
from generate.fonts import FontError, FontFamily, find_families, find_family
from generate.test_print import write_test_print
from layouts.codes import fingerprint, make_payload
from layouts.compose import compose
from layouts.content import Content
from layouts.errors import LayoutError
from layouts.files import to_json
from layouts.spec import load_spec
from omr.election import load_election, load_key, refuse_without_quorum
from omr.errors import OmrError, OtherBallotError
from omr.files import private_folder, write_text
from omr.prepare import ALPHABET
from omr.printed import Print, copies_printed, load_layout, prints, record, said
from omr.recorded import changes_of, record_files
from omr.reprint import what_differs
from omr.signing import make_key
from omr.store import Store
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PIL import Image

    from layouts.model import BallotLayout
    from omr.election import Election, Folder
    from omr.recorded import Change

#: Letters of a sheet's random token ([identity] per_sheet): 40 bits, so that a thousand do not meet.
TOKEN_LETTERS = 8


@dataclass(frozen=True, slots=True)
class Printed:
    """What `omr print` did.

    Attributes:
        layout: of the ballots. copies: how many now. total: how many of this layout were ever printed.
        year: as it stands on the ballot. other_year: of the day of the vote, where it is another.
        changed: what differs from the ballots printed before; '' where nothing does, or there are none.
        edits: files changed by hand since they were recorded, which printing does not write: not taken in.
        kept: where the former layout was kept; None where it stayed, or there was none.
    """

    layout: BallotLayout
    copies: int
    total: int
    year: int
    other_year: int | None
    changed: str = ""
    edits: tuple[Change, ...] = ()
    kept: Path | None = None


def print_ballots(
    folder: Folder, copies: int, family: FontFamily | None = None, *, anew: bool = False
) -> Printed:
    """Write everything that is printed, and note how many copies.

    Args:
        folder: of the election.
        copies: at least 1.
        family: the fonts; if None those of the print before, if they are here, else this machine's best.
        anew: ballots printed before are void: others may be printed, and their layout is kept aside.

    Raises:
        OmrError: the list or the text makes no ballot; or others were printed, and scanned, before.
        OtherBallotError: others were printed before, and nobody said that they are void. Nothing is changed.
    """
    election, key = load_election(folder), load_key(folder)
    refuse_without_quorum(election)
    former = load_layout(folder) if folder.layout_json.exists() else None
    before = _before(folder, former)
    layout, family = _lay_out_as(before, election, iter((family,)) if family else _families())
    changed = ""
    if before not in {None, fingerprint(layout)}:
        words = what_differs(former, layout) if former else ""
        changed = words or _no_words_differ(former, family)
        _refuse_if_scanned(folder, changed)
        if not anew:
            raise _others(folder, changed, by_words=bool(words))
    private_folder(folder.root)
    kept = _keep(folder, former) if former and changed else None
    payload = payloads(layout, key, per_sheet=election.identity.per_sheet)
    write_blanks(folder.blank_dir, layout, payload, family)
    write_ballots(folder.ballots_pdf, layout, payload, copies, family, election.identity.per_sheet)
    write_test_print(folder.test_print_pdf, family)
    write_text(folder.layout_json, to_json(layout))
    today = datetime.now(UTC).astimezone().date()
    record(folder, Print(fingerprint(layout), copies, today.isoformat()))
    total = copies_printed(folder, layout) or copies
    make_key(folder.signing_key, folder.public_key)
    edits = tuple(each for each in changes_of(folder) if not _is_written(folder, each.name))
    with Store(folder.database) as store:
        record_files(folder, store, but={each.name for each in edits})
    other = election.date.year if election.date and election.date.year != election.year else None
    return Printed(layout, copies, total, election.year, other, changed, edits, kept)


def _is_written(folder: Folder, name: str) -> bool:
    """Whether printing writes this file of those that are recorded."""
    path = folder.root / name
    return path in {folder.layout_json, folder.prints_json} or path.parent == folder.blank_dir


def _before(folder: Folder, former: BallotLayout | None) -> str | None:
    """What was printed before; where its layout is lost, the record of prints names it: no ballot is void."""
    done = prints(folder)
    return fingerprint(former) if former else done[-1].fingerprint if done else None


def _families() -> Iterator[FontFamily]:
    """This machine's families, the best first: the others are loaded only if its ballot is another one."""
    yield serif()
    yield from islice(find_families(), 1, None)


def _lay_out_as(
    before: str | None, election: Election, families: Iterator[FontFamily]
) -> tuple[BallotLayout, FontFamily]:
    """The layout in the first family that gives the one printed before; else in the first of all.

    A machine may have a better font than the one that printed: it is to set the same ballot nevertheless.
    """
    first = next(families)
    best = lay_out(election, first), first
    if before in {None, fingerprint(best[0])}:
        return best
    for family in families:
        try:
            layout = lay_out(election, family)
        except OmrError:  # a letter that this family lacks: it printed nothing here
            continue
        if fingerprint(layout) == before:
            return layout, family
    return best


def _no_words_differ(former: BallotLayout | None, family: FontFamily) -> str:
    """Why a ballot is another one although no word of it is known to be."""
    if former is None:
        return _("layout.json, which says what was printed, is missing, and this print gives another one")
    return _(
        "the words are the same, but they were set in another font than this computer has ({font}), or by "
        "another version of the program"
    ).format(font=family.name)


def _others(folder: Folder, changed: str, *, by_words: bool) -> OtherBallotError:
    """The refusal. Where it is not the words that differ, no change of them would help."""
    way_back = _("nothing was written: undo the change in election.toml and people.csv")
    elsewhere = _(
        "nothing was written: print on the computer that printed them, or copy layout.json and the folder "
        "blank from it"
    )
    purpose = _("only if all ballots printed before are destroyed: omr print {folder} --copies N --anew")
    return OtherBallotError(
        _("the ballots printed before could no longer be read: {what}").format(what=changed),
        f"{way_back if by_words else elsewhere}; {purpose.format(folder=folder.root)}",
    )


def _keep(folder: Folder, former: BallotLayout) -> Path:
    """Copy what the ballots printed before are read by: whoever printed anew by mistake can put it back.

    Not the ballots themselves: whoever has those can hand out genuine ones. The layout goes last, and what is
    kept with it stays: a print that was cut off has left the new blank pages beside the former layout.
    """
    kept = folder.former_dir(fingerprint(former))
    if (kept / folder.layout_json.name).exists():
        return kept
    private_folder(kept)
    if folder.blank_dir.is_dir():
        shutil.copytree(folder.blank_dir, kept / folder.blank_dir.name, dirs_exist_ok=True)
    shutil.copy2(folder.layout_json, kept)
    return kept


def draw_pages(folder: Folder, election: Election, shrink: int = 2) -> tuple[Image.Image, ...]:
    """The ballot's pages as they will be printed, grey, 8 px/mm divided by `shrink`.

    In the fonts of those that were printed before, as printing sets them (`print_ballots`). Raises OmrError.
    """
    former = load_layout(folder) if folder.layout_json.exists() else None
    layout, family = _lay_out_as(_before(folder, former), election, _families())
    payload = payloads(layout, load_key(folder))
    return tuple(page.reduce(shrink) for page in draw_blanks(layout, payload, family))


def serif() -> FontFamily:
    """The serif family of this machine. Raises OmrError where there is none with all Vietnamese letters."""
    try:
        return find_family()
    except FontError as fault:
        raise OmrError(
            _("no font with all Vietnamese letters was found"),
            _("install the program again: it brings one; or install Liberation Serif"),
        ) from fault


def lay_out(election: Election, family: FontFamily) -> BallotLayout:
    """Where everything stands on this election's ballot.

    Raises:
        OmrError: the list or the text makes no ballot; names the line of people.csv.
    """
    try:
        return compose(load_spec(election.layout), content_of(election), family.measure)
    except LayoutError as fault:
        raise said(fault) from fault


def content_of(election: Election) -> Content:
    """The words of this election's ballot."""
    return Content(
        election=election.id,
        agency=election.agency,
        people=election.people,
        superior=election.superior,
        place=election.place,
        day=election.date,
        voters=election.voters,
        subjects=election.subjects,
        year=election.year,
        basis=election.basis,
        title=election.title,
    )


def payloads(layout: BallotLayout, key: bytes, *, per_sheet: bool = False) -> Callable[[int, int], str]:
    """What the code says on each page of each copy: the same on all copies, unless `per_sheet`."""
    digest, pages = fingerprint(layout), len(layout.pages)
    tokens: dict[int, str] = defaultdict(_token if per_sheet else str)

    def payload(copy: int, page: int) -> str:
        return make_payload(key, layout.election, page, pages, digest, tokens[copy])

    return payload


def _token() -> str:
    return "".join(secrets.choice(ALPHABET) for _letter in range(TOKEN_LETTERS))


def _refuse_if_scanned(folder: Folder, changed: str) -> None:
    """Ballots that lie in the box were printed from the earlier layout: they could no longer be read."""
    if not folder.database.exists():
        return
    with Store(folder.database) as store:
        scanned = bool(store.counts())
    if scanned:
        text = _("ballots have been scanned, and others cannot be printed any more: {what}")
        raise OmrError(
            text.format(what=changed),
            _(
                "undo the change in election.toml and people.csv, or print on the computer that printed "
                "before; for another vote make a new folder with omr init"
            ),
        )
