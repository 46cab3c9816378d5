"""What an expression of a mapping reads, in generated code: settings, ``let`` names, the rest, the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mapper.expressions.code.moments import epoch_ms
from mapper.expressions.code.source import get
from mapper.expressions.code.value import Value
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.root import PLAIN, Root
from mapper.records.spec import Let

if TYPE_CHECKING:
    from mapper.compiler.reads import Reader


class UnsupportedError(Exception):
    """Something in a mapping that is not compiled; the interpreter takes the mapping."""


@dataclass(frozen=True, slots=True)
class Names:
    """The ``let`` names that an expression sees.

    Attributes:
        level: Tells names of the mapping set from those of a mapping.
        lets: By name, each with the names that it sees itself.
        raising: Those whose reading may fail.
    """

    level: str
    lets: Mapping[str, tuple[Let, Names]]
    raising: frozenset[str]


class MappingSource:
    """The root of a mapping's expressions.

    Args:
        writer: Gets the code.
        reader: Reads the call.
        names: That are seen.
        let: Gives the value of a name, of the names around it.
        settings: Plain values; secrets are ``***``.
        kind: The call's type.
        rest: The value of ``rest``, inside ``$rest``.
    """

    def __init__(
        self,
        writer: FunctionWriter,
        reader: Reader,
        names: Names,
        let: Callable[[Let, Names], Value],
        settings: dict[str, Any],
        kind: str,
        rest: Value | None,
    ) -> None:
        self.writer = writer
        self.reader = reader
        self.names = names
        self.let = let
        self.settings = settings
        self.kind = kind
        self.rest = rest
        self.foresight = Root(
            PLAIN.field,
            PLAIN.current,
            is_plain=lambda name: name not in names.raising,
            is_constant=lambda name: name == "settings",
        )

    def path(self, path: tuple[str, ...]) -> Value:
        """The value of ``a.b.c``."""
        return self._computed(path) or self.reader.path(path)

    def shape(self, path: tuple[str, ...]) -> Value:
        """A value of the same kind as that of ``a.b.c``, equal to it where it is no object."""
        return self._computed(path) or self.reader.shape(path)

    def moment(self, path: tuple[str, ...]) -> Value:
        """The value of ``to_epoch_ms(a.b.c)``."""
        computed = self._computed(path)
        return epoch_ms(self.writer, computed) if computed is not None else self.reader.moment(path)

    def current(self) -> Value:
        """The whole call, which no mapping can ask for."""
        raise UnsupportedError("@ at the root")

    def _computed(self, path: tuple[str, ...]) -> Value | None:
        first, *further = path
        if first == "settings":
            value = self.writer.module.constant(self.settings, "settings")
        elif first == "rest":
            if self.rest is None:  # what it gives then is kept where it is used inside $rest later
                raise UnsupportedError("rest outside $rest")
            value = self.rest
        elif first in self.names.lets:
            value = self.let(*self.names.lets[first])
        elif first == "type":
            value = self.writer.module.constant(self.kind)
        else:
            return None
        for name in further:
            value = get(self.writer, value, name)
        return value
