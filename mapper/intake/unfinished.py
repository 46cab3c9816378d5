"""Files that are still written: what is to be said of an end that has not been written yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from mapper.records.line import Line

OnUnfinished = Callable[[str, str], None]
"""Told the name of a file of which the last part was left where it is, for it is not whole yet, and which part."""
LINE: Final = "the last line has no end yet"
CALL: Final = "the last call has no end yet"
ARRAY: Final = "the JSON array has no end yet"
PACKED: Final = "the gzip data has no end yet"

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
