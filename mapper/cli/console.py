"""What every command says and how: errors on stderr, colours only where they are seen, exit codes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import Final, NoReturn, TextIO

OK: Final = 0
FINDINGS: Final = 1
"""Findings, failed snapshots or dead results."""
USAGE: Final = 2
"""Wrong usage, or configuration that can't be used."""
INTERRUPTED: Final = 130
STOPPING: Final = "stopping: requests in flight are finished first; interrupt again to stop at once"


class Exit(Exception):  # noqa: N818 - it ends the program, it is no error in it
    """Ends the command with an exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def colored(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: a terminal, and neither ``NO_COLOR`` nor ``TERM=dumb`` is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal; 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def wrapping(stream: TextIO) -> int | None:
    """Columns at which to break running text; None where no terminal shows it, so that `grep` finds whole lines."""
    return width() if stream.isatty() else None


def say(text: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def await_terminal(paths: Sequence[str]) -> None:
    """Say what is waited for where standard input is somebody at a terminal."""
    if "-" in paths and sys.stdin.isatty():
        say("reading calls from this terminal, one on a line; end with Ctrl-D")


def remark(text: str) -> None:
    """As :func:`say`, broken at its words where a terminal shows it."""
    say("\n".join(_broken(text, "")))


def note(text: str) -> None:
    """Something that is good to know, on stderr."""
    remark(f"note: {text}")


def complain(message: str, help: str | None = None) -> None:  # noqa: A002 - the word that diagnostics use
    """An error and what to do about it."""
    lines = _broken(f"error: {message}", "")
    if colored(sys.stderr):
        lines[0] = lines[0].replace("error", "\x1b[1;31merror\x1b[0m", 1)
    say("\n".join([*lines, *(_broken(f"help: {help}", "  ") if help else [])]))


def _broken(text: str, indent: str) -> list[str]:
    from mapper.render.fold import folded

    return [line for part in text.split("\n") for line in folded(part, wrapping(sys.stderr), indent=indent)]


def fail(message: str, help: str | None = None, code: int = USAGE) -> NoReturn:  # noqa: A002 - as above
    """Complain, and end the command."""
    complain(message, help)
    raise Exit(code)
