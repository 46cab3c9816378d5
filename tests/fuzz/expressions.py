"""``make fuzz``: a million random expressions on random values, each evaluator against jmespath, on every core.

Stops at the first difference and prints it with its seed. Otherwise prints what was compared, and exits with 1 where
too few pairs gave a value for the figures to mean anything.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import jmespath

from tests.expressions.differential.compare import Tally, compare
from tests.expressions.differential.pairs import OURS, STANDARD, pairs
from tests.expressions.subjects import SUBJECTS
from tests.support.reference import search as by_reference

PER_SEED = 5_000
LEAST_VALUES = 0.4


def one(subject: str, seed: int) -> Tally | str:
    """Compare one seed's pairs, every fourth seed with our own functions; a difference as text."""
    warnings.simplefilter("ignore")
    own = seed % 4 == 0
    try:
        made = pairs(seed, PER_SEED, OURS if own else STANDARD)
        return compare(made, SUBJECTS[subject], by_reference if own else jmespath.search)
    except AssertionError as difference:
        return f"{subject}, seed {seed}: {difference}"


def main() -> int:
    """Compare, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=1_000_000, help="for each evaluator")
    parser.add_argument("--seed", type=int, default=1_000, help="the first seed")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + -(-options.pairs // PER_SEED))
    failed = False
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for subject in SUBJECTS:
            found = list(pool.map(one, [subject] * len(seeds), seeds))
            for difference in (each for each in found if isinstance(each, str)):
                print(difference, file=sys.stderr)
                failed = True
            tallies = [each for each in found if isinstance(each, Tally)]
            count = sum(tally.pairs for tally in tallies)
            values = sum(tally.values * tally.pairs for tally in tallies) / max(count, 1)
            errors = sum((tally.errors for tally in tallies), Counter[str]())
            print(f"{subject}: {count:,} pairs without a difference, {values:.0%} with a value")
            print("  errors: " + ", ".join(f"{name} {times:,}" for name, times in errors.most_common()))
            failed |= values < LEAST_VALUES
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
