"""A fault as a sentence for somebody at a page: no file names, no commands, a capital and a full stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from omr import words
from omr.errors import ElectionError
from omr.words import _, later

if TYPE_CHECKING:
    from omr.errors import OmrError

#: What the columns of a list are called by people.
_COLUMNS: Final = {
    "ho_ten": later("full name"),
    "chuc_vu": later("position"),
    "noi_lay_phieu": later("place of the vote"),
}


def sentence(fault: OmrError) -> str:
    """What is wrong, and what to do: "The file is empty. Choose another."."""
    return joined(fault.message, fault.advice)


def joined(*parts: str) -> str:
    """Texts as sentences, one after the other; empty ones are left out."""
    return " ".join(words.sentence(part) for part in parts if part)


def of_list(fault: OmrError) -> str:
    """What is wrong with a list, at the line as it was pasted."""
    if not isinstance(fault, ElectionError):
        return sentence(fault)
    where = _("Line {n}").format(n=fault.line) + ": " if fault.line else ""
    found = joined(where + fault.bare, fault.advice)
    for column, name in _COLUMNS.items():
        found = found.replace(column, f"“{_(name)}”")
    return found
