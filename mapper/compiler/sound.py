"""Whether lines may be read by a decoder that skips most of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mapper.base.json import MAX_DEPTH

_TOGETHER: Final = 8
"""Lines whose bytes are looked at in one go."""


def unsound(lines: Sequence[bytes]) -> list[int]:
    """Which lines hold what must not be skipped: no UTF-8, or so many brackets that they may nest too deep."""
    found: list[int] = []
    for start in range(0, len(lines), _TOGETHER):
        group = lines[start : start + _TOGETHER]
        if not _is_sound(b"\n".join(group)):  # together they may have too many; mostly they have not
            found += [at for at, raw in enumerate(group, start) if not _is_sound(raw)]
    return found


def _is_sound(raw: bytes) -> bool:
    # Is a bracket left when so many are gone? Of what the standard library has, this is the quickest way to find out.
    if b"{" in raw.replace(b"[", b"{").replace(b"{", b"[", MAX_DEPTH):
        return False
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
