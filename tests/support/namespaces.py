"""Machines of their own on one network, as far as the kernel goes: each can be cut off, and let back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class NotAllowedError(Exception):
    """There can be no such network here."""


@dataclass(frozen=True)
class Machine:
    """One of them.

    Attributes:
        name: Of its namespace.
        host: Its address.
        cable: The end of its cable that is with us.
    """

    name: str
    host: str
    cable: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """Before a command that is to run there."""
        return ("ip", "netns", "exec", self.name)

    def cut_off(self) -> None:
        """From all the others, and from us; connections stay open and carry nothing."""
        _ip("link", "set", self.cable, "down")

    def let_back(self) -> None:
        """Connections go on where they were, if both ends still have them."""
        _ip("link", "set", self.cable, "up")


def _ip(*arguments: str) -> None:
    try:
        subprocess.run(["ip", *arguments], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotAllowedError(str(getattr(error, "stderr", None) or error)) from None


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """So many, which we can talk to.

    Raises:
        NotAllowedError: not here.
    """
    number = os.getpid()
    bridge, net = f"mb{number}", f"10.{200 + number % 50}.{number // 50 % 250}"
    found = [Machine(f"m{number}-{at}", f"{net}.{at + 2}", f"mc{number}-{at}") for at in range(count)]
    try:
        _ip("link", "add", bridge, "type", "bridge")
        _ip("addr", "add", f"{net}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for each in found:
            _ip("netns", "add", each.name)
            _ip("link", "add", each.cable, "type", "veth", "peer", "name", "eth0", "netns", each.name)
            _ip("link", "set", each.cable, "master", bridge, "up")
            _ip("-n", each.name, "addr", "add", f"{each.host}/24", "dev", "eth0")
            _ip("-n", each.name, "link", "set", "eth0", "up")
            _ip("-n", each.name, "link", "set", "lo", "up")
        yield found
    finally:
        for each in found:
            subprocess.run(["ip", "netns", "del", each.name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", bridge], check=False, capture_output=True)
