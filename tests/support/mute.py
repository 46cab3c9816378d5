"""Servers that take connections and say little: what is no NATS server, or one that hangs."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ABOUT = {"server_id": "x", "version": "2.12.3", "max_payload": 1_048_576, "proto": 1, "headers": True}


def info(**more: object) -> bytes:
    """What a server says first."""
    return b"INFO " + json.dumps({**ABOUT, **more}).encode() + b"\r\n"


@contextmanager
def mute(
    first: bytes = b"",
    *,
    pongs: bool = False,
    jetstream: bytes = b"",
    asked: list[bytes] | None = None,
    heard: list[bytes] | None = None,
) -> Iterator[str]:
    """The address of one, as long as the block lasts.

    Args:
        first: Said at once; nothing else, but for what follows.
        pongs: Answer pings.
        jetstream: What it answers to whoever asks about JetStream.
        asked: Gets a line for each time that somebody does.
        heard: Gets each line that anybody says.
    """

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(first)
            try:
                while line := self.rfile.readline():
                    self._answer(line)
            except OSError:
                return

        def _answer(self, line: bytes) -> None:
            words = line.split()
            if heard is not None:
                heard.append(line)
            if pongs and words[:1] == [b"PING"]:
                self.wfile.write(b"PONG\r\n")
            if jetstream and words[:2] == [b"PUB", b"$JS.API.INFO"]:
                self.wfile.write(b"MSG %s 1 %d\r\n%s\r\n" % (words[2], len(jetstream), jetstream))
                if asked is not None:
                    asked.append(line)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Talk) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"nats://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
