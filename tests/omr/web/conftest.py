"""A headless Chromium of the machine's own, a printed election, and the same one with its box read."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from ballots import PEOPLE, fill
from serving import served

from omr.election import Folder
from omr.members import enrol
from omr.prepare import Wish, prepare
from omr.printing import print_ballots
from omr.roster import Entry, write_roster
from omr.scan import scan
from omr.store import Store

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

#: Who decides. Nobody bears these names.
MEMBERS = (("Nguyễn Văn Kiểm", "2468"), ("Trần Thị Đếm", "13579"))


@pytest.fixture(scope="session", autouse=True)
def _quick_pins():
    """PINs are hashed as ever, with little work: nobody attacks these, and each login would cost a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("omr.members._HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; each gets windows of its own."""
    if not CHROMIUM.exists():
        pytest.fail("these tests need Chromium: apt-get install -y chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def window(chromium):
    """Open a window of its own: `window(java_script_enabled=False)`."""
    opened = []

    def open_window(**how):
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, **how)
        context.set_default_timeout(20_000)
        opened.append(context)
        return context.new_page()

    yield open_window
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def printed(tmp_path_factory):
    """An election folder with its ballots printed, and a filled-in box of them. To be copied, never used."""
    root = tmp_path_factory.mktemp("printed") / "bch"
    roster = root.parent / "roster.csv"
    write_roster(roster, [Entry(n + 1, n, *person) for n, person in enumerate(PEOPLE, start=1)])
    session = {"summoned": 8, "present": 7, "present_at_vote": 7, "issued": 6}
    folder = Folder(root)
    prepare(folder, Wish(agency="HUYỆN ỦY MẪU", place="Mẫu", date="15/12/2023", session=session), roster)
    print_ballots(folder, 8)
    return folder, fill(folder)


@pytest.fixture(scope="session")
def read(printed, tmp_path_factory, _quick_pins):
    """The same with the box read and two members entered."""
    given, box = printed
    folder = Folder(tmp_path_factory.mktemp("read") / "bch")
    shutil.copytree(given.root, folder.root)
    incoming = folder.root / "incoming"
    incoming.mkdir()
    for filled in box:
        (incoming / filled.name).write_bytes(filled.jpeg)
    scan(folder, [incoming / filled.name for filled in box], jobs=2)
    with Store(folder.database) as store:
        for name, pin in MEMBERS:
            enrol(store, name, pin, by=MEMBERS[0][0])
    return folder, box


@pytest.fixture
def election(printed, tmp_path):
    """A printed election of one's own, and its box."""
    given, box = printed
    shutil.copytree(given.root, tmp_path / "bch")
    return Folder(tmp_path / "bch"), box


@pytest.fixture
def counted(read, tmp_path):
    """An election of one's own with its box read, and its box."""
    given, box = read
    shutil.copytree(given.root, tmp_path / "bch")
    return Folder(tmp_path / "bch"), box


@pytest.fixture
def server(counted):
    """The app for an election with its box read."""
    folder, _box = counted
    with served(folder.root) as running:
        yield running


@pytest.fixture
def desk(server):
    """What the server itself knows of the election."""
    return server.hall.desk("bch")
