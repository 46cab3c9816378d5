"""A run that sends: queue, signals, dead letters, sandbox, progress."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapper.app.dead_letters import DeadLetters
from mapper.app.forgetting import forgetting
from mapper.app.hooks import Hooks
from mapper.app.keeping import Keeping
from mapper.app.ledger import Ledger, UnbalancedError
from mapper.app.live import Live
from mapper.app.mapping import Selection
from mapper.app.pipeline import Ending, Limits, run_lines
from mapper.app.resume import Begin
from mapper.app.stopping import Stop
from mapper.app.wiring import Wired
from mapper.base.clock import SystemClock
from mapper.cli.console import FINDINGS, INTERRUPTED, STOPPING, complain, fail, say
from mapper.cli.ledger import tell_unbalanced
from mapper.cli.progress import Progress
from mapper.cli.teller import Teller
from mapper.delivery.durable.errors import QueueFileError, UnwrittenError
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Dead, Queue, Settlement
from mapper.delivery.report import Trouble
from mapper.delivery.send import BadTrustError, HttpSender
from mapper.intake.ranges import Stretch
from mapper.intake.sources import IntakeError, Source
from mapper.intake.unfinished import OnUnfinished
from mapper.records.line import Line
from mapper.records.result import Invalid, Unmappable

if TYPE_CHECKING:
    from mapper.app.workers import Workers
    from mapper.delivery.jetstream.address import Address
    from mapper.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Begins:
    """Where files are gone on with.

    Attributes:
        places: By name, what comes next.
        on_unfinished: Told of one whose end is left for the next run.
    """

    places: Mapping[str, Begin]
    on_unfinished: OnUnfinished


@dataclass(frozen=True, slots=True)
class Held:
    """The queue of a run; `begins`: by name, where a file is gone on with."""

    queue: Queue
    begins: Mapping[str, Begin] = field(default_factory=dict)
    keeping: Keeping | None = None
    live: Live | None = None


Wire = Callable[[Mapping[str, str], Mapping[str, Any] | None], Wired]
"""Puts the run together, given the sandboxes' addresses and the settings they bring; both empty without sandboxes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What to send, how, and how to tell of it."""

    lines: Callable[[Begins], Iterable[Line | Stretch]]
    sources: Sequence[Source]
    selection: Selection
    dead_letters: Path | None
    queue: Path | None
    cluster: Address | None
    keep_dead: float | None
    ca_file: Path | None
    proxy: str | None
    give_up_after: float | None
    grace: float
    concurrency: int
    workers: Workers | None
    verbose: bool
    quiet: bool
    again: Callable[[tuple[str, int]], list[str]]
    replays: bool = False
    letters: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    before: Ledger = field(default_factory=Ledger)
    ledger: Ledger = field(default_factory=Ledger)


def send(sending: Sending, *, folders: Mapping[str, Path] | None, wired: Wire) -> int:
    """Send everything, report, and give the exit code.

    Args:
        sending: What and how.
        folders: Mapping sets by id whose sandboxes to start and to send to; None: the real destinations.
        wired: Puts the run together.
    """
    try:
        return asyncio.run(_Send(sending, wired).run(folders))
    except (IntakeError, BadTrustError, QueueFileError) as error:
        fail(str(error), error.help)
    except UnbalancedError as error:
        tell_unbalanced(error)
        return FINDINGS


class _Send:
    """One run of `send`."""

    def __init__(self, sending: Sending, wire: Wire) -> None:
        self.sending = sending
        self.wire = wire
        self.is_sandbox = False
        self.teller = Teller(sending)
        self.stop = Stop(sending.grace, self._told_to_stop)
        self.task: asyncio.Task[Any] | None = None

    async def run(self, folders: Mapping[str, Path] | None) -> int:
        """All of it; a signal may cut it off wherever it is."""
        try:
            return await self._run(folders)
        except UnwrittenError as error:
            if not self.stop.signals and not self.teller.missing:
                raise
            complain(str(error), error.help)
            if not self.stop.signals:
                return FINDINGS
        except asyncio.CancelledError:
            self.teller.note_cut_off()
        return INTERRUPTED

    async def _run(self, folders: Mapping[str, Path] | None) -> int:
        async with AsyncExitStack() as stack:
            sandboxes = await _start(folders, stack) if folders else []
            self.is_sandbox = bool(sandboxes)
            wired = self.wire(
                {box.spec.id: box.base_url for box in sandboxes},
                {box.spec.id: dict(box.settings) for box in sandboxes} if sandboxes else None,
            )
            self.task = asyncio.current_task()
            self.stop.catch()
            sender = HttpSender(
                ca_file=self.sending.ca_file, proxy=self.sending.proxy, connections=self.sending.concurrency
            )
            async with sender, self._queue(wired) as held:
                with self._letters(wired) as letters, self._progress() as progress:
                    hooks = self._hooks(letters, held.live, progress)
                    ending = await self._pump(wired, sender, hooks, held, progress)
            if self.sending.queue is not None:
                from mapper.app.queueing import require_balance

                require_balance(self.sending.queue)
            return self.teller.report(ending, sandboxes, stopped=bool(self.stop.signals))

    async def _pump(self, wired: Wired, sender: HttpSender, hooks: Hooks, held: Held, progress: Progress) -> Ending:
        sending = self.sending
        return await run_lines(
            progress.counting(sending.lines(Begins(held.begins, self.teller.note_unfinished))),
            wired=wired if sending.cluster is None else replace(wired, targets={}),  # nothing is sent from here
            queue=held.queue,
            sender=sender,
            clock=SystemClock(),
            ledger=sending.ledger,
            selection=sending.selection,
            limits=Limits(concurrency=sending.concurrency, give_up_after=sending.give_up_after, grace=sending.grace),
            hooks=hooks,
            stop=self.stop.gently,
            workers=sending.workers,
            keeping=held.keeping,
        )

    def _hooks(self, letters: DeadLetters | None, live: Live | None, progress: Progress) -> Hooks:
        """Whom to tell what: whoever watches, the file of dead letters, and others who look at the queue."""

        def refused(line: Line, result: Invalid | Unmappable) -> None:
            self.teller.note_dead(line.file, line.number, result.reason)
            if letters:
                letters.refused(line, result)

        def settled(settlement: Settlement) -> None:
            if live:
                live.settled(settlement)
            if isinstance(settlement, Dead):
                self.teller.note_dead(settlement.item.file, settlement.item.line, settlement.because)
                if letters:
                    letters.died(settlement)

        def troubled(trouble: Trouble) -> None:
            self.teller.note_trouble(trouble)
            if live:
                live.note(trouble)

        return Hooks(
            on_refused=refused,
            on_skipped=self.teller.note_skipped,
            on_settled=settled,
            on_trouble=troubled,
            on_progress=progress.update,
            on_doors=live.watch if live else lambda _: None,
        )

    @asynccontextmanager
    async def _queue(self, wired: Wired) -> AsyncIterator[Held]:
        """The queue of this run: in memory, or in a file, where it is gone on with."""
        if self.sending.cluster is not None:
            async with self._outbox(self.sending.cluster) as held:
                yield held
            return
        if self.sending.queue is None:
            yield Held(MemoryQueue())
            return
        from mapper.app.queueing import keep_apart, open_queue, places_of

        queue = open_queue(self.sending.queue, wired.targets.keys(), SystemClock(), self.teller.note_disk)
        self.stop.hasten = queue.hasten
        try:
            await keep_apart(queue, sandbox=self.is_sandbox)
            places = await places_of(queue, self.sending.sources)
            self.sending.before.add(Ledger.of(queue.ledger))
            self.sending.ledger.add(self.sending.before)
            begins = {name: begin for name, (_, begin) in places.items()}
            self.teller.say_where(queue.counts().pending, begins)
            keeping = Keeping(queue, {name: identity for name, (identity, _) in places.items()})
            live = Live(queue, SystemClock())
            live.recall(await queue.told("last_error"))
            async with live.telling(), forgetting(queue, self.sending.keep_dead, SystemClock()):
                yield Held(queue, begins, keeping, live)
        finally:
            await asyncio.to_thread(queue.shut)

    @asynccontextmanager
    async def _outbox(self, cluster: Address) -> AsyncIterator[Held]:
        """A queue in a cluster, of which workers elsewhere deliver."""
        from mapper.app.cluster import outbox
        from mapper.app.queueing import places_of
        from mapper.base.tasks import unless

        letters = self.sending.letters
        coming = outbox(cluster, SystemClock(), self.teller.note_disk, letters=letters)
        async with AsyncExitStack() as stack:
            queue = await unless(self.stop.gently, stack.enter_async_context(coming))
            if queue is None:
                raise asyncio.CancelledError
            self.stop.hasten = queue.hasten
            self.sending.ledger.add(Ledger.of(Counter([*letters.values(), *[("read", "")] * len(letters)])))
            places = await places_of(queue, self.sending.sources)
            begins = {name: begin for name, (_, begin) in places.items()}
            self.teller.say_where(0, begins)
            yield Held(queue, begins, Keeping(queue, {name: identity for name, (identity, _) in places.items()}))

    def _told_to_stop(self, at_once: bool) -> None:
        if not at_once:
            say(STOPPING)
        elif self.task is not None:
            self.task.cancel()

    @contextmanager
    def _letters(self, wired: Wired) -> Iterator[DeadLetters | None]:
        path = self.sending.dead_letters
        if path is None:
            yield None
            return
        if any(
            Path(source.path).exists() and path.exists() and path.samefile(source.path)
            for source in self.sending.sources
        ):
            fail(f"{path} is read by this run", "name another file for --dead-letters")
        try:
            letters = DeadLetters(path, wired.mask, self._end_early)
        except OSError as error:
            fail(
                f"--dead-letters: can't write {path}: {error.strerror}",
                "name a file in a folder that may be written to",
            )
        self.teller.missing = letters.missing
        try:
            yield letters
        finally:
            letters.close()

    def _end_early(self, because: str) -> None:
        """A dead letter can't be written: end as if told to stop."""
        self.teller.note_unwritten(because)
        self.stop.begin()

    def _progress(self) -> Progress:
        return Progress(self.sending.ledger, self.sending.sources, silent=self.sending.quiet)


async def _start(folders: Mapping[str, Path], stack: AsyncExitStack) -> list[Sandbox]:
    from mapper.sandbox import SandboxError, load_spec, running

    try:
        specs = [load_spec(folder / "sandbox.yaml", name) for name, folder in folders.items()]
        return [await stack.enter_async_context(running(spec)) for spec in specs]
    except SandboxError as error:
        fail(str(error), error.help)
