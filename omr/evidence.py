"""What was seen on a page, as plain values: no pixels, no law, no disk.

The stages that see (`register`, `ink`, `marks`, `seal`, `code`) make these values; `rules` judges
them; `store` keeps them. All lengths are mm on paper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Mark(StrEnum):
    """A cell's state."""

    EMPTY = "empty"
    MARKED = "marked"
    UNSURE = "unsure"


class Name(StrEnum):
    """State of a printed name: nothing on it, crossed out, or something a person must look at."""

    CLEAN = "clean"
    STRUCK = "struck"
    TOUCHED = "touched"


class Reason(StrEnum):
    """Why a row is not plainly one choice, or why a person must look at it. Stable codes, in exports."""

    NO_MARK = "no_mark"  # reading `blank`: nothing in any box
    TWO_MARKS = "two_marks"  # reading `overvote`: two or three plain marks
    FAINT_MARK = "faint_mark"  # ink that may be a mark: too pale to be sure
    SMALL_MARK = "small_mark"  # a dot or short stroke: may be a slip of the pen
    CORRECTION = "correction"  # a scribbled-out box beside another mark
    STRAY_MARK = "stray_mark"  # ink between boxes, outside them, or running in from a neighbour
    NAME_STRUCK = "name_struck"  # reading `struck`: the printed name is crossed out
    NAME_TOUCHED = "name_touched"  # ink on the name that may or may not cross it out
    WRITTEN_WORD = "written_word"  # handwriting in a box
    STREAK = "streak"  # a scanner streak or a fold runs through a box
    UNCLEAR_PRINT = "unclear_print"  # the row's printed rules could not be confirmed


class PageState(StrEnum):
    """What became of one scanned side; every page that came in is in exactly one state."""

    READ = "read"
    BLANK = "blank"
    DUPLICATE = "duplicate"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


class Flag(StrEnum):
    """Something about a whole page or ballot that a person must know. Stable codes, in status and exports."""

    SEAL_MISSING = "seal_missing"
    SEAL_NOT_RED = "seal_not_red"
    SEAL_FAINT = "seal_faint"
    SEAL_UNSEEN = "seal_unseen"  # the scan has no colour, so red cannot be told; said once, not per sheet
    CODE_MISSING = "code_missing"
    CODE_FORGED = "code_forged"
    CODE_OTHER_ELECTION = "code_other_election"
    CODE_OTHER_LAYOUT = "code_other_layout"
    CODE_OTHER_PAGE = "code_other_page"
    WRITE_IN = "write_in"
    PAGE_MISSING = "page_missing"
    PAGE_EXTRA = "page_extra"
    POSITION_UNSURE = "position_unsure"  # the print does not lie where it should: not read
    NOTHING_FOUND = "nothing_found"  # no fiducial, no code, no table of ours
    FILE_BROKEN = "file_broken"  # the page's picture could not be decoded
    SAME_PIXELS = "same_pixels"  # duplicate: the very same picture
    SAME_INK = "same_ink"  # duplicate: another scan of the same sheet
    MAYBE_SAME_INK = "maybe_same_ink"  # looks like another scan of a sheet, not surely: a person decides


@dataclass(frozen=True, slots=True)
class CellSeen:
    """The ink in one mark box and what it amounts to."""

    choice: str
    mark: Mark
    reason: Reason | None = None
    scribbled: bool = False  # no plain line mark: dense as a scribble or a blot, or paler than its neighbour
    length_mm: float = 0.0  # length of the strokes' centre lines
    extent_mm: float = 0.0  # diagonal of the box around them
    piece_mm: float = 0.0  # diagonal of the largest connected piece
    width_mm: float = 0.0  # mean stroke width
    area_mm2: float = 0.0  # inked area
    filled: float = 0.0  # share of the box around them that is inked
    contrast: float = 0.0  # 0 (paper) … 1 (black): darkness of the ink against the paper around it
    whole: float = 1.0  # extent of a mark's largest firm piece as a share of all its ink's but pale specks


@dataclass(frozen=True, slots=True)
class NameSeen:
    """The ink over a printed name. `covered` is the share of the name's width that strokes run across."""

    state: Name = Name.CLEAN
    reason: Reason | None = None
    covered: float = 0.0
    length_mm: float = 0.0
    gaps: float = 0.0  # darkening between its letters, share of black


@dataclass(frozen=True, slots=True)
class RowSeen:
    """One person's row as seen: its cells in the order of the layout's choices, and its name."""

    number: int
    cells: tuple[CellSeen, ...]
    name: NameSeen = field(default_factory=NameSeen)
    reason: Reason | None = None  # something about the row as a whole (streak, stray mark, unclear print)


@dataclass(frozen=True, slots=True)
class PageSeen:
    """One scanned side as seen, before any law is applied.

    Attributes:
        state: READ, BLANK, FOREIGN or UNREADABLE (DUPLICATE is found later, among pages).
        page: page number of the layout, from 1; None unless known.
        rows: the rows of a READ page, else empty.
        flags: what a person must know of the page.
        upside_down: the page lay head down in the scanner.
        residual_mm: worst printed rule against its place; None unless registered.
        dpi: resolution along the paper, from the fiducials; None unless registered.
        paper_to_scan: row-major 3 × 3 homography, mm on paper -> px in the kept image, or None.
        trace: the handwriting of the page in a compact form, to find the same sheet again; empty if none.
    """

    state: PageState
    page: int | None = None
    rows: tuple[RowSeen, ...] = ()
    flags: tuple[Flag, ...] = ()
    upside_down: bool = False
    residual_mm: float | None = None
    dpi: float | None = None
    paper_to_scan: tuple[float, ...] | None = None
    trace: bytes = b""
