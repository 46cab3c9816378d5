"""Files that are still written: what is to be said of a last line that has no end yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from mapper.records.line import Line

OnUnfinished = Callable[[str], None]
"""Told the name of a file whose last line was left where it is, for it is not whole yet."""

_skipper: Final = msgspec.json.Decoder(msgspec.Raw)


def is_whole(line: Line) -> bool:
    """Whether a line without an end is an object or an array: whatever is written behind it belongs to the next."""
    if line.fault is not None or line.raw.rstrip()[-1:] not in (b"}", b"]"):
        return False
    try:
        _skipper.decode(line.raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True
