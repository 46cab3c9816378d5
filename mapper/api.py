"""The Python API: load mapping sets, map calls, deliver what they become.

from mapper.api import load

mappings = load(settings={"authKey": "...", "sendKey": "..."})
results = mappings.map([{"type": "track", "userId": "u1", "event": "Signed In", "timestamp": "2024-07-01T10:00:00Z"}])
delivery = mappings.deliver([...])
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mapper.app.hooks import Hooks
from mapper.app.ledger import Ledger
from mapper.app.pipeline import Ending, Limits, run_lines
from mapper.app.places import describer
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import Sources, resolve_all
from mapper.app.wiring import Wired, wire
from mapper.authoring.offsets import locate
from mapper.base.clock import SystemClock
from mapper.base.json import encode
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Dead, Settlement
from mapper.delivery.report import Pause
from mapper.delivery.send import HttpSender
from mapper.engine.target import TargetError
from mapper.records.line import Line
from mapper.records.result import Invalid, Mapped, Request, Result, Skipped, Unmappable
from mapper.render.cells import visible
from mapper.render.located import Located, located

__all__ = [
    "Delivery",
    "Invalid",
    "Limits",
    "LoadError",
    "Located",
    "Mapped",
    "MappingSet",
    "Pause",
    "Request",
    "Skipped",
    "Unmappable",
    "load",
]

Call = Mapping[str, Any] | bytes
"""A Segment call: decoded, or as JSON text in UTF-8."""


class LoadError(Exception):
    """Mappings or settings can't be used; the message has a line for each problem: where, what, and what to do instead.

    No secret is among them.

    Attributes:
        diagnostics: What is wrong with the mappings, in the order of files and lines: each has its ``diagnostic`` and
            its ``primary`` place. Empty where anything else is wrong.
    """

    def __init__(self, message: str, diagnostics: Sequence[Located] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of the calls of one :meth:`MappingSet.deliver`.

    Attributes:
        delivered: Requests that the destination took.
        skipped: Results that are deliberately not sent, by reason.
        dead: What can't be delivered, as ``(number of the call from 1, reason)``.
        pending: Requests that are neither; deliver the calls from `unsettled` on again.
        unsettled: Number of the first call that is not settled, from 1; None where all are.
        pauses: Why nothing more was sent, one for each destination that was given up: what it is ``because`` of, and
            ``advice`` what to look at; secrets masked.
    """

    delivered: int
    skipped: Mapping[str, int]
    dead: tuple[tuple[int, str], ...]
    pending: int
    unsettled: int | None
    pauses: tuple[Pause, ...]


class MappingSet:
    """Mapping sets with their settings, ready to map and to deliver. Made by :func:`load`."""

    def __init__(self, wired: Wired) -> None:
        self._wired = wired

    def map(self, calls: Iterable[Call]) -> list[Result]:
        """Map calls: for each at least one result, whose ``index`` is the call's position. Sends nothing."""
        return self._wired.apply([_raw(call) for call in calls])

    def deliver(self, calls: Iterable[Call], *, limits: Limits | None = None) -> Delivery:
        """Map calls, send what they become, and wait until all is settled or can't be.

        Args:
            calls: Read once, in a thread, and not to the end where the delivery ends early; so it may wait for more. A
                generator is closed then, once the call that it is about to give has come.
            limits: How hard to try. By default a destination that is down is waited for until its requests expire:
                ``Limits(give_up_after=30.0)`` ends after so many seconds without any success.
        """
        return asyncio.run(self._deliver(calls, limits or Limits()))

    async def _deliver(self, calls: Iterable[Call], limits: Limits) -> Delivery:
        ledger, dead = Ledger(), list[tuple[int, str]]()

        def refused(line: Line, result: Invalid | Unmappable) -> None:
            dead.append((line.number, result.reason))

        def settled(settlement: Settlement) -> None:
            if isinstance(settlement, Dead):
                dead.append((settlement.item.line, settlement.because))

        async with HttpSender(connections=limits.concurrency) as sender:
            ending = await run_lines(
                _lines(calls),
                wired=self._wired,
                queue=MemoryQueue(),
                sender=sender,
                clock=SystemClock(),
                ledger=ledger,
                limits=limits,
                hooks=Hooks(on_refused=refused, on_settled=settled),
            )
        return _delivery(ledger, dead, ending)


def load(
    mappings: Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    destinations: Sequence[str] = (),
    base_url: str | None = None,
) -> MappingSet:
    """Load mapping sets and settle where their requests go.

    Args:
        mappings: Folder of mapping sets, or one set; by default ./mappings, else those that ship with mapper.
        settings: By name, or by mapping-set id and name; they beat the environment. Secrets may be among them.
        destinations: Ids of the sets to use; by default those enabled.
        base_url: Send there instead: https, or this machine.

    Raises:
        LoadError: mappings with errors, no such destination, settings that are missing or malformed, or that give no
            URL that requests may go to.
    """
    try:
        project = load_project(mappings)
        _refuse_broken(project)
        specs = project.choose(destinations)
    except ProjectError as error:
        raise LoadError(_line(str(error), error.help)) from None
    given = "the argument `settings`"
    sources = Sources(
        options={},
        file=settings or {},
        environment=os.environ,
        named=given,
        way=given,
        as_text="give it as text",
    )
    values, problems = resolve_all(specs, sources, secrets=True)
    if problems:
        raise LoadError("\n".join(_line(problem.message, problem.help) for problem in problems))
    bases = {spec.id: base_url for spec in specs} if base_url else {}
    try:
        return MappingSet(wire(specs, values, describe=describer(project.documents), base_urls=bases))
    except TargetError as error:
        raise LoadError(_line(str(error), "look at the destination's settings, base and headers")) from None


def _refuse_broken(project: Project) -> None:
    errors = project.errors
    if errors:
        found = located(errors, partial(locate, documents=project.documents))
        raise LoadError("\n".join(map(_told, found)), found)


def _told(found: Located) -> str:
    place, what = found.primary, found.diagnostic
    return _line(f"{place.file}:{place.line}:{place.column}: {what.severity}[{what.code}]: {what.message}", what.help)


def _line(message: str, advice: str | None) -> str:
    return visible(f"{message}; {advice}" if advice else message)


def _raw(call: Call) -> bytes:
    return call if isinstance(call, bytes) else encode(call)


def _lines(calls: Iterable[Call]) -> Iterator[Line]:
    try:
        for number, call in enumerate(calls, 1):
            yield Line(raw=_raw(call), number=number, file="calls")
    finally:
        if isinstance(calls, Generator):
            calls.close()


def _delivery(ledger: Ledger, dead: list[tuple[int, str]], ending: Ending) -> Delivery:
    return Delivery(
        delivered=ledger.delivered,
        skipped=dict(ledger.skipped),
        dead=tuple(dead),
        pending=ending.waiting,
        unsettled=ending.unsettled[1] if ending.unsettled else None,
        pauses=ending.pauses,
    )
