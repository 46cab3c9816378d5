"""Which messages came lately."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

WINDOW_MS: Final = 24 * 3_600_000
"""Milliseconds for which a message is known."""
DUPLICATE: Final = "duplicate: a call with this messageId came within the last 24 hours"
_HOUR_MS: Final = 3_600_000


def hash_of(source: str, message_id: str) -> int:
    """64 bits that stand for a message of a source."""
    digest = blake2b(f"{source}\0{message_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def pack_hashes(hashes: Iterable[int]) -> bytes:
    """8 bytes each."""
    return array("Q", hashes).tobytes()


class Recent:
    """Hashes by the hour they came in; about 70 bytes of memory each."""

    def __init__(self) -> None:
        self._hours: dict[int, set[int]] = {}

    def add(self, hashes: Iterable[int], at: int) -> None:
        """Messages came at a time, milliseconds since the epoch."""
        self._hours.setdefault(at // _HOUR_MS, set()).update(hashes)

    def add_packed(self, packed: bytes, at: int) -> None:
        """The same, as :func:`pack_hashes` has it."""
        found = array("Q")
        found.frombytes(packed[: len(packed) // 8 * 8])
        self.add(found, at)

    def knows(self, message: int) -> bool:
        """Whether it came within the window."""
        for hour in self._hours.values():  # asked of every call: `any` would cost twice as much  # noqa: SIM110
            if message in hour:
                return True
        return False

    def forget(self, now: int) -> None:
        """What came before the window is no longer known."""
        oldest = (now - WINDOW_MS) // _HOUR_MS
        for hour in [hour for hour in self._hours if hour < oldest]:
            del self._hours[hour]
