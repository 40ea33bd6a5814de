"""The five steps of the day, each with its state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omr.closing import standing_closing
from omr.errors import OmrError
from omr.figures import contradictions
from omr.words import _, ngettext, number

if TYPE_CHECKING:
    from omr.election import Election
    from omr.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `state` is `done`, `now` (work is waiting here) or `later`; `note` says it in words."""

    id: str
    title: str
    state: str
    note: str


def steps(desk: Desk) -> tuple[Step, ...]:
    """How far the day is. What is damaged is said on the page it concerns, not here."""
    titles = (
        ("prepare", _("Prepare")),
        ("print", _("Print")),
        ("scan", _("Scan")),
        ("review", _("Review")),
        ("result", _("Result")),
    )
    try:
        states = _states(desk)
    except OmrError:
        states = (("now", ""), *(("later", ""),) * 4)
    return tuple(Step(i, title, *state) for (i, title), state in zip(titles, states, strict=True))


def _states(desk: Desk) -> tuple[tuple[str, str], ...]:
    if not desk.is_printed:
        return (
            _prepared(desk.election()),
            ("now", _("not printed yet")),
            ("later", ""),
            ("later", ""),
            ("later", ""),
        )
    kept = desk.kept()
    counted = kept.now
    running = desk.scanner.running
    pages, waiting = len(counted.box.pages), len(counted.open_items)
    reading = running.state in {"running", "stopping"}
    # While pages are read what is not read yet is no problem.
    missing = 0 if reading else len(kept.problems)
    scan = (
        _("reading {done}/{total}").format(done=running.done, total=running.total)
        if reading
        else _missing(missing) or _pages(pages)
    )
    # Until nothing is asked any more the questions are what is left, and counts need not be compared.
    differ = not waiting and counted.differs
    # What is open makes a draft: the result of 500 ballots is worked out for no page that need not say it.
    final = bool(pages) and not waiting and desk.counted().result.final
    closed = standing_closing(kept.acts, kept.election.rules.reviewers).closed
    result = _("closed") if closed else _ready(differ=differ) if final else _("draft")
    return (
        _prepared(kept.election),
        ("done", _copies(kept.copies)),
        ("now" if reading or missing or not pages or running.state == "stopped" else "done", scan),
        _review(pages, waiting, differ=differ and not closed),
        ("done" if closed else "now" if final else "later", result if pages else ""),
    )


def _review(pages: int, waiting: int, *, differ: bool) -> tuple[str, str]:
    if not pages:
        return "later", ""
    if waiting:
        return "now", _questions(waiting)
    return ("now", _("the counts differ")) if differ else ("done", _("nothing is open"))


def _ready(*, differ: bool) -> str:
    """A second count that differs makes no draft where no rule asked for one; it is said."""
    return _("the counts differ") if differ else _("ready to be closed")


def _prepared(election: Election) -> tuple[str, str]:
    """Whether what was entered can be so; numbers of the day may be entered until the end."""
    if contradictions(election):
        return "now", _("numbers contradict")
    return "done", _people(len(election.people))


def _people(n: int) -> str:
    return ngettext("{n} person", "{n} people", n).format(n=number(n))


def _copies(n: int | None) -> str:
    if n is None:
        return ""
    return ngettext("{n} ballot", "{n} ballots", n).format(n=number(n))


def _pages(n: int) -> str:
    return (
        ngettext("{n} page read", "{n} pages read", n).format(n=number(n)) if n else _("nothing scanned yet")
    )


def _missing(n: int) -> str:
    return ngettext("{n} file not read", "{n} files not read", n).format(n=number(n)) if n else ""


def _questions(n: int) -> str:
    return ngettext("{n} question", "{n} questions", n).format(n=number(n))
