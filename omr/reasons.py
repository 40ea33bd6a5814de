"""Stable codes in words: why a row or a sheet waits for people, and what became of a page."""

from __future__ import annotations

from typing import Final

from omr.evidence import Flag, PageState, Reason
from omr.words import _, later

#: Why a row or a ballot is asked that was settled in the first count.
COUNTS_DIFFER: Final = "counts_differ"

REASON_NAMES: Final[dict[str, str]] = {
    Reason.NO_MARK: later("no box is marked"),
    Reason.TWO_MARKS: later("two or three boxes are marked"),
    Reason.FAINT_MARK: later("the ink is too pale to be sure that it is a mark"),
    Reason.SMALL_MARK: later("a dot or short stroke: may be a slip of the pen"),
    Reason.CORRECTION: later("a mark looks scribbled out beside another"),
    Reason.STRAY_MARK: later("ink outside the boxes"),
    Reason.NAME_STRUCK: later("the name is crossed out"),
    Reason.NAME_TOUCHED: later("ink on the name: crossed out or not?"),
    Reason.WRITTEN_WORD: later("something is written in a box"),
    Reason.STREAK: later("a streak of the scanner or a fold runs through a box"),
    Reason.UNCLEAR_PRINT: later("the printed row could not be found for sure"),
    Flag.SEAL_MISSING: later("no seal"),
    Flag.SEAL_NOT_RED: later("the seal is not red ink"),
    Flag.SEAL_FAINT: later("the seal is faint"),
    Flag.SEAL_UNSEEN: later("scanned without colour: the seal cannot be judged"),
    Flag.CODE_MISSING: later("no readable code"),
    Flag.CODE_FORGED: later("the code was not made with this election's key"),
    Flag.CODE_OTHER_ELECTION: later("the code is of another election"),
    Flag.CODE_OTHER_LAYOUT: later("printed from another version of the list"),
    Flag.CODE_OTHER_PAGE: later("the code is of another page"),
    Flag.WRITE_IN: later("something is written below the table or between its rows"),
    Flag.PAGE_MISSING: later("a page of the ballot is missing"),
    Flag.PAGE_EXTRA: later("it is not sure which pages belong together"),
    Flag.POSITION_UNSURE: later("the print does not lie where it should"),
    Flag.NOTHING_FOUND: later("nothing of our ballots is on it"),
    Flag.FILE_BROKEN: later("the picture could not be decoded"),
    Flag.SAME_PIXELS: later("the very same picture is in already"),
    Flag.SAME_INK: later("another scan of a sheet that is in already"),
    Flag.MAYBE_SAME_INK: later("may be another scan of a sheet that is in already"),
    COUNTS_DIFFER: later("the second count has it otherwise"),
}

STATE_NAMES: Final[dict[str, str]] = {
    PageState.READ: later("read"),
    PageState.BLANK: later("blank backs"),
    PageState.DUPLICATE: later("scanned twice"),
    PageState.FOREIGN: later("not our ballots"),
    PageState.UNREADABLE: later("unreadable"),
}


def reason_in_words(code: str) -> str:
    """A stable code in the language spoken; a code of a newer program as it is."""
    return _(REASON_NAMES[code]) if code in REASON_NAMES else code
