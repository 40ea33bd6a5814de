"""layout.json: the contract that other programs rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from layouts.compose import compose
from layouts.content import Content, Person
from layouts.errors import LayoutError, Problem
from layouts.files import from_json, to_json
from layouts.spec import load_spec
from layouts.typeset import TextMeasure


@pytest.fixture
def document(measure: TextMeasure, make_content: Callable[..., Content]) -> dict[str, Any]:
    people = (Person(7, "Trần Thị Thí Dụ", "Phó Bí thư"),)
    return dict(json.loads(to_json(compose(load_spec("phu_luc_04"), make_content(people), measure))))


def test_names_and_shapes_are_those_of_the_contract(document: dict[str, Any]) -> None:
    """DESIGN.md, The contract: every key it names is there, in the shape it names."""
    page = document["pages"][0]
    row = page["rows"][0]
    assert (document["version"], document["election"], page["page"]) == (1, "TESTABCD", 1)
    assert page["size_mm"] == [210, 297]
    assert page["fiducials"][2] == {"id": 2, "corners_mm": [[192, 279], [202, 279], [202, 289], [192, 289]]}
    for key in ("code_mm", "seal_mm", "signature_mm", "write_in_mm"):
        assert len(page[key]) == 4
    assert row["number"] == 7
    assert len(row["name_mm"]) == 4
    assert [cell["choice"] for cell in row["cells"]] == ["high", "medium", "low"]
    assert all(len(cell["box_mm"]) == 4 for cell in row["cells"])


def test_keys_of_later_programs_are_ignored(document: dict[str, Any]) -> None:
    """A key that this program does not know changes nothing."""
    known = from_json(json.dumps(document))
    document["pages"][0]["colour"] = "white"
    assert from_json(json.dumps({**document, "note": "x"})) == known


def _without_rows(document: dict[str, Any]) -> None:
    del document["pages"][0]["rows"]


def _box_of_three(document: dict[str, Any]) -> None:
    document["pages"][0]["code_mm"].pop()


def _box_of_words(document: dict[str, Any]) -> None:
    document["pages"][0]["rows"][0]["name_mm"][0] = "left"


def _corner_lost(document: dict[str, Any]) -> None:
    document["pages"][0]["fiducials"][0]["corners_mm"].pop()


def _infinite(document: dict[str, Any]) -> None:
    document["pages"][0]["table_mm"][0] = float("inf")


@pytest.mark.parametrize("damage", [_without_rows, _box_of_three, _box_of_words, _corner_lost, _infinite])
def test_damaged_file_is_refused_in_words(
    document: dict[str, Any], damage: Callable[[dict[str, Any]], None]
) -> None:
    """A file that lacks something or has nonsense in it is FILE_INVALID, never a wrong place."""
    damage(document)
    with pytest.raises(LayoutError) as caught:
        from_json(json.dumps(document))
    assert caught.value.problem == Problem.FILE_INVALID


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 1}'])
def test_what_is_no_layout_is_refused_in_words(text: str) -> None:
    """So is any other text."""
    with pytest.raises(LayoutError) as caught:
        from_json(text)
    assert caught.value.problem == Problem.FILE_INVALID


def test_other_version_is_refused(document: dict[str, Any]) -> None:
    """A later version of the file is not guessed at."""
    with pytest.raises(LayoutError) as caught:
        from_json(json.dumps({**document, "version": 2}))
    assert caught.value.problem == Problem.FILE_VERSION
