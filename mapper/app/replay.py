"""Dead letters of a queue as lines, to be mapped once more."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mapper.delivery.durable.database import connect_to_read, explained
from mapper.delivery.durable.letters import DAMAGED, Choice, Kept, letters
from mapper.records.line import Died, Line

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Replay:
    """Which letters are replayed.

    Attributes:
        path: The queue.
        ids: Of the letters, oldest first.
        elsewhere: By destination, how many of those chosen are left alone since it does not run.
        lost: How many have no call, since the file was damaged.
    """

    path: Path
    ids: Sequence[int]
    elsewhere: Counter[str]
    lost: int

    def kept(self) -> Iterator[Kept]:
        """The letters; those that die meanwhile are not among them.

        Raises:
            mapper.delivery.durable.errors.QueueFileError: the queue can't be read.
        """
        for first in range(0, len(self.ids), _PAGE):
            with closing(connect_to_read(self.path)) as connection, explained(self.path):
                yield from list(letters(connection, Choice(ids=self.ids[first : first + _PAGE])))

    def lines(self) -> Iterator[Line]:
        """Their calls, each for the mapping in which it died."""
        return map(line_of, self.kept())


def choose(path: Path, choice: Choice, destinations: Collection[str]) -> Replay:
    """Look for the letters that are to be replayed.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: the queue can't be read.
    """
    ids: list[int] = []
    lost = 0
    elsewhere: Counter[str] = Counter()
    with closing(connect_to_read(path)) as connection, explained(path):
        for kept in letters(connection, choice):
            destination = kept.letter.destination
            if kept.letter.kind == DAMAGED:
                lost += 1
            elif destination is None or destination in destinations:
                ids.append(kept.id)
            else:
                elsewhere[destination] += 1
    return Replay(path, ids, elsewhere, lost)


def line_of(kept: Kept) -> Line:
    """The call of a letter."""
    letter = kept.letter
    mapping = f"{letter.destination}/{letter.mapping}" if letter.destination and letter.mapping else None
    died = Died(kept.id, letter.kind, letter.because)
    return Line(letter.call, letter.line, letter.file, mapping=mapping, died=died)


def paced(
    lines: Iterable[Line],
    per_second: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Line]:
    """Lines no faster than that; what a slow reader did not use up is lost."""
    due = now()
    for line in lines:
        if (wait := due - now()) > 0:
            sleep(wait)
        due = max(due, now()) + 1 / per_second
        yield line
