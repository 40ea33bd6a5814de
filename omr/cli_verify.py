"""The commands that prove a result: verify, accept, publish. `omr.cli` adds them to its own."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from omr import screen
from omr.arguments import Dir, option
from omr.bundle import write_bundle
from omr.editing import accept_changes
from omr.election import Folder
from omr.verify.election import Verified, processes, refuse_no_record, verify_election
from omr.verify.links import as_fingerprint, as_hash
from omr.verify.published import Published, verify_published
from omr.words import _, moment, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omr.verify.pictures import Hands


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(
        name="verify",
        help=_("Check that nothing was changed: pictures, chain, decisions, result, signature."),
    )(verify)
    app.command(name="publish", help=_("Write the closed result as one file that others can check."))(publish)
    app.command(name="accept", help=_("Record that the board changed election.toml or people.csv by hand."))(
        accept
    )


def verify(
    path: Annotated[
        Path,
        typer.Argument(
            metavar=_("PATH"),
            help=_("the folder of the election, or a published result (.zip)"),
            show_default=False,
        ),
    ],
    written_hash: Annotated[str, option(_("the check figure written in the minutes"), "--hash")] = "",
    key: Annotated[str, option(_("the fingerprint of the signing key written in the minutes"))] = "",
    jobs: Annotated[int | None, option(_("processes that read; all processors if not given"))] = None,
) -> None:
    """Name the first thing that differs, with exit code 5; or say what was checked."""
    written_hash, key = as_hash(written_hash), as_fingerprint(key)  # a slip of the hand is no tampering
    if path.is_file():
        lines = _lines_of_bundle(verify_published(path, key, written_hash))
    else:
        hands = partial(processes, jobs or os.cpu_count() or 1)
        lines = _lines(_verified(path, hands, written_hash, key))
    for line in lines:
        screen.out().print(screen.plain(line), soft_wrap=True)


def _verified(path: Path, hands: Hands, written_hash: str, key: str) -> Verified:
    """Verify a folder with a moving bar."""
    refuse_no_record(Folder(path))  # before a bar stands there for nothing
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=screen.err(),
    ) as bar:
        task = bar.add_task(_("reading again"), total=None)
        return verify_election(
            Folder(path),
            hands,
            written_hash=written_hash,
            written_key=key,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def accept(
    folder: Dir,
    by: Annotated[str, option(_("who changed the files"))],
    why: Annotated[str, option(_("the reason"))],
) -> None:
    """Record files that were changed by hand since they were recorded last."""
    accept_changes(Folder(folder), by, why)
    screen.out().print(_("Recorded."))


def publish(
    folder: Dir,
    out: Annotated[Path | None, option(_("the file to write; DIR/ket-qua.zip if not given"))] = None,
) -> None:
    """Write the closed result as one file that others can check."""
    made = write_bundle(Folder(folder), out or Folder(folder).bundle_zip)
    screen.out().print(screen.plain(made))
    for line in _lines_of_bundle(verify_published(made)):
        screen.out().print(screen.plain(line), soft_wrap=True)


def _lines(found: Verified) -> Iterator[str]:
    """What was checked, and what a reader of it should know."""
    yield _("Nothing differs.")
    yield _("Chain: {n} entries, each bound to the one before it.").format(n=number(found.entries))
    yield _("Pictures read again: {n}; without a picture: {bare}.").format(
        n=number(found.pages), bare=number(found.bare)
    )
    yield _("Decisions: {n}. Ballots: {ballots}, counted anew from pictures and chain.").format(
        n=number(found.decisions), ballots=number(found.ballots)
    )
    yield _("Files compared with the chain: {n}.").format(n=number(found.files))
    if found.edits:
        yield _("Changed after the first page was read, and recorded: {files}.").format(
            files=", ".join(_how_often(found.edits))
        )
    if found.unrecorded:
        yield _("Hand audits that are not in the record, and were not compared: {files}.").format(
            files=", ".join(found.unrecorded)
        )
    if found.audit_behind:
        yield _(
            "The file of the hand audit is one entry behind the record, from which it is written again at "
            "the next use: the program was stopped while writing it, or somebody put an older one back."
        )
    if found.carried:
        yield _("The first {n} entries were made from a database older than the chain.").format(
            n=number(found.carried)
        )
    yield _("Read by: {versions}.").format(versions=", ".join(found.readers) or _("none"))
    yield _("Result: {digest}").format(digest=found.result)
    if found.statement is None:
        yield _("The result is not closed: nobody has signed it.")
    else:
        yield _("Closed and signed at {at} by {members}; the signature is good.").format(
            at=moment(found.statement.closed_at), members=", ".join(found.statement.members)
        )
        yield _("Check figure of the closing: {hash}").format(hash=found.statement.hash)
    yield _("Check figure of the whole record: {hash}").format(hash=found.hash)
    key = found.fingerprint or _("none")
    yield _("Fingerprint of the signing key: {fingerprint}.").format(fingerprint=key)


def _how_often(files: Sequence[str]) -> Iterator[str]:
    """Each file once, with how often it was changed where that is more than once."""
    for name, times in Counter(files).items():
        if times == 1:
            yield name
        else:
            yield _("{file} ({n} times)").format(file=name, n=number(times))


def _lines_of_bundle(found: Published) -> Iterator[str]:
    """What was checked of a published result, and what is left to whoever checks."""
    yield _("Nothing differs.")
    yield _("{files} files, {people} people, {collected} ballots; signatures, digests and sums hold.").format(
        files=number(found.files), people=number(found.people), collected=number(found.collected)
    )
    yield _("Closed and signed at {at} by {members}; the signature is good.").format(
        at=moment(found.statement.closed_at), members=", ".join(found.statement.members)
    )
    yield _("Check figure of the closing: {hash}").format(hash=found.statement.hash)
    yield _("Fingerprint of the signing key: {fingerprint}.").format(fingerprint=found.fingerprint)
    if not found.compared:
        yield _("Compare the fingerprint with the minutes: anybody can sign with a key of their own.")
