"""What is known of a part of a value, by what is known of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from msgspec.structs import replace

from mapper.expressions.code.value import ARRAY, JSON, NOTHING, NULL, OBJECT, Known


def at(whole: Known, path: Iterable[str]) -> Known:
    """What is known of ``a.b.c`` in a value; null where it can't be there, the value itself for no names at all."""
    return reduce(field, path, whole)


def field(whole: Known, name: str) -> Known:
    """What is known of a field of a value."""
    if not whole.kinds & OBJECT:
        return NOTHING
    if whole.fields is None:
        return (whole.values or Known(JSON)) | NOTHING
    found = dict(whole.fields).get(name, NOTHING)
    return found if whole.kinds == OBJECT and name in whole.sure else found | NOTHING


def item(whole: Known) -> Known:
    """What is known of the items of an array."""
    if not whole.kinds & ARRAY:
        return NOTHING
    return whole.items or Known(JSON)


def value(whole: Known) -> Known:
    """What is known of the values of an object."""
    if not whole.kinds & OBJECT:
        return NOTHING
    if whole.fields is not None:
        return reduce(or_, (known for _, known in whole.fields), NOTHING)
    return whole.values or Known(JSON)


def array(items: Known, *, may_be_null: bool = True) -> Known:
    """An array of such items."""
    return Known(ARRAY | NULL if may_be_null else ARRAY, items=items)


def made(fields: Iterable[tuple[str, Known]]) -> Known:
    """An object with these fields and no others; of equal names the last counts."""
    found = dict(fields)
    return Known(OBJECT, fields=tuple(found.items()), sure=frozenset(found))


def common(one: Known, other: Known) -> Known:
    """What holds of a value of which both hold."""
    kinds = one.kinds & other.kinds
    only = one.only if other.only is None else other.only if one.only is None else one.only & other.only
    return replace(one, kinds=kinds, only=only)
