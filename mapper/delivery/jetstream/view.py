"""How a queue in a cluster stands, over all of its workers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mapper.base.json import decode
from mapper.delivery.durable.view import View
from mapper.delivery.jetstream.book import Book, Entry, decode_book
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.letters import DROPS
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.room import Room
from mapper.delivery.queue import DROPPED, TargetKey

UNREAD: Final[TargetKey] = ("stream", "unread")
"""Under which is counted what no worker has read yet: what it is for is not known."""
_TRIES: Final = 8
_PAUSE: Final = 0.1
_BREAKERS: Final = ("closed", "half-open", "open", "paused")


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A queue in a cluster.

    Attributes:
        view: What a queue in a file says too.
        workers: What each worker says of itself: ``id``, ``host``, ``process`` and ``partitions``.
        partitions: How many there are.
        room: How much of what it may take the queue has.
    """

    view: View
    workers: Sequence[Mapping[str, Any]]
    partitions: int
    room: Room


async def look(link: Link, names: Names, partitions: int) -> ClusterView:
    """Look at a queue; who works on it goes on meanwhile.

    The parts of a cluster can't be looked at in one moment: where books changed meanwhile it is looked at again, a few
    times. What is shown may then be wrong by what was settled in between, and is right once nothing moves.
    """
    state = Bucket(link, names.state)
    for _ in range(_TRIES):
        before = await _books(link, names, state, partitions)
        info = await link.stream(names.queue, names.parcels())
        if await _books(link, names, state, partitions) == before:
            break
        await asyncio.sleep(_PAUSE)
    books = [book for _, book in before]
    stored = _stored(info)
    unread = sum([await _unread(link, names, number, book, stored[number]) for number, book in enumerate(books)])
    ledger: Counter[Entry] = Counter()
    pending: Counter[TargetKey] = Counter({UNREAD: unread})
    for book in books:
        ledger.update(book.ledger)
        pending.update(book.waiting)
    ledger["read", ""] += unread
    ledger.update(await _drops(state))
    workers = await _workers(Bucket(link, names.leases))
    letters = await link.stream(names.dead)
    first = info["state"]["first_ts"]
    view = View(
        holder=0 if workers else None,
        ledger=+ledger,
        pending=Counter({target: count for target, count in pending.items() if count}),
        oldest=_milliseconds(first) if pending.total() else None,
        letters=int(letters["state"]["messages"]),
        live=_together(workers),
    )
    return ClusterView(view, workers, partitions, _room(info))


async def _books(link: Link, names: Names, state: Bucket, partitions: int) -> list[tuple[int, Book]]:
    """All books, each with its revision, without the parcels that the stream has forgotten by now."""

    async def read(number: int) -> tuple[int, Book]:
        value, revision = await state.get(f"book.{number}")
        book = decode_book(value) if value else Book()
        found = await asyncio.gather(*(link.message(names.queue, {"seq": each}) for each in book.done))
        book.done = {each: size for (each, size), there in zip(book.done.items(), found, strict=True) if there}
        return revision, book

    return await asyncio.gather(*map(read, range(partitions)))


def _room(info: Mapping[str, Any]) -> Room:
    bound = int(info["config"].get("max_bytes", -1))
    return Room(int(info["state"]["bytes"]), bound if bound > 0 else None, int(info["state"]["messages"]))


def _stored(info: Mapping[str, Any]) -> Counter[int]:
    """Requests in the stream by partition: how many a message has is the last word of its subject."""
    subjects: Mapping[str, int] = info["state"].get("subjects") or {}
    found: Counter[int] = Counter()
    for subject, messages in subjects.items():
        partition, items = subject.split(".")[-2:]
        found[int(partition)] += int(items) * messages
    return found


async def _unread(link: Link, names: Names, partition: int, book: Book, stored: int) -> int:
    """Requests of parcels that no worker has read.

    The stream may have for a while what was acknowledged: a server that was cut off, and leads it now, learns of that
    later. So there must be a parcel behind the last one that is counted in.
    """
    found = stored - (book.items - book.settled + book.kept)
    if found <= 0:
        return found
    behind = {"seq": book.high + 1, "next_by_subj": names.parcels(partition)}
    return found if await link.message(names.queue, behind) else 0


async def _drops(state: Bucket) -> Counter[Entry]:
    entry = await state.get(DROPS)
    found: dict[str, int] = decode(entry.value) if entry.value else {}
    return Counter({(DROPPED, why): count for why, count in found.items()})


async def _workers(leases: Bucket) -> list[dict[str, Any]]:
    keys = await leases.keys("w.")
    entries = await asyncio.gather(*map(leases.get, keys))
    return [
        {"id": key.removeprefix("w."), **decode(entry.value)}
        for key, entry in zip(keys, entries, strict=True)
        if entry.value
    ]


def _together(workers: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, Any]]:
    """What workers say of themselves as if they were one."""
    requests: dict[str, dict[str, Any]] = {}
    errors: list[tuple[int, Any]] = []
    for worker in workers:
        for request, standing in worker.get("requests", {}).get("value", {}).items():
            requests[request] = _both(requests[request], standing) if request in requests else dict(standing)
        if "last_error" in worker:
            errors.append((worker["last_error"]["value"]["at"], worker["last_error"]["value"]))
    live: dict[str, tuple[int, Any]] = {"requests": (0, requests)}
    if errors:
        live["last_error"] = max(errors, key=lambda each: each[0])
    return live


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    times = [each["not_before"] for each in (one, other) if each["not_before"] is not None]
    return {
        "breaker": max(one["breaker"], other["breaker"], key=_BREAKERS.index),
        "concurrency": one["concurrency"] + other["concurrency"],
        "in_flight": one["in_flight"] + other["in_flight"],
        "not_before": max(times, default=None),
    }


def _milliseconds(text: str) -> int:
    """Of a time as the server writes it, with nanoseconds."""
    return round(datetime.fromisoformat(text[:19] + "+00:00").timestamp() * 1000)
