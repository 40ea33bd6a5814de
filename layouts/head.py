"""Everything above the table: agency, place and date, title, basis; or the running head of later pages."""

from __future__ import annotations

from layouts.content import Content
from layouts.model import Rule, Text
from layouts.spec import BallotSpec, Density, Span
from layouts.typeset import Block, Face, TextMeasure, balanced, cleaned, face, justified, stacked, wrap

#: Distance of baselines of lines in capitals, type sizes: "Ấ" under "Ạ" needs 1.2 in Times New Roman.
CAPITALS_LEADING = 1.25


def first_head(spec: BallotSpec, content: Content, density: Density, measure: TextMeasure) -> Block:
    """The head of page 1: the seal's square at the left, the title beside it, the basis below both."""
    agency = _agency(spec, content, density, measure)
    title = _title(spec, content, density, measure)
    top = max(agency.bottom, title.bottom + density.gap_mm, spec.sheet.seal.y1 + density.gap_mm)
    basis = _basis(spec, content, density, measure, top)
    texts = (*agency.texts, *title.texts, *_seal_label(spec, density), *basis.texts)
    return Block(texts, basis.bottom + density.gap_mm, agency.rules)


def running_head(spec: BallotSpec, content: Content, density: Density, measure: TextMeasure) -> Block:
    """The one line above the table on pages after the first."""
    line = face("bold", density.body_pt, density.leading)
    words = spec.words.running.format(title=_title_words(spec, content))
    text = spec.sheet.text
    lines = wrap(words, text.width, line, measure)
    block = stacked(lines, text.center[0], text.y0, line, "center")
    return Block(block.texts, block.bottom + density.gap_mm)


def date_words(spec: BallotSpec, content: Content) -> str:
    """Place and date as written: day always, month up to February in two digits (Nghị định 30/2020/NĐ-CP)."""
    dots = spec.words.dots
    if content.day is None:
        parts = {"day": dots, "month": dots, "year": str(content.year) if content.year else dots}
    else:
        month = content.day.month
        parts = {
            "day": f"{content.day.day:02}",
            "month": f"{month:02}" if month < 3 else str(month),
            "year": str(content.day.year),
        }
    return spec.words.date.format(place=cleaned(content.place) or dots, **parts)


def basis_words(spec: BallotSpec, content: Content) -> str:
    """The paragraph over the table: the content's own or the spec's basis, ending in the request to mark."""
    basis = cleaned(content.basis) or spec.words.basis
    if basis.endswith(":"):
        return basis
    return f"{basis.rstrip(' ;,.')}; {spec.words.request}"


def _title_words(spec: BallotSpec, content: Content) -> str:
    return cleaned(content.title) or spec.words.title


def _agency(spec: BallotSpec, content: Content, density: Density, measure: TextMeasure) -> Block:
    """The agency above, the agency itself in bold, and the sign below them (a star in Phụ lục 04)."""
    span, top = spec.sheet.agency_mm, spec.sheet.text.y0
    light = face("regular", density.body_pt - 1, CAPITALS_LEADING)
    heavy = face("bold", density.body_pt, CAPITALS_LEADING)
    above = _lines(content.superior, span, top, light, measure)
    name = _lines(content.agency or spec.words.dots, span, above.bottom, heavy, measure)
    sign = _sign(spec, name, density, measure)
    return Block(above.texts + name.texts + sign.texts, sign.bottom, sign.rules)


def _sign(spec: BallotSpec, name: Block, density: Density, measure: TextMeasure) -> Block:
    middle = _middle(spec.sheet.agency_mm)
    if spec.agency_mark == "star":
        return stacked(
            ("*",), middle, name.bottom, face("regular", density.body_pt, density.leading), "center"
        )
    last = name.texts[-1]
    half = measure(last.text, last.style, last.size_pt) / 4  # a rule half as long as the line above it
    y = name.bottom + 0.8
    return Block((), y + 0.8, (Rule(middle - half, y, middle + half, y, spec.sheet.rule_mm),))


def _title(spec: BallotSpec, content: Content, density: Density, measure: TextMeasure) -> Block:
    words, dots, span = spec.words, spec.words.dots * 5, spec.sheet.title_mm
    body = face("regular", density.body_pt, density.leading)
    date = _lines(
        date_words(spec, content),
        spec.sheet.date_mm,
        spec.sheet.text.y0,
        face("italic", density.body_pt, density.leading),
        measure,
    )
    title = _lines(
        _title_words(spec, content),
        span,
        date.bottom + 2 * density.gap_mm,
        face("bold", density.title_pt, density.leading),
        measure,
    )
    voters = words.voters.format(voters=cleaned(content.voters) or dots)
    subjects = words.subjects.format(subjects=cleaned(content.subjects) or dots)
    year = words.year.format(year=content.year or words.dots)
    first = _lines(voters, span, title.bottom + density.gap_mm / 2, body, measure)
    second = _lines(subjects, span, first.bottom, body, measure)
    third = _lines(year, span, second.bottom, face("bold", density.body_pt, density.leading), measure)
    texts = date.texts + title.texts + first.texts + second.texts + third.texts
    return Block(texts, third.bottom)


def _basis(spec: BallotSpec, content: Content, density: Density, measure: TextMeasure, top: float) -> Block:
    text, line = spec.sheet.text, face("regular", density.body_pt, density.leading)
    return justified(basis_words(spec, content), (text.x0, text.x1), top, line, measure)


def _seal_label(spec: BallotSpec, density: Density) -> tuple[Text, ...]:
    """The only words inside the seal's square besides the agency: at its foot, under the seal."""
    line = face("italic", density.note_pt + 1, density.leading)
    seal = spec.sheet.seal
    return stacked((spec.words.seal,), seal.center[0], seal.y1 - line.leading_mm, line, "center").texts


def _lines(text: str, span: Span, top: float, face: Face, measure: TextMeasure) -> Block:
    """Centred lines in a span; the text's own line breaks are kept."""
    lines = [
        line
        for part in text.splitlines()
        for line in balanced(cleaned(part), span[1] - span[0], face, measure)
    ]
    return stacked(lines, _middle(span), top, face, "center")


def _middle(span: Span) -> float:
    return (span[0] + span[1]) / 2
