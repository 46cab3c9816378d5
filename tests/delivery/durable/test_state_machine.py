"""Random work on a queue whose process dies and starts again, held against a plain model at every step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mapper.delivery.durable.database import connect_to_read
from mapper.delivery.durable.letters import Choice, letters
from mapper.delivery.queue import Counts, Item, Lease, TargetKey
from tests.delivery.durable.kit import TARGETS, HandClock, Process, drain, quick_folder, sent
from tests.delivery.durable.model import Attempts, Model, numbers
from tests.delivery.queue_contract import dead
from tests.support.torture import scaled

WIDEST = 5
"""Times the window: as far as a queue looks for something to send."""

wanted = st.lists(st.tuples(st.sampled_from([None, "a", "b", "m"]), st.integers(0, 3)), max_size=6)
few = st.integers(0, 2)
fates = st.lists(st.sampled_from(["deliver", "kill", "back", "late"]), min_size=1, max_size=4)


@dataclass(frozen=True)
class Step:
    """Something asked of the queue, and what the model makes of it, given the answer: None where nobody saw it."""

    ask: Callable[[], Coroutine[Any, Any, Any]]
    note: Callable[[Any], None]


class DurableMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = quick_folder()
        self.path = Path(self.folder.name) / "q.db"
        self.runner = asyncio.Runner()
        self.model = Model()
        self.leases: list[Lease] = []
        self.clock = HandClock()

    @initialize(window=st.sampled_from([1, 3, 1000]))
    def open(self, window: int) -> None:
        self.window = window
        self.process = Process(self.path, self.clock, window=window)

    # -- what a process does ------------------------------------------------------------------------------------------

    @rule(wanted=wanted, skipped=few, bad=few)
    def accept(self, wanted: list[tuple[str | None, int]], skipped: int, bad: int) -> None:
        self.together([self.arriving(wanted, skipped, bad)])

    @rule(limit=st.integers(1, 5), place=st.sampled_from(TARGETS))
    def lease(self, limit: int, place: TargetKey) -> None:
        lease = self.runner.run(self.process.queue.lease(place, limit, self.clock.now()))
        leased = numbers(lease.items) if lease else []
        possible = self.model.leasable(place, self.clock.wall())
        window = max(self.window // 2, 4 * limit)  # there are two destinations
        waiting = sum(each.target[0] == place[0] for each in self.model.pending.values())
        if waiting <= window:
            assert leased == possible[:limit]
        else:
            assert all(self.model.may_go(each, leased[:at], self.clock.wall()) for at, each in enumerate(leased))
            assert leased or not possible or waiting > window * WIDEST
        if lease:
            self.leases.append(lease)
            self.model.held.update((each, lease) for each in leased)
            for each in lease.items:
                self.check_attempts(each)

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 9), fates=fates)
    def settle(self, which: int, fates: list[str]) -> None:
        for step in self.settling(which, fates):
            self.together([step])

    @precondition(lambda self: self.leases)
    @rule(wanted=wanted, which=st.integers(0, 9), fates=fates)
    def accept_and_settle_at_once(self, wanted: list[tuple[str | None, int]], which: int, fates: list[str]) -> None:
        self.together([self.arriving(wanted, 0, 1), *self.settling(which, fates)])

    @rule(seconds=st.integers(1, 20))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)

    # -- how it ends --------------------------------------------------------------------------------------------------

    @rule()
    def die(self) -> None:
        self.process.die()
        self.start_again()

    @rule()
    def end(self) -> None:
        self.process.end()
        self.start_again()

    @rule(wanted=wanted, which=st.integers(0, 9), fates=fates)
    def die_before_the_answer(self, wanted: list[tuple[str | None, int]], which: int, fates: list[str]) -> None:
        steps = [self.arriving(wanted, 1, 1)]
        if self.leases:
            steps += self.settling(which, fates)

        async def ask_and_leave() -> None:
            tasks = [asyncio.create_task(step.ask()) for step in steps]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.runner.run(ask_and_leave())
        for step in steps:
            step.note(None)
        self.process.die()
        self.start_again()

    def start_again(self) -> None:
        self.model.die(self.clock.wall())
        self.leases.clear()
        self.clock = HandClock(self.clock.wall(), zero=self.clock.wall() - 1000.0)
        self.process = Process(self.path, self.clock, window=self.window)

    # -- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def ledger_balances(self) -> None:
        queue, model = self.process.queue, self.model
        assert +queue.ledger == +model.ledger
        assert queue.counts() == Counts(len(model.pending) - len(model.held), len(model.held))
        assert queue.targets.total() == len(model.pending)
        totals = model.totals()
        dead_ones = totals["invalid"] + totals["rejected"]
        assert totals["read"] == totals["delivered"] + totals["skipped"] + dead_ones + queue.counts().pending

    def teardown(self) -> None:
        self.process.die()
        reader = connect_to_read(self.path)
        assert +self.model.letters == Counter(kept.letter.kind for kept in letters(reader, Choice()))
        reader.close()
        last = Process(self.path, self.clock, window=self.window)
        left = self.runner.run(drain(last.queue))
        assert sorted(numbers(left)) == sorted(self.model.pending)
        last.end()
        self.runner.close()
        self.folder.cleanup()

    # -- steps --------------------------------------------------------------------------------------------------------

    def together(self, steps: Sequence[Step]) -> None:
        """Ask everything before anything is answered."""

        async def ask() -> list[Any]:
            return await asyncio.gather(*(step.ask() for step in steps))

        for step, answer in zip(steps, self.runner.run(ask()), strict=True):
            step.note(answer)

    def arriving(self, wanted: list[tuple[str | None, int]], skipped: int, bad: int) -> Step:
        arrival = self.model.arrival(wanted, skipped, bad)
        return Step(lambda: self.process.queue.accept(arrival), lambda _: self.model.accept(arrival))

    def settling(self, which: int, fates: list[str]) -> list[Step]:
        """End a lease: one step for each fate that its items have."""
        queue, model = self.process.queue, self.model
        lease = self.leases.pop(which % len(self.leases))
        shares: dict[str, list[Item]] = {fate: [] for fate in fates}
        for at, each in enumerate(lease.items):
            shares[fates[at % len(fates)]].append(each)
        steps: list[Step] = []
        if gone := shares.get("deliver"):
            steps.append(Step(lambda: queue.deliver(lease, gone), lambda _: model.deliver(gone)))
        if killed := shares.get("kill"):

            def note(skipped: Sequence[Item] | None) -> None:
                expected = model.kill(killed)
                assert skipped is None or sorted(numbers(skipped)) == expected

            steps.append(Step(lambda: queue.kill(lease, [dead(each) for each in killed]), note))
        if back := shares.get("back"):
            due = self.clock.wall()
            untried = [sent(each, each.attempts, each.first_attempt_at, 0.0) for each in back]

            def note_untried(_: Any) -> None:
                for each in back:
                    known = model.attempts[each.id]
                    model.give_back([each], Attempts(known.count, known.first, due if known.first else 0.0, due))

            steps.append(Step(lambda: queue.give_back(lease, untried), note_untried))
        steps += self.failing(lease, shares.get("late", []))
        return steps

    def failing(self, lease: Lease, items: Sequence[Item]) -> list[Step]:
        """Give items back that were tried and wait for 7 seconds."""
        steps: list[Step] = []
        for each in items:
            known = self.model.attempts[each.id]
            first = self.clock.wall() if known.first is None else known.first
            attempts = Attempts(known.count + 1, first, self.clock.wall() + 7, self.clock.wall())
            ago = self.clock.wall() - first
            back = sent(each, attempts.count, self.clock.now() - ago, self.clock.now() + 7)
            steps.append(self._giving_back(lease, back, attempts))
        return steps

    def _giving_back(self, lease: Lease, back: Item, attempts: Attempts) -> Step:
        return Step(
            lambda: self.process.queue.give_back(lease, [back]), lambda _: self.model.give_back([back], attempts)
        )

    def check_attempts(self, each: Item) -> None:
        known = self.model.attempts[each.id]
        assert each.attempts == known.count
        first = each.first_attempt_at
        assert (first if first is None else first - self.clock.now() + self.clock.wall()) == known.first


def examples(ordinary: int, torture: int) -> settings:
    return settings(max_examples=scaled(ordinary, torture), stateful_step_count=scaled(30, 60), deadline=None)


def test_agrees_with_a_plain_model_whenever_it_dies() -> None:
    run_state_machine_as_test(DurableMachine, settings=examples(25, 25))


@pytest.mark.long
def test_agrees_with_a_plain_model_whenever_it_dies_at_length() -> None:
    run_state_machine_as_test(DurableMachine, settings=examples(300, 10_000))
