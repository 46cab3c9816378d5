"""A stream that is not the one its books are of: made anew by hand, or set back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from mapper.base.clock import SystemClock
from mapper.delivery.jetstream.address import Address, parse
from mapper.delivery.jetstream.book import Book, encode_book
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.errors import ClusterError
from mapper.delivery.jetstream.layout import Wishes, make
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.origin import OriginError, origin_findings, read_books, require_own
from mapper.delivery.jetstream.view import look
from tests.cli.kit import mapper, quick, track, write
from tests.delivery.jetstream.faults import KEYS, playing, said, write_calls
from tests.delivery.jetstream.kit import fresh, queue_of
from tests.delivery.kit import KEY, item, run
from tests.support.awaiting import PATIENCE
from tests.support.nats import Server, one_server
from tests.support.sandbox import RunningSandbox, running_sandbox

CLOCK = SystemClock()
UNSAFE = ("--allow-one-replica", "--allow-sync-interval")
Scenario = Callable[[AsyncExitStack, Address, Link, Names], Awaitable[None]]


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as process:
        yield process


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.origin._PATIENCE", 1.0)


def with_link(server: Server, scenario: Scenario) -> None:
    async def main() -> None:
        address = fresh(server.url)
        async with AsyncExitStack() as stack:
            link = await stack.enter_async_context(connected(address))
            names = Names(address.name)
            await make(link, names, Wishes(partitions=1, replicas=1))
            await scenario(stack, address, link, names)

    run(main())


async def remake(link: Link, names: Names) -> None:
    """As somebody does by hand who wants to get rid of what waits."""
    config = (await link.ask(f"STREAM.INFO.{names.queue}"))["config"]
    await link.ask(f"STREAM.DELETE.{names.queue}")
    await link.ask(f"STREAM.CREATE.{names.queue}", config)


async def forget_books(link: Link, names: Names) -> None:
    """What the help says."""
    for keys in ("book.*", "tried.>"):
        await link.ask(f"STREAM.PURGE.KV_{names.state}", {"filter": f"$KV.{names.state}.{keys}"})


async def deliver_all(address: Address, count: int) -> None:
    """Put so many, and settle what comes."""
    async with AsyncExitStack() as stack:
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(number) for number in range(1, count + 1)])
        await deliver(queue, count)


async def deliver(queue: object, count: int) -> None:
    while count:
        lease = await queue.lease(KEY, 100, CLOCK.now())  # type: ignore[attr-defined]
        if lease is None or not lease.items:
            await asyncio.sleep(0.01)
            continue
        await queue.deliver(lease, lease.items)  # type: ignore[attr-defined]
        count -= len(lease.items)


def test_what_is_in_a_stream_that_was_made_anew_is_not_taken_for_settled(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link, names: Names) -> None:
        await deliver_all(address, 3)
        (book,) = (await read_books(link, names)).values()
        assert book.created == (await require_own(link, names, {0: book})).created != ""
        assert await origin_findings(link, names) == []
        await remake(link, names)
        async with AsyncExitStack() as inner:
            queue = await queue_of(inner, address, CLOCK)
            await queue.put([item(1), item(2)])
            with pytest.raises(OriginError, match="and the book of partition 0 is of one that was made "):
                await deliver(queue, 1)
        (found,) = await origin_findings(link, names)
        assert (found.where, found.allow, found.risk.startswith("what is in it would be")) == (names.queue, None, True)
        assert (await link.ask(f"STREAM.INFO.{names.queue}"))["state"]["messages"] == 1  # both, in one parcel
        await forget_books(link, names)
        await deliver(await queue_of(stack, address, CLOCK), 2)
        assert dict((await look(link, names, 1)).view.pending) == {}

    with_link(server, scenario)


def test_a_worker_under_which_the_stream_is_made_anew_sends_nothing_of_it(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link, names: Names) -> None:
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(1), item(2)])
        await deliver(queue, 2)
        await remake(link, names)
        await queue.put([item(3)])
        with pytest.raises(ClusterError):  # there was no such stream for a moment, which it may have seen
            await deliver(queue, 1)

    with_link(server, scenario)


def test_a_worker_whose_consumer_is_gone_looks_whether_the_stream_is_the_same(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link, names: Names) -> None:
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(1)])
        await deliver(queue, 1)
        queue._holdings[0]._keeper.book.created = "2020-01-02T03:04:05.678901234Z"
        (consumer,) = (await link.ask(f"CONSUMER.NAMES.{names.queue}"))["consumers"]
        await link.ask(f"CONSUMER.DELETE.{names.queue}.{consumer}")
        with pytest.raises(OriginError, match=r"is of one that was made 2020-01-02 03:04:05\.678: "):
            await deliver(queue, 1)

    with_link(server, scenario)


def test_a_book_that_knows_not_of_which_stream_it_is_takes_the_one_that_is_there(server: Server) -> None:
    """As those do that were written before books said so."""

    async def scenario(stack: AsyncExitStack, address: Address, link: Link, names: Names) -> None:
        await deliver_all(address, 2)
        state = Bucket(link, names.state)
        (book,) = (await read_books(link, names)).values()
        await state.put("book.0", encode_book(msgspec.structs.replace(book, created="")))
        await deliver(await queue_of(stack, address, CLOCK), 0)
        while (again := (await read_books(link, names))[0]).created != book.created:
            await asyncio.sleep(0.01)
        assert again.settled == 2

    with_link(server, scenario)


def test_a_stream_that_lost_its_end_is_refused_and_one_that_gets_on_is_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link, names: Names) -> None:
        books = {0: Book(high=1), 3: Book(high=4)}
        with pytest.raises(OriginError, match="ends with number 0, and the book of partition 3 has counted 4: "):
            await require_own(link, names, books)
        monkeypatch.setattr("mapper.delivery.jetstream.origin._PATIENCE", 4.0)
        looking = asyncio.create_task(require_own(link, names, books))
        for _ in range(4):  # longer than it has patience
            await asyncio.sleep(1.1)
            assert not looking.done()
            await link.publish(names.parcels(0, 1), b"")
        assert await looking == await require_own(link, names, books)

    with_link(server, scenario)


def test_a_worker_notices_that_the_stream_was_set_back(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where disks of servers lost what they had taken: who has a partition is told nothing."""
    monkeypatch.setattr("mapper.delivery.jetstream.holding.ACK_WAIT", 0.9)

    async def scenario(stack: AsyncExitStack, address: Address, link: Link, names: Names) -> None:
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(1)])
        await deliver(queue, 1)
        queue._holdings[0]._keeper.book.high = 100
        with pytest.raises(OriginError, match="ends with number 1, and the book of partition 0 has counted 100"):
            await deliver(queue, 1)

    with_link(server, scenario)


def test_a_stream_is_the_same_after_its_server_was_killed(tmp_path: Path) -> None:
    async def made(address: Address) -> str:
        async with connected(address) as link:
            names = Names(address.name)
            await make(link, names, Wishes(partitions=1, replicas=1))
            return (await require_own(link, names, {})).created

    with one_server(tmp_path) as own:
        before = run(made(parse(f"{own.url}/q")))
        own.kill()
        own.start()
        own.await_health()
        assert run(made(parse(f"{own.url}/q"))) == before


@pytest.mark.long
def test_every_command_says_that_the_stream_is_another_one(
    server: Server, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    url = str(fresh(server.url))
    names = Names(parse(url).name)

    async def remade() -> None:
        async with connected(parse(url)) as link:
            await remake(link, names)
            await link.publish(names.parcels(0, 1), b"what somebody put")

    with playing(tmp_path, url, sandbox) as field:
        field.init("--allow-one-replica")
        worker = field.worker()
        assert field.put(write_calls(tmp_path / "in", 20)).wait(PATIENCE) == 0
        field.finish()
        asyncio.run(remade())
        assert worker.wait(PATIENCE) == 2, field.logs()
        said(tmp_path / "log0", "error: ")  # that there is no such stream, or that it is another one
        write(tmp_path / "more", track("late"))
        for done in (
            mapper("work", url, "--base-url", sandbox.base_url, cwd=tmp_path, env=KEYS),
            mapper("run", "more", "--queue", url, cwd=tmp_path),
            quick("status", url, cwd=tmp_path),
            quick("status", url, "--watch", cwd=tmp_path),
        ):
            assert done.code == 2, (done.out, done.err)
            assert f"error: stream {names.queue} was made " in done.err and "  help: use another name; or" in done.err
            assert "Traceback" not in done.err
        (tmp_path / "serve.yaml").write_text("sources: {web: {write_keys: [some-key-of-ours]}}\n")
        serving = field.start("serve", "--config", "serve.yaml", "--listen", "127.0.0.1:0", "--queue", url)
        assert serving.wait(PATIENCE) == 2
        said(field.folder / "log2", f"error: stream {names.queue} was made ")
        for command in ("check", "init"):
            checked = quick("nats", command, url, *UNSAFE, cwd=tmp_path)
            assert (checked.code, f"unsafe: {names.queue}: was made " in checked.out) == (1, True)
        assert len(field.arrived()) == 20
