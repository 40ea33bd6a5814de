"""All papers of one result, each written whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from omr.errors import DoesNotAddUp, NotFinal, OmrError
from omr.files import PRIVATE_FOLDER, replacing, why
from omr.report.as_csv import write_csv
from omr.report.as_xlsx import write_xlsx
from omr.report.chart import write_chart
from omr.report.checklist import write_checklist
from omr.report.consequences import consequences_paper
from omr.report.dossier import file_name, self_report
from omr.report.minutes import minutes_papers
from omr.report.paper_docx import write_docx
from omr.report.paper_pdf import write_pdf
from omr.report.phu_luc_05 import report_paper
from omr.report.public import public_paper
from omr.report.summary import summary_paper
from omr.report.wording import word
from omr.tally import LOW
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from layouts.model import BallotLayout
    from omr.election import Election
    from omr.report.paper import Paper
    from omr.report.paper_pdf import Fonts
    from omr.report.wording import Wording
    from omr.standing import StandingBallot
    from omr.tally import Tally

    Writers = dict[str, Callable[[Path], None]]


def write_report(  # noqa: PLR0913 - what is reported, where, in what face
    out: Path,
    election: Election,
    result: Tally,
    layout: BallotLayout,
    fonts: Fonts,
    *,
    draft: bool = False,
    ballots: Sequence[StandingBallot] = (),
    proof: tuple[str, ...] = (),
    only: Collection[str] | None = None,
) -> tuple[Path, ...]:
    """Write the papers of a result into a folder, made if missing: phu-luc-05.pdf .docx .xlsx first.

    Args:
        out: the folder.
        election: its words and names.
        result: the tally.
        layout: names the levels.
        fonts: face of the PDFs.
        draft: write a draft where the result is not final.
        ballots: as they stand, for the annex of those that are invalid as a whole.
        proof: sentences for the minutes: the figures that vouch for the record.
        only: names of the papers that are wanted; all of them if None.

    Raises:
        NotFinal: people have to decide something first and no draft was asked for. Nothing is written.
        DoesNotAddUp: the same, because the numbers contradict each other.
        OmrError: the folder cannot be written to.
    """
    if not (result.final or draft):
        kind = NotFinal if result.adds_up else DoesNotAddUp
        raise kind(
            _("the result is not final: {reasons}").format(reasons="; ".join(result.draft_reasons)),
            _("see omr status; omr report --draft writes a draft"),
        )
    words = replace(word(election, result, layout.choices), proof=proof)
    writers = _writers(words, election, result, fonts, ballots)
    return _write_all(out, {name: write for name, write in writers.items() if only is None or name in only})


def write_dossier(out: Path, election: Election, due: tuple[date, date] | None) -> tuple[Path, ...]:
    """Write the papers before the vote: phu-luc-02.xlsx and Phụ lục 03 of every person.

    Args:
        out: the folder, made if missing.
        election: its people and session.
        due: last day of report and declaration, and of explanations; None while the day is not known.

    Raises:
        OmrError: the folder cannot be written to.
    """
    writers: Writers = {"phu-luc-02.xlsx": partial(write_checklist, election=election, due=due)}
    for person in election.people:
        writers[file_name(person)] = partial(write_docx, paper=self_report(election, person))
    return _write_all(out, writers)


def _writers(
    words: Wording, election: Election, result: Tally, fonts: Fonts, ballots: Sequence[StandingBallot]
) -> Writers:
    """Every paper by its file name: the contract's five, then the others."""
    report = report_paper(words)
    writers: Writers = {
        "phu-luc-05.pdf": partial(write_pdf, papers=[report], fonts=fonts),
        "phu-luc-05.docx": partial(write_docx, paper=report),
        "phu-luc-05.xlsx": partial(write_xlsx, words=words, result=result),
        "results.csv": partial(write_csv, result=result),
        "chart.png": partial(write_chart, words=words, result=result),
    }
    summary = {"tong-hop-iii-3": summary_paper(words, election, result, ballots)}
    writers |= _both(summary, fonts)
    minutes = minutes_papers(words, election, result)
    writers["bien-ban-kiem-phieu.pdf"] = partial(write_pdf, papers=minutes, fonts=fonts)
    for place, paper in enumerate(minutes, start=1):
        writers[f"bien-ban-kiem-phieu-ban-{place}.docx"] = partial(write_docx, paper=paper)
    # A draft concludes nothing, so that nobody is named in it.
    if result.final and LOW in result.choices:
        writers |= _both({"danh-sach-iii-6-mat": consequences_paper(words, election, result)}, fonts)
    if result.final:
        writers |= _both({"cong-khai": public_paper(words, election, result)}, fonts)
    return writers


def _both(papers: Mapping[str, Paper], fonts: Fonts) -> Writers:
    """Each paper as DOCX and as PDF."""
    writers: Writers = {}
    for name, paper in papers.items():
        writers[f"{name}.docx"] = partial(write_docx, paper=paper)
        writers[f"{name}.pdf"] = partial(write_pdf, papers=[paper], fonts=fonts)
    return writers


def _write_all(out: Path, writers: Writers) -> tuple[Path, ...]:
    try:
        out.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        return tuple(_write(out / name, write) for name, write in writers.items())
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be written: {why}").format(path=fault.filename or out, why=why(fault)),
            _("choose another folder with --out, or close the file in other programs"),
        ) from fault


def _write(path: Path, write: Callable[[Path], None]) -> Path:
    with replacing(path) as beside:
        write(beside)
    return path
