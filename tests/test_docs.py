"""The documentation: it builds, and what it says of tests, commands and files is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LAW = (DOCS / "law.md").read_text(encoding="utf-8")


def test_the_site_builds_without_a_warning(tmp_path):
    """`mkdocs build --strict`: every link and picture is there."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "huong-dan.html").stat().st_size > 5000


@pytest.mark.parametrize("page", ["law.md", "safety.md"])
def test_every_test_that_a_page_names_exists(page):
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (DOCS / page).read_text(encoding="utf-8"))
    assert len(named) > 40
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


@pytest.mark.parametrize(
    "clause", ["II.1", "II.2", "II.3", "III.1", "III.2.1", "III.2.2", "III.2.3", "III.2.4"]
)
def test_the_clauses_of_the_plan_stand_in_the_law(clause):
    assert re.search(rf"^\| {re.escape(clause)}[, ]", LAW, flags=re.MULTILINE)


@pytest.mark.parametrize("clause", ["III.3", "III.4.1", "III.4.2", "III.4.3", "III.5.1", "III.5.2", "III.6"])
def test_the_later_clauses_stand_there_too(clause):
    assert re.search(rf"^\| {re.escape(clause)}[, ]", LAW, flags=re.MULTILINE)


def test_every_clause_has_its_test_or_the_reason_why_it_is_for_people():
    rows = [row for row in LAW.splitlines() if re.match(r"\| I", row)]
    assert len(rows) > 30
    for row in rows:
        last = row.rstrip("|").rpartition("|")[2]
        assert "`tests/" in last or "or people" in last or "the same test" in last, row


def test_every_module_that_the_law_names_exists():
    for name in re.findall(r"`((?:omr|layouts|generate)/[\w/.]*)`", LAW):
        assert (ROOT / name).exists(), name
