"""A real HTTP server on loopback that answers as a test tells it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.ports import free_ports


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[Any]:
        """The events of an NDJSON body."""
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def numbers(self) -> list[int]:
        """The `n` of each event."""
        return [event["n"] for event in self.events]


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        wait: Seconds that it takes.
        held: It is not given before this is false.
        fault: How it is spoilt.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    wait: float = 0.0
    held: Callable[[], bool] = lambda: False
    fault: Literal["hang", "drip", "cut", "reset", "close"] | None = None


Script = Callable[[Received], Reply]


@dataclass
class Server:
    """Where it listens and what it got."""

    url: str
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0

    @property
    def numbers(self) -> list[int]:
        """The `n` of all events, in the order they came."""
        return [number for request in self.received for number in request.numbers]


@asynccontextmanager
async def scripted(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Run a server for the length of a block."""
    server = Server("")
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        try:
            while await _serve_one(server, script, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()
            with suppress(Exception):
                await writer.wait_closed()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


async def _serve_one(
    server: Server, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers["content-length"]))
    request = Received(head[0], headers, body)
    server.received.append(request)
    server.at_once += 1
    server.most_at_once = max(server.most_at_once, server.at_once)
    try:
        reply = script(request)
        await asyncio.sleep(reply.wait)
        while reply.held():
            await asyncio.sleep(0.001)
        return await _answer(reply, writer)
    finally:
        server.at_once -= 1


async def _answer(reply: Reply, writer: asyncio.StreamWriter) -> bool:
    if reply.fault == "hang":
        await asyncio.sleep(3600)
    if reply.fault == "close":
        return False
    if reply.fault == "reset":
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False
    lines = [f"HTTP/1.1 {reply.status} X", f"content-length: {len(reply.body)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    if reply.fault == "cut":
        writer.write(reply.body[: len(reply.body) // 2])
        await writer.drain()
        return False
    if reply.fault == "drip":
        for byte in reply.body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)
        return True
    writer.write(reply.body)
    await writer.drain()
    return True


def unused_port() -> int:
    """A port on which nobody listens."""
    (port,) = free_ports(1)
    return port
