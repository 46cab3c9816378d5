"""Where two JSON values differ by what they mean: the order of keys is nothing, `1` and `1.0` are of two types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

ITEM: Final = "[]"
"""The step from an array to any of its items."""

_MOST_COMPARED: Final = 10_000
"""Pairs of items held against each other; of more, none is, for it would take too long."""
canonical: Final = msgspec.json.Encoder(order="sorted").encode
"""Equal for values that say the same, whatever the order of their keys."""
_TYPES: Final = {
    bool: "boolean",
    int: "integer",
    float: "decimal",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


class Difference(msgspec.Struct, frozen=True):
    """One place where two values differ.

    Attributes:
        kind: What happens there.
        path: The keys that lead there; :data:`ITEM` for any item of an array.
        old: None where it is added.
        new: None where it is removed.
    """

    kind: Literal["added", "removed", "type", "changed", "order"]
    path: tuple[str, ...]
    old: Any
    new: Any


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Each place where they differ; what is there on both sides is looked into.

    Items of arrays are paired by what they hold, wherever they stand: equal ones first, then those that have most in
    common.
    """
    if type(old) is not type(new):
        yield Difference("type", path, old, new)
    elif type(old) is dict:
        for key, value in new.items():
            if key not in old:
                yield Difference("added", (*path, key), None, value)
            elif value is not old[key]:
                yield from differences(old[key], value, (*path, key))
        for key, value in old.items():
            if key not in new:
                yield Difference("removed", (*path, key), value, None)
    elif type(old) is list:
        yield from _of_arrays(old, new, path)
    elif old != new:
        yield Difference("changed", path, old, new)


def type_name(value: Any) -> str:
    """The type of a JSON value in words."""
    return _TYPES[type(value)]


def _of_arrays(old: list[Any], new: list[Any], path: tuple[str, ...]) -> Iterator[Difference]:
    texts = [list(map(canonical, items)) for items in (old, new)]
    if texts[0] == texts[1]:
        return
    gone, come = _without_common(old, new, *texts)
    if not gone and not come:
        yield Difference("order", path, old, new)
        return
    inside = (*path, ITEM)
    for one, other in _pairs(gone, come):
        yield from differences(one, other, inside)
    yield from (Difference("removed", inside, item, None) for item in gone)
    yield from (Difference("added", inside, None, item) for item in come)


def _without_common(
    old: list[Any], new: list[Any], old_texts: list[bytes], new_texts: list[bytes]
) -> tuple[list[Any], list[Any]]:
    """The items of each that the other lacks."""
    common = Counter(old_texts) & Counter(new_texts)
    found = []
    for items, texts in ((old, old_texts), (new, new_texts)):
        left = common.copy()
        rest = []
        for item, text in zip(items, texts, strict=True):
            if left[text] > 0:
                left[text] -= 1
            else:
                rest.append(item)
        found.append(rest)
    return found[0], found[1]


def _pairs(gone: list[Any], come: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Items to look into, taken out of both lists: objects that share a member; of as many others, each in turn."""
    few = len(gone) * len(come) <= _MOST_COMPARED
    for item in [each for each in gone if few and type(each) is dict]:
        like = max(come, key=lambda other: _shared(item, other), default=None)
        if like is not None and _shared(item, like):
            _take(gone, item)
            _take(come, like)
            yield item, like
    if len(gone) == len(come):
        yield from zip(gone.copy(), come.copy(), strict=True)
        gone.clear()
        come.clear()


def _shared(one: Any, other: Any) -> int:
    """How many members of two objects are equal."""
    if type(one) is not dict or type(other) is not dict:
        return 0
    return sum(key in other and type(other[key]) is type(value) and other[key] == value for key, value in one.items())


def _take(items: list[Any], item: Any) -> None:
    del items[next(at for at, each in enumerate(items) if each is item)]
