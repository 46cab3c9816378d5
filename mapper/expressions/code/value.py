"""What generated code has computed: where it is, and what is known of it before it runs."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from mapper.expressions.code.python import constant, load

Kinds = frozenset[str]

NULL: Final[Kinds] = frozenset({"null"})
STRING: Final[Kinds] = frozenset({"string"})
NUMBER: Final[Kinds] = frozenset({"number"})
BOOLEAN: Final[Kinds] = frozenset({"boolean"})
ARRAY: Final[Kinds] = frozenset({"array"})
OBJECT: Final[Kinds] = frozenset({"object"})
JSON: Final[Kinds] = NULL | STRING | NUMBER | BOOLEAN | ARRAY | OBJECT
EXPREF: Final[Kinds] = frozenset({"expref"})
ANY: Final[Kinds] = JSON | EXPREF

FILLED: Final = "filled"
"""Of text: not blank."""
NOT_EMPTY: Final = "not empty"
"""Of text, objects and arrays: there is something in it."""
HOLDS: Final = "holds"
"""Of arrays: there is something in it other than nulls."""
HOLDS_NOTHING: Final = "holds nothing"
"""Of arrays: there is not."""
NAMED: Final = "named"
"""Of objects: no key is empty."""
ISO_DATE: Final = "iso date"
"""Of text: a date that `to_epoch_ms` can read."""
EXPECTED_TEXT: Final = "expected text"
"""Of anything: code may ask it what texts are asked, for somebody catches the AttributeError of all else."""
MOMENT: Final = "moment"
"""Of numbers: an integer, milliseconds since the epoch, in the years 1 to 9999."""


class Known(msgspec.Struct, frozen=True):
    """What holds of a value whatever the call.

    Attributes:
        kinds: JMESPath type names it may have; ``expref`` where it may be an expression reference.
        facts: What holds of it if it is of the kind the fact speaks of.
        fields: Of an object made here: what is known of each key it may have; those in `sure` are always there.
        sure: Keys that are always there.
        items: Of an array: what is known of each item.
        values: Of an object: what is known of the value of any key.
        only: The values it may have, if it is not null; None where they are not known.
    """

    kinds: Kinds = ANY
    facts: frozenset[str] = frozenset()
    fields: tuple[tuple[str, Known], ...] | None = None
    sure: frozenset[str] = frozenset()
    items: Known | None = None
    values: Known | None = None
    only: frozenset[tuple[str, Any]] | None = None

    def __or__(self, other: Known) -> Known:
        """What holds where it is one or the other."""
        if self.kinds <= NULL:
            return replace(other, kinds=other.kinds | self.kinds)
        if other.kinds <= NULL:
            return replace(self, kinds=self.kinds | other.kinds)
        same = self.fields == other.fields and self.sure == other.sure
        return Known(
            kinds=self.kinds | other.kinds,
            facts=_common(self, other),
            fields=self.fields if same else None,
            sure=self.sure if same else frozenset(),
            items=self.items if self.items == other.items else None,
            values=self.values if self.values == other.values else None,
            only=None if self.only is None or other.only is None else self.only | other.only,
        )

    def without(self, kinds: Kinds) -> Known:
        """What holds where it is of none of these kinds."""
        return replace(self, kinds=self.kinds - kinds)


_SOME: Final = ANY - NULL
_SPEAKS_OF: Final = {
    FILLED: STRING,
    MOMENT: NUMBER,
    NOT_EMPTY: OBJECT | ARRAY | STRING,
    HOLDS: ARRAY,
    HOLDS_NOTHING: ARRAY,
    NAMED: OBJECT,
    ISO_DATE: STRING,
}


def _common(left: Known, right: Known) -> frozenset[str]:
    """Facts that hold of both; a fact holds of what has not the kind it speaks of."""
    found = left.facts | right.facts
    return frozenset(
        fact
        for fact in found
        if all(fact in each.facts or not (each.kinds & _SPEAKS_OF.get(fact, _SOME)) for each in (left, right))
    )


NOTHING: Final = Known(NULL)
TRUTH: Final = Known(BOOLEAN)


class _Unset:
    pass


UNSET: Final = _Unset()
IN_PARTS: Final = "(in parts)"
"""Stands for the variable of an object that was not put together: only its parts can be read."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in code under construction to which more can be added later.

    Attributes:
        block: Statements that stand there.
        caches: What is known there, from the function's top inwards.
    """

    block: list[ast.stmt]
    caches: tuple[dict[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """Where an array is made: a loop over it may as well do its work there.

    Attributes:
        begin: Where it is empty yet.
        items: Where an item is added, each with the item.
    """

    begin: Spot
    items: tuple[tuple[Spot, Value], ...]


class Value(msgspec.Struct, frozen=True):
    """A value that generated code holds in a variable, or a constant. Both are free to be read again.

    Attributes:
        name: The variable, or the name the constant is bound to; None for a constant that is written out.
        known: What holds of it.
        constant: The value itself where it is one for every call, else `UNSET`.
        parts: Of an object made here: the values of its keys, as long as they are in variables.
        growth: Of an array made here, one item after another: where.
        type_name: A variable that holds its Python type, for values whose type is asked about again and again.
    """

    name: str | None
    known: Known = Known()
    constant: Any = UNSET
    parts: Mapping[str, Value] | None = None
    growth: Growth | None = None
    type_name: str | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it is one value for every call."""
        return self.constant is not UNSET

    @property
    def code(self) -> ast.expr:
        """A fresh node that reads it."""
        return constant(self.constant) if self.name is None else load(self.name)

    @property
    def is_laid_out(self) -> bool:
        """Whether it is an object of just its parts: each of them always there, and nothing else."""
        fields = dict(self.known.fields or ()).keys()
        return self.parts is not None and self.known.kinds == OBJECT and self.known.sure == self.parts.keys() == fields

    def may_be(self, kinds: Kinds) -> bool:
        """Whether it may have one of these kinds."""
        return bool(self.known.kinds & kinds)

    def narrowed(self, known: Known) -> Value:
        """The same, known better."""
        return replace(self, known=known)


def laid_out(name: str | None, parts: Mapping[str, Value], facts: frozenset[str] = frozenset()) -> Value:
    """An object of just these parts."""
    fields = tuple((key, part.known) for key, part in parts.items())
    known = Known(OBJECT, facts | {NOT_EMPTY} if parts else facts, fields=fields, sure=frozenset(parts))
    return Value(name, known, parts=parts)


def display(parts: Mapping[str, Value]) -> ast.Dict:
    """An object written out."""
    return ast.Dict([constant(key) for key in parts], [part.code for part in parts.values()])


def known_of(value: Any) -> Known:
    """What is known of a constant."""
    if value is None:
        return NOTHING
    kind = type(value)
    if kind is list:
        return Known(ARRAY)
    if kind is dict:
        return Known(OBJECT, frozenset({NOT_EMPTY} if value else ()))
    only = frozenset({same(value)})
    if kind is str:
        return Known(STRING, frozenset({FILLED} if value and not value.isspace() else ()), only=only)
    if kind is bool:
        return Known(BOOLEAN, only=only)
    return Known(NUMBER, only=only) if kind is int or kind is float else Known(ANY)


def same(value: Any) -> tuple[str, Any]:
    """A scalar told apart from others that Python calls equal, such as 1 and true."""
    return ("boolean" if isinstance(value, bool) else "", value)
