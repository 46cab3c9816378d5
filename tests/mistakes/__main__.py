"""``make mistakes``: every mistake at every place, with those that nothing finds, and a table."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.mistakes.table import Table
from tests.mistakes.trial import all_mutants, tried


def main() -> None:
    """Try them and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="", help="only kinds with this in their name")
    parser.add_argument("--file", default="", help="only files with this in their name")
    parser.add_argument("--every", type=int, default=1, help="only every so many")
    options = parser.parse_args()
    chosen = [one for one in all_mutants() if options.kind in one.kind and options.file in one.file]
    with tempfile.TemporaryDirectory() as folder:
        results = list(tried(chosen[:: options.every], Path(folder)))
    for mutant, outcome in results:
        where = f"{mutant.file}:{min(mutant.lines)}  {mutant.kind}: {mutant.what}"
        if outcome.changes and not outcome.caught:
            print("missed   " if outcome.locked else "UNLOCKED ", where)
        elif outcome.caught and not outcome.in_place:
            print("elsewhere", where, "|", outcome.told)
    print(Table.of(results))


if __name__ == "__main__":
    main()
