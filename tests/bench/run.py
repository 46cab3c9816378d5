"""``make bench``: NDJSON to NDJSON on one core, beside code written by hand; and how fast the command starts.

Figures are ratios within one run; the absolute ones are this machine's. Exits with 1 where the code written by hand is
not quick enough to be worth beating, where the product misses a bar, or where their events differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from typing import Final

import orjson

from tests.bench.contenders import BY_HAND, JMESPATH, MAPPER, NO_MAPPING, contenders
from tests.bench.measure import Figures, measure
from tests.bench.startup import startup_ratio, validate_ratio
from tests.support.typical import typical_calls

BARS: Final = ((BY_HAND, NO_MAPPING, 0.55), (MAPPER, BY_HAND, 1.0), (MAPPER, JMESPATH, 8.0))
"""Contender, what it is compared with, and the least ratio."""
SLOWEST_START: Final = 4.0
SLOWEST_VALIDATE: Final = 3.0


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=5_000, help="calls in a round")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    options = parser.parse_args()
    lines = [orjson.dumps(call) for call in typical_calls(options.seed, options.calls)]
    field = contenders()
    if events(field[MAPPER](lines)) != events(field[BY_HAND](lines)):
        print("the mappings and the code written by hand give different events", file=sys.stderr)
        return 1
    figures = measure(field, lines, options.rounds)
    startup, validate = startup_ratio(), validate_ratio()
    if options.json:
        told = {name: {"rate": figures.rate(name), "ratio": figures.ratio(name, BY_HAND)} for name in field}
        print(json.dumps({**told, "startup": startup, "validate": validate}))
    else:
        show(figures, sum(map(len, lines)) / len(lines), options.rounds)
        print(f"mapper --version to python -c pass: {startup:.1f} times as long")
        print(f"mapper validate to a typer program that does nothing: {validate:.1f} times as long")
    missed = [bar for bar in BARS if figures.ratio(bar[0], bar[1]) < bar[2]]
    for name, other, least in missed:
        print(f"below the bar: {name} / {other} = {figures.ratio(name, other):.2f}, wanted {least}", file=sys.stderr)
    if startup > SLOWEST_START:
        print(f"mapper --version takes {startup:.1f} times as long as python -c pass", file=sys.stderr)
    if validate > SLOWEST_VALIDATE:
        print(f"mapper validate takes {validate:.1f} times as long as a typer program", file=sys.stderr)
    return 1 if missed or startup > SLOWEST_START or validate > SLOWEST_VALIDATE else 0


def events(output: bytes) -> list[object]:
    """Events with their dimensions by key: their order means nothing."""
    return [_plain(orjson.loads(line)) for line in output.splitlines()]


def _plain(event: dict[str, object]) -> dict[str, object]:
    details = event.get("details")
    if isinstance(details, dict):
        for name in [name for name in details if name.endswith("_dimensions")]:
            details[name] = sorted(details[name], key=lambda each: str(each["key"]))
    return event


def show(figures: Figures, size: float, rounds: int) -> None:
    """A table for people."""
    print(
        f"Python {platform.python_version()} on {os.cpu_count()} cores, one used; CPU time, garbage collector at rest"
    )
    print(f"{figures.calls:,} typical calls of {size:,.0f} bytes, NDJSON to NDJSON, median of {rounds} rounds\n")
    print(f"{'':36}{'events/s':>10}{'to by hand':>14}")
    for name in figures.seconds:
        print(f"{name:36}{figures.rate(name):>10,.0f}{figures.ratio(name, BY_HAND):>14.2f}")
    print(f"\nby hand to no mapping: {figures.ratio(BY_HAND, NO_MAPPING):.2f}")


if __name__ == "__main__":
    sys.exit(main())
