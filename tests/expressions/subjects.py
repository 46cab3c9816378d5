"""What is held against jmespath: each evaluator of the product, under the name the tests show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mapper.expressions import search
from mapper.expressions.code.compile import compiled
from tests.expressions.differential.compare import Search


def by_code(expression: str, value: Any) -> Any:
    """As generated Python."""
    return compiled(expression)(value)


SUBJECTS: Final[Mapping[str, Search]] = {"closures": search, "generated code": by_code}
