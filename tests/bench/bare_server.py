"""The least that a server can do that loses nothing: it writes what comes to a file, commits what came together, and
then answers. It checks nothing, maps nothing, and sends nothing on.

    python -m tests.bench.bare_server FILE
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw
import msgspec
import orjson
import uvicorn


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]


_calls = msgspec.json.Decoder(_Batch)


class _Asked(NamedTuple):
    calls: Sequence[bytes]
    future: asyncio.Future[None]


class BareServer:
    """An ASGI application, and a thread that writes.

    Args:
        path: Of the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        threading.Thread(target=self._write, daemon=True).start()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request once its calls are on the disk."""
        self._loop = asyncio.get_running_loop()
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        calls = [bytes(each) for each in _calls.decode(body).batch] if scope["path"] == "/v1/batch" else [body]
        future: asyncio.Future[None] = self._loop.create_future()
        self._asked.put(_Asked(calls, future))
        await future
        headers = [(b"content-type", b"application/json"), (b"content-length", b"16")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"success":true}'})

    def _write(self) -> None:
        connection = apsw.Connection(self._path)
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE call (raw BLOB)"):
            connection.execute(statement).fetchall()
        while True:
            group = [self._asked.get()]
            while not self._asked.empty():
                group.append(self._asked.get())
            with connection:
                connection.executemany(
                    "INSERT INTO call VALUES (?)", [(call,) for asked in group for call in asked.calls]
                )
            assert self._loop is not None
            self._loop.call_soon_threadsafe(_answer, group)


def _answer(group: Sequence[_Asked]) -> None:
    for asked in group:
        asked.future.set_result(None)


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        """Say where it listens, as `mapper serve` does."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()
        said = {"event": "listening", "address": f"{host}:{port}"}
        sys.stderr.buffer.write(orjson.dumps(said) + b"\n")
        sys.stderr.flush()


if __name__ == "__main__":
    config = uvicorn.Config(
        BareServer(sys.argv[1]), port=0, http="httptools", loop="uvloop", lifespan="off", log_config=None, ws="none"
    )
    _Server(config).run()
