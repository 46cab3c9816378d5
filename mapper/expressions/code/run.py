"""What generated code calls at run time: the pieces of JMESPath that may raise, or that are too long to write out."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, cast

from jmespath import exceptions
from jmespath.visitor import _Expression

from mapper.expressions.evaluate import equals, is_true

__all__ = ["equals", "failing", "guarded", "is_true", "ordered", "reference", "sliced"]

Span = tuple[int, int]
_ORDER: Final = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
_COMPARABLE: Final = (int, float, str)


def placed(error: Exception, at: Span) -> Exception:
    """Note where an error arose, unless a node inside has done so."""
    error.__dict__.setdefault("at", at)
    return error


def guarded(function: Callable[..., Any], at: Span) -> Callable[..., Any]:
    """A function whose errors say where it was called."""

    def call(*values: Any) -> Any:
        try:
            return function(*values)
        except (ValueError, TypeError, OverflowError) as error:
            raise placed(error, at) from None

    return call


def failing(error: exceptions.JMESPathError, at: Span) -> Callable[..., Any]:
    """A function that raises, once its arguments have been computed."""

    def call(*_: Any) -> Any:
        raise placed(error.with_traceback(None), at)

    return call


def ordered(name: str, at: Span) -> Callable[[Any, Any], Any]:
    """``<`` and its kin: null where one side has no order."""
    order = _ORDER[name]

    def compare(left: Any, right: Any) -> Any:
        for operand in (left, right):
            if not isinstance(operand, _COMPARABLE) or isinstance(operand, bool):
                return None
        try:
            return order(left, right)
        except TypeError as error:
            raise placed(error, at) from None

    return compare


def sliced(part: slice) -> Callable[[Any], Any]:
    """A slice of an array, null of anything else."""

    def take(value: Any) -> Any:
        return value[part] if isinstance(value, list) else None

    return take


class _Caller:
    """Lets functions apply an expression reference (``&name``) that is a generated function."""

    def visit(self, search: Callable[[Any], Any], value: Any) -> Any:
        return search(value)


_CALLER: Final = _Caller()


def reference(search: Callable[[Any], Any]) -> Any:
    """A generated function as an expression reference."""
    return cast("Any", _Expression)(search, _CALLER)
