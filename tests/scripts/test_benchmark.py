"""The benchmark that docs/performance.md is written by: it runs, and its tables hold what it promises."""

from __future__ import annotations

import sys

import pytest

from omr.task import Worker
from scripts import benchmark
from scripts.benchmark import BEGIN, END, STAGES, main, measure


@pytest.fixture
def here(monkeypatch):
    """Cases are measured in this process, which saves four starts; the watches are taken off afterwards."""
    monkeypatch.setattr(benchmark, "_in_a_process", measure)
    monkeypatch.setattr(Worker, "_read", Worker._read)
    watched = {function for _home, function in STAGES.values()}
    modules = [module for name, module in sys.modules.items() if name.startswith("omr.")]
    before = [(m, name, getattr(m, name)) for m in modules for name in watched if hasattr(m, name)]
    yield
    for module, name, function in before:
        setattr(module, name, function)


def tables(text):
    """The rows of every table of a Markdown text, as cells; without the lines under the heads."""
    found = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [[head, *rows] for head, _rule, *rows in filter(None, found)]


def test_the_tables_hold_what_the_benchmark_promises(here, tmp_path, capsys):
    """The ratio, each stage's time, pages a second and the peak, for JPEG and PDF; --write replaces them."""
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{BEGIN}\nwhat was there\n{END}\nafter\n", encoding="utf-8")
    asked = ["--pages", "2", "--dpi", "200", "--jobs", "1", "--write", str(document)]
    assert main(asked) == 0
    said = capsys.readouterr().out
    ratios, stages, paces = tables(said)
    cases = ["200 dpi, JPEG", "200 dpi, PDF"]

    assert ratios[0] == ["pages", "n", "file to stored", "decoding", "ratio", "ratio of CPU time"]
    assert [(row[0], row[1]) for row in ratios[1:]] == [(case, "2") for case in cases]
    assert all(float(cell) > 0 for row in ratios[1:] for cell in row[2:])

    assert stages[0] == ["stage", *cases]
    assert [row[0] for row in stages[1:]] == [*STAGES, "store", "all"]
    spent = {row[0]: list(map(float, row[1:])) for row in stages[1:]}
    assert all(part > 0 for stage in ("load", "fiducials", "ink", "marks", "all") for part in spent[stage])
    assert all(part <= whole for part, whole in zip(spent["marks"], spent["all"], strict=True))

    assert paces[0] == ["pages", "workers", "pages/s", "× one", "peak parent MB", "peak worker MB"]
    assert [row[:2] for row in paces[1:]] == [[case, "1"] for case in cases]
    assert all(float(row[4]) > 30 for row in paces[1:])

    written = document.read_text(encoding="utf-8")
    assert said.strip() in written
    assert "what was there" not in written
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
