"""What is around a node that is being compiled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from mapper.compiler.source import Names
from mapper.expressions.code.value import Value
from mapper.records.spec import Refine


class Shared(Protocol):
    """An object being dealt out."""

    @property
    def there(self) -> str | None:
        """The variable that says which fields may find something, if there is one."""

    def take(self, keys: tuple[str, ...], refine: Refine | None) -> Value:
        """The first of the keys whose value will do."""

    def put(self, keys: tuple[str, ...], refine: Refine | None, store: Callable[[Value], None]) -> None:
        """What is done with the first of the keys whose value will do."""

    def together(self) -> AbstractContextManager[None]:
        """Fields, each of them put, that are passed over at once where there is nothing for any of them."""

    def undone_if_null(self) -> AbstractContextManager[Callable[[Value], None]]:
        """What was taken for a value that is dropped after all is free again."""

    def rest(self) -> Value:
        """The object without what was taken."""


@dataclass(slots=True)
class Context:
    """What is around a node.

    Attributes:
        names: The ``let`` names that are seen.
        rest: The value of ``rest``.
        share: The object being dealt out.
    """

    names: Names
    rest: Value | None = None
    share: Shared | None = None
