"""Who is measured: each takes lines of NDJSON, a call each, and gives lines of NDJSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import orjson

from mapper.app.mapping import CHUNK
from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.compiler.compiled import Compiled
from mapper.engine.interpret import Interpreter
from mapper.records.result import Mapped
from mapper.records.spec import DestinationSpec
from tests.oracle.natero import map_line
from tests.support.by_jmespath import build_by_jmespath

Contender = Callable[[Sequence[bytes]], bytes]

MAPPER: Final = "mapper"
INTERPRETED: Final = "mapper, interpreted"
BY_HAND: Final = "hand-written Python + orjson"
JMESPATH: Final = "jmespath.py, the same mappings"
NO_MAPPING: Final = "orjson loads + dumps, no mapping"


def contenders() -> dict[str, Contender]:
    """By name, in the order they are shown."""
    spec = load_set(shipped("mappings") / "natero").spec
    assert spec is not None
    settings = {"natero": {"endpointRegion": "US", "anonymousUsers": "skip"}}
    return {
        MAPPER: _in_chunks(_mapped_by(Compiled([spec], settings))),
        INTERPRETED: _in_chunks(_mapped_by(Interpreter([spec], settings))),
        BY_HAND: _in_chunks(
            lambda lines: b"\n".join([event for line in lines if (event := map_line(line)) is not None])
        ),
        JMESPATH: _in_chunks(_mapped_by(_slow(spec, settings))),
        NO_MAPPING: _in_chunks(lambda lines: b"\n".join([orjson.dumps(orjson.loads(line)) for line in lines])),
    }


def _slow(spec: DestinationSpec, settings: dict[str, dict[str, str]]) -> Interpreter:
    return Interpreter([spec], settings, build_expression=build_by_jmespath)


def _in_chunks(run: Contender) -> Contender:
    """As a run does it: so many lines at a time, whose results are let go before the next."""

    def run_in_chunks(lines: Sequence[bytes]) -> bytes:
        return b"\n".join([run(lines[at : at + CHUNK]) for at in range(0, len(lines), CHUNK)])

    return run_in_chunks


def _mapped_by(engine: Interpreter | Compiled) -> Contender:
    def run(lines: Sequence[bytes]) -> bytes:
        return b"\n".join([result.request.body for result in engine.apply(lines) if isinstance(result, Mapped)])

    return run
