"""The functions an expression may call: jmespath's own 26 and ours, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mapper.expressions.functions import (
    arrays,
    casing,
    choice,
    dates,
    flatten,
    ids,
    objects,
    search,
    standard,
    template,
    text,
)
from mapper.expressions.functions.model import Example, Function, Parameter

__all__ = ["FUNCTIONS", "Example", "Function", "Parameter"]

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        function.name: function
        for function in (
            *choice.FUNCTIONS,
            *ids.FUNCTIONS,
            *dates.FUNCTIONS,
            *text.FUNCTIONS,
            *search.FUNCTIONS,
            *casing.FUNCTIONS,
            *template.FUNCTIONS,
            *objects.FUNCTIONS,
            *flatten.FUNCTIONS,
            *arrays.FUNCTIONS,
            *standard.FUNCTIONS,
        )
    }
)
"""Every function by its name, in the order the docs list them."""
