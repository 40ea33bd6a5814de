"""What a fault cost: the lines of the table, and when one of them is as it must be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scripts.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD: Final = (
    "fault",
    "injected",
    "survived",
    "pages lost",
    "decisions lost",
    "pages doubled",
    "decisions doubled",
    "half files",
    "result equal",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, injected so many times.

    Attributes:
        survived: how often all was as it must be afterwards.
        equal: whether the result was that of the undisturbed run, every time.
        notes: what was wrong, a line each; nothing was wrong where there is none.
    """

    fault: str
    injected: int = 0
    survived: int = 0
    pages_lost: int = 0
    decisions_lost: int = 0
    pages_doubled: int = 0
    decisions_doubled: int = 0
    half_files: int = 0
    equal: bool = True
    notes: tuple[str, ...] = ()

    def __add__(self, other: Finding) -> Finding:
        return Finding(
            self.fault,
            self.injected + other.injected,
            self.survived + other.survived,
            self.pages_lost + other.pages_lost,
            self.decisions_lost + other.decisions_lost,
            self.pages_doubled + other.pages_doubled,
            self.decisions_doubled + other.decisions_doubled,
            self.half_files + other.half_files,
            self.equal and other.equal,
            self.notes + other.notes,
        )

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, halved or different, and nothing else went wrong."""
        lost = self.pages_lost + self.decisions_lost + self.half_files
        doubled = self.pages_doubled + self.decisions_doubled
        return self.equal and not lost and not doubled and not self.notes

    @property
    def is_good(self) -> bool:
        """Whether the fault was injected at all, and survived every time."""
        return self.is_clean and 0 < self.injected == self.survived

    def judged(self) -> Finding:
        """Survived as often as injected where all is clean, else never."""
        return replace(self, survived=self.injected if self.is_clean else 0)


def as_table(findings: Sequence[Finding]) -> str:
    """The table of `python -m scripts.chaos`.

    >>> print(as_table([Finding("power", 3, 3)]).splitlines()[2])
    | power | 3        | 3        | 0          | 0              | 0             | 0                 | 0          | yes          |
    """  # noqa: E501 - a table is as wide as it is
    return table(
        HEAD,
        [
            (
                each.fault,
                each.injected,
                each.survived,
                each.pages_lost,
                each.decisions_lost,
                each.pages_doubled,
                each.decisions_doubled,
                each.half_files,
                "yes" if each.equal else "NO",
            )
            for each in findings
        ],
    )
