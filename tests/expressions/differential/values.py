"""JSON values to apply expressions to: shaped like data, with the awkward leaves that evaluators disagree on."""

from __future__ import annotations

import random
from typing import Any, Final

NAMES: Final = ("a", "b", "c", "kind", "name", "n", "tags", "_x1", "with space", "dash-ed", "", "é", 'quo"te', "back\\")
NUMBERS: Final[tuple[float, ...]] = (
    *(0, 1, 2, 3, 7, -1, -2, 10, 100, 0.0, 1.0, -0.0, 0.5, 2.5, -1.5, 1e-7, 1e16, 1e300),
    *(2**53 + 1, 2**63, 10**30, 1577934245678),
)
TEXTS: Final = (
    *("a", "b", "c", "ab", "abc", "kind", "name", "Ana", "Zoë", "東京", "🚀x", "e\u0301", "Total billed", "firstName"),
    *("", " ", "\t", " padded ", "0", "1", "1.0", "-7", "1_000", " 1 ", "1e3", "١٢", "nan", "inf", "0x10", "$12.50"),
    *("true", "FALSE", "null", "a,b,c", "ana@acme.example", "/a/b/c", "it's", 'say "hi"', "tick`tick", "back\\slash"),
    *("2020-01-02", "2020-01-02T03:04:05.678Z", "2020-02-30", "1577934245", "{} and {}", "line\nbreak", "[1,2]"),
)
_LEAVES: Final[tuple[Any, ...]] = (None, True, False)


def leaf(rng: random.Random) -> Any:
    """A scalar or null."""
    chance = rng.random()
    if chance < 0.4:
        return rng.choice(TEXTS)
    return rng.choice(NUMBERS) if chance < 0.8 else rng.choice(_LEAVES)


def array(rng: random.Random, depth: int = 0) -> list[Any]:
    """Numbers, texts, objects of one shape, arrays, or anything mixed; sometimes empty."""
    size = rng.choice((0, 1, 2, 2, 3, 3, 4, 5))
    kind = rng.randrange(6 if depth < 3 else 3)
    if kind == 0:
        return [rng.choice(NUMBERS) for _ in range(size)]
    if kind == 1:
        return [rng.choice(TEXTS) for _ in range(size)]
    if kind == 2:
        return [leaf(rng) for _ in range(size)]
    if kind == 3:
        return [array(rng, depth + 1) for _ in range(size)]
    if kind == 4:
        return [any_value(rng, depth + 1) for _ in range(size)]
    return _records(rng, size, depth + 1)


def mapping(rng: random.Random, depth: int = 0) -> dict[str, Any]:
    """An object of a few keys; sometimes empty."""
    keys = rng.sample(NAMES, rng.choice((0, 1, 2, 3, 4, 5)) if depth else rng.choice((3, 4, 5, 6)))
    return {key: any_value(rng, depth + 1) for key in keys}


def any_value(rng: random.Random, depth: int = 0) -> Any:
    """Any JSON value, at most four levels deep."""
    chance = rng.random()
    if depth > 3 or chance < 0.4:
        return leaf(rng)
    return array(rng, depth) if chance < 0.7 else mapping(rng, depth)


def root(rng: random.Random) -> Any:
    """What a whole expression is applied to: mostly an object."""
    chance = rng.random()
    if chance < 0.8:
        return mapping(rng)
    return array(rng) if chance < 0.95 else leaf(rng)


def _records(rng: random.Random, size: int, depth: int) -> list[Any]:
    """Objects with the same keys and kinds of value, so that they can be sorted; now and then one is odd."""
    keys = rng.sample(NAMES, rng.randrange(1, 4))
    pools = {key: rng.choice((NUMBERS, TEXTS, TEXTS[:6], NUMBERS[:6], (1, 1.0, 2), None)) for key in keys}
    made: list[Any] = []
    for _ in range(size):
        if rng.random() < 0.05:
            made.append(leaf(rng))
        else:
            made.append({key: rng.choice(pool) if pool else any_value(rng, depth) for key, pool in pools.items()})
    return made
