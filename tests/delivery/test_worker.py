"""A queue, a worker, real sockets: what arrives, and what is told."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log2
from typing import Any

import pytest

from mapper.base.clock import Clock
from mapper.delivery.courier import Courier
from mapper.delivery.door import Door
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Counts, Delivered, Item, WaitedInVain
from mapper.delivery.report import Report
from mapper.delivery.send import HttpSender
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, RecordRuling, Response, RetryPolicy, Target, Verdict
from tests.delivery.kit import KEY, Diary, FastClock, HeldClock, item, run, target
from tests.delivery.scripted import Received, Reply, Script, Server, scripted


@dataclass
class Outcome:
    """How a run went."""

    report: Report
    diary: Diary
    server: Server
    queue: MemoryQueue

    @property
    def pending(self) -> int:
        return self.queue.counts().pending


def play(
    items: Sequence[Item],
    script: Script,
    *,
    clock: Clock | None = None,
    targets: Callable[[str], Sequence[Target]] | None = None,
    **options: Any,
) -> Outcome:
    """Deliver items that are all there from the start."""

    async def scenario() -> Outcome:
        diary = Diary()
        queue = MemoryQueue()
        await queue.put(items)
        queue.close()
        async with scripted(script) as server, HttpSender() as sender:
            made = targets(server.url) if targets else [target(server.url)]
            report = await deliver(
                queue,
                {(t.destination, t.name): t for t in made},
                sender=sender,
                clock=clock or FastClock(),
                listener=diary.listener,
                **{"grace": 30_000.0, **options},
            )
            return Outcome(report, diary, server, queue)

    outcome: Outcome = run(scenario())
    return outcome


class Crowd:
    """Answers nothing before so many requests are there at once."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._came = 0

    def __call__(self, _: Received) -> Reply:
        self._came += 1
        return Reply(held=lambda: self._came < self._size)


class Flaky:
    """Fails the first `failures` times that a batch holds `number`."""

    def __init__(self, number: int, failures: int, reply: Reply) -> None:
        self.number = number
        self.left = failures
        self.reply = reply

    def __call__(self, request: Received) -> Reply:
        if self.left and self.number in request.numbers:
            self.left -= 1
            return self.reply
        return Reply()


def test_everything_arrives_in_batches() -> None:
    outcome = play([item(n) for n in range(25)], lambda _: Reply())
    assert sorted(outcome.server.numbers) == list(range(25))
    assert sorted(len(request.events) for request in outcome.server.received) == [5, 10, 10]
    assert outcome.report == Report()
    assert outcome.diary.ids("delivered") == list(range(25))
    delivered = [s for s in outcome.diary.settled if isinstance(s, Delivered)]
    assert [(s.attempts, s.status) for s in delivered] == [(1, 200)] * 25


def test_several_are_in_flight_but_not_more_than_allowed() -> None:
    script = Crowd(3)
    outcome = play([item(n) for n in range(100)], script, concurrency=3)
    assert outcome.server.most_at_once == 3


@pytest.mark.parametrize("status", [500, 408])
def test_a_lane_keeps_its_order_through_retries_and_others_go_on(status: int) -> None:
    items = [item(n, "ab"[n % 2], body=b'{"n":%d,"lane":"%s"}' % (n, b"ab"[n % 2 : n % 2 + 1])) for n in range(40)]
    batches_of_one, flaky, came = BatchPolicy(max_events=1), Flaky(4, 3, Reply(status)), list[int]()

    def script(request: Received) -> Reply:
        came.extend(request.numbers)
        return flaky(request)

    outcome = play(
        items,
        script,
        targets=lambda url: [target(url, batch=batches_of_one)],
        clock=HeldClock(until=lambda: 39 in came),  # so that nothing is tried again before
    )
    lanes = defaultdict(list)
    for request in outcome.server.received:
        lanes[request.events[0]["lane"]].append(request.numbers[0])
    assert lanes["b"] == list(range(1, 40, 2))
    assert lanes["a"] == [0, 2, 4, 4, 4, 4, *range(6, 40, 2)]
    assert outcome.server.numbers.index(39) < outcome.server.numbers.index(6)
    assert outcome.diary.of(4).attempts == 4


def test_retries_back_off() -> None:
    clock = FastClock(speed=100.0)
    times: list[float] = []

    def script(_: Received) -> Reply:
        times.append(clock.now())
        return Reply(500 if len(times) < 4 else 200)

    outcome = play([item(1)], script, clock=clock)
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert [wait >= at_least for wait, at_least in zip(waits, (0.5, 1.0, 2.0), strict=True)] == [True] * 3
    assert [(t.ruling, t.because, t.events) for t in outcome.diary.troubles] == [("retry", "HTTP 500", 1)] * 3
    assert [t.wait for t in outcome.diary.troubles] == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("header", ["30", "Tue, 14 Nov 2023 22:13:55 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_throttling_holds_the_whole_target_and_costs_no_attempt(status: int, header: str) -> None:
    clock = FastClock(speed=100.0)
    arrivals: list[float] = []

    def script(_: Received) -> Reply:
        arrivals.append(clock.now())
        return Reply(status, {"Retry-After": header}) if len(arrivals) == 1 else Reply()

    outcome = play([item(n) for n in range(30)], script, clock=clock, concurrency=1)
    assert arrivals[1] >= 30.0
    assert outcome.diary.ids("delivered") == list(range(30))
    assert {s.attempts for s in outcome.diary.settled} == {1}
    (trouble,) = outcome.diary.troubles
    assert (trouble.ruling, trouble.events) == ("throttled", 10)


@pytest.mark.parametrize("header", ["-3", "0", "junk", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 40])
def test_absurd_waits_are_clamped(header: str) -> None:
    replies = iter([Reply(429, {"Retry-After": header})])
    outcome = play(
        [item(1)],
        lambda _: next(replies, Reply()),
        targets=lambda url: [target(url, retry=RetryPolicy(cap=60.0))],
    )
    (trouble,) = outcome.diary.troubles
    assert trouble.wait is not None
    assert 0 <= trouble.wait <= 60
    assert outcome.diary.of(1).outcome == "delivered"


@pytest.mark.parametrize("bad", [0, 17, 63])
@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_bad_event_is_bisected_out(bad: int, status: int) -> None:
    outcome = play(
        [item(n, "one lane") for n in range(64)],
        lambda request: Reply(status, body=b"what is this?" * 100) if bad in request.numbers else Reply(),
        targets=lambda url: [target(url, batch=BatchPolicy(max_events=64))],
    )
    assert len(outcome.server.received) <= 2 * ceil(log2(64)) + 1
    arrived = [n for request in outcome.server.received if bad not in request.numbers for n in request.numbers]
    assert arrived == [n for n in range(64) if n != bad]
    death = outcome.diary.death(bad)
    assert (death.reason, death.because) == ("rejected", f"HTTP {status}")
    assert (death.attempts, death.status, death.excerpt) == (1, status, ("what is this?" * 100)[:500])
    assert outcome.diary.ids("delivered") == [n for n in range(64) if n != bad]


def test_a_half_that_must_wait_holds_its_lanes_in_the_other_half() -> None:
    calls: list[list[int]] = []

    def script(request: Received) -> Reply:
        calls.append(request.numbers)
        return Reply({1: 400, 2: 500}.get(len(calls), 200))

    play([item(n, lane) for n, lane in enumerate("abac")], script)
    assert calls[:3] == [[0, 1, 2, 3], [0, 1], [3]]
    assert calls[3] == [0, 1, 2]


def test_redirects_pause_and_lose_nothing() -> None:
    outcome = play([item(n) for n in range(30)], lambda _: Reply(307, {"location": "http://x/"}), concurrency=1)
    assert len(outcome.server.received) == 1
    assert outcome.pending == 30
    assert outcome.diary.settled == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_misconfigured_destination_is_paused_with_advice(status: int) -> None:
    outcome = play([item(n) for n in range(30)], lambda _: Reply(status), concurrency=1)
    (pause,) = outcome.report.pauses
    assert (pause.destination, pause.kind, pause.because, pause.status) == (
        "shop",
        "misconfigured",
        f"HTTP {status}",
        status,
    )
    assert (pause.advice, pause.shown_url) == ("check setting `key`", "http://shop.example/***")
    assert (outcome.pending, outcome.queue.counts().leased, outcome.diary.settled) == (30, 0, [])


def test_a_paused_destination_does_not_stop_another() -> None:
    items = [item(n, destination="mall" if n % 2 else "shop") for n in range(20)]
    outcome = play(
        items,
        lambda request: Reply(401 if "/shop" in request.line else 200),
        targets=lambda url: [target(url + "/shop"), target(url + "/mall", destination="mall")],
    )
    assert outcome.diary.ids("delivered") == list(range(1, 20, 2))
    assert outcome.pending == 10


def test_what_waits_behind_a_paused_destination_does_not_keep_the_run_alive() -> None:
    items = [item(1, "a", name="nowhere"), item(2, "a"), item(3)]
    outcome = play(items, lambda _: Reply())
    assert outcome.diary.ids("delivered") == [3]
    assert outcome.pending == 2


def test_other_statuses_reject_the_batch() -> None:
    outcome = play([item(n) for n in range(3)], lambda _: Reply(501))
    assert len(outcome.server.received) == 1
    assert [(s.reason, s.because) for s in outcome.diary.deaths] == [("rejected", "HTTP 501")] * 3


def by_record(response: Response) -> Verdict | None:
    """The way of an API that tells of each record."""
    told = json.loads(response.body)
    records = tuple(RecordRuling(index=i, ruling="rejected", because=why) for i, why in told["failed"])
    return Verdict(ruling="resend" if told["nothing"] else "delivered", because="told by record", records=records)


RECORDS = BatchPolicy(framing="records", records_key="all", max_events=10)


@pytest.mark.parametrize("nothing", [True, False])
def test_failures_told_by_record(nothing: bool) -> None:
    batches: list[list[int]] = []

    def script(request: Received) -> Reply:
        numbers = [event["n"] for event in json.loads(request.body)["all"]]
        batches.append(numbers)
        failed = [[i, f"{n} is bad"] for i, n in enumerate(numbers) if n in (2, 5)]
        return Reply(body=json.dumps({"nothing": nothing and bool(failed), "failed": failed}).encode())

    outcome = play(
        [item(n) for n in range(8)], script, targets=lambda url: [target(url, batch=RECORDS, judge=by_record)]
    )
    assert batches == ([[*range(8)], [0, 1, 3, 4, 6, 7]] if nothing else [[*range(8)]])
    assert outcome.diary.ids("delivered") == [0, 1, 3, 4, 6, 7]
    assert {(s.item.id, s.because) for s in outcome.diary.deaths} == {
        (2, "2 is bad"),
        (5, "5 is bad"),
    }


def test_a_resend_that_names_nobody_is_bisected() -> None:
    outcome = play(
        [item(n) for n in range(4)],
        lambda request: Reply(
            body=b'{"nothing": %s, "failed": []}' % (b"true" if b'"n":3' in request.body else b"false")
        ),
        targets=lambda url: [target(url, batch=RECORDS, judge=by_record)],
    )
    assert outcome.diary.ids("delivered") == [0, 1, 2]
    assert outcome.diary.death(3).because == "told by record: the answer names no event"


def test_an_event_too_large_for_any_request_is_dead_and_holds_up_nothing() -> None:
    items = [item(0, "a"), item(1, "a", body=b'{"n":1,"x":"' + b"x" * 200 + b'"}'), item(2, "a")]
    outcome = play(
        items, lambda _: Reply(), targets=lambda url: [target(url, batch=BatchPolicy(max_events=9, max_bytes=100))]
    )
    assert outcome.server.numbers == [0, 2]
    death = outcome.diary.death(1)
    assert (death.reason, death.attempts) == ("too_large", 0)
    assert death.because == "too large: 214 bytes, and a request takes at most 100"


def test_batches_keep_to_their_bytes_in_the_order_of_a_lane() -> None:
    outcome = play(
        [item(n, "a") for n in range(30)],
        lambda request: Reply() if len(request.body) <= 50 else Reply(413),
        targets=lambda url: [target(url, batch=BatchPolicy(max_events=30, max_bytes=50))],
    )
    assert outcome.server.numbers == list(range(30))
    assert outcome.diary.ids("dead") == []


def accounts_and_users(url: str) -> Sequence[Target]:
    return [target(url + "/accounts", name="accounts"), target(url + "/users", name="users")]


def test_users_go_after_their_account() -> None:
    items = [item(2 * n + half, name=("accounts", "users")[half], after=2 * n if half else None)
             for n in range(20) for half in (0, 1)]  # fmt: skip
    outcome = play(items, Flaky(8, 2, Reply(500)), targets=accounts_and_users)
    seen = outcome.server.numbers
    last = {number: len(seen) - 1 - seen[::-1].index(number) for number in seen}
    assert all(last[n] < seen.index(n + 1) for n in range(0, 40, 2))
    assert len(outcome.diary.ids("delivered")) == 40


def test_users_of_a_dead_account_are_skipped_with_the_reason() -> None:
    items = [item(1, name="accounts"), item(2, name="users", after=1), item(3, name="users")]
    outcome = play(items, lambda request: Reply(422 if request.numbers == [1] else 200), targets=accounts_and_users)
    skipped = outcome.diary.of(2)
    assert isinstance(skipped, WaitedInVain)
    assert skipped.because == "waited for first, which could not be delivered"
    assert outcome.diary.ids("delivered") == [3]


@pytest.mark.parametrize("fault", ["cut", "reset", "close"])
def test_no_fault_loses_anything(fault: Any) -> None:
    script = Flaky(3, 2, Reply(body=b"x" * 100, fault=fault))
    outcome = play([item(n, f"lane {n}") for n in range(30)], script)
    assert outcome.diary.ids("delivered") == list(range(30))
    assert Counter(outcome.server.numbers)[3] == 3
    assert len(outcome.diary.troubles) == 2


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_no_answer_that_is_late_loses_anything(fault: Any) -> None:
    """On a busy machine others may be late too."""
    outcome = play(
        [item(n, f"lane {n}") for n in range(30)],
        Flaky(3, 2, Reply(body=b"x" * 2_000, fault=fault)),
        targets=lambda url: [target(url, retry=RetryPolicy(total_timeout=0.5))],
    )
    assert outcome.diary.ids("delivered") == list(range(30))
    assert Counter(outcome.server.numbers)[3] >= 3
    assert len(outcome.diary.troubles) >= 2


def test_a_half_set_aside_holds_its_lane_even_if_sending_is_allowed_again_at_once() -> None:
    """The target may be closed for the first half and open again for the second."""

    async def scenario() -> tuple[list[list[int]], MemoryQueue]:
        queue = MemoryQueue()
        await queue.put([item(n, lane) for n, lane in enumerate("abac")])
        leased = await queue.lease(KEY, 4, 1.0)
        assert leased is not None
        halted = iter([False, False, True, True, False, False])  # asked twice for each batch
        async with scripted(lambda request: Reply(400 if len(request.events) > 1 else 200)) as server:
            async with HttpSender() as sender:
                courier = Courier(
                    queue,
                    leased,
                    Door(target(server.url), 1),
                    sender=sender,
                    clock=FastClock(),
                    listener=Diary().listener,
                    is_halted=lambda _: next(halted),
                    pause=lambda _: None,
                )
                await courier.carry()
            return [request.numbers for request in server.received], queue

    sent, queue = run(scenario())
    assert sent == [[0, 1, 2, 3], [3]]
    assert queue.counts() == Counts(waiting=3, leased=0)
