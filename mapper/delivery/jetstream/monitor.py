"""What servers say of themselves over HTTP: how they write to their disks is told nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from mapper.delivery.jetstream.layout import Finding
from mapper.delivery.jetstream.link import Identity

_TIMEOUT: Final = 5.0
_ALLOW: Final = "--allow-sync-interval"
_RISK: Final = "where all servers lose power at once, those that do not wait for their disks lose what they took last"
_NAME_ALL: Final = "name the monitoring of every server: --monitor http://HOST:8222, once for each"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one server says.

    Attributes:
        identity: Who it is.
        peers: Names of the servers with JetStream that it knows of, itself included.
        size: How many there are by its count; at least 1.
        interval: Seconds between its writes to the disk; None: it waits for each.
    """

    identity: Identity
    peers: frozenset[str]
    size: int
    interval: float | None


async def disk_findings(monitors: Sequence[str], connected: Identity) -> list[Finding]:
    """Whether every server of a cluster waits for its disk, and which were not asked.

    Args:
        monitors: Addresses of their monitoring.
        connected: Who answers where the queue's address leads.
    """
    if not monitors:
        return [Finding("the servers", "nobody asked how they write to their disks", _RISK, _NAME_ALL, _ALLOW)]
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
        found = await asyncio.gather(*(_ask(client, url) for url in monitors))
    asked = [each for each in found if isinstance(each, Asked)]
    silent = [each for each in found if isinstance(each, Finding)]
    return [*silent, *_lazy(asked), *_not_asked(asked, connected)]


async def _ask(client: httpx.AsyncClient, url: str) -> Asked | Finding:
    try:
        answer = await client.get(url.rstrip("/") + "/varz")
        return _read(answer.raise_for_status().json())
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError, AttributeError):
        return Finding(
            _shown(url),
            "no NATS server with JetStream tells there how it writes to its disk",
            _RISK,
            "is it running, with `http: HOST:8222` in its configuration, and can this machine reach it?",
            _ALLOW,
        )


def _read(said: dict[str, Any]) -> Asked:
    jetstream = said["jetstream"]
    meta, name = jetstream.get("meta") or {}, str(said["server_name"])
    names = {name, meta.get("leader"), *(each.get("name") for each in meta.get("replicas") or ())}
    config = jetstream["config"]
    return Asked(
        identity=Identity(name, str(said["server_id"])),
        peers=frozenset(str(each) for each in names if each),
        size=max(int(meta.get("cluster_size", 1)), 1),
        interval=None if config.get("sync_always") else int(config.get("sync_interval", 0)) / 1e9,
    )


def _shown(url: str) -> str:
    """Without credentials."""
    scheme, colon, rest = url.rpartition("://")
    return f"{scheme}{colon}{rest.rpartition('@')[2]}"


def _lazy(asked: Sequence[Asked]) -> Iterator[Finding]:
    for each in asked:
        if each.interval is not None:
            yield Finding(
                each.identity.name,
                f"sync_interval is {each.interval:,.10g} s, not `always`",
                f"where all servers lose power at once, what they took in the last {each.interval:,.10g} s is lost",
                "set `sync_interval: always` in its `jetstream { … }` and restart it",
                _ALLOW,
            )


def _not_asked(asked: Sequence[Asked], connected: Identity) -> Iterator[Finding]:
    """Pure: by name where one is known, by number where it is not."""
    if not asked:
        return  # each of them is a finding already
    ids, names = {each.identity.id for each in asked}, {each.identity.name for each in asked}
    known = {name for each in asked for name in each.peers} - names
    if connected.id and connected.id not in ids:
        known.add(connected.name)
    total = max(len(ids) + len(known), *(each.size for each in asked))
    unnamed = total - len(ids) - len(known)
    if total > len(ids):
        where = [*sorted(known), *([f"{unnamed} more"] if unnamed else [])]
        yield Finding(
            ", ".join(where),
            f"not asked how they write to their disks ({len(ids)} of {total} servers told)",
            _RISK,
            _NAME_ALL,
            _ALLOW,
        )
