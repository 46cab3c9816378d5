"""What the first process and its workers send one another: some pieces of bytes at a time, and at times a file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

_HEAD: Final = struct.Struct("<IQ")
HEAD: Final = _HEAD.size
"""Bytes that come first."""


def head_of(pieces: Sequence[bytes]) -> bytes:
    """What goes before the pieces: how many there are and how long."""
    sizes = struct.pack(f"<{len(pieces)}Q", *map(len, pieces))
    return _HEAD.pack(len(pieces), len(sizes) + sum(map(len, pieces))) + sizes


def size_of(head: bytes | bytearray) -> int:
    """Bytes that follow the first ones."""
    size: int = _HEAD.unpack(head)[1]
    return size


def pieces_of(head: bytes | bytearray, body: bytearray) -> list[memoryview]:
    """The pieces, given the first bytes and those that follow."""
    count: int = _HEAD.unpack(head)[0]
    at = 8 * count
    pieces = []
    for size in struct.unpack_from(f"<{count}Q", body):
        pieces.append(memoryview(body)[at : at + size])
        at += size
    return pieces
