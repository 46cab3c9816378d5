"""Bodies to events, strictly by the form the destination asks for."""

from __future__ import annotations

from typing import Any

import msgspec

from mapper.base.json import MAX_DEPTH, JsonError, decode
from mapper.sandbox.spec import Form

_decoder = msgspec.json.Decoder()


class FramingError(ValueError):
    """A body that is not of the form asked for; `line` counts from 1 and is None where there are no lines."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def split_events(body: bytes, form: Form, records_key: str) -> list[Any]:
    """Give the events of a body, in order.

    Raises:
        FramingError: the body is not UTF-8 JSON of this form.
    """
    if form == "ndjson":
        return [_object(line, number) for number, line in _lines(body)]
    value = _value(body, None)
    if form == "json":
        if not isinstance(value, dict):
            raise FramingError(f"expected one JSON object, got {_kind(value)}")
        return [value]
    if not isinstance(value, dict):
        raise FramingError(f'expected an object {{"{records_key}": [...]}}, got {_kind(value)}')
    records = value.get(records_key)
    if not isinstance(records, list) or len(value) != 1:
        raise FramingError(f'expected an object with the one key "{records_key}", which holds an array')
    return records


def count_events(body: bytes, form: Form, records_key: str) -> int:
    """How many events a body holds, looking no closer than needed for that.

    Raises:
        FramingError: the body is not of the form that can be counted.
    """
    if form == "ndjson":
        return body.count(b"\n") + (not body.endswith(b"\n"))
    return len(split_events(body, form, records_key))


def _lines(body: bytes) -> list[tuple[int, bytes]]:
    """Numbered lines without their ends; one line end after the last line is fine."""
    if not body:
        raise FramingError("the body is empty; expected one JSON object per line")
    lines = body.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return list(enumerate((line.removesuffix(b"\r") for line in lines), start=1))


def _object(line: bytes, number: int) -> dict[str, Any]:
    if not line.strip():
        raise FramingError(f"line {number} is blank; expected one JSON object per line", number)
    value = _value(line, number)
    if isinstance(value, list):
        raise FramingError(f"line {number} is a JSON array; expected one JSON object per line, not an array", number)
    if not isinstance(value, dict):
        raise FramingError(f"line {number} is {_kind(value)}; expected one JSON object per line", number)
    return value


def _value(raw: bytes, line: int | None) -> Any:
    """Decode without any repair: what is not exactly JSON is refused."""
    where = "" if line is None else f"line {line}: "
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        try:
            return _decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            pass
    try:
        value = decode(raw)
    except JsonError as error:
        raise FramingError(f"{where}{error}{_array_hint(raw, line)}", line) from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        return value
    raise FramingError(f"{where}holds a lone surrogate, or a number out of range", line)


def _array_hint(raw: bytes, line: int | None) -> str:
    """An array spread over lines fails at its first; say what it is."""
    return "; expected one JSON object per line, not an array" if line is not None and raw.lstrip()[:1] == b"[" else ""


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
