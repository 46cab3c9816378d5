"""Lines to results, chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from mapper.intake.ranges import Stretch
from mapper.records.line import Line
from mapper.records.result import Invalid, Result, Skipped, Unmappable

CHUNK = 500
"""Lines mapped at a time: enough to spread the cost of a step, few enough to keep memory flat and the pace even."""
_LEFT_OUT: Final = "left out by --only"

Apply = Callable[[Sequence[bytes]], list[Result]]
Pair = tuple[Line, Result]
Spot = tuple[str, int]
"""File and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which calls to map.

    Attributes:
        only: Call types; others are skipped, and counted so. Empty: all.
        limit: Most lines read; None: all.
    """

    only: frozenset[str] = frozenset()
    limit: int | None = None

    @property
    def reason(self) -> str:
        """Why calls of other types are skipped."""
        return f"{_LEFT_OUT} {' '.join(sorted(self.only))}"


def left_out(skipped: Mapping[str, int]) -> int:
    """How many results were skipped because of what a selection, of this run or an earlier one, leaves out.

    Args:
        skipped: Counts by reason.
    """
    return sum(count for reason, count in skipped.items() if reason.startswith(f"{_LEFT_OUT} "))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines that are mapped together, and where the one after them stands, as far as is known."""

    lines: list[Line]
    following: Spot | None


Job = Chunk | Stretch
"""What is mapped at a time: lines, or those of a range that somebody else will read."""


def spot(place: Line | Chunk | Stretch | None) -> Spot | None:
    """Where a line stands, or where lines begin; None where the number of the first one is not known yet."""
    if place is None:
        return None
    if isinstance(place, Line):
        return place.file, place.number
    if isinstance(place, Chunk):
        return spot(place.lines[0])
    return None if place.range.first is None else (place.range.name, place.range.first)


def chunks(lines: Iterable[Line], selection: Selection, size: int = CHUNK) -> Iterator[Chunk]:
    """The selected lines in groups, in order."""
    source = iter(lines)
    left = selection.limit
    ahead = next(source, None) if left != 0 else None
    while ahead is not None:
        wanted = size if left is None else min(size, left)
        group = [ahead, *islice(source, wanted - 1)]
        left = None if left is None else left - len(group)
        following = next(source, None) if left != 0 else None
        yield Chunk(group, spot(following))
        ahead = following


def map_lines(apply: Apply, lines: Sequence[Line], selection: Selection) -> list[Pair]:
    """Map a chunk; every line gives at least one pair, in the order of the lines."""
    return pairs_of(lines, apply(sound(lines)), selection)


def sound(lines: Sequence[Line]) -> list[bytes]:
    """What of a chunk is to be mapped."""
    return [line.raw for line in lines if line.fault is None]


def pairs_of(lines: Sequence[Line], results: Sequence[Result], selection: Selection) -> list[Pair]:
    """Each line of a chunk with its results, given those of the sound ones."""
    if all(line.fault is None and line.mapping is None for line in lines):  # as nearly always
        pairs = [(lines[result.index], result) for result in results]
    else:
        pairs = _pairs(lines, results)
    return [(line, _selected(result, selection)) for line, result in pairs] if selection.only else pairs


def _pairs(lines: Sequence[Line], results: Sequence[Result]) -> list[Pair]:
    """The same of lines among which are faulty ones and dead letters."""
    by_line: list[list[Result]] = [[] for _ in lines]
    for result in results:
        by_line[result.index].append(result)
    mapped = iter(by_line)
    pairs: list[Pair] = []
    for line in lines:
        if line.fault is not None:
            pairs.append((line, Invalid(index=-1, reason=line.fault)))
        elif line.mapping is not None:
            pairs.extend((line, result) for result in _of_mapping(line, next(mapped)))
        else:
            pairs.extend((line, result) for result in next(mapped))
    return pairs


async def mapped_here(
    source: AsyncIterator[Job], apply: Apply, selection: Selection
) -> AsyncIterator[tuple[Chunk, list[Pair]]]:
    """Map chunk by chunk in this process."""
    async for job in source:
        assert isinstance(job, Chunk)  # ranges are for workers
        yield job, map_lines(apply, job.lines, selection)


def _of_mapping(line: Line, results: list[Result]) -> list[Result]:
    """A dead letter goes to the mapping it died in, not to others that have had it."""
    destination, mapping = line.place
    own = [result for result in results if _concerns(destination, mapping, result)]
    if own:
        return own
    first = results[0]
    return [
        Unmappable(
            index=first.index,
            message_id=None if isinstance(first, Invalid) else first.message_id,
            type=None if isinstance(first, Invalid) else first.type,
            destination=destination,
            mapping=mapping,
            reason=f"the {'mapping' if mapping else 'destination'} it died in no longer takes it",
        )
    ]


def _concerns(destination: str | None, mapping: str | None, result: Result) -> bool:
    if isinstance(result, Invalid) or result.destination is None:
        return True
    return result.destination == destination and (result.mapping == mapping or None in (result.mapping, mapping))


def _selected(result: Result, selection: Selection) -> Result:
    if isinstance(result, Invalid) or result.type is None or result.type in selection.only:
        return result
    return Skipped(
        index=result.index,
        message_id=result.message_id,
        type=result.type,
        destination=result.destination or "",
        mapping=result.mapping,
        reason=selection.reason,
    )
