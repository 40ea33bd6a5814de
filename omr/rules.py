"""The law: from what was seen to what a row and a ballot are worth. Pure, and nowhere else.

Source: the plan (Kế hoạch 140-KH/HU), part III.3, quoted at each clause:

    Phiếu không hợp lệ: là phiếu không do ban kiểm phiếu phát ra; phiếu gạch xóa họ và tên người được in
    trên phiếu; phiếu ghi tên một người mà người ghi phiếu không đánh dấu vào ô nào hoặc đánh dấu vào hai
    hoặc ba ô. […] phần ghi thêm là không hợp lệ; các trường hợp trong danh sách còn lại nếu đánh dấu theo
    quy định thì hợp lệ.

Whatever is in doubt is `unsure` (a row) or `suspect` (a ballot), and a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from omr.evidence import Flag, Mark, Name, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from omr.evidence import CellSeen, RowSeen

Scope = Literal["row", "ballot"]
SealRule = Literal["red", "any", "ignore"]
WriteInRule = Literal["ignore", "invalid"]

#: Readings that are not a choice. A choice's reading is its id in the layout (`high`, `medium`, `low`).
BLANK: Final = "blank"
OVERVOTE: Final = "overvote"
STRUCK: Final = "struck"
UNSURE: Final = "unsure"

#: Final value of every row of a ballot that is invalid as a whole.
INVALID: Final = "invalid"

#: Final value of a row that people have still to decide.
OPEN: Final = ""

#: Readings that make a row invalid for that person (III.3).
INVALID_ROW: Final = frozenset({BLANK, OVERVOTE, STRUCK})


@dataclass(frozen=True, slots=True)
class RowReading:
    """What the machine takes a row to be: a choice's id, or `blank` `overvote` `struck` `unsure`."""

    number: int
    reading: str
    reason: Reason | None = None


class BallotState(StrEnum):
    """What a ballot is worth as a whole."""

    SOUND = "sound"  # its rows count, each by itself
    OPEN = "open"  # a page is missing, or one too many: people must put it right first
    SUSPECT = "suspect"  # may not have been issued by the board: a person confirms
    INVALID = "invalid"  # a person found it invalid; it still counts as collected


@dataclass(frozen=True, slots=True)
class BallotReading:
    """What the machine takes a ballot to be, and the flags that made it so."""

    state: BallotState
    flags: tuple[Flag, ...] = ()


def judge_row(seen: RowSeen) -> RowReading:
    """Judge one person's row by the clauses, in their order; the first that speaks decides.

    >>> from omr.evidence import CellSeen, RowSeen
    >>> x, no = CellSeen("high", Mark.MARKED), CellSeen("low", Mark.EMPTY)
    >>> judge_row(RowSeen(1, (x, no))).reading
    'high'
    """
    for clause in CLAUSES:
        found = clause(seen)
        if found is not None:
            reading, reason = found
            return RowReading(seen.number, reading, reason)
    return RowReading(seen.number, BLANK, Reason.NO_MARK)


def judge_ballot(
    flags: Iterable[Flag], *, seal: SealRule = "red", write_in: WriteInRule = "ignore"
) -> BallotReading:
    """Judge a ballot as a whole by the flags of its pages.

    A machine never throws a ballot out: it says `suspect`, with the flags that made it say so.
    """
    seen = tuple(dict.fromkeys(flags))
    incomplete = tuple(flag for flag in seen if flag in INCOMPLETE)
    if incomplete:
        return BallotReading(BallotState.OPEN, incomplete)
    doubtful = NOT_ISSUED | SEAL_DOUBTS[seal] | WRITE_IN_DOUBTS[write_in]
    doubts = tuple(flag for flag in seen if flag in doubtful)
    return BallotReading(BallotState.SUSPECT if doubts else BallotState.SOUND, doubts)


def final_row(reading: RowReading, decided: str | None = None) -> str:
    """What a row of a sound ballot counts as: what people decided, else the reading; '' while open."""
    standing = decided or reading.reading
    return OPEN if standing == UNSURE else standing


def final_rows(
    readings: Iterable[RowReading],
    decided: Mapping[int, str],
    ballot: BallotState,
    scope: Scope = "row",
) -> dict[int, str]:
    """What every row of one ballot counts as, by person number.

    Args:
        readings: the machine's.
        decided: people's decisions that stand, by person number.
        ballot: what the ballot is worth, people's decision about it included.
        scope: `row` counts a spoiled row as invalid for that person only; `ballot`, for a board that
            reads III.3 so, makes one spoiled row spoil the whole ballot.
    """
    rows = {row.number: final_row(row, decided.get(row.number)) for row in readings}
    match ballot:
        case BallotState.INVALID:
            return dict.fromkeys(rows, INVALID)
        case BallotState.OPEN | BallotState.SUSPECT:
            return dict.fromkeys(rows, OPEN)
        case BallotState.SOUND:
            spoiled = scope == "ballot" and not INVALID_ROW.isdisjoint(rows.values())
            return dict.fromkeys(rows, INVALID) if spoiled else rows


Found = tuple[str, Reason | None] | None


def _picture_in_doubt(seen: RowSeen) -> Found:
    """Where the picture or the print of the row is in doubt, nothing else about it is sure."""
    return (UNSURE, seen.reason) if seen.reason in PICTURE else None


def _name_struck(seen: RowSeen) -> Found:
    """III.3: "gạch xóa họ và tên người được in trên phiếu" — invalid, whatever the boxes say."""
    return (STRUCK, Reason.NAME_STRUCK) if seen.name.state is Name.STRUCK else None


def _name_touched(seen: RowSeen) -> Found:
    """III.3, in doubt: an underlined, circled or touched name may or may not be crossed out."""
    touched = seen.name.state is Name.TOUCHED
    return (UNSURE, seen.name.reason or Reason.NAME_TOUCHED) if touched else None


def _row_in_doubt(seen: RowSeen) -> Found:
    """III.3, in doubt: ink of the row that belongs to no box."""
    return (UNSURE, seen.reason) if seen.reason is not None else None


def _cell_in_doubt(seen: RowSeen) -> Found:
    """III.3, in doubt: a box that may or may not be marked."""
    for cell in seen.cells:
        if cell.mark is Mark.UNSURE:
            return UNSURE, cell.reason or Reason.FAINT_MARK
    return None


def _corrected(seen: RowSeen) -> Found:
    """Two marks of which one may have been scribbled out: a correction, and a person decides.

    Also where both are dense: one may be a filled box, the other one taken back.
    """
    marked = _marked(seen)
    corrected = len(marked) > 1 and any(cell.scribbled for cell in marked)
    return (UNSURE, Reason.CORRECTION) if corrected else None


def _two_marks(seen: RowSeen) -> Found:
    """III.3: "đánh dấu vào hai hoặc ba ô" — invalid for that person."""
    return (OVERVOTE, Reason.TWO_MARKS) if len(_marked(seen)) > 1 else None


def _one_mark(seen: RowSeen) -> Found:
    """III.3: one box marked. An X, a tick, a circle, a filled box: any plain mark counts."""
    marked = _marked(seen)
    return (marked[0].choice, None) if len(marked) == 1 else None


def _marked(seen: RowSeen) -> tuple[CellSeen, ...]:
    return tuple(cell for cell in seen.cells if cell.mark is Mark.MARKED)


#: The clauses in the order in which they speak; where none does: "không đánh dấu vào ô nào".
CLAUSES: Final[tuple[Callable[[RowSeen], Found], ...]] = (
    _picture_in_doubt,
    _name_struck,
    _name_touched,
    _row_in_doubt,
    _cell_in_doubt,
    _corrected,
    _two_marks,
    _one_mark,
)

#: Reasons that put the whole row's picture in doubt.
PICTURE: Final = frozenset({Reason.UNCLEAR_PRINT, Reason.STREAK})

#: The ballot is not whole, or may be another scan of one already counted.
INCOMPLETE: Final = frozenset({Flag.PAGE_MISSING, Flag.PAGE_EXTRA, Flag.MAYBE_SAME_INK})

#: III.3: "phiếu không do ban kiểm phiếu phát ra", as far as the printed code tells.
NOT_ISSUED: Final = frozenset(
    {
        Flag.CODE_MISSING,
        Flag.CODE_FORGED,
        Flag.CODE_OTHER_ELECTION,
        Flag.CODE_OTHER_LAYOUT,
        Flag.CODE_OTHER_PAGE,
    }
)

#: The same, as far as the hanging seal tells, under each `[rules] seal`. SEAL_UNSEEN (a scan without
#: colour) is said once for the batch, not held against each sheet.
SEAL_DOUBTS: Final[dict[SealRule, frozenset[Flag]]] = {
    "red": frozenset({Flag.SEAL_MISSING, Flag.SEAL_NOT_RED, Flag.SEAL_FAINT}),
    "any": frozenset({Flag.SEAL_MISSING}),
    "ignore": frozenset(),
}

#: III.3: a name written in is void and the listed rows stand (`ignore`); a rule of 2014 made the ballot
#: invalid (`invalid`). Ink below the table may be a note: a person confirms that it is a name.
WRITE_IN_DOUBTS: Final[dict[WriteInRule, frozenset[Flag]]] = {
    "ignore": frozenset(),
    "invalid": frozenset({Flag.WRITE_IN}),
}
