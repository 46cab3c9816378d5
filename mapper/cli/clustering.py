"""What ``mapper nats`` does, and how commands come to a queue in a cluster."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mapper.base.extras import pip_install
from mapper.cli.console import FINDINGS, Exit, colored, fail, note, remark, wrapping
from mapper.cli.options import is_cluster
from mapper.render.fold import folded
from mapper.render.paint import paint

if TYPE_CHECKING:
    from mapper.delivery.jetstream.address import Address
    from mapper.delivery.jetstream.layout import Finding, Wishes
    from mapper.delivery.jetstream.link import Link
    from mapper.delivery.jetstream.names import Names

_UNBOUNDED: Final = (
    "once it has filled the disks of its servers, or what they let it have, workers can write nothing either,"
    " and so can't empty it; --max-bytes bounds it"
)
_PATIENCE: Final = 15.0
"""Seconds for which a cluster may hold up a command that looks; an election takes up to 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What is taken in spite of its risk."""

    one_replica: bool
    sync_interval: bool

    def lets(self, finding: Finding) -> bool:
        """Whether it lets this pass."""
        options = {"--allow-one-replica": self.one_replica, "--allow-sync-interval": self.sync_interval}
        return finding.allow is not None and options[finding.allow]


def address_of(text: str) -> Address:
    """The address of a cluster, or the end of the command."""
    require_client()
    from mapper.delivery.jetstream.address import parse
    from mapper.delivery.jetstream.errors import ClusterError

    if not is_cluster(text):
        fail("this is not the address of a NATS cluster", "write nats://host:4222/name, several hosts with commas")
    try:
        return parse(text)
    except ClusterError as error:
        fail(str(error), error.help)


def cluster_of(queue: str | None) -> Address | None:
    """The address of a cluster, where that is what a queue is; None where it is a file."""
    return address_of(queue) if queue is not None and is_cluster(queue) else None


def require_client() -> None:
    """End the command where the extra is not installed."""
    from mapper.delivery.jetstream.extra import is_installed

    if not is_installed():
        fail("a queue in NATS needs the extra `nats`", pip_install("nats"))


def with_link(address: Address, work: Callable[[Link], Awaitable[None]], *, patient: bool = False) -> None:
    """Connect and do something, or end the command with what is wrong.

    Args:
        patient: Go on waiting for a cluster that was there; otherwise it is given up after a while.
    """
    import asyncio

    from mapper.delivery.jetstream.connecting import connected
    from mapper.delivery.jetstream.errors import MAJORITY, ClusterError, UnsentError

    async def main() -> None:
        link: Link | None = None
        giving_up: asyncio.TimerHandle | None = None

        def told(trouble: str | None) -> None:
            nonlocal giving_up
            if giving_up is not None:
                giving_up.cancel()
                giving_up = None
            if trouble is not None:
                remark(f"{address}: {trouble}; waiting")
                if link is not None and not patient:
                    giving_up = asyncio.get_running_loop().call_later(_PATIENCE, link.hasten)

        async with connected(address, told) as found:
            link = found
            await work(link)

    try:
        asyncio.run(main())
    except UnsentError as error:
        fail(f"{address}: {error.trouble}", MAJORITY)
    except ClusterError as error:
        fail(str(error), error.help)


def init_cluster(text: str, partitions: int, max_bytes: str | None, monitors: list[str], allowed: Allowed) -> None:
    """Look whether all is safe, and only then make what is missing."""
    address = address_of(text)
    from mapper.authoring.quantities import size

    most = None if max_bytes is None else size(max_bytes)
    if max_bytes is not None and not most:
        fail(f"--max-bytes: can't read `{max_bytes}`", "write 500MB or 50GB")
    from mapper.delivery.jetstream.layout import Wishes, findings, make, partitions_of, stream_of
    from mapper.delivery.jetstream.monitor import disk_findings
    from mapper.delivery.jetstream.names import Names
    from mapper.delivery.jetstream.origin import origin_findings

    wishes = Wishes(partitions=partitions, replicas=1 if allowed.one_replica else 3, max_bytes=most)
    _require_urls(monitors)

    async def work(link: Link) -> None:
        names = Names(address.name)
        there = await stream_of(link, names.queue)
        if there is not None:
            _note_what_stays(names, wishes, await partitions_of(link, names), there["config"].get("max_bytes", -1))
        found = [*await findings(link, names, wishes, planned=True), *await origin_findings(link, names)]
        found += await disk_findings(monitors, await link.server())
        _require_safe(found, allowed, f"queue {names.name} is refused: nothing was made or changed")
        if made := await make(link, names, wishes):
            _show(f"made {', '.join(made)}")
            if wishes.max_bytes is None:
                note(f"nothing bounds queue {names.name}: {_UNBOUNDED}")
        _show(_all_is_well(names, found))

    with_link(address, work)


def _note_what_stays(names: Names, wishes: Wishes, partitions: int, most: int) -> None:
    """Wishes that a queue which is there does not follow."""
    if partitions != wishes.partitions:
        note(f"queue {names.name} has {partitions} partitions and keeps them: how many is told once, when it is made")
    if wishes.max_bytes is not None and most != wishes.max_bytes:
        bound = f"takes {most:,} bytes at most" if most > 0 else "takes as much as the disks hold"
        edit = f"`nats stream edit {names.queue} --max-bytes {wishes.max_bytes}`"
        note(f"queue {names.name} {bound} and goes on so; {edit} changes that")


def _require_urls(monitors: list[str]) -> None:
    if not all(each.startswith(("http://", "https://")) for each in monitors):
        fail("--monitor: this is no address of a server's monitoring", "write http://HOST:8222")


def check_cluster(text: str, monitors: list[str], allowed: Allowed) -> None:
    """Say what is not as it should be."""
    address = address_of(text)
    _require_urls(monitors)
    from mapper.delivery.jetstream.copies import copy_findings
    from mapper.delivery.jetstream.layout import Wishes, findings, partitions_of
    from mapper.delivery.jetstream.monitor import disk_findings
    from mapper.delivery.jetstream.names import Names
    from mapper.delivery.jetstream.origin import origin_findings

    async def work(link: Link) -> None:
        names = Names(address.name)
        wishes = Wishes(partitions=await partitions_of(link, names))
        found = [*await findings(link, names, wishes), *await origin_findings(link, names)]
        found += await copy_findings(link, names)
        found += await disk_findings(monitors, await link.server())
        _require_safe(found, allowed, f"queue {names.name} is not as it should be")
        _show(_all_is_well(names, found))

    with_link(address, work)


def _all_is_well(names: Names, found: Sequence[Finding]) -> str:
    return f"queue {names.name}: all is as it should be" + (", but for what is allowed" if found else "")


def _require_safe(found: Sequence[Finding], allowed: Allowed, verdict: str) -> None:
    """Say what was found, and end the command where some of it is not allowed."""
    for where, each in grouped(found):
        lets = allowed.lets(each)
        word, tint = ("allowed", "33") if lets else ("unsafe", "1;31")
        first, *more = folded(f"{word}: {', '.join(where)}: {each.what}", wrapping(sys.stdout))
        print("\n".join([paint(tint, word, colored(sys.stdout)) + first.removeprefix(word), *more]))
        _show(f"risk: {each.risk}", "  ")
        if not lets:
            _show(f"help: {each.help}", "  ")
            if each.allow:
                _show(f"or take the risk: {each.allow}", " " * 8)
    if not all(map(allowed.lets, found)):
        _show(verdict)
        raise Exit(FINDINGS)


def _show(text: str, indent: str = "") -> None:
    print("\n".join(folded(text, wrapping(sys.stdout), indent=indent)))


def grouped(found: Sequence[Finding]) -> list[tuple[list[str], Finding]]:
    """What is wrong in the same way, once, with all that it is wrong with."""
    groups: dict[Finding, list[str]] = {}
    for each in found:
        groups.setdefault(replace(each, where=""), []).append(each.where)
    return [(where, each) for each, where in groups.items()]
