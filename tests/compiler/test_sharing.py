"""``$share`` compiled and interpreted: random fields that take from one another's places, over random objects."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Final

import pytest

from mapper.records.result import Mapped
from tests.support.engines import Engines
from tests.support.language import apply, interpreter, mapping

PATHS: Final = ("x", "y", "z", "x.y", "x.z", "y.x", "y.z", "x.y.z", "x.y.x", "y.x.z", "some_name", "x.some_name")
MANY: Final = 45
"""Fields; more than the bits that say which may be there."""


def take(rng: random.Random, *, drops: bool) -> str:
    keys = json.dumps(rng.sample(PATHS, rng.choice((1, 1, 2, 3))))
    how = rng.choice(("", "", ", $as: string", ", $is: string", ", $is: object", ", $as: number"))
    one = f"{{$take: {keys}{how}}}"
    if rng.random() < 0.8:
        return one
    first = f"{{$first: [{one}, {{$take: {rng.choice(PATHS)}}}]}}"
    return f"{{$from: {first}, $as: string}}" if drops else first


def value(rng: random.Random, depth: int = 0) -> Any:
    if depth < 3 and rng.random() < 0.7:
        keys = rng.sample(("x", "y", "z", "someName", "some_name", "else"), rng.randint(0, 5))
        return {key: value(rng, depth + 1) for key in keys}
    return rng.choice((None, "", " ", "text", "7", 0, 1.5, True, [], ["a", {"x": 1}]))


@pytest.mark.parametrize("drops", [False, True])
@pytest.mark.parametrize("fields", [3, 9, MANY])
def test_what_is_taken_and_what_is_left(tmp_path: Path, fields: int, drops: bool) -> None:
    rng = random.Random(f"{fields} {drops}")
    found = 0
    for number in range(6):
        lines = [f"f{at}: {take(rng, drops=drops)}" for at in range(fields)]
        body = "\n  ".join(["made:", "$share: properties", "$spell: [camelCase, snake_case]", *lines, "$rest: rest"])
        engines = interpreter(tmp_path / str(number), {"track.yaml": mapping(body)})
        assert isinstance(engines, Engines)
        assert engines.compiled.refusal("acme", "track") is None
        results = apply(engines, *({"properties": value(rng)} for _ in range(60)))
        found += sum(isinstance(result, Mapped) for result in results)
    assert found > 150
