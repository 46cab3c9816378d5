"""``make mistakes``: every mistake at every place, with those that nothing finds, and a table."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.mistakes.table import Table, survivors
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
    print(survivors(results), Table.of(results), sep="\n\n")


if __name__ == "__main__":
    main()
