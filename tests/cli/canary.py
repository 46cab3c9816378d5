"""Runs the command with every logger as talkative as can be, and with whatever the test wants broken.

Used as a script: ``canary.py CHANGES ARGUMENTS...``, where CHANGES are names below, joined by commas.
"""

from __future__ import annotations

import logging
import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from typing import Any


def crash() -> None:
    """A defect in the midst of a request, whose message holds all that is known there."""
    sender: Any = import_module("mapper.delivery.send").HttpSender

    async def send(self: Any, target: Any, content: bytes) -> None:
        raise RuntimeError(f"injected: {target!r} {target} {vars(self)}")

    sender.send = send


def shown() -> None:
    """Show addresses as they are."""
    wiring: Any = import_module("mapper.app.wiring")
    right = wiring.target

    def target(*arguments: Any, **named: Any) -> Any:
        made = right(*arguments, **named)
        return replace(made, shown_url=made.url)

    wiring.target = target


def unmasked() -> None:
    """Take what the destination says as it is."""
    wiring: Any = import_module("mapper.app.wiring")
    wiring.masker = lambda _: lambda text: text


def logged() -> None:
    """Let the HTTP client log."""
    send: Any = import_module("mapper.delivery.send")
    send.unlogged = nullcontext


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    for change in filter(None, sys.argv[1].split(",")):
        {"crash": crash, "shown": shown, "unmasked": unmasked, "logged": logged}[change]()
    del sys.argv[1]
    from mapper.__main__ import main

    main()
