"""Everything a reader must know of an election: its layout, its blank pages, its key."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from layouts.codes import fingerprint
from layouts.model import BallotLayout, PageLayout
from omr.below import Below, prepare_below
from omr.election import Folder, load_election, load_key
from omr.errors import OmrError
from omr.ink import Print, prepare_print
from omr.marks import Thresholds
from omr.printed import load_layout
from omr.seal import about, seal_region, upper_part
from omr.shades import Cells, prepare_cells
from omr.through import PrintedLines, prepare_lines
from omr.words import _

#: Resolution of the blank pages in the election folder, px/mm (`generate.blanks`).
BLANK_PX_PER_MM = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One page of the layout with everything prepared from its blank."""

    page: PageLayout
    printed: Print
    below: Below
    seal_blank: np.ndarray | None  # `omr.seal.seal_region` about the seal's place
    upper_blank: np.ndarray | None  # the same of all of the page where it may lie instead
    lines: PrintedLines
    cells: Cells
    coarse: np.ndarray  # the whole blank page, grey, `omr.match.PX_PER_MM`


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """Everything a reader needs to know of an election. Picklable: every worker has its own."""

    layout: BallotLayout
    fingerprint: str
    key: bytes
    sheets: tuple[Sheet, ...]
    seal_matters: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)

    @classmethod
    def of(
        cls, layout: BallotLayout, blanks: dict[int, np.ndarray], key: bytes, *, seal_matters: bool = True
    ) -> Paper:
        """Prepares the pages of a layout from their blank pictures (grey, BLANK_PX_PER_MM) by page number."""
        sheets = tuple(_prepared(page, blanks[page.page]) for page in layout.pages)
        return cls(layout, fingerprint(layout), key, sheets, seal_matters)

    @classmethod
    def load(cls, folder: Folder) -> Paper:
        """The paper of an election that was printed.

        Raises:
            OmrError: a file of the print is missing or damaged.
        """
        layout = load_layout(folder)
        blanks = {page.page: _blank(folder, page.page) for page in layout.pages}
        rules = load_election(folder).rules
        return cls.of(layout, blanks, load_key(folder), seal_matters=rules.seal != "ignore")

    def sheet(self, page: int) -> Sheet:
        """The sheet of that page number."""
        return next(s for s in self.sheets if s.page.page == page)


def _blank(folder: Folder, page: int) -> np.ndarray:
    path = folder.blank_dir / f"page-{page}.png"
    try:
        picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    except (OSError, cv2.error):
        picture = None
    if picture is None:
        raise OmrError(
            _("the blank page {file} is missing or damaged").format(file=path),
            _(
                "run omr print {folder} --copies N again: it draws the blank pages anew, or says why it "
                "cannot here, and changes nothing then"
            ).format(folder=folder.root),
        )
    return picture


def _prepared(page: PageLayout, blank: np.ndarray) -> Sheet:
    to_blank = np.array([(BLANK_PX_PER_MM, 0, -0.5), (0, BLANK_PX_PER_MM, -0.5), (0, 0, 1)])
    printed = prepare_print(blank, BLANK_PX_PER_MM, page)
    return Sheet(
        page,
        printed,
        prepare_below(blank, to_blank, page),
        None if page.seal_mm is None else seal_region(blank, to_blank, about(page.seal_mm)),
        None if page.seal_mm is None else seal_region(blank, to_blank, upper_part(page)),
        prepare_lines(blank, to_blank, page, printed),
        prepare_cells(page),
        cv2.resize(blank, (blank.shape[1] // 2, blank.shape[0] // 2), interpolation=cv2.INTER_AREA),
    )
