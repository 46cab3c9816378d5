"""Which request gets which answer. An ASGI application."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from mapper.base.clock import Clock
from mapper.base.json import encode
from mapper.records.line import Line
from mapper.server import signature, tracking
from mapper.server.config import ServerConfig
from mapper.server.http import (
    PREFLIGHT,
    TEXT,
    Answer,
    Bodies,
    Gone,
    Receive,
    Request,
    Scope,
    Send,
    for_browsers,
    host_of,
    refused,
    request_of,
    user_of,
)
from mapper.server.inlet import Inlet
from mapper.server.refusal import Refusal, busy
from mapper.server.stamp import Stamp

_MOST_OF_WEBHOOK: Final = 5_000_000
_NO_CONTENT: Final = 204
_LOOK: Final = ("GET", "HEAD")
METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "tracking": ("POST", "OPTIONS"),
    "settings": (*_LOOK, "OPTIONS"),
    "webhooks": ("POST", "PUT", "PATCH"),  # whichever Segment is told to use
    "health": _LOOK,
    "ready": _LOOK,
    "metrics": _LOOK,
}
"""By route, what it answers."""
_FAULT: Final = Refusal(500, "fault", "the server is at fault")
_logger: Final = logging.getLogger(__name__)


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
        metrics: Callable[[], Awaitable[str]],
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
        self._bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, as ASGI has it."""
        if scope["type"] != "http":
            return
        request = request_of(scope, receive, late=self.draining)
        name, because, started = _route(request.path), None, time.perf_counter()
        try:
            answer = await self._answer(name, request)
        except Refusal as refusal:
            answer, because = refused(refusal), refusal.message
        except asyncio.CancelledError:  # the server is stopped, and waits no longer for it
            answer, because = refused(_stopping()), _stopping().message
        except Gone:
            self.answers[name, 0] += 1
            return
        except Exception:
            _logger.exception(_FAULT.message)
            answer, because = refused(_FAULT), _FAULT.message
        finally:
            self._bodies.release(request)
        self._note(name, answer.status, request.calls, time.perf_counter() - started, because)
        headers = [*answer.headers, *for_browsers(request)]
        if answer.status != _NO_CONTENT:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body if request.method != "HEAD" else b""})

    def note_unreadable(self, status: int, because: str) -> None:
        """Something came that could not be read as an HTTP request, and was answered with this status."""
        self._note("unreadable", status, 0, 0.0, because)

    def _note(self, name: str, status: int, calls: int, seconds: float, because: str | None) -> None:
        self.answers[name, status] += 1
        self._on_request(name, status, calls, seconds, because)

    async def _answer(self, name: str, request: Request) -> Answer:
        if request.method not in METHODS.get(name, (request.method,)):
            allowed = METHODS[name]
            raise Refusal(405, "method_not_allowed", f"use {' or '.join(allowed)} here", allow=allowed)
        if request.method == "OPTIONS" and name in METHODS:
            return PREFLIGHT
        match name:
            case "tracking":
                return await self._tracking(request)
            case "settings":
                return self._settings(request)
            case "webhooks":
                return await self._webhook(request)
            case "health":
                return Answer(200, b'{"status":"ok"}')
            case "ready":
                return self._ready()
            case "metrics":
                text = await self._metrics()
                return Answer(200, (text + "\n".join(self._of_requests()) + "\n").encode(), (TEXT,))
        raise Refusal(404, "not_found", "there is nothing here")

    # -- calls --------------------------------------------------------------------------------------------------------

    async def _tracking(self, request: Request) -> Answer:
        name = request.last
        received = round(self._clock.wall() * 1000)
        body = tracking.opened(name, await self._body(request, tracking.limit_of(name)))
        source = self._names.get(user_of(request) or tracking.write_key_of(body) or "")
        if source is None:
            raise Refusal(401, "unauthorized", "the write key is missing or unknown")
        stamp = Stamp(received, request.client, by_user=name in tracking.BY_USERS)
        lines = tracking.lines_of(name, body, source, stamp)
        await self._take(request, lines)
        dead = sum(map(tracking.is_refused, lines))
        return Answer(200, encode({"success": True, "refused": dead}) if dead else b'{"success":true}')

    async def _webhook(self, request: Request) -> Answer:
        name = request.last
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

    async def _body(self, request: Request, limit: int) -> bytes:
        if request.late:
            raise _stopping()
        return await self._bodies.read(request, limit)

    async def _take(self, request: Request, lines: Sequence[Line]) -> None:
        request.calls = len(lines)
        await self._inlet.take(lines)

    # -- the rest -----------------------------------------------------------------------------------------------------

    def _settings(self, request: Request) -> Answer:
        key = unquote(request.path.split("/")[3])
        if key not in self._names:
            raise Refusal(404, "not_found", "there is no such source")
        segment = {"apiKey": key, "apiHost": f"{host_of(request)}/v1", "protocol": request.scheme}
        return Answer(200, encode({"integrations": {"Segment.io": segment}}))

    def _ready(self) -> Answer:
        if self.draining:
            return Answer(503, b'{"status":"draining"}')
        if not self._inlet.ready:
            return Answer(503, encode({"status": "not ready", "because": self._inlet.because}))
        return Answer(200, b'{"status":"ready"}')

    def _of_requests(self) -> list[str]:
        lines = ["# HELP mapper_http_requests_total HTTP requests by path and status; 0: the client went away."]
        lines.append("# TYPE mapper_http_requests_total counter")
        for (name, status), count in sorted(self.answers.items()):
            lines.append(f'mapper_http_requests_total{{path="{name}",status="{status}"}} {count}')
        return lines


def _stopping() -> Refusal:
    return busy("the server is being stopped", 1)


@lru_cache(256)
def _route(path: str) -> str:
    parts = path.rstrip("/").split("/")[1:]
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
