"""Connections: none may hold up the others, whether it is slow, endless or one of thousands."""

from __future__ import annotations

import asyncio
import resource
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

MOST_BYTES_OF_HEAD: Final = 32_768
_MOST_CONNECTIONS: Final = 4_096
_OTHER_FILES: Final = 128
"""Open files that are no connections of ours: the queue, destinations."""
_PATIENCE: Final = 75.0
"""Seconds for which a connection may wait for its client. More than proxies and balancers keep theirs, lest they use
one that is just being closed."""
_LOOK: Final = 1.0
_FRAMING: Final = 8
"""Bytes of framing that a byte of a body may bring with it, where it comes in chunks."""
_MOST_BESIDE: Final = 2_000_000
"""Bytes of framing at a time; and of a refused body, which is still taken and dropped, for who is cut off while it
sends does not read the answer."""
_MOST_PIPELINED: Final = 16
_UNREADABLE: Final = b'{"code":"bad_request","message":"this is no HTTP request that can be read"}'
_TOO_LONG: Final = b'{"code":"head_too_long","message":"the head of the request exceeds 32,768 bytes"}'


class Lobby:
    """Connections that wait for their clients: new ones, those between two requests, those whose next request is not
    whole, and those whose client does not read what it is answered.

    Where there are too many connections, the one goes that has been here longest.

    Args:
        most: Most connections, with and without a request.
        on_refused: Told the status of what is answered here.
        patience: Seconds for which one may wait for its client.
    """

    def __init__(self, most: int, on_refused: Callable[[int], None], patience: float = _PATIENCE) -> None:
        self.on_refused = on_refused
        self._most = most
        self._patience = patience
        self._count = 0
        self._since: dict[Connection, float] = {}

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

    def leave(self, connection: Connection) -> None:
        """It waits no more."""
        self._since.pop(connection, None)

    def close(self, connection: Connection) -> None:
        """It is closed."""
        self._count -= 1
        self.leave(connection)

    async def keep_looking(self) -> None:
        """Close those that have been here too long, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK)
            over = asyncio.get_running_loop().time() - self._patience
            for connection in [each for each, since in self._since.items() if since < over]:
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
        if self.transport.is_closing():
            return
        self._left -= len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # its request is answered; what follows would be no HTTP
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(400, _UNREADABLE)
        else:
            if self._left < 0:
                self._refuse(431, _TOO_LONG)

    def on_message_begin(self) -> None:
        """Begin with a head."""
        super().on_message_begin()
        self._left = min(self._left, MOST_BYTES_OF_HEAD)
        self._dropping = False

    def on_headers_complete(self) -> None:
        """Begin with a request, unless too many wait."""
        if len(self._asked) > _MOST_PIPELINED:
            raise ValueError  # to the parser that is a request that can't be read
        super().on_headers_complete()
        self._asked.append(self.cycle)

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

    def on_response_complete(self) -> None:
        """Go on with the next request, if there is one."""
        self._asked.popleft()
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if not self._asked:
            self._unset_keepalive_if_required()  # the lobby does it
            self._dropping = self.cycle.more_body
            self._left = _MOST_BESIDE if self._dropping else MOST_BYTES_OF_HEAD
        if not self._asked or self.cycle.more_body:
            self._lobby.enter(self)

    def pause_writing(self) -> None:
        """Wait until the client reads."""
        super().pause_writing()
        self._lobby.enter(self)

    def resume_writing(self) -> None:
        """Go on: it does."""
        super().resume_writing()
        if self._asked and not self.cycle.more_body:
            self._lobby.leave(self)

    def _refuse(self, status: int, body: bytes) -> None:
        """Answer and close; only close where it would be taken for the answer to something else."""
        if not self._asked and not self._dropping:
            self._lobby.on_refused(status)
            head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.close()


def connections_allowed() -> int:
    """How many connections there may be, for which the limit of open files is raised as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(min(soft - _OTHER_FILES, _MOST_CONNECTIONS), 1)
