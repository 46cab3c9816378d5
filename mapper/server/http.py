"""Requests and answers, as ASGI has them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

from mapper.base.json import encode
from mapper.server.gunzip import gunzip, too_long
from mapper.server.refusal import Refusal, bad, busy

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_MOST_HELD: Final = 100_000_000
_GZIP: Final = b"\x1f\x8b"
_HOST: Final = re.compile(rb"[A-Za-z0-9._-]{1,255}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
OVERDUE: Final = "overdue"
"""Under this name the state of a request tells that its body did not come in time."""
JSON: Final = (b"content-type", b"application/json")
TEXT: Final = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class Gone(Exception):  # noqa: N818 - it ends a request, nothing is wrong with the program
    """The client went away before the body was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = (JSON,)


@dataclass(slots=True)
class Request:
    """One request.

    Attributes:
        client: The address it came from, as far as that is known.
        scheme: ``https`` where a proxy that is trusted says so.
        late: It came when the server was being stopped already.
        state: What the connection has found out about it since it began.
        held: Bytes of its body that are kept for it.
        calls: How many calls it was found to hold.
    """

    method: str
    path: str
    headers: dict[bytes, bytes]
    client: str | None
    receive: Receive
    late: bool
    state: Mapping[str, Any]
    scheme: str = "http"
    held: int = 0
    calls: int = 0

    @property
    def last(self) -> str:
        """The last part of its path."""
        return self.path.rstrip("/").rpartition("/")[2]


def request_of(scope: Scope, receive: Receive, *, late: bool) -> Request:
    """A request as ASGI has it. What a proxy has told of the client may be no address; then none is known."""
    address, *_ = scope.get("client") or ("",)
    return Request(
        method=scope["method"],
        path=scope["path"],
        headers=dict(scope["headers"]),
        client=address if _is_address(address) else None,
        receive=receive,
        late=late,
        state=scope["state"],
        scheme=scope["scheme"],
    )


@lru_cache(4_096)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Bodies:
    """Reads bodies, and keeps account of what is held of them, so that memory stays flat however many come.

    Args:
        most: Bytes at a time, of all requests that are not answered yet.
    """

    def __init__(self, most: int = _MOST_HELD) -> None:
        self._most = most
        self._held = 0

    async def read(self, request: Request, limit: int) -> bytes:
        """All of a body, unpacked; reading stops where it exceeds the limit. It is held until it is released.

        Raises:
            Refusal: it is too long, too late, can't be unpacked, or too much is held already.
            Gone: the client went away.
        """
        if b"upgrade" in request.headers:  # what follows is not read as a body then
            raise bad("a request with Upgrade can't have a body here")
        length = request.headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:12]) > limit:
            raise too_long(limit)
        body = await self._read(request, limit)
        match request.headers.get(b"content-encoding", b"identity").strip().lower():
            case b"identity" | b"" if body[:2] != _GZIP:  # as JSON never begins
                return body
            case b"identity" | b"" | b"gzip":
                self._hold(request, limit)
                return gunzip(body, limit)
        raise Refusal(415, "unsupported_encoding", "only gzip is understood as Content-Encoding")

    def release(self, request: Request) -> None:
        """It is answered."""
        self._held -= request.held
        request.held = 0

    async def _read(self, request: Request, limit: int) -> bytes:
        parts: list[bytes] = []
        while True:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise Gone
            if request.state.get(OVERDUE):
                raise Refusal(408, "timeout", "the body did not come in time")
            part: bytes = message.get("body", b"")
            self._hold(request, len(part))
            if request.held > limit:
                raise too_long(limit)
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)

    def _hold(self, request: Request, size: int) -> None:
        self._held += size
        request.held += size
        if self._held > self._most:
            raise busy("too much comes in at a time", 1)


def user_of(request: Request) -> str | None:
    """The user of Basic authorization, in which Segment's libraries have the write key; None where there is none.

    Raises:
        Refusal: it can't be read.
    """
    scheme, _, text = request.headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(text.strip(), validate=True).decode().partition(":")[0] or None
    except (binascii.Error, ValueError):
        raise bad("the header Authorization can't be read") from None


def host_of(request: Request) -> str:
    """The host, and port, that the client asks.

    Raises:
        Refusal: it says none, or something else.
    """
    host = request.headers.get(b"host", b"")
    if not _HOST.fullmatch(host):
        raise bad("the header Host is missing, or names no host")
    return host.decode()


def refused(refusal: Refusal) -> Answer:
    """The answer to a request that is refused."""
    headers: tuple[Header, ...] = (JSON,)
    if refusal.retry_after is not None:
        headers += ((b"retry-after", str(refusal.retry_after).encode()),)
    if refusal.allow:
        headers += ((b"allow", ", ".join(refusal.allow).encode()),)
    return Answer(refusal.status, encode({"code": refusal.code, "message": refusal.message}), headers)


PREFLIGHT: Final = Answer(
    204,
    b"",
    (
        (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
        (b"access-control-allow-headers", b"Authorization, Content-Type, Content-Encoding, X-Retry-Count"),
        (b"access-control-max-age", b"86400"),
    ),
)
"""What a browser is told that asks what it may send."""


def for_browsers(request: Request) -> list[Header]:
    """What a browser needs to let a page see the answer."""
    origin = request.headers.get(b"origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"Retry-After"),
        (b"vary", b"Origin"),
    ]
