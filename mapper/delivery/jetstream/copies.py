"""Whether all servers have what they are to have a copy of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mapper.delivery.jetstream.layout import Finding, Wishes, stream_of, streams
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names

_LOOKS: Final = 5
_PAUSE: Final = 1.0
"""Seconds between looks: a copy that is behind for a moment is as it should be."""
_SILENT: Final = 4.0
"""Seconds without a word from a server that says something every second: that it is away the others learn much later,
where it could not tell them."""
_FAR: Final = 1_000
"""Entries behind which a copy may be while it gets on: what is under way is not there yet."""
_RISK: Final = "is on the other servers' disks alone, and nothing goes on once one of them is away"


class Copy(NamedTuple):
    """What a stream's leader says of another server."""

    away: bool
    current: bool
    lag: int


Look = Mapping[tuple[str, str], Copy]
"""By server and stream."""


async def copy_findings(link: Link, names: Names) -> list[Finding]:
    """Servers that are away, or whose copies are behind, for longer than a moment.

    Raises:
        ClusterError: the cluster does not let us look.
    """
    looks: list[Look] = []
    while len(looks) < _LOOKS:
        if looks:
            await asyncio.sleep(_PAUSE)
        looks.append(await _look(link, names))
        if all(each.current and not each.away for each in looks[-1].values()):
            return []
    return list(_lasting(looks))


async def _look(link: Link, names: Names) -> Look:
    found: dict[tuple[str, str], Copy] = {}
    for wanted in streams(names, Wishes()):
        info: Mapping[str, Any] = await stream_of(link, wanted["name"]) or {}
        for each in (info.get("cluster") or {}).get("replicas") or ():
            away = bool(each.get("offline")) or each.get("active", 0) > _SILENT * 1e9
            copy = Copy(away, bool(each.get("current")), int(each.get("lag", 0)))
            found[str(each["name"]), wanted["name"]] = copy
    return found


def _lasting(looks: Sequence[Look]) -> Iterator[Finding]:
    """Pure: what each look has seen."""
    away: set[str] = set()
    behind: dict[str, dict[str, int]] = {}
    for server, stream in looks[-1]:
        seen = [look[server, stream] for look in looks if (server, stream) in look]
        if all(each.away for each in seen):
            away.add(server)
        elif len(seen) == len(looks) and all(_is_behind(each) for each in seen) and not _gets_on(seen):
            behind.setdefault(server, {})[stream] = seen[-1].lag
    for server in sorted(away):
        yield Finding(
            server,
            "away: its copies are not kept up",
            f"what comes {_RISK}",
            "start it, and look at its log and its routes to the others; see `nats server report jetstream`",
        )
    for server, lags in sorted(behind.items()):
        if server not in away:
            which = ", ".join(f"{stream} by {lag:,}" if lag else stream for stream, lag in lags.items())
            yield Finding(
                server,
                f"not current: its copies are behind ({which})",
                f"what it lacks {_RISK}",
                "wait until `nats stream info` calls it current; if it gets no closer, look at its disk and its log",
            )


def _is_behind(copy: Copy) -> bool:
    return copy.away or not copy.current


def _gets_on(seen: Sequence[Copy]) -> bool:
    """It is a little behind, and not always by as much: calls come in."""
    lags = {each.lag for each in seen}
    return len(lags) > 1 and max(lags) < _FAR
