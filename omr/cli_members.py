"""`omr member`: the list of members, by whoever keeps the folder. `omr.cli` adds it to its own commands.

The way out where no two members are there who could change it on the screen: a PIN was forgotten, or somebody
fell ill. It asks for no PIN of theirs, since who owns the folder could change the file anyway; who did it is
kept, and stands wherever the members are named.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omr import screen
from omr.arguments import Dir, option
from omr.election import Folder, load_settings
from omr.errors import UsageError
from omr.members import change_pin, enrol, roll, take_off
from omr.store import Store
from omr.words import _, moment

if TYPE_CHECKING:
    from omr.members import Entered


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(
        name="member", help=_("List the members who decide on the screen; enter one, or see to their PIN.")
    )(member)


def member(
    folder: Dir,
    name: Annotated[
        str,
        typer.Argument(
            metavar=_("NAME"), help=_("who is entered; the list is shown if not given"), show_default=False
        ),
    ] = "",
    by: Annotated[str, option(_("who does this; stands beside the member from then on"))] = "",
    new_pin: Annotated[bool, typer.Option("--new-pin", help=_("the member has forgotten the PIN"))] = False,
    off: Annotated[bool, typer.Option("--off", help=_("take the member off the list"))] = False,
) -> None:
    """Change the list, and show it."""
    load_settings(Folder(folder).election_toml)  # a folder of something else is no election
    if (off or new_pin) and not name:
        raise UsageError(
            _("{option} needs the name of the member").format(option="--off" if off else "--new-pin"),
            _("give the name as the list has it, after the folder"),
        )
    with Store(Folder(folder).database) as store:
        if name:
            _change(store, name, by.strip(), new_pin=new_pin, off=off)
        _show(roll(store.member_lines()))


def _change(store: Store, name: str, by: str, *, new_pin: bool, off: bool) -> None:
    if not by:
        raise UsageError(_("a change of the members needs the name of who makes it"), _("give it: --by NAME"))
    keeper = f"{by} (omr member)"
    if off:
        take_off(store, name, keeper, owner=True)
    elif new_pin:
        change_pin(store, name, _asked(), keeper)
    else:
        enrol(store, name, _asked(), keeper, owner=True)


def _asked() -> str:
    """A PIN, typed twice by the member and shown to nobody."""
    if not sys.stdin.isatty():
        raise UsageError(
            _("there is no keyboard to type the PIN on"),
            _("give the command in a terminal of its own, with the member before it"),
        )
    asked: str = typer.prompt(_("PIN, typed by the member"), hide_input=True, confirmation_prompt=True)
    return asked.strip()


def _show(entered: tuple[Entered, ...]) -> None:
    table = Table(_("Member"), _("Entered by"), _("When"), _("Off the list"))
    for each in entered:
        hands = [each.by if each.by != each.name else _("themselves"), each.confirmed]
        left = f"{moment(each.left.at)}, {each.left.by}" if each.left else ""
        row = (each.name, ", ".join(filter(None, hands)), moment(each.at), left)
        table.add_row(*map(escape, row))
    screen.out().print(table)
