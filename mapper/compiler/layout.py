"""How an object is laid out: its keys in their order, and what is under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mapper.expressions.functions.flatten import holds

_KINDS: Final = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
EMPTY_ARRAY: Final = "empty array"
"""What an array of nothing but nulls is called here."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Of objects that have the same keys in the same order, with values of the same kinds under them.

    Attributes:
        fields: The JMESPath type name of each value, or :data:`EMPTY_ARRAY`; of an object, its own layout.
        size: Fields, with those inside.
        length: Characters of all keys.
    """

    fields: tuple[tuple[str, str | Layout], ...]
    size: int
    length: int


def layout_of(value: dict[str, Any], most: int, longest: int) -> Layout | None:
    """The layout of a decoded object.

    Args:
        value: The object.
        most: Fields that it may have, with those inside; None where it has more.
        longest: Characters that all keys may have; None where they have more.
    """
    size, length = len(value), sum(map(len, value))
    if size > most or length > longest:
        return None
    fields: list[tuple[str, str | Layout]] = []
    for key, each in value.items():
        kind = type(each)
        if kind is list:
            fields.append((key, "array" if holds(each) else EMPTY_ARRAY))
        elif kind is dict:
            inside = layout_of(each, most - size, longest - length)
            if inside is None:
                return None
            size, length = size + inside.size, length + inside.length
            fields.append((key, inside))
        else:
            fields.append((key, _KINDS[kind]))
    return Layout(tuple(fields), size, length)
