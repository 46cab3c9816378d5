"""What a process that maps does. It imports no more than that takes, for the first lines wait for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from multiprocessing import connection, parent_process
from typing import TYPE_CHECKING, Any

import msgspec

from mapper.records.line import Line

if TYPE_CHECKING:
    from mapper.app.mapping import Apply
    from mapper.app.parallel import Show

_encode = msgspec.msgpack.Encoder().encode
_raws = msgspec.msgpack.Decoder(list[bytes]).decode
_lines = msgspec.msgpack.Decoder(list[Line]).decode
_tools: dict[str, Any] = {}


def begin(apply: Apply, show: Show | None) -> None:
    """Remember what to map with, and end as soon as the first process does."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _tools["apply"], _tools["show"] = apply, show


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def pack(lines: Sequence[bytes] | Sequence[Line]) -> bytes:
    """Lines as they cross to a worker."""
    return _encode(lines)


def map_packed(packed: bytes) -> bytes:
    """Packed bytes of calls to their packed results."""
    return _encode(_tools["apply"](_raws(packed)))


def show_packed(packed: bytes) -> Any:
    """Packed lines to what is shown of them."""
    return _tools["show"](_lines(packed))
