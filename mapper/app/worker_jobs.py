"""What workers are given to do, and what comes back."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from mapper.app.ahead import ReadAhead
from mapper.app.mapping import Apply, Chunk, Job, Pair, Selection, pairs_of, sound, spot
from mapper.intake.ranges import Stretch
from mapper.records.line import Line
from mapper.records.result import Result

if TYPE_CHECKING:
    from mapper.app.dry_run import DryRun
    from mapper.app.ledger import Ledger
    from mapper.app.slots import Made
    from mapper.app.workers import Workers

_encode: Final = msgspec.msgpack.Encoder().encode
_lines: Final = msgspec.msgpack.Decoder(list[Line]).decode
_results: Final = msgspec.msgpack.Decoder(list[Result]).decode


@dataclass(frozen=True, slots=True)
class MapWork:
    """Lines to themselves, for who gives out a range has not read them, and the results of those that are sound."""

    apply: Apply

    def __call__(self, lines: Sequence[Line]) -> tuple[bytes, bytes]:
        """Map a chunk."""
        return _encode(lines), _encode(self.apply(sound(lines)))


async def mapped_apart(
    jobs: AsyncIterator[Job], workers: Workers, apply: Apply, selection: Selection
) -> AsyncIterator[tuple[Chunk, list[Pair]]]:
    """Map in other processes.

    Raises:
        mapper.app.parallel.WorkersLostError: a worker is gone.
    """
    async for made in workers.done(MapWork(apply), jobs):
        for lines, results, following in _chunks(made):
            after = workers.oldest if following is None else spot(following)
            yield Chunk(lines, after), pairs_of(lines, results, selection)


def _chunks(made: Sequence[Made]) -> Iterator[tuple[list[Line], list[Result], Line | None]]:
    """Lines and results of each chunk, and the line after them; no more than the next chunk is unpacked before."""
    unpacked = ((_lines(lines), results) for lines, results in made)
    for at, after in pairwise(chain(unpacked, [None])):
        if at is not None:
            yield at[0], _results(at[1]), None if after is None else after[0][0]


@dataclass(frozen=True, slots=True)
class ShowWork:
    """Lines to what a dry run shows of them."""

    show: DryRun

    def __call__(self, lines: Sequence[Line]) -> tuple[bytes, bytes]:
        """Map a chunk, and write down what becomes of it."""
        text, ledger = self.show(lines)
        return pickle.dumps(ledger), text


def shown_apart(lines: Iterable[Line | Stretch], show: DryRun, workers: Workers) -> Iterator[tuple[memoryview, Ledger]]:
    """A dry run in other processes; each text is to be used before the next is asked for.

    Raises:
        mapper.app.parallel.WorkersLostError: a worker is gone.
    """
    with closing(ReadAhead(lines, show.selection.limit)) as ahead, asyncio.Runner() as runner:
        found = workers.done(ShowWork(show), ahead.jobs())

        async def following() -> list[Made] | None:
            return await anext(found, None)

        while (made := runner.run(following())) is not None:
            for ledger, text in made:
                yield text, pickle.loads(ledger)
