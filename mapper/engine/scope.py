"""What an expression of a mapping sees: one call, the names of ``let``, the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from mapper.expressions.root import Root, Search

UNSET: Final = object()
NULL: Final = object()
"""An explicit null (``$null: keep``), for fields; to an expression it is null like any other."""
Lets = list[Callable[["Scope"], Any]]


class Share:
    """An object being dealt out, and the paths of it that were used."""

    __slots__ = ("source", "used")

    def __init__(self, source: dict[str, Any]) -> None:
        self.source = source
        self.used: list[tuple[str, ...]] = []

    def rest(self) -> dict[str, Any]:
        """The object without what was used; the object itself is left as it was."""
        rest = dict(self.source)
        copied: set[int] = set()
        for path in self.used:
            remove_path(rest, path, copied)
        return rest


class Scope:
    """One call under one mapping. `memo` holds the values of names, each computed at most once."""

    __slots__ = ("call", "memo", "rest", "share")

    def __init__(self, call: dict[str, Any], memo: list[Any]) -> None:
        self.call = call
        self.memo = memo
        self.share: Share | None = None
        self.rest: dict[str, Any] | None = None

    def begin(self, shared: int, own: int) -> None:
        """Begin a mapping: its `own` names are not computed yet; the first `shared` keep their values."""
        self.memo[shared:] = [UNSET] * own

    def inside_rest(self, rest: dict[str, Any]) -> Scope:
        """The scope of a ``$rest`` node: `rest` is bound, names seen so far keep their values."""
        scope = Scope(self.call, self.memo.copy())
        scope.rest = rest
        return scope


@dataclass(frozen=True, slots=True)
class Names:
    """The ``let`` names that expressions of one mapping see.

    Attributes:
        positions: Of each name in the memo and in `lets`.
        lets: Gives the value of each name; may still grow while expressions are built.
        raising: Those whose reading may fail.
    """

    positions: Mapping[str, int]
    lets: Lets
    raising: Set[str]


def root(names: Names, settings: Mapping[str, Any]) -> Root:
    """How a mapping's expressions read names: settings, then ``let``, then the call's own fields.

    Args:
        names: Of ``let``.
        settings: Plain values; secrets stand in it as ``***``.
    """
    constant = dict(settings)

    def field(name: str) -> Search:
        if name == "settings":
            return lambda _: constant
        if name == "rest":
            return lambda scope: scope.rest
        if name in names.positions:
            return _let(names.positions[name], names.lets)
        return lambda scope: scope.call.get(name)

    def path(keys: tuple[str, ...]) -> Search | None:
        computed = keys[0] in names.positions or keys[0] in ("settings", "rest")
        return None if computed or len(keys) > 3 else _path(*keys)

    return Root(
        field=field,
        current=lambda scope: scope.call,
        is_plain=lambda name: name not in names.raising,
        is_constant=lambda name: name == "settings",
        path=path,
    )


def _path(first: str, second: str, third: str | None = None) -> Search:
    """The call's field ``a.b`` or ``a.b.c``."""

    def two(scope: Scope) -> Any:
        found = scope.call.get(first)
        return found.get(second) if type(found) is dict else None

    def three(scope: Scope) -> Any:
        found = scope.call.get(first)
        found = found.get(second) if type(found) is dict else None
        return found.get(third) if type(found) is dict else None

    return two if third is None else three


def _let(position: int, lets: Lets) -> Search:
    def search(scope: Scope) -> Any:
        value = scope.memo[position]
        if value is UNSET:
            value = lets[position](scope)
            value = scope.memo[position] = None if value is NULL else value
        return value

    return search


def remove_path(rest: dict[str, Any], path: tuple[str, ...], copied: set[int]) -> None:
    """Take one path out, copying the objects on the way once."""
    at = rest
    for key in path[:-1]:
        inner = at.get(key)
        if not isinstance(inner, dict):
            return
        if id(inner) not in copied:
            inner = at[key] = dict(inner)
            copied.add(id(inner))
        at = inner
    at.pop(path[-1], None)
