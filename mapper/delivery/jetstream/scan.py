"""Reads all messages of a subject that a stream holds now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Final

from nats.aio.msg import Msg

from mapper.base.json import encode
from mapper.delivery.jetstream.link import Link

_AT_A_TIME: Final = 256
_BYTES: Final = 8_000_000
_PATIENCE: Final = 3.0
_TRIES: Final = 10
_NO_MORE: Final = "404"


async def scan(link: Link, stream: str, subject: str, first: int = 1) -> AsyncIterator[tuple[int, Msg]]:
    """Messages in the order of the stream, each with its sequence number, from `first` on; those that come meanwhile
    are left out. Where a server goes away, or something got lost on the way, it is begun anew behind the last one."""
    last = await _last(link, stream)
    for _ in range(_TRIES):
        async for sequence, message in _scan_once(link, stream, subject, first, last):
            first = sequence + 1
            yield sequence, message
        if first > last:
            return
        if not await _any(link, stream, subject, first, last):
            return


async def _last(link: Link, stream: str) -> int:
    return int((await link.stream(stream))["state"]["last_seq"])


async def _any(link: Link, stream: str, subject: str, first: int, last: int) -> bool:
    name, pending = await _consumer(link, stream, subject, first)
    await link.ask(f"CONSUMER.DELETE.{stream}.{name}")
    return pending > 0 and first <= last


async def _consumer(link: Link, stream: str, subject: str, first: int) -> tuple[str, int]:
    name = f"scan-{token_hex(8)}"
    config = {
        "name": name,
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": max(first, 1),
        "ack_policy": "none",
        "filter_subject": subject,
        "inactive_threshold": int(30e9),
        "num_replicas": 1,
        "mem_storage": True,
    }
    answer = await link.ask(f"CONSUMER.CREATE.{stream}.{name}", {"stream_name": stream, "config": config})
    return name, int(answer["num_pending"])


async def _scan_once(link: Link, stream: str, subject: str, first: int, last: int) -> AsyncIterator[tuple[int, Msg]]:
    name, pending = await _consumer(link, stream, subject, first)
    came = 0
    inbox = link.client.new_inbox()
    subscription = await link.client.subscribe(inbox)
    request = encode({"batch": _AT_A_TIME, "max_bytes": _BYTES, "no_wait": True})
    try:
        while came < pending:
            await link.client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", request, reply=inbox)
            for _ in range(_AT_A_TIME):
                try:
                    message = await subscription.next_msg(_PATIENCE)
                except TimeoutError:
                    return
                if message.headers and "Status" in message.headers and not message.data:
                    if message.headers["Status"] == _NO_MORE:
                        return  # the others were deleted meanwhile, or did not reach us
                    break
                came += 1
                sequence = message.metadata.sequence
                if sequence.stream > last or sequence.consumer > came:
                    return
                yield sequence.stream, message
    finally:
        await subscription.unsubscribe()
