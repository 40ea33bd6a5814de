"""`omr audit`: begin a hand audit, take what people counted, draw more or ask for a count of all ballots."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from omr.audit.claims import claims_of
from omr.audit.counted import columns_of, form_of
from omr.audit.draw import draw, seed_of
from omr.audit.kept import read_record, write_again, write_record
from omr.audit.record import Record, Stated, Taken, Withdrawn
from omr.audit.state import State, next_round, people_of, reported_of
from omr.errors import DoesNotAddUp, NotFinal, OmrError, UsageError
from omr.files import replacing, why, write_text
from omr.report.audit_papers import Shown, full_paper, outcome_paper, round_paper
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from omr.audit.record import Found
    from omr.counting import Counted
    from omr.election import Folder
    from omr.report.paper import Paper
    from omr.report.paper_pdf import Fonts
    from omr.tally import Listed

#: The form of the count of all ballots; those of the rounds are vong-1, vong-2, …
FULL: Final = "dem-toan-bo"

#: What the audit showed, once it is at its end.
OUTCOME: Final = "ket-qua-kiem-tra.pdf"


@dataclass(frozen=True, slots=True)
class Task:
    """What people are to count next.

    Attributes:
        name: of its form, without suffix.
        people: whose rows. ballots: how many are looked at.
        places: of the stack, in rising order; empty where all ballots are counted.
    """

    name: str
    people: tuple[Listed, ...]
    ballots: int
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed on before anybody looks at a ballot: digits of the dice, risk limit, precision.

    Attributes:
        typed: the digits, as somebody typed them.
        risk: the risk limit.
        within: how far a share may be off; None where only the lines of the law are audited.
    """

    typed: str
    risk: Fraction
    within: Fraction | None = None


def begin(folder: Folder, counted: Counted, agreed: Agreed, now: datetime) -> Record:
    """Begin an audit of the result as it stands, and draw its first round.

    Raises:
        NotFinal: the result is a draft.
        UsageError: the seed is none, or an audit of this very result was begun before.
    """
    result = counted.result
    if not result.final:
        raise NotFinal(
            _("only a final result is audited: {reasons}").format(reasons="; ".join(result.draft_reasons)),
            _("decide what is open first"),
        )
    seed, before = seed_of(agreed.typed), read_record(folder)
    reported = {each.person.number: reported_of(each) for each in result.people}
    if before is not None and before.reported == reported and before.box == result.collected:
        raise UsageError(
            _("an audit of this result was begun already: a second draw would be a second try"),
            _("go on with it: omr audit {folder}").format(folder=folder.root),
        )
    record = Record(
        risk=str(agreed.risk),
        within="" if agreed.within is None else str(agreed.within),
        seed=seed,
        box=result.collected,
        choices=result.choices,
        reported=reported,
        claims=tuple(
            Stated(number=c.number, choice=c.choice, side=c.side, ballots=c.ballots, reported=c.reported)
            for c in claims_of(result, agreed.within)
        ),
        began=now.isoformat(timespec="seconds"),
    )
    return _go_on(folder, record)


def begun(folder: Folder) -> Record:
    """The audit that was begun.

    Raises:
        UsageError: none was.
    """
    write_again(folder)
    record = read_record(folder)
    if record is None:
        raise UsageError(
            _("no hand audit was begun"),
            _("throw a ten-sided die 20 times in public, then: omr audit DIR --risk 5% --seed DIGITS"),
        )
    return record


def task_of(record: Record, counted: Counted, *, everything: bool = False) -> Task | None:
    """What people are to count next; None where nothing is left.

    Args:
        record: the audit.
        counted: the count of the box.
        everything: all ballots for everybody, whatever the sample says.
    """
    listed = {each.person.number: each.person for each in counted.result.people}
    waits = None if everything else record.open_round
    if waits is not None:
        people = tuple(listed[number] for number in waits.people)
        done = sum(each.taken is not None for each in record.rounds)
        before = record.rounds[done - 1].drawn if done else 0
        places = draw(record.seed, record.box, waits.drawn)[before:]
        return Task(f"vong-{done + 1}", people, len(places), tuple(sorted(places)))
    open_ = {
        each.number
        for each in people_of(record, counted.result)
        if everything or each.state in {State.COUNT_ALL, State.CHANGED, State.DIFFERS}
    }
    people = tuple(each for number, each in listed.items() if number in open_)
    return Task(FULL, people, record.box) if people else None


def refuse_other_stack(record: Record, stack: int | None) -> int:
    """The number of ballots in the stack, which must be what the result says.

    Raises:
        UsageError: nobody has said how many there are.
        DoesNotAddUp: it is another number.
    """
    counted = record.stack if stack is None else stack
    if counted is None:
        raise UsageError(
            _("the ballots of the stack have not been counted"),
            _("count them and give the number: --stack N"),
        )
    if counted != record.box:
        raise DoesNotAddUp(
            _("{counted} ballots are in the stack, but the result is of {box}").format(
                counted=counted, box=record.box
            ),
            _("count the stack again; then look for the ballots that were not scanned, or scanned twice"),
        )
    return counted


def taken_by(found: Mapping[int, Found], by: str, now: datetime) -> Taken:
    """What was counted, with the names of those who did.

    Raises:
        UsageError: nobody put a name to it.
    """
    if not by.strip():
        raise UsageError(_("a count needs the names of those who made it"), _('give them: --by "NAME, NAME"'))
    return Taken(found=dict(found), by=by.strip(), at=now.isoformat(timespec="seconds"))


def take(folder: Folder, record: Record, task: Task, taken: Taken, stack: int) -> Record:
    """Keep what people counted, and draw again where that helps."""
    if task.places:
        rounds = tuple(
            each.model_copy(update={"taken": taken}) if each.taken is None else each for each in record.rounds
        )
        return _go_on(folder, record.model_copy(update={"stack": stack, "rounds": rounds}))
    done = record.model_copy(update={"stack": stack, "full": (*record.full, taken)})
    write_record(folder, done)
    return done


def take_back(folder: Folder, record: Record, by: str, why: str, now: datetime) -> Record:
    """Take the last count back, because it was read or typed wrongly; it is kept with the reason.

    A round that was drawn because of it is drawn anew once the right count is in.

    Raises:
        UsageError: there is no count, or nobody puts a name and a reason to it.
    """
    if not (by.strip() and why.strip()):
        raise UsageError(
            _("taking a count back needs a name and a reason"), _('give them: --by "NAME" --why "…"')
        )
    done = [each for each in record.rounds if each.taken is not None]
    if not (record.full or done):
        raise UsageError(_("there is no count to take back"))
    last = record.full[-1] if record.full else done[-1].taken
    assert last is not None
    drawn = 0 if record.full else done[-1].drawn
    kept = Withdrawn(
        taken=last, drawn=drawn, by=by.strip(), why=why.strip(), at=now.isoformat(timespec="seconds")
    )
    rounds = record.rounds if record.full else (*done[:-1], done[-1].model_copy(update={"taken": None}))
    after = record.model_copy(
        update={"rounds": rounds, "full": record.full[:-1], "withdrawn": (*record.withdrawn, kept)}
    )
    write_record(folder, after)
    _remove_forms(folder, len(rounds))
    return after


def _remove_forms(folder: Folder, rounds: int) -> None:
    """Forms of rounds that are no longer drawn, and that of the full count: they may be for other people."""
    for path in (*folder.audit_dir.glob("vong-*.*"), *folder.audit_dir.glob(f"{FULL}.*")):
        name = path.stem.removeprefix("vong-")
        if not name.isdigit() or int(name) > rounds:
            path.unlink()


def write_outcome(folder: Folder, counted: Counted, record: Record, outcome: str, fonts: Fonts) -> Path:
    """Write what the audit showed, to be signed and kept."""
    people = people_of(record, counted.result)
    names = {each.person.number: each.person.name for each in counted.result.people}
    shown = Shown(names, columns_of(counted.layout.choices))
    path = folder.audit_dir / OUTCOME
    _write_pdf(path, outcome_paper(counted.election, record, people, shown, outcome), fonts)
    return path


def write_forms(
    folder: Folder, counted: Counted, record: Record, task: Task, fonts: Fonts
) -> tuple[Path, ...]:
    """Write the form of a task: a PDF to count on, and a CSV to type it into."""
    columns = columns_of(counted.layout.choices)
    paper = _paper(counted, record, task, tuple(columns.values()))
    pdf, table = (folder.audit_dir / f"{task.name}{suffix}" for suffix in (".pdf", ".csv"))
    _write_pdf(pdf, paper, fonts)
    if not table.exists():
        write_text(table, form_of(task.people, columns))
    return pdf, table


def _write_pdf(path: Path, paper: Paper, fonts: Fonts) -> None:
    from omr.report.paper_pdf import write_pdf  # noqa: PLC0415 - slow to import, and other commands do without

    try:
        with replacing(path) as beside:
            write_pdf(beside, [paper], fonts)
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be written: {why}").format(path=path, why=why(fault)),
            _("close the file in other programs"),
        ) from fault


def _paper(counted: Counted, record: Record, task: Task, heads: tuple[str, ...]) -> Paper:
    election = counted.election
    if task.places:
        number = int(task.name.removeprefix("vong-"))
        return round_paper(election, record, number, task.places, task.people, heads)
    return full_paper(election, record, task.people, heads)


def _go_on(folder: Folder, record: Record) -> Record:
    """Draw the next round where one is likely to help, and keep the record."""
    more = next_round(record)
    record = record if more is None else record.model_copy(update={"rounds": (*record.rounds, more)})
    write_record(folder, record)
    return record
