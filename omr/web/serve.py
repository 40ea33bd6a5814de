"""`omr serve`: the server on this machine, and the address that lets a browser in."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING, Final

import uvicorn

from omr.errors import OmrError, UsageError
from omr.web.app import create_app, with_doorman
from omr.web.visit import Tokens
from omr.words import _, language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Where the page is looked for if nothing else is said; the next free one after it is taken.
PORT: Final = 8140
TRIED: Final = 20

LOOPBACK: Final = "127.0.0.1"


def serve(  # noqa: PLR0913 - each of these is an option of the command
    root: Path,
    *,
    host: str = "",
    port: int | None = None,
    other_machines: bool = False,
    certificate: Path | None = None,
    key: Path | None = None,
    ready: Callable[[str], None] = lambda _address: None,
) -> None:
    """Serve until it is stopped.

    Args:
        root: an election's folder, or one in which elections lie.
        host: name or address of this machine under which other machines call it; loopback if empty.
        port: PORT or the next free one if None.
        other_machines: said on purpose together with `host`.
        certificate: TLS certificate (PEM), needed with `host`.
        key: its private key (PEM).
        ready: told the address that lets one browser in.

    Raises:
        UsageError: other machines are asked for without the word for it, or without TLS.
        OmrError: there is no such folder, or no free port.
    """
    _check(root, host, certificate, key, other_machines=other_machines)
    listening = _listen("0.0.0.0" if host else LOOPBACK, port)  # noqa: S104 - asked for on purpose, with TLS
    with closing(listening):
        number = listening.getsockname()[1]
        tokens, names = Tokens(), (host,) if host else (LOOPBACK, "localhost")
        app = create_app(root, tokens, language=language(), secure=bool(host))
        hosts = frozenset(f"{name}:{number}".lower() for name in names)
        ready(f"{'https' if host else 'http'}://{names[0]}:{number}/open?token={tokens.issue()}")
        config = uvicorn.Config(
            with_doorman(app, hosts),
            log_level="warning",
            access_log=False,  # who looked at which row when is nobody's business
            server_header=False,
            ssl_certfile=str(certificate) if host else None,
            ssl_keyfile=str(key) if host else None,
        )
        uvicorn.Server(config).run([listening])


def _check(
    root: Path, host: str, certificate: Path | None, key: Path | None, *, other_machines: bool
) -> None:
    if not root.is_dir():
        raise OmrError(_("there is no folder {path}").format(path=root), _("check the path"))
    if other_machines != bool(host):
        raise UsageError(
            _("--host and --yes-other-machines go together"),
            _("without both, only this machine can open the page; that is the safe way"),
        )
    if host and not (certificate and key and certificate.is_file() and key.is_file()):
        raise UsageError(
            _("other machines are served over TLS only"),
            _("give --certificate and --private-key, both PEM files"),
        )


def _hold_alone(found: socket.socket) -> None:
    """Nobody else may listen where we do; a port that a program of ours has just left may be had again.

    On Windows SO_REUSEADDR means the contrary: a second program could take the port over.
    """
    alone: int | None = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if alone is None else alone, 1)


def _listen(host: str, port: int | None) -> socket.socket:
    """A socket on the wanted port, or on the first free one of the usual."""
    for number in [port] if port is not None else range(PORT, PORT + TRIED):
        # Named TCP, so that asyncio sends each part of an answer at once: else a body follows after 40 ms.
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        _hold_alone(found)
        try:
            found.bind((host, number))
            found.listen()  # who comes before the server is up waits a moment
        except OSError:
            found.close()
        else:
            return found
    raise OmrError(_("no free port was found"), _("give one: --port N; or close what uses it"))
