"""Measure speed and memory: pages a second, the whole time against decoding, and where the time goes.

    python -m scripts.benchmark [--pages 100] [--dpi 200,300] [--jobs 1,2] [--pdf-pages 0] [--write FILE]

Ballots of 11 people are filled in by different hands and scanned at "office" settings; then, each case in a
fresh process:

- *ratio*: one worker, one page after the other in chunks as `omr scan` has them, from the file to the stored
  reading, every file on the disk for good; between the chunks `cv2.imdecode` decodes the same files to
  colour. The ratio is that of the two medians over all pages: a page's whole time is its own, and its share
  of what its chunk waited for the disk and took to be stored. The ratio of CPU time, in sums over all pages,
  says about the same on a machine that others use too.
- *pages/s*: `omr.scan.scan` with 1 and 2 processes, from the first stored chunk to the last.
- *peak*: largest memory of any process, of the parent and of the workers.

`--pdf-pages 1000` also reads so many pages from one PDF and says its peak. `--write docs/performance.md`
replaces the tables there.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import re
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial, wraps
from importlib import import_module
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import cv2
import numpy as np
from PIL import Image

from omr.election import Folder
from omr.files import write_text
from omr.pages import Source, list_sources, use_one_thread
from omr.read import read_page
from omr.scan import CHUNK, Progress, open_batch, scan
from omr.store import NewSource, Store
from omr.task import Task, Worker
from scripts.simulate import (
    OFFICE,
    Kind,
    PagePlan,
    Part,
    RowPlan,
    SealKind,
    any_hand,
    any_pen,
    load_strokes,
    scan_of,
)
from scripts.tables import table
from scripts.trial import KEY, ballot_of

PEOPLE = 11

#: Stages by the function that does each, and its module.
STAGES = {
    "load": ("omr.pages.sources", "load_page"),
    "streaks": ("omr.streaks", "find_streaks"),
    "fiducials": ("omr.fiducials", "find_fiducials"),
    "code": ("omr.code", "read_code"),
    "grid": ("omr.grid", "find_grid"),
    "ink": ("omr.ink", "see_ink"),
    "marks": ("omr.marks", "see_rows"),
    "folds": ("omr.folds", "find_folds"),
    "below": ("omr.below", "see_below"),
    "seal": ("omr.seal", "see_seal"),
    "trace": ("omr.trace", "make_trace"),
    "keep": ("omr.store.originals", "keep_by_content"),
}

#: Between these two lines of the document stand the tables.
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"

#: Kilobytes, or on macOS bytes, in a megabyte as getrusage has it.
_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement, done in a process of its own."""

    what: str  # "ratio" or "pace"
    source: str
    paper: str  # the prepared paper, pickled: this process is to hold no more than `omr scan` does
    jobs: int = 1


@dataclass(slots=True)
class Measured:
    """What came of it. Times in milliseconds a page, memory in MB."""

    pages: int = 0
    whole_ms: float = 0.0
    decode_ms: float = 0.0
    cpu_ratio: float = 0.0
    pace: float = 0.0
    parent_mb: float = 0.0
    worker_mb: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Whole time in units of decoding."""
        return self.whole_ms / self.decode_ms if self.decode_ms else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the pages, measure every case, print the tables."""
    asked = _parser().parse_args(arguments)
    if asked.case:
        print(json.dumps(asdict(measure(Case(**json.loads(asked.case))))))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        text = "\n\n".join(_tables(asked, Path(scratch)))
    print(text)
    if asked.write:
        _replace_tables(asked.write, text)
    return 0


def _tables(asked: argparse.Namespace, scratch: Path) -> Iterator[str]:
    yield f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, {asked.pages} pages of {PEOPLE} people a case."
    ratios, paces = [], []
    paper = scratch / "paper.pickle"
    paper.write_bytes(pickle.dumps(ballot_of(PEOPLE).paper))
    sources: dict[str, Path] = {}
    for dpi in map(int, asked.dpi.split(",")):
        sources[f"{dpi} dpi, JPEG"] = make_jpegs(scratch / f"{dpi}", dpi, asked.pages)
        sources[f"{dpi} dpi, PDF"] = make_pdf(scratch / f"{dpi}.pdf", sources[f"{dpi} dpi, JPEG"], dpi)
    for name, path in sources.items():
        ratios.append((name, _in_a_process(Case("ratio", str(path), str(paper)))))
        paces += [
            (name, jobs, _in_a_process(Case("pace", str(path), str(paper), jobs)))
            for jobs in _numbers(asked.jobs)
        ]
    yield "One worker, a page, ms (medians); decoding is `cv2.imdecode` to colour of the same JPEGs."
    yield _ratio_table(ratios)
    yield "Where one worker's time goes, ms a page (mean)."
    yield _stage_table(ratios)
    yield "Whole scans."
    yield _pace_table(paces)
    if asked.pdf_pages:
        first = next(path for name, path in sources.items() if "JPEG" in name)
        big = make_pdf(scratch / "big.pdf", first, 200, asked.pdf_pages)
        found = _in_a_process(Case("pace", str(big), str(paper), 2))
        yield f"{asked.pdf_pages} pages in one PDF ({big.stat().st_size / 1e6:.0f} MB), two workers."
        yield _pace_table([(f"PDF of {asked.pdf_pages}", 2, found)])


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _machine() -> str:
    name = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        found = re.search(r"model name\s*: (.+)", cpu.read_text(encoding="utf-8"))
        name = found.group(1) if found else name
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} processors{load}, OpenCV {cv2.__version__}"


# --- the pages ------------------------------------------------------------------------------------------


def make_jpegs(folder: Path, dpi: int, pages: int) -> Path:
    """Ballots of as many hands, a JPEG each, at that resolution."""
    folder.mkdir(parents=True)
    ballot, strokes = ballot_of(PEOPLE), load_strokes().only(Part.TUNING)
    page, setting = ballot.layout.pages[0], replace(OFFICE, dpi=(dpi,))
    choices = [choice.id for choice in ballot.layout.choices]
    for at in range(pages):
        rng = np.random.default_rng((dpi, at))
        rows = tuple(RowPlan(row.number, Kind.PLAIN_X, str(rng.choice(choices))) for row in page.rows)
        plan = PagePlan(rows=rows, extras=(), seal=SealKind.RED)
        scanned = scan_of(page, ballot.images[1], plan, any_hand(strokes, rng, any_pen(rng)), setting, rng)
        (folder / f"{at:04d}.jpg").write_bytes(scanned.jpeg())
    return folder


def make_pdf(path: Path, jpegs: Path, dpi: int, pages: int | None = None) -> Path:
    """A PDF of the JPEGs as scanners write it: none is held in memory, and each page is its own object."""
    files = sorted(jpegs.glob("*.jpg"))
    count = pages or len(files)
    places: list[int] = []
    with path.open("wb") as out:
        out.write(b"%PDF-1.4\n")
        for number, body in enumerate(_objects(files, count, dpi), start=1):
            places.append(out.tell())
            out.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        table_at = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        out.writelines(b"%010d 00000 n \n" % place for place in places)
        out.write(b"trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, table_at))
    return path


def _objects(files: Sequence[Path], count: int, dpi: int) -> Iterator[bytes]:
    """The objects of such a PDF, in order: catalog, page tree; then page, contents and picture of each."""
    kids = b" ".join(b"%d 0 R" % (3 + 3 * at) for at in range(count))
    yield b"<</Type /Catalog /Pages 2 0 R>>"
    yield b"<</Type /Pages /Count %d /Kids [%b]>>" % (count, kids)
    for at in range(count):
        jpeg = files[at % len(files)].read_bytes()
        with Image.open(BytesIO(jpeg)) as picture:
            width, height = picture.size
        box = width * 72 / dpi, height * 72 / dpi
        draw = b"%.2f 0 0 %.2f 0 0 cm /I Do" % box
        yield (
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R"
            b" /Resources <</XObject <</I %d 0 R>>>>>>" % (*box, 4 + 3 * at, 5 + 3 * at)
        )
        yield b"<</Length %d>>\nstream\n%b\nendstream" % (len(draw), draw)
        yield (
            b"<</Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB"
            b" /BitsPerComponent 8 /Filter /DCTDecode /Length %d>>\nstream\n%b\nendstream"
            % (width, height, len(jpeg), jpeg)
        )


# --- one case, in its own process -----------------------------------------------------------------------


def _in_a_process(case: Case) -> Measured:
    command = [sys.executable, "-m", "scripts.benchmark", "--case", json.dumps(asdict(case))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    print(f"{case.what} {Path(case.source).name} {case.jobs}", file=sys.stderr)
    return Measured(**json.loads(done.stdout))


def measure(case: Case) -> Measured:
    """Measure one case, here."""
    reader = partial(read_page, paper=pickle.loads(Path(case.paper).read_bytes()))  # noqa: S301 - our own
    with tempfile.TemporaryDirectory() as scratch:
        folder = Folder(Path(scratch) / "election")
        folder.root.mkdir()
        folder.key_file.write_text(KEY.hex(), encoding="ascii")  # by which the ledger hides where pages lay
        found = (_ratio if case.what == "ratio" else _pace)(case, folder, reader)
    found.parent_mb = _peak_mb()
    found.worker_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _PER_MB
    return found


def _peak_mb() -> float:
    """The peak of this process. Linux counts in getrusage what the process that started it held; not here."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB


def _ratio(case: Case, folder: Folder, reader: Callable[..., Any]) -> Measured:
    """The whole time of a page and the time of decoding it, in turns, so that both feel the same machine."""
    use_one_thread()
    worker = Worker(reader, folder.originals_dir)
    tasks = _tasks(case, folder)
    jpegs = _jpegs_of(Path(case.source))
    worker(tasks[:2])  # imports, caches: not a page's own
    spent, own = _watch_stages(), _watch_pages()
    whole: list[float] = []
    decode: list[float] = []
    worked = decoded = 0.0
    with Store(folder.database) as store:
        for start in range(0, len(tasks), CHUNK):
            chunk = tasks[start : start + CHUNK]
            before, idle = perf_counter(), process_time()
            records = worker(chunk)
            stored = perf_counter()
            store.add_pages(records)
            after = perf_counter()
            spent["store"] += after - stored
            shared = (after - before - sum(own)) / len(chunk)
            whole += [page + shared for page in own]
            own.clear()
            busy = process_time()
            worked += busy - idle
            decode += [_decoding(file) for file in jpegs[start : start + CHUNK]]
            decoded += process_time() - busy
    stages = {name: 1000 * seconds / len(tasks) for name, seconds in spent.items()}
    stages["all"] = 1000 * sum(whole) / len(whole)
    return Measured(len(tasks), 1000 * median(whole), 1000 * median(decode), worked / decoded, stages=stages)


def _tasks(case: Case, folder: Folder) -> list[Task]:
    sources = [each for each in list_sources([Path(case.source)]) if isinstance(each, Source)]
    batch = open_batch(folder)
    with Store(folder.database) as store:
        ids = store.add_batch(1, [NewSource(s.sha256, s.name, s.pages) for s in sources], (), batch)
    return [
        Task(source, at, index)
        for source, at in zip(sources, ids, strict=True)
        for index in range(source.pages)
    ]


def _jpegs_of(source: Path) -> list[Path]:
    return sorted((source if source.is_dir() else source.with_suffix("")).glob("*.jpg"))


def _decoding(file: Path) -> float:
    data = np.frombuffer(file.read_bytes(), np.uint8)
    before = perf_counter()
    cv2.imdecode(data, cv2.IMREAD_COLOR)
    return perf_counter() - before


def _watch_stages() -> defaultdict[str, float]:
    """Count the seconds in each stage from now on."""
    spent: defaultdict[str, float] = defaultdict(float)
    for name, (home, function) in STAGES.items():
        original = getattr(import_module(home), function)
        timed = _timed(original, name, spent)
        for module in [each for named, each in sys.modules.items() if named.startswith("omr.")]:
            if getattr(module, function, None) is original:
                setattr(module, function, timed)
    return spent


def _watch_pages() -> list[float]:
    """Count the seconds that the worker is busy with each page from now on."""
    pages: list[float] = []
    read = Worker._read  # noqa: SLF001 - from the file to the record, but for what is waited for

    @wraps(read)
    def timed(*args: Any) -> Any:
        before = perf_counter()
        try:
            return read(*args)
        finally:
            pages.append(perf_counter() - before)

    setattr(Worker, "_read", timed)  # noqa: B010 - a class of its own would time another function
    return pages


def _timed(function: Callable[..., Any], name: str, spent: defaultdict[str, float]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*args: Any, **named: Any) -> Any:
        before = perf_counter()
        try:
            return function(*args, **named)
        finally:
            spent[name] += perf_counter() - before

    return timed


def _pace(case: Case, folder: Folder, reader: Callable[..., Any]) -> Measured:
    """Pages a second of a whole scan, once its processes are at work."""
    steps: list[tuple[float, int]] = []

    def follow(step: Progress) -> None:
        if step.done:
            steps.append((perf_counter(), step.done))

    outcome = scan(folder, [Path(case.source)], jobs=case.jobs, reader=reader, progress=follow)
    (first, before), (last, done) = steps[0], steps[-1]
    return Measured(outcome.stored, pace=(done - before) / (last - first) if last > first else 0.0)


# --- tables ---------------------------------------------------------------------------------------------


def _ratio_table(found: Sequence[tuple[str, Measured]]) -> str:
    rows = [
        (
            name,
            each.pages,
            f"{each.whole_ms:.1f}",
            f"{each.decode_ms:.1f}",
            f"{each.ratio:.2f}",
            f"{each.cpu_ratio:.2f}",
        )
        for name, each in found
    ]
    return table(("pages", "n", "file to stored", "decoding", "ratio", "ratio of CPU time"), rows)


def _stage_table(found: Sequence[tuple[str, Measured]]) -> str:
    names = list(dict.fromkeys(stage for _name, each in found for stage in (*STAGES, "store", "all")))
    rows = [(stage, *(f"{each.stages.get(stage, 0.0):.1f}" for _name, each in found)) for stage in names]
    return table(("stage", *(name for name, _each in found)), rows)


def _pace_table(found: Sequence[tuple[str, int, Measured]]) -> str:
    alone = {name: each.pace for name, jobs, each in found if jobs == 1}
    rows = [
        (
            name,
            jobs,
            f"{each.pace:.1f}",
            f"{each.pace / alone[name]:.2f}" if alone.get(name) else "–",
            f"{each.parent_mb:.0f}",
            f"{each.worker_mb:.0f}",
        )
        for name, jobs, each in found
    ]
    return table(("pages", "workers", "pages/s", "× one", "peak parent MB", "peak worker MB"), rows)


def _replace_tables(path: Path, text: str) -> None:
    old = path.read_text(encoding="utf-8")
    before, _begin, rest = old.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    write_text(path, f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmark", description="Measure speed and memory."
    )
    parser.add_argument("--pages", type=int, default=100, help="pages of each case")
    parser.add_argument("--dpi", default="200,300")
    parser.add_argument("--jobs", default="1,2")
    parser.add_argument("--pdf-pages", type=int, default=0, help="also one PDF of so many pages")
    parser.add_argument("--write", type=Path, help="the document whose tables are replaced")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
