"""``python -m mapper`` and the ``mapper`` command."""

from __future__ import annotations

import sys
from contextlib import suppress


def main() -> None:
    """Run the command line; ``--version`` alone is answered before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        from mapper import __version__

        with suppress(OSError):  # a full disk, or nobody who reads it: the command line knows what to say
            print(f"mapper {__version__}", flush=True)
            return
    from mapper.base.garbage import collect_rarely

    collect_rarely()
    from mapper.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
