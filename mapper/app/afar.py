"""Watching a queue in a cluster: whoever watches asks everybody again and again, and every server and worker tells."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from mapper.app.tail import Tail
from mapper.app.tail_entries import with_payload
from mapper.base.json import encode
from mapper.base.tasks import end
from mapper.delivery.jetstream.hearing import Heard, hearing, inbox
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.records.tail import Known, TailEntry, Wanted

_ASK: Final = 3.0
"""Seconds after which whoever watches asks anew."""
_FORGET: Final = 10.0
"""Seconds after which whoever does not is told nothing more."""
_MOST_WATCHERS: Final = 16
_MOST_BYTES: Final = 256_000
"""Bytes kept for one, beyond which is left out and counted."""
_HELLO: Final = {"Mapper-Hello": "1"}
"""Headers of the first message of who tells."""
_wanted = msgspec.json.Decoder(Wanted)
_known = msgspec.json.Decoder(Known)


class _Watcher:
    """One who watches from another machine, or from this one."""

    def __init__(self, link: Link, inbox: str, wanted: Wanted, tail: Tail) -> None:
        self._link = link
        self._inbox = inbox
        self._wanted = wanted
        self._tail = tail
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._missed = 0
        self._some = asyncio.Event()
        self.asked_at = asyncio.get_running_loop().time()

    def tell(self, entry: TailEntry, call: bytes | None, body: bytes | None) -> None:
        """Something happened."""
        if not self._wanted.takes(entry):
            return
        if self._bytes > _MOST_BYTES:
            self._missed += 1
            return
        if self._wanted.payload and call is not None:
            entry = with_payload(entry, call, body, self._tail.mask)
        self._put(encode(entry))

    def _put(self, text: bytes) -> None:
        self._waiting.append(text)
        self._bytes += len(text)
        self._some.set()

    async def run(self) -> None:
        """Tell, until it asks no more; first of all that somebody is here, and what there is to choose from."""
        await self._publish(encode(self._tail.known()), _HELLO)
        while asyncio.get_running_loop().time() < self.asked_at + _FORGET:
            try:
                await asyncio.wait_for(self._some.wait(), 1.0)
            except TimeoutError:
                continue
            self._some.clear()
            while self._waiting:
                text = self._waiting.popleft()
                self._bytes -= len(text)
                await self._publish(text)
            if self._missed:
                missed, self._missed = self._missed, 0
                self._put(encode(TailEntry(at=self._tail.now(), outcome="missed", count=missed)))

    async def _publish(self, text: bytes, headers: dict[str, str] | None = None) -> None:
        if not await self._link.say(self._inbox, text, headers=headers):
            self._missed += 1


@asynccontextmanager
async def telling(link: Link, names: Names, tail: Tail) -> AsyncIterator[None]:
    """Tell whoever asks; costs next to nothing while nobody does."""
    watchers: dict[str, _Watcher] = {}
    tasks: set[asyncio.Task[None]] = set()

    async def asked(message: Heard) -> None:
        if found := watchers.get(message.reply):
            found.asked_at = asyncio.get_running_loop().time()
            return
        if not message.reply or len(watchers) >= _MOST_WATCHERS:
            return
        try:
            wanted = _wanted.decode(message.data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        watcher = watchers[message.reply] = _Watcher(link, message.reply, wanted, tail)
        tail.listeners.append(watcher)
        task = asyncio.create_task(serve(message.reply, watcher))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def serve(inbox: str, watcher: _Watcher) -> None:
        try:
            await watcher.run()
        finally:
            tail.listeners.remove(watcher)
            del watchers[inbox]

    try:
        async with hearing(link, names.tail, asked):
            yield
    finally:
        await end(*tasks)


async def entries(link: Link, names: Names, wanted: Wanted) -> AsyncIterator[bytes | Known | None]:
    """What happens, as JSON; where somebody more tells from now on, what there is to choose from; None where nothing
    came for a while.

    Raises:
        mapper.delivery.jetstream.denied.DeniedError: this user may not watch.
    """
    answers = await inbox(link)
    asking = asyncio.create_task(_keep_asking(link, names.tail, encode(wanted), answers.subject))
    try:
        while True:
            message = await answers.next(_ASK)
            if message is None:
                link.denied.check(names.tail)
                yield None
            else:
                is_hello = message.has_headers or not message.data  # an older one says no more
                yield _known.decode(message.data or b"{}") if is_hello else message.data
    finally:
        await end(asking)


async def _keep_asking(link: Link, subject: str, asked: bytes, inbox: str) -> None:
    while True:
        await link.say(subject, asked, reply=inbox)
        await asyncio.sleep(_ASK)
