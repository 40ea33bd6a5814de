"""Step 5: the table of Phụ lục 05, the rows behind its numbers, the closing, and the papers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from omr.bundle import bundle
from omr.closing import close as close_result
from omr.closing import digest, proof, reopen
from omr.errors import OmrError, UsageError
from omr.export import as_json
from omr.files import PART, write_json
from omr.members import member_sentences, minutes_sentences, off_the_list, roll
from omr.printing import serif
from omr.report.wording import base_name
from omr.report.write import write_report
from omr.statement import proof_lines
from omr.status import unasked_in_minutes
from omr.web.asked import crop_of
from omr.web.behind import described, rows_behind
from omr.web.chart import chart
from omr.web.desk import Desk
from omr.web.entry import NotFoundError, TheDesk, TheForm, TheMember, go, text
from omr.web.fields import blanks
from omr.web.paper_list import KINDS, papers
from omr.web.render import page
from omr.web.said import sentence
from omr.words import _, ngettext, number

if TYPE_CHECKING:
    from omr.counting import Counted
    from omr.questions import Count

router = APIRouter(prefix="/e/{name}/result")

#: Crops on one page behind a number.
CROPS: Final = 40


@router.get("")
def show(request: Request, desk: TheDesk) -> Response:
    """The result as it stands."""
    return _page(request, desk, "result.html")


@router.get("/projector")
def project(request: Request, desk: TheDesk) -> Response:
    """The result in large type, without crops or forms."""
    return _page(request, desk, "projector.html")


def _page(request: Request, desk: Desk, template: str, fault: str = "", status: int = 200) -> Response:
    if not desk.is_printed:
        return page(request, "no-result.html", desk)
    counted = desk.counted()
    return page(request, template, desk, status=status, fault=fault, **_told(counted, desk))


def _told(counted: Counted, desk: Desk) -> dict[str, Any]:
    result, lines = counted.result, desk.member_lines()
    return {
        "election": counted.election,
        "result": result,
        "choices": counted.layout.choices,
        "chart": chart(result, counted.layout.choices),
        "base": base_name(result),
        "final": result.final,
        "hash": digest(as_json(result)),
        "closing": desk.closing(),
        "proof": proof_lines(proof(desk.folder, counted.election.rules.reviewers)),
        "acts": desk.acts(),
        "papers": papers(counted.election, result),
        "folder": desk.folder.root.resolve(),
        "blanks": blanks(counted.election),
        "two_counts": counted.now.second is not None or counted.now.rules.counts > 1,
        "agreed": counted.now.comparison is not None and counted.now.comparison.agreed,
        "differ": _differ(counted.now),
        "not_back": max((result.day.issued or 0) - result.collected, 0),
        "signers": counted.election.rules.reviewers,
        "edits": desk.edits(),
        "board": member_sentences(lines),
        "off_the_list": off_the_list(
            [each.name for each in roll(lines) if not each.was_removed], counted.election.session
        ),
    }


def _differ(now: Count) -> str:
    """That a second count does not agree, also where no rule asked for one; '' where there is none."""
    compared = now.comparison
    if compared is None or not now.differs:
        return ""
    sheets = len(compared.differing) + len(compared.unmatched)
    if not sheets:
        return _("The second count does not agree with the first.")
    return ngettext(
        "The second count does not agree: {n} ballot differs, or is in one count only.",
        "The second count does not agree: {n} ballots differ, or are in one count only.",
        sheets,
    ).format(n=number(sheets))


@router.get("/rows")
def rows(  # noqa: PLR0913, PLR0917 - which number was clicked
    request: Request,
    desk: TheDesk,
    member: TheMember,  # noqa: ARG001 - crops of votes are for the board alone
    person: int,
    kind: str,
    start: int = 0,
) -> Response:
    """The rows that made a number, by random ids: nothing says which ballot came before which."""
    counted = desk.counted()
    labels = {each.id: each.label for each in counted.layout.choices}
    labels |= {"open": _("Open"), "invalid": _("Invalid")}
    if kind not in labels:
        raise NotFoundError(_("there is no such page"))
    try:
        _place, row = desk.page_of_row(person)
    except KeyError as fault:
        raise NotFoundError(_("there is no row {number} on these ballots").format(number=person)) from fault
    found, first = rows_behind(counted, person, kind), max(start, 0)
    return page(
        request,
        "rows.html",
        desk,
        row=row,
        kind=kind,
        label=labels[kind],
        lines=described(counted.now, found[first : first + CROPS]),
        crop=crop_of(counted.layout, row),
        total=len(found),
        start=first,
        most=CROPS,
    )


@router.post("/close")
def close(request: Request, desk: TheDesk, member: TheMember, form: TheForm, name: str) -> Response:
    """One member signs; with enough of them the result is written with its hash."""
    counted = desk.counted()
    result = as_json(counted.result)
    try:
        if not text(form, "confirmed"):
            raise UsageError(_("nothing was signed"), _("tick that the numbers were compared, then sign"))
        with desk.store() as store:
            signers = counted.election.rules.reviewers
            closing = close_result(desk.folder, store, result, member, signers, shown=text(form, "hash"))
    except OmrError as fault:
        return _page(request, desk, "result.html", sentence(fault), 409)
    if closing.closed:
        root = desk.folder.root
        election, layout = counted.election, counted.layout
        figures = _vouching(desk, signers)
        write_report(root, election, counted.result, layout, serif(), ballots=counted.ballots, proof=figures)
        write_json(root / "result.json", result | {"sha256": closing.about, "signed_by": list(closing.by)})
    return go(f"/e/{name}/result")


def _vouching(desk: Desk, signers: int) -> tuple[str, ...]:
    """For the minutes: that another count differs, who decided on the screen, the figures of the record."""
    said = (*unasked_in_minutes(desk.count()), *minutes_sentences(desk.member_lines()))
    return (*said, *proof_lines(proof(desk.folder, signers)))


@router.post("/reopen")
def open_again(request: Request, desk: TheDesk, member: TheMember, form: TheForm, name: str) -> Response:
    """Work on a closed election again; who and why is kept."""
    try:
        with desk.store() as store:
            reopen(store, member, text(form, "why"), desk.election().rules.reviewers)
    except OmrError as fault:
        return _page(request, desk, "result.html", sentence(fault), 409)
    return go(f"/e/{name}/result")


@router.get("/ket-qua.zip")
def publish(desk: TheDesk) -> Response:
    """The closed result as one signed file for others. Raises OmrError while it is not closed."""
    name = desk.folder.bundle_zip.name
    return Response(
        bundle(desk.folder),
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@router.get("/papers/{paper}")
def download(desk: TheDesk, paper: str) -> Response:
    """A paper of the result as it stands; a draft says so on every page."""
    return _drawn(desk, paper, board=False)


@router.get("/board-papers/{paper}")
def download_for_the_board(
    desk: TheDesk,
    member: TheMember,  # noqa: ARG001 - the minutes and the list of III.6 are Mật
    paper: str,
) -> Response:
    """A paper for the members only, as it stands."""
    return _drawn(desk, paper, board=True)


def _drawn(desk: Desk, paper: str, *, board: bool) -> Response:
    counted = desk.counted()
    offered = papers(counted.election, counted.result)
    if not any(paper == name for each in offered if each.board is board for name, _label in each.files):
        raise NotFoundError(_("there is no such paper"))
    with TemporaryDirectory(dir=desk.folder.root, prefix=PART) as scratch:  # swept after a crash
        write_report(
            Path(scratch),
            counted.election,
            counted.result,
            counted.layout,
            serif(),
            draft=True,
            ballots=counted.ballots,
            proof=_vouching(desk, counted.election.rules.reviewers),
            only={paper},
        )
        data = (Path(scratch) / paper).read_bytes()
    name = paper if counted.result.final else f"ban-nhap-{paper}"
    return Response(
        data,
        media_type=KINDS[paper.rpartition(".")[2]],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
