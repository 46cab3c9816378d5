"""Writes the book of a partition: what is asked for while it is being written goes into the next version."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from mapper.base.tasks import end
from mapper.delivery.jetstream.book import Book, decode_book, encode_book
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.errors import StaleError
from mapper.delivery.jetstream.link import Link
from mapper.delivery.queue import MovedError

_LAZILY: Final = 0.25
"""Seconds for which a change that nobody waits for may be unwritten."""

T = TypeVar("T")


class Keeper:
    """Of one partition that this process holds.

    Args:
        link: To the cluster.
        bucket: Where books are.
        key: Of this one.
        seen: Subject for the hashes of messages.
        holder: This process.
        on_lost: Called once where somebody else has the book by now.
    """

    def __init__(
        self, link: Link, bucket: Bucket, key: str, seen: str, holder: str, on_lost: Callable[[], None]
    ) -> None:
        self.book = Book(holder=holder)
        self._link = link
        self._bucket = bucket
        self._key = key
        self._seen_subject = seen
        self._holder = holder
        self._on_lost = on_lost
        self._revision = 0
        self._lost = False
        self._changes: list[tuple[Callable[[Book], None], asyncio.Future[None] | None]] = []
        self._messages: list[int] = []
        self._some = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def take_over(self, vet: Callable[[Book], Awaitable[str]]) -> None:
        """Read the book, and write it under our name: from now on nobody else does.

        Args:
            vet: Gives when the stream was made that it is of; raises where it is of none that is there.
        """
        while True:
            entry = await self._bucket.get(self._key)
            self.book = decode_book(entry.value) if entry.value else Book()
            self._revision = entry.revision
            self.book.created = await vet(self.book)
            self.book.holder = self._holder
            try:
                await self._write()
                break
            except StaleError:
                continue  # who held it before was quicker, for the last time
        self._task = asyncio.create_task(self._keep_writing())

    @property
    def failure(self) -> BaseException | None:
        """Why nothing can be written any more, where that is not because another has the book."""
        return self._task.exception() if self._task and self._task.done() and not self._task.cancelled() else None

    async def write(self, change: Callable[[Book], None], messages: list[int] | None = None) -> None:
        """Change the book, and know that it is written.

        Args:
            change: Told the book, once.
            messages: Hashes of messages that are known from then on.

        Raises:
            MovedError: somebody else has it by now; nothing was changed.
            mapper.delivery.jetstream.errors.UnsentError: nobody waits for the cluster any more.
        """
        if self._lost:
            raise MovedError("another worker has this partition by now")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changes.append((change, future))
        self._messages += messages or ()
        self._some.set()
        await future

    def change(self, change: Callable[[Book], None]) -> None:
        """Change the book when it is next written, which is soon."""
        if self._lost:
            return
        self._changes.append((change, None))
        if len(self._changes) == 1:
            asyncio.get_running_loop().call_later(_LAZILY, self._some.set)

    async def close(self) -> None:
        """Write what is to be written, if the cluster takes it."""
        if self._task is None:
            return
        try:
            if self._changes and not self._lost and not self._task.done():
                with suppress(MovedError):
                    await self.write(lambda _: None)
        finally:
            await end(self._task)
            if not self._task.cancelled():
                self._task.exception()  # whoever waited for a write has it, and a traceback says no more

    async def _keep_writing(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            while self._changes:
                await self._write_changes()

    async def _write_changes(self) -> None:
        changes, self._changes = self._changes, []
        messages, self._messages = self._messages, []
        futures = [future for _, future in changes if future is not None]
        try:
            for change, _ in changes:
                change(self.book)
            if messages:
                stored = await self._link.publish(self._seen_subject, array("Q", messages).tobytes())
                self.book.seen = stored.sequence
            await self._write()
        except StaleError:
            self._lose(futures)
        except BaseException as error:
            self._lost = True  # what the book holds here, and what it holds there, may differ
            for future in futures:
                if not future.done():
                    future.set_exception(MovedError(str(error)) if isinstance(error, asyncio.CancelledError) else error)
            raise
        else:
            for future in futures:
                if not future.done():
                    future.set_result(None)

    def _lose(self, futures: list[asyncio.Future[None]]) -> None:
        self._lost = True
        futures += [future for _, future in self._changes if future is not None]
        self._changes.clear()
        for future in futures:
            if not future.done():
                future.set_exception(MovedError("another worker has this partition by now"))
        self._on_lost()

    async def _write(self) -> None:
        """Write the book over the version that we know."""
        self.book.writes += 1
        value = encode_book(self.book)
        try:
            self._revision = await self._bucket.update(self._key, value, self._revision)
        except StaleError:
            entry = await self._bucket.get(self._key)
            if entry.value != value:
                raise
            self._revision = entry.revision  # it was ours, and its acknowledgement got lost
