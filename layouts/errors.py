"""What can be wrong with a ballot before it is printed: one error, with a stable code and its evidence."""

from __future__ import annotations

from enum import StrEnum

Value = str | int


class Problem(StrEnum):
    """Stable codes; `TEMPLATES` has the English sentence of each."""

    NO_PEOPLE = "no_people"
    TOO_MANY_PEOPLE = "too_many_people"
    NO_NAME = "no_name"
    NUMBER_NOT_POSITIVE = "number_not_positive"
    NUMBER_TWICE = "number_twice"
    TEXT_TOO_LONG = "text_too_long"
    WORD_TOO_WIDE = "word_too_wide"
    ROW_TOO_TALL = "row_too_tall"
    LETTER_MISSING = "letter_missing"
    COLUMN_TOO_NARROW = "column_too_narrow"
    WORDING_TOO_WIDE = "wording_too_wide"
    HEAD_TOO_TALL = "head_too_tall"
    NOTES_TOO_TALL = "notes_too_tall"
    SPEC_UNKNOWN = "spec_unknown"
    SPEC_INVALID = "spec_invalid"
    FILE_INVALID = "file_invalid"
    FILE_VERSION = "file_version"


#: English sentence of each problem, filled with `LayoutError.values`; also the msgids of the catalogue.
TEMPLATES: dict[Problem, str] = {
    Problem.NO_PEOPLE: "There is nobody on the list: add at least one person.",
    Problem.TOO_MANY_PEOPLE: "There are {count} people; a ballot holds at most {limit}: split the list.",
    Problem.NO_NAME: "Person {number} has no name: write it in.",
    Problem.NUMBER_NOT_POSITIVE: "“{number}” is not a row number: count from 1.",
    Problem.NUMBER_TWICE: "Number {number} stands twice, at “{first}” and at “{name}”: renumber one of them.",
    Problem.TEXT_TOO_LONG: "“{start}…” has {length} characters where at most {limit} fit: shorten it.",
    Problem.WORD_TOO_WIDE: "The word “{word}” is wider than its column “{column}”: shorten or divide it.",
    Problem.ROW_TOO_TALL: "The row of “{name}” is taller than a page: shorten the name or the position.",
    Problem.LETTER_MISSING: "“{text}” has a letter that cannot be printed ({letter}): replace it.",
    Problem.COLUMN_TOO_NARROW: "Column “{column}” has {width} mm and needs {needed} mm: widen it in {spec}.",
    Problem.WORDING_TOO_WIDE: "The word “{word}” outside the table is too wide for its place: divide it.",
    Problem.HEAD_TOO_TALL: "The text above the table leaves no room for a row: shorten the paragraph.",
    Problem.NOTES_TOO_TALL: "The notes do not fit beside the code: shorten them in {spec}.",
    Problem.SPEC_UNKNOWN: "There is no ballot kind “{spec}”: use one of {known}, or give a TOML file.",
    Problem.SPEC_INVALID: "The ballot kind {spec} is wrong at “{where}”: {why}.",
    Problem.FILE_INVALID: "The layout file is damaged ({why}): print the ballots again.",
    Problem.FILE_VERSION: "The layout file has version {version}, and this program reads {known}.",
}


class LayoutError(ValueError):
    """Content or a spec that no ballot can be made of.

    Attributes:
        problem: stable code.
        values: what the sentence of `TEMPLATES` names.
        source: where the reader finds it ("people.csv, line 5"); empty where it is not one line.

    >>> print(LayoutError(Problem.NO_NAME, source="people.csv, line 5", number=4))
    people.csv, line 5: Person 4 has no name: write it in.
    """

    def __init__(self, problem: Problem, *, source: str = "", **values: Value) -> None:
        self.problem = problem
        self.values = values
        self.source = source
        sentence = TEMPLATES[problem].format(**values)
        super().__init__(f"{source}: {sentence}" if source else sentence)


class UnknownLetterError(ValueError):
    """Raised by a `TextMeasure` for a letter its font cannot draw."""

    def __init__(self, letter: str, text: str) -> None:
        self.letter = letter
        self.text = text
        super().__init__(f"{self.shown_text!r}: no glyph for {self.code_point}")

    @property
    def code_point(self) -> str:
        """The letter as Unicode names it: "U+4E2D"."""
        return f"U+{ord(self.letter):04X}"

    @property
    def shown_text(self) -> str:
        """The text it stands in, fit for a message."""
        return "".join(letter if letter.isprintable() else "?" for letter in self.text)
