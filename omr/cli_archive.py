"""The commands of the archive: seal and unseal. `omr.cli` adds them to its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from omr import archive, screen
from omr.arguments import Dir, option
from omr.election import Folder, refuse_no_election
from omr.errors import OmrError, UsageError
from omr.files import PRIVATE_FILE, read_small, why, write_text
from omr.words import _, ngettext

PassphraseFile = Annotated[
    Path | None, option(_("read the passphrase from this file (- reads it from standard input), for scripts"))
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(name="seal", help=_("Pack the folder, encrypted, into one file for the archive."))(seal)
    app.command(name="unseal", help=_("Open a file that omr seal wrote into a new folder."))(unseal)


def seal(
    folder: Dir,
    out: Annotated[Path, option(_("the file to write, such as bch-2023.age"))],
    recipient: Annotated[
        list[str] | None, option(_("lock it to this public key (age1…); may be given several times"))
    ] = None,
    new_key: Annotated[
        Path | None, option(_("make a new key in this file and lock the folder to it; keep it apart"))
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write the sealed file and check it; the folder itself is left as it is."""
    refuse_no_election(Folder(folder))  # before anybody thinks of a passphrase
    if (recipient or new_key) and passphrase_file:
        raise UsageError(_("a file is locked by keys or by a passphrase, not by both"), _("give one of them"))
    public = [archive.recipient(each) for each in recipient or ()]
    if new_key:
        public.append(archive.recipient(_made_key(new_key)))
    lock: archive.Lock = archive.Keys(tuple(public)) if public else _new_passphrase(passphrase_file)
    try:
        packed = archive.seal(Folder(folder), out, lock)
    except BaseException:
        if new_key:  # it opens nothing
            new_key.unlink(missing_ok=True)
        raise
    console = screen.out()
    console.print(_counted(out, packed))
    console.print(
        _("It was opened again and holds everything. The folder itself was not touched: {folder}").format(
            folder=screen.plain(folder)
        )
    )


def unseal(
    sealed: Annotated[Path, typer.Argument(metavar=_("FILE"), help=_("the sealed file"), show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar=_("DIR"), help=_("a new folder"), show_default=False)],
    identity: Annotated[Path | None, option(_("the file of the private key that opens it"))] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write what is in the sealed file into a new folder."""
    lock: archive.Lock = (
        archive.Passphrase(_passphrase(passphrase_file)) if identity is None else _keys(identity)
    )
    screen.out().print(_counted(folder, archive.unseal(sealed, folder, lock)))


def _counted(path: Path, packed: archive.Sealed) -> str:
    return ngettext(
        "{path}: {n} file, {size:.1f} MB.", "{path}: {n} files, {size:.1f} MB.", packed.files
    ).format(path=screen.plain(path), n=packed.files, size=packed.size / 1_000_000)


def _made_key(path: Path) -> str:
    """Write a new key into a file that is not there yet; gives its public half."""
    if path.exists():
        raise OmrError(
            _("{path} is there already; nothing was changed").format(path=path), _("choose another name")
        )
    text, public = archive.new_identity()
    write_text(path, text)
    path.chmod(PRIVATE_FILE)
    return public


def _keys(path: Path) -> archive.Keys:
    return archive.Keys(identities=archive.identities(_text_of(path)))


def _new_passphrase(path: Path | None) -> archive.Passphrase:
    words = _passphrase(path)
    archive.refuse_weak(words)
    if path is None and _typed(_("The same once more")) != words:
        raise UsageError(_("the two passphrases differ"), _("give the command again"))
    return archive.Passphrase(words)


def _passphrase(path: Path | None) -> str:
    """Typed where nobody sees it, or the first line of a file. Never an argument: those stand in lists."""
    if path is None:
        return _typed(_("Passphrase"))
    text = sys.stdin.readline() if str(path) == "-" else _text_of(path)
    return text.partition("\n")[0].rstrip("\r")


def _typed(question: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            _("there is no keyboard to type the passphrase on"),
            _("give it in a file: --passphrase-file FILE"),
        )
    return str(typer.prompt(question, hide_input=True, err=True))


def _text_of(path: Path) -> str:
    try:
        return (
            _from_descriptor(path) if str(path).startswith("/dev/fd/") else read_small(path).decode("utf-8")
        )
    except (OSError, ValueError) as fault:
        raise OmrError(
            _("{path} cannot be read: {why}").format(
                path=path, why=why(fault) if isinstance(fault, OSError) else "UTF-8"
            ),
            _("check that the file is there and may be read"),
        ) from fault


def _from_descriptor(path: Path) -> str:
    """What another program writes into /dev/fd/N (`--passphrase-file <(pass show archive)`)."""
    with os.fdopen(os.dup(int(path.name)), encoding="utf-8") as given:
        return given.readline()
