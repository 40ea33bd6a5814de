"""What was scanned: batches, files, pages with their readings, and which pages may be one sheet's."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

from omr.decisions import Agreement, standing_decision
from omr.evidence import Flag, PageState, Reason
from omr.rules import RowReading
from omr.store.chain import COMPARED, add_row, append, append_pages, compared_said, page_said
from omr.store.hidden import ORIGINAL, Hidden, place_token, unveil_decisions, veil_decisions
from omr.store.places import PlaceTables
from omr.store.values import (
    Adjudication,
    Alike,
    Fit,
    Likeness,
    NewPage,
    NewSource,
    Page,
    Problem,
    Question,
    SetAside,
    unpack_seen,
)
from omr.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from omr.evidence import PageSeen
    from omr.store.places import Place


class PageTables(PlaceTables):
    """Files, pages and readings; added to, never changed."""

    def open_batch(self, count: int) -> int:
        """Begin one run of the scanner, to which files are entered as they come; returns its id."""
        with self._writing() as db:
            return _open_batch(db, count)

    def add_batch(
        self,
        count: int,
        sources: Sequence[NewSource],
        broken: Iterable[Problem] = (),
        batch: int | None = None,
    ) -> tuple[int, ...]:
        """Enter files of one run of the scanner, all at once and in order; returns their ids.

        A file entered before, by this process or another, keeps its id and its place. `batch` is the run
        they belong to, of this count; a run of their own if None.
        """
        with self._writing() as db:
            if batch is None:
                batch = _open_batch(db, count)
            for each in sources:
                about = {"sha256": each.sha256, "name": each.name, "pages": each.pages}
                add_row(db, "sources", batch=batch, count=count, **about)
            for bad in broken:
                add_row(db, "broken", batch=batch, name=bad.name, message=bad.message, advice=bad.advice)
            return tuple(_source_id(db, count, each) for each in sources)

    def add_pages(self, pages: Iterable[NewPage]) -> tuple[str, ...]:
        """Store pages and their readings; returns the ids of those that were not there already."""
        with self._writing() as db:
            new = [page for page in pages if _add_page(db, page, self.hidden)]
            append_pages(db, (_said(page, self.hidden) for page in new))
            return tuple(page.id for page in new)

    def add_likenesses(self, pages: Iterable[str], alike: Iterable[Alike]) -> None:
        """Note that pages have been compared with all pages stored before, and what they are like."""
        with self._writing() as db:
            ((decisions,),) = db.execute("SELECT coalesce(max(seq), 0) FROM adjudications").fetchall()
            pairs = sorted((each.one, each.other, each.likeness.value) for each in alike)
            new_pairs = [pair for pair in pairs if _is_new(db, "alike (one, other, likeness)", pair)]
            known = sorted(pages)
            rows = [(page, veil_decisions(self.hidden, page, decisions)) for page in known]
            new = [row[0] for row in rows if _is_new(db, "compared (page, decisions)", row)]
            if new or new_pairs:
                all_pairs = db.execute("SELECT one, other, likeness FROM alike").fetchall()
                append(db, COMPARED, compared_said(new, decisions, all_pairs, self.hidden))

    def add_word_on_file(
        self, name: str, make: Callable[[tuple[Adjudication, ...]], Adjudication | None]
    ) -> int:
        """Note what people say of a file that could not be read, in every count that has it.

        Args:
            name: of the file.
            make: given all words on it in one count, in order, makes the new one, or None where there is
                nothing to say; runs while nobody else can write.

        Returns:
            In how many counts something was said.
        """
        with self._writing() as db:
            words, said = self._words_on_files(), 0
            for (broken,) in self._all("SELECT id FROM last_broken WHERE name = ?", (name,)):
                new = make(words.get(broken, ()))
                if new is not None:
                    said += _say_of_file(db, broken, new)
        return said

    def stored(self, source: int) -> frozenset[int]:
        """Which pages of a file are stored, as indices from 0."""
        tokens = (place_token(self.hidden, source, at + 1) for at in range(self.files()[source].pages))
        known = (self._all("SELECT 1 FROM pages WHERE place = ?", (token,)) for token in tokens)
        return frozenset(index for index, found in enumerate(known) if found)

    def pages(self, count: int = 1) -> tuple[Page, ...]:
        """All pages of a count, in the order of the batches, files and pages within them."""
        rows = self._all(
            "SELECT place, id, sheet, sha256, state, page, flags, length(trace) > 0, original, strip, problem"
            " FROM pages WHERE count = ?",
            (count,),
        )
        placed = sorted(((self.place(token), row) for token, *row in rows), key=lambda each: each[0].order)
        return self._made(lambda each: _page(each[0], each[1], self.hidden), placed)

    def readings(self, count: int = 1) -> Mapping[str, tuple[RowReading, ...]]:
        """The machine's readings by page id, rows in order."""
        rows = self._all(
            "SELECT r.page, number, reading, reason FROM readings r"
            " JOIN pages p ON p.id = r.page WHERE count = ? ORDER BY r.page, number",
            (count,),
        )
        found: dict[str, list[RowReading]] = {}
        for page, row in self._made(_reading, rows):
            found.setdefault(page, []).append(row)
        return {page: tuple(rows) for page, rows in found.items()}

    def seen(self, page: str) -> PageSeen:
        """What was seen on a page, with its trace. Raises KeyError."""
        rows = self._all("SELECT seen, trace FROM pages WHERE id = ?", (page,))
        for seen in self._made(lambda row: unpack_seen(*row), rows):
            return seen
        raise KeyError(page)

    def original(self, page: str) -> str:
        """Where the picture of a page is kept; '' where there is none. Raises KeyError."""
        rows = self._all("SELECT original FROM pages WHERE id = ?", (page,))
        for path in self._made(lambda row: self.hidden.unveil(row[0], ORIGINAL, page), rows):
            return path
        raise KeyError(page)

    def fits(self, count: int = 1) -> Mapping[str, Fit]:
        """How the pages of a count lay in their scans, by page id, as far as they were registered."""
        rows = self._all(
            "SELECT id, json_extract(seen, '$.dpi') AS dpi, json_extract(seen, '$.residual_mm') AS residual"
            " FROM pages WHERE count = ? AND dpi IS NOT NULL AND residual IS NOT NULL",
            (count,),
        )
        return {page: Fit(dpi, residual) for page, dpi, residual in rows}

    def traces(self) -> tuple[tuple[str, int, bytes], ...]:
        """(page id, page number, trace) of every page that bears ink, of all counts, in the order of ids."""
        return tuple(
            self._all(
                "SELECT id, page, trace FROM pages WHERE state = 'read' AND length(trace) > 0 ORDER BY id"
            )
        )

    def compared(self) -> frozenset[str]:
        """Pages that have been compared with all that were stored before them."""
        return frozenset(page for (page,) in self._all("SELECT page FROM compared"))

    def compared_after(self, count: int = 1) -> Mapping[str, int]:
        """The last decision before each page of a count was compared, by page id; 0 where there was none."""
        rows = self._all(
            "SELECT c.page, decisions FROM compared c JOIN pages p ON p.id = c.page WHERE count = ?",
            (count,),
        )
        return dict(self._made(lambda row: (row[0], unveil_decisions(self.hidden, *row)), rows))

    def alike(self, count: int = 1, other: int | None = None) -> tuple[Alike, ...]:
        """Pages of a count that may be one sheet's; with `other`, one of this count and one of the other."""
        rows = self._all(
            "SELECT one, other, likeness FROM alike a"
            " JOIN pages p ON p.id = one JOIN pages q ON q.id = other"
            " WHERE (p.count = ?1 AND q.count = ?2) OR (p.count = ?2 AND q.count = ?1)"
            " ORDER BY one, other",
            (count, count if other is None else other),
        )
        return self._made(lambda row: Alike(row[0], row[1], Likeness(row[2])), rows)

    def problems(self, count: int = 1, reviewers: int = 1) -> tuple[Problem, ...]:
        """What keeps sheets from being counted: files that could not be read, and scans cut off.

        A file is a problem no more once one of that name has been read, or so many members, or the board
        together, said that it holds no ballot.
        """
        rows = self._all(
            "SELECT b.id, b.name, message, advice FROM broken b JOIN last_broken l ON l.id = b.id"
            " WHERE l.count = ?1 AND NOT EXISTS (SELECT 1 FROM sources s"
            " WHERE s.count = ?1 AND s.name = b.name AND s.batch >= b.batch) ORDER BY b.id",
            (count,),
        )
        words = self._words_on_files()
        broken = (Problem(*row) for key, *row in rows if not _stands(words.get(key, ()), reviewers))
        return (*broken, *self._unfinished(count))

    def set_aside(self, reviewers: int = 1) -> tuple[SetAside, ...]:
        """Files that could not be read and that somebody said hold no ballot, each once."""
        rows = self._all("SELECT b.id, b.name, message FROM broken b JOIN last_broken USING (id) ORDER BY id")
        words, found = self._words_on_files(), {}
        for key, name, message in rows:
            by = standing_decision(words.get(key, ()), reviewers).by
            if by:
                found[name] = SetAside(name, message, by, _stands(words[key], reviewers))
        return tuple(found.values())

    def _words_on_files(self) -> Mapping[int, tuple[Adjudication, ...]]:
        """Every word on a file that could not be read, by the id of its record there."""
        rows = self._all(
            "SELECT broken, seq, choice, by, why, at, turn, agreed,"
            # Before several members answered for a file, taking back did not say which word.
            " CASE choice WHEN 'undo' THEN coalesce(undoes, (SELECT max(v.seq) FROM words_on_files v"
            " WHERE v.broken = w.broken AND v.seq < w.seq)) END"
            " FROM words_on_files w ORDER BY seq"
        )
        found: dict[int, tuple[Adjudication, ...]] = {}
        for broken, seq, choice, by, why, at, turn, agreed, undoes in rows:
            word = Adjudication(
                seq, "", Question.SHEET, None, choice, by, why, at, turn, bool(agreed), undoes
            )
            found[broken] = (*found.get(broken, ()), word)
        return found

    def is_broken(self, name: str) -> bool:
        """Whether a file of that name ever could not be read."""
        return bool(self._all("SELECT 1 FROM broken WHERE name = ? LIMIT 1", (name,)))

    def counts(self) -> tuple[int, ...]:
        """Which counts have pages."""
        return tuple(count for (count,) in self._all("SELECT DISTINCT count FROM pages ORDER BY count"))

    def _unfinished(self, count: int) -> Iterator[Problem]:
        """Files of which pages are not stored: the scan is still going, or was stopped."""
        tokens = self._all("SELECT place FROM pages WHERE count = ?", (count,))
        stored = Counter(self.place(token).file.id for (token,) in tokens)
        for file in self.files().values():
            unread = file.pages - stored[file.id]
            if file.count == count and unread > 0:
                text = ngettext("{n} page has not been read yet", "{n} pages have not been read yet", unread)
                advice = _("give the same omr scan command again")
                yield Problem(file.name, text.format(n=unread), advice, unread)


def _open_batch(db: sqlite3.Connection, count: int) -> int:
    batch = add_row(db, "batches", count=count)
    assert batch is not None
    return batch


def _is_new(db: sqlite3.Connection, into: str, values: tuple[object, ...]) -> bool:
    """Add a row to a table unless it is there; tells whether it was added. `into`: the table and columns."""
    marks = ", ".join("?" * len(values))
    added = db.execute(f"INSERT INTO {into} VALUES ({marks}) ON CONFLICT DO NOTHING", values)  # noqa: S608 - ours
    return bool(added.rowcount)


def _say_of_file(db: sqlite3.Connection, broken: int, new: Adjudication) -> int:
    about = {"by": new.by, "why": new.why, "at": new.at, "turn": new.turn, "agreed": int(new.agreed)}
    add_row(db, "words_on_files", broken=broken, choice=new.choice, **about, undoes=new.undoes)
    return 1


def _stands(words: Sequence[Adjudication], reviewers: int) -> bool:
    """Whether enough said of a file that it holds no ballot."""
    return standing_decision(words, reviewers).agreement is Agreement.AGREED


def _source_id(db: sqlite3.Connection, count: int, source: NewSource) -> int:
    (found,) = db.execute(
        "SELECT id FROM sources WHERE count = ? AND sha256 = ? AND name = ?",
        (count, source.sha256, source.name),
    ).fetchone()
    return int(found)


def _add_page(db: sqlite3.Connection, page: NewPage, hidden: Hidden) -> bool:
    place = place_token(hidden, page.source, page.page_in_source)
    original = hidden.veil(page.original, ORIGINAL, page.id)
    added = db.execute(
        "INSERT INTO pages (id, sheet, count, place, sha256, state, page, flags, original, strip, problem,"
        " seen, trace) VALUES (:id, :sheet,"
        " (SELECT count FROM sources WHERE id = :source AND :page_in_source BETWEEN 1 AND pages),"
        " :place, :sha256, :state, :page, :flags, :original, :strip, :problem, :seen, :trace)"
        " ON CONFLICT (place) DO NOTHING",
        _columns(page) | {"place": place, "original": original},
    ).rowcount
    if added:
        db.executemany(
            "INSERT INTO readings (page, number, reading, reason) VALUES (?, ?, ?, ?)",
            [(page.id, *row) for row in _readings(page)],
        )
    return bool(added)


def _columns(page: NewPage) -> dict[str, Any]:
    """A page as its row in the database would be if nothing were hidden."""
    return {
        "id": page.id,
        "sheet": page.sheet,
        "source": page.source,
        "page_in_source": page.page_in_source,
        "sha256": page.sha256,
        "state": page.state.value,
        "page": page.page,
        "flags": json.dumps([flag.value for flag in page.flags]),
        "seen": page.seen,
        "trace": page.trace,
        "original": page.original,
        "strip": page.strip,
        "problem": page.problem,
    }


def _readings(page: NewPage) -> list[tuple[int, str, str | None]]:
    """(number, reading, reason) in order of numbers."""
    return sorted((row.number, row.reading, row.reason and row.reason.value) for row in page.readings)


def _said(page: NewPage, hidden: Hidden) -> dict[str, Any]:
    """What the chain says of a page."""
    return page_said(_columns(page), _readings(page), page.reader, hidden)


def _reading(row: tuple[Any, ...]) -> tuple[str, RowReading]:
    page, number, reading, reason = row
    return page, RowReading(number, reading, None if reason is None else Reason(reason))


def _page(place: Place, row: Sequence[Any], hidden: Hidden) -> Page:
    identity, sheet, sha256, state, page, flags, has_ink, original, *rest = row
    named = tuple(Flag(flag) for flag in json.loads(flags))
    seen = (sha256 or place.name, PageState(state), page, named, bool(has_ink))
    kept = (hidden.unveil(original, ORIGINAL, identity), *rest)
    return Page(identity, sheet, place.file.batch, place.file.name, place.number, *seen, *kept)
