"""`omr serve`: the page the board works on. `omr.cli` adds it to its own commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omr import screen
from omr.arguments import option
from omr.words import _


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        name="serve", help=_("Open the page the board works on: prepare, print, scan, review, result.")
    )(serve_)


def serve_(  # noqa: PLR0913, PLR0917 - one option a parameter
    folder: Annotated[
        Path,
        typer.Argument(
            metavar=_("DIR"),
            help=_("the folder of the election, or one with elections in it; here if not given"),
            show_default=False,
        ),
    ] = Path(),
    port: Annotated[
        int | None,
        typer.Option(
            help=_("port; 8140 or the next free one if not given"), show_default=False, min=0, max=65535
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help=_("do not open a browser, only show the address"))
    ] = False,
    host: Annotated[str, option(_("name of this machine for other machines; needs the next three"))] = "",
    other_machines: Annotated[
        bool, typer.Option("--yes-other-machines", help=_("other machines may open the page"))
    ] = False,
    certificate: Annotated[Path | None, option(_("TLS certificate, PEM"))] = None,
    private_key: Annotated[Path | None, option(_("its private key, PEM"))] = None,
) -> None:
    """Serve until Ctrl-C."""
    from omr.web.serve import serve

    def ready(address: str) -> None:
        console = screen.out()
        console.print(_("Open this address; it works once:"))
        console.print(address, soft_wrap=True, markup=False)
        console.print(_("Ctrl-C ends. What was recorded is kept."))
        if not no_browser:
            typer.launch(address)

    serve(
        folder,
        host=host,
        port=port,
        other_machines=other_machines,
        certificate=certificate,
        key=private_key,
        ready=ready,
    )
