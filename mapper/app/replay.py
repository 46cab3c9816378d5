"""Dead letters of a queue as lines, to be mapped once more."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mapper.app.choosing import refuse
from mapper.delivery.durable.chosen import looking
from mapper.delivery.durable.letters import Choice, Kept
from mapper.delivery.queue import DAMAGED
from mapper.records.line import Died, Line, place_of

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Replay:
    """Which letters are replayed.

    Attributes:
        path: The queue.
        ids: Of the letters, oldest first.
        elsewhere: By destination, how many of those chosen are left alone since it does not run.
        damaged: How many are left alone since the file was damaged: they are not sure to be what came in.
    """

    path: Path
    ids: Sequence[int]
    elsewhere: Counter[str]
    damaged: int

    def kept(self) -> Iterator[Kept]:
        """The letters; those that die meanwhile are not among them.

        Raises:
            mapper.delivery.durable.errors.QueueFileError: the queue can't be read.
        """
        for first in range(0, len(self.ids), _PAGE):
            with looking(self.path) as letters:
                page = list(letters.chosen(Choice(ids=self.ids[first : first + _PAGE])))
            yield from page

    def lines(self) -> Iterator[Line]:
        """Their calls, each for the mapping in which it died."""
        return map(line_of, self.kept())

    def left(self) -> int:
        """How many of them are letters still.

        Raises:
            mapper.delivery.durable.errors.QueueFileError: as for :meth:`kept`.
        """
        if not self.ids:
            return 0
        with looking(self.path) as letters:
            return letters.count(Choice(ids=self.ids))


def choose(path: Path, choice: Choice, destinations: Collection[str]) -> Replay:
    """Look for the letters that are to be replayed.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: the queue can't be read.
        mapper.app.choosing.NoSuchLetterError: it does not know what was chosen.
    """
    ids: list[int] = []
    damaged = 0
    elsewhere: Counter[str] = Counter()
    with looking(path) as letters:
        refuse(letters.unknown(choice))
        for number, kind, destination in letters.targets(choice):
            if kind == DAMAGED:
                damaged += 1
            elif destination is None or destination in destinations:
                ids.append(number)
            else:
                elsewhere[destination] += 1
    return Replay(path, ids, elsewhere, damaged)


def line_of(kept: Kept) -> Line:
    """The call of a letter."""
    letter = kept.letter
    died = Died(kept.id, letter.kind, letter.because)
    place = place_of(letter.destination, letter.mapping)
    return Line(letter.call, letter.line, letter.file, mapping=place, died=died)


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
