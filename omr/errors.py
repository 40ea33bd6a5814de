"""Mistakes that a person can mend, each with its exit code and what to do next.

Anything else that is raised is a bug and shows its traceback. One place turns these into words and an
exit code (`omr.__main__`); `docs/errors.md` lists them by the message the user saw.
"""

from __future__ import annotations

from typing import Final

from omr.words import printable

#: Longest message, letters: what a file says is quoted in it, and may be a book.
MOST_LETTERS: Final = 600


class OmrError(Exception):
    """Something went wrong that a person can mend. Exit code 1.

    Args:
        message: one line, what is wrong; made one, and short, where it quotes something that is not.
        advice: one line, what to do next; may be empty where the message already says it.
    """

    exit_code = 1

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(_one_line(message))
        self.message = _one_line(message)
        self.advice = _one_line(advice)

    def __reduce__(self) -> tuple[type[OmrError], tuple[str, str]]:
        """Survive the way back from a worker process, advice and all."""
        return type(self), (self.message, self.advice)


class UsageError(OmrError):
    """The command was called with something that makes no sense. Exit code 2."""

    exit_code = 2


class StaleError(OmrError):
    """What the person saw when they decided is no longer so: somebody was quicker."""


class OtherBallotError(OmrError):
    """Printing again would make other ballots than before, and void those: done only on purpose."""


class NotFinal(OmrError):  # noqa: N818 - not a mistake: work is left for people
    """The result is not final yet: people have to decide something first. Exit code 3."""

    exit_code = 3


class DoesNotAddUp(OmrError):  # noqa: N818 - not a mistake of the program: the paper does not add up
    """The numbers contradict each other (law, point 9). Exit code 4."""

    exit_code = 4


class Differs(OmrError):  # noqa: N818 - not a mistake of the program: somebody or something changed what is kept
    """What is kept does not agree with itself: somebody or something changed it. Exit code 5."""

    exit_code = 5


class ElectionError(OmrError):
    """election.toml or people.csv says something that cannot be used.

    Args:
        message: what is wrong, in words.
        advice: what to write instead.
        file: name of the file.
        line: line in it, from 1; None where the fault is of the file as a whole.
    """

    def __init__(self, message: str, advice: str = "", file: str = "", line: int | None = None) -> None:
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + message, advice)
        self.bare = message
        self.file = file
        self.line = line

    def __reduce__(self) -> tuple[type[OmrError], tuple[str, str]]:
        """The place already stands in the message."""
        return OmrError, (self.message, self.advice)


def _one_line(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= MOST_LETTERS else f"{line[:MOST_LETTERS]}…"
