"""HTTP/1.1 over one connection: heads and bodies in, answers out, well or badly behaved on request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Final

import h11

from mapper.base.clock import Clock
from mapper.sandbox.admission import Head
from mapper.sandbox.answers import Answer

_CHUNK: Final = 65_536
_LINGER_SECONDS: Final = 2.0
_FILLER: Final = b'{"cut": "off"}\n'
"""Stands in for an empty body that has to break off in the middle."""


class WireError(Exception):
    """Bytes that are no HTTP/1.1 request, or a body beyond its limit. Holds the status of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Wire:
    """One connection, seen from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, clock: Clock) -> None:
        self._reader = reader
        self._writer = writer
        self._clock = clock
        self._http = h11.Connection(h11.SERVER)
        self._body_allowed = True

    async def head(self) -> Head | None:
        """The next request's head, or None where the client has gone or the connection is to end.

        Raises:
            WireError: what came is no request.
        """
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        if self._http.our_state is not h11.IDLE:
            return None
        event = await self._next_event()
        if not isinstance(event, h11.Request):
            return None
        self._body_allowed = event.method != b"HEAD"
        path, _, query = event.target.decode("ascii", "replace").partition("?")
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in event.headers}
        return Head(event.method.decode("ascii"), path, query, headers)

    async def body(self, limit: int) -> bytes:
        """The body of the request.

        Raises:
            WireError: it breaks off, or it is larger than `limit` bytes.
        """
        if self._http.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        chunks: list[bytes] = []
        size = 0
        while isinstance(event := await self._next_event(), h11.Data):
            size += len(event.data)
            if size > limit:
                raise WireError(413, f"the body is larger than {limit} bytes")
            chunks.append(bytes(event.data))
        if not isinstance(event, h11.EndOfMessage):
            raise WireError(400, "the body breaks off")
        return b"".join(chunks)

    async def answer(self, answer: Answer, *, slow: float | None = None, half: bool = False) -> None:
        """Send an answer.

        Args:
            answer: Content-Length is added to its headers.
            slow: Bytes of the body a second; None for as fast as it goes.
            half: Announce the whole body, send half of it, and reset the connection.
        """
        body = (answer.body or _FILLER) if half else answer.body
        headers = [*answer.headers]
        has_body = answer.status not in (204, 304)
        if has_body:
            headers.append(("content-length", str(len(body))))
        await self._send(h11.Response(status_code=answer.status, headers=headers))
        if body and has_body and self._body_allowed:
            await self._send_body(body[: len(body) // 2] if half else body, slow)
        if half:
            await self._writer.drain()
            await self._clock.sleep(0.05)  # let the half arrive: a reset overtakes bytes on their way
            self.reset()
        else:
            await self._send(h11.EndOfMessage())

    async def refuse(self, answer: Answer) -> None:
        """Answer a request whose body was not read, and end the connection without cutting off the answer."""
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        await self.answer(Answer(answer.status, answer.body, (*answer.headers, ("connection", "close"))))
        with contextlib.suppress(TimeoutError, OSError):
            self._writer.write_eof()
            async with asyncio.timeout(_LINGER_SECONDS):
                await self.until_gone()

    async def until_gone(self) -> None:
        """Wait, reading and forgetting, until the client hangs up."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(_CHUNK):
                pass

    def reset(self) -> None:
        """End the connection by a TCP reset."""
        connection = self._writer.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        """End the connection in order; harmless where it has ended."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _next_event(self) -> h11.Event | None:
        """What comes next; None where nothing can come before the answer is out."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise WireError(error.error_status_hint, f"not HTTP/1.1: {error}") from None
            if event is h11.PAUSED:
                return None
            if isinstance(event, h11.Event):
                return event
            self._http.receive_data(await self._reader.read(_CHUNK))

    async def _send_body(self, body: bytes, slow: float | None) -> None:
        if slow is None:
            await self._send(h11.Data(data=body))
            return
        step = max(1, round(slow / 10))
        for start in range(0, len(body), step):
            await self._clock.sleep(min(step, len(body) - start) / slow)
            await self._send(h11.Data(data=body[start : start + step]))

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()
