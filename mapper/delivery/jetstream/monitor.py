"""What a server says of itself over HTTP: how it writes to its disk is told nowhere else."""

from __future__ import annotations

from typing import Any

import httpx

from mapper.delivery.jetstream.layout import Finding

_TIMEOUT = 5.0


async def disk_findings(monitors: list[str]) -> list[Finding]:
    """Whether each of these servers waits for its disk, given the addresses of their monitoring."""
    async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
        return [found for url in monitors if (found := await _look(client, url)) is not None]


async def _look(client: httpx.AsyncClient, url: str) -> Finding | None:
    try:
        answer = await client.get(url.rstrip("/") + "/jsz")
        config: dict[str, Any] = answer.raise_for_status().json().get("config") or {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return Finding(url, "no monitoring of a NATS server answers there", "how it writes to its disk is not known")
    if config.get("sync_always"):
        return None
    seconds = int(config.get("sync_interval", 0)) / 1e9
    return Finding(
        url,
        f"sync_interval is {seconds:g} s, not `always`",
        f"servers that lose power together lose what they acknowledged in the last {seconds:g} s",
        "--allow-sync-interval",
    )
