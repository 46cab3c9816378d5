"""Custom dimensions as the oracle makes them: natero-api section 4, "Custom dimensions"."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

import msgspec

from tests.oracle.times import date_text_ms


def add_dimensions(details: dict[str, Any], fields: dict[str, Any], without: Set[str]) -> None:
    """Share fields without objects out among labels, values and events, in their order, by the type of each value.

    Args:
        details: Where to put them.
        fields: What to share out.
        without: Keys of `fields` to leave out.
    """
    labels: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for key, value in fields.items():
        if not key or key in without:
            continue
        kind = type(value)
        if kind is str:
            if value[4:5] == "-" and (moment := date_text_ms(value)) is not None:
                events.append({"key": key, "value": moment})
            elif value and not value.isspace():
                labels.append({"key": key, "value": value})
        elif kind is bool:
            labels.append({"key": key, "value": "true" if value else "false"})
        elif kind is int or kind is float:
            values.append({"key": key, "value": value})
        elif value and (text := joined(value)):
            labels.append({"key": key, "value": text})
    if labels:
        details["custom_label_dimensions"] = labels
    if values:
        details["custom_value_dimensions"] = values
    if events:
        details["custom_event_dimensions"] = events


def flatten(fields: dict[str, Any], without: Set[str] = frozenset()) -> dict[str, Any]:
    """Nested objects as dotted keys. A key that came dotted wins over one we made, and keeps its own place.

    Args:
        fields: What to flatten; keys without a name are dropped, with all they hold.
        without: Keys of ``fields`` to leave out.
    """
    flat: dict[str, Any] = {}
    for key, value in fields.items():
        if key in without or not key:
            continue
        if type(value) is dict:
            for inner, leaf in _leaves(value):
                path = f"{key}.{inner}"
                if path not in flat or not _says_something(flat[path]):
                    flat[path] = leaf
        elif "." not in key:
            flat[key] = value
        elif _says_something(value):
            flat.pop(key, None)
            flat[key] = value
    return flat


def _leaves(fields: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """The leaves of an object below the top; one without objects inside is as flat as can be."""
    for key, value in fields.items():
        if type(value) is dict or "." in key or not key:
            return flatten(fields).items()
    return fields.items()


def number_text(number: int | float) -> str:
    """A finite number as JSON writes it, an integral one without point or exponent: 42.0 is "42"."""
    if isinstance(number, float) and not number.is_integer():
        return msgspec.json.encode(number).decode()
    return str(int(number))


def joined(items: list[Any]) -> str:
    """An array as one label: scalars joined with commas, nulls left out; JSON where it holds more; "" where blank."""
    if any(type(item) is dict or type(item) is list for item in items):
        return msgspec.json.encode(items).decode()
    text = ",".join([_scalar_text(item) for item in items if item is not None])
    return "" if text.isspace() else text


def _scalar_text(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return number_text(value)


def _says_something(value: Any) -> bool:
    if type(value) is str:
        return value != "" and not value.isspace()
    if type(value) is list:
        return joined(value) != ""
    return value is not None
