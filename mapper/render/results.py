"""What a dry run writes: one line of JSON for each result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mapper.base.json import encode
from mapper.records.result import Invalid, Mapped, Result, Skipped, Unmappable


def result_line(
    result: Result,
    *,
    line: int,
    file: str | None = None,
    method: str = "",
    shown_url: str = "",
    shown_headers: Mapping[str, str] | None = None,
) -> bytes:
    """Write a result as one line of JSON, with its line end.

    Args:
        result: What became of a call, or of a line that is none.
        line: Its line or item number.
        file: Its file, where several are read; None leaves it out.
        method: Of the request, for a :class:`Mapped` only.
        shown_url: The request's URL, secrets masked.
        shown_headers: The request's headers, secrets masked.
    """
    head: dict[str, Any] = {"line": line} if file is None else {"line": line, "file": file}
    if isinstance(result, Mapped):
        request = result.request
        shown = {
            "name": request.name,
            "method": method,
            "url": shown_url,
            "headers": dict(shown_headers or {}),
            "body": msgspec.Raw(request.body),
        }
        head |= _call(result.message_id, result.type, request.destination, request.mapping) | {"request": shown}
    elif isinstance(result, Invalid):
        head["invalid"] = result.reason
    else:
        head |= _call(result.message_id, result.type, result.destination, result.mapping)
        head[_verdict(result)] = result.reason
    return encode(head) + b"\n"


def _call(message_id: str | None, type_: str | None, destination: str | None, mapping: str | None) -> dict[str, Any]:
    call = {"message_id": message_id, "type": type_, "destination": destination}
    return call if mapping is None else {**call, "mapping": mapping}


def _verdict(result: Skipped | Unmappable) -> str:
    return "skipped" if isinstance(result, Skipped) else "unmappable"
