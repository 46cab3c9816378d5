"""Which fields of a call a mapping reads, and how generated code reads them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Protocol

from mapper.compiler.source import UnsupportedError
from mapper.compiler.speculation import SURE_MOMENT, SURE_TIMES, sure_moment, sure_moment_of_json
from mapper.expressions.code.moments import epoch_ms, usual_moment
from mapper.expressions.code.python import (
    assign,
    attribute,
    call,
    constant,
    has_type,
    is_none,
    load,
    method,
    negate,
    when,
)
from mapper.expressions.code.source import get
from mapper.expressions.code.value import EXPECTED_TEXT, JSON, NULL, OBJECT, Known, Value
from mapper.expressions.code.writer import FunctionWriter

Path = tuple[str, ...]


@dataclass(slots=True)
class Reads:
    """A field that is read, and the fields inside it that are.

    Attributes:
        whole: Its value itself is needed, not only fields of it or its kind.
        times: How many places read it or something inside it.
        moments: How many of them need it as milliseconds since the epoch; counted only for code that speculates.
        inside: By name.
    """

    whole: bool = False
    times: int = 0
    moments: int = 0
    inside: dict[str, Reads] = field(default_factory=dict)

    def note(self, path: Path, *, whole: bool = False, moment: bool = False) -> None:
        """A place reads this path."""
        at = self
        for name in path:
            at = at.inside.setdefault(name, Reads())
            at.times += 1
        at.whole |= whole
        at.moments += moment

    def join(self, other: Reads) -> None:
        """Add what another place reads."""
        self.whole |= other.whole
        self.times += other.times
        self.moments += other.moments
        for name, found in other.inside.items():
            self.inside.setdefault(name, Reads()).join(found)

    def settle(self) -> None:
        """Read as a whole what has a field that no struct can have."""
        for found in self.inside.values():
            found.settle()
        self.whole |= not all(map(can_name_a_field, self.inside))

    def at(self, path: Path) -> Reads:
        """What is read of a path."""
        found = self
        for name in path:
            found = found.inside.get(name, _NOT_READ)
        return found


_NOT_READ = Reads()
_NOT_IN_NAMES = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')


def can_name_a_field(name: str) -> bool:
    """Whether a struct's field may bear a name in JSON: msgspec writes names as they are."""
    return _NOT_IN_NAMES.search(name) is None


class Reader(Protocol):
    """How generated code reads the call."""

    def begin(self) -> None:
        """What has to be seen of a call before anything else."""

    def path(self, path: Path) -> Value:
        """The value of ``a.b.c``."""

    def shape(self, path: Path) -> Value:
        """A value of the same kind, and equal to it unless it is an object."""

    def moment(self, path: Path) -> Value:
        """It as milliseconds since the epoch."""


class DictReader:
    """Reads a call that is a dict; an object that several places look into is looked up once."""

    def __init__(self, writer: FunctionWriter, name: str, reads: Reads) -> None:
        self.writer = writer
        self.name = name
        self.reads = reads

    def begin(self) -> None:
        """Nothing has."""

    def path(self, path: Path) -> Value:
        """The value of ``a.b.c``."""
        return self.writer.cached(("path", path), lambda: self._read(path))

    def shape(self, path: Path) -> Value:
        """The same value."""
        return self.path(path)

    def moment(self, path: Path) -> Value:
        """The value, converted."""
        return epoch_ms(self.writer, self.path(path))

    def _read(self, path: Path) -> Value:
        holder = self._holder(path[:-1])
        return self.writer.keep(path[-1], method(load(holder), "get", constant(path[-1])), Known(JSON))

    def _holder(self, path: Path) -> str:
        """The variable of an object inside the call; an empty object stands in for anything else."""
        if not path:
            return self.name
        key = ("holder", path)
        if not self.writer.known(key) and self.reads.at(path).times > 1:
            with self.writer.at_top():
                return self.writer.cached(key, lambda: self._hold(path)).name or ""
        return self.writer.cached(key, lambda: self._hold(path)).name or ""

    def _hold(self, path: Path) -> Value:
        value = self.writer.cached(("path", path), lambda: self._read(path))
        empty = self.writer.module.bind("empty", EMPTY)
        name = self.writer.copy(f"{path[-1]}_object", value)
        self.writer.add(when(negate(has_type(load(name), "dict")), [assign(name, load(empty))]))
        return Value(name, Known(OBJECT))


class NotingReader(DictReader):
    """Notes what is read, for a draft.

    Args:
        notes: Gets it.
        speculates: Whether the code that follows the draft will speculate.
    """

    def __init__(self, writer: FunctionWriter, name: str, notes: Reads, *, speculates: bool) -> None:
        super().__init__(writer, name, Reads())
        self.notes = notes
        self.speculates = speculates

    def path(self, path: Path) -> Value:
        """The value; noted as needed itself."""
        self.notes.note(path, whole=True)
        return super().path(path)

    def shape(self, path: Path) -> Value:
        """The value; noted as needed for its kind only."""
        self.notes.note(path)
        return super().path(path)

    def moment(self, path: Path) -> Value:
        """The value, converted; a time that every call has is one, and what would stand in for it is not noted."""
        if not (self.speculates and path in SURE_TIMES):
            return epoch_ms(self.writer, self.path(path))
        self.notes.note(path, moment=True)
        return self.writer.keep("moment", constant(None), SURE_MOMENT)


EMPTY: dict[str, object] = {}
"""Stands in for an object that is not there; only read."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a decoder types an object: a struct class, the attribute of each field, and what is typed inside.

    Attributes:
        struct: The class.
        attributes: By field.
        inside: Fields that are typed themselves; the others hold plain JSON.
        raw: Fields that hold JSON yet to be decoded.
        empty: An instance without a field set.
    """

    struct: type
    attributes: dict[str, str]
    inside: dict[str, Shape]
    raw: frozenset[str]
    empty: object


class StructReader:
    """Reads a call that a typed decoder has made.

    Args:
        speculates: The code is for usual calls alone, and leaves the others.
    """

    def __init__(self, writer: FunctionWriter, name: str, reads: Reads, shape: Shape, *, speculates: bool) -> None:
        self.writer = writer
        self.name = name
        self.reads = reads
        self.root = shape
        self.known = Known(JSON, frozenset({EXPECTED_TEXT})) if speculates else Known(JSON)
        self.speculates = speculates

    def begin(self) -> None:
        """Read the times taken for granted here: further down, code may catch errors, or be left out as needless."""
        for path in sorted(SURE_TIMES):
            if self.reads.at(path).moments:
                self.moment(path)

    def path(self, path: Path) -> Value:
        """The value of ``a.b.c``, which is plain JSON."""
        holder, shape = self.name, self.root
        for depth, name in enumerate(path):
            at = path[: depth + 1]
            if name not in shape.inside:
                value = self._plain(holder, shape, at)
                for further in path[depth + 1 :]:
                    value = get(self.writer, value, further)
                return value
            if depth == len(path) - 1:
                raise UnsupportedError(f"{'.'.join(path)} is read as a whole only here")
            holder, shape = self._holder(holder, shape, at), shape.inside[name]
        raise AssertionError("an empty path")

    def shape(self, path: Path) -> Value:
        """The value of ``a.b.c``, or a struct in its place."""
        holder, shape = self.name, self.root
        for depth, name in enumerate(path):
            if name not in shape.inside:
                return self.path(path)
            at = path[: depth + 1]
            if depth == len(path) - 1:
                return self._struct(holder, shape, at)
            holder, shape = self._holder(holder, shape, at), shape.inside[name]
        raise AssertionError("an empty path")

    def moment(self, path: Path) -> Value:
        """The value, converted; a time that every call has must be readable."""
        if not (self.speculates and path in SURE_TIMES):
            return epoch_ms(self.writer, self.path(path))
        return self.writer.cached(("moment", path), lambda: self._sure_moment(path))

    def _sure_moment(self, path: Path) -> Value:
        (name,) = path
        if name in self.root.raw:
            raw = self.writer.keep(name, attribute(load(self.name), self.root.attributes[name]))
            return usual_moment(self.writer, raw, sure_moment_of_json)
        found = call(self.writer.module.bind("sure_moment", sure_moment), self.path(path).code)
        return self.writer.keep("moment", found, SURE_MOMENT)

    def _plain(self, holder: str, shape: Shape, path: Path) -> Value:
        # Code for a layout may read what no other code does.
        if path[-1] not in shape.attributes or path[-1] in shape.raw:
            raise UnsupportedError(f"{'.'.join(path)} is read only here")
        read = attribute(load(holder), shape.attributes[path[-1]])
        return self.writer.cached(("path", path), lambda: self.writer.keep(path[-1], read, self.known))

    def _struct(self, holder: str, shape: Shape, path: Path) -> Value:
        read = attribute(load(holder), shape.attributes[path[-1]])
        return self.writer.cached(("struct", path), lambda: self.writer.keep(path[-1], read, Known(OBJECT | NULL)))

    def _holder(self, holder: str, shape: Shape, path: Path) -> str:
        key = ("holder", path)

        def hold() -> Value:
            value = self._struct(holder, shape, path)
            empty = self.writer.module.bind("absent", shape.inside[path[-1]].empty)
            name = self.writer.fresh(f"{path[-1]}_object")
            self.writer.add(assign(name, ast.IfExp(is_none(value.code), load(empty), value.code)))
            return Value(name, Known(OBJECT))

        if not self.writer.known(key) and self.reads.at(path).times > 1:
            with self.writer.at_top():
                return self.writer.cached(key, hold).name or ""
        return self.writer.cached(key, hold).name or ""
