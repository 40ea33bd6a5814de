"""The wheel: built as README says, it runs the whole day in an environment that has nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def run(*command, **more):
    """Run a program; what it said if it failed."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, timeout=400, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bring_what_it_names(empty):
    """The packages that the wheel names and those that they name, as they are here: unpacked and compiled.

    Linked where the disk allows it: copies of ten thousand files took a fifth of the test.
    """
    place = Path(sysconfig.get_path("purelib", vars={"base": str(empty), "platbase": str(empty)}))
    (installed,) = metadata.distributions(path=[str(place)])
    missing, brought = list(installed.requires), {installed.name}
    while missing:
        needed = Requirement(missing.pop())
        if needed.name in brought or not (needed.marker is None or needed.marker.evaluate({"extra": ""})):
            continue
        assert not needed.extras, f"{needed}: what an extra names is not followed here"
        brought.add(needed.name)
        found = metadata.distribution(needed.name)
        missing += found.requires or ()
        for file in found.files:
            # Never over what is there: a link is the file itself.
            if ".." not in file.parts and not (place / file).exists():
                (place / file).parent.mkdir(parents=True, exist_ok=True)
                brought_over(file.locate(), place / file)


def brought_over(here, there):
    try:
        os.link(here, there)
    except OSError:
        shutil.copy2(here, there)


def test_the_wheel_runs_the_demo_in_an_empty_environment(tmp_path):
    """No source folder, no other packages: what the wheel needs it names, what it reads it brings."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    held = ZipFile(wheel).namelist()
    assert {"omr/locale/vi.po", "layouts/phu_luc_04.toml", "omr/sample/ban-chap-hanh/people.csv"} <= set(held)
    assert not [name for name in held if name.startswith(("tests/", "scripts/"))]
    venv.create(tmp_path / "empty", with_pip=False)
    programs = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    # Not even pip is in it: this environment's own installs there, which spares unpacking another.
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", programs / "python")
    run(*pip, "install", "--quiet", "--no-compile", "--no-deps", wheel)
    bring_what_it_names(tmp_path / "empty")
    run(*pip, "check")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "OMR_"))}
    said = run(programs / "omr", "demo", tmp_path / "demo", cwd=tmp_path, env=clean)
    assert "phu-luc-05.docx" in said.replace("\n", "")
    assert (tmp_path / "demo/phu-luc-05.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "demo/ho-so/phu-luc-02.xlsx").stat().st_size > 5000
