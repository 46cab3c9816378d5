"""Who may stay connected, at a server within this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from mapper.server.connection import Connection, Lobby
from mapper.server.http import OVERDUE
from tests.support.awaiting import PATIENCE

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answer once the request's body is whole, as long as the path says, unless nobody asks for it any more; or with
    408, once it does not come in time."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if scope["state"].get(OVERDUE):
            await send({"type": "http.response.start", "status": 408, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})
            return
        if not message["more_body"] and scope["path"] != "/never":
            break
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    size = 20_000_000 if scope["path"] == "/long" else 2
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    await send({"type": "http.response.body", "body": bytes(size), "more_body": False})


async def talk(lobby: Lobby, *talks: Talk) -> None:
    """Serve with this lobby, and talk to the server on a connection for each."""
    config = uvicorn.Config(application, ws="none", log_config=None)
    config.load()
    made = partial(Connection, lobby, config=config, server_state=ServerState(), app_state={})
    server = await asyncio.get_running_loop().create_server(cast("Any", made), "127.0.0.1", 0)
    looking = asyncio.create_task(lobby.keep_looking())
    port = server.sockets[0].getsockname()[1]
    async with server, asyncio.timeout(PATIENCE):
        pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in talks]
        try:
            await asyncio.gather(*(each(*pair) for each, pair in zip(talks, pairs, strict=True)))
        finally:  # what answers who does not read can't be cancelled
            for _, writer in pairs:
                writer.transport.abort()
    looking.cancel()


async def stays(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """It asks every now and then, and is answered."""
    for _ in range(6):
        await ask(reader, writer)
        await asyncio.sleep(0.3)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"ab")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert await reader.readexactly(2) == bytes(2)


def closed_after(*parts: bytes) -> Talk:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.01)
        try:
            while await reader.read(65_536):
                pass
        except ConnectionResetError:
            pass

    return speak


LONG = HEAD.replace(b" / ", b" /long ") + b"ab"


def reads_nothing(*asked: bytes, then: Callable[[], Awaitable[None]]) -> Talk:
    """It asks so often, and reads once it has been turned out, after `then`."""

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in asked:
            writer.write(part)
            await asyncio.sleep(0.2)
        await then()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(20_000_000)

    return ask


@pytest.mark.long
def test_who_lets_the_server_wait_is_turned_out() -> None:
    """Whether it says nothing, half of something, nothing more, or does not listen."""
    lobby = Lobby(100, print, patience=3.0)

    async def alone() -> None:
        while lobby._count > 1:
            await asyncio.sleep(0.05)

    async def stays_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while lobby._count > 1:
            await ask(reader, writer)
            await asyncio.sleep(0.05)
        await ask(reader, writer)

    deaf = [[LONG], [LONG * 3], [LONG, LONG], [LONG.replace(b"host: a", b"connection: close")]]
    slow = [closed_after(), closed_after(HEAD[:9]), closed_after(HEAD, b"a"), closed_after(HEAD + b"ab")]
    asyncio.run(talk(lobby, *slow, *(reads_nothing(*each, then=alone) for each in deaf), stays_on))


def test_who_does_not_read_can_be_turned_out_at_once() -> None:
    lobby = Lobby(100, print)

    async def turn_out() -> None:
        lobby.turn_out_deaf()

    asyncio.run(talk(lobby, reads_nothing(LONG * 2, then=turn_out), stays))


@pytest.mark.parametrize("before", [b"", HEAD + b"ab"])
@pytest.mark.parametrize("drop", [b"a", b""])
def test_a_body_that_does_not_come_is_waited_for_so_long_and_no_longer(
    monkeypatch: pytest.MonkeyPatch, before: bytes, drop: bytes
) -> None:
    """Nor does it help to send another byte now and then; what comes after all is taken, and goes nowhere."""
    monkeypatch.setattr("mapper.server.connection._LOOK", 0.05)

    async def is_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before + HEAD.replace(b" 2\r", b" 100\r"))
        for _ in range(20):
            writer.write(drop)
            await asyncio.sleep(0.02)
        if before:
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        await reader.readuntil(b"408")
        writer.write(b"a" * (100 - 20 * len(drop)) + HEAD + b"ab")
        await reader.readuntil(b"HTTP/1.1 200")

    asyncio.run(talk(Lobby(100, print, body_timeout=0.2), is_late, stays))


def test_a_head_behind_a_body_is_bounded_too() -> None:
    """A body brings room for its framing along; what follows it does not have that."""
    body = bytes(100_000)
    first = b"POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    asyncio.run(talk(Lobby(100, print), closed_after(first, b"GET / HTTP/1.1\r\nx: ", b"y" * 100_000)))


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"GET / HTTP/1.1\r\nx: " + b"y" * 40_000, (431, "the head of the request exceeds 32,768 bytes")),
        (b"\x16\x03\r\n\r\n", (400, "this is no HTTP request that can be read")),
    ],
    ids=["too long", "no request"],
)
def test_it_is_told_why_something_was_refused(sent: bytes, told: tuple[int, str]) -> None:
    found: list[tuple[int, str]] = []

    async def asks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        assert told[1].encode() in await reader.read()

    asyncio.run(talk(Lobby(100, lambda *each: found.append(each)), asks))
    assert found == [told]


def test_who_has_waited_longest_makes_room() -> None:
    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""

    async def asks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"ab")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")

    asyncio.run(talk(Lobby(3, print), waits, waits, asks, asks, asks))


def test_who_is_waiting_for_the_server_is_not_turned_out() -> None:
    async def asks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD.replace(b" / ", b" /slow ") + b"ab")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""

    async def comes_later(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        host, port = writer.get_extra_info("peername")
        _, another = await asyncio.open_connection(host, port)
        another.close()

    asyncio.run(talk(Lobby(3, print), asks, waits, comes_later))
