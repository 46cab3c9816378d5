"""A destination that does nothing: it answers 200 to every POST, and counts the lines it was sent.

Run as a program it prints its port. ``GET /`` answers with the count. A number as its argument has each POST take so
many seconds. From ``GET /hold`` to ``GET /go`` no POST is answered.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

_BODY: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


class Sink(asyncio.Protocol):
    """One connection. Reads as much of HTTP/1.1 as our own client speaks."""

    lines = 0
    """Over all connections."""
    delay = 0.0
    held: list[Sink] | None = None
    """Who waits for an answer; None: answers are given."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_BODY)) >= 0:
            head = bytes(self._buffer[:end]).lower()
            at = head.find(_LENGTH)
            length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            end += len(_BODY)
            if len(self._buffer) < end + length:
                return
            body = self._buffer[end : end + length]
            del self._buffer[: end + length]
            self.taken(body)
            if head.startswith(b"get /hold"):
                Sink.held = []
            elif head.startswith(b"get /go"):
                held, Sink.held = Sink.held or [], None
                for each in held:
                    each.answer_later()
            if head.startswith(b"get "):
                self.answer()
            elif Sink.held is not None:
                Sink.held.append(self)
            else:
                self.answer_later()

    def taken(self, body: bytes | bytearray) -> None:
        """A request came."""
        Sink.lines += body.count(b"\n") + (not body.endswith(b"\n")) if body else 0

    def answer_later(self) -> None:
        """After the delay."""
        if Sink.delay:
            asyncio.get_running_loop().call_later(Sink.delay, self.answer)
        else:
            self.answer()

    def answer(self) -> None:
        """With the count."""
        text = b"%d" % Sink.lines
        assert self._transport is not None
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(text), text))


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    Sink.delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    asyncio.run(_serve())
