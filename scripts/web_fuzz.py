"""Ask the web app for everything it has, with made-up addresses and forms, inside and outside the door.

    python -m scripts.web_fuzz [EXAMPLES]

The app describes itself to nobody, but it can: its OpenAPI schema is made in memory, what its forms hold is
added here, and schemathesis makes addresses and forms of it. Passes over every route:

    outside     without a cookie: nothing but 403, 404, 405, 421
    wordless    a member's cookie, forms without their secret word or with a wrong one: 403, nothing changes
    bodies      bytes of any kind under any content type, sent to every form: refused
    inside      a member's cookie and the word: whatever is sent, an answer below 500

Printed are the statuses of each pass. An answer that breaks its promise ends it, with what was sent.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import httpx
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omr.election import Folder
from omr.members import enrol
from omr.store import Store
from omr.web.app import create_app
from omr.web.visit import Tokens
from scripts.made_up import make_election
from scripts.make_screens import MEMBERS, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: Fields of each form, beside its secret word. A form that is not named here fails the test of this list.
FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "/new": ("title", "venue", "layout", "agency", "place", "date", "list"),
    "/language": ("back", "language"),
    "/invite": ("back",),
    "/e/{name}/members/enter": ("back", "who", "pin"),
    "/e/{name}/members/leave": (),
    "/e/{name}/members/add": ("back", "name", "pin", "again", "own", "second", "second-pin"),
    "/e/{name}/members/remove": ("goes", "own", "second", "second-pin"),
    "/e/{name}/members/pin": ("own", "pin", "again"),
    "/e/{name}/prepare": (
        "agency",
        "meeting",
        "place",
        "date",
        "year",
        "voters",
        "basis",
        "venue",
        "list",
        "session.summoned",
        "session.issued",
        "session.begins",
        "session.head",
        "session.board",
    ),
    "/e/{name}/prepare/unlock": ("why",),
    "/e/{name}/preview": ("agency", "date", "list"),
    "/e/{name}/print": ("copies",),
    "/e/{name}/scan/upload": ("files", "folder"),
    "/e/{name}/scan/stop": (),
    "/e/{name}/scan/go-on": (),
    "/e/{name}/scan/watch": ("folder",),
    "/e/{name}/scan/file": ("file", "choice", "why"),
    "/e/{name}/review/decide": ("key", "answer", "why"),
    "/e/{name}/review/undo": ("seq",),
    "/e/{name}/result/close": ("hash",),
    "/e/{name}/result/reopen": ("why",),
}

#: Values that lead further in than made-up ones would.
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "venue": ("BCH", "HDND"),
    "date": ("15/12/2023", "31/2/2023", "0001-01-01", "²"),
    "year": ("2023", "-1", "9" * 40),
    "list": ("1\tNguyễn Văn Thử\tBí thư", "1\t\t", '"\x00', "a;b;c\n" * 3),
    "copies": ("0", "²", "100001", "9" * 5000),
    "folder": ("", "/", ".", "\x00", "~", "a" * 5000),
    "back": ("/", "//x", "/e/bch/scan", "\r\nx: y"),
    "language": ("vi", "en"),
    "pin": ("0000", "1234", "²²²²"),
    "again": ("0000", "1234"),
    "choice": ("foreign", "undo", "ballot"),
    "session.begins": ("8:30", "25:00"),
    "session.summoned": ("8", "-1", "9" * 5000),
    "session.issued": ("6", "1e400"),
    "answer": ("high@1", "blank@1", "invalid@1", "foreign@1", "high@" + "9" * 5000),
    "seq": ("1", "-1", "9" * 40),
    "paper": ("nowhere.pdf", "..", "key"),
    "kind": ("high", "open", "invalid"),
}

#: What stands between a browser that was not let in and everything else.
REFUSED: Final = frozenset({403, 404, 405, 421})

#: Fewer examples than this are the same in every run: a test that fails now and then helps nobody.
FEW: Final = 20

_SETTINGS: Final = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@dataclass(slots=True)
class Known:
    """What the election holds: values for parts of addresses and fields, by name."""

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, election: str, pages: Iterable[str], keys: Iterable[str], names: Iterable[str]) -> Known:
        """Of an election's folder name, ids of pages, addresses of open questions, and members."""
        found, who = tuple(keys), tuple(names)
        parts = list(zip(*(key.split("/") for key in found), strict=True)) or [(), (), ()]
        ballots, questions, rows = (tuple(sorted(set(part))) for part in parts)
        own = {"name": (election,), "page": tuple(pages), "key": found, "ballot": ballots}
        own |= {"question": questions, "row": rows, "who": who, "goes": who, "second": who}
        return cls(dict(KNOWN) | own)


def schema_of(openapi: dict[str, Any], known: Known, *, inside: bool) -> dict[str, Any]:
    """The app's schema with what its forms hold, and values that lead somewhere (`inside`: in that one)."""
    for path, methods in openapi["paths"].items():
        for method, about in methods.items():
            about["responses"] = {"default": {"description": "a page"}}
            for parameter in about.get("parameters", ()):
                if parameter["schema"].get("type") == "string":
                    parameter["schema"] = _text(parameter["name"], known, inside=inside)
            if method == "post":
                about["requestBody"] = _form(FORMS[path], known)
    return openapi


def _text(name: str, known: Known, *, inside: bool) -> dict[str, Any]:
    values = [value for value in known.values.get(name, ()) if "/" not in value and value not in {"", ".."}]
    made_up: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 40}
    if inside and name == "name":  # what stands behind an election that is not there is soon told
        return {"enum": values}
    return {"anyOf": [{"enum": values}, made_up]} if values else made_up


def _form(fields: Sequence[str], known: Known) -> dict[str, Any]:
    made_up = {"type": "string", "maxLength": 60}
    properties = {
        name: {"anyOf": [{"enum": list(known.values[name])}, made_up]} if name in known.values else made_up
        for name in fields
    }
    shape = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"content": {"application/x-www-form-urlencoded": {"schema": shape}}}


class BrokenPromiseError(AssertionError):
    """An answer that must not be."""


def outside(schema: dict[str, Any], address: str, examples: int) -> Counter[int]:
    """Every route without a cookie, by its own method and by others."""
    with httpx.Client(base_url=address, timeout=60) as client:
        for path, other in product(schema["paths"], ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")):
            _check(client.request(other, re.sub(r"{number}", "1", path)), REFUSED, {})

        def send(method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
            return _check(client.request(method, path, **sent), REFUSED, sent)

        return _each(schema, examples, lambda _path: send)


def wordless(
    schema: dict[str, Any], browser: Callable[[], httpx.Client], database: Path, examples: int
) -> Counter[int]:
    """Every form without its word, or with another's, sent by a member: refused, and nothing changes."""
    watching = sqlite3.connect(database)
    client = browser()

    def send(method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
        before = _state(watching, database.parent)
        for word in ("", "&csrf=", "&csrf=" + "0" * 64):
            answer = client.request(method, path, **sent | {"content": sent.get("content", "") + word})
            _check(answer, REFUSED, sent)
        if _state(watching, database.parent) != before:
            raise BrokenPromiseError(f"{method} {path} {sent}: something changed")
        return answer

    paths = schema["paths"]
    forms = schema | {
        "paths": {path: {"post": each["post"]} for path, each in paths.items() if "post" in each}
    }
    with closing(client):
        found = _each(forms, examples, lambda _path: send)
    watching.close()
    return found


def inside(
    schema: dict[str, Any],
    browser: Callable[[], httpx.Client],
    word: Callable[[httpx.Client], str],
    examples: int,
) -> Counter[int]:
    """Every route with a member's cookie and the word. Each has a seat of its own: some forms end it."""
    seats = {path: browser() for path in schema["paths"]}
    words = {path: word(client) for path, client in seats.items()}

    def of(route: str) -> Any:
        def send(method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
            if method == "POST":
                sent |= {"content": f"csrf={words[route]}&{sent.get('content', '')}"}
            return _check(seats[route].request(method, path, **sent), range(200, 500), sent)

        return send

    try:
        return _each(schema, examples, of)
    finally:
        for client in seats.values():
            client.close()


def bodies(
    address: str, browser: Callable[[], httpx.Client], paths: Iterable[str], examples: int
) -> Counter[int]:
    """Bytes of any kind under any content type, sent to every form: never a failure."""
    kinds = st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
         "multipart/form-data; boundary=" + "x" * 300, "application/json", "text/plain; charset=utf-7", ""]
    )  # fmt: skip
    part = b'--x\r\nContent-Disposition: form-data; name="'
    starts = st.sampled_from([b"", b"csrf=", b"--x\r\n", part, part + b'csrf"\r\n\r\n', b"a=" * 500])
    found: Counter[int] = Counter()
    client = browser()

    @settings(_SETTINGS, max_examples=examples, derandomize=examples < FEW)
    @given(st.sampled_from(sorted(paths)), kinds, starts, st.binary(max_size=60))
    def send(path: str, kind: str, start: bytes, rest: bytes) -> None:
        answer = client.post(f"{address}{path}", content=start + rest, headers={"content-type": kind})
        found[
            _check(answer, range(400, 500), {"content-type": kind, "content": start + rest}).status_code
        ] += 1

    with closing(client):
        send()
    return found


def _each(schema: dict[str, Any], examples: int, of: Callable[[str], Any]) -> Counter[int]:
    """Send made-up requests to every route; gives how often each status was answered."""
    found: Counter[int] = Counter()
    broken: list[str] = []
    described = schemathesis.openapi.from_dict(schema)
    for path, method in [(path, method) for path, each in schema["paths"].items() for method in each]:
        try:
            _ask(described[path][method.upper()], of(path), examples, found)
        except BrokenPromiseError as fault:
            broken.append(str(fault))
    if broken:
        raise BrokenPromiseError("\n".join(broken))
    return found


def _ask(operation: Any, send: Any, examples: int, found: Counter[int]) -> None:
    """Send made-up requests to one route."""

    @settings(_SETTINGS, max_examples=examples, derandomize=examples < FEW)
    @given(operation.as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        asked = case.as_transport_kwargs(base_url="http://x")
        sent: dict[str, Any] = {"params": asked["params"]} if asked["params"] else {}
        if case.method == "POST":
            fields = {key: str(value) for key, value in (asked.get("data") or {}).items()}
            sent["content"] = urlencode(fields, errors="replace")
            sent["headers"] = {"content-type": "application/x-www-form-urlencoded"}
        found[send(case.method, asked["url"].removeprefix("http://x"), sent).status_code] += 1

    ask()


def _check(answer: httpx.Response, allowed: Any, sent: dict[str, Any]) -> httpx.Response:
    if answer.status_code not in allowed:
        request = answer.request
        raise BrokenPromiseError(f"{answer.status_code}: {request.method} {request.url} {str(sent)[-300:]}")
    return answer


def _state(watching: sqlite3.Connection, folder: Path) -> tuple[Any, ...]:
    """What changes when anybody writes into the ledger or the folder."""
    files = ((str(path), path.stat().st_mtime_ns) for path in folder.iterdir() if "sqlite" not in path.name)
    return (watching.execute("PRAGMA data_version").fetchone(), *sorted(files))


# --- by itself --------------------------------------------------------------------------------------------

_WORD: Final = re.compile(r'name="csrf" value="(\w+)"')


def main(arguments: list[str]) -> int:
    """Make an election, serve it, and go through the passes."""
    examples = int(arguments[0]) if arguments else 200
    with tempfile.TemporaryDirectory() as scratch:
        folder = Folder(Path(scratch) / "bch")
        keys = make_election(folder, people=8, ballots=6, doubtful=0.2)
        with Store(folder.database) as store:
            for name, pin in MEMBERS:
                enrol(store, name, pin, MEMBERS[0][0])
            pages = [page.id for page in store.pages()]
        known = Known.of("bch", pages, keys, [name for name, _pin in MEMBERS])
        for what, found in _passes(folder, known, examples):
            told = ", ".join(f"{status}: {count}" for status, count in sorted(found.items()))
            print(f"{what}: {found.total()} requests answered ({told})", flush=True)
    return 0


def _passes(folder: Folder, known: Known, examples: int) -> Iterable[tuple[str, Counter[int]]]:
    door = served(folder.root)
    address = door.split("/open", maxsplit=1)[0]
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as first:
        first.get(door)

        def browser() -> httpx.Client:
            """One more that was let in, with a member at it."""
            invited = first.post("/invite", data={"csrf": _word(first)}).text
            client = httpx.Client(base_url=address, timeout=60)
            client.get(re.search(r"http://[^\"<\s]+/open\?token=[\w-]+", invited)[0])  # type: ignore[index]
            who, pin = MEMBERS[0]
            client.post("/e/bch/members/enter", data={"csrf": _word(client), "who": who, "pin": pin})
            return client

        def schema(*, inside: bool = True) -> dict[str, Any]:
            return schema_of(create_app(folder.root, Tokens()).openapi(), known, inside=inside)

        yield "outside", outside(schema(inside=False), address, examples)
        yield "wordless", wordless(schema(), browser, folder.database, examples)
        forms = [path.replace("{name}", "bch") for path in FORMS]
        yield "bodies", bodies(address, browser, forms, examples * len(forms))
        yield "inside", inside(schema(), browser, _word, examples)


def _word(client: httpx.Client) -> str:
    found = _WORD.search(client.get("/new").text)
    assert found is not None
    return found[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
