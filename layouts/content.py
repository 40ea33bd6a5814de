"""What one election puts on its ballot: the words that differ from election to election."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Person:
    """One person to be voted on. `source` says where the roster has them ("people.csv, line 5")."""

    number: int
    name: str
    position: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The words of one ballot (plan, Phụ lục 04). Empty texts are printed as dotted lines or left out.

    Attributes:
        election: the election's id, as in its codes; see `layouts.codes`.
        agency: TÊN CƠ QUAN, ĐƠN VỊ; a line break in it is kept, longer lines wrap.
        people: in the order of their rows.
        superior: the agency above it, printed over it; empty for none.
        place, day: the line at the right, `day` None for a dotted date.
        voters, subjects: (1) who fills the ballot in, (2) whose confidence is voted on.
        year: of the vote.
        basis: the paragraph over the table; empty for the spec's own. One that does not end in a colon is
            completed by the spec's request ("đề nghị đồng chí … đánh dấu (X) vào ô tương ứng:").
        title: instead of the spec's title, if given.
    """

    election: str
    agency: str
    people: tuple[Person, ...]
    superior: str = ""
    place: str = ""
    day: date | None = None
    voters: str = ""
    subjects: str = ""
    year: int = 0
    basis: str = ""
    title: str = ""
