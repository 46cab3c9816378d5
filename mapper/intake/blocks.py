"""Bytes in blocks, unpacked where they are gzip; memory stays flat however large the input is."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO, Final, Protocol

BLOCK: Final = 256 * 1024
"""Most bytes of a block, before and after unpacking."""

GZIP: Final = b"\x1f\x8b"
"""How it begins."""
_EITHER_HEADER: Final = zlib.MAX_WBITS | 16


class Faulty(Protocol):
    """What is read in blocks. Once it is over, `fault`: why it ended too early, or None; `cut_off`: its end is missing,
    which somebody may still be writing."""

    fault: str | None
    cut_off: bool


class Blocks:
    """Iterate once over the content of a stream, in blocks that are never empty.

    gzip is told by its first two bytes; a file may hold several members, one after another.

    Attributes:
        fault: Once the iteration is over: why it ended too early, or None. All that could be had came before.
        cut_off: Then: whether its end is missing, and nothing is wrong with what is there.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.fault: str | None = None
        self.cut_off = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            blocks = self._read()
            start = _at_least(2, blocks)
            rest = chain([start] if start else [], blocks)
            yield from _unpack(rest) if start.startswith(GZIP) else rest
        except _DamageError as damage:
            self.fault, self.cut_off = str(damage), isinstance(damage, _CutOffError)
        except OSError as error:
            self.fault = reading_fails(error)

    def _read(self) -> Iterator[bytes]:
        # read1 gives what a pipe holds now; read would wait for a whole block, and a live stream would lag behind.
        read: Callable[[int], bytes] = getattr(self._stream, "read1", self._stream.read)
        while block := read(BLOCK):
            yield block


def reading_fails(error: OSError) -> str:
    """The fault of what can't be read to its end."""
    return f"reading fails: {error.strerror or error}"


class _DamageError(Exception):
    pass


class _CutOffError(_DamageError):
    pass


def _at_least(count: int, blocks: Iterator[bytes]) -> bytes:
    start = b""
    while len(start) < count and (block := next(blocks, b"")):
        start += block
    return start


def _unpack(blocks: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_EITHER_HEADER)
    fresh = True  # between members
    for block in blocks:
        rest = block
        while rest:
            if fresh and not (rest := rest.lstrip(b"\0")):  # tape blocks are padded with zeros
                break
            fresh = False
            yield from _inflate(unpacker, rest)
            if not unpacker.eof:
                break
            rest = unpacker.unused_data
            unpacker = zlib.decompressobj(_EITHER_HEADER)
            fresh = True
    if not fresh:
        raise _CutOffError("the gzip data is cut off: it ends too early")


def _inflate(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """Feed one block; each piece that comes out has a bound, so that a gzip bomb does not fill memory."""
    full = False  # then more may wait inside, though no input is left
    while (packed or full) and not unpacker.eof:
        before = unpacker.copy()
        try:
            piece = unpacker.decompress(packed, BLOCK)
        except zlib.error as error:
            yield from _salvage(before, packed)
            raise _DamageError(_cause(error)) from None
        if piece:
            yield piece
        full = len(piece) == BLOCK
        packed = unpacker.unconsumed_tail


def _salvage(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What stands before the damage: zlib drops the output of the call that fails, so feed it byte by byte."""
    saved = bytearray()
    try:
        for at in range(len(packed)):
            saved += unpacker.decompress(packed[at : at + 1])
            if len(saved) >= BLOCK:
                break  # the failing call gave out no more than this
    except zlib.error:
        pass
    if saved:
        yield bytes(saved)


def _cause(error: zlib.error) -> str:
    if "incorrect data check" in str(error):
        return "the gzip checksum does not match: the file is damaged, lines read before may be too"
    if "incorrect header check" in str(error):
        return "after the gzip data stands something that is no gzip"
    return "the gzip data is damaged"
