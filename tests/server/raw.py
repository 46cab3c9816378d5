"""Requests as bytes, for what HTTP libraries refuse to send."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.server.kit import Server
from tests.support.awaiting import PATIENCE


class Answer(NamedTuple):
    """What came back. `status` is 0 where the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


NONE = Answer(0, {}, b"")


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    """A connection to a server."""
    host, _, port = server.base_url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as found:
        yield found


def exchange(server: Server, *parts: bytes, head: bool = False) -> Answer:
    """Send these bytes on a connection of their own; what is answered first."""
    with connected(server) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return receive(connection, head=head)


def receive(connection: socket.socket, *, head: bool = False) -> Answer:
    """The next answer of a connection, without a body where `head`."""
    found = b""
    try:
        while b"\r\n\r\n" not in found:
            if not (part := connection.recv(65_536)):
                return NONE
            found += part
        start, _, body = found.partition(b"\r\n\r\n")
        first, *lines = start.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = 0 if head else int(headers.get("content-length", "0"))
        while len(body) < length and (part := connection.recv(65_536)):
            body += part
    except ConnectionResetError:
        return NONE
    assert len(body) == length, "there is more than one answer, or not all of one"
    return Answer(int(first.split(" ")[1]), headers, body)


def post(path: str, body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    """The bytes of a request; `length` is what it says of its body, where that differs."""
    size = b"content-length: %d" % (len(body) if length is None else length)
    return b"\r\n".join([b"POST %b HTTP/1.1" % path.encode(), b"host: a", size, *headers, b"", body])


def memory(server: Server, what: str = "VmRSS") -> int:
    """Bytes of memory that a server has, or, by ``VmHWM``, had at most."""
    (size,) = re.findall(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text(), re.MULTILINE)
    return int(size) * 1024


def worked(server: Server) -> float:
    """Seconds that processors have worked for a server so far: other work on the machine does not move it, as it does
    the time that passes."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
