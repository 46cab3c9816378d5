"""What a queue file holds after the power came back, and whether that is what was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mapper.delivery.durable.check import check
from mapper.delivery.durable.database import Database, connect_to_read, explained
from mapper.delivery.durable.letters import Choice, letters
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Letter
from tests.delivery.durable.kit import HandClock, drain
from tests.delivery.durable.power.workload import SOURCE, Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found in a file.

    Attributes:
        attempts: By item, how often it was tried; these are all that is to be sent.
        pending: How many there should be of these.
        totals: The ledger, by kind.
        letters: Dead ones.
        line: The read position.
        findings: What `check` has to say.
    """

    attempts: dict[int, int]
    pending: int
    totals: Counter[str]
    letters: list[Letter]
    line: int
    findings: list[str]


async def look_into(path: Path) -> Found:
    """Start on a file, and send what is in it.

    Raises:
        QueueFileError: the file is refused.
    """
    queue = DurableQueue(Database(path), HandClock(), window=10_000)
    try:
        with closing(connect_to_read(path)) as reader, explained(path):
            dead = [kept.letter for kept in letters(reader, Choice())]
        position = await queue.position(SOURCE)
        findings = check(path)
        totals: Counter[str] = Counter()
        for (kind, _), results in queue.ledger.items():
            totals[kind] += results
        pending = queue.counts().pending
        left = await drain(queue)
        return Found(
            attempts={each.id: each.attempts for each in left},
            pending=pending,
            totals=totals,
            letters=dead,
            line=position.line if position else 0,
            findings=[finding.message for finding in findings],
        )
    finally:
        queue.shut()


def broken_promises(known: Known, found: Found) -> Iterator[str]:
    """What was promised and does not hold."""
    yield from _of_items(known, found)
    yield from _of_counts(known, found)
    yield from found.findings
    for each, attempts in known.attempts.items():
        if found.attempts.get(each, attempts) < attempts:
            yield f"attempts of item {each} forgotten"


def _of_items(known: Known, found: Found) -> Iterator[str]:
    present = set(found.attempts)
    for offer in known.offers.values():
        ids = set(offer.ids)
        if offer.line in known.accepted:
            if lost := ids - known.ending - present:
                yield f"accepted and lost: {sorted(lost)}"
        elif ids & present and not ids <= present:
            yield f"half of an arrival: {sorted(ids & present)} of {sorted(ids)}"
    if back := present & known.ended:
        yield f"settled and back: {sorted(back)}"
    if strange := present - {each for offer in known.offers.values() for each in offer.ids}:
        yield f"never put: {sorted(strange)}"


def _of_counts(known: Known, found: Found) -> Iterator[str]:
    totals = found.totals
    if found.pending != len(found.attempts):
        yield f"{found.pending} pending, but {len(found.attempts)} sent"
    settled = totals["delivered"] + totals["skipped"] + totals["invalid"] + totals["rejected"]
    if totals["read"] != settled + found.pending:
        yield f"the ledger does not balance: {dict(totals)}, {found.pending} pending"
    if len(found.letters) != totals["invalid"] + totals["rejected"]:
        yield f"{len(found.letters)} letters, {dict(totals)}"
    if lost := known.dead - {each.body for each in found.letters}:
        yield f"{len(lost)} dead letters lost"
    if found.line < max(known.accepted, default=0):
        yield f"position {found.line} is behind what was accepted"
    if totals["read"] != sum(offer.read for line, offer in known.offers.items() if line <= found.line):
        yield f"position {found.line} does not go with {totals['read']} results"
