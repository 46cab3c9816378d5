"""What several workers do to one destination, all together."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from mapper.delivery.door import TRIP
from tests.cli.kit import ROOT
from tests.delivery.jetstream.faults import Field, call_of, playing, write_calls
from tests.delivery.jetstream.kit import fresh
from tests.support.awaiting import PATIENCE, await_
from tests.support.nats import Server
from tests.support.sandbox import sandbox_process

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("nats")]
_RATE = 100
_WINDOW = 4.0


@pytest.fixture
def field(server: Server, tmp_path: Path) -> Iterator[Field]:
    with sandbox_process("natero") as sandbox, playing(tmp_path, str(fresh(server.url)), sandbox) as found:
        found.init("--allow-one-replica", "--partitions", "4")
        yield found


class Sample(NamedTuple):
    """How many events had come at some moment between two; seconds."""

    before: float
    events: int
    after: float


def with_rate(folder: Path) -> Path:
    """The shipped mappings, with a rate."""
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, folder / name)
    path = folder / "mappings" / "natero" / "destination.yaml"
    text = path.read_text()
    assert text.count("    body: ndjson\n") == 1
    path.write_text(text.replace("    body: ndjson\n", f"    body: ndjson\n    rate: {{events: {_RATE}/s}}\n"))
    return folder / "mappings"


def test_a_rate_holds_over_workers_that_come_and_go(field: Field, tmp_path: Path) -> None:
    """Beyond it is a second's worth at most that each worker may have at hand, and no more than another where
    partitions move."""
    mappings, count = with_rate(tmp_path), 18 * _RATE
    assert field.put(write_calls(field.folder / "in", count)).wait(PATIENCE) == 0, field.logs()
    field.worker("--mappings", str(mappings))
    samples = [Sample(time.monotonic(), 0, time.monotonic())]
    other = None
    while samples[-1].events < count:
        samples.append(Sample(time.monotonic(), int(field.sandbox.received["count"]), time.monotonic()))
        assert samples[-1].after < samples[0].before + PATIENCE, field.logs()
        if other is None and samples[-1].events > 2 * _RATE:
            other = field.worker("--mappings", str(mappings))
        if other is not None and other.poll() is None and samples[-1].events > 14 * _RATE:
            other.terminate()
        time.sleep(0.1)
    most = max(
        later.events - earlier.events
        for earlier in samples
        for later in samples
        if earlier.after < later.before and later.after <= earlier.before + _WINDOW
    )
    assert most <= (_WINDOW + 2) * _RATE
    assert other is not None
    print(f"{most} events within {_WINDOW:g} s at most")


def test_a_destination_that_is_down_is_left_alone_by_each_worker(field: Field) -> None:
    """Together they fail as often as each of them does before its breaker opens, and ask one event at a time then."""
    places = 2
    path, count = field.folder / "in", 8000
    path.write_text(
        "".join(f"{json.dumps(call_of(at, userId=f'u{at}'))}\n" for at in range(count))
    )  # none waits for others
    assert field.put(path).wait(PATIENCE) == 0, field.logs()
    field.sandbox.fault({"status": 503})
    for _ in range(2):
        field.worker("--concurrency", str(places), "--verbose")

    def failed() -> list[int]:
        """Events of each request of which a worker said that it failed."""
        return [int(size) for size in re.findall(r"retry: natero: .*; (\d+) events?", field.logs(10**6))]

    await_(lambda: failed().count(1) >= 2 * 2, tell=field.logs)  # breakers have opened, and asked, by then
    time.sleep(3)
    whole = sum(1 for size in failed() if size > 1)
    assert 2 <= whole <= 2 * (TRIP - 1 + places), failed()
    assert int(field.sandbox.received["answers"]["503"]) - whole <= 2 * 8  # one event each, after growing pauses
    field.sandbox.client.delete("/faults").raise_for_status()
    field.finish()
    assert field.all_is_well(count) == 0
