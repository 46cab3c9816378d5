"""One thread that writes: what is asked for while it writes goes into the next transaction, all together."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeVar

import apsw

from mapper.delivery.durable.database import Database, meta_of, refusal
from mapper.delivery.durable.errors import DamagedFileError, QueueFileError, UnwrittenError

Work = Callable[[apsw.Cursor], Any]
_Made = TypeVar("_Made")
_MOST: Final = 256
"""Pieces of work in one transaction."""
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0
"""Seconds until a transaction that the disk did not take is tried again."""


@dataclass(slots=True)
class _Task:
    work: Work
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    writes: bool
    alone: bool


class Commits:
    """Runs work on a database, and tells when it is safe on the disk.

    A disk that is full, or fails for now, holds everything up until it takes it, or until :meth:`hasten`.

    Args:
        database: Used by the thread of this object alone until :meth:`close`.
        on_trouble: Called, from that thread, with what holds it up, once, and with None once that has passed.
    """

    def __init__(self, database: Database, on_trouble: Callable[[str | None], None] = lambda _: None) -> None:
        self._database = database
        self._on_trouble = on_trouble
        self._hurry = threading.Event()
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name="commits")
        self._thread.start()

    async def write(self, work: Callable[[apsw.Cursor], _Made]) -> _Made:
        """Do work in a transaction; what it gave, once the transaction is on the disk.

        Raises:
            UnwrittenError: the disk does not take it, and the time to wait is over.
            QueueFileError: the file is damaged, or belongs to another process by now.
        """
        return await self._submit(work, writes=True)

    async def read(self, work: Callable[[apsw.Cursor], _Made]) -> _Made:
        """Do work that changes nothing.

        Raises:
            QueueFileError: the file is damaged.
        """
        return await self._submit(work)

    async def tidy(self) -> None:
        """Give back to the disk what the file does not need, by itself between transactions."""
        await self._submit(lambda _: self._database.tidy(), alone=True)

    def hasten(self) -> None:
        """Wait for no disk from now on: what it does not take at once fails."""
        self._hurry.set()

    def close(self) -> None:
        """Finish what was asked for, as far as the disk takes it now, and close the file."""
        self.hasten()
        self._tasks.put(None)
        self._thread.join()
        self._database.close()

    async def _submit(
        self, work: Callable[[apsw.Cursor], _Made], *, writes: bool = False, alone: bool = False
    ) -> _Made:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Made] = loop.create_future()
        self._tasks.put(_Task(work, future, loop, writes, alone))
        return await asyncio.shield(future)  # what was asked for is done, whoever waits for it

    def _run(self) -> None:
        over = False
        while not over:
            tasks, over = self._take()
            for alone, group in groupby(tasks, lambda task: task.alone):
                for together in [[task] for task in group] if alone else [list(group)]:
                    try:
                        self._finish(together)
                    except BaseException as error:  # whoever waits must be told, whatever it is
                        for task in together:
                            _resolve(task, error=error)

    def _take(self) -> tuple[list[_Task], bool]:
        """Wait for work; all that waits by then."""
        tasks: list[_Task] = []
        task = self._tasks.get()
        while task is not None:
            tasks.append(task)
            if len(tasks) >= _MOST:
                return tasks, False
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return tasks, False
        return tasks, True

    def _finish(self, tasks: list[_Task]) -> None:
        wait, told = _FIRST_WAIT, None
        while True:
            if self._hurry.is_set():
                self._database.be_impatient()
            try:
                made = self._transact(tasks)
            except (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.CantOpenError) as error:
                trouble = _trouble(error)
                if self._hurry.is_set():
                    for task in tasks:
                        _resolve(task, error=UnwrittenError(self._database.path, trouble))
                    return
                if trouble != told:
                    self._on_trouble(told := trouble)
                self._database.tidy()
                self._hurry.wait(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
                continue
            except BaseException as error:
                if len(tasks) > 1:  # one of them is at fault; let it fail alone
                    for task in tasks:
                        self._finish([task])
                    return
                _resolve(tasks[0], error=_explained(self._database, error))
                break
            for task, found in zip(tasks, made, strict=True):
                _resolve(task, found)
            break
        if told is not None:
            self._on_trouble(None)

    def _transact(self, tasks: list[_Task]) -> list[Any]:
        connection = self._database.connection
        cursor = connection.cursor()
        if not any(task.writes for task in tasks):
            return [task.work(cursor) for task in tasks]
        cursor.execute("BEGIN IMMEDIATE")
        try:
            if meta_of(cursor, "owner") != self._database.owner:
                raise QueueFileError(f"{self._database.path}: another process took it over", "stop one of them")
            made = [task.work(cursor) for task in tasks]
            cursor.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        return made


def _resolve(task: _Task, found: Any = None, error: BaseException | None = None) -> None:
    def settle() -> None:
        if task.future.done():
            return
        if error is not None:
            task.future.set_exception(error)
            task.future.exception()  # whoever waits is told; where nobody does any more, nobody need complain
        else:
            task.future.set_result(found)

    try:
        task.loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the loop has ended, and nobody waits any more


def _trouble(error: apsw.Error) -> str:
    if isinstance(error, apsw.FullError):
        return "the disk is full"
    if isinstance(error, apsw.BusyError):
        return "another program has locked the queue"
    return f"the disk does not take it: {error}"


def _explained(database: Database, error: BaseException) -> BaseException:
    if isinstance(error, apsw.CorruptError | apsw.NotADBError | apsw.ReadOnlyError):
        return refusal(database.path, error)
    return DamagedFileError(database.path) if isinstance(error, UnicodeDecodeError) else error
