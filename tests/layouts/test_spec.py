"""Specs are data: a third kind of ballot is a third file, and a wrong one is refused by its key."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from layouts.compose import compose
from layouts.content import Content, Person
from layouts.errors import TEMPLATES, LayoutError, Problem
from layouts.spec import known_specs, load_spec
from layouts.typeset import TextMeasure

TEXT = (resources.files("layouts") / "phu_luc_04.toml").read_text("utf-8")


def test_choices_of_the_known_kinds() -> None:
    """The ids are stable: readings are stored under them."""
    choices = {name: [choice.id for choice in load_spec(name).choices] for name in known_specs()}
    assert choices == {
        "bo_phieu": ["confidence", "no_confidence"],
        "phu_luc_04": ["high", "medium", "low"],
    }
    assert load_spec("phu_luc_04").low == "low"


def test_a_third_kind_is_a_third_file(
    tmp_path: Path, measure: TextMeasure, make_content: Callable[..., Content]
) -> None:
    """A TOML file with four choices and its own title makes a ballot, with no code."""
    text = TEXT.replace("width_mm = 19", "width_mm = 16.5").replace("width_mm = 60", "width_mm = 51")
    text = text.replace("PHIẾU TÍN NHIỆM", "PHIẾU THĂM DÒ")
    text = text.replace("[sheet]", '[[choices]]\nid = "none"\nlabel = "Không ý kiến"\n[sheet]', 1)
    path = tmp_path / "tham_do.toml"
    path.write_text(text, encoding="utf-8")
    layout = compose(load_spec(path), make_content((Person(1, "An"),)), measure)
    assert layout.spec == str(path)
    assert [cell.choice for cell in layout.pages[0].rows[0].cells] == ["high", "medium", "low", "none"]
    assert "PHIẾU THĂM DÒ" in [text.text for text in layout.pages[0].texts]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("width_mm = 60", "width_mm = 61", "columns"),
        ("width_mm = 60", 'width_mm = "wide"', "columns.2.width_mm"),
        ("rule_mm = 0.3", "rule_mm = 0.3\ncolour = 1", "sheet.colour"),
        ('low = "low"', 'low = "lowest"', "result.low"),
        ('id = "medium"', 'id = "high"', "choices"),
        ("Năm {year}", "Năm {nam}", "words.year"),
        ("Năm {year}", "Năm {year", "words.year"),
        ("width_mm = 19", "width_mm = 15", "columns"),
        ("mark_min_mm = [16, 9]", "mark_min_mm = [20, 9]", "marks.width_mm"),
        ("[sheet]", "[sheet", "TOML"),
    ],
)
def test_a_wrong_spec_is_refused_by_its_key(tmp_path: Path, old: str, new: str, where: str) -> None:
    """The error names the key, so that it can be found in the file."""
    assert old in TEXT
    path = tmp_path / "spec.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LayoutError) as caught:
        load_spec(path)
    assert (caught.value.problem, caught.value.values["where"]) == (Problem.SPEC_INVALID, where)


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    """The message says which kinds there are."""
    with pytest.raises(LayoutError, match="bo_phieu, phu_luc_04"):
        load_spec("phu_luc_09")


def test_every_problem_has_a_sentence() -> None:
    """Each stable code can be said in words."""
    assert set(TEMPLATES) == set(Problem)
