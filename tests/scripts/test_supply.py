"""What the program is made of: the lock names it all, licences and answers about holes are told honestly."""

from __future__ import annotations

import re
import tomllib
from email.message import Message
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.supply import HOLES, LOCK, NOBODY_ASKED, accepted, judged, unaccepted

ROOT = Path(__file__).resolve().parents[2]


def locked() -> dict[str, list[str]]:
    """The versions in the lock, by name: one, or one a system."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([^ ;\\]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def wanted() -> list[Requirement]:
    """All that pyproject.toml asks for to run the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["test"], *extras["docs"], *extras["cluster"]]
    return [each for each in map(Requirement, lines) if each.name != project["name"]]


def is_locked(wish: Requirement, versions: dict[str, list[str]]) -> bool:
    found = versions.get(canonicalize_name(wish.name), [])
    return bool(found) and all(wish.specifier.contains(version) for version in found)


def test_the_lock_holds_all_that_the_tests_need_in_versions_that_are_allowed():
    """A dependency that was added or raised and not locked makes a lock that cannot be installed."""
    versions = locked()
    missing = [str(each) for each in wanted() if not is_locked(each, versions)]
    assert missing == [], "python -m scripts.supply lock"
    assert len(versions) > 100


def test_every_locked_file_is_told_by_its_hash():
    """What is installed years later is what was tested, or is refused."""
    entries = re.split(r"^(?=[\w.-]+==)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [each.split()[0] for each in entries if "--hash=sha256:" not in each] == []


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MIT AND (Apache-2.0 OR GPL-3.0-only)", True),
        ("BSD License AND Apache Software License", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT", False),
        ("MIT)", False),
        ("GNU Affero General Public License v3", False),
        ("", False),
    ],
)
def test_a_licence_is_accepted_only_where_all_of_it_is(said, taken):
    assert accepted(said) is taken


def package(name: str, **fields: str) -> SimpleNamespace:
    about = Message()
    about["Name"] = name
    for field, value in fields.items():
        about[field.replace("_", "-")] = value
    return SimpleNamespace(metadata=about)


def test_a_package_that_names_no_licence_or_another_is_told():
    packages = [
        package("good", License_Expression="BSD-3-Clause"),
        package("old", Classifier="License :: OSI Approved :: MIT License"),
        package("silent"),
        package("viral", Classifier="License :: OSI Approved :: GNU General Public License v3 (GPLv3)"),
    ]
    assert list(unaccepted(packages)) == [
        "silent: no licence named", "viral: GNU General Public License v3 (GPLv3)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "out", "err", "meant"),
    [
        (0, "", "No known vulnerabilities found", 0),
        (1, "Name Version ID\na 1 PYSEC-1", "Found 1 known vulnerability", HOLES),
        (1, "", "requests.exceptions.ConnectionError: no such host", NOBODY_ASKED),
        (0, "a  Dependency not found on PyPI and could not be audited: a (1)", "No known …", NOBODY_ASKED),
    ],
)
def test_no_answer_is_never_taken_for_no_holes(code, out, err, meant):
    """pip-audit ends well where the index knows none of the packages, and with 1 where it reaches nobody."""
    assert judged(code, out, err)[0] == meant
