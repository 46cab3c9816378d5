"""The bytes of one value while its end is not yet known."""

from __future__ import annotations

import re
from typing import Final

ENVELOPE_LIMIT: Final = 64_000_000
"""Most bytes of an envelope or a dead letter; the calls inside keep to the ordinary limit."""

SHOWN: Final = 200
"""Bytes kept of what is too long or cut off."""

_WRITE_KEY: Final = re.compile(rb'("writeKey"\s*:\s*")((?:[^"\\]|\\.)*)', re.DOTALL)
_WRAPPER_KEYS: Final = frozenset((b'"batch"', b'"call"', b'"raw"', b'"raw_base64"'))
_TOKENS: Final = re.compile(rb'("(?:[^"\\]|\\.)*+"?)(\s*:)?|[\[\]{}]', re.DOTALL)


class Hold:
    """Keeps a value's bytes up to a limit, and of a longer one only the first few and the count.

    A value that turns out to be a wrapper (see :func:`opens_wrapper`) may grow to :data:`ENVELOPE_LIMIT`.
    """

    def __init__(self, limit: int, noun: str) -> None:
        self._ordinary = limit
        self._noun = noun
        self._kept = bytearray()
        self._limit = limit
        self._over = False
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Append the next bytes of the value."""
        self.size += len(piece)
        if self._over:
            return
        self._kept += piece
        if self.size > self._limit:
            self._widen()

    def take(self) -> tuple[bytes, str | None]:
        """Give the value and begin the next; the second is the fault of one too long, whose first bytes these are."""
        raw, fault = bytes(self._kept), None
        if self._over:
            noun = self._noun if self._limit == self._ordinary else "envelope"
            fault = f"{noun} of {self.size} bytes exceeds the limit of {self._limit} bytes"
        self._kept = bytearray()
        self._limit = self._ordinary
        self._over = False
        self.size = 0
        return raw, fault

    def _widen(self) -> None:
        ordinary = self._limit == self._ordinary < ENVELOPE_LIMIT
        if ordinary and opens_wrapper(self._kept[: self._limit]):  # so much of it however the blocks are cut
            self._limit = ENVELOPE_LIMIT
        if self.size > self._limit:
            self._over = True
            self._kept = bytearray(beginning(self._kept))


def beginning(raw: bytes | bytearray) -> bytes:
    """The first bytes, to show; a write key in them is masked."""
    return mask_write_key(bytes(raw[:SHOWN]))


def mask_write_key(raw: bytes) -> bytes:
    """Asterisks for every write key, as many as it had bytes, so that columns stay true."""
    return _WRITE_KEY.sub(lambda match: match[1] + b"*" * len(match[2]), raw)


def opens_wrapper(start: bytes | bytearray) -> bool:
    """Whether an object that begins like this holds calls: a key of its own ``batch``, ``call`` or ``raw``."""
    if not any(key in start for key in _WRAPPER_KEYS):
        return False
    depth = 0
    for match in _TOKENS.finditer(start):
        text = match[1]
        if text is None:
            depth += 1 if match[0] in b"{[" else -1
        elif depth == 1 and match[2] is not None:
            if text in _WRAPPER_KEYS:
                return True
            if text == b'"type"':
                return False
    return False
