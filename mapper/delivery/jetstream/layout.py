"""What a queue's streams and buckets must be like: made as such, and looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from mapper.delivery.jetstream.codes import NO_STREAM
from mapper.delivery.jetstream.errors import ClusterError, UnsentError
from mapper.delivery.jetstream.leases import TTL
from mapper.delivery.jetstream.link import Link, RefusedError
from mapper.delivery.jetstream.names import Names

PARTITIONS: Final = 8
REPLICAS: Final = 3
_DUPLICATES: Final = 120
"""Seconds for which a stream knows the parcels that it took."""
_SEEN: Final = 25 * 3600
"""Seconds for which messages are known, and an hour more."""
LEAST_PAYLOAD: Final = 1_000_000
_META: Final = "mapper_partitions"
_S: Final = 1_000_000_000

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What may be chosen.

    Attributes:
        partitions: How many workers can deliver at a time.
        replicas: Copies of everything.
        max_bytes: Of what is to be sent; None: as much as the disks hold.
    """

    partitions: int = PARTITIONS
    replicas: int = REPLICAS
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A setting that is not as it should be.

    Attributes:
        where: The stream or server.
        what: How it is set.
        risk: What that can cost.
        help: What to do about it.
        allow: The option that lets it pass, None where there is none.
    """

    where: str
    what: str
    risk: str
    help: str
    allow: str | None = None


def streams(names: Names, wishes: Wishes) -> list[dict[str, Any]]:
    """All streams, buckets among them, as JetStream's interface has them."""
    shared = {
        "storage": "file",
        "num_replicas": wishes.replicas,
        "discard": "new",
        "max_age": 0,  # without end, as -1 for the next: both would drop messages, whatever `discard` says
        "max_msgs_per_subject": -1,
        "max_msgs": -1,
        "max_msg_size": -1,
    }
    return [
        {
            **shared,
            "name": names.queue,
            "subjects": [names.parcels()],
            "retention": "workqueue",
            "max_bytes": wishes.max_bytes or -1,
            "duplicate_window": _DUPLICATES * _S,
            "metadata": {_META: str(wishes.partitions)},
        },
        {**shared, "name": names.dead, "subjects": [names.letter()], "retention": "limits"},
        {
            **shared,
            "name": names.seen,
            "subjects": [names.seen_of()],
            "retention": "limits",
            "max_age": _SEEN * _S,
        },
        {**shared, **_bucket(names.state)},
        {**shared, **_bucket(names.leases), "max_age": int(TTL * _S), "duplicate_window": int(TTL * _S)},
    ]


def _bucket(name: str) -> dict[str, Any]:
    return {
        "name": f"KV_{name}",
        "subjects": [f"$KV.{name}.>"],
        "retention": "limits",
        "max_msgs_per_subject": 1,
        "allow_rollup_hdrs": True,
        "deny_delete": True,
    }


async def make(link: Link, names: Names, wishes: Wishes) -> list[str]:
    """Make what is missing, or nothing; the names of what was made.

    Raises:
        ClusterError: the cluster does not make it.
    """
    made: list[str] = []
    for config in streams(names, wishes):
        name = config["name"]
        if await stream_of(link, name) is not None:
            continue
        try:
            await link.ask(f"STREAM.CREATE.{name}", config)
        except RefusedError as error:
            await _unmake(link, made)
            raise ClusterError(f"stream {name} can't be made: {error}", _help(wishes, str(error))) from None
        except UnsentError:
            await _unmake(link, made)
            raise
        made.append(name)
    return made


async def _unmake(link: Link, made: Sequence[str]) -> None:
    """Delete what was made a moment ago, and nobody uses yet."""
    for name in made:
        with suppress(RefusedError, UnsentError):
            await link.ask(f"STREAM.DELETE.{name}")


def _help(wishes: Wishes, why: str) -> str:
    if wishes.max_bytes and "insufficient storage" in why:
        return "each server keeps --max-bytes free for it: name less, or let servers store more (`max_file_store`)"
    if wishes.replicas > 1:
        need = f"{wishes.replicas} replicas need a cluster of at least {wishes.replicas} servers with JetStream"
        return f"{need}; where one is enough, and what its disk loses may be lost: --allow-one-replica"
    return "look at the server's log and its limits for JetStream"


async def stream_of(link: Link, name: str) -> dict[str, Any] | None:
    """A stream's settings and state, None where there is none."""
    try:
        return await link.stream(name)
    except RefusedError as error:
        if error.code == NO_STREAM:
            return None
        raise ClusterError(f"stream {name} can't be looked at: {error}") from None


async def partitions_of(link: Link, names: Names) -> int:
    """How many partitions a queue has.

    Raises:
        ClusterError: there is no such queue, or its stream is none of ours.
    """
    found = await stream_of(link, names.queue)
    if found is None:
        raise ClusterError(
            f"there is no queue `{names.name}` in this cluster",
            "`mapper nats init nats://…` makes it; is the name right?",
        )
    text = (found["config"].get("metadata") or {}).get(_META, "")
    if not text.isdigit():
        raise ClusterError(f"stream {names.queue} was not made by `mapper nats init`", "use another name")
    return int(text)


def require_room(link: Link) -> None:
    """Raises :class:`ClusterError` where the server takes no messages as long as the longest call needs."""
    if link.max_payload < LEAST_PAYLOAD:
        raise ClusterError(
            f"the server takes messages of {link.max_payload:,} bytes at most",
            f"set its `max_payload` to 1MB, its own default, or more; {LEAST_PAYLOAD:,} bytes are needed",
        )


async def findings(link: Link, names: Names, wishes: Wishes, *, planned: bool = False) -> list[Finding]:
    """What of the streams is not as it should be.

    Args:
        planned: Look at one that is not there as it would be made; otherwise that it is not is a finding.

    Raises:
        ClusterError: the cluster does not let us look.
    """
    found = await _left_over(link, names) if planned else []
    for wanted in streams(names, wishes):
        info = await stream_of(link, wanted["name"])
        if info is not None or planned:
            found += _compared(wanted, info["config"] if info else wanted)
        else:
            found.append(Finding(wanted["name"], "missing", "nothing works without it", "`mapper nats init` makes it"))
    return found


async def _left_over(link: Link, names: Names) -> list[Finding]:
    """Whether books are there of a stream that is not: they go by numbers, which begin anew in a new stream."""
    books = f"KV_{names.state}"
    if await stream_of(link, names.queue) is not None:
        return []
    left = await stream_of(link, books)
    if left is None or not left["state"]["messages"]:
        return []
    return [
        Finding(
            names.queue,
            f"missing, and what was settled of it is still in {books}",
            "what is put into a new one would be taken for settled, and never sent",
            "use another name, or delete what is left of this queue too (`nats stream rm`), its dead letters last",
        )
    ]


def _compared(wanted: Config, actual: Config) -> Iterator[Finding]:
    name = wanted["name"]
    edit = f"have {REPLICAS} servers, and `nats stream edit NAME --replicas {REPLICAS}` for each of these streams"
    if actual["num_replicas"] == 1:
        yield Finding(name, "1 replica", "what its one disk or machine loses is lost", edit, "--allow-one-replica")
    elif actual["num_replicas"] < REPLICAS:
        count = actual["num_replicas"]
        yield Finding(name, f"{count} replicas", "nothing goes on as soon as one of their servers is away", edit)
    for key, why in _WHYS.items():
        if key in wanted and actual.get(key) != wanted[key]:
            what = f"{key} is {actual.get(key)!r}, not {wanted[key]!r}"
            yield Finding(name, what, why, "somebody changed or made it by hand: set it back, or use another name")


_WHYS: Final = {
    "storage": "what is only in memory is gone once the servers are",
    "discard": "a full stream would drop what it has accepted",
    "retention": "what is delivered would be sent again, or what is not would vanish",
    "subjects": "what is put would not be stored, or elsewhere",
    "max_age": "what waits, letters, books or leases would be forgotten too early, or never",
    "max_msgs_per_subject": "what waits would be dropped, or books would grow without end",
    "max_msgs": "what is put, or written down of it, would be refused though there is room",
    "max_msg_size": "calls that are longer would be refused, and end what puts them",
    "duplicate_window": "what is put again because its answer got lost would be there twice",
}
"""What a setting that differs can cost."""
