"""A server of the web app in this process, and browsers without pictures: httpx clients that are let in."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import contextmanager

import httpx
import pypdfium2
import uvicorn

from omr.web.app import create_app, with_doorman
from omr.web.visit import Tokens

#: Addresses are plain http: the certificates of this machine, which take longer to read than a page, are not.
PLAIN = False

CSRF = re.compile(r'name="csrf" value="(\w+)"')


class Server:
    """The app, listening on a port of its own until it is stopped."""

    def __init__(self, root, port=0, language="vi", **door):
        self.tokens = Tokens()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.app = create_app(root, self.tokens, language=language)
        self.hall = self.app.state.hall
        hosts = frozenset({f"127.0.0.1:{self.port}"})
        config = uvicorn.Config(
            with_doorman(self.app, hosts, **door),
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=5,
        )
        self._up = threading.Event()
        self._uvicorn = _Telling(config, self._up)
        self._thread = threading.Thread(target=self._uvicorn.run, args=([self.socket],), daemon=True)
        self._thread.start()
        assert self._up.wait(20)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def door(self):
        """An address that lets one browser in."""
        return f"{self.url}/open?token={self.tokens.issue()}"

    def stop(self):
        self._uvicorn.should_exit = True
        self._thread.join(30)
        self.socket.close()
        assert not self._thread.is_alive()

    @contextmanager
    def client(self, *, inside=True):
        """A browser without scripts."""
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=60, verify=PLAIN) as client:
            if inside:
                assert client.get(self.door()).status_code == 200
            yield client


class _Telling(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config, up):
        super().__init__(config)
        self._told = up

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self._told.set()


@contextmanager
def served(root, **more):
    server = Server(root, **more)
    try:
        yield server
    finally:
        server.stop()


def csrf(client):
    return CSRF.search(client.get("/new").text)[1]


def post(client, url, files=None, **fields):
    """Send a form as a page of the visit would."""
    return client.post(url, data={"csrf": csrf(client), **fields}, files=files)


def log_in(client, name, who, pin):
    return post(client, f"/e/{name}/members/enter", who=who, pin=pin)


def add(client, name, who, pin, **fields):
    """Enter a member; the new PIN typed twice."""
    return post(client, f"/e/{name}/members/add", name=who, pin=pin, again=pin, **fields)


def pdf_text(data):
    """What stands on the pages of a PDF, with single spaces."""
    document = pypdfium2.PdfDocument(data)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return " ".join(" ".join(pages).split())
