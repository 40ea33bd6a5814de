"""`omr demo`: the whole day on the sample election that comes with the program."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from generate.fonts import LAST_RESORT, find_family
from omr import screen
from omr.counting import count_folder
from omr.election import load_election, load_settings
from omr.errors import OmrError
from omr.files import PRIVATE_FILE, private_folder
from omr.papers import write_papers
from omr.printing import print_ballots, serif
from omr.progress import scan_with_bar
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from omr.counting import Counted
    from omr.election import Folder

#: The sample that the demo runs: 45 ballots of 11 people on one page.
SAMPLE: Final = "ban-chap-hanh"

#: What makes an election: the rest is printed and scanned from it.
GIVEN: Final = ("election.toml", "people.csv", "key")


@contextmanager
def sample(name: str = SAMPLE) -> Iterator[Path]:
    """The folder of a sample: of the installed program, or of the source tree it runs from.

    Raises:
        OmrError: the program was installed without its samples.
    """
    packaged = files("omr").joinpath("sample", name)
    if packaged.is_dir():
        with as_file(packaged) as folder:
            yield folder
        return
    folder = Path(__file__).resolve().parents[1] / "samples" / name
    if not folder.is_dir():
        raise OmrError(_("the sample election is missing"), _("install the program again"))
    yield folder


def lay_out_sample(given: Path, folder: Folder) -> None:
    """Make the demo's election folder from a sample; one that is there from an earlier demo is gone on with.

    Raises:
        OmrError: the folder holds another election.
    """
    if folder.election_toml.exists():
        wanted = load_settings(given / folder.election_toml.name).id
        if load_settings(folder.election_toml).id != wanted:
            raise OmrError(
                _("{folder} already holds an election ({file}); nothing was changed").format(
                    folder=folder.root, file=folder.election_toml.name
                ),
                _("choose another folder: omr demo DIR"),
            )
        return
    private_folder(folder.root)
    for name in GIVEN:
        shutil.copyfile(given / name, folder.root / name)
        (folder.root / name).chmod(PRIVATE_FILE)


def run_demo(folder: Folder) -> int:
    """The whole day on the sample: init, print, scan, tally, report; gives the exit code.

    The ballots are printed in the face of last resort, as the sample's were: the scans fit no other.
    """
    start, console = monotonic(), screen.out()
    with sample() as given:
        lay_out_sample(given, folder)
        printed = print_ballots(folder, load_election(folder).session.issued or 1, find_family(LAST_RESORT))
        console.print(_("printed: {path}").format(path=screen.plain(folder.ballots_pdf)))
        outcome = scan_with_bar(folder, [given / "scans"])
    counted = count_folder(folder)
    screen.show_sums(console, counted)
    screen.show_tally(console, counted.result, printed.layout.choices)
    papers = write_papers(folder.root, counted, serif(), draft=True)
    show_end(console, folder, counted, papers)
    console.print(_("The demo took {seconds:.1f} s.").format(seconds=monotonic() - start))
    return outcome.exit_code


def show_end(console: Console, folder: Folder, counted: Counted, papers: Sequence[Path]) -> None:
    """The rows that wait for people, how they decide them, and which files to open."""
    screen.show_waiting(console, counted, folder.root)
    for reason in counted.result.draft_reasons:
        console.print(_("A draft, because: {reason}").format(reason=reason))
    console.print(
        _("People decide: omr resolve {folder} BALLOT ROW CHOICE --by NAME").format(
            folder=screen.plain(folder.root)
        )
    )
    console.print(_("Open these files:"))
    for path in (folder.ballots_pdf, *(each for each in papers if each.parent == folder.root)):
        console.print(f"  {screen.plain(path)}", soft_wrap=True)
