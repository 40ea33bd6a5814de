"""People, pens, seals and scanners: marked and scanned ballots with the truth about them.

Everything is decided by the generator that is passed in: the same seed gives the same image.

Example (a page of `write_ballots`, marked by one hand and scanned at an office):

    import numpy as np
    from pathlib import Path
    from scripts.simulate import OFFICE, Kind, Pass, PagePlan, Part, RowPlan, any_hand, load_strokes
    from scripts.simulate import printed_page, scan_of

    rng = np.random.default_rng(7)
    strokes = load_strokes(Path("../shared/marks/strokes.json")).only(Part.TUNING)
    page = layout.pages[0]
    print_image = printed_page(Path("ballots.pdf"), 0, scale=10.0)          # px/mm
    plan = PagePlan(rows=(RowPlan(1, Kind.PLAIN_X, "high"), RowPlan(2, Kind.BLANK),
                          RowPlan(3, Kind.CORRECTION, "low"), RowPlan(4, Kind.STRUCK_WAVE, "medium")))
    scanned = scan_of(page, print_image, plan, any_hand(strokes, rng), OFFICE, rng)
    scanned.image                      # (H, W, 3) uint8 BGR
    scanned.rows[2].truth              # 'unsure': the reader must ask; .decided == 'low'
    scanned.to_paper(points_mm)        # exact: mm in the scan -> mm in frame paper
    scan_of(page, print_image, plan, hand, Pass(rotation_deg=7, dpi=150, jpeg=30), rng)  # one damage

A reading is silently wrong if it is not `unsure` and neither `truth` nor `decided`; a flagged row
counts against the reader only where `plain`.
"""

from scripts.simulate.hand import Hand, any_hand
from scripts.simulate.kinds import EXPECTED, Expected, Extra, Kind, Outcome, RowPlan, RowTruth, truth_of
from scripts.simulate.paper import Image, empty_page, printed_page, px_per_mm
from scripts.simulate.pen import Nib, Pen, any_pen, office_pen
from scripts.simulate.scanner import blank_back, scan
from scripts.simulate.settings import HOSTILE, OFFICE, POOR, SETTINGS, Depth, Pass, Setting, pick
from scripts.simulate.sheet import MarkedPage, PagePlan, ScannedPage, mark_page, scan_marked, scan_of
from scripts.simulate.stamp import Seal, SealKind, press, seal_for
from scripts.simulate.strokes import Part, Strokes, load_strokes
from scripts.simulate.warp import Warp, inverted

__all__ = [
    "EXPECTED",
    "HOSTILE",
    "OFFICE",
    "POOR",
    "SETTINGS",
    "Depth",
    "Expected",
    "Extra",
    "Hand",
    "Image",
    "Kind",
    "MarkedPage",
    "Nib",
    "Outcome",
    "PagePlan",
    "Part",
    "Pass",
    "Pen",
    "RowPlan",
    "RowTruth",
    "ScannedPage",
    "Seal",
    "SealKind",
    "Setting",
    "Strokes",
    "Warp",
    "any_hand",
    "any_pen",
    "blank_back",
    "empty_page",
    "inverted",
    "load_strokes",
    "mark_page",
    "office_pen",
    "pick",
    "press",
    "printed_page",
    "px_per_mm",
    "scan",
    "scan_marked",
    "scan_of",
    "seal_for",
    "truth_of",
]
