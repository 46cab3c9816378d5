"""Servers that will not do, what is said of them, and what is asked again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import nats.errors
import pytest

from mapper.delivery.jetstream.address import Address, parse
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.denied import Denied, DeniedError
from mapper.delivery.jetstream.errors import ClusterError, UnsentError
from mapper.delivery.jetstream.layout import Wishes, findings, make, partitions_of
from mapper.delivery.jetstream.link import Link, RefusedError, Stored
from mapper.delivery.jetstream.names import Names
from tests.delivery.jetstream.kit import fresh
from tests.delivery.kit import run
from tests.support.awaiting import PATIENCE
from tests.support.mute import info, mute
from tests.support.nats import Server, one_server
from tests.support.ports import free_ports


async def refused(url: str, told: list[str | None] | None = None) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        async with connected(parse(url), (told if told is not None else []).append):
            pass
    assert "geheim" not in f"{caught.value}{caught.value.help}"
    return caught.value


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._CONNECT", 0.3)
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._SOON", 0.1)
    (port,) = free_ports(1)
    told: list[str | None] = []
    error = run(refused(f"nats://u:geheim@127.0.0.1:{port}/q", told))
    assert str(error) == f"nats://127.0.0.1:{port}/q: no NATS server answers there within 0.3 s: connection refused"
    assert told == ["no server has answered yet"]


def test_a_server_that_is_too_old() -> None:
    with mute(info(version="2.12.2"), pongs=True) as url:
        error = run(refused(url))
    assert "the server has version 2.12.2" in str(error)
    assert "2.12.3 or newer" in str(error.help)


@pytest.mark.parametrize(
    ("first", "pongs", "told", "complaint"),
    [
        (b"", False, "no server has answered yet", "no NATS server answers there within 0.5 s"),
        (info(), False, "no server has answered yet", "no NATS server answers there within 0.5 s"),
        (info(), True, "JetStream has not answered yet", "JetStream does not answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False, None, "within 0.5 s: what answers speaks another protocol"),
        (b"x" * 200_000, False, None, "what answers there is no NATS server"),
        (b"INFO []\r\n", True, None, "what answers there is no NATS server"),
        (info(version="new"), True, None, "what answers there is no NATS server"),
    ],
    ids=["nothing", "no pong", "no JetStream", "HTTP", "no line", "no object", "no version"],
)
def test_one_that_hangs_or_is_none(
    first: bytes, pongs: bool, told: str | None, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._CONNECT", PATIENCE if pongs else 0.5)
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._CHOOSING", 0.5)
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._SOON", 0.1)
    troubles: list[str | None] = []
    with mute(first, pongs=pongs) as url:
        error = run(refused(f"{url.replace('//', '//u:geheim@')}/q", troubles))
    assert complaint in str(error)
    if told is not None:
        assert troubles == [told]


def test_a_cluster_that_chooses_no_leader(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for as long as is said, and not taken for an account without JetStream."""
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._CHOOSING", 2.5)
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._PATIENT_PAUSES", (0.02,))
    asked: list[bytes] = []
    answer = b'{"error": {"code": 503, "err_code": 10008, "description": "unavailable"}}'
    with mute(info(), pongs=True, jetstream=answer, asked=asked) as url:
        error = run(refused(url))
    assert str(error) == f"{parse(url)}: JetStream has no leader: unavailable"
    assert len(asked) > 3


CHANGES: list[dict[str, object]] = [
    {"max_age": 3_600_000_000_000, "duplicate_window": 120_000_000_000},
    {"max_msgs_per_subject": 5},
    {"duplicate_window": 1_000_000_000},
    {"discard": "old"},
    {"max_msgs": 5},
    {"max_msg_size": 1_000},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_setting_that_drops_repeats_or_refuses_is_found(server: Server, change: dict[str, object]) -> None:
    """Somebody set it by hand, later."""

    async def scenario() -> None:
        address = fresh(server.url)
        names, wishes = Names(address.name), Wishes(replicas=1)
        async with connected(address) as link:
            await make(link, names, wishes)
            assert {each.what for each in await findings(link, names, wishes)} == {"1 replica"}
            config = (await link.ask(f"STREAM.INFO.{names.queue}"))["config"]
            await link.ask(f"STREAM.UPDATE.{names.queue}", {**config, **change})
            (found,) = [each for each in await findings(link, names, wishes) if each.allow is None]
        assert (found.where, found.what.partition(" ")[0]) == (names.queue, next(iter(change)))

    run(scenario())


def test_a_stream_is_not_made_anew_beside_the_books_of_one_that_was_deleted(server: Server) -> None:
    """Its numbers would begin anew, and what has them would be taken for settled."""

    async def scenario() -> None:
        address = fresh(server.url)
        names, wishes = Names(address.name), Wishes(replicas=1)
        async with connected(address) as link:

            async def found() -> list[str]:
                return [each.what for each in await findings(link, names, wishes, planned=True) if each.allow is None]

            await make(link, names, wishes)
            await link.ask(f"STREAM.DELETE.{names.queue}")
            assert await found() == []  # nothing was settled
            await make(link, names, wishes)
            await Bucket(link, names.state).put("book.0", b"anything")
            assert await found() == []
            await link.ask(f"STREAM.DELETE.{names.queue}")
            assert await found() == [f"missing, and what was settled of it is still in KV_{names.state}"]

    run(scenario())


DENIED = {
    "$JS.API.INFO": ('publish: {deny: "$JS.API.INFO"}', "publish to $JS.API.INFO"),
    "an answer": ('subscribe: {deny: "_INBOX.>"}', "subscribe to _INBOX.>"),
    "a stream": ('publish: {deny: "$JS.API.STREAM.INFO.>"}', "publish to $JS.API.STREAM.INFO.mapper-Q"),
}


@pytest.mark.parametrize(("permissions", "what"), DENIED.values(), ids=DENIED.keys())
def test_what_the_user_may_not_do_is_named(permissions: str, what: str, tmp_path: Path) -> None:
    """Instead of waiting for an answer that never comes."""
    users = f"[{{user: ann, password: geheim, permissions: {{{permissions}}}}}]"

    async def scenario(url: str) -> None:
        async with connected(parse(url)) as link:
            await partitions_of(link, Names("Q"))

    more = f"accounts {{X: {{jetstream: enabled, users: {users}}}}}"
    with one_server(tmp_path, more=more) as server, pytest.raises(DeniedError) as caught:
        run(scenario(server.url.replace("//", "//ann:geheim@")))
    assert str(caught.value) == f"the server does not let this user {what}"
    assert "permissions" in str(caught.value.help)


def test_a_server_without_jetstream_and_one_that_knows_us_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._CONNECT", 3.0)
    monkeypatch.setattr("mapper.delivery.jetstream.connecting._SOON", 2.5)
    more = "authorization { user: ann, password: other }"
    with one_server(tmp_path, more=more) as server:
        told: list[str | None] = []
        url = f"{server.url.replace('//', '//ann:geheim@')}/q"
        error = run(refused(url, told))
        assert (str(error), error.help) == (
            f"{server.url}/q: the server refuses these credentials",
            "look at user and password in the address",
        )
        assert told == ["the server refuses these credentials"]  # and not that none has answered
        assert str(run(refused(f"{server.url}/q")).help).startswith("the address names none: ")
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


def link_to(*answers: dict[str, Any]) -> Link:
    """To a cluster that answers this."""
    left = iter(answers)

    async def request(*_: Any, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(data=json.dumps(next(left)).encode())

    return Link(cast("Any", SimpleNamespace(request=request)), lambda _: None, Denied())


def test_a_message_that_is_just_being_stored_is_sent_again_until_it_is() -> None:
    """As where its first answer got lost while the cluster had no majority."""
    stored = {"error": {"code": 409, "err_code": 10158, "description": "duplicate message id is in process"}}
    link = link_to(stored, stored, {"stream": "q", "seq": 7, "duplicate": True})
    assert run(link.publish("q.1", b"", message="m")) == Stored(7, True)


def test_what_a_server_says_that_does_not_know_the_leader_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was cut off, and tells what it knew before."""
    monkeypatch.setattr("mapper.delivery.jetstream.link._PAUSES", (0.001,))
    told = [
        {"state": {"last_seq": last}, "cluster": {"name": "three", **leader}}
        for last, leader in ((7, {}), (7, {"leader": ""}), (9, {"leader": "s2"}))
    ]
    assert run(link_to(*told).stream("Q", "a.>"))["state"]["last_seq"] == 9


def test_trouble_is_over_once_nothing_is_held_up() -> None:
    """One stream has a leader before another: what the first one stores says nothing of the second."""
    told: list[str | None] = []
    leaderless = {"slow"}

    async def request(subject: str, *_: Any, **__: Any) -> SimpleNamespace:
        if subject in leaderless:
            raise nats.errors.NoRespondersError
        return SimpleNamespace(data=b'{"seq": 1}')

    async def scenario() -> None:
        link = Link(cast("Any", SimpleNamespace(request=request)), told.append, Denied())
        put = asyncio.create_task(link.publish("slow", b""))
        given_up = asyncio.create_task(link.publish("slow", b""))
        while not told:
            await asyncio.sleep(0.01)
        await link.publish("quick", b"")
        assert told == ["the stream has no leader"]
        given_up.cancel()
        leaderless.clear()
        await put
        assert told == ["the stream has no leader", None]

    run(scenario())


def test_what_is_refused_for_good_is_not_sent_again() -> None:
    link = link_to({"error": {"code": 400, "err_code": 10054, "description": "message size exceeds maximum allowed"}})
    with pytest.raises(RefusedError, match="message size exceeds maximum allowed"):
        run(link.publish("q.1", b"", message="m"))


def test_an_account_without_room_is_waited_for(tmp_path: Path) -> None:
    """As a full stream is: an error would end servers and workers."""
    users = "accounts {X: {jetstream: {max_file: 100KB}, users: [{user: u, password: p}]}}"

    async def scenario(address: Address) -> None:
        told: list[str | None] = []
        async with connected(address) as link, connected(address, told.append) as waiting:
            names = Names(address.name)
            await make(link, names, Wishes(replicas=1))
            puts = asyncio.gather(*(waiting.publish(names.parcels(0, 1), b"x" * 10_000) for _ in range(15)))
            while told != ["the cluster says: resource limits exceeded for account"]:
                await asyncio.sleep(0.01)
            while not puts.done():
                await link.ask(f"STREAM.PURGE.{names.queue}")
                await asyncio.sleep(0.1)
            assert len(await puts) == 15
            assert told[-1] is None
            with pytest.raises(
                ClusterError, match="insufficient storage"
            ) as caught:  # what never fits is not waited for
                await make(link, Names("large"), Wishes(replicas=1, max_bytes=200_000))
            assert "name less" in str(caught.value.help)

    with one_server(tmp_path, more=users) as server:
        run(scenario(parse(f"{server.url.replace('//', '//u:p@')}/q")))


OFFLINE = {"error": {"code": 400, "err_code": 10005, "description": "no suitable peers for placement, peer offline"}}
TOO_FEW = {"error": {"code": 400, "err_code": 10005, "description": "no suitable peers for placement"}}


def test_a_server_that_is_not_there_yet_is_waited_for_and_one_too_few_is_not() -> None:
    """As where a cluster was started a moment ago."""
    assert run(link_to(OFFLINE, OFFLINE, {"did_create": True}).ask("STREAM.CREATE.q")) == {"did_create": True}
    with pytest.raises(RefusedError):
        run(link_to(TOO_FEW, {"did_create": True}).ask("STREAM.CREATE.q"))


def test_what_was_made_goes_again_where_the_rest_is_given_up() -> None:
    asked: list[str] = []

    async def request(subject: str, *_: Any, **__: Any) -> SimpleNamespace:
        asked.append(subject.removeprefix("$JS.API.STREAM."))
        missing = {"error": {"code": 404, "err_code": 10059, "description": "stream not found"}}
        found = OFFLINE if asked[-1] == "CREATE.mapper-Q-dead" else missing if asked[-1].startswith("INFO") else {}
        return SimpleNamespace(data=json.dumps(found).encode())

    link = Link(cast("Any", SimpleNamespace(request=request)), lambda _: None, Denied())
    link.hasten()
    with pytest.raises(UnsentError) as caught:
        run(make(link, Names("Q"), Wishes()))
    assert "peer offline" in caught.value.trouble
    assert asked[-2:] == ["CREATE.mapper-Q-dead", "DELETE.mapper-Q"]
