"""``python -m mapper`` and the ``mapper`` command."""

from __future__ import annotations

import gc
import sys

_GARBAGE = 100_000
"""Objects that come before garbage is looked for. While a program starts, nearly all it makes is there to stay."""


def main() -> None:
    """Run the command line; ``--version`` alone is answered before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        from mapper import __version__

        print(f"mapper {__version__}")
        return
    gc.set_threshold(_GARBAGE, 20, 20)
    from mapper.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
