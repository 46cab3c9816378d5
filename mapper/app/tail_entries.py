"""What happens in a server as entries of its live view, and where that is to be had."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from mapper.app.mapping import Pair
from mapper.app.mask import mask_bytes
from mapper.base.json import JsonError, decode
from mapper.delivery.queue import Dead, Delivered, Settlement, WaitedInVain
from mapper.delivery.report import Trouble
from mapper.expressions.functions.instant import epoch_ms
from mapper.intake.fields import fields_of
from mapper.records.result import Invalid, Mapped, Skipped
from mapper.records.tail import TailEntry
from mapper.render.letters import plain

_LONGEST: Final = 200
"""Characters of what a call says of itself: it may say anything."""
_LONGEST_ADDRESS: Final = 100
"""Bytes of a socket's path that every system takes."""


def socket_of(queue: Path) -> Path:
    """The socket of the server that has a queue, the same by whatever name the queue is called."""
    return Path(f"{os.path.realpath(queue)}.tail")


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """A socket's path as it may be given to the system, which takes short ones alone.

    Raises:
        OSError: its folder can't be opened.
    """
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def entries_of(pairs: Sequence[Pair], at: int) -> Iterator[tuple[TailEntry, bytes, bytes | None]]:
    """Entries for results of calls that came in at a time, each with its call and what that became."""
    for line, result in pairs:
        if isinstance(result, Invalid):
            entry = TailEntry(at=at, outcome="dead", source=line.file, reason="invalid", because=result.reason)
            yield entry, line.raw, None
            continue
        mapped = isinstance(result, Mapped)
        entry = TailEntry(
            at=at,
            outcome="queued" if mapped else "skipped" if isinstance(result, Skipped) else "dead",
            source=line.file,
            type=_shown(result.type),
            message_id=_shown(result.message_id),
            destination=result.destination,
            mapping=result.mapping,
            request=result.request.name if isinstance(result, Mapped) else None,
            reason=None if isinstance(result, Mapped | Skipped) else "unmappable",
            because=None if isinstance(result, Mapped) else result.reason,
        )
        yield entry, line.raw, result.request.body if isinstance(result, Mapped) else None


def entry_of(settlement: Settlement, at: int) -> TailEntry:
    """The end of a request."""
    item = settlement.item
    received = _received(item.call)
    return TailEntry(
        at=at,
        outcome=settlement.outcome,
        source=item.file,
        type=_shown(item.type),
        message_id=_shown(item.message_id),
        destination=item.request.destination,
        mapping=item.request.mapping,
        request=item.request.name,
        reason=settlement.reason if isinstance(settlement, Dead) else None,
        because=None if isinstance(settlement, Delivered) else settlement.because,
        status=None if isinstance(settlement, WaitedInVain) else settlement.status,
        attempts=settlement.attempts,
        seconds=None if received is None else max(at - received, 0) / 1000,
    )


def entry_of_trouble(trouble: Trouble, at: int) -> TailEntry:
    """A request that has to be repeated."""
    return TailEntry(
        at=at,
        outcome="retry",
        destination=trouble.destination,
        request=trouble.name,
        reason=trouble.ruling,
        because=trouble.because,
        status=trouble.status,
        wait=trouble.wait,
        count=trouble.events,
    )


def with_payload(entry: TailEntry, call: bytes, body: bytes | None, mask: Callable[[str], str]) -> TailEntry:
    """The same entry, with a call and what it became, in which secrets are masked that its sender wrote into it."""
    shown = plain("call", "raw", mask_bytes(mask, call))
    became = msgspec.UNSET if body is None else msgspec.Raw(mask_bytes(mask, body))
    return msgspec.structs.replace(entry, **shown, body=became)


def short(text: str) -> str:
    """What a call says of itself as entries have it."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _shown(text: str | None) -> str | None:
    return None if text is None else short(text)


def _received(call: bytes) -> int | None:
    found = (fields_of(call) or {}).get("receivedAt")
    try:
        return None if found is None else epoch_ms(decode(bytes(found)))
    except JsonError:
        return None
