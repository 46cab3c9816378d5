"""What every Queue must do. A test module subclasses these two and says how a queue is made."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import strategies as st

from mapper.delivery.queue import Counts, Dead, Item, Lease, LostLeaseError, Queue, QueueClosedError
from tests.delivery.kit import KEY, ids, item, run

OTHER = ("shop", "other")


def later(given: Item, not_before: float) -> Item:
    return msgspec.structs.replace(given, not_before=not_before, attempts=given.attempts + 1)


def crowded_out(given: Item, company: int) -> Item:
    return msgspec.structs.replace(given, company=company)


def dead(given: Item) -> Dead:
    return Dead(item=given, reason="rejected", because="bad")


async def lease(
    queue: Queue, limit: int = 100, now: float = 1.0, target: tuple[str, str] = KEY, *, apart: bool = False
) -> Lease:
    """Lease, where something must be there."""
    leased = await queue.lease(target, limit, now, apart=apart)
    assert leased is not None
    return leased


class QueueContract(ABC):
    """Examples."""

    @abstractmethod
    def make(self, capacity: int = 1000) -> Queue: ...

    def test_leases_the_oldest_first_and_each_once(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1), item(2), item(3)])
            assert ids((await lease(queue, 2)).items) == [1, 2]
            assert ids((await lease(queue, 2)).items) == [3]
            assert await queue.lease(KEY, 2, 1.0) is None
            assert queue.counts() == Counts(waiting=0, leased=3)

        run(scenario())

    def test_targets_do_not_mix(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1), item(2, name="other"), item(3)])
            assert ids((await lease(queue, target=OTHER)).items) == [2]
            assert ids((await lease(queue)).items) == [1, 3]

        run(scenario())

    def test_a_lane_shares_a_batch_but_not_two(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1, "a"), item(2, "a"), item(3, "b"), item(4, "a")])
            first = await lease(queue, 2)
            assert ids(first.items) == [1, 2]
            second = await lease(queue)
            assert ids(second.items) == [3]
            await queue.deliver(first, first.items[:1])
            assert await queue.lease(KEY, 9, 1.0) is None
            await queue.deliver(first, first.items[1:])
            assert ids((await lease(queue)).items) == [4]

        run(scenario())

    def test_a_lane_across_targets_is_kept(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1, "a", name="other"), item(2, "a"), item(3, "a", name="other")])
            assert await queue.lease(KEY, 9, 1.0) is None
            first = await lease(queue, target=OTHER)
            assert ids(first.items) == [1]
            await queue.deliver(first, first.items)
            assert await queue.lease(OTHER, 9, 1.0) is None
            assert ids((await lease(queue)).items) == [2]

        run(scenario())

    def test_what_is_given_back_waits_and_holds_its_own_lane_only(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1, "a"), item(2, "a"), item(3, "b"), item(4)])
            first = await lease(queue, 1)
            await queue.give_back(first, [later(first.items[0], 50.0)])
            others = await lease(queue, now=49.0)
            assert ids(others.items) == [3, 4]
            assert await queue.lease(KEY, 9, 49.0) is None
            assert await queue.next_due(KEY) == 50.0
            again = await lease(queue, now=50.0)
            assert ids(again.items) == [1, 2]
            assert again.items[0].attempts == 1

        run(scenario())

    def test_one_in_the_middle_of_a_lane_given_back_holds_those_after_it(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(n, "a") for n in range(1, 6)])
            first = await lease(queue, 3)
            await queue.give_back(first, [first.items[1]])
            assert await queue.lease(KEY, 9, 1.0) is None
            await queue.deliver(first, [first.items[2]])
            assert await queue.lease(KEY, 9, 1.0) is None
            await queue.deliver(first, [first.items[0]])
            assert ids((await lease(queue)).items) == [2, 4, 5]

        run(scenario())

    def test_one_waits_until_the_other_is_delivered(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1, name="other"), item(2, "a", after=1), item(3, "a")])
            assert await queue.lease(KEY, 9, 1.0) is None
            assert await queue.next_due(KEY) is None
            first = await lease(queue, target=OTHER)
            await queue.deliver(first, first.items)
            assert ids((await lease(queue)).items) == [2, 3]

        run(scenario())

    def test_one_does_not_share_a_batch_with_what_it_waits_for(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1, "a"), item(2, "a", after=1), item(3, after=1)])
            first = await lease(queue)
            assert ids(first.items) == [1]
            await queue.deliver(first, first.items)
            assert ids((await lease(queue)).items) == [2, 3]

        run(scenario())

    def test_where_one_dies_all_that_wait_for_it_are_given_up(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            waiting = [item(2, "a", after=1), item(3, "a", after=2), item(4, "a", after=1), item(5, "a")]
            await queue.put([item(1, "a", name="other"), *waiting])
            first = await lease(queue, target=OTHER)
            skipped = await queue.kill(first, [dead(first.items[0])])
            assert sorted(ids(skipped)) == [2, 3, 4]
            last = await lease(queue)
            assert ids(last.items) == [5]
            await queue.deliver(last, last.items)
            assert queue.counts().pending == 0

        run(scenario())

    def test_what_is_to_leave_apart_does_and_in_small_company(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(n, f"lane {n}") for n in range(1, 8)])
            assert await queue.lease(KEY, 9, 1.0, apart=True) is None
            first = await lease(queue, 6)
            back = [crowded_out(each, 3 if each.id < 6 else 1) for each in first.items]
            await queue.give_back(first, back)
            assert ids((await lease(queue)).items) == [7]
            assert await queue.lease(KEY, 9, 1.0) is None
            leases = [await lease(queue, apart=True) for _ in range(3)]
            assert [ids(each.items) for each in leases] == [[1, 2, 3], [4, 5], [6]]
            assert [each.company for each in leases[2].items] == [1]
            assert await queue.lease(KEY, 9, 1.0, apart=True) is None

        run(scenario())

    def test_of_those_apart_the_first_due_goes_first(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1), item(2), item(3)])
            first = await lease(queue)
            due = {1: 30.0, 2: 20.0, 3: 10.0}
            await queue.give_back(first, [later(crowded_out(each, 1), due[each.id]) for each in first.items])
            assert [ids((await lease(queue, now=40.0, apart=True)).items) for _ in due] == [[3], [2], [1]]

        run(scenario())

    def test_who_follows_in_a_lane_leaves_neither_with_those_apart_nor_before_them(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(n, "a") for n in range(1, 5)])
            first = await lease(queue, 2)
            await queue.give_back(first, [crowded_out(each, 5) for each in first.items])
            assert await queue.lease(KEY, 9, 1.0) is None
            again = await lease(queue, apart=True)
            assert ids(again.items) == [1, 2]
            await queue.deliver(again, again.items)
            assert await queue.lease(KEY, 9, 1.0, apart=True) is None
            assert ids((await lease(queue)).items) == [3, 4]

        run(scenario())

    def test_what_leaves_apart_waits_for_its_time_too(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1)])
            first = await lease(queue)
            await queue.give_back(first, [later(crowded_out(first.items[0], 1), 50.0)])
            assert await queue.lease(KEY, 9, 49.0, apart=True) is None
            assert await queue.next_due(KEY) == 50.0
            assert await queue.lease(KEY, 9, 50.0) is None
            assert ids((await lease(queue, now=50.0, apart=True)).items) == [1]

        run(scenario())

    def test_only_the_holder_settles(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1)])
            first = await lease(queue)
            await queue.give_back(first, first.items)
            second = await lease(queue)
            with pytest.raises(LostLeaseError):
                await queue.deliver(first, first.items)
            with pytest.raises(LostLeaseError):
                await queue.give_back(first, first.items)
            with pytest.raises(LostLeaseError):
                await queue.kill(first, [dead(first.items[0])])
            await queue.deliver(second, second.items)
            assert queue.counts().pending == 0

        run(scenario())

    def test_patience_waits_for_a_full_batch_while_more_may_come(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            assert await queue.lease(KEY, 3, 1.0, patient=True) is None
            await queue.put([item(1, "a"), item(2, "a")])
            too_few = await queue.lease(KEY, 3, 1.0, patient=True)
            assert too_few is not None
            assert too_few.items == ()
            await queue.put([item(3, name="other"), item(4, "a", name="other")])
            assert await queue.lease(KEY, 3, 1.0, patient=True) == too_few
            await queue.put([item(5)])
            full = await queue.lease(KEY, 3, 1.0, patient=True)
            assert full is not None
            assert ids(full.items) == [1, 2, 5]

        run(scenario())

    def test_patience_undoes_what_it_took(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1, "a"), item(2, "a"), item(3, "b", not_before=9.0), item(4, "b")])
            too_few = await queue.lease(KEY, 3, 1.0, patient=True)
            assert too_few is not None
            assert too_few.items == ()
            assert queue.counts() == Counts(waiting=4, leased=0)
            full = await queue.lease(KEY, 3, 9.0, patient=True)
            assert full is not None
            assert ids(full.items) == [1, 2, 3]

        run(scenario())

    def test_patience_ends_where_no_more_can_come(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(1)])
            queue.close()
            leased = await queue.lease(KEY, 3, 1.0, patient=True)
            assert leased is not None
            assert ids(leased.items) == [1]

        run(scenario())

    def test_puts_that_can_not_be_right_are_refused_whole(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            await queue.put([item(5)])
            with pytest.raises(ValueError, match="item 5 comes after item 5"):
                await queue.put([item(5)])
            with pytest.raises(ValueError, match="item 7 is to wait for item 8"):
                await queue.put([item(6), item(7, after=8), item(8)])
            assert queue.counts().pending == 1

        run(scenario())

    def test_oldest(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            assert queue.oldest() is None
            await queue.put([item(1), item(2)])
            leased = await lease(queue, 1)
            assert queue.oldest() == leased.items[0]
            await queue.deliver(leased, leased.items)
            oldest = queue.oldest()
            assert oldest is not None
            assert oldest.id == 2

        run(scenario())

    def test_changes_are_told_until_unsubscribed(self) -> None:
        async def scenario() -> None:
            queue = self.make()
            told: list[str] = []
            stage = "put"
            unsubscribe = queue.subscribe(lambda: told.append(stage))
            await queue.put([item(1, "a"), item(2, "a"), item(3)])
            leased = await lease(queue)
            for stage in ("deliver", "give_back", "kill", "close"):
                match stage:
                    case "deliver":
                        await queue.deliver(leased, leased.items[:1])
                    case "give_back":
                        await queue.give_back(leased, leased.items[1:2])
                    case "kill":
                        await queue.kill(leased, [dead(leased.items[2])])
                    case "close":
                        queue.close()
            assert set(told) == {"put", "deliver", "give_back", "kill", "close"}
            unsubscribe()
            unsubscribe = queue.subscribe(lambda: None)
            told.clear()
            queue.close()
            assert told == []

        run(scenario())


class RoomContract(ABC):
    """Of queues that have no room beyond some number of items."""

    @abstractmethod
    def make(self, capacity: int = 1000) -> Queue: ...

    def test_put_waits_for_room(self) -> None:
        async def scenario() -> None:
            queue = self.make(capacity=2)
            await queue.put([item(1), item(2)])
            putting = asyncio.create_task(queue.put([item(3)]))
            await asyncio.sleep(0.02)
            assert not putting.done()
            assert queue.crowded
            leased = await queue.lease(KEY, 9, 1.0, patient=True)
            assert leased is not None
            assert ids(leased.items) == [1, 2]
            await asyncio.sleep(0.02)
            assert not putting.done()
            await queue.deliver(leased, leased.items[:1])
            await putting
            assert not queue.crowded
            assert ids((await lease(queue)).items) == [3]

        run(scenario())

    def test_closing_ends_a_put_that_waits(self) -> None:
        async def scenario() -> None:
            queue = self.make(capacity=1)
            await queue.put([item(1)])
            putting = asyncio.create_task(queue.put([item(2)]))
            await asyncio.sleep(0.02)
            queue.close()
            with pytest.raises(QueueClosedError):
                await putting
            assert queue.closed
            assert queue.counts().pending == 1

        run(scenario())


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.tuples(st.sampled_from([None, "a", "b", "c"]), st.integers(0, 5)))),
        st.tuples(st.just("lease"), st.integers(1, 4)),
        st.tuples(
            st.just("settle"),
            st.lists(st.sampled_from(["deliver", "kill", "back", "late", "alone", "few"]), min_size=4),
        ),
        st.tuples(st.just("pass"), st.integers(1, 20)),
    ),
    max_size=40,
)


class QueueModel:
    """Random work on a queue, with the promises checked at every step by plain means."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.now = 1.0
        self.unfinished: dict[int, Item] = {}
        self.leases: list[Lease] = []
        self.died: set[int] = set()
        self.finished: set[int] = set()
        self.sent: list[Item] = []

    async def put(self, wanted: list[tuple[str | None, int]]) -> None:
        start = len(self.unfinished) + len(self.finished) + 1
        items = []
        for number, (lane, back) in enumerate(wanted, start):
            after = number - back if back and number - back >= start else None
            items.append(item(number, lane, after=after, name="other" if number % 3 == 0 else "event"))
        await self.queue.put(items)
        self.unfinished |= {each.id: each for each in items}

    async def lease(self, limit: int) -> None:
        for target, apart in ((KEY, False), (OTHER, True), (KEY, True), (OTHER, False)):
            expected = self.leasable(target, limit, apart)
            leased = await self.queue.lease(target, limit, self.now, apart=apart)
            assert (ids(leased.items) if leased else []) == expected
            if leased:
                self.leases.append(leased)

    def leasable(self, target: tuple[str, str], limit: int, apart: bool) -> list[int]:
        """By brute force: one by one the first that may go, given those before it in this very lease."""
        chosen: list[int] = []
        while free := [each for each in self.unfinished.values() if self.may_go(each, target, apart, chosen)]:
            first = min(free, key=lambda each: (each.not_before if apart else 0.0, each.id))
            limit = min(limit, first.company or limit)
            if len(chosen) >= limit:
                break
            chosen.append(first.id)
        return chosen

    def may_go(self, each: Item, target: tuple[str, str], apart: bool, chosen: list[int]) -> bool:
        held = {other.id for lease in self.leases for other in lease.items}
        ahead = [o.id for o in self.unfinished.values() if each.lane and o.lane == each.lane and o.id < each.id]
        return (
            each.id not in held
            and each.id not in chosen
            and set(ahead) <= set(chosen)
            and each.target == target
            and (each.company is not None) == apart
            and each.not_before <= self.now
            and each.after not in self.unfinished
        )

    async def settle(self, fates: list[str]) -> None:
        if not self.leases:
            return
        leased = self.leases.pop(0)
        for number, each in enumerate(leased.items):
            fate = fates[number % len(fates)]
            if fate == "deliver":
                await self.queue.deliver(leased, [each])
                self.end(each)
            elif fate == "kill":
                for skipped in await self.queue.kill(leased, [dead(each)]):
                    assert skipped.after in self.died | {each.id}
                    self.died.add(skipped.id)
                    self.end(skipped)
                self.died.add(each.id)
                self.end(each)
            else:
                back = later(each, self.now + 7.0 if fate == "late" else 0.0)
                if fate in ("alone", "few"):
                    back = crowded_out(back, 1 if fate == "alone" else 3)
                await self.queue.give_back(leased, [back])
                self.unfinished[each.id] = back

    def end(self, each: Item) -> None:
        del self.unfinished[each.id]
        self.finished.add(each.id)

    def check(self) -> None:
        held = sum(each.id in self.unfinished for lease in self.leases for each in lease.items)
        assert self.queue.counts() == Counts(waiting=len(self.unfinished) - held, leased=held)
        assert not any(each.after in self.died for each in self.unfinished.values())


def agrees_with_the_model(queue: Queue, work: Sequence[tuple[str, object]]) -> None:
    """Random work, held against a plain model at every step; in the end nothing is left."""

    async def scenario() -> None:
        model = QueueModel(queue)
        for step, argument in [*work, *[("pass", 20), ("lease", 9), ("settle", ["deliver"])] * 200]:
            if step == "pass":
                assert isinstance(argument, int)
                model.now += argument
            else:
                await getattr(model, step)(argument)
            model.check()
            if step == "settle" and not model.unfinished:
                return
        assert not model.unfinished

    run(scenario())
