"""What ``mapper status --watch`` does: look, show, wait, and so on until it is interrupted."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final, NoReturn

from mapper.app.watching import Look, Looks, record_of, screen_of
from mapper.base.clock import SystemClock
from mapper.base.json import encode
from mapper.cli.console import fail, wrapping
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.view import view

_HOME: Final = "\x1b[H"
_TO_LINE_END: Final = "\x1b[K"
_TO_SCREEN_END: Final = "\x1b[J"


def watch(queue: Path, every: float, *, as_json: bool) -> NoReturn:
    """Show a queue each so many seconds."""
    clock, looks = SystemClock(), Looks()
    due = time.monotonic()
    while True:
        try:
            looks.add(Look(round(clock.wall() * 1000), view(queue)))
        except QueueFileError as error:
            fail(str(error), error.help)
        show(looks, str(queue), as_json=as_json)
        due = max(due + every, time.monotonic())
        time.sleep(due - time.monotonic())


def show(looks: Looks, queue: str, *, as_json: bool) -> None:
    """Write how it stands by now; `queue`: as it was called."""
    sys.stdout.write(encode(record_of(looks)).decode() + "\n" if as_json else _screen(looks, queue))
    sys.stdout.flush()


def _screen(looks: Looks, queue: str) -> str:
    """In place of the one before, where a terminal can do so; elsewhere below it."""
    lines = screen_of(looks, queue, wrapping(sys.stdout))
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        seen = lines[: shutil.get_terminal_size((80, 24)).lines - 1]
        return _HOME + "".join(f"{line}{_TO_LINE_END}\n" for line in seen) + _TO_SCREEN_END
    return "".join(f"{line}\n" for line in [*lines, ""])
