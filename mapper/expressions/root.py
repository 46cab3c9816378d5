"""What the value an expression starts from looks like to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Search = Callable[[Any], Any]
"""A runnable expression: from the value it is applied to, to its result."""


@dataclass(frozen=True, slots=True)
class Root:
    """How the value an expression starts from is read: a name at the root, and ``@`` at the root."""

    field: Callable[[str], Search]
    current: Search
    is_plain: Callable[[str], bool] = lambda _: True
    """Whether reading a name can't raise."""
    is_constant: Callable[[str], bool] = lambda _: False
    """Whether a name has one value, whatever the expression is applied to."""
    path: Callable[[tuple[str, ...]], Search | None] = lambda _: None
    """A quicker way to read ``a.b.c``, where the root has one."""


def field_of(name: str) -> Search:
    """A field of an object; null for anything else."""

    def search(value: Any) -> Any:
        return value.get(name) if isinstance(value, dict) else None

    return search


def itself(value: Any) -> Any:
    """The value as it is: ``@``."""
    return value


PLAIN: Final = Root(field_of, itself)
"""The root of standard JMESPath: any JSON value."""
