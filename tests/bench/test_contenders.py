"""What is measured does the work it is said to do."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.bench import by_expressions
from tests.bench.corpus import DifferentError, require_same, typical_lines
from tests.bench.delivery import apply_by_expressions, sink
from tests.bench.measure import Figures
from tests.bench.ndjson import BY_EXPRESSIONS, BY_HAND, MAPPER, SAME_MAPPINGS, contenders
from tests.bench.outcome import Bar
from tests.bench.peers.vrl import vrl
from tests.oracle.natero import map_call
from tests.support.calls import random_calls


def test_all_give_the_same_events() -> None:
    lines = typical_lines(7, 600)
    field = contenders()
    ours = field[MAPPER](lines)
    assert len(ours.splitlines()) == 600
    for name in (BY_HAND, BY_EXPRESSIONS, SAME_MAPPINGS):
        require_same(name, ours, field[name](lines))


def test_jmespath_used_directly_is_no_sketch() -> None:
    for call in random_calls(5, 2000):
        expected = map_call(call)
        got = by_expressions.map_call(call)
        assert got == (expected if type(expected) is dict else None), call


def test_vrl_gives_the_same_events() -> None:
    peer = vrl()
    if peer is None:
        pytest.skip("VRL is not installed; `make peers` installs it")
    lines = typical_lines(7, 600)
    require_same("VRL", contenders()[MAPPER](lines), peer.run(lines))


def test_a_difference_is_found() -> None:
    with pytest.raises(DifferentError):
        require_same("other", b'{"a":1}\n{"a":2}', b'{"a":1}\n{"a":3}')
    with pytest.raises(DifferentError):
        require_same("longer", b'{"a":1}', b'{"a":1}\n{"a":2}')
    with pytest.raises(DifferentError):
        require_same("nothing", b'{"a":1}', b"")
    dimensions = b'{"details":{"custom_label_dimensions":[{"key":"%b"},{"key":"%b"}]}}'
    require_same("other order", dimensions % (b"a", b"b"), dimensions % (b"b", b"a"))


def test_figures_are_taken_within_each_round() -> None:
    figures = Figures({"ours": [1.0, 2.0, 5.0], "theirs": [3.0, 4.0, 50.0]})
    assert figures.rate("ours") == 0.5
    assert figures.ratio("ours", "theirs") == 3.0
    assert Bar("speed", 1.59, 1.6).missed and not Bar("speed", 1.6, 1.6).missed
    assert Bar("time", 2.51, 2.5, at_most=True).missed and not Bar("time", 2.5, 2.5, at_most=True).missed


def test_the_sink_counts_lines() -> None:
    async def post() -> list[int]:
        with sink() as url:
            async with httpx.AsyncClient(trust_env=False) as client:
                answers = [await client.post(url, content=body) for body in (b"a\nb\nc", b"d\n", b"x" * 300_000)]
                return [int(answer.text) for answer in [*answers, await client.get(url)]]

    assert asyncio.run(post()) == [3, 4, 5, 5]


def test_jmespath_behind_the_seam_gives_a_result_a_line() -> None:
    lines = typical_lines(7, 50)
    assert [result.index for result in apply_by_expressions(lines) if hasattr(result, "index")] == list(range(50))
