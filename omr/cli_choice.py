"""What somebody means who types a decision: its id, or the words of the ballot and of the screen."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from omr.assemble import FOREIGN
from omr.decisions import UNDO
from omr.errors import UsageError
from omr.store import Question
from omr.web.asked import answer_name
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.questions import Count


def choice_meant(now: Count, number: int | None, typed: str) -> str:
    """The id of the choice that was typed for a row, or for a whole sheet where `number` is None.

    Raises:
        UsageError: nothing, or more than one thing, that may be decided there is called so.
    """
    names = _names(now, number)
    found = meant(names, typed)
    if found is None:
        listed = "; ".join(f"{each} ({name})" for each, name in names.items())
        raise UsageError(
            _("“{choice}” cannot be decided here").format(choice=typed),
            _("one of: {choices}").format(choices=listed),
        )
    return found


def word_on_file(now: Count, typed: str) -> str:
    """The same of a file that could not be read; what cannot be said of one is left as it was typed."""
    names = _names(now, None)
    return meant({each: names[each] for each in (FOREIGN, UNDO)}, typed) or typed


def meant(names: Mapping[str, str], typed: str) -> str | None:
    """The one choice that goes by this word: by its id, its name, or words that no other name has.

    A word of two names is nobody's: it might count a vote for the wrong level.

    Args:
        names: what each choice is called, by its id.
        typed: in capitals or not, with or without accents.

    >>> levels = {"high": "Tín nhiệm cao", "medium": "Tín nhiệm", "low": "Tín nhiệm thấp"}
    >>> [meant(levels, typed) for typed in ("high", "CAO", "tin nhiem", "thấp", "nhiệm", "")]
    ['high', 'high', 'medium', 'low', None, None]
    """
    wanted = _bare(typed)
    for called in ({each: each for each in names}, names):
        whole = [each for each, name in called.items() if _bare(name) == wanted]
        if len(whole) == 1:
            return whole[0]
    within = [each for each, name in names.items() if f" {wanted} " in f" {_bare(name)} "]
    return within[0] if wanted and len(within) == 1 else None


def _names(now: Count, number: int | None) -> dict[str, str]:
    questions = (Question.VALIDITY, Question.SHEET) if number is None else (Question.ROW,)
    choices = [each for question in questions for each in now.choices(question)]
    names = {each: answer_name(now.layout, each) for each in choices}
    return names | {UNDO: _("the last decision taken back")}


def _bare(text: str) -> str:
    """Its letters and digits, small and without accents, with single spaces."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(part if part.isalnum() else " " for part in parts if not unicodedata.combining(part))
    return " ".join(kept.split())
