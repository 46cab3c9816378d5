"""A stream that is made anew, or set back, under somebody who puts into it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from mapper.app.cluster import outbox
from mapper.base.clock import SystemClock
from mapper.delivery.jetstream.address import Address, parse
from mapper.delivery.jetstream.book import Book, encode_book
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.guard import Guard
from mapper.delivery.jetstream.layout import Wishes, make
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.origin import Origin, OriginError, require_own_stream
from mapper.delivery.jetstream.outbox import Outbox
from mapper.delivery.jetstream.publish import Publisher
from mapper.delivery.queue import QueueClosedError
from tests.cli.kit import environment
from tests.delivery.jetstream.faults import Field, call_of, playing, said
from tests.delivery.jetstream.kit import fresh
from tests.delivery.jetstream.test_origin import forget_books, remake
from tests.delivery.kit import item, run
from tests.server.kit import KEY, serving
from tests.support.awaiting import PATIENCE, await_
from tests.support.nats import Server
from tests.support.sandbox import sandbox_process

pytestmark = pytest.mark.xdist_group("nats")

CLOCK = SystemClock()
Scenario = Callable[["Case"], Awaitable[None]]


class Case:
    """A queue in a cluster.

    Attributes:
        link: Of whoever changes things by hand.
        troubles: What a process that puts was told.
    """

    def __init__(self, address: Address, link: Link) -> None:
        self.link = link
        self.names = Names(address.name)
        self.troubles: list[str | None] = []
        self._address = address

    @asynccontextmanager
    async def putting(self, *, for_long: bool) -> AsyncIterator[Outbox]:
        async with outbox(self._address, CLOCK, self.troubles.append, for_long=for_long) as queue:
            yield queue

    async def settle(self) -> None:
        """A worker has settled all that is there, for all that its book says."""
        origin = await require_own_stream(self.link, self.names)
        book = Book(high=origin.reached, created=origin.created)
        await Bucket(self.link, self.names.state).put("book.0", encode_book(book))

    async def stored(self) -> int:
        return int((await self.link.stream(self.names.queue))["state"]["messages"])

    async def publish(self, count: int) -> None:
        """As another server does."""
        for number in range(count):
            await self.link.publish(self.names.parcels(0, 1), str(number).encode())


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.origin._PATIENCE", 0.6)
    monkeypatch.setattr("mapper.delivery.jetstream.origin._CERTAIN", 0.3)
    monkeypatch.setattr("mapper.delivery.jetstream.guard._AGAIN", 0.1)


def with_case(server: Server, scenario: Scenario) -> None:
    async def main() -> None:
        address = fresh(server.url)
        async with connected(address) as link:
            case = Case(address, link)
            await make(link, case.names, Wishes(partitions=1, replicas=1))
            await scenario(case)

    run(main())


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


def test_a_server_waits_and_tells_until_the_books_are_forgotten(server: Server) -> None:
    async def scenario(case: Case) -> None:
        async with case.putting(for_long=True) as queue:
            await queue.put([item(1)])
            await case.settle()
            await remake(case.link, case.names)
            putting = asyncio.create_task(queue.put([item(2)]))
            await until(lambda: bool(case.troubles))
            assert f"stream {case.names.queue} was made " in str(case.troubles[0])
            assert "so nothing is sent, or put; use another name; or, " in str(case.troubles[0])
            another = asyncio.create_task(queue.put([item(3)]))
            await asyncio.sleep(0.5)
            assert (len(case.troubles), putting.done(), another.done()) == (1, False, False)
            assert await case.stored() == 1  # the first, whose number told
            await forget_books(case.link, case.names)
            await asyncio.gather(putting, another)
            assert (case.troubles[1:], await case.stored()) == ([None], 2)

    with_case(server, scenario)


def test_a_run_ends(server: Server) -> None:
    async def scenario(case: Case) -> None:
        async with case.putting(for_long=False) as queue:
            await queue.put([item(1)])
            await case.settle()
            await remake(case.link, case.names)
            with pytest.raises(OriginError, match="is of one that was made "):
                await queue.put([item(2)])
            with pytest.raises(OriginError):
                await queue.put([item(3)])
            assert await case.stored() == 1

    with_case(server, scenario)


def test_a_stream_that_was_set_back_is_found_before_it_has_grown_past_its_books(server: Server) -> None:
    async def scenario(case: Case) -> None:
        now = await require_own_stream(case.link, case.names)
        await Bucket(case.link, case.names.state).put("book.0", encode_book(Book(high=7)))
        guard = Guard(case.link, case.names, Origin(now.created, 7), waits=False)
        queue = Outbox(case.link, Publisher(case.link, case.names, 1, CLOCK, guard=guard))
        with pytest.raises(OriginError, match="ends with number 1, and the book of partition 0 has counted 7"):
            await queue.put([item(1)])

    with_case(server, scenario)


def test_a_new_stream_that_no_book_is_at_odds_with_is_gone_on_with(server: Server) -> None:
    async def scenario(case: Case) -> None:
        async with case.putting(for_long=True) as queue:
            await queue.put([item(1)])
            await remake(case.link, case.names)
            await queue.put([item(2)])
            await queue.put([item(3)])
            assert (case.troubles, await case.stored()) == ([], 2)

    with_case(server, scenario)


def test_others_have_put_more_into_it_than_the_old_one_had(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that numbers tell nothing; and it is not asked for each call."""
    monkeypatch.setattr("mapper.delivery.jetstream.guard.EVERY", 0.2)

    async def scenario(case: Case) -> None:
        await case.publish(3)
        async with case.putting(for_long=True) as queue:
            await case.settle()
            await asyncio.sleep(0.5)
            assert case.troubles == []
            await remake(case.link, case.names)
            await case.publish(5)
            await until(lambda: bool(case.troubles))
            assert "was made " in str(case.troubles[0])
            putting = asyncio.create_task(queue.put([item(1)]))
            await asyncio.sleep(0.3)
            assert (putting.done(), await case.stored()) == (False, 5)
            queue.hasten()
            with pytest.raises(QueueClosedError):
                await putting

    with_case(server, scenario)


def test_a_stream_that_is_away_when_it_is_looked_at_ends_no_server(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.guard.EVERY", 0.2)

    async def scenario(case: Case) -> None:
        async with case.putting(for_long=True) as queue:
            await queue.put([item(1)])
            config = (await case.link.ask(f"STREAM.INFO.{case.names.queue}"))["config"]
            await case.link.ask(f"STREAM.DELETE.{case.names.queue}")
            await asyncio.sleep(0.5)
            await case.link.ask(f"STREAM.CREATE.{case.names.queue}", config)
            await queue.put([item(2)])

    with_case(server, scenario)


def test_other_trouble_that_passes_does_not_hide_it(server: Server) -> None:
    async def scenario(case: Case) -> None:
        told: list[str | None] = []
        case.link.on_trouble = told.append
        case.link.object_to("another stream")
        case.link._tell("no leader")
        case.link._tell(None)
        case.link.object_to(None)
        assert told == ["another stream", None]

    with_case(server, scenario)


# -- whole processes --------------------------------------------------------------------------------------------------


@pytest.fixture
def field(server: Server, tmp_path: Path) -> Iterator[Field]:
    with sandbox_process("natero") as sandbox, playing(tmp_path, str(fresh(server.url)), sandbox) as found:
        yield found


def by_hand(field: Field, do: Callable[[Link, Names], Awaitable[None]]) -> None:
    async def main() -> None:
        address = parse(field.url)
        async with connected(address) as link:
            await do(link, Names(address.name))

    asyncio.run(main())


def deliver_all(field: Field) -> None:
    worker = field.worker("--until-empty")
    assert worker.wait(PATIENCE) == 0, field.logs()


@pytest.mark.long
def test_a_server_under_which_the_stream_is_made_anew_takes_nothing_in(field: Field) -> None:
    field.init("--allow-one-replica")
    with (
        serving(field.folder, field.sandbox.base_url, "--queue", field.url) as node,
        serving(field.folder, field.sandbox.base_url, "--queue", field.url) as idle,
    ):

        def post(number: int) -> int:
            body = {"batch": [call_of(number)], "writeKey": KEY}
            return node.client.post("/v1/batch", json=body, timeout=PATIENCE).status_code

        assert [post(number) for number in range(3)] == [200] * 3
        deliver_all(field)
        by_hand(field, remake)
        assert post(3) == 503
        wrong = f"stream {Names(parse(field.url).name).queue} was made "
        for each in (node, idle):
            said_once = each.wait_for("queue waits")
            assert said_once["because"].startswith(wrong)
            assert "use another name; or, to have all sent" in said_once["because"]
            ready = each.client.get("/ready")
            assert (ready.status_code, ready.json()["because"]) == (503, said_once["because"])
        assert post(4) == 503
        assert [line["event"] for line in node.logged].count("queue waits") == 1
        by_hand(field, forget_books)
        for each in (node, idle):
            each.wait_for("queue goes on")
            assert each.client.get("/ready").status_code == 200
        assert (post(3), post(4)) == (200, 200)
        deliver_all(field)
        assert (node.stop(), idle.stop()) == (0, 0)
    assert sorted(number for _, number in field.arrived()) == [0, 1, 2, 3, 4]


@pytest.mark.long
def test_a_server_is_stopped_while_it_waits(field: Field) -> None:
    field.init("--allow-one-replica")
    with serving(field.folder, field.sandbox.base_url, "--queue", field.url, "--grace", "1s") as node:
        body = {"batch": [call_of(1)], "writeKey": KEY}
        assert node.client.post("/v1/batch", json=body).status_code == 200
        deliver_all(field)
        by_hand(field, remake)
        assert node.client.post("/v1/batch", json=body, timeout=PATIENCE).status_code == 503
        node.wait_for("queue waits")
        assert node.stop() == 0
        assert node.complaints == []


@pytest.mark.long
def test_a_run_under_which_the_stream_is_made_anew_ends(field: Field) -> None:
    field.init("--allow-one-replica")
    command = [sys.executable, "-m", "mapper", "run", "-", "--queue", field.url]
    with (field.folder / "said").open("wb") as log:
        putting = subprocess.Popen(
            command, cwd=field.folder, env=environment(), stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    assert putting.stdin is not None

    def put(numbers: Iterable[int]) -> None:
        """More than are read in one step."""
        assert putting.stdin is not None
        putting.stdin.write(b"".join(json.dumps(call_of(number)).encode() + b"\n" for number in numbers))
        putting.stdin.flush()

    try:
        put(range(1_000))
        field.worker()
        await_(lambda: field.status()["delivered"] >= 500, tell=field.tell)
        by_hand(field, remake)
        with suppress(BrokenPipeError):  # it may have looked, and ended
            put(range(1_000, 2_000))
        said(field.folder / "said", "error: stream ")
        with suppress(BrokenPipeError):
            putting.stdin.close()
        assert putting.wait(PATIENCE) == 2
    finally:
        putting.kill()
        putting.wait()
    assert "  help: use another name; or, to have all sent" in (field.folder / "said").read_text()
