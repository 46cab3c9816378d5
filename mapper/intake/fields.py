"""Objects whose values stay as they were written: numbers and spellings are exact, and no value is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mapper.base.json import encode

Fields = dict[str, msgspec.Raw]
"""An object's members."""

_fields = msgspec.json.Decoder(Fields)
_all_fields = msgspec.json.Decoder(list[Fields])
_NULL: Final = msgspec.Raw(b"null")


def fields_of(raw: bytes) -> Fields | None:
    """The members of an object; None for anything else and for what is no JSON."""
    try:
        return _fields.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def fields_of_each(items: Sequence[msgspec.Raw], raw: bytes | msgspec.Raw) -> list[Fields | None]:
    """The members of each item of an array, as :func:`fields_of` gives them; `raw` is the array."""
    try:
        return list(_all_fields.decode(raw))  # quick, where all are objects
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [fields_of(bytes(item)) for item in items]


def raw_of(value: Any) -> msgspec.Raw:
    """A value as a member."""
    return msgspec.Raw(encode(value))


def is_absent(fields: Fields, key: str) -> bool:
    """Whether there is no such member, or null."""
    return fields.get(key, _NULL) == _NULL
