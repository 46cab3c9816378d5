"""The wall clock is put wrong by an hour or a day, forth or back: no storm, no stall."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.runs.kit import BATCH, FIRST_WAIT, Shop, opened
from tests.support.awaiting import PATIENCE

COUNT = 6 * BATCH
HOUR, DAY = 3_600, 86_400
JUMPS = [-DAY, -HOUR, HOUR, DAY]
assert PATIENCE < HOUR, "who waits for a clock that is wrong by less is not seen to be stuck"
ILL = ({"status": 503, "times": 4}, {"status": 429, "retry_after": {"date_in": 1}})
"""The sandbox's answers have no `Date`, so that dates are held against the clock that is wrong."""
WRONG_CLOCK = """\
import time
from pathlib import Path
from mapper.__main__ import main
right = time.time
time.time = lambda: right() + int(Path("shift").read_text())
main()
"""
PROGRAM = ("-c", WRONG_CLOCK)


@pytest.fixture(scope="module")
def any_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(any_shop: Shop, tmp_path: Path) -> Shop:
    shop = any_shop.anew(tmp_path)
    shop.calls(COUNT)
    shift(shop, 0)
    shop.sandbox.fault(*ILL)
    return shop


def shift(shop: Shop, seconds: int) -> None:
    """Put the clock of its runs wrong."""
    (shop.folder / "new").write_text(str(seconds))
    (shop.folder / "new").replace(shop.folder / "shift")


@pytest.mark.long
@pytest.mark.parametrize("jump", JUMPS)
def test_within_one_process(jump: int, shop: Shop) -> None:
    process, deadline = shop.start(program=PROGRAM), time.monotonic() + PATIENCE
    while not any(line.answer == "429" for line in shop.lines()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    shift(shop, jump)
    before, begun = len(shop.lines()), time.monotonic()
    time.sleep(2.0)
    after = len(shop.lines())
    assert after - before < 1.5 * (time.monotonic() - begun) / (FIRST_WAIT / 2), "a storm"
    shop.sandbox.client.delete("/faults")
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert shop.expect_all(COUNT) == 0


@pytest.mark.long
@pytest.mark.parametrize("jump", JUMPS)
def test_between_two_processes(jump: int, shop: Shop) -> None:
    first = shop.start("--give-up-after", "500ms", program=PROGRAM)
    _, said = first.communicate(timeout=PATIENCE)
    assert (first.returncode, f"pending   {COUNT}\n" in said) == (1, True), said
    shift(shop, jump)
    shop.sandbox.client.delete("/faults")
    before = len(shop.lines())
    second = shop.start(program=PROGRAM)
    _, said = second.communicate(timeout=PATIENCE)
    assert second.returncode == 0, said
    assert len(shop.lines()) - before <= 6 * COUNT / BATCH, "a storm"
    assert shop.expect_all(COUNT) == 0
