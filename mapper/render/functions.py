"""Functions as people read them in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from mapper.expressions.functions import Function
from mapper.render.fold import folded

_SIGNATURE: Final = 46


def function_index(functions: Iterable[Function], *, width: int | None = None) -> str:
    """All functions, by group, one line each; broken, where that is too long for `width` columns."""
    ordered = sorted(functions, key=lambda function: (function.standard, function.group, function.name))
    widest = max(len(function.signature) for function in ordered)
    lines: list[str] = []
    for group, members in groupby(ordered, key=lambda function: function.group):
        lines.append(f"\n{group}" if lines else group)
        for function in members:
            lines += _entry(function, min(widest, _SIGNATURE), width)
    return "\n".join(lines) + "\n"


def _entry(function: Function, column: int, width: int | None) -> list[str]:
    line = f"  {function.signature:<{column}}  {function.doc}"
    if width is None or len(line) <= width:
        return [line]
    return [f"  {function.signature}", *folded(function.doc, width, indent="      ")]


def function_page(function: Function, *, width: int | None = None) -> str:
    """One function: signature, doc and examples with their results."""
    lines = [function.signature, "", *folded(function.doc, width, indent="  "), "", "examples"]
    for example in function.examples:
        lines += [f"  {example.expression}", f"    on {_json(example.given)}", f"    gives {_json(example.gives)}"]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
