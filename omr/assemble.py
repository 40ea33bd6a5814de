"""Pages in the order of their batch -> the ballots of the box. Pure.

1. A page that is another scan of an earlier one is a duplicate: the same pixels, or the same handwriting.
2. The pages of one ballot lie together in the batch, in any order and any way round. Where pages are
   missing, the batch is cut so that as few ballots as possible are incomplete; a cut that could as well be
   elsewhere is flagged.
3. Two incomplete ballots of two batches that fit each other and nothing else are one: the missing sheet
   was scanned later.
4. An unreadable page is a sheet too: people say what it is.

A ballot's id is the random `sheet` of its earliest page, so it stays the same when the box is put together
again with more pages. It may be named by the `sheet` of any of its pages.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from omr.evidence import Flag, PageState
from omr.segment import segment
from omr.store.values import Likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from omr.store.values import Alike, Page

#: What people say a sheet is.
BALLOT: Final = "ballot"  # a ballot of the box, as it is
OTHER: Final = "other"  # another ballot, not a second scan of the one it looks like
SAME: Final = "same"  # another scan of a sheet that is in already
FOREIGN: Final = "foreign"  # no ballot
RESCANNED: Final = "rescanned"  # in again, better, elsewhere in the batch

#: Flags that say something about how ballots were put together, and that `ballot` or `other` answer.
PUT_TOGETHER: Final = frozenset({Flag.PAGE_MISSING, Flag.PAGE_EXTRA, Flag.MAYBE_SAME_INK})

#: What the pages of a sheet become once people have said that it is not a ballot of its own.
_BECOMES: Final = {SAME: PageState.DUPLICATE, FOREIGN: PageState.FOREIGN}

#: States of pages that make a duplicate of the same pixels. Blank backs are all alike, and stay blank.
_TOLD_APART: Final = frozenset({PageState.READ, PageState.FOREIGN, PageState.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a page is now: the machine's state, what it is like, and what people said.

    Attributes:
        ballot: id of the ballot or the unread sheet it belongs to; None if to none.
        first: id of the page that it is another scan of, or may be; None if of none.
    """

    page: Page
    state: PageState
    flags: tuple[Flag, ...]
    ballot: str | None = None
    first: str | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """One ballot of the box, or a sheet of which people must say what it is.

    Attributes:
        id: random; the `sheet` of its earliest page.
        pages: in the order of their page numbers.
        missing: page numbers of the layout that were not read.
        flags: of its pages, and of how it was put together.
        verdict: what people said the sheet is; None if nothing, or not yet.
        readable: whether at least one page was read.
        twins: ids of pages of which it may be another scan.
    """

    id: str
    pages: tuple[Page, ...]
    missing: tuple[int, ...] = ()
    flags: tuple[Flag, ...] = ()
    verdict: str | None = None
    readable: bool = True
    twins: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Every id by which people may have named it."""
        return frozenset(page.sheet for page in self.pages)

    @property
    def is_counted(self) -> bool:
        """Whether it is a ballot of the box; an unreadable sheet is not until people say so."""
        return self.readable or self.verdict in {BALLOT, OTHER}


@dataclass(frozen=True, slots=True)
class Box:
    """All pages of one count, and the ballots and unread sheets they make, in the order of the batch."""

    pages: tuple[Standing, ...]
    ballots: tuple[Ballot, ...]

    @property
    def counted(self) -> tuple[Ballot, ...]:
        """The ballots collected, as far as is known."""
        return tuple(ballot for ballot in self.ballots if ballot.is_counted)


def assemble(
    pages: Sequence[Page],
    alike: Iterable[Alike] = (),
    pages_in_ballot: int = 1,
    verdicts: Mapping[str, str] | None = None,
) -> Box:
    """Put the box together.

    Args:
        pages: all pages of one count, in order.
        alike: which of them may be scans of one sheet.
        pages_in_ballot: how many pages the layout has.
        verdicts: what people said a sheet is (`ballot` `other` `same` `foreign` `rescanned`), by its id.
    """
    said = verdicts or {}
    told = tell_duplicates(pages, tuple(alike), said)
    made = [_judged(ballot, said) for ballot in _by_batch(told, pages_in_ballot)]
    kept = [ballot for ballot in made if ballot.verdict not in {SAME, FOREIGN, RESCANNED}]
    ballots = _completed(kept, pages_in_ballot)
    away = {page.id: ballot.verdict for ballot in made if ballot not in kept for page in ballot.pages}
    return Box(_standing(told, ballots, away), ballots)


def tell_duplicates(
    pages: Sequence[Page], alike: Sequence[Alike], verdicts: Mapping[str, str]
) -> tuple[Standing, ...]:
    """Which pages are other scans of earlier ones. The earlier page stays, whoever read it first.

    People may say of any page that it is a ballot of its own all the same.
    """
    likeness = _by_page(alike)
    by_pixels: dict[str, str] = {}
    first_of: dict[str, str] = {}
    told: list[Standing] = []
    for page in pages:
        if verdicts.get(page.sheet) in {BALLOT, OTHER}:
            standing = Standing(page, page.state, page.flags)
        else:
            standing = _told(page, by_pixels, likeness[page.id], first_of)
        if page.state in _TOLD_APART:
            by_pixels.setdefault(page.sha256, page.id)
        duplicate = standing.state is PageState.DUPLICATE and standing.first
        first_of[page.id] = duplicate or page.id
        told.append(standing)
    return tuple(told)


def _by_page(alike: Sequence[Alike]) -> Mapping[str, dict[str, Likeness]]:
    found: dict[str, dict[str, Likeness]] = defaultdict(dict)
    for pair in alike:
        found[pair.one][pair.other] = pair.likeness
        found[pair.other][pair.one] = pair.likeness
    return found


def _told(
    page: Page, by_pixels: Mapping[str, str], likeness: Mapping[str, Likeness], first_of: Mapping[str, str]
) -> Standing:
    """One page against all earlier ones; `first_of` has these, in order, and which page each repeats."""
    if page.state in _TOLD_APART and page.sha256 in by_pixels:
        return _duplicate(page, Flag.SAME_PIXELS, by_pixels[page.sha256])
    if page.state is PageState.READ:
        near = {earlier: likeness[earlier] for earlier in first_of if earlier in likeness} if likeness else {}
        for earlier, how in near.items():
            # Like a page that is itself a repetition, but not like the page that it repeats: doubtful.
            if how is Likeness.SAME and first_of[earlier] == earlier:
                return _duplicate(page, Flag.SAME_INK, earlier)
        if near:
            flags = (*page.flags, Flag.MAYBE_SAME_INK)
            return Standing(page, page.state, flags, first=first_of[next(iter(near))])
    return Standing(page, page.state, page.flags)


def _duplicate(page: Page, flag: Flag, first: str) -> Standing:
    return Standing(page, PageState.DUPLICATE, (*page.flags, flag), first=first)


def _by_batch(told: Sequence[Standing], pages_in_ballot: int) -> list[Ballot]:
    """Ballots and unread sheets, in order of their earliest page."""
    made: list[Ballot] = []
    for _batch, run in groupby(told, key=lambda standing: standing.page.batch):
        pages = tuple(run)
        read = [standing for standing in pages if standing.state is PageState.READ]
        numbers = [standing.page.page or 1 for standing in read]
        made += [
            _ballot(read[group.start : group.stop], pages_in_ballot, doubtful=group.doubtful)
            for group in segment(numbers, pages_in_ballot)
        ]
        made += [_unread(each, pages_in_ballot) for each in pages if each.state is PageState.UNREADABLE]
    place = {standing.page.id: at for at, standing in enumerate(told)}
    return sorted(made, key=lambda ballot: min(place[page.id] for page in ballot.pages))


def _ballot(parts: Sequence[Standing], pages_in_ballot: int, *, doubtful: bool) -> Ballot:
    pages = sorted((part.page for part in parts), key=lambda page: page.page or 1)
    missing = tuple(sorted(_all_numbers(pages_in_ballot) - {page.page or 1 for page in pages}))
    flags = [flag for part in parts for flag in part.flags]
    flags += [Flag.PAGE_MISSING] * bool(missing) + [Flag.PAGE_EXTRA] * doubtful
    twins = tuple(part.first for part in parts if part.first)
    return Ballot(parts[0].page.sheet, tuple(pages), missing, tuple(dict.fromkeys(flags)), twins=twins)


def _unread(standing: Standing, pages_in_ballot: int) -> Ballot:
    missing = tuple(sorted(_all_numbers(pages_in_ballot)))
    return Ballot(standing.page.sheet, (standing.page,), missing, standing.flags, readable=False)


def _all_numbers(pages_in_ballot: int) -> set[int]:
    return set(range(1, pages_in_ballot + 1))


def _judged(ballot: Ballot, verdicts: Mapping[str, str]) -> Ballot:
    said = [verdicts[name] for name in (ballot.id, *sorted(ballot.names)) if name in verdicts]
    if not said:
        return ballot
    answered = PUT_TOGETHER if said[0] in {BALLOT, OTHER} else frozenset[Flag]()
    left = tuple(flag for flag in ballot.flags if flag not in answered)
    return replace(ballot, verdict=said[0], flags=left)


def _completed(ballots: Sequence[Ballot], pages_in_ballot: int) -> tuple[Ballot, ...]:
    """Join incomplete ballots that fit each other and nothing else; what fits two stays apart, flagged."""
    loose = [ballot for ballot in ballots if ballot.missing and ballot.readable and not ballot.verdict]
    fits = {one.id: [other for other in loose if _fit(one, other, pages_in_ballot)] for one in loose}
    joined: dict[str, Ballot] = {}
    gone: set[str] = set()
    for one in loose:
        partners = fits[one.id]
        if one.id in gone or len(partners) != 1 or len(fits[partners[0].id]) != 1:
            continue
        joined[one.id] = _join(one, partners[0])
        gone.add(partners[0].id)
    return tuple(joined.get(ballot.id, ballot) for ballot in ballots if ballot.id not in gone)


def _fit(one: Ballot, other: Ballot, pages_in_ballot: int) -> bool:
    apart = {page.batch for page in one.pages}.isdisjoint(page.batch for page in other.pages)
    return (
        apart  # within a batch pages of one ballot lie together, or something else is wrong
        and len(one.pages) + len(other.pages) == pages_in_ballot
        and set(one.missing) == {page.page or 1 for page in other.pages}
    )


def _join(one: Ballot, other: Ballot) -> Ballot:
    """The earlier ballot, with the pages of the later one."""
    pages = tuple(sorted(one.pages + other.pages, key=lambda page: page.page or 1))
    flags = dict.fromkeys(flag for flag in one.flags + other.flags if flag is not Flag.PAGE_MISSING)
    return replace(one, pages=pages, missing=(), flags=tuple(flags), twins=one.twins + other.twins)


def _standing(
    told: Sequence[Standing], ballots: Sequence[Ballot], away: Mapping[str, str | None]
) -> tuple[Standing, ...]:
    home = {page.id: ballot for ballot in ballots for page in ballot.pages}
    return tuple(_placed(each, home.get(each.page.id), away.get(each.page.id)) for each in told)


def _placed(standing: Standing, home: Ballot | None, verdict: str | None) -> Standing:
    if home is not None:
        # What was found in putting together is said of each of the ballot's pages.
        put = tuple(flag for flag in home.flags if flag in PUT_TOGETHER - {Flag.MAYBE_SAME_INK})
        own = tuple(f for f in standing.flags if f not in PUT_TOGETHER or f in home.flags)
        return replace(standing, ballot=home.id, flags=(*own, *put))
    return replace(standing, state=_BECOMES.get(verdict or "", standing.state))
