"""Workers give what one process gives, whatever lies in the files and however they are divided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mapper.app.ahead import ReadAhead
from mapper.app.dry_run import dry_run_of
from mapper.app.ledger import Ledger
from mapper.app.mapping import Chunk, Job, Pair, Selection, map_lines
from mapper.app.places import describer
from mapper.app.project import load_project
from mapper.app.spawn import spawned
from mapper.app.wiring import Wired, wire
from mapper.app.worker_jobs import mapped_apart, shown_apart
from mapper.app.workers import Workers
from mapper.intake.ranges import Stretch, ranges
from mapper.intake.read import read_lines
from mapper.intake.sources import Source
from mapper.records.line import Line
from tests.support.awaiting import PATIENCE
from tests.support.awkward_files import LIMIT, awkward_files

ROOT = Path(__file__).parents[2]
SELECTION = Selection(only=frozenset({"track", "page", "identify"}))
Given = list[tuple[bytes, int]]
"""Files, and the most bytes of their ranges."""

files = st.lists(st.tuples(awkward_files, st.integers(1, 400)), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("apart")


def wired() -> Wired:
    """What has begun to map can't go to another process: here each side has its own."""
    project = load_project(ROOT / "mappings")
    values = {"natero": {"endpointRegion": "US", "anonymousUsers": "skip", "authKey": "***", "sendKey": "***"}}
    return wire(project.choose(["natero"]), values, describe=describer(project.documents))


@pytest.fixture
def workers() -> Iterator[Workers]:
    with spawned(2) as channels:
        yield Workers(channels)


def sources(folder: Path, given_files: Given) -> list[tuple[Source, int]]:
    found = []
    for number, (content, size) in enumerate(given_files):
        path = folder / str(number)
        path.write_bytes(content)
        found.append((Source(f"file {number}", str(path)), size))
    return found


def alone(folder: Path, given_files: Given) -> Iterator[Line]:
    for source, _ in sources(folder, given_files):
        yield from read_lines(source, max_line_bytes=LIMIT)


def divided(folder: Path, given_files: Given) -> Iterator[Line | Stretch]:
    for source, size in sources(folder, given_files):
        found = ranges(source, max_line_bytes=LIMIT, size=size)
        yield from read_lines(source, max_line_bytes=LIMIT) if found is None else found


def test_a_dry_run_shows_the_same(workers: Workers, folder: Path) -> None:
    here, there = (dry_run_of(wired(), SELECTION, name_files=True) for _ in range(2))

    @given(given_files=files)
    @settings(max_examples=60, deadline=None)
    def same(given_files: Given) -> None:
        text, ledger = here(list(alone(folder, given_files)))
        parts = [(bytes(part), each) for part, each in shown_apart(divided(folder, given_files), there, workers)]
        counted = Ledger()
        for _, each in parts:
            counted.add(each)
        assert b"".join(part for part, _ in parts) == text
        assert counted == ledger

    same()


def test_lines_results_and_what_follows_are_the_same(workers: Workers, folder: Path) -> None:
    here, there = wired().apply, wired().apply

    async def mapped(jobs: AsyncIterator[Job]) -> list[tuple[Chunk, list[Pair]]]:
        async with asyncio.timeout(PATIENCE):
            return [each async for each in mapped_apart(jobs, workers, there, SELECTION)]

    @given(given_files=files)
    @settings(max_examples=60, deadline=None)
    def same(given_files: Given) -> None:
        lines = list(alone(folder, given_files))
        found = asyncio.run(mapped(ReadAhead(divided(folder, given_files)).jobs()))
        in_ranges = {each.range.name for each in divided(folder, given_files) if isinstance(each, Stretch)}
        together = chain.from_iterable(pairs for _, pairs in found)
        assert _plain(together) == _plain(map_lines(here, lines, SELECTION))
        for (chunk, _), (after, _) in pairwise(found):
            last, following, first = chunk.lines[-1], chunk.following, after.lines[0]
            if last.file == first.file and (following is not None or last.file in in_ranges):
                assert following is not None and last.number <= following[1] <= first.number

    same()


def _plain(pairs: Iterable[Pair]) -> list[Pair]:
    """Without the places of results in their chunks, which are others."""
    return [(line, structs.replace(result, index=0)) for line, result in pairs]


def count(_: bytes, lines: Sequence[Line]) -> tuple[bytes, bytes]:
    return b"", b"%d" % len(lines)


@pytest.mark.parametrize("size", [214_000, 3_000_000])
def test_work_that_fills_a_socket(workers: Workers, folder: Path, size: int) -> None:
    """Great mapping sets do: just so that nothing else goes in, or several times over."""

    async def counted() -> list[bytes]:
        jobs = ReadAhead(divided(folder, [(b"{}\n" * 100, 60)])).jobs()
        work = partial(count, b"x" * size)
        return [bytes(number) async for made in workers.done(work, jobs) for _, number in made]

    assert asyncio.run(counted()) == [b"20"] * 5
