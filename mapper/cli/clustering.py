"""What ``mapper nats`` does, and how commands come to a queue in a cluster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mapper.base.extras import pip_install
from mapper.cli.console import FINDINGS, Exit, fail, say
from mapper.cli.options import is_cluster

if TYPE_CHECKING:
    from mapper.delivery.jetstream.address import Address
    from mapper.delivery.jetstream.layout import Finding
    from mapper.delivery.jetstream.link import Link
    from mapper.delivery.jetstream.names import Names


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
    try:
        import nats.aio.client  # noqa: F401 - whether it is there
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "nats":
            raise
        fail("a queue in NATS needs the extra `nats`", pip_install("nats"))


def with_link(address: Address, work: Callable[[Link], Awaitable[None]]) -> None:
    """Connect and do something, or end the command with what is wrong."""
    import asyncio

    from mapper.delivery.jetstream.errors import ClusterError
    from mapper.delivery.jetstream.link import connected

    async def main() -> None:
        async with connected(
            address, lambda trouble: say(f"{address}: {trouble}; waiting") if trouble else None
        ) as link:
            await work(link)

    try:
        asyncio.run(main())
    except ClusterError as error:
        fail(str(error), error.help)


def init_cluster(text: str, partitions: int, max_bytes: str | None, monitors: list[str], allowed: Allowed) -> None:
    """Make what is missing, and check all of it."""
    address = address_of(text)
    from mapper.authoring.quantities import size

    most = None if max_bytes is None else size(max_bytes)
    if max_bytes is not None and most is None:
        fail(f"--max-bytes: can't read `{max_bytes}`", "write 500MB or 50GB")
    from mapper.delivery.jetstream.layout import Wishes, make, partitions_of
    from mapper.delivery.jetstream.names import Names

    wishes = Wishes(partitions=partitions, replicas=1 if allowed.one_replica else 3, max_bytes=most)

    async def work(link: Link) -> None:
        names = Names(address.name)
        if made := await make(link, names, wishes):
            print(f"made {', '.join(made)}")
        if (there := await partitions_of(link, names)) != partitions:
            say(f"{address}: there are {there} partitions already; how many is told once, when the queue is made")
        await _check(link, names, monitors, allowed)

    with_link(address, work)


def check_cluster(text: str, monitors: list[str], allowed: Allowed) -> None:
    """Say what is not as it should be."""
    address = address_of(text)
    from mapper.delivery.jetstream.names import Names

    async def work(link: Link) -> None:
        await _check(link, Names(address.name), monitors, allowed)

    with_link(address, work)


async def _check(link: Link, names: Names, monitors: list[str], allowed: Allowed) -> None:
    from mapper.delivery.jetstream.layout import Finding, findings
    from mapper.delivery.jetstream.monitor import disk_findings

    found = await findings(link, names) + await disk_findings(monitors)
    if not monitors:
        found.append(
            Finding(
                "servers",
                "whether they wait for their disks is not known: no --monitor was given",
                "with any `sync_interval` but `always`, servers that lose power together lose what they acknowledged",
                "--allow-sync-interval",
            )
        )
    refused = [each for each in found if not allowed.lets(each)]
    for (what, risk, allow), streams in grouped(found).items():
        is_refused = any(each in refused for each in found if (each.what, each.risk, each.allow) == (what, risk, allow))
        print(f"{'unsafe' if is_refused else 'allowed'}: {', '.join(streams)}: {what}\n  {risk}")
        if is_refused and allow:
            print(f"  {allow} takes it all the same")
    if refused:
        raise Exit(FINDINGS)
    print(f"queue {names.name}: all is as it should be" + (", but for what is allowed" if found else ""))


def grouped(found: Sequence[Finding]) -> dict[tuple[str, str, str | None], list[str]]:
    """What is wrong in the same way, once, with all that it is wrong with."""
    groups: dict[tuple[str, str, str | None], list[str]] = {}
    for each in found:
        groups.setdefault((each.what, each.risk, each.allow), []).append(each.where)
    return groups
