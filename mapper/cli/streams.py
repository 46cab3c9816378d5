"""The standard streams, whatever the shell made of them."""

from __future__ import annotations

import io
import os
import sys
from typing import Final

_NAMES: Final = ("stdin", "stdout", "stderr")


def prepare() -> None:
    """Put nothing in place of streams that are closed (``>&-``), and take all text.

    The next file that is opened would have the number of a closed one otherwise, and get what is printed.
    """
    for number, name in enumerate(_NAMES):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # of an output that can't hold a character, as stderr does


def give_up_output() -> None:
    """Nobody takes our output: give the interpreter nothing to flush at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
