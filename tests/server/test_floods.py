"""Too much of everything: memory stays flat, and who behaves is served all the while."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from select import select
from typing import Final

import httpx
import pytest

from mapper.server.connection import _BODY_TIMEOUT
from tests.server.kit import KEY, Server, serving
from tests.server.raw import connected, exchange, memory, post, receive, worked
from tests.server.test_attacks import BASIC, TRACK
from tests.support.awaiting import PATIENCE, await_
from tests.support.sandbox import RunningSandbox

pytestmark = pytest.mark.long
SLOW: Final = 1_000
CALLS: Final = 200
FLAT: Final = 40_000_000
"""Bytes that memory may grow by while a server is attacked."""
BLOCK: Final = 10_000_000


CHUNKED: Final = post("/v1/batch", b"", BASIC).replace(b"content-length: 0", b"transfer-encoding: chunked")


def bomb(size: int) -> bytes:
    """Gzip of so many zeros, made of one block again and again; what it says of itself at its end is wrong."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * (size // BLOCK) + b"\x03\0" + bytes(8)


@pytest.fixture
def flat(server: Server) -> Iterator[None]:
    """Memory grows by little meanwhile, and the server is well afterwards."""
    server.client.get("/metrics")
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")  # begin anew with the most that it had
    before = memory(server)
    yield
    assert memory(server, "VmHWM") - before < FLAT
    assert server.client.get("/ready").json() == {"status": "ready"}
    assert not server.complaints


@pytest.mark.parametrize("size", [10**7, 10**8, 10**9, 10**10], ids=["10 MB", "100 MB", "1 GB", "10 GB"])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.usefixtures("flat")
def test_gzip_bombs(server: Server, size: int, chunked: bool) -> None:
    body, packed = bomb(size), b"content-encoding: gzip"
    request = post("/v1/batch", body, BASIC, packed)
    if chunked:
        head = request[: -len(body)].replace(b"content-length: %d" % len(body), b"transfer-encoding: chunked")
        request = head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    before = worked(server)
    answer = exchange(server, request)
    assert (answer.status, answer.json["message"]) == (400, "the body exceeds 512,000 bytes")
    assert worked(server) - before < 5


@pytest.mark.usefixtures("flat")
def test_many_small_bombs_in_one_body(server: Server) -> None:
    """Gzip may have several members, each of which has to be begun."""
    before = worked(server)
    for member in (gzip.compress(b"", mtime=0), gzip.compress(b"[", mtime=0)):
        body = member * (499_000 // len(member))
        for _ in range(5):
            assert exchange(server, post("/v1/batch", body, BASIC, b"content-encoding: gzip")).status == 400
    assert worked(server) - before < 0.5, "they take all others' time"


ENDLESS = {
    "head": (b"POST /v1/batch HTTP/1.1\r\nhost: a\r\nx: ", b"x" * 65_536),
    "headers": (b"POST /v1/batch HTTP/1.1\r\nhost: a\r\n", b"x: y\r\n" * 10_000),
    "path": (b"POST /v1/", b"x" * 65_536),
    "line ends": (b"", b"\r\n" * 30_000),
    "body": (post("/v1/batch", b"", BASIC, length=10**12), b" " * 65_536),
    "chunks": (CHUNKED, b"1\r\nx\r\n" * 10_000),
    "extensions": (CHUNKED + b"5;", b"x" * 65_536),
    "extensions behind a part": (CHUNKED + b"1\r\nx\r\n5;", b"x" * 65_536),
    "trailers": (CHUNKED + b"0\r\n", b"x: y\r\n" * 10_000),
    "requests": (b"", b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n" * 2_000),
}


@pytest.mark.parametrize("what", ENDLESS)
@pytest.mark.usefixtures("flat")
def test_what_never_ends_is_cut_off(server: Server, what: str) -> None:
    first, more = ENDLESS[what]
    sent, deadline = 0, time.monotonic() + PATIENCE
    with connected(server) as connection:
        connection.settimeout(5)
        try:
            connection.sendall(first)
            while time.monotonic() < deadline:
                connection.sendall(more)
                sent += len(more)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass
        assert time.monotonic() < deadline, f"it goes on, after {sent:,} bytes"


@pytest.mark.usefixtures("flat")
def test_who_does_not_read_is_not_written_to_without_end(server: Server) -> None:
    ask = b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(connected(server))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.settimeout(0.5)
            try:
                for _ in range(3_000):
                    connection.sendall(ask)
            except (TimeoutError, BrokenPipeError, ConnectionResetError):
                pass


def test_bodies_that_come_at_the_same_time_have_so_much_room_and_no_more(server: Server) -> None:
    """Nothing that is valid is needed for it: who sends is known only when the body is there."""
    before = memory(server)
    head = post("/v1/batch", b"", length=490_000)
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in range(250)]
        for connection in connections:
            connection.sendall(head + b" " * 480_000)
        await_(lambda: len(select(connections, [], [], 0)[0]) > 20)  # who has been refused is answered at once
        grown = memory(server) - before
        for connection in connections:
            connection.sendall(b" " * 10_000)
        codes = [receive(connection).status for connection in connections]
    assert {400, 503} <= set(codes) <= {400, 408, 503}, "or late, where the machine is slow"
    assert len(codes) - codes.count(400) > 20
    assert grown < 100_000_000 * 2.5
    assert server.client.post("/v1/track", json={"event": "E", "userId": "u", "writeKey": KEY}).status_code == 200


def trickle(server: Server, there: threading.Event, over: threading.Event) -> None:
    """Hold a thousand connections: they send nothing, or a head or a body byte by byte, and come again when closed."""
    host, _, port = server.base_url.removeprefix("http://").rpartition(":")
    requests = (b"", post("/v1/track", TRACK, BASIC, b"x: " + b"y" * 1_000), post("/v1/track", b" " * 30_000, BASIC))
    left: list[tuple[socket.socket, Iterator[int]]] = []
    while not over.is_set():
        while len(left) < SLOW:
            request = requests[len(left) % 3]
            connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
            connection.setblocking(False)
            connection.send(request[: len(request) // 2])
            left.append((connection, iter(request[len(request) // 2 :])))
        there.set()
        for at, (connection, rest) in enumerate(left):
            try:
                connection.send(bytes([next(rest, 0)]) if at % 3 else b"")
            except OSError:
                connection.close()
        left = [each for each in left if each[0].fileno() >= 0]
        over.wait(0.5)
    for connection, _ in left:
        connection.close()


def served_within(client: httpx.Client, url: str, number: int) -> Iterator[float]:
    """Seconds of each attempt to send a call, until one is answered, as Segment's libraries do it."""
    body = {"event": "E", "userId": "u", "writeKey": KEY, "messageId": f"{number}"}
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        begun = time.monotonic()
        with suppress(httpx.TransportError):
            assert client.post(url, json=body).status_code == 200
            yield time.monotonic() - begun
            return
        yield time.monotonic() - begun
    raise AssertionError("it is not served")


@pytest.mark.parametrize("files", [None, 300], ids=["files enough", "300 files"])
def test_a_thousand_slow_connections(
    files: int | None, tmp_path: Path, sandbox: RunningSandbox, record_property: Callable[[str, object], None]
) -> None:
    """Also where a process may not have so many files open: then those that have waited longest are closed."""
    within = () if files is None else ("prlimit", f"--nofile={files}:{files}")
    there, over, took = threading.Event(), threading.Event(), list[float]()
    with serving(tmp_path, sandbox.base_url, within=within) as server, ThreadPoolExecutor(1) as pool:
        before = memory(server)
        slow = pool.submit(trickle, server, there, over)
        try:
            assert there.wait(PATIENCE)
            for number in range(CALLS):
                with httpx.Client(verify=False) if number % 2 else nullcontext(server.client) as client:
                    took.extend(served_within(client, f"{server.base_url}/v1/track", number))
                time.sleep(0.01)
        finally:
            over.set()
            slow.result()
        grown = memory(server, "VmHWM") - before
        assert server.settle()["delivered"] == CALLS
        assert server.stop() == 0
        assert not server.complaints
    p99 = sorted(took)[-len(took) // 100]
    record_property(
        "shown", f"calls beside {SLOW:,} slow connections: p99 {p99 * 1000:.0f} ms, {grown / 1e6:.0f} MB more"
    )
    assert max(took) < _BODY_TIMEOUT, "somebody had to wait until slow ones were turned out"
    assert grown < 2 * FLAT
