"""What ``mapper work`` does: prepare, deliver, and say how it ended."""

from __future__ import annotations

import asyncio

from mapper.app.stopping import Stop
from mapper.app.working import Words, Working, work
from mapper.authoring.quantities import span
from mapper.cli.console import INTERRUPTED, STOPPING, Exit, fail, remark, say
from mapper.cli.preparing import bases_of, prepare, say_mappings, settings_of, wired_for
from mapper.cli.run_checks import check_delivery
from mapper.cli.run_options import Options
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.queue import Delivered, Settlement, WaitedInVain
from mapper.delivery.report import Pause, Trouble
from mapper.delivery.send import BadTrustError, HttpSender


def run_worker(options: Options, *, until_empty: bool) -> None:
    """Deliver until told to stop, or until nothing waits."""
    check_delivery(options)
    project, specs = prepare(options)
    wired = wired_for(project, specs, settings_of(options, specs, None), bases_of(options, specs), long=False)
    say_mappings(options, project, specs)
    assert options.cluster is not None
    words = _Words(options)
    working = Working(
        address=options.cluster,
        targets=wired.targets,
        mask=wired.mask,
        concurrency=options.concurrency,
        grace=span(options.grace) or 0.0,
        until_empty=until_empty,
    )
    try:
        asyncio.run(_main(options, working, words))
    except (QueueFileError, BadTrustError) as error:
        fail(str(error), error.help)
    except asyncio.CancelledError:
        say("stopped at once; what was in flight may arrive, and another worker sends it again")
        raise Exit(INTERRUPTED) from None
    if not options.quiet:
        say(f"this worker: {words.delivered:,} delivered, {words.skipped:,} skipped, {words.dead:,} dead")


async def _main(options: Options, working: Working, words: _Words) -> None:
    task = asyncio.current_task()

    def told(at_once: bool) -> None:
        if not at_once:
            say(STOPPING)
        elif task is not None:
            task.cancel()

    stop = Stop(working.grace, told)
    stop.catch()
    sender = HttpSender(ca_file=options.ca_file, proxy=options.proxy, connections=options.concurrency)
    async with sender:
        await work(working, sender, words, stop)


class _Words(Words):
    """What a worker says on stderr."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.delivered = self.skipped = self.dead = 0

    def on_share(self, partitions: int, of: int, workers: int) -> None:
        if not self._options.quiet:
            say(f"{partitions} of {of} partitions are here; {workers} worker{'s' if workers > 1 else ''}")

    def on_cluster(self, trouble: str | None) -> None:
        remark(f"{self._options.cluster}: {trouble}; waiting" if trouble else f"{self._options.cluster}: going on")

    def on_pause(self, pause: Pause) -> None:
        say(f"{pause.destination}: {pause.because} from {pause.shown_url}; tried again in a minute")
        say(f"  help: {pause.advice}")

    def on_resume(self, destination: str) -> None:
        say(f"{destination}: going on")

    def on_trouble(self, trouble: Trouble) -> None:
        if self._options.verbose:
            when = f"again in {trouble.wait:.1f} s" if trouble.wait is not None else "not tried again for now"
            say(f"{trouble.ruling}: {trouble.destination}: {trouble.because}; {trouble.events} events, {when}")

    def on_settled(self, settlement: Settlement) -> None:
        if isinstance(settlement, Delivered):
            self.delivered += 1
        elif isinstance(settlement, WaitedInVain):
            self.skipped += 1
        else:
            self.dead += 1
            if self._options.verbose:
                say(f"dead: {settlement.item.file}:{settlement.item.line}: {settlement.because}")
