"""The bytes of a line to a call."""

from __future__ import annotations

from typing import Any

from mapper.base.json import JsonError, decode
from mapper.expressions.functions.scalar import is_blank
from mapper.records.line import Line
from mapper.records.result import Invalid, Unmappable

Call = dict[str, Any]


def read_call(raw: bytes, index: int) -> Call | Invalid | Unmappable:
    """Decode one call; its ``type`` becomes lower-case without blanks around it, the rest stays as it came."""
    try:
        value = decode(raw)
    except JsonError as error:
        return Invalid(index=index, reason=str(error))
    if type(value) is not dict:
        return _no_call(index, None, f"not a call: {_kind(value)}, where an object is expected")
    kind = value.get("type")
    if type(kind) is not str or not kind.strip():
        return _no_call(index, message_id(value), "no call type: `type` is missing or no text")
    if not kind.islower() or kind[0] <= " " or kind[-1] <= " ":
        value["type"] = kind.strip().lower()
    return value


def call_in(line: Line) -> Call | str:
    """The call that a line holds, or why it holds none."""
    if line.fault is not None:
        return line.fault
    found = read_call(line.raw, 0)
    return found.reason if isinstance(found, Invalid | Unmappable) else found


def message_id(call: Call) -> str | None:
    """The call's ``messageId`` as text, or None where there is none."""
    return id_text(call.get("messageId"))


def id_text(found: Any) -> str | None:
    """A ``messageId`` as text: a string as it is, an integer's digits; None for anything else, and for blank text, or
    else all calls with such a one would be taken for the same."""
    if type(found) is str:
        return None if is_blank(found) else found
    return str(found) if type(found) is int else None


def _no_call(index: int, identity: str | None, reason: str) -> Unmappable:
    return Unmappable(index=index, message_id=identity, type=None, destination=None, mapping=None, reason=reason)


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return {str: "text", list: "an array", int: "a number", float: "a number"}[type(value)]
