"""chart.png: one stacked bar a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from omr.words import _

if TYPE_CHECKING:
    from pathlib import Path

    from omr.report.wording import Wording
    from omr.tally import Tally

#: Colours that colour-blind people tell apart (Okabe and Ito 2008), best level first; then the last two.
LEVELS: Final = ("#0072B2", "#56B4E9", "#E69F00", "#CC79A7")
INVALID: Final = "#999999"
OPEN: Final = "#F0E442"

#: Numbers on a dark bar are white.
INK: Final = {LEVELS[0]: "white"}

#: Inches a bar and around them; at 150 dots an inch a chart of 11 people fills a slide.
BAR_IN: Final = 0.42
FRAME_IN: Final = 2.0
WIDTH_IN: Final = 10.0
DPI: Final = 150


def write_chart(path: Path, words: Wording, result: Tally) -> None:
    """Draw the counts of every person as a stacked bar, the first person on top."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - slow to import
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    figure = Figure(figsize=(WIDTH_IN, FRAME_IN + BAR_IN * len(words.lines)), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    names = [f"{line.number}. {line.name}" for line in words.lines]
    start = [0] * len(names)
    for label, colour, counts in _layers(words, result):
        bars = axes.barh(names, counts, left=start, color=colour, label=label, edgecolor="white")
        texts = [str(count) if count else "" for count in counts]
        axes.bar_label(bars, texts, label_type="center", fontsize=9, color=INK.get(colour, "black"))
        start = [before + count for before, count in zip(start, counts, strict=True)]
    _finish(axes, words, result)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(str(path), metadata={"Software": None})


def _layers(words: Wording, result: Tally) -> list[tuple[str, str, list[int]]]:
    """Label, colour and counts of each part of the bars; what nobody has is left out."""
    levels = [
        (label, colour, [line.votes[place] for line in words.lines])
        for place, (label, colour) in enumerate(zip(words.choices, LEVELS, strict=False))
    ]
    rest = [
        (_("Invalid"), INVALID, [each.invalid for each in result.people]),
        (_("Waiting for a decision"), OPEN, [each.open for each in result.people]),
    ]
    return [*levels, *(layer for layer in rest if any(layer[2]))]


def _finish(axes: Any, words: Wording, result: Tally) -> None:
    title = f"{words.title[1]}\n{words.meeting}"
    axes.set_title(f"{words.draft}: {title}" if words.draft else title, fontsize=12)
    axes.set_xlim(0, max(result.collected, 1))
    axes.set_xlabel(words.votes)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.08 - 0.35 / len(words.lines)), ncols=5, frameon=False
    )
