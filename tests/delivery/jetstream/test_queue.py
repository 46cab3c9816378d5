"""What the contract of queues does not know of: several workers, and what they leave behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from nats.aio.client import Client
from nats.errors import OutboundBufferLimitError

from mapper.base.clock import SystemClock
from mapper.base.json import encode
from mapper.delivery.durable.letters import Choice
from mapper.delivery.durable.recent import DUPLICATE, hash_of, pack_hashes
from mapper.delivery.jetstream.address import Address
from mapper.delivery.jetstream.book import decode_book
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.errors import ClusterError, UnsentError
from mapper.delivery.jetstream.layout import Wishes, make
from mapper.delivery.jetstream.letters import drop_letter, letters
from mapper.delivery.jetstream.link import Link, RefusedError, Stored
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.publish import Publisher
from mapper.delivery.jetstream.queue import JetStreamQueue
from mapper.delivery.jetstream.replaying import replaying
from mapper.delivery.jetstream.scan import _consumer
from mapper.delivery.jetstream.view import UNREAD, look
from mapper.delivery.queue import Arrival, Dead, Item, Lease, Letter, LostLeaseError, MovedError, Position
from tests.delivery.jetstream.kit import StillClock, fresh, queue_of
from tests.delivery.kit import KEY, item, run
from tests.support.awaiting import PATIENCE
from tests.support.nats import Server

CLOCK = SystemClock()


async def until(test: Callable[[], bool]) -> None:
    while not test():
        await asyncio.sleep(0.01)


async def leased(queue: JetStreamQueue, limit: int = 100) -> Lease:
    """What can be leased, once something can."""
    while True:
        lease = await queue.lease(KEY, limit, CLOCK.now())
        if lease is not None and lease.items:
            return lease
        await asyncio.sleep(0.01)


async def ledger(link: Link, address: Address, partitions: int) -> Counter[tuple[str, str]]:
    return (await look(link, Names(address.name), partitions)).view.ledger


async def freeze(queue: JetStreamQueue, link: Link, names: Names) -> None:
    """As if it had renewed nothing for so long that the cluster forgot it."""
    assert queue._keeping is not None
    queue._keeping.cancel()
    for key in ("p.0", f"w.{queue.worker}"):
        await Bucket(link, names.leases).purge(key)


async def steal(link: Link, stream: str, consumer: str, count: int) -> list[int]:
    """Have what a consumer sends next come here, as if it got lost on the way to whoever reads it."""
    inbox = link.client.new_inbox()
    taken = await link.client.subscribe(inbox)
    request = encode({"batch": count, "expires": 30_000_000_000})
    await link.client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", request, reply=inbox)
    return [(await taken.next_msg(20.0)).metadata.sequence.stream for _ in range(count)]


def lines_of(lease: Lease) -> list[int]:
    return [each.line for each in lease.items]


def dead(given: Item) -> Dead:
    return Dead(item=given, reason="rejected", because="bad", attempts=1, status=400, excerpt="no")


def seen(items: list[Item]) -> bytes:
    return pack_hashes(hash_of("", each.message_id or "") for each in items)


def with_link(server: Server, scenario: Callable[[AsyncExitStack, Address, Link], Awaitable[None]]) -> None:
    async def main() -> None:
        address = fresh(server.url)
        async with AsyncExitStack() as stack:
            await scenario(stack, address, await stack.enter_async_context(connected(address)))

    run(main(), 40.0)


def test_who_leaves_hands_over_and_who_comes_gets_a_share(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.queue.BEAT", 0.1)

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        first = await queue_of(stack, address, CLOCK, partitions=4)
        await until(lambda: len(first.partitions) == 4)
        other = AsyncExitStack()
        second = await queue_of(other, address, CLOCK, partitions=4)
        await until(lambda: len(first.partitions) == len(second.partitions) == 2)
        assert sorted([*first.partitions, *second.partitions]) == [0, 1, 2, 3]
        await other.aclose()
        await until(lambda: len(first.partitions) == 4)

    with_link(server, scenario)


def test_what_a_worker_left_unsettled_comes_again_in_order_and_nothing_else(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        gone = AsyncExitStack()
        first = await queue_of(gone, address, CLOCK)
        await first.put([item(number, "a") for number in range(1, 7)])
        lease = await leased(first)
        await first.deliver(lease, lease.items[:2])
        await gone.aclose()
        second = await queue_of(stack, address, CLOCK)
        assert lines_of(await leased(second)) == [4, 5, 6, 7]
        found = await ledger(link, address, 1)
        assert (found["read", ""], found["delivered", ""]) == (6, 2)

    with_link(server, scenario)


def test_a_stale_holder_settles_nothing_any_more(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        first = await queue_of(stack, address, CLOCK)
        await first.put([item(1, "a"), item(2, "a"), item(3, "b")])
        stale = await leased(first)
        await freeze(first, link, names)
        second = await queue_of(stack, address, CLOCK)
        now = await leased(second)
        assert lines_of(now) == [2, 3, 4]
        with pytest.raises(MovedError):
            await first.deliver(stale, stale.items[:1])
        with pytest.raises(LostLeaseError):
            await first.kill(stale, [dead(stale.items[1])])
        assert await first.lease(KEY, 9, CLOCK.now()) is None
        await second.deliver(now, now.items)
        found = await ledger(link, address, 1)
        assert (found["read", ""], found["delivered", ""]) == (3, 3)
        assert [each async for each in letters(link, names, Choice())] == []

    with_link(server, scenario)


def test_who_lost_one_partition_of_two_goes_on_with_the_other(server: Server) -> None:
    """Nothing of a lease that spans both is taken for a defect: what is left of it waits again."""

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        queue = await queue_of(stack, address, CLOCK, partitions=2)
        await until(lambda: len(queue.partitions) == 2)
        await queue.put([item(number, f"key{number}") for number in range(1, 41)])
        await until(lambda: queue.counts().pending == 40)
        lease = await leased(queue)
        queue._lose(0)
        with pytest.raises(MovedError):
            await queue.deliver(lease, lease.items[::2])
        with pytest.raises(MovedError):
            await queue.give_back(lease, lease.items)
        await until(lambda: not queue.suspended)
        rest = await leased(queue)
        found = await ledger(link, address, 2)
        assert 0 < found["delivered", ""] < 20
        assert {each.id for each in rest.items} < {each.id for each in lease.items[1::2]}

    with_link(server, scenario)


def test_a_message_that_comes_again_is_skipped_also_by_the_next_holder(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        gone = AsyncExitStack()
        first = await queue_of(gone, address, CLOCK)
        once, again = [item(1, "a"), item(2, "a")], [msgspec.structs.replace(item(1, "a"), id=3)]
        await first.accept(Arrival(items=once, lines=2, read=2, seen=seen(once)))
        lease = await leased(first)
        await first.deliver(lease, lease.items[:1])
        await first.accept(Arrival(items=again, lines=1, read=1, seen=seen(again)))
        await first.deliver(lease, lease.items[1:])
        await gone.aclose()
        second = await queue_of(stack, address, CLOCK)
        more = [msgspec.structs.replace(item(2, "a"), id=1), msgspec.structs.replace(item(9, "a"), id=2)]
        await second.accept(Arrival(items=more, lines=2, read=2, seen=seen(more)))
        rest = await leased(second)
        assert lines_of(rest) == [10]
        await second.deliver(rest, rest.items)
        found = await ledger(link, address, 1)
        assert found == Counter({("lines", ""): 5, ("read", ""): 5, ("delivered", ""): 3, ("skipped", DUPLICATE): 2})

    with_link(server, scenario)


def test_a_client_that_takes_no_more_holds_up_and_ends_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """As while no server can be reached for long: what is only said is left out."""
    monkeypatch.setattr("mapper.delivery.jetstream.holding.ACK_WAIT", 0.06)

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(1)])
        lease = await leased(queue)
        tries = 0

        async def full(*_: Any, **__: Any) -> None:
            nonlocal tries
            tries += 1
            raise OutboundBufferLimitError

        with monkeypatch.context() as patch:
            patch.setattr(Client, "publish", full)
            await until(lambda: tries > 3)
        await queue.deliver(lease, lease.items)
        assert [each.crash for each in queue._holdings.values()] == [None]

    with_link(server, scenario)


def test_messages_are_forgotten_after_a_day(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.delivery.jetstream.holding.ACK_WAIT", 0.06)

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        queue = await queue_of(stack, address, CLOCK)
        await until(lambda: len(queue.partitions) == 1)
        recent, now = queue._holdings[0]._recent, round(CLOCK.wall() * 1000)
        recent.add([1], now - 26 * 3_600_000)
        recent.add([2], now - 22 * 3_600_000)
        await until(lambda: not recent.knows(1))
        assert recent.knows(2)

    with_link(server, scenario)


def test_attempts_outlive_the_worker(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        gone = AsyncExitStack()
        first = await queue_of(gone, address, CLOCK)
        await first.put([item(1, "a")])
        lease = await leased(first)
        tried = msgspec.structs.replace(lease.items[0], attempts=3, first_attempt_at=CLOCK.now() - 60, company=1)
        await first.give_back(lease, [tried])
        await gone.aclose()
        second = await queue_of(stack, address, CLOCK)
        await until(lambda: second.counts().pending == 1)
        again = await second.lease(KEY, 9, CLOCK.now() + 1, apart=True)
        assert again is not None
        (found,) = again.items
        assert found.attempts == 3
        assert found.first_attempt_at == pytest.approx(CLOCK.now() - 60, abs=5)

    with_link(server, scenario)


def test_letters_that_are_owed_are_written_by_the_next_holder_and_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        gone = AsyncExitStack()
        first = await queue_of(gone, address, CLOCK)
        await first.put([item(1, "a"), item(2)])
        lease = await leased(first)

        async def fails(*_: Any) -> None:
            raise RefusedError(0, "as if it had been killed just now")

        with monkeypatch.context() as patch:
            patch.setattr("mapper.delivery.jetstream.holding.send_letter", fails)
            with pytest.raises(RefusedError):
                await first.kill(lease, [dead(each) for each in lease.items])
        assert [each async for each in letters(link, names, Choice())] == []
        await gone.aclose()
        await queue_of(stack, address, CLOCK)
        while len(found := [each.letter async for each in letters(link, names, Choice())]) < 2:
            await asyncio.sleep(0.02)
        assert [(each.kind, each.line, each.excerpt) for each in found] == [
            ("rejected", 2, "no"),
            ("rejected", 3, "no"),
        ]
        counts = await ledger(link, address, 1)
        assert counts["rejected", "bad"] == 2

    with_link(server, scenario)


def test_a_letter_is_one_until_all_that_becomes_of_it_is_stored(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever puts it once more is cut off after one partition of several; then it is put whole."""

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        queue = await queue_of(stack, address, CLOCK, partitions=4)
        await queue.put([item(number, str(number)) for number in range(1, 9)])
        await until(lambda: queue.counts().pending == 8)
        lease = await leased(queue)
        await queue.kill(lease, [dead(each) for each in lease.items])
        died = [each.id async for each in letters(link, names, Choice())]
        again = Arrival(items=[item(number, str(number)) for number in range(1, 9)], replayed=died)
        publisher = Publisher(link, names, 4, CLOCK, letters=dict.fromkeys(died, ("rejected", "bad")))
        stored, publish = 0, Link.publish

        async def cut_off(self: Link, subject: str, payload: bytes, **more: Any) -> Stored:
            nonlocal stored
            stored += subject.startswith(names.parcels().partition("*")[0])
            if stored > 1:
                raise UnsentError("as if it had been killed")
            return await publish(self, subject, payload, **more)

        with monkeypatch.context() as patch:
            patch.setattr(Link, "publish", cut_off)
            with pytest.raises(UnsentError):
                await publisher.accept(again)
        some = await leased(queue)
        await queue.deliver(some, some.items)
        assert [each.id async for each in letters(link, names, Choice())] == died
        publisher = Publisher(link, names, 4, CLOCK, letters=dict.fromkeys(died, ("rejected", "bad")))
        await publisher.accept(again)
        assert [each async for each in letters(link, names, Choice())] == []
        await until(lambda: queue.counts().pending == 8)
        whole = await leased(queue)
        await queue.deliver(whole, whole.items)
        found = await ledger(link, address, 4)
        while found["rejected", "bad"]:
            await asyncio.sleep(0.02)
            found = await ledger(link, address, 4)
        assert found["read", ""] == found["delivered", ""] == 8 + len(some.items)

    with_link(server, scenario)


def test_one_at_a_time_puts_letters_once_more(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(1), item(2)])
        await until(lambda: queue.counts().pending == 2)
        lease = await leased(queue)
        await queue.kill(lease, [dead(each) for each in lease.items])
        one, two = [each.id async for each in letters(link, names, Choice())]
        async with replaying(link, names, [one, two], lambda: None):
            with pytest.raises(ClusterError, match="are being replayed already"):
                async with replaying(link, names, [one], lambda: None):
                    pass
            await drop_letter(link, names, two)
        with pytest.raises(ClusterError, match="1 of these dead letters are gone by now"):
            async with replaying(link, names, [one, two], lambda: None):
                pass
        async with replaying(link, names, [one], lambda: None):
            pass

    with_link(server, scenario)


def test_what_rides_along_is_counted_once(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        queue = await queue_of(stack, address, CLOCK, partitions=3)
        letter = Letter(
            kind="invalid",
            because="no call",
            destination=None,
            mapping=None,
            type=None,
            message_id=None,
            file="f",
            line=9,
            call=b"?",
        )
        items = [item(number, str(number)) for number in range(1, 30)]
        await queue.accept(Arrival(items=items, lines=40, read=32, skipped={"no": 2}, letters=[letter]))
        await until(lambda: queue.counts().pending == 29)
        lease = await leased(queue)
        await queue.deliver(lease, lease.items)
        view = (await look(link, Names(address.name), 3)).view
        assert view.ledger == Counter(
            {
                ("lines", ""): 40,
                ("read", ""): 32,
                ("skipped", "no"): 2,
                ("invalid", "no call"): 1,
                ("delivered", ""): 29,
            }
        )
        assert not view.pending
        assert view.letters == 1

    with_link(server, scenario)


def test_what_no_worker_has_read_is_pending_all_the_same(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        await make(link, names, Wishes(partitions=2, replicas=1))
        publisher = Publisher(link, names, 2, CLOCK)
        await publisher.accept(Arrival(items=[item(n, str(n)) for n in range(1, 11)], lines=10, read=10))
        view = (await look(link, names, 2)).view
        assert view.pending == Counter({UNREAD: 10})
        assert view.ledger["read", ""] == 10

    with_link(server, scenario)


def test_the_same_step_of_reading_put_twice_is_there_once(server: Server) -> None:
    """As a run does that was killed before it knew how far it had read."""

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        await make(link, names, Wishes(partitions=2, replicas=1))
        position = Position(path="/f", inode=1, size=9, head_size=1, head=b"a", line=10)
        items = [item(n, str(n)) for n in range(1, 11)]
        for _ in range(2):
            publisher = Publisher(link, names, 2, CLOCK)
            await publisher.accept(Arrival(items=items, lines=10, read=10, positions=[position]))
            assert await publisher.position("/f") == position
        assert (await look(link, names, 2)).view.ledger["read", ""] == 10

    with_link(server, scenario)


def test_a_full_stream_makes_who_puts_wait_and_drops_nothing(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        troubles: list[str | None] = []
        await make(link, names, Wishes(partitions=1, replicas=1, max_bytes=3000))
        slow = await stack.enter_async_context(connected(address, troubles.append))
        publisher = Publisher(slow, names, 1, CLOCK)
        await publisher.accept(Arrival(items=[item(1, "a", body=b"x" * 2000)], read=1))
        waiting = asyncio.create_task(publisher.accept(Arrival(items=[item(2, "a", body=b"x" * 2000)], read=1)))
        await until(lambda: troubles == ["the stream is full"])
        assert not waiting.done()
        queue = await queue_of(stack, address, CLOCK)
        for line in (2, 3):
            lease = await leased(queue)
            assert lines_of(lease) == [line]
            await queue.deliver(lease, lease.items)
        await waiting
        assert troubles[-1] is None

    with_link(server, scenario)


def test_what_no_message_has_room_for_is_a_letter(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(1, "a", body=b"x" * 1_100_000), item(2, "a")])
        lease = await leased(queue)
        assert lines_of(lease) == [3]
        (kept,) = [each async for each in letters(link, Names(address.name), Choice())]
        assert (kept.letter.kind, kept.letter.line) == ("too_large", 2)
        found = await ledger(link, address, 1)
        assert found["read", ""] == 2

    with_link(server, scenario)


def test_a_message_that_is_none_of_ours_is_a_letter_and_holds_nothing_up(server: Server) -> None:
    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        queue = await queue_of(stack, address, CLOCK)
        await link.publish(names.parcels(0, 1), b"\xff nonsense")
        await queue.put([item(1, "a")])
        assert lines_of(await leased(queue)) == [2]
        (kept,) = [each async for each in letters(link, names, Choice())]
        assert kept.letter.kind == "damaged"

    with_link(server, scenario)


def test_what_a_worker_holds_is_told_as_soon_as_it_is_settled(server: Server) -> None:
    """Not with the next renewal: here time stands still, and there is none."""

    async def scenario() -> None:
        address = fresh(server.url)
        async with AsyncExitStack() as stack:
            queue = await queue_of(stack, address, StillClock(), partitions=2)
            link = await stack.enter_async_context(connected(address))
            async with asyncio.timeout(PATIENCE):
                while [each["partitions"] for each in (await look(link, Names(address.name), 2)).workers] != [[0, 1]]:
                    await asyncio.sleep(0.05)
            assert queue.partitions == [0, 1]

    run(scenario())


def test_what_is_acknowledged_is_not_pending_though_the_stream_has_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a server leads the stream that has not learnt of it yet."""

    async def acknowledge(*_: object) -> bool:
        return True

    monkeypatch.setattr(Link, "acknowledge", acknowledge)

    async def scenario() -> None:
        address = fresh(server.url)
        names = Names(address.name)
        async with AsyncExitStack() as stack:
            queue = await queue_of(stack, address, CLOCK)
            link = await stack.enter_async_context(connected(address))
            await queue.put([item(1), item(2)])
            lease = await leased(queue)
            await queue.deliver(lease, lease.items)
            state = Bucket(link, names.state)
            async with asyncio.timeout(PATIENCE):
                while decode_book((await state.get("book.0")).value or b"").done:
                    await asyncio.sleep(0.05)
            assert (await link.ask(f"STREAM.INFO.{names.queue}"))["state"]["messages"] == 1
            found = (await look(link, names, 1)).view
            assert (dict(found.pending), found.oldest, found.ledger["read", ""]) == ({}, None, 2)

    run(scenario())


def test_what_was_lost_on_the_way_to_a_worker_comes_before_what_is_behind_it(server: Server) -> None:
    """As where a server dies that has sent it, and that it did is known to the others: somebody else gets one parcel of
    what the consumer sends, and says nothing of it."""

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        queue = await queue_of(stack, address, CLOCK)
        await until(lambda: len(queue.partitions) == 1)
        (consumer,) = (await link.ask(f"CONSUMER.NAMES.{names.queue}"))["consumers"]
        stealing = asyncio.create_task(steal(link, names.queue, consumer, 1))
        await asyncio.sleep(0)  # it asks as the queue does, which asked before
        for number in range(1, 7):
            await queue.put([item(number, "a")])
        (lost,) = await stealing
        assert lost < 6  # others were behind it
        found: list[int] = []
        while (await ledger(link, address, 1))["delivered", ""] < 6:
            lease = await leased(queue)
            found += lines_of(lease)
            await queue.deliver(lease, lease.items)
        assert found == [2, 3, 4, 5, 6, 7]
        view = (await look(link, names, 1)).view
        assert (dict(view.pending), view.ledger["read", ""]) == ({}, 6)

    with_link(server, scenario)


@pytest.mark.parametrize("lost", [1, 3])
def test_a_listing_has_what_was_lost_on_the_way_all_the_same(
    server: Server, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """The first and all of three letters, that somebody else gets who asks the same consumer."""

    async def scenario(stack: AsyncExitStack, address: Address, link: Link) -> None:
        names = Names(address.name)
        queue = await queue_of(stack, address, CLOCK)
        await queue.put([item(1), item(2), item(3)])
        await until(lambda: queue.counts().pending == 3)
        lease = await leased(queue)
        await queue.kill(lease, [dead(each) for each in lease.items])
        made: list[str] = []

        async def consumer(link: Link, stream: str, subject: str, first: int) -> tuple[str, int]:
            name, pending = await _consumer(link, stream, subject, first)
            if not made:
                await steal(link, stream, name, lost)
            made.append(name)
            return name, pending

        monkeypatch.setattr("mapper.delivery.jetstream.scan._consumer", consumer)
        assert [each.id async for each in letters(link, names, Choice())] == [1, 2, 3]
        assert len(made) > 1

    with_link(server, scenario)
