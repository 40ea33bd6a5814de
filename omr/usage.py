"""What was wrong with a command line, in our words: the parser's own are English."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from omr.words import _, later

#: What pydantic, with which the parser reads values, finds wrong with one; `{n}` is the limit.
_VALUES: Final = {
    "int_parsing": later("it must be a whole number"),
    "int_from_float": later("it must be a whole number"),
    "float_parsing": later("it must be a number"),
    "greater_than_equal": later("it must be {n} or more"),
    "less_than_equal": later("it must be {n} or less"),
}


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
