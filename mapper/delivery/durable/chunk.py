"""The items of one step of reading as bytes, and back."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from mapper.delivery.queue import Item
from mapper.records.result import Request


class DamagedError(Exception):
    """The bytes are not those that were written."""


class _Request(msgspec.Struct, array_like=True, gc=False):
    id: int
    destination: str
    name: str
    mapping: str
    body: bytes
    order_key: str | None
    after_mapping: str | None
    lane: str | None
    after: int | None


class _Call(msgspec.Struct, array_like=True, gc=False):
    raw: bytes
    file: str
    line: int
    message_id: str | None
    type: str
    requests: list[_Request]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Call]).decode


def pack(items: Sequence[Item]) -> bytes:
    """Items, oldest first; those of one call beside each other share it."""
    calls: list[tuple[Any, ...]] = []  # _Call and _Request are written like this too, but cost more to make
    requests: list[tuple[Any, ...]] = []
    last: bytes | None = None
    for item in items:
        if item.call is not last:
            requests = []
            calls.append((item.call, item.file, item.line, item.message_id, item.type, requests))
        last, request = item.call, item.request
        requests.append(
            (
                item.id,
                request.destination,
                request.name,
                request.mapping,
                request.body,
                request.order_key,
                request.after,
                item.lane,
                item.after,
            )
        )
    return _encode(calls)


def unpack(payload: bytes) -> list[Item]:
    """The items, as they were before any attempt.

    Raises:
        DamagedError: the bytes are none of :func:`pack`.
    """
    return [_item(call, each) for call, each in _parts(payload)]


def unpack_for(destination: str, payload: bytes) -> tuple[int, list[tuple[int, Item]]]:
    """How many items there are, and of one destination the items and where in the chunk they are; others are not made.

    Raises:
        DamagedError: the bytes are none of :func:`pack`.
    """
    if destination.encode() not in payload:
        return 0, []
    parts = _parts(payload)
    mine = [(at, _item(call, each)) for at, (call, each) in enumerate(parts) if each.destination == destination]
    return len(parts), mine


def _parts(payload: bytes) -> list[tuple[_Call, _Request]]:
    try:
        calls = _decode(payload)
    except msgspec.MsgspecError as error:
        raise DamagedError(str(error)) from None
    return [(call, each) for call in calls for each in call.requests]


def _item(call: _Call, each: _Request) -> Item:
    return Item(
        id=each.id,
        request=Request(
            destination=each.destination,
            name=each.name,
            mapping=each.mapping,
            body=each.body,
            order_key=each.order_key,
            after=each.after_mapping,
        ),
        call=call.raw,
        file=call.file,
        line=call.line,
        message_id=call.message_id,
        type=call.type,
        lane=each.lane,
        after=each.after,
    )


def checksum(chunk_id: int, payload: bytes) -> int:
    """Of a chunk's payload under its id: a payload that got to another row does not pass either."""
    return zlib.crc32(payload, chunk_id & 0xFFFF_FFFF)
