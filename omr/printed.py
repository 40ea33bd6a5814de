"""What was printed: the layout that lies on the paper, and how many copies of it were ever made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from layouts.codes import fingerprint
from layouts.errors import TEMPLATES, LayoutError, Problem
from layouts.files import from_json
from omr.errors import OmrError
from omr.files import read_small, write_text
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layouts.model import BallotLayout
    from omr.election import Folder


@dataclass(frozen=True, slots=True)
class Print:
    """One run of `omr print`.

    Attributes:
        fingerprint: of the layout that was printed, as in the codes.
        copies: how many ballots.
        on: day, ISO 8601.
    """

    fingerprint: str
    copies: int
    on: str


_PRINTS: Final = TypeAdapter(tuple[Print, ...])


def load_layout(folder: Folder) -> BallotLayout:
    """The layout that was printed last.

    Raises:
        OmrError: nothing was printed yet, or the file is damaged.
    """
    try:
        return from_json(read_small(folder.layout_json).decode("utf-8"))
    except OSError as fault:
        raise OmrError(
            _("no ballots have been printed from {folder} yet").format(folder=folder.root),
            _("print them first: omr print {folder} --copies N").format(folder=folder.root),
        ) from fault
    except UnicodeDecodeError as fault:
        raise said(LayoutError(Problem.FILE_INVALID, why="UTF-8")) from fault
    except LayoutError as fault:
        raise said(fault) from fault


def prints(folder: Folder) -> tuple[Print, ...]:
    """Every run of `omr print`, in order; none where the record is missing."""
    try:
        return _PRINTS.validate_json(read_small(folder.prints_json))
    except FileNotFoundError:
        return ()
    except ValidationError as fault:
        raise OmrError(
            _("the record of what was printed is damaged: {path}").format(path=folder.prints_json),
            _("put it back from your copy of the folder, or remove it; then copies printed are not known"),
        ) from fault


def copies_printed(folder: Folder, layout: BallotLayout) -> int | None:
    """How many copies of this layout were ever printed; None where no record says."""
    return copies_of(prints(folder), fingerprint(layout))


def copies_of(done: Iterable[Print], digest: str) -> int | None:
    """How many copies of the layout of that fingerprint these runs made; None where none of them did."""
    mine = [each.copies for each in done if each.fingerprint == digest]
    return sum(mine) if mine else None


def record(folder: Folder, new: Print) -> None:
    """Note one more run of `omr print`."""
    rows = [asdict(each) for each in (*prints(folder), new)]
    write_text(folder.prints_json, json.dumps(rows, indent=1) + "\n")


def said(fault: LayoutError) -> OmrError:
    """What is wrong with a list or a layout, in the language spoken."""
    sentence = _(TEMPLATES[fault.problem]).format(**fault.values)
    return OmrError(f"{fault.source}: {sentence}" if fault.source else sentence)
