"""The forms of a hand audit: which ballots to take out of the stack, and room to count them by strokes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omr.audit.said import STATES, meaning
from omr.report.paper import Gap, Grid, HeadCell, Paper, Signature, Signatures, Text, aligned, centered
from omr.words import _, number, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omr.audit.record import Record
    from omr.audit.state import PersonAudit, Share
    from omr.election import Election
    from omr.report.paper import Block
    from omr.tally import Listed

#: Places to a line of the list.
PLACES: Final = 10

#: Widths in mm on a paper that lies: number, name, sum; the counts share the rest.
NUMBER_MM, NAME_MM, SUM_MM = 11.0, 56.0, 18.0

#: Of the record: ballots looked at, measured risk, state; the levels take the rest.
LOOKED_MM, RISK_MM, STATE_MM = 22.0, 20.0, 36.0

#: Two lines kept free in a cell: strokes above, their number below.
STROKES: Final = "\u00a0\n\u00a0"


def round_paper(  # noqa: PLR0913, PLR0917 - whose, which audit, which round, what to take, whom, what to count
    election: Election,
    record: Record,
    place: int,
    places: Sequence[int],
    people: Sequence[Listed],
    heads: Sequence[str],
) -> Paper:
    """The form of one round: the places of the ballots to take, and the tally of what they say.

    Args:
        election: its words.
        record: the audit.
        place: of the round, from 1.
        places: of the ballots in the stack, from 1 at the top, rising.
        people: whose rows are read.
        heads: the columns to count.
    """
    title = _("HAND AUDIT OF THE RESULT, ROUND {n}").format(n=place)
    return _paper(
        election,
        title,
        (
            *_agreed(record),
            Text(
                _("1. Ballots to take out: {count}. Place in the stack, the top ballot is 1:").format(
                    count=number(len(places))
                ),
                bold=True,
                indent=True,
                keep=True,
            ),
            _places_grid(places),
            *(Text(line, indent=True, align="justify") for line in _how(record, first=place == 1)),
            Text(
                _("2. What these ballots say; every line adds up to {count}.").format(
                    count=number(len(places))
                ),
                bold=True,
                indent=True,
                keep=True,
            ),
            _tally_grid(people, heads),
            *_signed(),
        ),
    )


def full_paper(election: Election, record: Record, people: Sequence[Listed], heads: Sequence[str]) -> Paper:
    """The form of a count of all ballots, for these people. Arguments as for `round_paper`."""
    return _paper(
        election,
        _("HAND AUDIT OF THE RESULT: COUNT OF ALL BALLOTS"),
        (
            *_agreed(record),
            Text(
                _("All {count} ballots are counted by hand for the people below.").format(
                    count=number(record.box)
                ),
                indent=True,
                align="justify",
            ),
            Text(
                _("What all ballots say; every line adds up to {count}.").format(count=number(record.box)),
                bold=True,
                indent=True,
                keep=True,
            ),
            _tally_grid(people, heads),
            *_signed(),
        ),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What the record of the audit calls things: people by number, choices by id."""

    names: Mapping[int, str]
    labels: Mapping[str, str]


def outcome_paper(
    election: Election, record: Record, people: Sequence[PersonAudit], shown: Shown, outcome: str
) -> Paper:
    """What the audit showed, to be signed and kept: for every person how it was confirmed.

    Args:
        election: its words.
        record: the audit.
        people: how far it is for everybody.
        shown: names and labels.
        outcome: what it says of all, as a sentence.
    """
    heads = (
        _("No."), _("Full name"), _("Ballots looked at"),
        _("By the result; in brackets as many as the sample allows"), _("Measured risk %"), _("State"),
    )  # fmt: skip
    narrow = (LOOKED_MM, RISK_MM, STATE_MM)
    rest = Paper("", "", (), (), landscape=True).text_mm - NUMBER_MM - NAME_MM - sum(narrow)
    withdrawn = (
        _("A count was taken back by {by}: {why}.").format(by=each.by, why=each.why)
        for each in record.withdrawn
    )
    return _paper(
        election,
        _("RECORD OF THE HAND AUDIT"),
        (
            *_agreed(record),
            Text(outcome, bold=True, indent=True, align="justify"),
            *(
                Text(line, indent=True, align="justify")
                for line in (*meaning(record, people), *_strays(people))
            ),
            Grid(
                tuple(HeadCell(text, 0, place) for place, text in enumerate(heads)),
                tuple(_outcome_row(record, each, shown) for each in people),
                (NUMBER_MM, NAME_MM, LOOKED_MM, rest, RISK_MM, STATE_MM),
                aligned(len(heads), (1, 3)),
            ),
            *(Text(line, italic=True, indent=True) for line in withdrawn),
            *_signed(),
        ),
    )


def _strays(people: Sequence[PersonAudit]) -> tuple[str, ...]:
    """What to do where the ballots drawn speak against a number on which no line of the law hangs."""
    if not any(each.strays for each in people):
        return ()
    return (_("Where the result lies outside, count all ballots: omr audit DIR --all."),)


def _outcome_row(record: Record, each: PersonAudit, shown: Shown) -> tuple[str, ...]:
    """A person: every level, with what the ballots drawn say of it."""
    full = each.number in record.counted_in_full
    levels = (_level(shown.labels[share.choice], share, sampled=each.is_sampled) for share in each.shares)
    return (
        str(each.number),
        shown.names[each.number],
        number(record.box if full else each.drawn),
        " · ".join(levels),
        "–" if full else percent(each.risk),
        _(STATES[each.state]),
    )


def _level(label: str, share: Share, *, sampled: bool) -> str:
    """A level with its number; a range and its number stand on one line."""
    allowed = f"\u00a0({share.allowed})" if sampled else ""
    return f"{label}:\u00a0{number(share.reported)}{allowed}"


def _paper(election: Election, title: str, body: tuple[Block, ...]) -> Paper:
    above = (centered(election.superior),) if election.superior else ()
    return Paper(
        title=title,
        author=election.agency,
        left=(*above, centered(election.agency), centered(_("COUNTING BOARD"), bold=True)),
        right=(
            centered(_("{place}, day … month … year …").format(place=election.place or "....."), italic=True),
        ),
        stamp=_("SECRET"),
        landscape=True,
        body=(
            Text(title, bold=True, align="center", after=0, size=14),
            Text(election.meeting, bold=True, align="center"),
            Gap(2),
            *body,
        ),
    )


def _agreed(record: Record) -> tuple[Text, ...]:
    """What was agreed on before the dice were thrown, and how anybody finds the same ballots."""
    return (
        Text(
            _("Dice: {seed}. Ballots collected: {box}. Risk limit: {risk} %.").format(
                seed=_grouped(record.seed), box=number(record.box), risk=percent(record.limit)
            ),
            indent=True,
        ),
        Text(
            _(
                "The i-th number drawn is the SHA-256 of “{seed},i” divided by {box}, the remainder plus 1; "
                "numbers that came before are left out."
            ).format(seed=record.seed, box=record.box),
            italic=True,
            size=11,
            indent=True,
        ),
    )


def _grouped(seed: str) -> str:
    """Digits in fives, so that people can compare them."""
    return " ".join(seed[at : at + 5] for at in range(0, len(seed), 5))


def _places_grid(places: Sequence[int]) -> Grid:
    cells = [str(place) for place in places]
    cells += [""] * (-len(cells) % PLACES)
    rows = tuple(tuple(cells[at : at + PLACES]) for at in range(0, len(cells), PLACES))
    width = Paper("", "", (), (), landscape=True).text_mm / PLACES
    head = (HeadCell(_("Places, rising; cross out those that were taken"), 0, 0, columns=PLACES),)
    return Grid(head, rows, (width,) * PLACES, aligned(PLACES, ()), size=12)


def _how(record: Record, *, first: bool) -> tuple[str, ...]:
    begins = (
        _(
            "Before: mix the ballots and stack them anew, count them ({box} ballots), write the number here: "
            "……… ballots. From now on the order of the stack is kept."
        ).format(box=number(record.box)),
    )
    goes_on = (_("The stack lies as it was left after the last round, the slips still in it."),)
    return (
        *(begins if first else goes_on),
        _(
            "Count down to each place and put a slip where the ballot was taken out; "
            "a slip counts as a ballot. One member reads each ballot aloud, another looks on, "
            "two mark strokes apart from each other."
        ),
    )


def _tally_grid(people: Sequence[Listed], heads: Sequence[str]) -> Grid:
    text_mm = Paper("", "", (), (), landscape=True).text_mm
    width = (text_mm - NUMBER_MM - NAME_MM - SUM_MM) / len(heads)
    texts = (_("No."), _("Full name"), *heads, _("Sum"))
    return Grid(
        tuple(HeadCell(text, 0, place) for place, text in enumerate(texts)),
        tuple((str(each.number), each.name, *[STROKES] * len(heads), "") for each in people),
        (NUMBER_MM, NAME_MM, *[width] * len(heads), SUM_MM),
        aligned(3 + len(heads), (1,)),
    )


def _signed() -> tuple[Block, ...]:
    hint = _("(Signature and full name)")
    return (
        Text(_("The count was made by the members who sign below."), indent=True, keep=True),
        Signatures(
            Signature(_("MEMBERS OF THE COUNTING BOARD"), hint), Signature(_("FOR THE COUNTING BOARD"), hint)
        ),
    )
