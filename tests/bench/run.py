"""``make bench``: the figures of docs/benchmarks.md, measured in one run.

Figures are ratios within one run; the absolute ones are this machine's. Exits with 1 where a bar is missed, or where
contenders do not give the same events.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.bench.against_peers import peers
from tests.bench.cluster import cluster
from tests.bench.compared import compared
from tests.bench.corpus import DifferentError
from tests.bench.decoded import decoded
from tests.bench.delivery import delivery
from tests.bench.from_sdk import from_sdk
from tests.bench.ndjson import ndjson
from tests.bench.outcome import Options, Outcome
from tests.bench.paced import paced
from tests.bench.served import served
from tests.bench.startup import startup
from tests.bench.workers import workers

ROWS: Final[dict[str, Callable[[Options], Outcome]]] = {
    "ndjson": ndjson,
    "peers": peers,
    "decoded": decoded,
    "startup": startup,
    "delivery": delivery,
    "paced": paced,
    "served": served,
    "sdk": from_sdk,
    "workers": workers,
    "cluster": cluster,
    "compared": compared,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(ROWS)}; default: all")
    parser.add_argument("--calls", type=int, default=50_000, help="calls in a round of the quick contenders")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    given = parser.parse_args(arguments)
    if unknown := set(given.rows) - ROWS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # programs that are installed have their bytecode
    options = Options(calls=given.calls, rounds=given.rounds, seed=given.seed)
    outcomes: dict[str, Outcome] = {}
    if not given.json:
        print(f"{machine()}; calls a second of CPU time, medians of {options.rounds} rounds", flush=True)
    for name in given.rows or ROWS:
        try:
            outcomes[name] = ROWS[name](options)
        except DifferentError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        if not given.json:
            print(f"\n{outcomes[name]}", flush=True)
    if given.json:
        print(json.dumps({"machine": machine(), **{name: plain(found) for name, found in outcomes.items()}}))
    missed = [bar for found in outcomes.values() for bar in found.bars if bar.missed]
    for bar in missed:
        print(f"missed: {bar}", file=sys.stderr)
    return 1 if missed else 0


def plain(outcome: Outcome) -> dict[str, object]:
    """An outcome for programs."""
    bars = {bar.what: {"figure": bar.figure, "wanted": bar.wanted, "missed": bar.missed} for bar in outcome.bars}
    return {"rates": outcome.rates, "bars": bars, "notes": outcome.notes}


def machine() -> str:
    """What this ran on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {processor()}"


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
