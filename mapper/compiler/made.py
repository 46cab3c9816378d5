"""Objects under construction: what is known of their fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mapper.expressions.code.value import JSON, NOTHING, NULL, OBJECT, Kinds, Known, Value

EMPTY: Final = Known(OBJECT, fields=())
EXPLICIT: Final[Kinds] = frozenset({"explicit null"})
"""The kind of :data:`mapper.engine.scope.NULL`."""


class Fields:
    """The fields of a body that becomes a struct, in order."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}

    @property
    def sure(self) -> set[str]:
        """Those that are always there."""
        return {key for key, value in self.values.items() if not value.may_be(NULL)}

    def take(self, key: str, value: Value) -> bool:
        """Add a field; False where its place would depend on the call, or it may be sent as null."""
        before = self.values.get(key)
        if value.may_be(EXPLICIT) or (before is not None and (before.name is None or before.name != value.name)):
            return False
        self.values[key] = value
        return True


class Made:
    """An object under construction: what is known of its fields."""

    def __init__(self, name: str, known: Known = EMPTY) -> None:
        self.name = name
        self.fields: dict[str, Known] | None = None if known.fields is None else dict(known.fields)
        self.sure = set(known.sure)

    @property
    def known(self) -> Known:
        """What is known of it now."""
        fields = None if self.fields is None else tuple(self.fields.items())
        return Known(OBJECT, fields=fields, sure=frozenset(self.sure))

    def put(self, key: str, known: Known) -> None:
        """A field is set unless it is null."""
        is_sure = not known.kinds & NULL
        plain = known.without(NULL | EXPLICIT) if not known.kinds & EXPLICIT else Known(JSON)
        if self.fields is not None and known.kinds != NULL:
            before = self.fields.get(key)
            self.fields[key] = plain if before is None or is_sure else before | plain
        if is_sure:
            self.sure.add(key)

    def merge(self, known: Known) -> None:
        """The fields of another object are put over these."""
        if known.fields is None:
            self.fields, self.sure = None, self.sure | known.sure
            return
        for key, field in known.fields:
            self.put(key, field if key in known.sure else field | NOTHING)


def any_of(known: Iterable[Known]) -> Known | None:
    """What holds of a value that is one of several."""
    found: Known | None = None
    for each in known:
        found = each if found is None else found | each
    return found
