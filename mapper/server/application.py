"""HTTP: which request gets which answer. An ASGI application."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from mapper.base.clock import Clock
from mapper.base.json import encode
from mapper.server import signature, tracking
from mapper.server.config import ServerConfig
from mapper.server.gunzip import gunzip, too_long
from mapper.server.inlet import Inlet
from mapper.server.refusal import Refusal, bad, busy
from mapper.server.stamp import Stamp

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_BODY_TIMEOUT: Final = 20.0
_MOST_OF_WEBHOOK: Final = 5_000_000
_NO_CONTENT: Final = 204
_JSON: Final = (b"content-type", b"application/json")
_TEXT: Final = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class Gone(Exception):  # noqa: N818 - it ends a request, nothing is wrong with the program
    """The client went away before the body was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = (_JSON,)


@dataclass(slots=True)
class Request:
    """One request. `calls`: how many calls it was found to hold."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    client: str | None
    receive: Receive
    calls: int = 0


class Application:
    """Answers requests.

    Args:
        config: Whose calls are taken.
        inlet: Where they go.
        clock: Time.
        metrics: Gives what ``/metrics`` shows of the queue.
        on_request: Told of each request: a name for its path, its status, calls, seconds, and why it was refused.
    """

    def __init__(
        self,
        config: ServerConfig,
        inlet: Inlet,
        clock: Clock,
        *,
        metrics: Callable[[], str],
        on_request: Callable[[str, int, int, float, str | None], None] = lambda *_: None,
    ) -> None:
        self.draining = False
        self.answers: Counter[tuple[str, int]] = Counter()
        self._config = config
        self._names = config.names_by_key
        self._inlet = inlet
        self._clock = clock
        self._metrics = metrics
        self._on_request = on_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, as ASGI has it."""
        if scope["type"] != "http":
            return
        client = scope.get("client")
        request = Request(
            scope["method"], scope["path"], dict(scope["headers"]), client[0] if client else None, receive
        )
        started = time.perf_counter()
        name, because = "other", None
        try:
            name, answer = await self._answer(request)
        except Refusal as refusal:
            name, answer, because = _route(request), _refused(refusal), refusal.message
        except Gone:
            self.answers[_route(request), 0] += 1
            return
        self.answers[name, answer.status] += 1
        self._on_request(name, answer.status, request.calls, time.perf_counter() - started, because)
        headers = [*answer.headers, *_cors(request)]
        if answer.status != _NO_CONTENT:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body if request.method != "HEAD" else b""})

    async def _answer(self, request: Request) -> tuple[str, Answer]:
        name = _route(request)
        match name:
            case "tracking" if request.method == "OPTIONS":
                return name, Answer(_NO_CONTENT, b"", _PREFLIGHT)
            case "tracking":
                return name, await self._tracking(request)
            case "settings":
                return name, self._settings(request)
            case "webhooks":
                return name, await self._webhook(request)
            case "health":
                return name, Answer(200, b'{"status":"ok"}')
            case "ready":
                return name, self._ready()
            case "metrics":
                text = await asyncio.to_thread(self._metrics)
                return name, Answer(200, (text + "\n".join(self._of_requests()) + "\n").encode(), (_TEXT,))
        raise Refusal(404, "not_found", "there is nothing here")

    # -- calls --------------------------------------------------------------------------------------------------------

    async def _tracking(self, request: Request) -> Answer:
        _require("POST", request)
        name = _last(request.path)
        limit = tracking.limit_of(name)
        received = round(self._clock.wall() * 1000)
        body = tracking.opened(name, await self._body(request, limit))
        source = self._names.get(_basic(request) or tracking.write_key_of(body) or "")
        if source is None:
            raise Refusal(401, "unauthorized", "the write key is missing or unknown")
        by_user = name in tracking.BY_USERS
        address = request.client if by_user or b'"direct"' in body.raw else None
        lines = tracking.lines_of(name, body, source, Stamp(received, address, by_user=by_user))
        await self._take(request, lines)
        refused = sum(line.fault is not None for line in lines)
        return Answer(200, encode({"success": True, "refused": refused}) if refused else b'{"success":true}')

    async def _webhook(self, request: Request) -> Answer:
        _require("POST", request)
        name = _last(request.path)
        webhook = self._config.webhooks.get(name)
        if webhook is None:
            raise Refusal(404, "not_found", "there is no webhook of this name")
        given = request.headers.get(b"x-signature")
        body = await self._body(request, _MOST_OF_WEBHOOK)
        found = None if given is None else given.decode("latin-1")
        events = signature.require_signed(body, found, webhook.secrets, batches=webhook.batches)
        received = round(self._clock.wall() * 1000)
        await self._take(request, signature.lines_of(events, name, received))
        return Answer(200, b'{"success":true}')

    async def _take(self, request: Request, lines: list[Any]) -> None:
        request.calls = len(lines)
        if self.draining:
            raise busy("the server is being stopped", 1)
        await self._inlet.take(lines)

    async def _body(self, request: Request, limit: int) -> bytes:
        """All of it, unpacked; reading stops where it exceeds the limit."""
        length = request.headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:12]) > limit:
            raise too_long(limit)
        try:
            async with asyncio.timeout(_BODY_TIMEOUT):
                body = await _read(request.receive, limit)
        except TimeoutError:
            raise Refusal(408, "timeout", "the body did not come in time") from None
        match request.headers.get(b"content-encoding", b"identity").strip().lower():
            case b"identity" | b"":
                return body
            case b"gzip":
                return gunzip(body, limit)
        raise Refusal(415, "unsupported_encoding", "only gzip is understood as Content-Encoding")

    # -- the rest -----------------------------------------------------------------------------------------------------

    def _settings(self, request: Request) -> Answer:
        _require("GET", request)
        key = unquote(request.path.split("/")[3])
        if key not in self._names:
            raise Refusal(404, "not_found", "there is no such source")
        host = request.headers.get(b"host", b"").decode("latin-1")
        scheme = request.headers.get(b"x-forwarded-proto", b"http").decode("latin-1")
        segment = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": "https" if scheme == "https" else "http"}
        return Answer(200, encode({"integrations": {"Segment.io": segment}}))

    def _ready(self) -> Answer:
        if self.draining:
            return Answer(503, b'{"status":"draining"}')
        if not self._inlet.ready:
            return Answer(503, encode({"status": "not ready", "because": self._inlet.trouble or "the queue is full"}))
        return Answer(200, b'{"status":"ready"}')

    def _of_requests(self) -> list[str]:
        lines = ["# HELP mapper_http_requests_total HTTP requests by path and status; 0: the client went away."]
        lines.append("# TYPE mapper_http_requests_total counter")
        for (name, status), count in sorted(self.answers.items()):
            lines.append(f'mapper_http_requests_total{{path="{name}",status="{status}"}} {count}')
        return lines


async def _read(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_long(limit)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _route(request: Request) -> str:
    parts = request.path.rstrip("/").split("/")[1:]
    match parts:
        case ["v1", name] if name in tracking.SINGLE or name in tracking.BATCH or name == tracking.METRICS:
            return "tracking"
        case ["v1", "projects", _, "settings"]:
            return "settings"
        case ["webhooks", _]:
            return "webhooks"
        case ["health" | "ready" | "metrics" as name]:
            return name
    return "other"


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _require(method: str, request: Request) -> None:
    if request.method != method:
        raise Refusal(405, "method_not_allowed", f"only {method} is answered here")


def _basic(request: Request) -> str | None:
    """The write key of the header: the user of Basic, whose password is empty."""
    scheme, _, text = request.headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(text.strip(), validate=True).decode().partition(":")[0] or None
    except (binascii.Error, ValueError):
        raise bad("the header Authorization can't be read") from None


def _refused(refusal: Refusal) -> Answer:
    headers: tuple[Header, ...] = (_JSON,)
    if refusal.retry_after is not None:
        headers += ((b"retry-after", str(refusal.retry_after).encode()),)
    return Answer(refusal.status, encode({"code": refusal.code, "message": refusal.message}), headers)


_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Content-Encoding, X-Retry-Count"),
    (b"access-control-max-age", b"86400"),
)


def _cors(request: Request) -> list[Header]:
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
