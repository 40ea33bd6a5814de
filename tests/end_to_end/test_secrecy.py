"""The whole day without a network, and what its files say: nothing leads from a vote to a place or a time."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pypdfium2 as pdfium
import pytest

from omr.cli import app
from omr.demo import sample
from omr.election import Folder
from omr.files import ABANDONED, NO_TIME, PART, sweep
from omr.pages import Source, list_sources
from omr.store import Store
from omr.store.originals import keep_by_content
from omr.task import Task, unread
from omr.web.hall import SECRET

ROOT = Path(__file__).resolve().parents[2]

#: Put into every Python process of the day, its readers included: whatever reaches beyond this machine is
#: written down and refused.
GUARD = """
import os, socket, sys

def guard(event, args):
    if event == "socket.connect":
        family, address = args[0].family, args[1]
        away = family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(("127.", "::1"))
    else:
        # Names are asked of a server beyond this machine, but for this machine's own.
        away = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto") and str(
            args[0]) not in ("localhost", "127.0.0.1", "::1", "None")
    if away:
        with open(os.environ["OMR_TEST_LOG"], "a") as log:
            log.write(f"{event} {args}\\n")
        raise OSError("no network in this test")

sys.addaudithook(guard)
"""

#: The commands of the day. The sample's own print is done as `omr demo` does it: its scans fit no other face.
DAY = """
import sys
import threading
from pathlib import Path
from queue import Queue
from urllib.request import HTTPCookieProcessor, build_opener
from generate.fonts import LAST_RESORT, find_family
from omr import cli
from omr.closing import close as sign, digest
from omr.counting import count_folder
from omr.demo import lay_out_sample, sample
from omr.election import Folder
from omr.export import as_json
from omr.printing import print_ballots
from omr.store import Store
from omr.web.serve import serve

def run(words):
    print("omr", *words, flush=True)
    return cli.run(words)

def main(folder, out):
    Path(out).mkdir()
    assert run(["init", f"{out}/new", "--venue", "BCH"]) == 0
    assert run(["print", f"{out}/new", "--copies", "2"]) == 0
    with sample() as given:
        lay_out_sample(given, Folder(Path(folder)))
        print_ballots(Folder(Path(folder)), 46, find_family(LAST_RESORT))
        assert run(["scan", folder, str(given / "scans" / "jpeg")]) in (0, 3)
    item = next(item for item in count_folder(Folder(Path(folder))).now.open_items if item.number)
    by = "Nguyen Van Thu, Tran Thi Vi Du"
    assert run(["resolve", folder, item.ballot, str(item.number), "high", "--by", by]) == 0
    for form in ("csv", "cvr-json"):
        assert run(["export", folder, "--format", form, "--out", f"{out}/votes.{form}"]) == 0
    for where in (folder, f"{out}/papers"):
        assert run(["report", folder, "--draft", "--out", where]) == 0
    for command in ("status", "tally", "compare"):
        assert run([command, folder, "--json"]) in (0, 1, 3, 4)
    picture = next(Path(folder, "pages").rglob("*.*"))
    assert run(["look", folder, str(picture), "--out", f"{folder}-look"]) == 0
    close(folder, out, by)
    seen_in_a_browser(folder)

def close(folder, out, by):
    # The rest of the night: all is decided, audited, closed, published, sealed for the archive, opened again.
    home = Folder(Path(folder))
    while (open_items := count_folder(home).now.open_items):
        item = open_items[0]
        row, choice = (str(item.number), "low") if item.number else ("-", "valid")
        assert run(["resolve", folder, item.ballot, row, choice, "--by", by]) == 0
    assert run(["audit", folder, "--seed", "31415926535897932384"]) == 3
    with Store(home.database) as store:
        result = as_json(count_folder(home).result)
        for member in by.split(", "):
            sign(home, store, result, member, 2, shown=digest(result))
    assert run(["publish", folder, "--out", f"{out}/result.zip"]) == 0
    for what in (folder, f"{out}/result.zip"):
        assert run(["verify", what]) == 0
    assert run(["member", folder]) == 0
    assert run(["accept", folder, "--by", by, "--why", "none"]) in (0, 1, 2)
    assert run(["import-cvr", f"{out}/votes.cvr-json"]) in (0, 3, 4)
    for papers in ("calendar", "dossier"):
        assert run([papers, folder, "--date", "15/12/2026", "--out", f"{out}/{papers}"]) == 0
    assert run(["combine", folder, "--out", f"{out}/combined"]) in (0, 3, 4)
    assert run(["seal", folder, "--out", f"{folder}.age", "--new-key", f"{folder}.key"]) == 0
    assert run(["unseal", f"{folder}.age", f"{folder}-opened", "--identity", f"{folder}.key"]) == 0

def seen_in_a_browser(folder):
    # The web app on this machine, as omr serve has it; the result is asked for over the wire.
    door = Queue()
    threading.Thread(target=serve, args=(Path(folder),), kwargs={"ready": door.put}, daemon=True).start()
    address = door.get(timeout=30)
    browser = build_opener(HTTPCookieProcessor())
    assert browser.open(address, timeout=30).status == 200
    result = f"{address.partition('/open')[0]}/e/{Path(folder).name}/result"
    assert browser.open(result, timeout=30).status == 200

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@dataclass(frozen=True)
class Day:
    """What a day left behind: the election, what was handed out, and what was tried to reach."""

    folder: Folder
    out: Path
    reached: str
    printed: str

    def pages(self):
        with Store(self.folder.database) as store:
            return store.pages()


def guarded(place: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program with the guard in all its processes."""
    (place / "guard").mkdir(exist_ok=True)
    (place / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    environment = {
        "PYTHONPATH": f"{place / 'guard'}:{ROOT}",
        "OMR_TEST_LOG": str(place / "reached.txt"),
        "OMR_LANG": "en",
        "PATH": "/usr/bin:/bin",
        "HOME": str(place),
    }
    # Not a file: each process that the program starts would import again all that the file does.
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> Day:
    place = tmp_path_factory.mktemp("day")
    done = guarded(place, DAY, str(place / "election"), str(place / "out"))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    log = place / "reached.txt"
    reached = log.read_text(encoding="utf-8") if log.exists() else ""
    return Day(Folder(place / "election"), place / "out", reached, done.stdout)


# --- no network ---------------------------------------------------------------------------------------


def test_the_whole_day_reaches_nothing_beyond_this_machine(day):
    """From init to the archive, and the web app: no process connects or asks for a name."""
    assert day.reached == ""


def test_the_day_without_a_network_has_every_command(day):
    """A command that is added stands there, too. `serve` is called as its command does; `demo` is the day."""
    called = {line.split()[1] for line in day.printed.splitlines() if line.startswith("omr ")}
    assert called | {"serve", "demo"} == {command.name for command in app.registered_commands}


@pytest.mark.parametrize(
    "reach", ["socket.create_connection(('192.0.2.1', 80), 1)", "socket.getaddrinfo('example.invalid', 80)"]
)
def test_the_guard_of_this_test_sees_what_reaches_out(tmp_path, reach):
    """Else the test above could not fail."""
    done = guarded(tmp_path, f"import socket\n{reach}\n")
    assert done.returncode == 1
    assert "no network in this test" in done.stderr
    assert (tmp_path / "reached.txt").read_text(encoding="utf-8")


# --- what leaves the folder ---------------------------------------------------------------------------


def words_of(path: Path) -> str:
    """All that a file says: packed documents unpacked, a PDF's text with what it says about itself."""
    if path.suffix in {".docx", ".xlsx", ".zip"}:
        with ZipFile(path) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    if path.suffix == ".pdf":
        with pdfium.PdfDocument(path) as document:
            texts = [page.get_textpage().get_text_range() for page in document]
            return "\n".join([*texts, *document.get_metadata_dict().values()])
    return path.read_bytes().decode("utf-8", "replace")


def handed_out(day: Day) -> dict[str, str]:
    """Every file that the board takes out of the folder."""
    found = {
        path.name: words_of(path) for path in day.out.rglob("*") if path.is_file() and "new" not in path.parts
    }
    assert {"votes.csv", "votes.cvr-json", "phu-luc-05.pdf", "phu-luc-05.docx", "results.csv"} <= set(found)
    return found


def test_nothing_that_leaves_names_a_page_a_file_or_a_place(day):
    """Page ids, hashes and names of files are how the folder knows a place in the scan: none leaves."""
    pages = day.pages()
    known = {text for page in pages for text in (page.id, page.sha256, page.original, page.source)}
    known |= {Path(page.source).name for page in pages}
    known.discard("")
    assert len(known) > 50
    for name, text in handed_out(day).items():
        assert [each for each in known if each in text] == [], name


def test_votes_leave_in_the_order_of_random_ids(day):
    """The order of the lines says nothing: it is that of ids drawn at random."""
    with (day.out / "votes.csv").open(encoding="utf-8", newline="") as lines:
        ballots = list(dict.fromkeys(line["ballot"] for line in csv.DictReader(lines)))
    assert len(ballots) > 10
    assert ballots == sorted(ballots)
    records = json.loads((day.out / "votes.cvr-json").read_text(encoding="utf-8"))["CVR"]
    assert [each["UniqueId"] for each in records] == ballots
    assert all(re.fullmatch(r"[0-9a-f]{10}", each) for each in ballots)


def test_ids_are_drawn_anew_whatever_is_read(tmp_path):
    """The same page at the same place gets other ids each time: nothing of it is in them."""
    with sample() as given:
        (source,) = list_sources([given / "scans" / "jpeg" / "scan-032.jpg"])
    assert isinstance(source, Source)
    drawn = [unread(Task(source, 1, 0), "") for _time in range(50)]
    assert len({each.id for each in drawn} | {each.sheet for each in drawn}) == 100


def test_no_time_stands_beside_a_vote_that_leaves(day):
    """Votes leave without any time of day; the report of records bears one, its own."""
    clock = re.compile(r"\d\d:\d\d")
    assert not clock.search((day.out / "votes.csv").read_text(encoding="utf-8"))
    report = json.loads((day.out / "votes.cvr-json").read_text(encoding="utf-8"))
    assert clock.search(report.pop("GeneratedDate"))
    assert not clock.search(json.dumps(report["CVR"]))


# --- what stays in the folder -------------------------------------------------------------------------


def test_no_row_about_pages_bears_a_time(day):
    """A page's row says where it lay to who has the key (`test_ledger_alone`), and never when."""
    seen = 0
    with closing(sqlite3.connect(day.folder.database)) as ledger:
        for table in ("batches", "sources", "broken", "pages", "readings", "compared", "alike"):
            for row in ledger.execute(f"SELECT * FROM {table}"):
                seen += 1
                texts = [str(value) for value in row if isinstance(value, str | int)]
                assert not any(map(_bears_a_time, texts)), (table, row)
        chained = ledger.execute("SELECT payload FROM chained WHERE kind IN ('pages', 'compared')").fetchall()
    assert seen > 150
    assert chained
    assert not any(_bears_a_time(payload) for (payload,) in chained)


def _bears_a_time(text):
    """A date, a time of day, or seconds (thousandths, …) since 1970 that lie within a day of now.

    Any ten digits would do in an honest row: tokens of the dice are all digits once in a hundred.
    """
    if re.search(r"20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text):
        return True
    stamps = re.findall(r"\b(\d{10})(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?\b", text)
    return any(abs(int(stamp) - time.time()) < 86_400 for stamp in stamps)


def test_what_bears_a_time_is_known_from_what_does_not():
    now = time.time()
    for text in (f"{now:.0f}", f"{now:.6f}", f'{{"at":{now * 1000:.0f}}}', "2026-11-28", "07:30:00"):
        assert _bears_a_time(text), text
    for text in ("1785835887", "d18fbe4748dbe0d5", "11", '{"sheet":"1612345678"}'):
        assert not _bears_a_time(text), text


def test_kept_pictures_tell_no_order(day):
    """Named by their content, and all of one time: sorting them by date gives nothing."""
    kept = [path for path in day.folder.originals_dir.rglob("*") if path.is_file()]
    assert len(kept) > 10
    assert {path.stat().st_mtime for path in kept} == {NO_TIME}
    assert {path.parent.stat().st_mtime for path in kept} == {NO_TIME}
    assert all(re.fullmatch(r"[0-9a-f]{64}", path.stem) for path in kept)


def test_a_picture_that_is_kept_again_bears_no_time_either(tmp_path):
    for data in (b"one", b"two", b"one"):
        name = keep_by_content(tmp_path, data, ".png")
        assert (tmp_path / name).stat().st_mtime == NO_TIME


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights otherwise")
def test_everything_in_the_folder_is_its_owners_alone(day):
    """0700 and 0600: the ledger with its side files, originals, papers, blank pages, key."""
    with Store(day.folder.database):  # the side files are there while somebody works
        found = [day.folder.root, *day.folder.root.rglob("*")]
        modes = {str(path): stat.S_IMODE(path.stat().st_mode) for path in found}
    names = {path.name for path in found}
    assert {"omr.sqlite", "omr.sqlite-wal", "omr.sqlite-shm", "key", "phu-luc-05.pdf", "page-1.png"} <= names
    wrong = {
        path: oct(mode)
        for path, mode in modes.items()
        if mode not in ({0o700} if Path(path).is_dir() else {0o600})
    }
    assert wrong == {}


def test_no_half_written_file_is_left(day):
    assert [path for path in day.folder.root.rglob(".*") if path.name != SECRET] == []


def test_what_a_killed_program_left_is_swept(tmp_path):
    """Half-written files and folders of half an hour ago go; those being written now stay."""
    (tmp_path / f"{PART}seal-x").mkdir()
    (tmp_path / f"{PART}seal-x" / "omr.sqlite").write_bytes(b"votes")
    (tmp_path / f"{PART}results-y.csv").write_bytes(b"votes")
    (tmp_path / f"{PART}now.csv").write_bytes(b"votes")
    for name in (f"{PART}seal-x/omr.sqlite", f"{PART}seal-x", f"{PART}results-y.csv"):
        os.utime(tmp_path / name, (0, (tmp_path / f"{PART}now.csv").stat().st_mtime - ABANDONED - 1))
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{PART}now.csv"]
    shutil.rmtree(tmp_path)
