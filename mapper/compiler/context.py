"""What is around a node that is being compiled."""

from __future__ import annotations

from dataclasses import dataclass

from mapper.compiler.share import ShareWriter
from mapper.compiler.source import Names
from mapper.expressions.code.value import Value


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
    share: ShareWriter | None = None
