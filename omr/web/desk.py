"""One election on the screen: its count as it stands, kept between pages and read anew when it has grown."""

from __future__ import annotations

import threading
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from omr.closing import Closing, standing_closing
from omr.counting import Counted, all_problems, result_of
from omr.election import load_election
from omr.errors import OmrError
from omr.members import who_sits
from omr.pictures import box_picture, page_picture, row_picture, seal_box, thumbnail
from omr.printed import copies_printed, load_layout
from omr.questions import Count, count_now
from omr.recorded import changes_of, in_words, what_to_do
from omr.store import Deed, Store
from omr.web.said import joined
from omr.web.scanner import Scanner
from omr.words import _

if TYPE_CHECKING:
    from layouts.model import BallotLayout, PageLayout, Row
    from omr.election import Election, Folder
    from omr.evidence import PageSeen
    from omr.store import Act, Member, Page, Problem, SetAside


class Kept(NamedTuple):
    """A count with all that a page says beside it, and what it was read of.

    Attributes:
        files, pages, decisions: what it was read of; it stands as long as these are the same.
        copies: ballots ever printed; None where no record says.
        problems: what keeps sheets from being counted.
        acts: what the board did about the election as a whole.
    """

    files: tuple[int, ...]
    pages: int
    decisions: int
    election: Election
    now: Count
    copies: int | None
    problems: tuple[Problem, ...]
    acts: tuple[Act, ...]


class Desk:
    """One election. Every method may be called by several threads at once."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.scanner = Scanner(folder)
        self._lock = threading.Lock()
        self._kept: Kept | None = None
        self._counted: tuple[Count, Counted] | None = None
        # Crops of the rows around the one that is looked at: a member goes on within a second.
        self._row = lru_cache(256)(self._draw_row)
        self._page = lru_cache(24)(self._draw_page)
        self._thumb = lru_cache(512)(self._draw_thumb)

    # --- how it stands ------------------------------------------------------------------------------

    def store(self) -> Store:
        """The election's ledger, for one request."""
        return Store(self.folder.database)

    @property
    def is_printed(self) -> bool:
        """Whether there is a ballot that scans can be compared with."""
        return self.folder.layout_json.exists()

    def election(self) -> Election:
        """What the board entered. Raises OmrError."""
        return self.kept().election if self.is_printed else load_election(self.folder)

    def count(self) -> Count:
        """Pages, ballots and questions as they stand. Raises OmrError before anything was printed."""
        return self.kept().now

    def counted(self) -> Counted:
        """The result as it stands. Raises OmrError before anything was printed."""
        kept = self.kept()
        known = self._counted
        if known is not None and known[0] is kept.now:
            return known[1]
        fresh = result_of(self.folder, kept.election, kept.now, kept.problems)
        self._counted = (kept.now, fresh)
        return fresh

    def set_aside(self) -> tuple[SetAside, ...]:
        """Files that could not be read and that somebody said hold no ballot."""
        with self.store() as store:
            return store.set_aside(self.election().rules.reviewers)

    def closing(self) -> Closing:
        """How far the closing is."""
        if not self.folder.database.exists():
            return Closing()
        return standing_closing(self.acts(), self.election().rules.reviewers)

    @property
    def is_closed(self) -> bool:
        """Whether the result is signed, so that nothing may change; not where the folder cannot be read."""
        try:
            return self.is_printed and self.closing().closed
        except OmrError:
            return False

    def acts(self) -> tuple[Act, ...]:
        """What the board did about the election as a whole."""
        with self.store() as store:
            return store.acts()

    def members(self) -> tuple[Member, ...]:
        """Who may decide."""
        with self.store() as store:
            return store.members()

    def member_lines(self) -> tuple[Member, ...]:
        """Every line about members, those who left included."""
        with self.store() as store:
            return store.member_lines()

    def who_sits(self, seat: str) -> str:
        """The member of a seat; '' where it is nobody's."""
        if not seat:
            return ""
        with self.store() as store:
            return who_sits(store, seat)

    def edits(self) -> list[str]:
        """A sentence on each file that was changed by hand since it was recorded, and what to do."""
        return [joined(in_words(each), what_to_do()) for each in changes_of(self.folder)]

    def note(self, kind: str, by: str, about: str = "") -> None:
        """Keep in mind who did something that is no decision."""
        with self.store() as store:
            store.add_deed(Deed(kind, by, about, datetime.now().astimezone().date().isoformat()))

    def kept(self) -> Kept:
        """The count with all that a page says beside it. Raises OmrError before anything was printed."""
        with self._lock, self.store() as store:
            files = _stamps(self.folder)
            pages, decisions = store.grown()
            kept = self._kept
            if kept is None or (kept.files, kept.pages) != (files, pages):
                election, layout = load_election(self.folder), load_layout(self.folder)
                now = count_now(store, layout, election.rules)
                copies = copies_printed(self.folder, layout)
                problems = all_problems(store, election)
                kept = Kept(files, pages, decisions, election, now, copies, problems, ())
            elif kept.decisions != decisions:
                # Decisions are only ever added: those known stand, and are not read again.
                said = (*kept.now.adjudications, *store.adjudications(after=kept.decisions))
                now = kept.now.after(said) or count_now(store, kept.now.layout, kept.election.rules)
                kept = kept._replace(decisions=decisions, now=now)
            self._kept = kept = kept._replace(acts=store.acts())
            return kept

    # --- pictures -----------------------------------------------------------------------------------

    def seen(self, page: str) -> PageSeen:
        """What was seen on a page. Raises KeyError."""
        with self.store() as store:
            return store.seen(page)

    def row_picture(self, page: str, number: int) -> bytes:
        """JPEG of one row of a page. Raises KeyError, OmrError."""
        return self._row(page, number)

    def page_picture(self, page: str) -> bytes:
        """JPEG of a page, straight where its place is known. Raises KeyError, OmrError."""
        return self._page(page)

    def thumbnail(self, page: str) -> bytes:
        """Small JPEG of a page. Raises KeyError, OmrError."""
        return self._thumb(page)

    def page_of_row(self, number: int) -> tuple[PageLayout, Row]:
        """Where a person stands on the ballot. Raises KeyError."""
        return place_of(self.count().layout, number)

    def stored_page(self, page: str) -> Page:
        """A page of the box. Raises KeyError."""
        for each in self.count().box.pages:
            if each.page.id == page:
                return each.page
        raise KeyError(page)

    def seal_picture(self, page: str) -> bytes:
        """JPEG of where the seal hangs on a page. Raises KeyError, OmrError."""
        stored, seen = self.stored_page(page), self.seen(page)
        box = seal_box(self.count().layout.page(seen.page or 1))
        if box is None or seen.paper_to_scan is None:
            raise KeyError(page)
        return box_picture(self.folder.originals_dir / _kept_as(stored), seen.paper_to_scan, box)

    def _draw_row(self, page: str, number: int) -> bytes:
        stored, seen = self.stored_page(page), self.seen(page)
        _layout, row = self.page_of_row(number)
        if seen.paper_to_scan is None:
            raise KeyError(number)
        return row_picture(self.folder.originals_dir / _kept_as(stored), seen.paper_to_scan, row)

    def _draw_page(self, page: str) -> bytes:
        stored, seen = self.stored_page(page), self.seen(page)
        size = self.count().layout.pages[0].size_mm
        return page_picture(self.folder.originals_dir / _kept_as(stored), seen.paper_to_scan, size)

    def _draw_thumb(self, page: str) -> bytes:
        with self.store() as store:
            original = store.original(page)
        if not original:
            raise KeyError(page)
        return thumbnail(self.folder.originals_dir / original)


def place_of(layout: BallotLayout, number: int) -> tuple[PageLayout, Row]:
    """The page and row of a person. Raises KeyError."""
    for page in layout.pages:
        for row in page.rows:
            if row.number == number:
                return page, row
    raise KeyError(number)


def _kept_as(page: Page) -> str:
    if not page.original:
        raise OmrError(_("there is no picture of this page"), _("scan the sheet again"))
    return page.original


def _stamps(folder: Folder) -> tuple[int, ...]:
    """What changes when the files that the count rests on are written anew."""
    found = []
    for path in (folder.layout_json, folder.election_toml, folder.people_csv, folder.prints_json):
        try:
            about = path.stat()
            found += [about.st_mtime_ns, about.st_size, about.st_ino]
        except FileNotFoundError:
            found += [0, 0, 0]
    return tuple(found)
