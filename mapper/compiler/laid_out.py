"""``$share``, ``$take`` and ``$rest`` in code for objects of one layout."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from mapper.compiler.convert import convert
from mapper.compiler.layout import EMPTY_ARRAY, Layout
from mapper.compiler.source import UnsupportedError
from mapper.engine.nodes import take_paths
from mapper.expressions.code.python import (
    Block,
    both,
    call,
    compare,
    constant,
    either,
    has_type,
    is_none,
    is_some,
    load,
    method,
    negate,
    unpack,
    when,
)
from mapper.expressions.code.value import (
    ARRAY,
    HOLDS,
    HOLDS_NOTHING,
    IN_PARTS,
    NOT_EMPTY,
    NOTHING,
    NULL,
    OBJECT,
    Known,
    Value,
    display,
    laid_out,
)
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.functions.flatten import holds
from mapper.records.spec import Refine

Parts = dict[str, Value]
_TYPES: Final = {"string": ("str",), "number": ("int", "float"), "boolean": ("bool",)}


class LaidOut:
    """An object of one layout being dealt out: what is where is known, and little is left to look at.

    The code leaves the function where the object turns out to be of another layout, and where a value that a field
    should take will not do. What is taken must be taken whatever the call: else what is left is not known.

    Args:
        writer: Gets the code.
        source: The variable of the object, which has the keys of the layout in their order.
        layout: How it is laid out.
        spell: Spellings in which keys are looked up.
        leave: Statements that leave the function.
    """

    there = None

    def __init__(
        self, writer: FunctionWriter, source: str, layout: Layout, spell: tuple[str, ...], leave: Callable[[], Block]
    ) -> None:
        self.writer = writer
        self.spell = spell
        self._leave = leave
        self._block = writer.block
        self.source = self._opened(source, layout)
        self._left = self.source

    def _opened(self, name: str, layout: Layout) -> Value:
        """The object with its values in variables, all of which have been seen to be of their kinds."""
        parts: Parts = {}
        for key, kind in layout.fields:
            parts[key] = Value(self.writer.fresh(key), _known(kind))
        if parts:
            self.writer.add(unpack([each.name or "" for each in parts.values()], method(load(name), "values")))
        others = [self._is_other(parts[key], kind) for key, kind in layout.fields]
        if others:
            self.writer.add(when(either(*others), self._leave()))
        for key, kind in layout.fields:
            if isinstance(kind, Layout):
                parts[key] = self._opened(parts[key].name or "", kind)
        return laid_out(name, parts)

    def _is_other(self, value: Value, kind: str | Layout) -> ast.expr:
        """A test whether a value is not what a layout has in its place."""
        if isinstance(kind, Layout):
            keys = ast.Tuple([constant(key) for key, _ in kind.fields], ast.Load())
            return either(negate(has_type(value.code, "dict")), compare(call("tuple", value.code), ast.NotEq(), keys))
        if kind == "null":
            return is_some(value.code)
        if kind in ("array", EMPTY_ARRAY):
            something = call(self.writer.module.bind("holds", holds), value.code)
            other = something if kind == EMPTY_ARRAY else negate(something)
            return either(negate(has_type(value.code, "list")), other)
        return both(*[negate(has_type(value.code, name)) for name in _TYPES[kind]])

    def take(self, keys: tuple[str, ...], refine: Refine | None) -> Value:
        """The first of the keys whose value is of a kind that may do; if it does not, that is for other code.

        Raises:
            UnsupportedError: it is taken for some calls only.
        """
        if self.writer.block is not self._block:
            raise UnsupportedError("$take on one way only")
        for path in take_paths(keys, self.spell):
            found = self._at(path)
            if found.known.kinds <= NULL:
                continue
            made = convert(self.writer, refine, found) if refine else found
            if made.known.kinds <= NULL:
                continue
            if made.may_be(NULL):
                self.writer.add(when(is_none(made.code), self._leave()))
            self._left = _without(self._left, path)
            return made.narrowed(made.known.without(NULL))
        return self.writer.module.constant(None)

    def put(self, keys: tuple[str, ...], refine: Refine | None, store: Callable[[Value], None]) -> None:
        """What is done with the first of the keys whose value will do."""
        taken = self.take(keys, refine)
        if not taken.known.kinds <= NULL:
            store(taken)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Fields that are passed over at once: none are, for nobody has to look."""
        yield

    @contextmanager
    def undone_if_null(self) -> Iterator[Callable[[Value], None]]:
        """What was taken for a value that is dropped after all: objects with such fields are not dealt out here."""
        yield lambda _: None

    def rest(self) -> Value:
        """The object without what was taken; it is put together only where it is needed as a whole."""
        return self._put_together("rest", self._left)

    def _put_together(self, hint: str, value: Value) -> Value:
        if value.name != IN_PARTS:
            return value
        parts = {key: self._put_together(key, each) for key, each in (value.parts or {}).items()}
        return laid_out(self.writer.keep(hint, display(parts), spare=True).name, parts)

    def _at(self, path: tuple[str, ...]) -> Value:
        found = self.source
        for key in path:
            found = (found.parts or {}).get(key, Value(None, NOTHING, None))
        return found


def _known(kind: str | Layout) -> Known:
    if isinstance(kind, Layout):
        return Known(OBJECT)
    if kind == EMPTY_ARRAY:
        return Known(ARRAY, frozenset({HOLDS_NOTHING}))
    return Known(frozenset({kind}), frozenset({HOLDS, NOT_EMPTY} if kind == "array" else ()))


def _without(value: Value, path: tuple[str, ...]) -> Value:
    """An object without what is at a path; as a whole it is in no variable then."""
    key, *further = path
    parts = dict(value.parts or {})
    if further and key in parts:
        parts[key] = _without(parts[key], tuple(further))
    else:
        parts.pop(key, None)
    return laid_out(IN_PARTS, parts)
