"""Processes that map, so that more than one core does."""

from __future__ import annotations

import asyncio
import pickle
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final

import msgspec

from mapper.app.mapping import Chunk, Job, Spot, spot
from mapper.app.messages import HEAD, head_of, size_of
from mapper.app.parallel import Work, WorkersLostError
from mapper.app.slots import Made, Slot
from mapper.intake.ranges import Handle, Range

_AHEAD: Final = 2
"""Jobs that are given out for each worker before the first of them is taken back."""
_encode: Final = msgspec.msgpack.Encoder().encode
_number: Final = msgspec.msgpack.Decoder(int).decode
_sizes: Final = msgspec.msgpack.Decoder(list[tuple[int, int]]).decode


class Workers:
    """Processes that are given work. What they give comes back in the order of the jobs.

    They get neither secrets nor requests: settings reach mappings with ``***`` in place of secrets.

    Args:
        channels: Sockets that lead to the processes, from :func:`mapper.app.spawn.spawned`.
    """

    def __init__(self, channels: Sequence[socket.socket]) -> None:
        self._hands = [_Hand(channel) for channel in channels]
        self._taken: deque[Job] = deque()
        self._behind: Spot | None = None

    @property
    def oldest(self) -> Spot | None:
        """Where what is not done yet begins, as far as is known."""
        return self._behind or (spot(self._taken[0]) if self._taken else None)

    async def done(self, work: Work, jobs: AsyncIterator[Job]) -> AsyncIterator[list[Made]]:
        """Have jobs done, several at a time.

        Args:
            work: Is done with the lines of each job, chunk by chunk; always the same.
            jobs: In the order in which they are given back.

        Yields:
            For each job, what comes of each of its chunks; to be used before the next is asked for.

        Raises:
            WorkersLostError: a worker is gone.
        """
        idle = _Idle(self._hands)
        slots = [Slot() for _ in range(len(self._hands) * _AHEAD)]
        packed = pickle.dumps(work)
        under_way: deque[_Given] = deque()
        coming: asyncio.Task[Job | None] | None = self._next(jobs)
        ends: asyncio.Future[int] | None = None
        try:
            while coming or under_way:
                may_come = coming is not None and bool(slots)
                await _first_of(coming if may_come else None, under_way[0].made if under_way else None)
                if may_come and coming is not None and coming.done():
                    job = coming.result()
                    coming = None if job is None else self._next(jobs)
                    if job is not None:
                        given = _Given(job, packed, idle, slots.pop(), ends)
                        ends = given.ends
                        under_way.append(given)
                if under_way and under_way[0].made.done():
                    made = self._unless_lost(under_way[0].made)
                    self._taken.popleft()
                    given = under_way.popleft()
                    self._behind = given.following
                    yield made
                    slots.append(given.slot.emptied())
        finally:
            _forget(coming, *(given.made for given in under_way))

    def _next(self, jobs: AsyncIterator[Job]) -> asyncio.Task[Job | None]:
        async def following() -> Job | None:
            job = await anext(jobs, None)
            if job is not None:
                self._taken.append(job)
            return job

        return asyncio.create_task(following())

    def _unless_lost(self, made: asyncio.Task[list[Made]]) -> list[Made]:
        try:
            return made.result()
        except (OSError, EOFError):
            raise WorkersLostError(self.oldest) from None


class _Hand:
    """One process."""

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self._channel = channel
        self._knows_work = False

    async def learn(self, packed: bytes) -> None:
        """Tell it, once, what is done with jobs, and wait until it knows: a file goes into an empty socket only."""
        if not self._knows_work:
            self._knows_work = True
            await self.give(packed)
            await self.take()

    async def give(self, body: bytes, *files: Handle) -> None:
        """Send some bytes, and perhaps files.

        Raises:
            OSError: the process is gone.
        """
        head = head_of(body)
        if files:
            sent = socket.send_fds(self._channel, [head], [file.descriptor for file in files])
            head = head[sent:]
        await asyncio.get_running_loop().sock_sendall(self._channel, head + body)

    async def take(self) -> bytearray:
        """Receive some bytes.

        Raises:
            OSError: the process is gone.
            EOFError: so it is.
        """
        return await self._exactly(size_of(await self._exactly(HEAD)))

    async def _exactly(self, size: int) -> bytearray:
        loop = asyncio.get_running_loop()
        data = bytearray(size)
        left = memoryview(data)
        while left:
            count = await loop.sock_recv_into(self._channel, left)
            if not count:
                raise EOFError
            left = left[count:]
        return data


class _Given:
    """A job that is given out.

    Args:
        job: Lines, or a range.
        work: What is done with it, packed.
        idle: Who is free to do it; jobs are begun in the order in which they are given.
        slot: For what comes of it.
        before: The number of the line at which a range begins that follows another.

    Attributes:
        ends: The number of the line behind a range, once its lines are counted.
        made: What comes of each of its chunks.
    """

    def __init__(self, job: Job, work: bytes, idle: _Idle, slot: Slot, before: asyncio.Future[int] | None) -> None:
        self.job = job
        self.slot = slot
        self.ends: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.made = asyncio.create_task(self._do(work, idle, before))

    @property
    def following(self) -> Spot | None:
        """Where the next job begins, if that is known; once this one is done."""
        if isinstance(self.job, Chunk):
            return self.job.following
        return None if self.job.range.last else (self.job.range.name, self.ends.result())

    async def _do(self, work: bytes, idle: _Idle, before: asyncio.Future[int] | None) -> list[Made]:
        hand = await idle.get()
        await hand.learn(work)
        if isinstance(self.job, Chunk):
            await hand.give(_encode(self.job.lines), self.slot.file)
        else:
            await self._number(hand, *self.job, before)
        sizes = _sizes(await hand.take())
        idle.put(hand)
        return self.slot.made(sizes)

    async def _number(self, hand: _Hand, found: Range, file: Handle, before: asyncio.Future[int] | None) -> None:
        """Give out a range, and say which number its first line has."""
        await hand.give(_encode(found), self.slot.file, file)
        count = await hand.take()
        first = found.first
        if first is None:
            assert before is not None  # it follows a range of its file
            first = await before
        self.ends.set_result(first + _number(count))
        await hand.give(_encode(first))


class _Idle:
    """Who has nothing to do. Whoever waits for a hand gets one before those who ask later.

    A job is so begun no later than the one after it, which may wait for its count of lines.
    """

    def __init__(self, hands: Iterable[_Hand]) -> None:
        self._turn = asyncio.Lock()
        self._hands: asyncio.Queue[_Hand] = asyncio.Queue()
        for hand in hands:
            self.put(hand)

    def put(self, hand: _Hand) -> None:
        self._hands.put_nowait(hand)

    async def get(self) -> _Hand:
        async with self._turn:  # a queue alone would let others in front
            return await self._hands.get()


async def _first_of(*futures: asyncio.Future[Any] | None) -> None:
    await asyncio.wait([future for future in futures if future is not None], return_when=asyncio.FIRST_COMPLETED)


def _forget(*futures: asyncio.Future[Any] | None) -> None:
    """Nobody asks any more, whatever comes of them."""
    for future in futures:
        if future is not None and not future.cancel() and not future.cancelled():
            future.exception()
