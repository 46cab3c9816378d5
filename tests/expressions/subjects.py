"""What is held against jmespath: each evaluator of the product, under the name the tests show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mapper.expressions import search
from tests.expressions.differential.compare import Search

SUBJECTS: Final[Mapping[str, Search]] = {"closures": search}
