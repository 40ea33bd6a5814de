"""The parser's words in ours, for its own are English: how a command is used, and what was wrong with it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import typer
from pydantic import ValidationError
from typer.core import TyperCommand, TyperGroup

from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.models import CommandFunctionType

#: What pydantic, with which the parser reads values, finds wrong with one; `{n}` is the limit.
_VALUES: Final = {
    "int_parsing": later("it must be a whole number"),
    "int_from_float": later("it must be a whole number"),
    "float_parsing": later("it must be a number"),
    "greater_than_equal": later("it must be {n} or more"),
    "less_than_equal": later("it must be {n} or less"),
}


class _Said:
    """What the parser says of each command by itself, said in the language chosen."""

    options_metavar: str | None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.options_metavar = _("[OPTIONS]")

    def get_help_option(self, context: Any) -> Any:
        """`--help`, which the parser adds."""
        found = super().get_help_option(context)  # type: ignore[misc] # of the command that it is mixed into
        if found is not None:
            found.help = _("show this help")
        return found

    def format_usage(self, context: Any, formatter: Any) -> None:
        """The line above the help."""
        pieces = self.collect_usage_pieces(context)  # type: ignore[attr-defined] # likewise
        formatter.write_usage(context.command_path, " ".join(pieces), prefix=_("Usage: "))


class _Command(_Said, TyperCommand):
    """One command."""


class _Group(_Said, TyperGroup):
    """All commands."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.subcommand_metavar = _("COMMAND …")


class Commands(typer.Typer):
    """A command line whose helps are in one language altogether."""

    def __init__(self, **named: Any) -> None:
        super().__init__(cls=_Group, **named)

    def command(
        self, name: str | None = None, **named: Any
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Add a command, as `typer.Typer.command` does."""
        return super().command(name, cls=_Command, **named)


#: What the parser says of a command that it does not have, with those that are spelt nearly so.
_NO_COMMAND: Final = re.compile(
    r"""No such command (['"])(?P<word>.*?)\1\.?( Did you mean (?P<meant>'.+')\?)?$""", re.DOTALL
)


def wrong_usage(fault: Any) -> str:
    """What is wrong, of an exception of the parser's."""
    parameter = getattr(fault, "param", None)
    match type(fault).__name__:
        case "NoSuchOption":
            return _("there is no option {name}").format(name=fault.option_name)
        case "MissingParameter" if parameter is not None:
            return _("{name} is missing").format(name=parameter.metavar or parameter.opts[0])
        case "BadOptionUsage":
            return _("{name} needs a value").format(name=fault.option_name)
        case "BadParameter" if parameter is not None:
            name = parameter.opts[-1] if parameter.opts[-1].startswith("-") else parameter.metavar
            return _("the value of {name} cannot be used: {why}").format(name=name, why=_why(fault))
        case _other:
            return _not_understood(fault.format_message())


def _not_understood(message: str) -> str:
    """The words that were typed, and the commands that are spelt nearly so."""
    unknown = _NO_COMMAND.match(message)
    meant = re.findall(r"'([^']+)'", unknown["meant"] or "") if unknown else []
    if unknown and meant:
        return _("the command is not understood: {why}; did you mean {meant}?").format(
            why=unknown["word"], meant=", ".join(f"“{each}”" for each in meant)
        )
    # "Got unexpected extra argument(s) (x y)": what stands between the brackets.
    extra = re.search(r"\((?P<words>[^()]+)\)\.?$", message)
    why = unknown["word"] if unknown else extra["words"] if extra else message
    return _("the command is not understood: {why}").format(why=why)


def _why(fault: Any) -> str:
    """Why a value cannot be used; the parser's own words where we have none."""
    wanted = getattr(getattr(fault.param, "type_descriptor", None), "annotation", None)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return _("it must be one of {choices}").format(choices=", ".join(wanted))
    if isinstance(fault.__cause__, ValidationError):
        found = fault.__cause__.errors()[0]
        limits = [value for name, value in found.get("ctx", {}).items() if name in {"ge", "le"}]
        text = _VALUES.get(found["type"])
        if text:
            return _(text).format(n=limits[0] if limits else "")
    return str(fault.message)
