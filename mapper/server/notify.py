"""Telling systemd how it goes, where it has started this process and asks to be told (``Type=notify``)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Literal


def notify(state: Literal["READY=1", "STOPPING=1"]) -> None:
    """Send a state to the socket that ``NOTIFY_SOCKET`` names; who started this otherwise has none."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
