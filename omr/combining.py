"""`omr combine`: counts election folders one after the other and writes them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omr.combine import join, questions_csv, read_answers, refuse_same_election, results_of
from omr.counting import count_folder
from omr.election import Folder, refuse_no_election
from omr.errors import OmrError
from omr.files import PRIVATE_FOLDER, replacing, write_text
from omr.report.overview import Problem, tidy_files, write_overview
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from omr.combine import Joined, Result
    from omr.report.overview import TidyFiles


@dataclass(frozen=True, slots=True)
class Combined:
    """What `omr combine` wrote, and what it could not."""

    joined: Joined
    elections: int
    problems: tuple[Problem, ...]
    files: tuple[Path, ...]


def election_folders(given: Sequence[Path]) -> tuple[Path, ...]:
    """The election folders meant: each folder given, or all that lie anywhere below it."""
    found: list[Path] = []
    for path in given:
        below = (
            [path]
            if (path / "election.toml").exists()
            else sorted(p.parent for p in path.rglob("election.toml"))
        )
        found += below or [path]
    return tuple(dict.fromkeys(found))


def combine(given: Sequence[Path], out: Path, answers: Path | None = None) -> Combined:
    """Write combined.csv, .parquet, .xlsx and, where names are equal, same-names.csv.

    One election is open at a time; of each only a line a person stays in memory.

    Raises:
        OmrError: the answers cannot be read, the folder cannot be written, or no election could be counted.
    """
    same = read_answers(answers) if answers else {}
    folders = election_folders(given)
    _refuse_none(folders)
    out.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with tidy_files(out) as tidy:
        results, problems, elections = _count_all(folders, tidy)
    joined = join(results, same)
    files = [out / name for name in ("combined.csv", "combined.parquet", "combined.xlsx")]
    with replacing(files[-1]) as beside:
        write_overview(beside, joined, problems)
    if joined.asked:
        files.append(out / "same-names.csv")
        write_text(files[-1], "\ufeff" + questions_csv(joined))
    return Combined(joined, elections, tuple(problems), tuple(files))


def _refuse_none(folders: Sequence[Path]) -> None:
    """Raises OmrError where not even one folder holds an election: then no folder is made for the answer."""
    if not any(Folder(folder).election_toml.is_file() for folder in folders):
        try:
            refuse_no_election(Folder(folders[0]))
        except OmrError as fault:
            raise _nothing(fault.message) from fault


def _nothing(why: str) -> OmrError:
    return OmrError(_("none of the folders holds an election that can be counted"), why)


def _count_all(folders: Sequence[Path], tidy: TidyFiles) -> tuple[list[Result], list[Problem], int]:
    results: list[Result] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for folder in folders:
        try:
            rows = _count(folder, seen)
        except OmrError as fault:
            problems.append(Problem(str(folder), fault.message))
            continue
        tidy.add(rows)
        results += rows
    if not results:
        raise _nothing(problems[0].why if problems else _("give the folders of elections"))
    return results, problems, len(seen)


def _count(folder: Path, seen: dict[str, str]) -> list[Result]:
    counted = count_folder(Folder(folder))
    election = counted.election
    refuse_same_election(seen, election.id, str(folder))
    seen[election.id] = str(folder)
    labels = {choice.id: choice.label for choice in counted.layout.choices}
    return list(results_of(str(folder), election, counted.result, labels))
