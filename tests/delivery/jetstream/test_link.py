"""Servers that will not do, and what is said of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.errors import ClusterError
from mapper.delivery.jetstream.layout import Wishes, make, partitions_of
from mapper.delivery.jetstream.link import connected
from mapper.delivery.jetstream.names import Names
from tests.delivery.kit import run
from tests.support.nats import Server, free_ports, one_server


async def refused(url: str) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        async with connected(parse(url)):
            pass
    assert "geheim" not in f"{caught.value}{caught.value.help}"
    return caught.value


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.link._CONNECT", 0.3)
    (port,) = free_ports(1)
    error = run(refused(f"nats://u:geheim@127.0.0.1:{port}/q"))
    assert str(error) == f"nats://127.0.0.1:{port}/q: no NATS server answers there"


def test_a_server_that_is_too_old() -> None:
    async def scenario() -> ClusterError:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            about = {"server_id": "x", "version": "2.12.2", "max_payload": 1_048_576, "proto": 1, "headers": True}
            writer.write(b"INFO " + json.dumps(about).encode() + b"\r\n")
            while line := await reader.readline():
                if line.startswith(b"PING"):
                    writer.write(b"PONG\r\n")
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            return await refused(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    error = run(scenario())
    assert "the server has version 2.12.2" in str(error)
    assert "2.12.3 or newer" in str(error.help)


def test_a_server_without_jetstream_and_one_that_knows_us_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.link._CONNECT", 3.0)
    monkeypatch.setattr("mapper.delivery.jetstream.link._PATIENT_PAUSES", (0.1,))
    more = "authorization { user: ann, password: other }"
    with one_server(tmp_path, more=more) as server:
        assert "refuses these credentials" in str(run(refused(f"{server.url.replace('//', '//ann:geheim@')}/q")))
    (port,) = free_ports(1)
    config = f"listen: 127.0.0.1:{port}\nhttp: 127.0.0.1:{free_ports(1)[0]}\n"
    bare = Server(tmp_path / "bare", "a", (port, int(config.rpartition(":")[2])), config)
    bare.start()
    try:
        bare.await_health()
        assert "has no JetStream" in str(run(refused(bare.url)))
    finally:
        bare.stop()


def test_a_queue_that_is_not_there_and_one_that_can_not_be_made(server: Server) -> None:
    async def scenario() -> None:
        async with connected(parse(f"{server.url}/nowhere")) as link:
            with pytest.raises(ClusterError, match="there is no queue `nowhere`"):
                await partitions_of(link, Names("nowhere"))
            with pytest.raises(ClusterError, match="replicas > 1 not supported") as caught:
                await make(link, Names("nowhere"), Wishes(replicas=3))
            assert "a cluster of at least 3 servers" in str(caught.value.help)

    run(scenario())
