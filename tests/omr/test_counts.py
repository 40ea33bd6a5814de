"""From files to the result: two counts, a watched folder, files that could not be read, scans cut short."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from omr.cli import run
from omr.counting import count_folder
from omr.election import Folder
from omr.store import NewSource, Store

ROOT = Path(__file__).parents[2]


def blank_ballot(root: Path, out: Path, mark: int, noise: int = 1) -> Path:
    """A scan of the first page as printed, with one person's crosses: `mark` says where they lie."""
    picture = cv2.imread(str(Folder(root).blank_dir / "page-1.png"), cv2.IMREAD_GRAYSCALE)
    layout = json.loads(Folder(root).layout_json.read_text(encoding="utf-8"))
    rng = np.random.default_rng(mark)
    for row in layout["pages"][0]["rows"]:
        x0, y0, x1, y1 = (8 * value for value in row["cells"][(mark + row["number"]) % 3]["box_mm"])
        x, y = (x0 + x1) / 2 + rng.uniform(-15, 15), (y0 + y1) / 2 + rng.uniform(-6, 6)
        size = rng.uniform(18, 26)
        for dx in (-size, size):
            ends = (round(x - dx), round(y - size)), (round(x + dx), round(y + size))
            cv2.line(picture, *ends, 40, 5, cv2.LINE_AA)
    picture[:4, :4] = 255 - noise  # other pixels, the same sheet
    assert cv2.imwrite(str(out), picture)
    return out


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> Path:
    """An election of five people, printed, without a seal to look for, with two counts. To be copied."""
    root = tmp_path_factory.mktemp("printed") / "bch"
    assert run(["init", str(root), "--venue", "BCH", "--date", "15/12/2023"]) == 0
    toml = root / "election.toml"
    text = toml.read_text(encoding="utf-8")
    text, changed = re.subn(r"(?m)^counts = 1$", "counts = 2", text)
    text, also = re.subn(r'(?m)^seal = "red"$', 'seal = "ignore"', text)
    assert (changed, also) == (1, 1)
    toml.write_text(text, encoding="utf-8")
    assert run(["print", str(root), "--copies", "9"]) == 0
    return root


@pytest.fixture
def root(printed, tmp_path) -> Path:
    """Such an election of one's own."""
    shutil.copytree(printed, tmp_path / "bch")
    return tmp_path / "bch"


@pytest.fixture
def scans(tmp_path) -> Path:
    place = tmp_path / "scans"
    place.mkdir()
    return place


def test_two_counts_from_the_scanner_to_the_final_result(root, scans, capsys):
    """Draft without the second count, draft while it lacks a sheet, final once it confirms the first."""
    first = [blank_ballot(root, scans / f"a{n}.png", n) for n in range(3)]
    assert run(["scan", str(root), *map(str, first), "--jobs", "1"]) == 0
    assert run(["compare", str(root)]) == 1
    assert run(["tally", str(root)]) == 3
    second = [blank_ballot(root, scans / f"b{n}.png", n, noise=9) for n in (2, 0)]
    assert run(["scan", str(root), *map(str, second), "--count", "2", "--jobs", "1"]) == 0
    assert run(["compare", str(root)]) == 3
    assert run(["tally", str(root)]) == 3
    assert count_folder(Folder(root)).result.day.counts_differ
    capsys.readouterr()
    assert run(["compare", str(root), "--json"]) == 3
    data = json.loads(capsys.readouterr().out)
    assert (len(data["only_in_1"]), data["only_in_2"], data["sheets"]) == (1, [], [])
    last = blank_ballot(root, scans / "b1.png", 1, noise=9)
    assert run(["scan", str(root), str(last), "--count", "2", "--jobs", "1"]) == 0
    assert run(["compare", str(root)]) == 0
    assert run(["tally", str(root)]) == 0


def test_a_file_that_could_not_be_read_needs_a_persons_word(root, scans, capsys):
    """It may hold ballots: a draft until it is scanned again, or somebody says that it holds none."""
    (scans / "lost.pdf").write_bytes(b"%PDF-1.4 and no more")
    assert run(["scan", str(root), str(scans)]) == 1
    counted = count_folder(Folder(root))
    assert counted.result.day.broken == 1
    assert run(["resolve", str(root), "lost.pdf", "-", "ballot", "--by", "Lan"]) == 2
    capsys.readouterr()
    assert run(["resolve", str(root), "lost.pdf", "-", "foreign", "--by", "Lan", "--why", "thư mời"]) == 0
    assert capsys.readouterr().out.startswith("lost.pdf: Không phải phiếu")
    assert count_folder(Folder(root)).result.day.broken == 0
    assert run(["resolve", str(root), "lost.pdf", "-", "undo", "--by", "Lan"]) == 0
    assert count_folder(Folder(root)).result.day.broken == 1


def test_a_typed_decision_is_repeated(root, scans, capsys):
    """A plain row of a plain ballot: whom it touched, what it changed, and that nobody had asked."""
    sheet = blank_ballot(root, scans / "a0.png", 0)
    assert run(["scan", str(root), str(sheet), "--jobs", "1"]) == 0
    (ballot,) = count_folder(Folder(root)).now.box.counted
    capsys.readouterr()
    assert run(["resolve", str(root), ballot.id, "3", "low", "--by", "Lan"]) == 0
    first, second, *_rest = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Người số 3, \w+ .*: từ Tín nhiệm cao thành Tín nhiệm thấp", first)
    assert second == "Dòng này không nằm trong mục chờ quyết định: máy đọc là Tín nhiệm cao."


def test_a_scan_cut_short_never_passes_as_final(root):
    """Pages that were announced and never stored make a draft, and the reason names the way on."""
    with Store(Folder(root).database) as store:
        store.add_batch(1, [NewSource("0" * 64, "a.pdf", 3)])
    result = count_folder(Folder(root)).result
    assert result.day.unstored == 3
    assert any("omr scan" in reason for reason in result.draft_reasons)


def test_watching_reads_what_comes_as_one_batch_and_ends_by_itself(root, scans, monkeypatch):
    monkeypatch.setattr("omr.watching.arrivals.__kwdefaults__", {"quiet": 0.05, "idle": None, "ended": None})
    for n in range(2):
        blank_ballot(root, scans / f"a{n}.png", n)
    assert run(["scan", str(root), str(scans), "--watch", "--idle", "0.2", "--jobs", "1"]) == 0
    with Store(Folder(root).database) as store:
        assert [(page.source, page.batch) for page in store.pages()] == [("a0.png", 1), ("a1.png", 1)]


@pytest.mark.parametrize(("whole", "code"), [(True, 0), (False, 1)])
@pytest.mark.parametrize("half", [b"\x89PNG\r\n\x1a\n", b"%PDF-1.4 and no more"], ids=["page", "file"])
def test_a_file_taken_half_written_counts_by_what_became_of_it(
    root, scans, monkeypatch, *, half, whole, code
):
    """A slow copy is read again once it is whole; the end of the watch then knows of no fault."""
    place = blank_ballot(root, scans / "a0.png", 0)
    data = place.read_bytes()

    def coming(_folder, **_how):
        place.write_bytes(half)
        yield (place,)
        if whole:
            place.write_bytes(data)
            yield (place,)

    monkeypatch.setattr("omr.progress.arrivals", coming)
    assert run(["scan", str(root), str(scans), "--watch", "--jobs", "1"]) == code


@pytest.mark.parametrize("place", ["", "scans", "nowhere"])
def test_a_folder_that_cannot_be_watched_is_a_line(root, place, capsys):
    """The election's own folder would be read into itself; a folder that is not there holds nothing."""
    assert run(["scan", str(root), str(root / place), "--watch", "--idle", "0.1"]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_while_waiting_is_a_clean_end(root, scans):
    """Exit 0 and the sums; no traceback."""
    command = [sys.executable, "-m", "omr", "scan", str(root), str(scans), "--watch"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"OMR_LANG": "en"}, text=True, bufsize=1,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert "Ctrl-C" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said, wrong = process.communicate(timeout=60)
    assert process.returncode == 0, wrong
    assert "Reconciliation" in said
    assert "Traceback" not in wrong
