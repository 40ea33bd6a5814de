"""The stacked bars of the result, as numbers that a template puts into an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layouts.model import Choice
    from omr.tally import Tally

#: Units of the drawing: its width, that of the names, the height of a bar and from bar to bar.
WIDTH: Final = 1000
NAMES: Final = 300
BAR: Final = 26
STEP: Final = 38

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
    """One person's bar."""

    y: int
    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All bars, with what their colours mean: (kind, label)."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    legend: tuple[tuple[str, str], ...]


def chart(result: Tally, choices: Sequence[Choice]) -> Chart:
    """One bar a person: the levels, then the invalid, then what is open, of all ballots collected."""
    kinds = [(f"level-{at}", choice.label) for at, choice in enumerate(choices, start=1)]
    kinds += [("invalid", _("Invalid")), ("open", _("Open"))]
    scale = (WIDTH - NAMES) / max(result.collected, 1)
    bars = []
    for at, each in enumerate(result.people):
        counts = [*(each.votes[choice.id] for choice in choices), each.invalid, each.open]
        name = f"{each.person.number}. {each.person.name}"
        bars.append(Bar(at * STEP, name, _parts(counts, kinds, scale)))
    shown = kinds if result.open_rows else kinds[:-1]
    return Chart(WIDTH, len(bars) * STEP, tuple(bars), tuple(shown))


def _parts(counts: Sequence[int], kinds: Sequence[tuple[str, str]], scale: float) -> tuple[Part, ...]:
    parts, x = [], float(NAMES)
    for count, (kind, label) in zip(counts, kinds, strict=True):
        width = count * scale
        if count:
            text = str(count) if width >= NARROW else ""
            parts.append(Part(round(x, 2), round(width, 2), kind, text, f"{label}: {count}"))
        x += width
    return tuple(parts)
