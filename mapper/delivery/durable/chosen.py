"""Dead letters of a queue's file that somebody chooses: looked at, also while a run has it, or dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from mapper.delivery.durable import letters, store
from mapper.delivery.durable.database import Database, connect_to_read, explained
from mapper.delivery.durable.letters import Choice, Kept, Unknown


class Letters:
    """Those of a file, as they stand at one moment."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def count(self, choice: Choice) -> int:
        """How many are chosen."""
        return letters.count_letters(self._connection, choice)

    def chosen(self, choice: Choice, limit: int | None = None, *, newest_first: bool = False) -> Iterator[Kept]:
        """Those chosen, oldest first or the other way round; no more of them are read than are taken."""
        return letters.letters(self._connection, choice, limit, newest_first=newest_first)

    def targets(self, choice: Choice) -> Iterator[tuple[int, str, str | None]]:
        """The number, kind and destination of those chosen, oldest first; their calls are not read."""
        return letters.targets(self._connection, choice)

    def unknown(self, choice: Choice) -> Unknown | None:
        """Numbers, a mapping or a part of a cause that no letter has; the last two only where there are letters."""
        there = {number for number, _, _ in self.targets(Choice(ids=choice.ids))} if choice.ids else set()
        if missing := [number for number in choice.ids if number not in there]:
            return Unknown(ids=missing)
        if not self.count(Choice()):
            return None
        for mapping in choice.mappings:
            if not self.count(Choice(mappings=[mapping])):
                return Unknown(mapping=mapping, mappings=letters.mappings_of(self._connection))
        if choice.reason is not None and not self.count(Choice(reason=choice.reason)):
            return Unknown(reason=choice.reason)
        return None


@contextmanager
def looking(path: Path) -> Iterator[Letters]:
    """Look at the letters of a file, which is not changed.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: it can't be read.
    """
    with closing(connect_to_read(path)) as connection, explained(path):
        connection.execute("BEGIN")
        yield Letters(connection)


def drop(path: Path, choice: Choice, why: str) -> int:
    """Delete letters for good; how many. They stay counted as dead, and as dropped for this reason.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: the file can't be used, or another process has it.
    """
    database = Database(path)
    try:
        with explained(path), database.connection:
            dropped = store.drop_letters(database.connection.cursor(), choice, why)
    finally:
        database.close()
    return dropped
