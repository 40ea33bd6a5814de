"""What the program is made of: a locked test environment, an SBOM, licences, known holes.

    python -m scripts.supply lock      write requirements/test.txt: all versions, with hashes of their files
    python -m scripts.supply sbom      write dist/sbom.json, CycloneDX 1.6, of this environment
    python -m scripts.supply licences  every licence is one of those that we accept; 1 where one is not
    python -m scripts.supply holes     known holes of the locked versions; 2 where nobody can be asked

Each is a well-kept tool's work (uv, cyclonedx-bom, pip-audit: `pip install -e '.[supply]'`); here stand only
the options, and what their answers mean.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements" / "test.txt"
SBOM: Final = ROOT / "dist" / "sbom.json"

#: Licences under which a part may be used and handed on with an offline installer: none asks for the source
#: of this program. MPL-2.0 asks for its own files' source, which is on PyPI.
ACCEPTED: Final = frozenset(
    {
        *(
            "MIT",
            "MIT-0",
            "MIT-CMU",
            "HPND",
            "ISC",
            "0BSD",
            "BSD",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "Zlib",
            "Unlicense",
        ),
        *("Apache-2.0", "PSF-2.0", "Python-2.0", "MPL-2.0", "CC0-1.0"),
    }
)

#: How packages without an SPDX expression say the same, in classifiers or in words.
SAME: Final = {
    "MIT License": "MIT",
    "The MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
    "BSD License": "BSD",
    "BSD 3-Clause": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD-3-Clause, Apache-2.0, dependency licenses": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
}

#: Packages whose metadata say nothing, with what their own LICENSE file says.
READ_BY_HAND: Final = {"pyrage": "MIT"}

#: What pip-audit says where it found no answer, which is no answer of "no holes".
NOT_ASKED: Final = "could not be audited"

#: This program, which is no part of itself.
OURS: Final = "omr-phieu-tin-nhiem"

HOLES, NOBODY_ASKED = 1, 2


def lock() -> int:
    """Every package of the tests at one version, for all systems, with the hashes of its files."""
    command = [
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--extra",
        "test",
        "--universal",
        "--generate-hashes",
    ]
    options = [
        "--python-version",
        "3.11",
        "--no-emit-index-url",
        "--custom-compile-command",
        "scripts.supply lock",
    ]
    return _run(*command, *options, "--quiet", "--output-file", str(LOCK.relative_to(ROOT)))


def sbom() -> int:
    """The parts of the environment that this runs in, as a CycloneDX document."""
    SBOM.parent.mkdir(exist_ok=True)
    where = ["--pyproject", "pyproject.toml", "--output-reproducible", "--output-file", str(SBOM)]
    code = _run("cyclonedx_py", "environment", sys.executable, *where)
    if code == 0:
        print(f"{SBOM}: {len(json.loads(SBOM.read_text(encoding='utf-8'))['components'])} parts")
    return code


def licences() -> int:
    """1 where a package of this environment has a licence that is not accepted."""
    odd = sorted(set(unaccepted(distributions())))
    print(*odd or ["every licence is accepted"], sep="\n")
    return int(bool(odd))


def unaccepted(packages: Any) -> Iterator[str]:
    """A line for each package whose licence is not accepted: `name: what it says`."""
    for package in packages:
        said = licence_of(package)
        if package.metadata["Name"] != OURS and not accepted(said):
            yield f"{package.metadata['Name']}: {said or 'no licence named'}"


def licence_of(package: Distribution) -> str:
    """The licence of a package: its SPDX expression, else its classifiers, else its own words."""
    about: Any = package.metadata
    expression = about.get("License-Expression")
    if expression:
        return str(expression)
    kinds = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or () if "License ::" in line]
    words = str(about.get("License") or "").strip().partition("\n")[0]
    named = " AND ".join(kind for kind in kinds if kind != "OSI Approved")
    return named or words or READ_BY_HAND.get(about["Name"], "")


def accepted(said: str) -> bool:
    """Whether an expression is accepted: all parts of an AND, one part of an OR; no exception is known.

    >>> accepted("MIT AND (Apache-2.0 OR GPL-3.0-only)"), accepted("GPL-3.0-only"), accepted("")
    (True, False, False)
    """
    text = SAME.get(said, said)
    words = text.replace("(", " ( ").replace(")", " ) ").split()
    return text in ACCEPTED or _all_of(text) or _evaluated(words)


def _all_of(said: str) -> bool:
    """Classifiers joined by AND, in their own words."""
    parts = said.split(" AND ")
    return all(SAME.get(part, part) in ACCEPTED for part in parts)


def _evaluated(words: list[str]) -> bool:
    """An SPDX expression of AND, OR and brackets."""
    held, rest = _either(words)
    return held and not rest


def _either(words: list[str]) -> tuple[bool, list[str]]:
    held, rest = _both(words)
    while rest[:1] == ["OR"]:
        other, rest = _both(rest[1:])
        held = held or other
    return held, rest


def _both(words: list[str]) -> tuple[bool, list[str]]:
    held, rest = _one(words)
    while rest[:1] == ["AND"]:
        other, rest = _one(rest[1:])
        held = held and other
    return held, rest


def _one(words: list[str]) -> tuple[bool, list[str]]:
    if words[:1] == ["("]:
        held, rest = _either(words[1:])
        return held and rest[:1] == [")"], rest[1:]
    return words[:1] != [] and words[0] in ACCEPTED, words[1:]


def holes() -> int:
    """0 no known hole, 1 some, 2 the service could not be asked, or not about every package."""
    if find_spec("pip_audit") is None:
        print("pip_audit is not installed: pip install -e '.[supply]'", file=sys.stderr)
        return NOBODY_ASKED
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes", "--disable-pip"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    code, said = judged(done.returncode, done.stdout, done.stderr)
    print(said)
    return code


def judged(code: int, out: str, err: str) -> tuple[int, str]:
    """What an answer of pip-audit means. It ends with 1 for holes and for a service that it cannot reach."""
    unasked = out.count(NOT_ASKED)
    if unasked:
        return NOBODY_ASKED, f"{unasked} packages could not be asked about: nothing is known of their holes"
    if code and not out.strip():
        last = err.strip().rpartition("\n")[2]
        return NOBODY_ASKED, f"the service could not be asked: nothing is known ({last[:200]})"
    return (HOLES, out) if code else (0, "no known holes")


def _run(tool: str, *options: str) -> int:
    """Run a tool of the extra `supply`, a module of this environment."""
    if find_spec(tool) is None:
        print(f"{tool} is not installed: pip install -e '.[supply]'", file=sys.stderr)
        return NOBODY_ASKED
    return subprocess.run([sys.executable, "-m", tool, *options], check=False, cwd=ROOT).returncode  # noqa: S603 - our own words


COMMANDS: Final[Mapping[str, Callable[[], int]]] = {
    "lock": lock, "sbom": sbom, "licences": licences, "holes": holes,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run the command named."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    return COMMANDS[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
