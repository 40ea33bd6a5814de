"""What is in, what is flagged, what does not add up: for checking a batch, kept apart from votes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from omr.batches import batch_notes
from omr.evidence import Flag, PageState
from omr.recorded import in_words, what_to_do
from omr.standing import stand
from omr.words import _, ngettext, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from omr.assemble import Standing
    from omr.questions import Count, OpenItem
    from omr.recorded import Change
    from omr.store.database import Store
    from omr.store.values import Problem

#: Version of the form of `omr status --json`.
VERSION: Final = 1


def status(
    now: Count,
    problems: tuple[Problem, ...] = (),
    issued: int | None = None,
    printed: int | None = None,
    edits: tuple[Change, ...] = (),
) -> dict[str, Any]:
    """The status of one count, as `omr status --json` writes it.

    Args:
        now: the count as it stands.
        problems: files that could not be read.
        issued: ballots handed out; None while not entered.
        printed: copies printed; None where not known.
        edits: files of the election that were changed by hand since they were recorded.
    """
    reconciled = reconcile(now, issued, printed)
    return {
        "version": VERSION,
        "pages": [_page(each) for each in now.box.pages],
        "ballots": _ballots(now),
        "reconciliation": reconciled,
        "open": [_open(each) for each in now.open_items],
        "problems": [
            *_broken(problems),
            *_failed(now),
            *_foreign(now),
            *_sums(reconciled),
            *_batches(now),
            *_notes(now),
            *_second(now),
            *_edits(edits),
        ],
    }


def reconcile(now: Count, issued: int | None = None, printed: int | None = None) -> dict[str, int | None]:
    """Pages in = read + blank + duplicate + foreign + unreadable; ballots collected against issued.

    `open` is the number of questions that wait for people.
    """
    states = Counter(each.state for each in now.box.pages)
    return {
        "pages": len(now.box.pages),
        **{state.value: states[state] for state in PageState},
        "issued": issued,
        "printed": printed,
        "collected": len(now.box.counted),
        "open": len(now.open_items),
    }


def read_status(
    store: Store, now: Count, issued: int | None = None, printed: int | None = None, count: int = 1
) -> dict[str, Any]:
    """The status with the store's own problems."""
    return status(now, store.problems(count, now.rules.reviewers), issued, printed)


def _page(each: Standing) -> dict[str, Any]:
    return {
        "source": each.page.source,
        "page_in_source": each.page.page_in_source,
        "state": each.state.value,
        "page": each.page.page,
        "flags": [flag.value for flag in dict.fromkeys(each.flags)],
        "ballot": each.ballot,
        "sheet": each.page.sheet,
        "id": each.page.id,
        "same_as": each.first,
        "problem": each.page.problem,
    }


def _ballots(now: Count) -> dict[str, int]:
    rules = now.rules
    numbers = [row.number for page in now.layout.pages for row in page.rows]
    standing = stand(now.ballots, numbers, seal=rules.seal, write_in=rules.write_in, scope=rules.scope)
    states = Counter(ballot.state.value for ballot in standing)
    undecided = sum(not ballot.is_counted for ballot in now.box.ballots)
    return {
        "collected": len(standing),
        **{state: states[state] for state in ("sound", "suspect", "open", "invalid")},
        "with_open_rows": sum(ballot.open for ballot in standing),
        "unread_sheets": undecided,
        "without_ink": len(_without_ink(now)),
    }


def _open(item: OpenItem) -> dict[str, Any]:
    return {
        "ballot": item.ballot,
        "question": item.question.value,
        "row": item.number,
        "reasons": list(item.reasons),
        "choices": list(item.choices),
        "agreement": item.decision.agreement.value,
        "by": list(item.decision.by),
    }


def _problem(code: str, text: str, **about: Any) -> dict[str, Any]:
    return {"code": code, "text": text, **about}


def _broken(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [
        _problem(
            "scan_unfinished" if each.unread else "file_not_read",
            f"{each.name}: {each.message}",
            source=each.name,
            advice=each.advice,
        )
        for each in problems
    ]


def _failed(now: Count) -> list[dict[str, Any]]:
    return [
        _problem(
            "page_not_read",
            _("{source}, page {page}: {problem}").format(
                source=each.page.source, page=each.page.page_in_source, problem=each.page.problem
            ),
            source=each.page.source,
            page_in_source=each.page.page_in_source,
        )
        for each in now.box.pages
        if each.page.problem and each.state is PageState.UNREADABLE
    ]


def _foreign(now: Count) -> list[dict[str, Any]]:
    """Pages that are not ours, by file: no vote is on them, so that the sheet may be named and looked for."""
    found: dict[str, list[int]] = {}
    for each in now.box.pages:
        # Another scan of the same strange page is a duplicate, and no more ours for it.
        if each.page.state is PageState.FOREIGN and each.state in {PageState.FOREIGN, PageState.DUPLICATE}:
            found.setdefault(each.page.source, []).append(each.page.page_in_source)
    return [
        _problem(
            "foreign_pages",
            ngettext(
                "{source}, page {pages}: not one of our ballots, and not counted",
                "{source}, pages {pages}: not our ballots, and not counted",
                len(pages),
            ).format(source=source, pages=in_ranges(pages)),
            source=source,
            pages=sorted(pages),
        )
        for source, pages in found.items()
    ]


def in_ranges(numbers: Iterable[int]) -> str:
    """Numbers as people write them down.

    >>> in_ranges([7, 1, 2, 3])
    '1–3, 7'
    """
    runs: list[list[int]] = []
    for each in sorted(numbers):
        if runs and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _sums(reconciled: dict[str, int | None]) -> list[dict[str, Any]]:
    """The law, 9: what must hold of the numbers of sheets."""
    counted = sum(reconciled[state.value] or 0 for state in PageState)
    found = []
    if counted != reconciled["pages"]:
        text = _("{pages} pages came in, but {counted} are accounted for")
        found.append(_problem("pages_do_not_add_up", text.format(pages=reconciled["pages"], counted=counted)))
    for bound, text in (
        ("issued", _("{collected} ballots were collected, more than the {bound} handed out")),
        ("printed", _("{collected} ballots were collected, more than the {bound} printed")),
    ):
        limit, collected = reconciled[bound], reconciled["collected"] or 0
        if limit is not None and collected > limit:
            found.append(_problem(f"more_than_{bound}", text.format(collected=collected, bound=limit)))
    return found


def _batches(now: Count) -> list[dict[str, Any]]:
    """What is wrong with whole runs of the scanner."""
    notes = batch_notes(now.box.pages, now.fits, now.readings, len(now.layout.pages))
    return [_problem(each.code, each.text, batch=each.batch) for each in notes]


def _second(now: Count) -> list[dict[str, Any]]:
    """Whether a second count that `[rules] counts` asks for is there, and whether any confirms the first."""
    compared = now.comparison
    if now.rules.counts < 2:
        text = unasked_difference(now)
        return [_problem("second_differs", text)] if text else []
    if compared is None:
        text = _("the second count that [rules] counts asks for is not in: omr scan DIR PATH… --count 2")
        return [_problem("count_missing", text)]
    if compared.agreed:
        return []
    text = _("the second count does not confirm the first: {n} sheets differ or are in one only; omr compare")
    return [_problem("counts_differ", text.format(n=len(compared.differing) + len(compared.unmatched)))]


def unasked_difference(now: Count) -> str:
    """That a second count is there which nobody asked for and which has something else; '' where not.

    The result rests on the first alone (`[rules] counts = 1`), so it is said and nothing is held up. What is
    open in both counts is only not decided yet, and is no difference.
    """
    sheets = _unasked_sheets(now)
    if sheets is None:
        return ""
    text = _("the second count does not agree with the first: {n} sheets; see omr compare")
    return text.format(n=number(sheets))


def unasked_in_minutes(now: Count) -> tuple[str, ...]:
    """The same as a sentence of the minutes: whoever reads them must know on which count they rest."""
    sheets = _unasked_sheets(now)
    if sheets is None:
        return ()
    text = _(
        "A second count of the box was made, which differs from the first (ballots that differ or are in one "
        "count only: {n}); these minutes rest on the first count."
    )
    return (text.format(n=number(sheets)),)


def _unasked_sheets(now: Count) -> int | None:
    """Sheets in which a second count that nobody asked for differs; None where none differs or is there."""
    compared = now.comparison
    if now.rules.counts > 1 or compared is None:
        return None
    sheets = sum(pair.read_otherwise for pair in compared.differing) + len(compared.unmatched)
    differs = sheets or any(compared.unread) or compared.same_pictures or not compared.numbers_agree
    return sheets if differs else None


def _edits(edits: tuple[Change, ...]) -> list[dict[str, Any]]:
    """Files that are not as they were recorded, until somebody puts a name to the change."""
    return [_problem("file_changed", in_words(each), file=each.name, advice=what_to_do()) for each in edits]


def _notes(now: Count) -> list[dict[str, Any]]:
    """What is true of the batch and no question about a single sheet."""
    unseen = sum(Flag.SEAL_UNSEEN in each.flags for each in now.box.pages if each.state is PageState.READ)
    inkless = len(_without_ink(now))
    found = []
    if unseen and now.rules.seal == "red":
        text = ngettext(
            "{n} page was scanned without colour: whether its seal is red cannot be seen",
            "{n} pages were scanned without colour: whether their seals are red cannot be seen",
            unseen,
        )
        found.append(_problem("seal_unseen", text.format(n=unseen)))
    if inkless > 1:
        text = _("{n} pages bear no handwriting: if one was scanned twice, that cannot be seen")
        found.append(_problem("no_ink", text.format(n=inkless)))
    compared = now.comparison
    if compared is not None and max(compared.without_ink):
        text = _("ballots without handwriting are compared by their number alone: {one} and {two}")
        one, two = compared.without_ink
        found.append(_problem("no_ink_compared", text.format(one=one, two=two)))
    return found


def _without_ink(now: Count) -> list[Standing]:
    return [each for each in now.box.pages if each.state is PageState.READ and not each.page.has_ink]
