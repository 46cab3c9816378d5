"""Opening the queue of a run, and finding where its files go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import Protocol

from mapper.app.ledger import Ledger
from mapper.app.resume import Begin, Identity, begin_of, identify
from mapper.base.clock import Clock
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.errors import DiskError, QueueFileError
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.view import view
from mapper.delivery.queue import Position, TargetKey
from mapper.intake.sources import STANDARD_INPUT, Source


class Positioned(Protocol):
    """A queue that knows how far files have been read."""

    async def position(self, path: str) -> Position | None:
        """How far, None where it was not."""
        ...


def open_queue(
    path: Path, targets: Collection[TargetKey], clock: Clock, on_trouble: Callable[[str | None], None]
) -> DurableQueue:
    """Open or create a queue; it is refused where something in it could not be sent.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: it can't be used.
    """
    queue = DurableQueue(Database(path), clock, on_trouble=on_trouble)
    for (destination, name), count in sorted(queue.targets.items()):
        if (destination, name) not in targets:
            queue.shut()
            raise QueueFileError(
                f"{path}: {count:,} requests wait for `{destination}/{name}`, which is not there any more",
                f"run with the mappings that have it, and --destination {destination} if it does not run by itself",
            )
    return queue


async def keep_apart(queue: DurableQueue, *, sandbox: bool) -> None:
    """Refuse to use up in a sandbox what waits for the real destination, and remember what the queue is for.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: something waits that no run with a sandbox put there alone.
    """
    was_sandbox = await queue.told("sandbox") == "true"
    pending = queue.counts().pending
    if sandbox and pending and not was_sandbox:
        raise QueueFileError(
            f"{queue.path}: what waits in it ({pending:,}) is for the real destination, and --sandbox would use it up",
            "name another queue for the sandbox, or leave out --sandbox",
        )
    if sandbox != was_sandbox:
        await queue.tell("sandbox", "true" if sandbox else "false")


def require_balance(path: Path) -> None:
    """Hold the law of the ledger against what stands in the file, which is what the next run finds.

    Raises:
        mapper.app.ledger.UnbalancedError: it does not hold.
    """
    try:
        found = view(path)
    except DiskError:  # the disk is full, say, which is no fault of what was written
        return
    Ledger.of(found.ledger).check(found.pending.total())


async def places_of(queue: Positioned, sources: Sequence[Source]) -> dict[str, tuple[Identity, Begin]]:
    """By name, the files that can be gone on with: what tells them, and where to go on.

    Raises:
        mapper.intake.sources.IntakeError: a file is not the one that was read before.
    """
    places: dict[str, tuple[Identity, Begin]] = {}
    for source in sources:
        if source.path != STANDARD_INPUT and S_ISREG(Path(source.path).stat().st_mode):
            found = identify(source)
            places[source.name] = found, begin_of(source, found, await queue.position(found.path))
    return places
