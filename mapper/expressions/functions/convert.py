"""The conversions of ``$as`` and the types of ``$is``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from mapper.expressions.functions.ids import first_id
from mapper.expressions.functions.instant import epoch_ms, iso8601
from mapper.expressions.functions.scalar import integer_text, is_blank, json_text
from mapper.expressions.functions.text import first_word, other_words

_DECIMAL: Final = re.compile(r"(-?[0-9]+)(?:\.([0-9]+))?")
_BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Conversion:
    """A name that ``$as`` may bear.

    Attributes:
        name: As written in a mapping.
        doc: What it takes and gives, one line.
        call: Gives None for what it can't convert; never raises.
    """

    name: str
    doc: str
    call: Callable[[Any], Any]

    def __call__(self, value: Any) -> Any:
        """Convert one JSON value."""
        return self.call(value)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type name that ``$is`` and ``only()`` may bear; `holds` tells whether a JSON value is of it."""

    name: str
    doc: str
    holds: Callable[[Any], bool]

    def __call__(self, value: Any) -> bool:
        """Whether the value is of this type."""
        return self.holds(value)


def string(value: Any) -> str | None:
    """A non-blank string as it came, a number as text."""
    kind = type(value)
    if kind is str:
        return None if is_blank(value) else str(value)
    if kind is int or kind is float:
        return integer_text(value) or (json_text(value) if kind is float and value - value == 0 else None)
    return None


def number(value: Any) -> float | None:
    """A finite number, or one written as a plain decimal."""
    kind = type(value)
    if kind is int or (kind is float and value - value == 0):
        return value  # type: ignore[no-any-return] # int or float, as just seen
    if kind is not str or (match := _decimal(value)) is None:
        return None
    read = int if match[2] is None else float
    try:
        found = read(match[0])
    except ValueError:  # more digits than Python reads
        return None
    return found if found - found == 0 else None


def integer(value: Any) -> int | None:
    """An integral number, or one written as a plain decimal without a fraction other than zero."""
    kind = type(value)
    if kind is int or (kind is float and value.is_integer()):
        return int(value)
    if kind is not str or (match := _decimal(value)) is None or (match[2] or "").strip("0"):
        return None
    try:
        return int(match[1])
    except ValueError:  # more digits than Python reads
        return None


def boolean(value: Any) -> bool | None:
    """A boolean, or ``true`` or ``false`` as text in any case, blanks around ignored."""
    if type(value) is str:
        return _BOOLEANS.get(value.strip().lower())
    return value if type(value) is bool else None


def _decimal(text: str) -> re.Match[str] | None:
    return _DECIMAL.fullmatch(text.strip().removeprefix("$"))


def _is_string(value: Any) -> bool:
    return type(value) is str


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value - value == 0)


def _is_integer(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


def _is_boolean(value: Any) -> bool:
    return type(value) is bool


def _is_array(value: Any) -> bool:
    return type(value) is list


def _is_object(value: Any) -> bool:
    return type(value) is dict


def _array(value: Any) -> list[Any] | None:
    return value if type(value) is list else None


def _object(value: Any) -> dict[str, Any] | None:
    return value if type(value) is dict else None


CONVERSIONS: Final[Mapping[str, Conversion]] = MappingProxyType(
    {
        conversion.name: conversion
        for conversion in (
            Conversion("string", "A non-blank string as it came; a number as text, 42.0 as 42.", string),
            Conversion("number", "A number, or text such as `12.50` or `$12.50`; no boolean.", number),
            Conversion("integer", "An integral number, or text such as `12`; 12.0 gives 12, no boolean.", integer),
            Conversion("boolean", "A boolean, or the text `true` or `false` in any case.", boolean),
            Conversion("epoch_ms", "A date or time as milliseconds since the epoch, as `to_epoch_ms()`.", epoch_ms),
            Conversion("iso8601", "A date or time as `2020-01-02T03:04:05.678Z`, as `to_iso8601()`.", iso8601),
            Conversion("id", "A non-blank string as it came; an integral number as its digits, as `id()`.", first_id),
            Conversion("first_word", "The first word of a string.", first_word),
            Conversion("other_words", "What follows the first word of a string.", other_words),
            Conversion("array", "An array as it came.", _array),
            Conversion("object", "An object as it came.", _object),
        )
    }
)
"""What ``$as`` may name. Each gives null for what it can't convert."""

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind("string", "Any text, the empty one too.", _is_string),
            Kind("number", "A number, with or without a fraction; no boolean.", _is_number),
            Kind("integer", "A number without a fraction; 1.0 is one.", _is_integer),
            Kind("boolean", "True or false.", _is_boolean),
            Kind("array", "An array, the empty one too.", _is_array),
            Kind("object", "An object, the empty one too.", _is_object),
        )
    }
)
"""What ``$is`` and ``only()`` may name."""
