"""Messages that are stored nowhere: who listens at that moment hears them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from mapper.delivery.jetstream.link import Link


class Heard(NamedTuple):
    """A message; `reply` is where an answer goes, empty where none is wanted."""

    data: bytes
    reply: str
    has_headers: bool


@asynccontextmanager
async def hearing(link: Link, subject: str, heard: Callable[[Heard], Awaitable[None]]) -> AsyncIterator[None]:
    """Have everything told that is said on a subject."""

    async def take(message: Msg) -> None:
        await heard(_heard(message))

    subscription = await link.client.subscribe(subject, cb=take)
    try:
        yield
    finally:
        if not link.client.is_closed:
            await subscription.unsubscribe()


class Inbox:
    """A subject of one's own, to which others answer; :func:`inbox` makes one."""

    def __init__(self, subject: str, subscription: Subscription) -> None:
        self.subject = subject
        self._subscription = subscription

    async def next(self, seconds: float) -> Heard | None:
        """What comes next; None where nothing comes for that long."""
        try:
            return _heard(await self._subscription.next_msg(seconds))
        except TimeoutError:
            return None


async def inbox(link: Link) -> Inbox:
    """An inbox that ends with the connection."""
    subject = link.client.new_inbox()
    return Inbox(subject, await link.client.subscribe(subject))


def _heard(message: Msg) -> Heard:
    return Heard(message.data, message.reply, bool(message.headers))
