"""Gzip with a bound, so that a small request can't become a great one."""

from __future__ import annotations

import zlib
from typing import Final

from mapper.server.refusal import Refusal, bad

_GZIP: Final = 16 + zlib.MAX_WBITS
_MOST_MEMBERS: Final = 100
"""Gzip may have several, each of which takes its time however short it is."""


def gunzip(packed: bytes, limit: int) -> bytes:
    """What was packed; never more than `limit` bytes and a little are held.

    Raises:
        Refusal: it is no gzip, is cut off, has too many members, or becomes more than `limit` bytes.
    """
    plain = b""
    try:
        for _ in range(_MOST_MEMBERS):
            if not packed:
                return plain
            unpacker = zlib.decompressobj(_GZIP)
            plain += unpacker.decompress(packed, limit + 1 - len(plain))
            if len(plain) > limit:
                raise too_long(limit)
            if not unpacker.eof:
                raise bad("the body is cut-off gzip")
            packed = unpacker.unused_data
    except zlib.error:
        raise bad("the body is no gzip") from None
    raise bad(f"the body is gzip of more than {_MOST_MEMBERS} parts")


def too_long(limit: int) -> Refusal:
    """The answer to more than `limit` bytes."""
    return bad(f"the body exceeds {limit:,} bytes")
