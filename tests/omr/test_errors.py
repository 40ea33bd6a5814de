"""Errors: exit codes, and docs/errors.md held to what the program can say."""

from __future__ import annotations

import ast
import pickle
import re
from functools import cache
from pathlib import Path

import pytest

import omr
from layouts.errors import TEMPLATES
from omr import errors
from omr.election import OTHERWISE, SAID
from omr.errors import Differs, DoesNotAddUp, ElectionError, NotFinal, OmrError, UsageError

ROOT = Path(omr.__file__).parent
DOCS = ROOT.parent / "docs" / "errors.md"


def test_each_kind_of_error_has_its_exit_code():
    """The contract: 1 a failure, 2 wrong usage, 3 not final, 4 does not add up, 5 was changed."""
    codes = [kind.exit_code for kind in (OmrError, UsageError, NotFinal, DoesNotAddUp, Differs)]
    assert codes == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("fault", [UsageError("a", "b"), ElectionError("a", "b", "people.csv", 3)])
def test_an_error_survives_the_way_from_a_worker_process(fault):
    back = pickle.loads(pickle.dumps(fault))
    assert (str(back), back.advice, back.exit_code) == (str(fault), fault.advice, fault.exit_code)


def test_an_error_in_a_file_begins_with_its_place():
    assert str(ElectionError("wrong", "", "people.csv", 3)) == "people.csv:3: wrong"
    assert str(ElectionError("wrong", "", "people.csv")) == "people.csv: wrong"


def documented():
    """The messages of docs/errors.md, which stand in its headings."""
    return re.findall(r"^### (.+)$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)


@cache
def raised():
    """Every message that is raised as one of our errors anywhere in the program."""
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type)} | {"BrokenPictureError"}
    found = set(TEMPLATES.values()) | {text for _kind, text in SAID} | {OTHERWISE}
    for path in ROOT.rglob("*.py"):
        for room in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(room, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= raised_in(room, kinds | {"_differs"})
                found |= messages(room) if (path.name, room.name) in SPEAKERS else set()
    return found


#: Functions that give the message of an error to whoever raises it.
SPEAKERS = {("recorded.py", "in_words"), ("pictures.py", "_what_differs")}


def raised_in(room, kinds):
    """The messages that one function puts into errors."""
    calls = [n for n in ast.walk(room) if isinstance(n, ast.Call) and getattr(n.func, "id", "") in kinds]
    said = [call.args[0] for call in calls if call.args]
    # text = _("…"), then Differs(text.format(…)): the name stands for what it was given.
    names = {node.id for each in said for node in [bare(each)] if isinstance(node, ast.Name)}
    given = [
        node.value
        for node in ast.walk(room)
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") in names for target in node.targets)
    ]
    return set().union(*(messages(bare(each)) for each in [*said, *given]))


def bare(node):
    """`text` of `text` and of `text.format(…)`."""
    return node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node


def messages(node):
    """The msgids inside `_("…")` or `_("…").format(…)`."""
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "_"]
    return {c.args[0].value for c in calls if c.args and isinstance(c.args[0], ast.Constant)}


def test_every_error_is_documented_and_nothing_else_is():
    assert raised() >= {"the election's key is missing or damaged: {path}"}
    assert sorted(raised() - set(documented())) == []
    assert sorted(set(documented()) - raised()) == []


def test_the_documented_errors_are_in_the_order_of_their_messages():
    messages = documented()
    assert messages == sorted(messages, key=str.casefold)


def test_every_documented_error_says_what_to_do():
    parts = re.split(r"^### .+$", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert all(part.strip() for part in parts)
