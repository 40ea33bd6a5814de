"""The words people read: Vietnamese by default, English by `--lang en` or OMR_LANG=en.

Messages stand in the code in English; `omr/locale/vi.po` holds their Vietnamese. The text catalogue is
read at run time, so no compiled file has to be kept beside it.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from fractions import Fraction

Language = Literal["vi", "en"]

#: Where the language of a process is kept, so that the processes it starts speak the same.
VARIABLE: Final = "OMR_LANG"

_chosen: ContextVar[Language | None] = ContextVar("chosen", default=None)


def set_language(language: Language) -> None:
    """Speak this language from here on, in this thread or request."""
    _chosen.set(language)


def language() -> Language:
    """The language spoken now: as set, else by OMR_LANG, else Vietnamese."""
    return _chosen.get() or as_language(os.environ.get(VARIABLE, ""))


def as_language(text: str) -> Language:
    """The language meant by a word from outside; Vietnamese unless it says English.

    >>> as_language("en_GB.UTF-8"), as_language("")
    ('en', 'vi')
    """
    return "en" if text.strip().lower().startswith("en") else "vi"


def _(message: str) -> str:
    """The message in the language spoken now; the English itself where it has no translation."""
    return _catalogue(language()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message for `n` things. Vietnamese has one form for all numbers."""
    return _catalogue(language()).ngettext(singular, plural, n)


def later(message: str) -> str:
    """Mark a message for the catalogue where it stands in a table; `_` translates it when it is said."""
    return message


def number(value: float) -> str:
    """A count, thousands grouped by locale: 1.234 in Vietnamese, 1,234 in English."""
    return format_decimal(value, locale=language())


def percent(share: Fraction) -> str:
    """A share as per cent, two decimals, rounded half up, decimal comma in Vietnamese; no sign.

    Worked out in whole numbers: 1/3 is 33,33 and 1/800 is 0,13, whatever a float would say.

    Args:
        share: 0 or more, exact.
    """
    hundredths = percent_hundredths(share)
    mark = "," if language() == "vi" else "."
    return f"{hundredths // 100}{mark}{hundredths % 100:02d}"


def percent_hundredths(share: Fraction) -> int:
    """A share in hundredths of a per cent, rounded half up.

    >>> from fractions import Fraction
    >>> percent_hundredths(Fraction(1, 3)), percent_hundredths(Fraction(1, 800))
    (3333, 13)
    """
    return (share.numerator * 20_000 + share.denominator) // (2 * share.denominator)


def printable(text: str) -> str:
    r"""Text from outside as it can be shown: what does not show itself is shown by its number.

    Line breaks and escape codes, marks that turn the direction of writing, halves of letters (names of files
    that are not UTF-8): none of them may move a cursor, hide an ending or break a line.

    >>> printable("a\nb\u202egpj.exe"), printable("Nguyễn Văn Thử")
    ('a\\u000ab\\u202egpj.exe', 'Nguyễn Văn Thử')
    """
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def sentence(text: str, names: Iterable[str] = ()) -> str:
    """A text with a capital and a full stop; what begins with a command or a file's name keeps its letter.

    Args:
        text: one line, not empty.
        names: what may stand at its beginning and is no word of ours: paths, as somebody typed them.

    >>> sentence("no such file"), sentence("people.csv:3: wrong"), sentence("old box is full", ["old box"])
    ('No such file.', 'people.csv:3: wrong.', 'old box is full.')
    """
    ended = text if text.endswith((".", "!", "?", "…")) else f"{text}."
    first = text.split(maxsplit=1)[0]
    is_name = first == "omr" or any(mark in first for mark in ("/", ".", "_", "-", "="))
    return ended if is_name or any(_begins(text, name) for name in names) else ended[0].upper() + ended[1:]


def _begins(text: str, name: str) -> bool:
    """Whether the text begins with this name, and not with a longer word."""
    return bool(name) and text.startswith(name) and not text[len(name) :][:1].isalnum()


def day(value: date) -> str:
    """A date as dd/mm/yyyy, in both languages."""
    return f"{value:%d/%m/%Y}"


def moment(at: str) -> str:
    """A moment that the ledger keeps (ISO 8601) by this machine's clock: 8:05, 15/12/2023."""
    local = datetime.fromisoformat(at).astimezone()
    return f"{local.hour}:{local:%M, %d/%m/%Y}"


def weekday(value: date) -> str:
    """The day of the week, short: "Th 6" in Vietnamese, "Fri" in English."""
    return format_date(value, "EEE", locale=language())


@cache
def _catalogue(of: Language) -> NullTranslations:
    if of == "en":
        return NullTranslations()
    with files("omr").joinpath(f"locale/{of}.po").open("rb") as text:
        catalogue = read_po(text, locale=of, domain="omr")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain="omr")
