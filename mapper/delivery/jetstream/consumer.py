"""The consumer of a partition: one for each holder, so that who held it before acknowledges nothing any more."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from mapper.delivery.jetstream.link import Link, RefusedError
from mapper.delivery.jetstream.names import Names

ACK_WAIT: Final = 45.0
"""Seconds after which the server sends again what it heard nothing of."""
_NOT_UNIQUE: Final = 10100
"""JetStream's error code where a partition has a consumer already: who held it before was quicker, once more."""
_FORGET: Final = 600.0
_MOST_UNACKNOWLEDGED: Final = 100_000


def consumer_of(partition: int, epoch: int) -> str:
    """What it is called; `epoch` grows with each holder."""
    return f"p{partition}-{epoch}"


async def make_consumer(link: Link, names: Names, partition: int, name: str) -> None:
    """One in place of all there were: what is not acknowledged comes once more, in order."""
    stream = names.queue
    config = {
        "durable_name": name,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": int(ACK_WAIT * 1e9),
        "max_ack_pending": _MOST_UNACKNOWLEDGED,
        "filter_subject": names.parcels(partition),
        "inactive_threshold": int(_FORGET * 1e9),
    }
    while True:
        answer = await link.ask(f"CONSUMER.NAMES.{stream}")
        for other in answer.get("consumers") or ():
            if other.startswith(f"p{partition}-"):
                with suppress(RefusedError):
                    await link.ask(f"CONSUMER.DELETE.{stream}.{other}")
        try:
            await link.ask(f"CONSUMER.CREATE.{stream}.{name}", {"stream_name": stream, "config": config})
        except RefusedError as error:
            if error.code != _NOT_UNIQUE:
                raise
        else:
            return
