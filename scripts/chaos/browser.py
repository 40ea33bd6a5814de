"""A browser without scripts, and the server it talks to. A form answered with a redirect is acknowledged."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from omr.members import enrol
from omr.store import Store
from scripts.chaos.processes import kill_group, start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from omr.election import Folder

#: Who decides here. Nobody bears these names.
MEMBERS: Final = (("Nguyễn Văn Kiểm", "2468"), ("Trần Thị Đếm", "13579"))

#: Longest wait for an answer, seconds.
PATIENCE: Final = 30.0

_CSRF: Final = re.compile(r'name="csrf" value="(\w+)"')
_KEY: Final = re.compile(r'name="key" value="([^"]+)"')
_ANSWER: Final = re.compile(r'name="answer" value="([^"]+)"')
_ADDRESS: Final = re.compile(r"http://[\w.:]+/open\?token=[\w-]+")
_LAST: Final = re.compile(r'name="seq" value="(\d+)"')


@dataclass(frozen=True, slots=True)
class Server:
    """`omr serve`, and the address that lets one browser in."""

    process: subprocess.Popen[str]
    address: str


def serve(folder: Folder, port: int = 0, before: tuple[str, ...] = ()) -> Server:
    """Start `omr serve` and wait until it has said its address; `before` is a program to run it under."""
    process = start("serve", folder.root, "--no-browser", "--port", str(port), before=before)
    assert process.stdout is not None
    for line in process.stdout:
        if "/open?token=" in line:
            return Server(process, line.strip())
    raise RuntimeError(f"omr serve did not start: exit code {process.wait()}")


def enter_members(folder: Folder) -> None:
    """Enter the members, the first of whom enters the others."""
    with Store(folder.database) as store:
        for name, pin in MEMBERS:
            enrol(store, name, pin, "" if name == MEMBERS[0][0] else MEMBERS[0][0])


@contextmanager
def served(folder: Folder) -> Iterator[Server]:
    """A server for a while."""
    server = serve(folder)
    try:
        yield server
    finally:
        kill_group(server.process)
        server.process.communicate()


@dataclass(frozen=True, slots=True)
class Question:
    """What is on the screen of the review: the question, its answers, and the last word of this member."""

    key: str
    answers: tuple[str, ...]
    last: str


class Browser:
    """One member's browser, which keeps its cookies when the server is started again at the same port.

    Attributes:
        redirects: how many the server has sent to it.
    """

    def __init__(self, address: str, election: str) -> None:
        self.redirects = 0
        hooks = {"response": [self._count]}
        base = address.partition("/open")[0]
        self._client = httpx.Client(base_url=base, timeout=PATIENCE, event_hooks=hooks)
        self._root = f"/e/{election}"
        self._client.get(address)

    def _count(self, answer: httpx.Response) -> None:
        self.redirects += is_done(answer)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def log_in(self, who: str, pin: str) -> None:
        """Sit down. Raises RuntimeError where that is refused."""
        answer = self.post("members/enter", who=who, pin=pin)
        if not is_done(answer):
            raise RuntimeError(f"{who} is not let in: {answer.status_code}")

    def get(self, path: str) -> httpx.Response:
        """A page of the election, wherever it leads."""
        return self._client.get(f"{self._root}/{path}", follow_redirects=True)

    def post(self, path: str, files: dict[str, bytes] | None = None, **fields: str) -> httpx.Response:
        """Send a form as its page would; files by their names."""
        parts = [("files", (name, data)) for name, data in (files or {}).items()]
        form = {"csrf": self._word(), **fields}
        return self._client.post(f"{self._root}/{path}", data=form, files=parts or None)

    def _word(self) -> str:
        """The word that a form of this visit must carry."""
        found = _CSRF.search(self.get("members").text)
        return found[1] if found else ""

    def invite(self) -> str:
        """An address that lets one more browser in."""
        page = self._client.post("/invite", data={"csrf": self._word(), "back": "/"}).text
        found = _ADDRESS.search(page)
        return found[0] if found else ""

    def question(self) -> Question:
        """What this member is asked next; without answers where it is nothing."""
        page = self.get("review").text
        key, last = _KEY.search(page), _LAST.search(page)
        return Question(key[1] if key else "", tuple(_ANSWER.findall(page)), last[1] if last else "")

    def decide(self, question: Question, why: str) -> httpx.Response:
        """Give the first answer."""
        return self.post("review/decide", key=question.key, answer=question.answers[0], why=why)

    def take_back(self, last: str) -> httpx.Response:
        """Take back the last word."""
        return self.post("review/undo", seq=last)

    def upload(self, files: dict[str, bytes]) -> httpx.Response:
        """Send scans."""
        return self.post("scan/upload", files)

    def reading(self) -> str:
        """What the scanner says it does."""
        return str(self.get("scan/progress").json()["state"])


def is_done(answer: httpx.Response) -> bool:
    """Whether the server has said that it did what it was asked: every form ends in a redirect."""
    return answer.status_code == HTTPStatus.SEE_OTHER
