"""What is known of a function's result, by what is known of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from mapper.expressions.code.value import (
    ARRAY,
    BOOLEAN,
    JSON,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Kinds,
    Known,
    same,
)
from mapper.expressions.functions import Function
from mapper.expressions.inside import array, item, made, value

TYPES: Final = frozenset({"string", "number", "boolean", "array", "object", "null"})
"""What ``type()`` gives."""


def result(function: Function, arguments: Sequence[Known], gives: Known) -> Known:
    """What is known of a call's result.

    Args:
        function: Any but ``if`` and ``not_null``, whose arguments count one by one.
        arguments: What is known of each.
        gives: What an expression reference among them gives for an item.
    """
    kinds: Kinds = JSON if "any" in function.returns else frozenset(function.returns)
    telling = _TELLING.get(function.name)
    return Known(kinds) if telling is None else telling(Known(kinds), arguments, gives)


def _entries(known: Known, arguments: Sequence[Known], _: Known) -> Known:
    return replace(known, items=made([("key", Known(STRING)), ("value", value(arguments[0]))]))


def _group_by(known: Known, arguments: Sequence[Known], gives: Known) -> Known:
    group = array(item(arguments[0]), may_be_null=False)
    if gives.only is None or not gives.kinds <= STRING | NULL:
        return replace(known, values=group)
    return replace(known, fields=tuple(sorted((name, group) for _, name in gives.only)))


def _like_the_first(known: Known, arguments: Sequence[Known], _: Known) -> Known:
    return replace(known, items=arguments[0].items)


def _type(known: Known, arguments: Sequence[Known], _: Known) -> Known:
    return replace(known, only=frozenset(same(kind) for kind in arguments[0].kinds & TYPES))


def _only(_: Known, arguments: Sequence[Known], __: Known) -> Known:
    wanted = arguments[1].only
    kinds = {_NAMED.get(str(name), JSON) for _, name in wanted} if wanted is not None else {JSON}
    return replace(arguments[0], kinds=arguments[0].kinds & frozenset().union(*kinds) | NULL)


def _object(known: Known, arguments: Sequence[Known], _: Known) -> Known:
    given = arguments[0]
    if not given.kinds & OBJECT:
        return known
    return replace(given, kinds=OBJECT, sure=given.sure if given.kinds == OBJECT else frozenset())


def _merge(known: Known, arguments: Sequence[Known], _: Known) -> Known:
    if any(given.fields is None or given.kinds != OBJECT for given in arguments):
        return known
    merged = made(pair for given in arguments for pair in given.fields or ())
    return replace(merged, sure=frozenset().union(*(given.sure for given in arguments)))


def _to_array(known: Known, arguments: Sequence[Known], _: Known) -> Known:
    given = arguments[0]
    return replace(known, items=item(given) if given.kinds <= ARRAY else None if given.kinds & ARRAY else given)


_NAMED: Final[Mapping[str, Kinds]] = {
    "string": STRING,
    "number": NUMBER,
    "integer": NUMBER,
    "boolean": BOOLEAN,
    "array": ARRAY,
    "object": OBJECT,
}
_TELLING: Final[Mapping[str, Callable[[Known, Sequence[Known], Known], Known]]] = {
    "entries": _entries,
    "group_by": _group_by,
    "items": lambda known, *_: replace(known, items=Known(ARRAY)),
    "keys": lambda known, *_: replace(known, items=Known(STRING)),
    "map": lambda known, _, gives: replace(known, items=gives),
    "max_by": lambda _, arguments, __: item(arguments[0]) | Known(NULL),
    "merge": _merge,
    "min_by": lambda _, arguments, __: item(arguments[0]) | Known(NULL),
    "object": _object,
    "only": _only,
    "present": lambda _, arguments, __: replace(arguments[0], kinds=arguments[0].kinds | NULL),
    "reverse": lambda known, arguments, _: replace(
        known, kinds=known.kinds & arguments[0].kinds, items=arguments[0].items
    ),
    "sort": _like_the_first,
    "sort_by": _like_the_first,
    "split": lambda known, *_: replace(known, items=Known(STRING)),
    "to_array": _to_array,
    "type": _type,
    "values": lambda known, arguments, _: replace(known, items=value(arguments[0])),
    "zip": lambda known, *_: replace(known, items=Known(ARRAY)),
}
