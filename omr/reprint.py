"""Printing again: what the ballot would have other than the one that was printed before.

Pure: layouts in, words out. A ballot is read by the layout that lies on its paper, and its code says which
that is, so that whatever differs here would void every ballot printed before.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

from omr.words import _

if TYPE_CHECKING:
    from layouts.model import BallotLayout, Text


def what_differs(before: BallotLayout, after: BallotLayout) -> str:
    """In a few words, the first of each kind; '' where all words are the same, so that only places differ.

    Args:
        before: as it was printed.
        after: as it would be printed now.
    """
    return "; ".join(filter(None, (_kind(before, after), _people(before, after), _texts(before, after))))


def _kind(before: BallotLayout, after: BallotLayout) -> str:
    if before.election != after.election:
        return _("another election's id")
    same = (before.spec, before.choices) == (after.spec, after.choices)
    return "" if same else _("another kind of ballot")


def _people(before: BallotLayout, after: BallotLayout) -> str:
    """The first row that another person, or the same with another position, stands in."""
    nobody = _("nobody")
    pairs = zip_longest(_listed(before), _listed(after), fillvalue=nobody)
    for number, (was, now) in enumerate(pairs, start=1):
        if was != now:
            return _("no. {number} is “{after}”, before it was “{before}”").format(
                number=number, after=now, before=was
            )
    return ""


def _listed(layout: BallotLayout) -> list[str]:
    return [f"{row.name}, {row.position}".rstrip(", ") for page in layout.pages for row in page.rows]


def _texts(before: BallotLayout, after: BallotLayout) -> str:
    """The first words about the table that differ; lines may break elsewhere in another font."""
    was, now = _words_about(before), _words_about(after)
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind != "equal":
            # With the word before them: "2024" alone says little.
            return _("“{after}” is on it, before it was “{before}”").format(
                after=" ".join(now[max(0, j1 - 1) : j2]), before=" ".join(was[max(0, i1 - 1) : i2])
            )
    return ""


def _words_about(layout: BallotLayout) -> list[str]:
    """The words of the first page that stand in no row, in their order. Other pages have no more of them."""
    page = layout.pages[0]
    rows = [(row.name_mm.y0, row.name_mm.y1) for row in page.rows]

    def is_in_row(text: Text) -> bool:
        return any(top < text.y < bottom for top, bottom in rows)

    return " ".join(text.text for text in page.texts if not is_in_row(text)).split()
