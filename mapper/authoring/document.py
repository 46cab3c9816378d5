"""A YAML file as data with the place of every part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from mapper.records.diagnostic import Place, Route

MAX_DEPTH: Final = 64
"""Most lists and mappings inside one another."""
SPLIT_IT: Final = "split the file, or share parts of it with `use`"
"""What helps against a file that is too large or too deep."""


class Span(msgspec.Struct, frozen=True):
    """Where a scalar, list or mapping stands in the text: offsets in characters, end exclusive.

    `style` is how a scalar is written: plain, quoted singly or doubly, literal ``|``, folded ``>``; "" for others.
    """

    start: int
    end: int
    style: Literal["", "plain", "single", "double", "literal", "folded"] = ""


class Document(msgspec.Struct, frozen=True):
    """One YAML file, read as data only.

    Attributes:
        file: The path, as it is shown.
        text: The whole file, line ends as they are.
        data: Plain dicts (in the file's order), lists, str, int, float, bool, None: YAML 1.2 core meaning.
        values: The span of the value at each route; ``()`` is the root.
        keys: The span of the key that leads to each route that ends in a mapping key.
    """

    file: str
    text: str
    data: Any
    values: Mapping[Route, Span]
    keys: Mapping[Route, Span]

    def place(
        self, route: Route = (), *, on: Literal["value", "key"] = "value", start: int = 0, length: int = 0
    ) -> Place:
        """Name a spot of this document."""
        return Place(file=self.file, route=route, on=on, start=start, length=length)

    def at(self, route: Route) -> Any:
        """The data at a route; KeyError or IndexError where there is none."""
        value = self.data
        for step in route:
            value = value[step]
        return value

    def get(self, route: Route) -> Any:
        """The data at a route; None where there is none."""
        try:
            return self.at(route)
        except (KeyError, IndexError, TypeError):
            return None
