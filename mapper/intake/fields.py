"""Objects whose values stay as they were written: numbers and spellings are exact, and no value is decoded."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mapper.base.json import JsonError, decode, encode

Fields = dict[str, msgspec.Raw]
"""An object's members."""

_fields = msgspec.json.Decoder(Fields)
_NULL: Final = msgspec.Raw(b"null")


def fields_of(raw: bytes) -> Fields | None:
    """The members of an object; None for anything else and for what is no JSON."""
    try:
        return _fields.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def repaired_fields_of(raw: bytes) -> Fields | None:
    """The same, repaired where :func:`mapper.base.json.decode` can and the quick decoder can't."""
    fields = fields_of(raw)
    if fields is not None:
        return fields
    try:
        value = decode(raw)
    except JsonError:
        return None
    return {key: raw_of(item) for key, item in value.items()} if isinstance(value, dict) else None


def raw_of(value: Any) -> msgspec.Raw:
    """A value as a member."""
    return msgspec.Raw(encode(value))


def is_absent(fields: Fields, key: str) -> bool:
    """Whether there is no such member, or null."""
    return fields.get(key, _NULL) == _NULL
