"""The stacked bars of the result, as numbers that a template puts into an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layouts.model import Choice
    from omr.tally import Tally

#: Units of the drawing: its width, that of the names, the height of a bar and at least from bar to bar.
WIDTH: Final = 1000
NAMES: Final = 300
BAR: Final = 26
STEP: Final = 38

#: Letters of a name in one line, and the height of a line: a test measures that they fit beside the bars, in
#: capitals too, at the 16 units of the stylesheet.
LETTERS: Final = 30
LINE: Final = 19

#: From the upper edge of a bar to the base line of what is written in it.
BASE: Final = 18

#: A part narrower than this has no number in it; the table has them all.
NARROW: Final = 18


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar. `kind` names its colour in the stylesheet; label is '' where it is too narrow."""

    x: float
    width: float
    kind: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One person's bar. `name`: its lines, each with its base line; together they stand beside the middle."""

    y: float
    name: tuple[tuple[float, str], ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All bars, with what their colours mean: (kind, label)."""

    width: int
    height: float
    bars: tuple[Bar, ...]
    legend: tuple[tuple[str, str], ...]


def chart(result: Tally, choices: Sequence[Choice]) -> Chart:
    """One bar a person: the levels, then the invalid, then what is open, of all ballots collected."""
    kinds = [(f"level-{at}", choice.label) for at, choice in enumerate(choices, start=1)]
    kinds += [("invalid", _("Invalid")), ("open", _("Open"))]
    scale = (WIDTH - NAMES) / max(result.collected, 1)
    bars, top = [], 0.0
    for each in result.people:
        counts = [*(each.votes[choice.id] for choice in choices), each.invalid, each.open]
        lines = wrap(f"{each.person.number}. {each.person.name}", LETTERS)
        step = max(STEP, LINE * len(lines) + LINE // 3)
        y = top + (step - BAR) / 2
        bars.append(Bar(y, _beside(y, lines), _parts(counts, kinds, scale)))
        top += step
    shown = kinds if result.open_rows else kinds[:-1]
    return Chart(WIDTH, top, tuple(bars), tuple(shown))


def _beside(y: float, lines: Sequence[str]) -> tuple[tuple[float, str], ...]:
    """Each line with its base line, so that all of them stand around the middle of the bar."""
    first = y + BASE - LINE * (len(lines) - 1) / 2
    return tuple((first + LINE * at, line) for at, line in enumerate(lines))


def _parts(counts: Sequence[int], kinds: Sequence[tuple[str, str]], scale: float) -> tuple[Part, ...]:
    parts, x = [], float(NAMES)
    for count, (kind, label) in zip(counts, kinds, strict=True):
        width = count * scale
        if count:
            text = str(count) if width >= NARROW else ""
            parts.append(Part(round(x, 2), round(width, 2), kind, text, f"{label}: {count}"))
        x += width
    return tuple(parts)
