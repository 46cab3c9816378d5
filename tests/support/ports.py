"""Ports on which tests may listen, again and again, and to which nobody else comes meanwhile."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_FIRST: Final = 10_000
_USUAL_END: Final = 32_000


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody has, and that no other process of tests is given while this one lives.

    They are below those of which the system gives one to whoever asks for any, as clients do all the time: such a port
    could be another's before a server that was killed listens on it again.
    """
    return [next(_free) for _ in range(count)]


def _all_free() -> Iterator[int]:
    span = range(_FIRST, min(_USUAL_END, max(_first_given(), _FIRST + 1_000)))
    path = Path(tempfile.gettempdir(), f"mapper-ports-{os.getuid()}")
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)  # until this process ends
    begin = os.getpid() * 31 % len(span)  # so that processes seldom look at the same ones
    for port in (*span[begin:], *span[:begin]):
        if _taken(held, port) and _is_free(port):
            yield port
    raise AssertionError(f"no port of {span.start} to {span.stop - 1} is free")


def _first_given() -> int:
    with suppress(OSError):
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return _USUAL_END


def _taken(held: int, port: int) -> bool:
    """Whether no other process has it; ours from now on. Each has a byte of the file, which is never written."""
    try:
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_free: Final = _all_free()
