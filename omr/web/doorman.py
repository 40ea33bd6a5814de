"""Who may speak to the server at all: its own names only, requests of bearable size, answers nobody keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

#: Most bytes of one request: a box of 1,000 sheets at 300 dpi in colour is about one GiB.
MOST_BYTES: Final = 2 * 1024**3

#: Digits of a stated length that are looked at: no request has more bytes, and Python reads no endless one.
_DIGITS: Final = 18

#: Said with every answer. Nothing is loaded from, framed by or sent to anywhere else. `blob:` is a picture of
#: ours that the page's own script holds in its memory: the next question's, fetched ahead.
HEADERS: Final = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
            b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class Doorman:
    """ASGI middleware around the whole app.

    Args:
        app: what is behind the door.
        hosts: names, with port, under which the server may be called: a foreign page that points its own
            name at this machine (DNS rebinding) is turned away.
        most_bytes: longest request.
    """

    def __init__(self, app: App, hosts: frozenset[str], most_bytes: int = MOST_BYTES) -> None:
        self._app = app
        self._hosts = hosts
        self._most = most_bytes

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"])
        if given.get(b"host", b"").decode("latin-1").lower() not in self._hosts:
            await _refuse(send, 421, "wrong host")
        elif _length(given) > self._most:
            await _refuse(send, 413, "too large")
        else:
            await self._app(scope, _Counted(receive, self._most), _with_headers(send))


class TooLargeError(Exception):
    """A request without a stated length went on beyond the limit."""


class _Counted:
    """Counts what comes in, for requests that do not say how long they are."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._left = most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLargeError
        return message


def _length(headers: dict[bytes, bytes]) -> int:
    text = headers.get(b"content-length", b"0")
    return int(text[:_DIGITS]) if text.isdigit() else 0


def _with_headers(send: Send) -> Send:
    names = {name for name, _value in HEADERS}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
            message["headers"] = [*kept, *HEADERS]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, why: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{status} {why}\n".encode()})
