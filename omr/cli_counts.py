"""The command that sets two counts of the box side by side. `omr.cli` adds it to its own."""

from __future__ import annotations

import json
import sys

import typer

from omr import screen
from omr.arguments import AsJson, Dir
from omr.compared import as_json, show_comparison
from omr.counting import count_folder
from omr.election import Folder
from omr.errors import NotFinal, OmrError
from omr.words import _


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(name="compare", help=_("Compare the two counts of the box, sheet by sheet."))(compare)


def compare(folder: Dir, as_json_text: AsJson = False) -> None:
    """Show where the second count confirms the first; exit 3 where it does not."""
    counted = count_folder(Folder(folder))
    compared = counted.now.comparison
    if compared is None:
        raise OmrError(
            _("there is no second count to compare with"),
            _("scan the box again: omr scan DIR PATH… --count 2"),
        )
    if as_json_text:
        sys.stdout.write(json.dumps(as_json(compared, counted.result), ensure_ascii=False, indent=1) + "\n")
    else:
        show_comparison(screen.out(), compared, counted.result, counted.layout.choices)
    if not compared.agreed:
        raise NotFinal(_("the second count does not confirm the first"), _("decide the sheets that differ"))
