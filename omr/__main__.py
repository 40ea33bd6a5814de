"""`omr`: decides the language first, because every help text is said in it, then runs the command line."""

from __future__ import annotations

import os
import sys

from omr.words import VARIABLE, as_language


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Kept in the environment, so that the processes it starts speak the same.
    os.environ[VARIABLE] = as_language(wanted_language(sys.argv[1:]) or os.environ.get(VARIABLE, ""))
    from omr.cli import run  # noqa: PLC0415 - its help texts are translated while it is imported

    sys.exit(run(sys.argv[1:]))


def wanted_language(arguments: list[str]) -> str:
    """What `--lang` says on the command line, in either way of writing it; '' where it is not given.

    >>> wanted_language(["--lang", "en", "status"]), wanted_language(["--lang=vi"]), wanted_language([])
    ('en', 'vi', '')
    """
    for place, argument in enumerate(arguments):
        name, given, value = argument.partition("=")
        if name == "--lang":
            return value if given else "".join(arguments[place + 1 : place + 2])
    return ""


if __name__ == "__main__":
    main()
