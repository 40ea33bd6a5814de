"""The project's own papers: two commands, every command explained, every document where it is said to be."""

from __future__ import annotations

import re
from pathlib import Path

from omr.cli import app

ROOT = Path(__file__).resolve().parents[2]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_has_exactly_two_commands():
    """One installs and runs the demo, one installs the test extra and runs pytest."""
    first, second = re.findall(r"^```sh\n(.+?)^```$", text("README.md"), flags=re.MULTILINE | re.DOTALL)
    assert first.endswith("omr demo\n")
    assert second.endswith("pytest\n")
    assert all(command.count("\n") == 1 for command in (first, second))


def test_every_command_is_in_the_readme():
    for command in app.registered_commands:
        assert f"omr {command.name}" in text("README.md"), command.name


def test_links_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", text(name)):
            assert (ROOT / target).exists(), (name, target)


def test_modules_named_in_contributing_are_there():
    table = text("CONTRIBUTING.md").split("| stage | modules |")[1].split("\n\n")[0]
    for module in re.findall(r"`(\w+)/?`", table):
        assert (ROOT / "omr" / module).exists() or (ROOT / "omr" / f"{module}.py").exists(), module
