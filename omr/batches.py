"""What is wrong with a batch as a whole, which no page of it shows by itself. Pure.

Each page is compared with the others of its run of the scanner: where the print lies, how large it is, how
much of it people are asked about, and whether only fronts came in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, Final

from omr.evidence import Flag, PageState
from omr.rules import UNSURE
from omr.words import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from omr.assemble import Standing
    from omr.rules import RowReading
    from omr.store.values import Fit

#: Pages of a run from which it has something usual to compare with.
ENOUGH: Final = 5

#: Typical distance of the worst rule from which a whole run lies badly, mm: half of what makes a page
#: unreadable (1.5), five times what a sound scanner leaves (0.05 to 0.2 on the samples).
BATCH_RESIDUAL_MM: Final = 0.75

#: A page stands out if it lies this much worse than the typical page of its run, mm and times.
APART_MM: Final = 0.6
APART_TIMES: Final = 3.0

#: A page stands out if its scale differs by so much from the others': a copy made on another machine, or
#: printed to fit. Feeders stretch by less than 1 %; 12 % and more is another resolution (200 and 240 dpi).
APART_SCALE: Final = (0.03, 0.12)

#: Where more pages than this stand out, nothing is usual: photographs differ from one to the next.
MOST_APART: Final = 0.25

#: Share of rows asked from which the scan and not the voters must be the cause: sound scans have under 5 %.
MANY_ROWS: Final = 0.25

#: Share of pages that are not ours or cannot be read from which it is likely the wrong stack or election.
MANY_PAGES: Final = 0.5

#: Pages that are named at most; the rest is counted.
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Note:
    """One thing about a batch, in words, with the files and pages it is about."""

    code: str
    text: str
    batch: int


def batch_notes(
    pages: Sequence[Standing],
    fits: Mapping[str, Fit],
    readings: Mapping[str, tuple[RowReading, ...]],
    pages_in_ballot: int = 1,
) -> tuple[Note, ...]:
    """What is wrong with the batches of a count.

    Args:
        pages: of the count, in order.
        fits: how pages lay in their scans, by page id.
        readings: the machine's, by page id.
        pages_in_ballot: how many pages the layout has.
    """
    return tuple(
        Note(code, text, batch)
        for batch, run in groupby(pages, key=lambda each: each.page.batch)
        for code, text in _notes(tuple(run), fits, readings, pages_in_ballot)
    )


def _notes(
    run: Sequence[Standing],
    fits: Mapping[str, Fit],
    readings: Mapping[str, tuple[RowReading, ...]],
    pages_in_ballot: int,
) -> Iterator[tuple[str, str]]:
    read = [each for each in run if each.state is PageState.READ]
    fitted = [each for each in run if each.page.id in fits]
    yield from _not_ours(run)
    yield from _other_elections(run)
    if len(fitted) >= ENOUGH:
        yield from _badly_placed(fitted, fits)
        yield from _other_scale(fitted, fits)
    if len(read) >= ENOUGH:
        yield from _many_rows(read, readings)
    yield from _one_sided(read, pages_in_ballot)


def _not_ours(run: Sequence[Standing]) -> Iterator[tuple[str, str]]:
    strange = [each for each in run if each.state in {PageState.FOREIGN, PageState.UNREADABLE}]
    sides = [each for each in run if each.state is not PageState.BLANK]
    if len(sides) >= ENOUGH and len(strange) > MANY_PAGES * len(sides):
        text = _(
            "{files}: {n} of {all} pages are not ballots of this election or cannot be read: is it the right "
            "stack, and were these ballots printed from this folder?"
        )
        yield "batch_not_ours", text.format(files=_files(run), n=len(strange), all=len(sides))


def _other_elections(run: Sequence[Standing]) -> Iterator[tuple[str, str]]:
    """A ballot of another election in this box is no page to pass over: people must know (III.3)."""
    others = [each for each in run if Flag.CODE_OTHER_ELECTION in each.page.flags]
    if others:
        text = ngettext(
            "{n} ballot of another election lies among these, find out how it came here: {pages}",
            "{n} ballots of another election lie among these, find out how they came here: {pages}",
            len(others),
        )
        yield "other_election", text.format(n=len(others), pages=_places(others))


def _badly_placed(run: Sequence[Standing], fits: Mapping[str, Fit]) -> Iterator[tuple[str, str]]:
    usual = median(fits[each.page.id].residual_mm for each in run)
    if usual > BATCH_RESIDUAL_MM:
        text = _(
            "{files}: on the whole batch the print lies {mm:.1f} mm off its place: clean the scanner's "
            "rollers, check that it was printed at 100 %, and scan it again"
        )
        yield "batch_misplaced", text.format(files=_files(run), mm=usual)
    limit = max(usual + APART_MM, APART_TIMES * usual)
    apart = [each for each in run if fits[each.page.id].residual_mm > limit]
    if apart and usual <= BATCH_RESIDUAL_MM:
        text = ngettext(
            "{n} page lies worse than the others of its batch, look at it: {pages}",
            "{n} pages lie worse than the others of their batch, look at them: {pages}",
            len(apart),
        )
        yield "page_misplaced", text.format(n=len(apart), pages=_places(apart))


def _other_scale(run: Sequence[Standing], fits: Mapping[str, Fit]) -> Iterator[tuple[str, str]]:
    """A ballot that is not as large as the others may be a copy."""
    usual = median(fits[each.page.id].dpi for each in run)
    low, high = APART_SCALE
    apart = [each for each in run if low < abs(fits[each.page.id].dpi / usual - 1) < high]
    if apart and len(apart) <= MOST_APART * len(run):
        text = ngettext(
            "{n} page is not printed as large as the others of its batch, is it a copy? {pages}",
            "{n} pages are not printed as large as the others of their batch, are they copies? {pages}",
            len(apart),
        )
        yield "page_scaled", text.format(n=len(apart), pages=_places(apart))


def _many_rows(
    read: Sequence[Standing], readings: Mapping[str, tuple[RowReading, ...]]
) -> Iterator[tuple[str, str]]:
    rows = [row for each in read for row in readings.get(each.page.id, ())]
    asked = sum(row.reading == UNSURE for row in rows)
    if rows and asked > MANY_ROWS * len(rows):
        text = _(
            "{files}: {n} of {all} rows are asked, far more than usual: clean the scanner's glass, and scan "
            "it again in colour at 200 dpi or more"
        )
        yield "batch_unclear", text.format(files=_files(read), n=asked, all=len(rows))


def _one_sided(read: Sequence[Standing], pages_in_ballot: int) -> Iterator[tuple[str, str]]:
    """Ballots of several pages are printed on both sides: only odd pages, or only even ones, is one side."""
    sides = Counter((each.page.page or 1) % 2 for each in read)
    if pages_in_ballot > 1 and len(read) > 1 and len(sides) == 1:
        missing = _("back") if 1 in sides else _("front")
        text = _(
            "{files}: not one {side} page came in with {n} pages: the scanner read one side only; scan the "
            "stack again on both sides"
        )
        yield "one_sided", text.format(files=_files(read), side=missing, n=len(read))


def _files(run: Sequence[Standing]) -> str:
    """The files of a run, by which people know it: the first and the last."""
    names = list(dict.fromkeys(each.page.source for each in run))
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def _places(pages: Sequence[Standing]) -> str:
    named = [
        _("{source}, page {page}").format(source=each.page.source, page=each.page.page_in_source)
        for each in pages[:_NAMED]
    ]
    return "; ".join([*named, "…"] if len(pages) > _NAMED else named)
