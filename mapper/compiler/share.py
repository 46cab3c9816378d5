"""``$share``, ``$take`` and ``$rest`` in generated code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Any

from mapper.compiler.convert import convert
from mapper.compiler.learning import Kin, bit
from mapper.engine.nodes import take_paths
from mapper.engine.scope import Share
from mapper.expressions.code.python import (
    assign,
    assign_item,
    call,
    compare,
    constant,
    do,
    is_none,
    is_some,
    load,
    method,
    when,
)
from mapper.expressions.code.source import get, is_kind
from mapper.expressions.code.value import ARRAY, NOTHING, NULL, OBJECT, Known, Value
from mapper.expressions.code.writer import FunctionWriter
from mapper.records.spec import Refine


class ShareWriter:
    """An object being dealt out.

    What was taken is noted only where ``$rest`` needs it: it is taken out of a copy at once, or, where a value may be
    dropped after all, its path is put on a list.

    Args:
        writer: Gets the code.
        source: The object.
        spell: Spellings in which keys are looked up.
        there: The variable that says which fields may find something, with what it is computed from.
        keeps: Whether ``$rest`` is asked for.
        undoes: Whether a value that was taken may be dropped again.
    """

    def __init__(
        self,
        writer: FunctionWriter,
        source: Value,
        spell: tuple[str, ...],
        *,
        there: tuple[str, Kin] | None,
        keeps: bool,
        undoes: bool,
    ) -> None:
        self.writer = writer
        self.spell = spell
        self.source = source
        self.there = there[0] if there else None
        self.kin = there[1] if there else None
        self._fields = 0
        self._begin = writer.spot()
        self._removed: set[str] = set()
        self.used: Value | None = None
        self.left: Value | None = None
        self._copies: dict[tuple[str, ...], str] = {}
        if keeps and undoes:
            self.used = writer.keep("used", ast.List([], ast.Load()), Known(ARRAY))
        elif keeps:
            self.left = writer.keep("left", call("dict", self.source.code), Known(OBJECT))

    def take(self, keys: tuple[str, ...], refine: Refine | None) -> Value:
        """The first of the keys whose value will do."""
        name = self.writer.fresh("taken")
        self.writer.add(assign(name, constant(None)))
        with self._where_there(keys) as paths:
            known = self._tries(name, paths, refine)
        return Value(name, known)

    def put(self, keys: tuple[str, ...], refine: Refine | None, store: Callable[[Value], None]) -> None:
        """What is done with the first of the keys whose value will do."""
        with self._where_there(keys) as paths:
            if len(paths) == 1:
                self._try(paths[0], refine, store)
            else:
                name = self.writer.fresh("taken")
                self.writer.add(assign(name, constant(None)))
                store(Value(name, self._tries(name, paths, refine)))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Fields, each of them put, that are passed over at once where there is nothing for any of them."""
        first = self._fields
        with self.writer.branch() as block:
            yield
        self.writer.add(when(self._is_there(*range(first, self._fields)), block))

    @contextmanager
    def _where_there(self, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ...]]:
        """Where one of the keys, in all their spellings, may be there."""
        paths = take_paths(keys, self.spell)
        with self.writer.branch() as block:
            yield paths
        if self.kin is None:
            self.writer.block += block
            return
        field = self._fields
        self._fields += 1
        for path in paths:
            self.kin.wants(path[0], field)
        self.writer.add(when(self._is_there(field), block))

    def _is_there(self, *fields: int) -> ast.expr:
        """A test whether there may be something for one of the fields."""
        assert self.there is not None
        return ast.BinOp(load(self.there), ast.BitAnd(), constant(reduce(or_, map(bit, fields))))

    def _tries(self, name: str, paths: tuple[tuple[str, ...], ...], refine: Refine | None) -> Known:
        """Try one after the other, until the variable has a value."""
        found: list[Known] = [NOTHING]

        def keep(made: Value) -> None:
            found.append(made.known.without(NULL))
            self.writer.add(assign(name, made.code))

        for number, path in enumerate(paths):
            with self.writer.branch() as block:
                self._try(path, refine, keep)
            self.writer.block += block if number == 0 else [when(is_none(load(name)), block)]
        return reduce(or_, found)

    def _try(self, path: tuple[str, ...], refine: Refine | None, then: Callable[[Value], None]) -> None:
        """What is done with a value if it is there and will do; it is noted as taken."""
        holders = self._holders(path[:-1])
        value = get(self.writer, holders[-1], path[-1])
        present = value.narrowed(value.known.without(NULL))
        with self.writer.branch() as block:
            made = convert(self.writer, refine, present) if refine else present
            with self.writer.branch() as taken:
                then(made.narrowed(made.known.without(NULL)))
                self._note(path, holders)
            self.writer.block += [when(is_some(made.code), taken)] if made.may_be(NULL) else taken
        self.writer.add(when(is_some(value.code), block))

    def _holders(self, path: tuple[str, ...]) -> list[Value]:
        """The shared object, and those inside it on a path, read once."""
        holders = [self.source]
        with self.writer.at(self._begin):
            for key in path:
                holders.append(get(self.writer, holders[-1], key))
        return holders

    def _note(self, path: tuple[str, ...], holders: list[Value]) -> None:
        """Note a path, which is there, as taken."""
        if self.used is not None:
            self.writer.run(method(self.used.code, "append", load(self.writer.module.bind("path", path))))
        elif self.left is not None:
            *way, last = path
            left = self.left.name or ""
            for depth, key in enumerate(way, 1):
                left = self._copied(left, key, path[:depth], holders[depth])
            if way or last in self._removed:
                self.writer.run(method(load(left), "pop", constant(last), constant(None)))
            else:  # nothing before can have taken it
                self._removed.add(last)
                self.writer.add(ast.Delete([ast.Subscript(load(left), constant(last), ast.Del())]))

    def _copied(self, left: str, key: str, path: tuple[str, ...], value: Value) -> str:
        """The variable of a copy of an object inside the shared one, made when something is first taken out of it."""
        name = self._copies.get(path)
        if name is None:
            name = self._copies[path] = self.writer.fresh(f"{key}_left")
            with self.writer.at(self._begin):
                self.writer.add(assign(name, constant(None)))
        put = when(compare(constant(key), ast.In(), load(left)), [assign_item(load(left), constant(key), load(name))])
        self.writer.add(when(is_none(load(name)), [assign(name, call("dict", value.code)), put]))
        return name

    @contextmanager
    def undone_if_null(self) -> Iterator[Callable[[Value], None]]:
        """What was taken for a value that is dropped after all is free again."""
        with self.writer.branch() as block:
            settled: list[Value] = []
            yield settled.append
        (value,) = settled
        if self.used is None or not value.may_be(NULL):
            self.writer.block += block
            return
        before = self.writer.keep("before", call("len", self.used.code))
        self.writer.block += block
        free = ast.Delete([ast.Subscript(self.used.code, ast.Slice(before.code), ast.Del())])
        self.writer.add(when(is_none(value.code), [free]))

    def rest(self) -> Value:
        """The object without what was taken."""
        if self.left is not None:
            return self.left
        assert self.used is not None
        code = call(self.writer.module.bind("left_over", left_over), self.source.code, self.used.code)
        return self.writer.keep("rest", code, Known(OBJECT))


def as_object(writer: FunctionWriter, value: Value) -> Value:
    """A value where it is an object; an empty one in the place of anything else."""
    if value.is_constant:
        return writer.module.constant(value.constant if type(value.constant) is dict else {}, "shared")
    if value.known.kinds == OBJECT:
        return value
    if not value.may_be(OBJECT):
        return writer.module.constant({}, "shared")
    code = ast.IfExp(is_kind(value, "object"), value.code, ast.Dict([], []))
    return writer.keep("shared", code, Known(OBJECT))


def join(writer: FunctionWriter, name: str, known: Known, left: Value) -> Known:
    """Put what ``$rest`` made beside the fields; the fields win. What is known of the whole then."""
    if not left.may_be(OBJECT):
        return known
    test = is_kind(left, "object")
    apart = (
        known.fields is not None
        and left.known.fields is not None
        and not dict(known.fields).keys() & dict(left.known.fields).keys()
    )
    if apart:
        step: ast.stmt = do(method(load(name), "update", left.code))
    else:
        step = assign(name, call(writer.module.bind("joined", joined), load(name), left.code))
    writer.add(step if isinstance(test, ast.Constant) else when(test, [step]))
    if not apart:
        return Known(OBJECT, sure=known.sure)
    fields = (*(known.fields or ()), *(left.known.fields or ()))
    return Known(OBJECT, fields=fields, sure=known.sure | (frozenset() if left.may_be(NULL) else left.known.sure))


def left_over(source: dict[str, Any], used: list[tuple[str, ...]]) -> dict[str, Any]:
    """The object without what was used."""
    share = Share(source)
    share.used = used
    return share.rest()


def joined(made: dict[str, Any], left: dict[str, Any]) -> dict[str, Any]:
    """Fields beside what is left; of equal keys the field wins."""
    return {**left, **made} if left.keys() & made.keys() else {**made, **left}
