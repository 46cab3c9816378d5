"""What the first process and its workers send one another: some bytes at a time, and at times files."""

from __future__ import annotations

import struct
from typing import Final

_HEAD: Final = struct.Struct("<Q")
HEAD: Final = _HEAD.size
"""Bytes that come first."""


def head_of(body: bytes) -> bytes:
    """What goes before the body: its length."""
    return _HEAD.pack(len(body))


def size_of(head: bytes | bytearray) -> int:
    """Bytes that follow the first ones."""
    size: int = _HEAD.unpack(head)[0]
    return size
