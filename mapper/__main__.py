"""``python -m mapper`` and the ``mapper`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; ``--version`` alone is answered before anything heavy is imported."""
    if sys.argv[1:] == ["--version"]:
        from mapper import __version__

        print(f"mapper {__version__}")
        return
    from mapper.base.garbage import collect_rarely

    collect_rarely()
    from mapper.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
