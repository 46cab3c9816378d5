"""JSON as this product reads and writes it.

Reading is strict where a mistake would hide (NaN, trailing text, bad UTF-8, depth) and exact where a float would lie
(integers of any length). Two things are repaired because throwing a whole call away for them would lose data: a lone
surrogate becomes U+FFFD, and a number too great for a float becomes null, spoiling its own field only.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

MAX_DEPTH: Final = 128
"""Most arrays and objects inside one another that :func:`decode` accepts."""

_decoder = msgspec.json.Decoder()
encoder: Final = msgspec.json.Encoder()
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_OPEN: Final = frozenset(b"[{")
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


class JsonError(ValueError):
    """Bytes that are no acceptable JSON; the message is one line that says what and where."""


def decode(raw: bytes) -> Any:
    """Decode one JSON value.

    Objects become dicts (the last of equal keys wins), integers stay exact, and the rest is as ``json.loads`` has it.

    Raises:
        JsonError: not UTF-8, not JSON, ``NaN`` or ``Infinity``, deeper than :data:`MAX_DEPTH`, or text after the value.
    """
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and depth(raw) > MAX_DEPTH:
        raise JsonError(f"nested deeper than {MAX_DEPTH} levels")
    try:
        return _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_with_care(raw)


def encode(value: Any) -> bytes:
    """Encode a value as compact UTF-8 JSON, keys in the order they have."""
    return encoder.encode(value)


def verbatim(raw: bytes) -> msgspec.Raw:
    """JSON to be put into other JSON as it is written, but on one line: numbers and spellings stay exact.

    Raises:
        JsonError: as for :func:`decode`.
    """
    decode(raw)
    return msgspec.Raw(raw.replace(b"\n", b" ").replace(b"\r", b" "))


def pretty(raw: bytes) -> str:
    """JSON broken into lines, numbers and spellings as they are; other text as it is, with what is no text escaped."""
    try:
        value = decode(raw)
    except JsonError:
        return raw.decode(errors="backslashreplace")
    try:
        return msgspec.json.format(raw, indent=2).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):  # what had to be repaired
        return json.dumps(value, indent=2, ensure_ascii=False)


def depth(raw: bytes) -> int:
    """How deep arrays and objects nest, brackets inside strings not counted."""
    level = deepest = 0
    for bracket in _STRING.sub(b"", raw).translate(None, _NO_BRACKETS):
        if bracket in _OPEN:
            level += 1
            deepest = max(deepest, level)
        else:
            level -= 1
    return deepest


def _decode_with_care(raw: bytes) -> Any:
    """The slow path: a readable cause for what is wrong, a repair for what can be repaired."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError(f"not UTF-8: byte 0x{raw[error.start]:02x} at column {error.start + 1}") from None
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_exact)
    except json.JSONDecodeError as error:
        raise JsonError(f"not JSON: {_cause(error, text)}") from None
    except RecursionError:
        raise JsonError(f"nested deeper than {MAX_DEPTH} levels") from None
    return _without_surrogates(value) if "\\u" in text else value


def _cause(error: json.JSONDecodeError, text: str) -> str:
    where = f"column {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
    if error.pos >= len(text.rstrip()):
        return f"ends too early, at {where}"
    cause = error.msg[0].lower() + error.msg[1:]
    return f"{cause.removesuffix(' at')} at {where}"


def _refuse_constant(name: str) -> Any:
    raise JsonError(f"not JSON: {name} is no JSON number")


def _finite(text: str) -> float | None:
    number = float(text)
    return number if number - number == 0 else None


def _exact(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:  # longer than Python's limit on the digits of an integer
        return None


def _without_surrogates(value: Any) -> Any:
    if type(value) is str:
        return _SURROGATE.sub("\ufffd", value)
    if type(value) is list:
        return [_without_surrogates(item) for item in value]
    if type(value) is dict:
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
