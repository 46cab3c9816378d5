"""Takes messages from a consumer as there is room for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from nats.aio.msg import Msg

from mapper.base.json import encode
from mapper.delivery.jetstream.gaps import Gaps
from mapper.delivery.jetstream.link import Link

_AT_A_TIME: Final = 64
_BYTES: Final = 8_000_000
_EXPIRES: Final = 5.0
"""Seconds after which a request for messages is made anew."""
_NO_RESPONDERS: Final = "503"
_ENDED: Final = "408"
_LOOK: Final = 0.2


class Puller:
    """Of one consumer.

    Args:
        link: To the cluster.
        stream: Where the messages are.
        consumer: Its name.
        subject: Of its messages.
        has_room: Whether more is wanted.
        on_message: Given each, in the order of the stream; some come once more.
        on_gone: Called to have the consumer made anew: it is not there any more, or what it sent got lost.
    """

    def __init__(
        self,
        link: Link,
        stream: str,
        consumer: str,
        subject: str,
        has_room: Callable[[], bool],
        on_message: Callable[[Msg], Awaitable[None]],
        on_gone: Callable[[], Awaitable[None]],
    ) -> None:
        self._link = link
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._gaps = Gaps(link, stream, subject)
        self._has_room = has_room
        self._on_message = on_message
        self._on_gone = on_gone

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._pull()
            await self._on_gone()

    async def _pull(self) -> None:
        """Take what there is, until the consumer must be made anew; what it sends nevertheless goes nowhere."""
        inbox = self._link.client.new_inbox()
        subscription = await self._link.client.subscribe(inbox)
        request = encode({"batch": _AT_A_TIME, "max_bytes": _BYTES, "expires": int(_EXPIRES * 1e9)})
        try:
            while True:
                while not self._has_room():
                    await asyncio.sleep(_LOOK)
                self._gaps.anew()
                await self._link.say(self._next, request, reply=inbox)
                if not await self._take(subscription.next_msg):
                    return
        finally:
            await subscription.unsubscribe()

    async def _take(self, next_msg: Callable[[float], Awaitable[Msg]]) -> bool:
        """Take what one request brings, until it is used up or has ended; False: the consumer must be made anew."""
        for _ in range(_AT_A_TIME):
            try:
                message = await next_msg(_EXPIRES + 1.0)
            except TimeoutError:
                return True  # the server that was asked may be gone
            status = (message.headers or {}).get("Status") if not message.data else None
            if status == _NO_RESPONDERS or (status == "409" and "Deleted" in str(message.headers)):
                return False
            if status is not None:
                if status != _ENDED:
                    await asyncio.sleep(_LOOK)
                return True
            if await self._gaps.before(message):
                await asyncio.sleep(_LOOK)
                return False
            await self._on_message(message)
        return True
