"""What a function of the language is, for the evaluator, the checks and the docs alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Type = Literal["any", "string", "number", "boolean", "array", "object", "null", "expref"]
"""JMESPath's type names; ``expref`` is an expression reference such as ``&name``."""

Group = Literal["text", "dates", "objects", "arrays", "ids", "choice", "standard"]
"""Under which heading the docs list a function."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a function.

    Attributes:
        name: What the docs call it.
        types: What fits. A function of ours gives null for the rest; a standard one raises jmespath's type error.
        optional: May be left out.
        variadic: May be given more than once; the last parameter only.
    """

    name: str
    types: tuple[Type, ...]
    optional: bool = False
    variadic: bool = False

    def __str__(self) -> str:
        return "|".join(self.types) + ("..." if self.variadic else "?" if self.optional else "")


@dataclass(frozen=True, slots=True)
class Example:
    """An expression, what it is applied to, and what comes out; run as a test."""

    expression: str
    given: Any
    gives: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that expressions may call.

    Attributes:
        name: As written in an expression.
        parameters: In order; optional ones last.
        returns: Types of the result.
        doc: What it does, one line, a full sentence.
        examples: At least two.
        group: Heading in the docs.
        call: The behaviour, on JSON values. An expression reference arrives as ``jmespath.visitor._Expression``.
            Functions of ours never raise and never change an argument, but may share parts of it with the result.
        standard: One of the 26 of standard JMESPath.
        lazy: The evaluator computes only the arguments it needs; `call` takes them all computed.
        total: Never raises, whatever the arguments; so are all of ours.
        first_of: ``f(a, b)`` is the first of ``f(a)`` and ``f(b)`` that is not null: the rest need not be computed.
        min_args: Fewest arguments; counted once, since each use of the function is held against it.
        max_args: Most, or None for any number.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: tuple[Type, ...]
    doc: str
    examples: tuple[Example, ...]
    group: Group
    call: Callable[..., Any]
    standard: bool = False
    lazy: bool = False
    total: bool = True
    first_of: bool = False
    min_args: int = field(init=False)
    max_args: int | None = field(init=False)

    def __post_init__(self) -> None:
        most = None if any(parameter.variadic for parameter in self.parameters) else len(self.parameters)
        object.__setattr__(self, "min_args", sum(not parameter.optional for parameter in self.parameters))
        object.__setattr__(self, "max_args", most)

    @property
    def signature(self) -> str:
        """Types of arguments and result, such as ``id(any...) -> string|null``."""
        return f"{self.name}({', '.join(map(str, self.parameters))}) -> {'|'.join(self.returns)}"
