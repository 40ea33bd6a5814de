"""How many pages a file holds, asked of a process of its own: a file may hang its reader, or end it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from omr.limits import PAGE_SECONDS, time_limit
from omr.pages import Kind, Refusal, count_pages
from omr.pool import Lone
from omr.words import Language, _, language, set_language

_Question = tuple[Path, Kind, Language]


def count_apart(path: Path, kind: Kind) -> int | Refusal:
    """As `count_pages`, within the limits of a page; a picture holds one page and is not opened at all."""
    if kind is Kind.PICTURE:
        return 1
    answer = _counter.ask((path, kind, language()))
    return _broke_down() if answer is None else answer


def _broke_down() -> Refusal:
    why = _("the program broke down on this file or took over {seconds} seconds")
    return why.format(seconds=round(PAGE_SECONDS)), _("scan the sheets again into a new file")


def _count(questions: Sequence[_Question]) -> list[int | Refusal]:
    return [_answer(*question) for question in questions]


def _answer(path: Path, kind: Kind, speak: Language) -> int | Refusal:
    set_language(speak)
    with time_limit(PAGE_SECONDS):
        return count_pages(path, kind)


#: Started with the first question and kept: a scan of a hundred files asks a hundred times.
_counter: Final[Lone[_Question, int | Refusal]] = Lone(_count)
