"""Biên bản kiểm phiếu: the minutes of the count, in numbered copies with addressees, marked MẬT.

Source: the plan, III.4.1 and III.4.3, bước 3: "Biên bản kiểm phiếu được lập thành 03 bản (…) và quản lý theo
chế độ Mật". The plan has no form for it; this one says what Phụ lục 05 and III.3 ask for.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from omr.report.heads import left_head, right_head
from omr.report.paper import Gap, Paper, Signature, Signatures, Text
from omr.report.phu_luc_05 import result_grid
from omr.report.summary import why_invalid
from omr.report.wording import OPEN
from omr.venues import MINUTES_TO, MINUTES_TO_ELSEWHERE
from omr.words import _, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omr.election import Election
    from omr.report.wording import Wording
    from omr.tally import Tally


def minutes_papers(words: Wording, election: Election, result: Tally) -> tuple[Paper, ...]:
    """One paper a copy: "Bản số 1/3", each with its addressee."""
    receivers = election.papers.minutes_to or MINUTES_TO.get(election.venue, MINUTES_TO_ELSEWHERE)
    return tuple(
        _copy(words, election, result, receiver, (place, len(receivers)))
        for place, receiver in enumerate(receivers, start=1)
    )


def _copy(
    words: Wording, election: Election, result: Tally, receiver: str, number_of: tuple[int, int]
) -> Paper:
    place, copies = number_of
    bare = Paper("", "", (), ())
    board = words.signature[1]
    return Paper(
        title=_("MINUTES OF THE COUNT"),
        author=words.agency,
        left=left_head(words, _("COUNTING BOARD")),
        right=right_head(words, election),
        stamp=_("SECRET"),
        copy=_("Copy no. {number}/{copies}").format(number=place, copies=copies),
        draft=words.draft,
        body=(
            Text(_("MINUTES OF THE COUNT"), bold=True, align="center", after=0, size=14),
            Text(_("of the vote of confidence"), bold=True, align="center", after=0),
            Text(words.meeting, bold=True, align="center"),
            Gap(2),
            *_opening(words, election),
            Text(words.counts_head, bold=True, indent=True),
            *(Text(line, indent=True) for line in words.counts),
            Text(words.table_head, bold=True, indent=True, keep=True),
            result_grid(words, bare.text_mm),
            Text(words.note, italic=True, size=12),
            *_invalid(result),
            *(Text(line, italic=True, size=12) for line in words.remarks),
            *(Text(f"{words.draft}: {reason}", italic=True, size=12) for reason in words.draft_reasons),
            *_ending(words, copies),
            *(Text(line, indent=True) for line in words.proof),
            Signatures(
                Signature(_("MEMBERS OF THE COUNTING BOARD"), board),
                Signature(words.signature[0], board, words.signed_by),
            ),
            Gap(4),
            Text(_("Addressee of this copy: {receiver}.").format(receiver=receiver), size=12),
        ),
    )


def _opening(words: Wording, election: Election) -> Iterator[Text]:
    yield Text(words.opening, align="justify", indent=True)
    session = election.session
    members = [(session.head, _("Head"))] if session.head else []
    members += [(name, _("Member")) for name in session.board if name != session.head]
    if members:
        yield Text(_("The Counting Board:"), indent=True, keep=True)
    for place, (name, office) in enumerate(members, start=1):
        yield Text(f"{place}. {name} - {office}", indent=True, after=1)


def _invalid(result: Tally) -> Iterator[Text]:
    """How many marks for one person were invalid and why, over all people; in a draft, how many wait."""
    reasons: Counter[str] = Counter()
    for each in result.people:
        reasons.update(each.reasons)
    yield Text(
        _("3. Invalid ballots, counted for every person: {count}.").format(count=number(reasons.total())),
        bold=True,
        indent=True,
    )
    for code, count in reasons.most_common():
        yield Text(f"- {why_invalid(code)}: {number(count)}.", indent=True, after=1)
    if result.open_rows:
        yield Text(
            _("Rows that wait for a decision, counted for every person: {count}.").format(
                count=number(result.open_rows)
            ),
            indent=True,
        )


def _ending(words: Wording, copies: int) -> Iterator[Text]:
    ends = words.ends or OPEN
    yield Text(
        _(
            "The count ended at {ends}. These minutes were made in {copies} copies of equal worth and are "
            "kept as secret papers; the Counting Board read them through, agreed and signed."
        ).format(ends=ends, copies=f"{copies:02d}"),
        align="justify",
        indent=True,
    )
