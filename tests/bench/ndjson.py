"""Lines of NDJSON to lines of NDJSON, on one core."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import orjson

from mapper.app.mapping import CHUNK
from mapper.compiler.compiled import Compiled
from mapper.engine.interpret import Interpreter
from mapper.records.result import Mapped
from tests.bench import by_expressions
from tests.bench.corpus import SETTINGS, first, require_same, shipped_set, typical_lines
from tests.bench.measure import measure, timed
from tests.bench.outcome import Bar, Options, Outcome, at_least, rates
from tests.oracle.natero import map_line
from tests.support.by_jmespath import build_by_jmespath

Run = Callable[[Sequence[bytes]], bytes]

MAPPER: Final = "mapper"
INTERPRETED: Final = "mapper, interpreted"
BY_HAND: Final = "Python by hand, orjson"
BY_EXPRESSIONS: Final = "jmespath.py, an expression for each call type"
SAME_MAPPINGS: Final = "jmespath.py, the shipped mappings"
NO_MAPPING: Final = "orjson loads and dumps, no mapping"

SHARES: Final = {MAPPER: 1, INTERPRETED: 5, BY_HAND: 1, BY_EXPRESSIONS: 10, SAME_MAPPINGS: 20, NO_MAPPING: 1}
"""The slow ones get the first so many-th of the calls."""
WORTH_BEATING: Final = 0.55
"""Of orjson without any mapping: code written by hand that is slower than this is not as good as it could be."""


def ndjson(options: Options) -> Outcome:
    """mapper beside code written by hand and beside jmespath.py."""
    lines = typical_lines(options.seed, options.calls)
    field = contenders()
    ours = field[MAPPER](lines)
    for name in (BY_HAND, INTERPRETED, BY_EXPRESSIONS, SAME_MAPPINGS):
        require_same(name, ours, field[name](first(lines, SHARES[name])))
    turns = [timed(name, run, first(lines, SHARES[name])) for name, run in field.items()]
    figures = measure(turns, options.rounds)
    bars = at_least(figures, MAPPER, {BY_HAND: 1.6, BY_EXPRESSIONS: 8.0})
    worth = Bar(f"{BY_HAND} / {NO_MAPPING}", figures.ratio(BY_HAND, NO_MAPPING), WORTH_BEATING)
    size = sum(map(len, lines)) / len(lines)
    return Outcome(f"NDJSON to NDJSON, calls of {size:,.0f} bytes", [*bars, worth], rates(figures))


def contenders() -> dict[str, Run]:
    """By name, in the order they are shown."""
    spec = shipped_set()
    return {
        MAPPER: mapped_by(Compiled([spec], SETTINGS)),
        INTERPRETED: mapped_by(Interpreter([spec], SETTINGS)),
        BY_HAND: each_line(map_line),
        BY_EXPRESSIONS: each_line(by_expressions.map_line),
        SAME_MAPPINGS: mapped_by(Interpreter([spec], SETTINGS, build_expression=build_by_jmespath)),
        NO_MAPPING: each_line(lambda line: orjson.dumps(orjson.loads(line))),
    }


def mapped_by(engine: Interpreter | Compiled) -> Run:
    """What goes behind the seam."""
    return in_chunks(
        lambda lines: b"\n".join([result.request.body for result in engine.apply(lines) if type(result) is Mapped])
    )


def each_line(map_one: Callable[[bytes], bytes | None]) -> Run:
    """What maps a line at a time."""
    return in_chunks(lambda lines: b"\n".join([event for line in lines if (event := map_one(line)) is not None]))


def in_chunks(run: Run) -> Run:
    """As a run does it: so many lines at a time, whose results are let go before the next."""

    def run_in_chunks(lines: Sequence[bytes]) -> bytes:
        return b"\n".join([run(lines[at : at + CHUNK]) for at in range(0, len(lines), CHUNK)])

    return run_in_chunks
