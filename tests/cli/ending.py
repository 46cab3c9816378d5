"""Runs the command and kills it at a chosen moment of accepting what is replayed, as a power cut of this process would.

Used as a script: ``ending.py MOMENT NTH ARGUMENTS...``; MOMENT is a name below, and the NTH time it comes is the last.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Any


def die_at(nth: int) -> Any:
    """What ends this process when it is called for the nth time."""
    left = [nth]

    def die() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    return die


def in_transaction(die: Any, *, before: bool) -> None:
    """Beside the deletion of letters, whose requests are written by then; nothing is committed."""
    store: Any = import_module("mapper.delivery.durable.store")
    right = store.take_letters

    def take_letters(cursor: Any, ids: Any) -> Any:
        if before:
            die()
        taken = right(cursor, ids)
        if not before:
            die()
        return taken

    store.take_letters = take_letters


def committed(die: Any) -> None:
    """All of it is on the disk, and nobody was told."""
    queue: Any = import_module("mapper.delivery.durable.queue").DurableQueue
    right = queue.accept

    async def accept(self: Any, arrival: Any) -> None:
        await right(self, arrival)
        die()

    queue.accept = accept


if __name__ == "__main__":
    moment, nth = sys.argv[1], int(sys.argv[2])
    del sys.argv[1:3]
    if moment == "committed":
        committed(die_at(nth))
    else:
        in_transaction(die_at(nth), before=moment == "requests written")
    from mapper.__main__ import main

    main()
