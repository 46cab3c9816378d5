"""Connections: none may hold up the others, whether it is slow, endless or one of thousands."""

from __future__ import annotations

import asyncio
import resource
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mapper.server.http import OVERDUE, Header, refused
from mapper.server.refusal import Refusal, busy

MOST_BYTES_OF_HEAD: Final = 32_768
_MOST_CONNECTIONS: Final = 4_096
_OTHER_FILES: Final = 128
"""Open files that are no connections of ours: the queue, destinations."""
_PATIENCE: Final = 75.0
"""Seconds for which a connection may wait for its client. More than proxies and balancers keep theirs, lest they use
one that is just being closed."""
_BODY_TIMEOUT: Final = 20.0
"""Seconds that a body may take to come."""
_LOOK: Final = 1.0
_FRAMING: Final = 8
"""Bytes of framing that a byte of a body may bring with it, where it comes in chunks."""
_MOST_BESIDE: Final = 2_000_000
"""Bytes of framing at a time; and of a refused body, which is still taken and dropped, for who is cut off while it
sends does not read the answer."""
_MOST_PIPELINED: Final = 16
_BESIDE_HEADER: Final = len(b": \r\n")
_BESIDE_PATH: Final = len(b"  HTTP/1.1\r\n\r\n")
_UNREADABLE: Final = Refusal(400, "bad_request", "this is no HTTP request that can be read")
_TOO_LONG: Final = Refusal(431, "head_too_long", f"the head of the request exceeds {MOST_BYTES_OF_HEAD:,} bytes")
_TOO_MANY: Final = busy("too many requests wait on this connection", 1)


class Lobby:
    """Connections that wait for their clients: new ones, those between two requests, those whose next request is not
    whole, and those whose client does not read what it is answered.

    Where there are too many connections, the one goes that has been here longest.

    Args:
        most: Most connections, with and without a request.
        on_refused: Told the status of what is answered here, and why.
        patience: Seconds for which one may wait for its client.
        body_timeout: Seconds from the head of a request to the end of its body.
    """

    def __init__(
        self,
        most: int,
        on_refused: Callable[[int, str], None],
        patience: float = _PATIENCE,
        body_timeout: float = _BODY_TIMEOUT,
    ) -> None:
        self.on_refused = on_refused
        self._most = most
        self._patience = patience
        self._body_timeout = body_timeout
        self._count = 0
        self._since: dict[Connection, float] = {}
        self._bodies: dict[Connection, float] = {}
        """Since when bodies come that are not whole: a timer for each request would cost more than what it bounds."""

    def open(self, connection: Connection) -> None:
        """There is a new one."""
        self._count += 1
        self.enter(connection)
        if self._count > self._most:
            self._turn_out(next(iter(self._since)))

    def enter(self, connection: Connection) -> None:
        """It waits from now on."""
        self._since.pop(connection, None)
        self._since[connection] = connection.loop.time()

    def await_body(self, connection: Connection) -> None:
        """It has a head, and not all of the body that goes with it."""
        self._bodies.setdefault(connection, connection.loop.time())

    def leave(self, connection: Connection) -> None:
        """It waits no more."""
        self._since.pop(connection, None)
        self._bodies.pop(connection, None)

    def close(self, connection: Connection) -> None:
        """It is closed."""
        self._count -= 1
        self.leave(connection)

    async def keep_looking(self) -> None:
        """Close those that have been here too long, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK)
            now = asyncio.get_running_loop().time()
            for connection in [each for each, since in self._since.items() if since < now - self._patience]:
                self._turn_out(connection)
            for connection in [each for each, since in self._bodies.items() if since < now - self._body_timeout]:
                del self._bodies[connection]
                connection.cut_off()

    def turn_out_deaf(self) -> None:
        """Close those whose client does not read: what is about to answer one would wait for it, cancelled or not."""
        for connection in [each for each in self._since if each.flow.write_paused]:
            self._turn_out(connection)

    def _turn_out(self, connection: Connection) -> None:
        self.leave(connection)
        connection.transport.abort()


class Connection(HttpToolsProtocol):
    """One of them: uvicorn's, with bounds to what it takes beside bodies, which the application bounds."""

    def __init__(self, lobby: Lobby, **given: Any) -> None:
        super().__init__(**given)
        self._lobby = lobby
        self._asked: deque[RequestResponseCycle] = deque()
        """Requests that have not been answered; only the first is being worked on."""
        self._dropping = False
        """Whether what comes is the rest of a body whose request has been answered."""
        self._left = MOST_BYTES_OF_HEAD
        """Bytes that may still come, until there is a body or the next request."""
        self._fault = _UNREADABLE
        """What is wrong, where the parser is told to stop."""
        self._in_head = False
        self._is_ended = False
        """Whether nothing is read any more."""
        self._last_word: Refusal | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Go into the lobby."""
        super().connection_made(transport)
        self._lobby.open(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Be gone."""
        super().connection_lost(exc)
        for cycle in self._asked:
            cycle.disconnected = True
            cycle.message_event.set()
        self._lobby.close(self)

    def data_received(self, data: bytes) -> None:
        """Read some more, unless it is too much."""
        if self._is_ended or self.transport.is_closing():
            return
        self._left -= len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # its request is answered; what follows would be no HTTP
            self.cycle.keep_alive = False
            self._is_ended = True
        except httptools.HttpParserError:
            self._end(self._fault)
        else:
            if self._left < 0:
                self._end(_TOO_LONG if self._in_head else None)
            else:
                self._await_body()

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """Answer all the same: who has said everything may still listen."""
        if not self._is_ended:
            self._end(None)
        return bool(self._asked)

    def on_message_begin(self) -> None:
        """Begin with a head."""
        if self._asked:  # or else all of it may come anew; here what came at one go was counted before it was read
            self._left += self._bytes_of([*self.scope["headers"], *self.headers])
        super().on_message_begin()
        self._left = min(self._left, MOST_BYTES_OF_HEAD)
        self._dropping = False
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Begin with a request, unless too many wait."""
        if len(self._asked) > _MOST_PIPELINED:
            self._fault = _TOO_MANY
            raise ValueError  # to the parser that is a request that can't be read
        if self._left < 0 and self._bytes_of(self.headers) > MOST_BYTES_OF_HEAD:
            self._fault = _TOO_LONG  # and came at one go: it must not be begun, for it could not be answered any more
            raise ValueError
        super().on_headers_complete()
        self._in_head = False
        self.headers = []  # for trailers, which are no headers: what a proxy adds or checks is not among them
        self._asked.append(self.cycle)

    def _bytes_of(self, headers: list[Header]) -> int:
        line = len(self.parser.get_method()) + len(self.url) + _BESIDE_PATH
        return line + sum(len(name) + len(value) + _BESIDE_HEADER for name, value in headers)

    def on_body(self, body: bytes) -> None:
        """Take in a part."""
        if not self.cycle.response_complete:
            self._left = min(self._left + _FRAMING * len(body), _MOST_BESIDE)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Have a whole request."""
        super().on_message_complete()
        if self._asked:
            self._lobby.leave(self)
            if self.flow.write_paused:
                self._lobby.enter(self)

    def on_response_complete(self) -> None:
        """Go on with the next request, if there is one."""
        self._asked.popleft()
        self._lobby.leave(self)
        self.server_state.total_requests += 1
        if self._is_ended and not self._asked:
            self._close()
        if self.transport.is_closing():  # once its client has read the rest
            self._lobby.enter(self)
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        if not self._asked:  # uvicorn would start a timer now; the lobby has one for all
            self._dropping = self.cycle.more_body
            self._left = _MOST_BESIDE if self._dropping else MOST_BYTES_OF_HEAD
        if not self._asked or self._asked[-1].more_body or self.flow.write_paused:
            self._lobby.enter(self)
        self._await_body()

    def _await_body(self) -> None:
        """Bound the wait for the body of the request whose turn it is, if it is not whole."""
        if self._asked and self._asked[0].more_body:
            self._lobby.await_body(self)

    def cut_off(self) -> None:
        """Wait no longer for the rest of that body."""
        self._asked[0].scope["state"][OVERDUE] = True
        self._asked[0].message_event.set()

    def pause_writing(self) -> None:
        """Wait until the client reads."""
        super().pause_writing()
        self._lobby.enter(self)

    def resume_writing(self) -> None:
        """Go on: it does."""
        super().resume_writing()
        if self._asked and not self._asked[-1].more_body:
            self._lobby.leave(self)

    def _end(self, refusal: Refusal | None) -> None:
        """Answer what has been asked, then this, and close. Nothing is said where it would be taken for the answer to
        something else."""
        self._is_ended = True
        self._lobby.leave(self)
        if self._asked and self._asked[-1].more_body:
            if self._asked[-1].response_started:
                self._dropping = True
            else:
                self._forget(self._asked.pop())
        self._last_word = None if self._dropping else refusal
        if self._asked:
            self.flow.resume_reading()  # and drop it: who is cut off while it sends does not read the answers
        else:
            self._close()

    def _forget(self, cycle: RequestResponseCycle) -> None:
        """Its body can't be read, or will not come."""
        cycle.disconnected = True
        cycle.message_event.set()
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()

    def _close(self) -> None:
        if (refusal := self._last_word) is not None:
            self._lobby.on_refused(refusal.status, refusal.message)
            answer = refused(refusal)
            size = (b"content-length", b"%d" % len(answer.body))
            head = [b"%b: %b\r\n" % header for header in (*answer.headers, size, (b"connection", b"close"))]
            self.transport.write(b"".join((STATUS_LINE[refusal.status], *head, b"\r\n", answer.body)))
        self.transport.close()
        self._lobby.enter(self)  # until its client has read the rest


def connections_allowed() -> int:
    """How many connections there may be, for which the limit of open files is raised as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(min(soft - _OTHER_FILES, _MOST_CONNECTIONS), 1)
