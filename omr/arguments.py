"""What the arguments of all commands share. Imported after the language is chosen: helps are said in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from omr.words import _

#: The folder that most commands are given.
Dir = Annotated[
    Path, typer.Argument(metavar=_("DIR"), help=_("the folder of the election"), show_default=False)
]

#: Whether a command writes JSON.
AsJson = Annotated[bool, typer.Option("--json", help=_("for other programs"))]


def option(text: str, *names: str) -> Any:
    """An option without a default to show."""
    return typer.Option(*names, help=text, show_default=False)
