"""Attempts that outlive the worker which made them."""

from __future__ import annotations

from typing import Final

import msgspec

from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.queue import Item


class Tried(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A request that was tried. Times are milliseconds since the epoch, UTC.

    Attributes:
        attempts: Tries that counted.
        first: When it was first sent.
        due: When it may be sent again.
        wait: How long that was to wait when this was written: what it waits at most if a clock jumps.
        company: As the item has it.
    """

    attempts: int
    first: int
    due: int
    wait: int
    company: int | None


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(dict[int, Tried]).decode


def tried_of(item: Item, now: float, wall: int) -> Tried:
    """What to remember of an item that is given back."""
    first = now if item.first_attempt_at is None else item.first_attempt_at
    wait = max(round((item.not_before - now) * 1000), 0)
    return Tried(item.attempts, wall - round((now - first) * 1000), wall + wait, wait, item.company)


def resumed(item: Item, tried: Tried, now: float, wall: int) -> Item:
    """The item with the times of another process as times of this one."""
    ago = max(wall - tried.first, 0)
    wait = min(max(tried.due - wall, 0), tried.wait)
    return msgspec.structs.replace(
        item,
        attempts=tried.attempts,
        first_attempt_at=now - ago / 1000,
        not_before=now + wait / 1000,
        company=tried.company,
    )


async def write_tried(bucket: Bucket, partition: int, parcel: int, tried: dict[int, Tried]) -> None:
    """Remember what was tried of a parcel, by place."""
    await bucket.put(f"tried.{partition}.{parcel}", _encode(tried))


async def read_tried(bucket: Bucket, partition: int, parcel: int) -> dict[int, Tried]:
    """What was tried of a parcel, by place."""
    entry = await bucket.get(f"tried.{partition}.{parcel}")
    return _decode(entry.value) if entry.value else {}
